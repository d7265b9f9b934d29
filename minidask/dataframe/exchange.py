"""Frames handed over to others: delayed values, arrays, bags, and pandas' own protocols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.agreement import types
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.node import FrameNode, Method, Partitionwise, Projection, wrap
from minidask.dataframe.user import no_default
from minidask.expr.blocks import One, blockwise, unchanged
from minidask.expr.naming import tokenize
from minidask.expr.node import Node


class Exchange(FrameCollection):
    """What others take: of DataFrame, Series and Index."""

    def to_delayed(self, optimize_graph: bool = True) -> list[Any]:
        """The partitions as delayed values.

        Parameters
        ----------
        optimize_graph
            Whether to optimize the expression first.
        """
        from minidask.delayed import Delayed  # collections do not import each other

        expr: Node = self.optimize().expr if optimize_graph else self.expr
        return [Delayed.of(_partition(expr, i)) for i in range(self.npartitions)]

    def to_bag(self, index: bool = False, format: str = "tuple") -> Any:
        """The rows as a bag, in as many partitions.

        Parameters
        ----------
        index
            Whether the label of a row comes with it: first in the tuple; in the dict under the name of the index, or
            "index". A Series then gives pairs.
        format
            What a row becomes: "tuple" (the values of a Series as they are), or "dict". With "frame" each partition
            becomes one item, the pandas object that it is.

        Raises
        ------
        ValueError
            Another format.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}), npartitions=2)
        >>> df.to_bag(format="dict").compute(scheduler="threads")
        [{'x': 1, 'y': 'a'}, {'x': 2, 'y': 'b'}]
        """
        from minidask.bag.bag import Bag  # collections do not import each other

        if format not in ("tuple", "dict", "frame"):
            raise ValueError(f'format={format!r}: expected "tuple", "dict" or "frame"')
        return Bag.of(Partitionwise(items_of, (self.expr, index, format), given=self._meta))

    def to_dask_array(
        self, lengths: bool | Sequence[int] | None = None, meta: Any = None, optimize: bool = True
    ) -> Any:
        """The values as a lazy array, a block for each partition.

        Parameters
        ----------
        lengths
            The rows of each partition; True counts them now. By default those that are known without reading data,
            and the array counts them when it is asked.
        meta
            Not needed: the dtype is that of pandas' `to_numpy`.
        optimize
            Not needed: expressions are optimized when they are computed.
        """
        from minidask.array.array import Array  # collections do not import each other
        from minidask.array.node import Given

        meta = types(self.expr)
        given = np.asarray(meta.to_numpy())
        values: FrameNode = Partitionwise(to_numpy, (self.expr,), given=meta, label="values")
        counts = self._lengths(lengths)
        if given.ndim == 1:
            return Array.of(Given(values, (counts,), given))
        options: dict[str, Any] = {"grid": (self.npartitions, 1), "reads": {0: One((0,))}, "label": "values"}
        stacked = blockwise(unchanged, values, name=f"{values.name}-array", cheap=True, **options)
        return Array.of(Given(stacked, (counts, (given.shape[1],)), given))

    def _lengths(self, lengths: bool | Sequence[int] | None) -> tuple[int | None, ...]:
        if lengths is True:
            return tuple(new(Partitionwise(_count, (self.expr,), given=pd.Series(dtype="int64"))).compute())
        found = self.expr.owner.lengths() if lengths is None or lengths is False else tuple(lengths)
        if found is not None and len(found) != self.npartitions:
            raise ValueError(f"lengths: {len(found)} numbers for {self.npartitions} partitions")
        return found or (None,) * self.npartitions

    @property
    def values(self) -> Any:
        """The values as a lazy array; see `to_dask_array`."""
        return self.to_dask_array()

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = no_default) -> Any:
        """The values, made now, as an array of NumPy; see `to_dask_array` for a lazy one.

        Parameters
        ----------
        dtype, copy, na_value
            As pandas takes them.
        """
        told = {} if na_value is no_default else {"na_value": na_value}
        return self.compute().to_numpy(dtype=dtype, copy=copy, **told)

    def tolist(self) -> list[Any]:
        """The values of a Series or Index, made now, as a list of Python objects."""
        if isinstance(self._meta, pd.DataFrame):
            raise AttributeError("a DataFrame has no tolist(); see to_dict() and itertuples()")
        found: list[Any] = self.compute().tolist()
        return found

    to_list = tolist

    def equals(self, other: Any) -> bool:
        """Whether something has the same labels, dtypes and values, those that are missing in the same places.

        Parameters
        ----------
        other
            Lazy or of pandas.
        """
        mine, theirs = self._meta, getattr(other, "_meta", other)
        if type(theirs) is not type(mine) or getattr(mine, "ndim", 1) != theirs.ndim:
            return False
        pair = (self.expr, other.expr if isinstance(other, FrameCollection) else None)
        if pair[1] is not None and pair[0].rows == pair[1].rows:
            parts: FrameNode = Partitionwise(_equal_blocks, pair, given=pd.Series([], dtype=bool))
            return bool(new(parts).all().compute())
        return bool(self.compute().equals(other.compute() if pair[1] is not None else other))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if copy is False:
            raise ValueError("a lazy frame cannot be made a NumPy array without making its values")
        return np.asarray(self.compute(), dtype)


class ScalarExchange(FrameCollection):
    """What others take of a scalar."""

    def to_dask_array(self) -> Any:
        """The value as a lazy array without axes.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([1, 2])).sum().to_dask_array().shape
        ()
        """
        from minidask.array.array import Array  # collections do not import each other
        from minidask.array.node import Given

        block = blockwise(np.asarray, self.expr, grid=(), name=f"{self.expr.name}-array", label="asarray", cheap=True)
        return Array.of(Given(block, (), np.empty((), self.dtype)))  # type: ignore[attr-defined]

    def to_series(self, index: Any = 0) -> Any:
        """The value as a lazy Series of one row.

        Parameters
        ----------
        index
            The label of the row.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([1, 2])).sum().to_series("total").compute().to_dict()
        {'total': 3}
        """
        meta = pd.Series([], pd.Index([index])[:0], dtype=self.dtype)  # type: ignore[attr-defined]
        name = f"to_series-{tokenize(self.expr.name, index)}"
        return new(wrap(blockwise(_row, self.expr, index, grid=(), name=name, label="to_series"), meta, (index, index)))

    def to_delayed(self, optimize_graph: bool = True) -> Any:
        """The value as a delayed one.

        Parameters
        ----------
        optimize_graph
            Whether to optimize the expression first.
        """
        from minidask.delayed import Delayed  # collections do not import each other

        return Delayed.of((self.optimize() if optimize_graph else self).expr)


def items_of(block: Any, index: bool, format: str) -> list[Any]:
    """The rows of a block as items of a bag."""
    if format == "frame":
        return [block]
    if format == "dict":
        table = block.to_frame() if not isinstance(block, pd.DataFrame) else block
        records: list[Any] = (table.reset_index() if index else table).to_dict(orient="records")
        return records
    if isinstance(block, pd.DataFrame):
        return list(block.itertuples(index=index, name=None))
    return list(block.items()) if index and isinstance(block, pd.Series) else list(block)


def _row(value: Any, index: Any) -> pd.Series:
    return pd.Series([value], [index], dtype=getattr(value, "dtype", None))


def _equal_blocks(block: Any, other: Any) -> pd.Series:
    return pd.Series([block.equals(other)])


def to_numpy(block: Any) -> Any:
    """The values of a block."""
    return block.to_numpy()


def _count(block: Any) -> pd.Series:
    return pd.Series([len(block)])


def _partition(expr: Node, i: int) -> Node:
    """Partition i as one value."""
    read = One((None,), ((i,),))
    return blockwise(unchanged, expr, grid=(), reads={0: read}, name=f"{expr.name}-{i}", label="partition", cheap=True)


class Rows(FrameCollection):
    """Iteration over columns and rows of a DataFrame."""

    def items(self) -> Iterator[tuple[Any, Any]]:
        """Pairs of a column's label and the column."""
        return ((c, new(Projection(self.expr, c))) for c in self._meta.columns)

    def keys(self) -> pd.Index:
        """The labels of the columns."""
        return self._meta.columns

    def to_dict(self, *args: Any, **kwargs: Any) -> Any:
        """The whole frame, made now, as a dict (or a list of them); parameters as for `pandas.DataFrame.to_dict`.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2).to_dict("list")
        {'x': [1, 2]}
        """
        return self.compute().to_dict(*args, **kwargs)

    def to_records(
        self,
        index: bool = True,
        column_dtypes: Any = None,
        index_dtypes: Any = None,
        lengths: bool | Sequence[int] | None = None,
    ) -> Any:
        """The rows as a lazy array of records, a block for each partition.

        Parameters
        ----------
        index
            Whether the labels are the first fields.
        column_dtypes, index_dtypes
            As in `to_records` of pandas.
        lengths
            As in `to_dask_array`.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2).to_records().compute().tolist()
        [(0, 1), (1, 2)]
        """
        from minidask.array.array import Array  # collections do not import each other
        from minidask.array.node import Given

        told = {"index": index, "column_dtypes": column_dtypes, "index_dtypes": index_dtypes}
        given = self._meta.to_records(**told)
        records: FrameNode = Partitionwise(Method("to_records"), (self.expr,), told, given=given)
        return Array.of(Given(records, (self._lengths(lengths),), given))  # type: ignore[attr-defined]

    def iterrows(self) -> Iterator[tuple[Any, pd.Series]]:
        """Pairs of a label and a row; computes one partition after the other."""
        for part in _parts(self):
            yield from part.iterrows()

    def itertuples(self, index: bool = True, name: str | None = "Pandas") -> Iterator[Any]:
        """Rows as named tuples; computes one partition after the other."""
        for part in _parts(self):
            yield from part.itertuples(index=index, name=name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._meta.columns)

    def __contains__(self, column: Any) -> bool:
        return column in self._meta.columns

    def get(self, key: Any, default: Any = None) -> Any:
        """The column, or `default` where there is none."""
        return new(Projection(self.expr, key)) if key in self._meta.columns else default


class Values(FrameCollection):
    """What only a Series hands over."""

    def to_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Label to value, made now. Parameters as for `pandas.Series.to_dict`."""
        return self.compute().to_dict(*args, **kwargs)

    def items(self) -> Iterator[tuple[Any, Any]]:
        """Pairs of a label and a value; computes one partition after the other."""
        for i in range(self.npartitions):
            yield from self.partitions[i].compute().items()  # type: ignore[attr-defined]

    def keys(self) -> Any:
        """The index, lazily."""
        return self.index  # type: ignore[attr-defined]


to_bag = Exchange.to_bag
to_records = Rows.to_records


def _parts(frame: Any) -> Iterator[pd.DataFrame]:
    return (frame.partitions[i].compute() for i in range(frame.npartitions))
