"""The order and the places of values: `argsort`, `argmax`, `factorize`, `searchsorted`, `is_unique` and their kin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.argsort import argsort_of_series
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.blocks import concat
from minidask.dataframe.meta import empty
from minidask.dataframe.node import FrameNode, Method, Partitionwise
from minidask.dataframe.tallies import Condense
from minidask.dataframe.whole import of_whole


def _ends(block: Any, **options: Any) -> list[Any]:
    """The first and the last value of a block, and whether it is monotonic between them."""
    values = pd.Index(block)
    ends = values[[0, -1]] if len(values) else values
    return [(ends, values.is_monotonic_increasing, values.is_monotonic_decreasing)]


def _all_ends(blocks: Sequence[list[Any]], **options: Any) -> list[Any]:
    return [ends for block in blocks for ends in block]


def _is_monotonic(blocks: Sequence[list[Any]], falling: bool) -> bool:
    """Whether blocks are, and their ends, one after the other."""
    found = _all_ends(blocks)
    ends = concat([e for e, _, _ in found])
    if not all(down if falling else up for _, up, down in found):
        return False
    return bool(ends.is_monotonic_decreasing if falling else ends.is_monotonic_increasing)


def monotonic(node: FrameNode, falling: bool) -> Any:
    """Whether the values of all partitions rise, or fall, as a scalar."""
    return new(Condense(node, _ends, _all_ends, _is_monotonic, {"falling": falling}, given=True))


def _some_label(block: Any, last: bool) -> list[Any]:
    label = block.last_valid_index() if last else block.first_valid_index()
    return [] if label is None else [label]


def _labels(blocks: Sequence[list[Any]], last: bool) -> list[Any]:
    return [label for block in blocks for label in block]


def _one_label(blocks: Sequence[list[Any]], last: bool) -> Any:
    found = _labels(blocks, last)
    return (found[-1] if last else found[0]) if found else None


class Ordered(FrameCollection):
    """Where the values of a DataFrame or Series are."""

    def first_valid_index(self) -> Any:
        """The label of the first row with a value, found now; None: there is none."""
        return self._valid(last=False)

    def last_valid_index(self) -> Any:
        """The label of the last row with a value, found now; None: there is none."""
        return self._valid(last=True)

    def _valid(self, last: bool) -> Any:
        return new(Condense(self.expr, _some_label, _labels, _one_label, {"last": last}, given=0)).compute()


class OrderedValues(FrameCollection):
    """The order and the places of the values of a Series or Index."""

    def _series(self) -> Any:
        """The values under numbers from 0."""
        return self.reset_index(drop=True)  # type: ignore[attr-defined]

    @property
    def is_monotonic_increasing(self) -> Any:
        """Whether no value is less than the one before, as a lazy scalar."""
        return monotonic(self.expr, falling=False)

    @property
    def is_monotonic_decreasing(self) -> Any:
        """Whether no value is greater than the one before, as a lazy scalar."""
        return monotonic(self.expr, falling=True)

    @property
    def is_unique(self) -> Any:
        """Whether no value is there twice, as a lazy scalar."""
        return ~self._series().duplicated().any()

    @property
    def hasnans(self) -> Any:
        """Whether a value is missing, as a lazy scalar."""
        return self._series().isna().any()

    def argmax(self, axis: Any = None, skipna: bool = True) -> Any:
        """The number of the row with the greatest value, as a lazy scalar.

        Parameters
        ----------
        axis
            None or 0.
        skipna
            Whether to pass over missing values.

        Raises
        ------
        ValueError
            Another axis; then, where there is no value.
        """
        along_columns(self._pandas, "argmax", 0 if axis is None else axis)
        return self._series().idxmax(skipna=skipna)

    def argmin(self, axis: Any = None, skipna: bool = True) -> Any:
        """The number of the row with the least value, as a lazy scalar. Parameters as for `argmax`."""
        along_columns(self._pandas, "argmin", 0 if axis is None else axis)
        return self._series().idxmin(skipna=skipna)

    def factorize(self, sort: bool = False, use_na_sentinel: bool = True) -> tuple[Any, Any]:
        """The values as numbers of distinct values.

        Parameters
        ----------
        sort
            Whether the distinct values are sorted; otherwise they are in the order of their first places.
        use_na_sentinel
            Whether missing values get -1, rather than a number of their own.

        Returns
        -------
        codes, uniques
            A lazy array of integers, and a lazy Index.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> codes, uniques = from_pandas(pd.Series(["b", "a", "b"]), npartitions=2).factorize()
        >>> codes.compute(), uniques.compute().tolist()
        (array([0, 1, 0]), ['b', 'a'])
        """
        told = {"sort": sort, "use_na_sentinel": use_na_sentinel}
        meta = pd.Index(empty(self._meta)).rename(None)
        uniques = new(Partitionwise(_distinct, (self._series().unique().expr,), told, given=meta))
        codes = Partitionwise(_codes, (self.expr, uniques.as_value()), {}, "rows", given=pd.Series([], dtype=np.intp))
        return new(codes).to_dask_array(), uniques

    def item(self) -> Any:
        """The only value, made now, as a Python object.

        Raises
        ------
        ValueError
            There are none, or several.
        """
        return self.compute().item()

    def searchsorted(self, value: Any, side: str = "left", sorter: Any = None) -> Any:
        """Where values would have to be put for the order to stay; found now.

        Parameters
        ----------
        value
            A scalar, or a list or array of them.
        side
            "left" or "right" of equal values.
        sorter
            Only None: sort the values first.
        """
        if sorter is not None:
            raise NotImplementedError("searchsorted(sorter=): sort_values() first")
        parts = Partitionwise(_searched, (self.expr, value, side), given=pd.Series([], dtype=object))
        counts: Any = np.sum(new(parts).compute().tolist(), axis=0)
        return np.intp(counts) if np.ndim(counts) == 0 else np.asarray(counts, dtype=np.intp)


def _distinct(values: pd.Series, sort: bool, use_na_sentinel: bool) -> pd.Index:
    found = pd.factorize(pd.Index(values).rename(None), sort=sort, use_na_sentinel=use_na_sentinel)[1]
    return pd.Index(found)


def _codes(block: Any, uniques: pd.Index) -> pd.Series:
    return pd.Series(uniques.get_indexer(pd.Index(block)))


def _searched(block: Any, value: Any, side: str) -> pd.Series:
    return pd.Series([np.asarray(block.searchsorted(value, side=side))], dtype=object)


def factorize(values: Any, sort: bool = False, use_na_sentinel: bool = True, **kwargs: Any) -> tuple[Any, Any]:
    """Values as numbers of distinct values: of a lazy Series or Index lazily, see `Series.factorize`.

    Parameters
    ----------
    values
        Lazy; anything else goes to pandas as it is.
    sort, use_na_sentinel, **kwargs
        As `pandas.factorize` takes them.
    """
    if isinstance(values, OrderedValues):
        return values.factorize(sort, use_na_sentinel, **kwargs)
    return pd.factorize(values, sort=sort, use_na_sentinel=use_na_sentinel, **kwargs)


def unique(values: Any) -> Any:
    """The distinct values in the order of their first places: of a lazy Series or Index lazily.

    Parameters
    ----------
    values
        Lazy; anything else goes to pandas as it is.
    """
    lazy: Any = values
    return lazy.unique() if isinstance(values, FrameCollection) else pd.unique(values)


class SeriesOrder(Ordered, OrderedValues):
    """The order of the values of a Series."""

    def argsort(self, axis: int | str = 0, kind: str = "quicksort", stable: bool | None = None) -> Any:
        """The numbers of the rows in the order of their values, as `pandas.Series.argsort`.

        Parameters
        ----------
        axis
            0.
        kind, stable
            Any: the order is that of a stable sort, which serves for all.
        """
        along_columns(self._pandas, "argsort", axis)
        if self.npartitions > 1:
            return argsort_of_series(self.expr)
        return of_whole(self.expr, Method("argsort"), kind="stable")
