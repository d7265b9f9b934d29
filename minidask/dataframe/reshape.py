"""Frames turned and given other labels: `T`, `reindex`, `melt`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.align import whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.blocks import concat
from minidask.dataframe.loc import rows_labelled
from minidask.dataframe.meta import empty
from minidask.dataframe.node import Method, Partitionwise
from minidask.dataframe.reductions import one_row
from minidask.dataframe.stacking import concat as stack
from minidask.dataframe.tallies import Condense


class Reshape(FrameCollection):
    """Other labels of rows."""

    def reindex_like(self, other: Any, **kwargs: Any) -> Any:
        """The rows, and columns, with the labels of another frame, which are looked at now.

        Parameters
        ----------
        other
            Lazy or of pandas.
        **kwargs
            As `reindex` takes them.
        """
        index = other.index
        told = {"columns": other.columns} if getattr(self._meta, "ndim", 1) == 2 else {}
        return self.reindex(index.compute() if isinstance(index, FrameCollection) else index, **told, **kwargs)

    def reindex(
        self, labels: Any = None, index: Any = None, columns: Any = None, axis: Any = None, **kwargs: Any
    ) -> Any:
        """The rows with some labels, in their order, in one partition; missing values where there is no such row.

        Parameters
        ----------
        labels, axis
            Labels of rows; with ``axis=1`` of columns.
        index, columns
            Labels of rows and of columns.
        **kwargs
            `fill_value`, as pandas takes it; for rows also `method`, `limit` and `tolerance`, which need the whole
            frame in one partition.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([1.0, 2.0]), npartitions=2).reindex([1, 5]).compute().tolist()
        [2.0, nan]
        """
        if labels is not None:
            wide = axis is not None and along_columns(self._pandas, "reindex", axis)
            index, columns = (index, labels) if wide else (labels, columns)
        found: Any = self
        if kwargs.get("method") not in _WAYS:
            raise ValueError(f"reindex(method={kwargs['method']!r}): expected one of {_WAYS}")
        if columns is not None:
            if not pd.api.types.is_list_like(columns):
                raise TypeError(f"reindex(columns={columns!r}): expected a list of labels")
            found = new(Partitionwise(Method("reindex"), (self.expr,), {"columns": list(columns), **kwargs}, "rows"))
        if index is None:
            return found
        index = index.compute() if isinstance(index, FrameCollection) else index
        like = one_row(found._meta).reindex(index=pd.Index(index)[:1], **_fill(kwargs))
        if kwargs.get("method") is not None:
            return new(
                Partitionwise(Method("reindex"), (whole(found.expr),), {"index": index, **kwargs}, given=empty(like))
            )
        options = {"labels": pd.Index(index), **kwargs}
        return new(Condense(found.expr, _rows_of, _concat_rows, _reindex, options, given=empty(like)))


_WAYS = (None, "pad", "ffill", "backfill", "bfill", "nearest")


def _fill(options: Any) -> dict[str, Any]:
    return {k: v for k, v in options.items() if k == "fill_value"}


def _rows_of(block: Any, labels: pd.Index, **options: Any) -> Any:
    return rows_labelled(block, list(labels))


def _concat_rows(blocks: Sequence[Any], labels: pd.Index, **options: Any) -> Any:
    return concat(blocks)


def _reindex(blocks: Sequence[Any], labels: pd.Index, **options: Any) -> Any:
    return concat(blocks).reindex(labels, **options)


class FrameReshape(FrameCollection):
    """DataFrames turned."""

    @property
    def T(self) -> Any:  # noqa: N802 - pandas' name
        """Rows as columns and columns as rows, in one partition; see `transpose`."""
        return self.transpose()

    def transpose(self) -> Any:
        """Rows as columns and columns as rows, in one partition.

        The labels of the rows, which become those of the columns, are read at once. For frames of few rows, such as
        those that reductions give.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), npartitions=2).T.compute().to_dict("list")
        {0: [1, 3], 1: [2, 4]}
        """
        labels = self.index.compute()  # type: ignore[attr-defined]
        turned = one_row(self._meta).T
        dtype = turned.dtypes.iloc[0] if len(turned.columns) else object
        meta = pd.DataFrame(index=turned.index[:0], columns=labels).astype(dtype)
        return new(Partitionwise(Method("transpose"), (whole(self.expr),), given=meta))

    def melt(
        self,
        id_vars: Any = None,
        value_vars: Any = None,
        var_name: Any = None,
        value_name: Any = "value",
        col_level: Any = None,
        ignore_index: bool = True,
    ) -> Any:
        """Columns under one another: a row for each row and each column of values, as `pandas.melt`.

        Parameters
        ----------
        id_vars, value_vars
            Labels of columns: those that stay, and those that go under one another (default: all others).
        var_name, value_name
            The names of the new columns.
        col_level
            Of columns with several levels.
        ignore_index
            Whether to number the rows from 0.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"k": [1, 2], "x": [3, 4], "y": [5, 6]}), npartitions=2)
        >>> df.melt(id_vars="k").compute().value.tolist()
        [3, 4, 5, 6]
        """
        if col_level is not None:
            raise NotImplementedError("melt(col_level=): give the columns one level first, by df.columns = [...]")
        told = {"id_vars": id_vars, "var_name": var_name, "value_name": value_name}
        meta = self._meta
        kept = _listed(id_vars)
        columns = [c for c in meta.columns if c not in kept] if value_vars is None else _listed(value_vars)
        meta.melt(value_vars=value_vars, **told)  # pandas' own errors for columns that are not there
        parts = [new(Partitionwise(_melted, (self.expr, column, told), {}, "rows")) for column in columns]
        if not parts:
            return new(Partitionwise(Method("melt"), (self.expr,), {**told, "value_vars": []}))
        found = stack(parts)
        return found.reset_index(drop=True) if ignore_index else found


def _listed(columns: Any) -> list[Any]:
    if columns is None:
        return []
    return list(columns) if isinstance(columns, list | tuple | np.ndarray | pd.Index) else [columns]


def _melted(block: pd.DataFrame, column: Any, told: Any) -> pd.DataFrame:
    return block.melt(value_vars=[column], ignore_index=False, **told)


def melt(frame: Any, *args: Any, **kwargs: Any) -> Any:
    """Columns under one another. Parameters as for `DataFrame.melt`, after the DataFrame."""
    return frame.melt(*args, **kwargs)
