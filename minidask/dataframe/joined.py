"""The join of two blocks by one key of numbers or times: as `merge` of pandas, and faster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from minidask.kernels.joining import matches, numbers_alike

FEWEST = 4_096
"""Below so many rows nothing is won."""


def joined_by_number(left: pd.DataFrame, right: pd.DataFrame, options: Mapping[str, Any]) -> pd.DataFrame | None:
    """What ``left.merge(right, **options)`` gives; None where it has to be asked.

    Parameters
    ----------
    left, right
        The blocks.
    options
        As `merge` of pandas takes them.

    Examples
    --------
    >>> left = pd.DataFrame({"k": range(5000), "x": 1.5})
    >>> joined_by_number(left, pd.DataFrame({"k": [7], "y": [0]}), {"how": "inner", "on": "k"})
       k    x  y
    0  7  1.5  0
    """
    names = _key_names(left, right, options)
    if names is None or len(left) + len(right) < FEWEST:
        return None
    keys = numbers_alike(left[names[0]], right[names[1]])
    if keys is None:
        return None
    how = options["how"]
    if how == "right":
        of_right, of_left = matches(keys[1], keys[0], outer=True)
    else:
        of_left, of_right = matches(*keys, outer=how == "left")
    one = names[0] == names[1]
    columns = [
        _taken(right[label], of_right) if one and how == "right" and label == names[0] else _taken(left[label], of_left)
        for label in left.columns
    ]
    columns += [_taken(right[label], of_right) for label in right.columns if not one or label != names[1]]
    found = pd.DataFrame(dict(enumerate(columns)), index=pd.RangeIndex(len(of_left)), copy=False)
    found.columns = left.iloc[:0].merge(right.iloc[:0], **options).columns
    return found


def _key_names(left: pd.DataFrame, right: pd.DataFrame, options: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """The labels of the keys, where there is one on each side, and nothing else is asked."""
    if options["how"] not in ("inner", "left", "right") or options.get("indicator"):
        return None
    if any(options.get(name) for name in ("left_index", "right_index", "validate")):
        return None
    if not (left.columns.is_unique and right.columns.is_unique and left.columns.nlevels == right.columns.nlevels == 1):
        return None
    both = options.get("on")
    found = [options.get("left_on"), options.get("right_on")] if both is None else [both, both]
    one, other = (key[0] if isinstance(key, list) and len(key) == 1 else key for key in found)
    return (one, other) if not isinstance(one, list) and not isinstance(other, list) else None


def _taken(column: pd.Series, places: np.ndarray) -> Any:
    """The values at some places; at -1 a missing one, for which the dtype gives way as it does in pandas."""
    array = column.array
    if len(places) and places.min() < 0:
        return pd.api.extensions.take(column.to_numpy() if _is_plain(array) else array, places, allow_fill=True)
    return column.to_numpy().take(places) if _is_plain(array) else array.take(places)


def _is_plain(array: Any) -> bool:
    return isinstance(array.dtype, np.dtype)
