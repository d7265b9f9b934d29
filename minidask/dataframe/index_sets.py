"""Indexes sorted, and set operations of them: equal labels meet in a partition, and stay in the order of the indexes.

All of them are told by duplicates among the labels of one index under those of the other:

====================== ===========================================================================================
`union`                the first of equal ones, where several equal labels of one index are not the same one
`difference`           of the other index, then this one: the first of equal ones, as far as they are of this one
`intersection`         distinct labels of this one, then the other: those that come again
`symmetric_difference` distinct labels of both: those that are there once
====================== ===========================================================================================

pandas sorts the labels unless there is nothing to do, such as where both indexes are equal; only the data tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.create import from_pandas
from minidask.dataframe.node import FrameNode, Partitionwise, Projection
from minidask.dataframe.numbering import numbered
from minidask.dataframe.sorting import Sorted
from minidask.dataframe.stacking import concat
from minidask.dataframe.tallies import Condense

SORTS: dict[str, bool | None] = {
    "union": None,
    "intersection": False,
    "difference": None,
    "symmetric_difference": None,
}
"""The operations, with what pandas does about the order unless it is told: None is to sort where there is a reason."""


def set_operation(index: Any, name: str, told: Mapping[str, Any]) -> Any:
    """The Index that a set operation gives; None where all labels must come together for it.

    Parameters
    ----------
    index
        A lazy Index.
    name
        Of the operation.
    told
        Its arguments, as pandas takes them.
    """
    other: Any = told.get("other")
    sort = told.get("sort", SORTS[name])
    both = [_labels_of(index), _labels_of(other)]
    if any(labels is None for labels in both) or both[0]._meta.dtype != both[1]._meta.dtype:
        return None
    whole = sort not in (None, True, False) or (name == "union" and sort is False)
    if whole or max(labels.npartitions for labels in both) == 1:
        return None
    found = _OPERATIONS[name](*both).expr
    if sort is not False:
        as_they_are = None if sort or name == "symmetric_difference" else _nothing_to_do(name, *both)
        found = _in_order(found, as_they_are)
    own = index.name if index.name == other.name else None
    return new(Partitionwise(_as_index, (found, told.get("result_name", own)), label=name))


def sorted_labels(index: Any, ascending: bool = True, na_position: str = "last") -> Any:
    """The Index sorted; None where all labels must come together for it. Parameters as pandas takes them."""
    labels = _labels_of(index)
    if labels is None or index.npartitions == 1 or na_position not in ("first", "last"):
        return None
    found = Sorted(labels.expr, (), False, (bool(ascending),), na_position, index.npartitions)
    return new(Partitionwise(_as_index, (found, index.name), label="sort_values"))


def _labels_of(index: Any) -> Any:
    """The labels as a Series; None where they have several levels, or no order for sure."""
    if isinstance(index, pd.Index) and has_order(index):
        return from_pandas(_as_column(index), npartitions=1, sort=False)
    if isinstance(index, FrameCollection) and isinstance(index._meta, pd.Index) and has_order(index._meta):
        return new(Partitionwise(_as_column, (index.expr,), label="labels"))
    return None


def has_order(index: pd.Index) -> bool:
    """Whether labels are numbers, times or strings."""
    dtype: Any = index.dtype
    return index.nlevels == 1 and (isinstance(dtype, pd.StringDtype) or getattr(dtype, "kind", "O") in "iufmM")


def _as_column(index: pd.Index) -> pd.Series:
    return pd.Series(index, copy=False).rename(None)


def _as_index(labels: pd.Series, name: Any) -> pd.Index:
    return pd.Index(labels.array, name=name, copy=False)


def _union(mine: Any, theirs: Any) -> Any:
    return concat([_with_turns(mine), _with_turns(theirs)]).drop_duplicates()["label"]


def _with_turns(labels: Any) -> Any:
    """Labels, and how many equal ones come before each."""
    rows = labels.to_frame("label")
    return rows.assign(turn=rows.groupby("label", dropna=False).cumcount())


def _difference(mine: Any, theirs: Any) -> Any:
    return concat([theirs, mine]).drop_duplicates().partitions[theirs.npartitions :]


def _intersection(mine: Any, theirs: Any) -> Any:
    rows = concat([mine.drop_duplicates(), theirs])
    return rows[rows.duplicated(keep="last")].partitions[: mine.npartitions]


def _symmetric_difference(mine: Any, theirs: Any) -> Any:
    return concat([mine.drop_duplicates(), theirs.drop_duplicates()]).drop_duplicates(keep=False)


_OPERATIONS = {
    "union": _union,
    "difference": _difference,
    "intersection": _intersection,
    "symmetric_difference": _symmetric_difference,
}


def _nothing_to_do(name: str, mine: Any, theirs: Any) -> FrameNode:
    """Whether labels stay in their order, as a scalar."""
    prints = [Condense(numbered(labels.expr), _print, _sum, _sum, {}, given=0) for labels in (mine, theirs)]
    scalar: FrameNode = Partitionwise(_are_left, (*prints, name), given=True)
    return scalar


def _print(labels: pd.Series) -> np.ndarray:
    """How many labels there are, and a number that tells labels in another order apart; those of blocks add up."""
    hashes = pd.util.hash_pandas_object(labels, index=False).to_numpy()
    return np.array([len(labels), (hashes * (2 * labels.index.to_numpy().astype(np.uint64) + 1)).sum()], np.uint64)


def _sum(prints: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack(prints).sum(axis=0)


def _are_left(mine: np.ndarray, theirs: np.ndarray, name: str) -> bool:
    equal = bool((mine == theirs).all())
    return {"union": equal or not mine[0] or not theirs[0], "intersection": equal, "difference": not theirs[0]}[name]


def _in_order(labels: FrameNode, as_they_are: FrameNode | None) -> FrameNode:
    """The labels sorted, but for those that are to stay as they are."""
    if as_they_are is None:
        return Sorted(labels, (), False, (True,), "last", labels.npartitions)
    given = pd.DataFrame({"label": labels.meta, "key": labels.meta})
    keyed = Partitionwise(_with_keys, (numbered(labels), as_they_are), given=given)
    return Projection(Sorted(keyed, ("key",), False, (True,), "last", labels.npartitions), "label")


def _with_keys(labels: pd.Series, as_they_are: bool) -> pd.DataFrame:
    return pd.DataFrame({"label": labels, "key": labels.index if as_they_are else labels}, copy=False)
