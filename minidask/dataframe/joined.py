"""The join of two blocks by keys that are numbers, times or strings: as `merge` of pandas, and faster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.kernels.grouping import text_of
from minidask.kernels.joining import matches, numbers_alike, text_numbers
from minidask.kernels.lookup import places_of

FEWEST = 4_096
"""Below so many rows nothing is won."""


def joined_by_keys(
    left: pd.DataFrame, right: pd.DataFrame, options: Mapping[str, Any], texts: Sequence[tuple[Any, Any]] = ()
) -> pd.DataFrame | None:
    """What ``left.merge(right, **options)`` gives; None where it has to be asked.

    Parameters
    ----------
    left, right
        The blocks.
    options
        As `merge` of pandas takes them.
    texts
        Pairs of keys of strings, which a block may have as categories.

    Examples
    --------
    >>> left = pd.DataFrame({"k": range(5000), "x": 1.5})
    >>> joined_by_keys(left, pd.DataFrame({"k": [7], "y": [0]}), {"how": "inner", "on": "k"})
       k    x  y
    0  7  1.5  0
    """
    names = _key_names(left, right, options)
    if names is None or len(left) + len(right) < FEWEST:
        return None
    how = options["how"]
    pairs = [
        text_numbers(left[pair[0]], right[pair[1]]) if pair in texts else (left[pair[0]], right[pair[1]])
        for pair in zip(*names)
    ]
    sides = [list(side) for side in zip(*pairs)]
    asking, asked = sides[::-1] if how == "right" else sides
    rows = _matching(asking, asked, outer=how != "inner")
    if rows is None:
        return None
    of_left, of_right = rows[::-1] if how == "right" else rows
    once = {one for one, other in zip(*names) if one == other}  # keys by the same name are there once
    columns = [
        _taken(right[label], of_right) if label in once and how == "right" else _taken(left[label], of_left)
        for label in left.columns
    ]
    columns += [_taken(right[label], of_right) for label in right.columns if label not in once]
    found = pd.DataFrame(dict(enumerate(columns)), index=pd.RangeIndex(len(of_left)), copy=False)
    found.columns = left.iloc[:0].merge(right.iloc[:0], **options).columns
    return found


def as_text(block: pd.DataFrame, columns: Sequence[Any]) -> pd.DataFrame:
    """A block with strings for the categories in these columns."""
    coded = [c for c in columns if isinstance(block[c].dtype, pd.CategoricalDtype)]
    return block.assign(**{c: text_of(block[c].array, True) for c in coded}) if coded else block


def _matching(
    left: Sequence[pd.Series], right: Sequence[pd.Series], outer: bool
) -> tuple[np.ndarray, np.ndarray] | None:
    """As `matches` of keys; None where they cannot be compared so."""
    found = places_of(left, right)
    if found is not None:
        at = np.arange(len(found)) if outer else np.flatnonzero(found >= 0)
        return at, found if outer or len(at) == len(found) else found[at]
    keys = numbers_alike(left[0], right[0]) if len(left) == 1 else None
    return None if keys is None else matches(*keys, outer=outer)


def _key_names(
    left: pd.DataFrame, right: pd.DataFrame, options: Mapping[str, Any]
) -> tuple[list[Any], list[Any]] | None:
    """The labels of the keys of both sides, where nothing else is asked."""
    if options["how"] not in ("inner", "left", "right") or options.get("indicator"):
        return None
    if any(options.get(name) for name in ("left_index", "right_index", "validate")):
        return None
    if not (left.columns.is_unique and right.columns.is_unique and left.columns.nlevels == right.columns.nlevels == 1):
        return None
    both = options.get("on")
    found = [options.get("left_on"), options.get("right_on")] if both is None else [both, both]
    one, other = (key if isinstance(key, list) else [key] for key in found)
    return (one, other) if len({*one}) == len(one) and len({*other}) == len(other) else None


def _taken(column: pd.Series, places: np.ndarray) -> Any:
    """The values at some places; at -1 a missing one, for which the dtype gives way as it does in pandas."""
    array = column.array
    if len(places) and places.min() < 0:
        return pd.api.extensions.take(column.to_numpy() if _is_plain(array) else array, places, allow_fill=True)
    return column.to_numpy().take(places) if _is_plain(array) else array.take(places)


def _is_plain(array: Any) -> bool:
    return isinstance(array.dtype, np.dtype)
