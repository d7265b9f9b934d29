"""Which values there are, how often, and which are there most often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.blocks import concat, one_of_each_run
from minidask.dataframe.conversion import cut
from minidask.dataframe.meta import empty
from minidask.dataframe.node import Partitionwise
from minidask.dataframe.reductions import numeric
from minidask.dataframe.tallies import Condense

MASKED = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)


def counts_of(block: pd.Series, dropna: bool, **options: Any) -> pd.Series:
    """How often each value is there, in the order of their first places."""
    return block.value_counts(sort=False, dropna=dropna)


def add_counts(blocks: Sequence[pd.Series], **options: Any) -> pd.Series:
    """Counts added up, in the order of the values' first places."""
    if len(blocks) == 1:
        return blocks[0]
    whole = concat(blocks)
    if isinstance(whole.index, pd.CategoricalIndex):
        return whole.groupby(level=0, sort=False, dropna=False, observed=False).sum()
    values = _values_of(blocks)
    found = values.drop_duplicates()  # a group-by would make NaN of None
    index = pd.Index(found, dtype=found.dtype, name=whole.index.name)
    return _missing_last(whole.groupby(index.get_indexer(pd.Index(values, dtype=values.dtype))).sum().set_axis(index))


def _values_of(blocks: Sequence[pd.Series]) -> pd.Series:
    """The labels of all, as a Series: where indexes are put together, pandas makes strings of objects."""
    return concat([pd.Series(block.index, dtype=block.index.dtype) for block in blocks])


def _missing_last(counts: pd.Series) -> pd.Series:
    """Where a mask tells what is missing, pandas counts that last."""
    if not isinstance(counts.index.array, MASKED):
        return counts
    return counts.take(np.argsort(counts.index.isna(), kind="stable"))


def value_counts(blocks: Sequence[pd.Series], sort: bool, ascending: bool, normalize: bool, dropna: bool) -> pd.Series:
    """Counts as pandas orders and calls them."""
    return ranked(add_counts(blocks), sort, ascending, normalize)


def ranked(counts: pd.Series, sort: bool, ascending: bool, normalize: bool) -> pd.Series:
    """Counts in order, or the fractions that they are."""
    if sort:
        counts = counts.sort_values(ascending=ascending, kind="stable")
    return (counts / counts.sum()).rename("proportion") if normalize else counts


def _all_counts(block: pd.Series, **options: Any) -> pd.Series:
    return counts_of(block, dropna=False)


def bin_counts(blocks: Sequence[pd.Series], sort: bool, ascending: bool, normalize: bool, dropna: bool) -> pd.Series:
    """The counts of bins; the fractions are those of all values, also of such as are in no bin."""
    whole = add_counts(blocks)
    counts = whole[whole.index.notna()]
    counts = counts.set_axis(counts.index.astype("interval").rename(None)).sort_index()
    if dropna and (counts == 0).all():
        counts = counts.iloc[:0]
    counts = counts.sort_values(ascending=ascending, kind="stable") if sort else counts
    return (counts / whole.sum()).rename("proportion") if normalize else counts


def modes(blocks: Sequence[pd.Series], dropna: bool) -> pd.Series:
    """The values that are there most often, in the order of pandas: by it, as each of them is there once."""
    counts = add_counts(blocks)
    found = counts.index[(counts == counts.max()) & (counts > 0)]
    return pd.Series(found, dtype=found.dtype, name=found.name).mode(dropna)


def distinct(block: pd.Series) -> pd.Series:
    """The distinct values, in the order of their first places."""
    return one_of_each_run(block).drop_duplicates()


def distinct_of_all(blocks: Sequence[pd.Series]) -> pd.Series:
    """The distinct values of several."""
    return distinct(concat(blocks))


def unique(blocks: Sequence[pd.Series]) -> pd.Series:
    """The distinct values, numbered."""
    return distinct_of_all(blocks).reset_index(drop=True)


class SeriesCounts(FrameCollection):
    """The values of a Series: which, how often, and which most often."""

    def value_counts(
        self,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        bins: Any = None,
        dropna: bool = True,
    ) -> Any:
        """How often each value is there, in one partition, in the order of pandas.

        Parameters
        ----------
        normalize
            Whether to give fractions.
        sort, ascending
            Whether to sort by the counts, and how; equal counts stay in the order of the values' first places.
        bins
            How many bins of equal width, or a list of their edges: the values are counted that are in each.
        dropna
            Whether to leave missing values out.
        """
        if bins is not None:
            return self._in_bins(bins, {"sort": sort, "ascending": ascending, "normalize": normalize, "dropna": dropna})
        options = {"sort": sort, "ascending": ascending, "normalize": normalize, "dropna": dropna}
        return new(Condense(self.expr, counts_of, add_counts, value_counts, options, labels=False))

    def _in_bins(self, bins: Any, options: dict[str, bool]) -> Any:
        places = cut(self, bins, include_lowest=True)
        return new(Condense(places.expr, _all_counts, add_counts, bin_counts, options, labels=False))

    def mode(self, dropna: bool = True) -> Any:
        """The values that are there most often, sorted, as a Series of one partition.

        Parameters
        ----------
        dropna
            Whether to leave missing values out.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([2, 1, 2, 3, 3]), npartitions=2).mode().compute().tolist()
        [2, 3]
        """
        given = self._meta.mode(dropna)
        return new(Condense(self.expr, counts_of, add_counts, modes, {"dropna": dropna}, labels=False, given=given))

    def unique(self) -> Any:
        """The distinct values in the order of their first places, as a Series of one partition.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([2, 1, 2, 3]), npartitions=2).unique().compute().tolist()
        [2, 1, 3]
        """
        return new(Condense(self.expr, distinct, distinct_of_all, unique, {}, labels=False))


class FrameCounts(FrameCollection):
    """The rows of a DataFrame: how often each; and the values that its columns have most often."""

    def value_counts(
        self,
        subset: Any = None,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        dropna: bool = True,
    ) -> Any:
        """How often each row is there, in one partition, in the order of pandas.

        Parameters
        ----------
        subset
            The columns to look at: a label or a list; by default all.
        normalize, sort, ascending, dropna
            As for `Series.value_counts`; `dropna` leaves out rows in which something is missing.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"x": [1, 2, 1], "y": ["a", "b", "a"]}), npartitions=2)
        >>> df.value_counts().compute().to_dict()
        {(1, 'a'): 2, (2, 'b'): 1}
        """
        by = self._meta.columns.tolist() if subset is None else subset
        sizes = self.groupby(by, sort=False, dropna=dropna, observed=False).size()  # type: ignore[attr-defined]
        levels = isinstance(by, list) and len(by) == 1
        return new(Partitionwise(_ranked_rows, (sizes.expr, levels, sort, ascending, normalize)))

    def mode(self, axis: int | str = 0, numeric_only: bool = False, dropna: bool = True) -> Any:
        """For each column the values that are there most often, in one partition; or for each row.

        Parameters
        ----------
        axis
            With 1, for each row. How many columns that takes, and of which dtypes, is found now.
        numeric_only
            Whether to leave out other columns.
        dropna
            Whether to leave missing values out.
        """
        wide = along_columns(self._pandas, "mode", axis)
        node = numeric(self.expr) if numeric_only else self.expr
        if wide:
            rows = new(Partitionwise(_with_fewest_and_most, (node, dropna), given=node.meta)).compute()
            meta = empty(rows.mode(axis=1, dropna=dropna))
            return new(Partitionwise(_modes_of_rows, (node, dropna, meta), {}, "rows", given=meta))
        columns = [new(node).iloc[:, i].mode(dropna).expr for i in range(len(node.meta.columns))]
        return new(Partitionwise(_side_by_side, (tuple(columns), node.meta), given=node.meta))


def _with_fewest_and_most(block: pd.DataFrame, dropna: bool) -> pd.DataFrame:
    """The row that has the fewest modes and the one that has the most: the dtypes for all rows are those for these."""
    counts = block.mode(axis=1, dropna=dropna).notna().sum(axis=1).to_numpy()
    return block.iloc[[int(counts.argmin()), int(counts.argmax())] if len(block) else []]


def _modes_of_rows(block: pd.DataFrame, dropna: bool, meta: pd.DataFrame) -> pd.DataFrame:
    return block.mode(axis=1, dropna=dropna).reindex(columns=meta.columns).astype(meta.dtypes)


def _ranked_rows(counts: pd.Series, levels: bool, sort: bool, ascending: bool, normalize: bool) -> pd.Series:
    """Counts of rows; `levels`: with an index of levels also where one column is counted."""
    counts = ranked(counts.rename("count"), sort, ascending, normalize)
    if levels:
        counts.index = pd.MultiIndex.from_arrays([counts.index])
    return counts


def _side_by_side(columns: Sequence[pd.Series], meta: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(columns, axis=1).set_axis(meta.columns, axis=1) if columns else meta
