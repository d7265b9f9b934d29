"""Groups of rows with equal keys: a number for each, and what its keys are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask.kernels.duplicates import SAMPLE, mostly_distinct
from minidask.kernels.numbered import numbered
from minidask.kernels.packing import stable_order
from minidask.kernels.row_codes import MOST, SPREAD, Numbers, codes_of, counted, numbers_of, room


class RowGroups(NamedTuple):
    """Rows in groups.

    A group has a place; where keys lie close together there are places that no group has.
    """

    places: np.ndarray
    """For each row that is in a group the place of that."""
    room: int
    """How many places there are."""
    present: np.ndarray
    """The places that groups have, in the order of the groups."""
    sizes: np.ndarray
    """For each place how many rows."""
    kept: np.ndarray | None
    """For each row whether it is in a group; None: all are."""
    parts: tuple[tuple[Numbers, np.ndarray, Any], ...]
    """For each key its numbers, that of each group, and the dtype."""

    @property
    def keys(self) -> tuple[Any, ...]:
        """For each key an array: its value in each group."""
        return tuple(_label(*part) for part in self.parts)

    def as_index(self, names: Sequence[Any]) -> pd.Index:
        """The keys as an index."""
        if len(names) == 1:
            return pd.Index(self.keys[0], name=names[0])
        found = [_level(*part) for part in self.parts]
        levels: Any = [level for level, _ in found]
        codes: Any = [numbers for _, numbers in found]
        return pd.MultiIndex(levels, codes, names=list(names), verify_integrity=False)

    def __len__(self) -> int:
        return len(self.present)

    def of_rows(self, values: Any) -> Any:
        """The values of the rows that are in groups."""
        return values if self.kept is None else values[self.kept]


def groups_of(keys: Sequence[pd.Series], sort: bool, dropna: bool, ordered: bool = False) -> RowGroups:
    """The groups of rows.

    Parameters
    ----------
    keys
        Columns of one length.
    sort
        Whether groups may come in any order that is the same for the same rows; else they come as they appear.
    dropna
        Whether rows with a missing key are in no group.
    ordered
        Whether groups come in the order of their keys, missing ones last.

    Raises
    ------
    TypeError
        `ordered`, and the values of a key have no order.

    Examples
    --------
    >>> found = groups_of([pd.Series([7, 5, 7])], sort=True, dropna=True)
    >>> found.keys[0].tolist(), found.sizes[found.present].tolist()
    ([5, 7], [1, 2])
    """
    numbers = [numbers_of(key) for key in keys]
    kept = _without_missing(numbers) if dropna else None
    if kept is not None:
        numbers = [n._replace(values=n.values[kept]) for n in numbers]
    if ordered:
        numbers = [_in_order(n) for n in numbers]
    if sort and room(numbers) <= SPREAD * max(len(numbers[0].values), 128):
        return _in_a_table(numbers, kept, keys)
    codes, _ = codes_of(numbers)
    places, first = (_ordered if ordered else numbered)(codes)
    sizes = np.bincount(places, minlength=len(first))
    fits = room(numbers) <= MOST
    digits = _digits(codes[first], numbers) if fits else [n.values[first] for n in numbers]
    return RowGroups(places, len(first), np.arange(len(first)), sizes, kept, _parts(numbers, digits, keys))


def _ordered(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row the rank of its number among the different ones, and where each of these is first.

    Examples
    --------
    >>> [found.tolist() for found in _ordered(np.array([7, 5, 7]))]
    [[1, 0, 1], [1, 0]]
    """
    if not mostly_distinct(pd.DataFrame({0: codes}, copy=False), max(1, len(codes) // SAMPLE)):
        places, first = numbered(codes)
        order = stable_order(codes[first])
        return _ranks(order)[places], first[order]
    order = stable_order(codes)
    in_order = codes[order]
    new = np.append(True, in_order[1:] != in_order[:-1])
    places = np.empty(len(codes), np.intp)
    places[order] = np.cumsum(new) - 1
    return places, order[new]


def rows_apart(keys: Sequence[pd.Series], dropna: bool) -> RowGroups:
    """Each row as a group of its own, whose keys are those of the row, though a few may be equal.

    Parameters
    ----------
    keys, dropna
        As for `groups_of`.
    """
    count, kept = len(keys[0]), None
    missing = np.logical_or.reduce([np.asarray(key.isna()) for key in keys]) if dropna else None
    if missing is not None and missing.any():
        kept = ~missing
        count = int(np.count_nonzero(kept))
    places = np.arange(count)
    return RowGroups(places, count, places, np.ones(count, np.int64), kept, ())


def _in_a_table(numbers: Sequence[Numbers], kept: np.ndarray | None, keys: Sequence[pd.Series]) -> RowGroups:
    """Groups whose place is the number that their keys make together."""
    codes, sizes = counted(numbers)
    present = np.flatnonzero(sizes)
    parts = _parts(numbers, _digits(present, numbers), keys)
    return RowGroups(codes.astype(np.intp, copy=False), len(sizes), present, sizes, kept, parts)


def _digits(codes: np.ndarray, numbers: Sequence[Numbers]) -> list[np.ndarray]:
    """For each key the numbers of which the codes are made; to look them up in the rows takes longer."""
    found = []
    for n in numbers[::-1]:
        codes, digit = np.divmod(codes, n.width)
        found.append(digit + n.low)
    return found[::-1]


def _parts(numbers: Sequence[Numbers], values: Sequence[np.ndarray], keys: Sequence[pd.Series]) -> tuple[Any, ...]:
    return tuple((n, own, key.dtype) for n, own, key in zip(numbers, values, keys))


def _without_missing(numbers: Sequence[Numbers]) -> np.ndarray | None:
    found = [missing for n in numbers if (missing := n.missing) is not None]
    return ~np.logical_or.reduce(found) if found else None


def _ranks(order: np.ndarray) -> np.ndarray:
    ranks = np.empty(len(order), np.intp)
    ranks[order] = np.arange(len(order))
    return ranks


def _in_order(numbers: Numbers) -> Numbers:
    """The numbers in the order of what they stand for; a missing value has the last one."""
    labels = numbers.labels
    if labels is None:
        return numbers
    order = np.arange(len(labels)) if isinstance(labels, pd.Categorical) else np.asarray(labels.argsort())
    ranks = np.append(_ranks(order), len(order))
    return Numbers(ranks[numbers.values], 0, len(order) + 1, labels.take(order))


def _label(numbers: Numbers, codes: np.ndarray, dtype: Any) -> Any:
    """What some numbers of a key stand for; those that are no label's are missing."""
    labels = numbers.labels
    if labels is None:
        return codes.astype(dtype)
    missing = (codes < 0) | (codes >= len(labels))
    if not missing.any():
        return labels.take(codes)
    return pd.api.extensions.take(labels, np.where(missing, -1, codes), allow_fill=True)


def _level(numbers: Numbers, codes: np.ndarray, dtype: Any) -> tuple[pd.Index, np.ndarray]:
    """The values that there are, each once, and for some numbers of a key which of them they stand for."""
    numbered = numbers.labels is not None
    width = len(numbers.labels) if numbered else numbers.width
    wide = codes.astype(np.result_type(codes.dtype, np.uint32), copy=False)
    places = codes if numbered else wide - numbers.low
    missing = (places < 0) | (places >= width)
    if missing.any():
        places = np.where(missing, width, places)
    used = np.flatnonzero(np.bincount(places, minlength=width + 1)[:width])
    codes_of_used = np.full(width + 1, -1)
    codes_of_used[used] = np.arange(len(used))
    values = numbers.labels.take(used) if numbered else (used + numbers.low).astype(dtype)
    return pd.Index(values), codes_of_used[places]
