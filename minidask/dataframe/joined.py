"""The join of two blocks by keys that are numbers, times or strings: as `merge` of pandas, and faster."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.kernels.grouping import text_of
from minidask.kernels.joining import matches, numbers_alike, text_numbers
from minidask.kernels.lookup import Pairs, pairs_of
from minidask.kernels.tables import as_it_is

FEWEST = 4_096
"""Below so many rows nothing is won."""

Column = tuple[str, Any]
"""Where a column of a join comes from: the side, "left" or "right", and its label there; "" for the indicator."""


def joined_by_keys(
    left: pd.DataFrame,
    right: pd.DataFrame,
    options: Mapping[str, Any],
    texts: Sequence[tuple[Any, Any]] = (),
    columns: Sequence[Column] | None = None,
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
    columns
        Those that are wanted; None: all.

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
    keys = [
        text_numbers(left[pair[0]], right[pair[1]]) if pair in texts else (left[pair[0]], right[pair[1]])
        for pair in zip(*names)
    ]
    sides = [list(side) for side in zip(*keys)]
    asking, asked = sides[::-1] if options["how"] == "right" else sides
    pairs = _matching(asking, asked, outer=options["how"] != "inner")
    return None if pairs is None else _assembled({"left": left, "right": right}, pairs, options, columns)


def _assembled(
    sides: Mapping[str, Any], pairs: Pairs, options: Mapping[str, Any], columns: Sequence[Column] | None
) -> pd.DataFrame:
    """The columns of the rows that belong together."""
    asking = "right" if options["how"] == "right" else "left"  # of which no row is missing: it has the keys of both
    of_sides = sides["left"].columns, sides["right"].columns, options
    there, labels, once = columns_of(*of_sides), _labels(*of_sides), _keys_once(options)
    index = pd.RangeIndex(len(pairs.right))
    made: dict[int, Any] = {}
    for at, (side, label) in enumerate(there if columns is None else columns):
        if side == asking or label in once:
            made[at] = _taken(sides[asking][label], pairs.left, False, index)
        else:
            made[at] = _taken(sides[side][label], pairs.right, pairs.missing, index)
    found = pd.DataFrame(made, index=index, copy=False)
    found.columns = labels if columns is None else labels.take([there.index(column) for column in columns])
    return found


def columns_of(left: pd.Index, right: pd.Index, options: Mapping[str, Any]) -> list[Column]:
    """The columns of a join of sides that have these, unless pandas puts keys before them.

    Examples
    --------
    >>> columns_of(pd.Index(["k", "x"]), pd.Index(["x", "k"]), {"on": "k"})
    [('left', 'k'), ('left', 'x'), ('right', 'x')]
    """
    once, name = _keys_once(options), options.get("indicator")
    found = [("left", label) for label in left] + [("right", label) for label in right if label not in once]
    return [*found, ("", "_merge" if name is True else name)] if name else found


def _labels(left: pd.Index, right: pd.Index, options: Mapping[str, Any]) -> pd.Index:
    """The labels of these columns: those on both sides have suffixes."""
    once = _keys_once(options)
    right = right[[label not in once for label in right]]
    both = {*left} & {*right}
    sides = zip((left, right), options.get("suffixes", ("_x", "_y")))
    one, other = [_suffixed(labels, both, suffix) if both else labels for labels, suffix in sides]
    return one.append(other)


def _suffixed(labels: pd.Index, both: Collection[Any], suffix: str | None) -> pd.Index:
    found = [f"{c}{suffix}" if c in both and suffix is not None else c for c in labels]
    return pd.Index(found, name=labels.name, tupleize_cols=False)


def key_labels(options: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """The labels of the key columns of both sides; none of those that are joined by their index."""
    both = options.get("on")
    found = [options.get("left_on"), options.get("right_on")] if both is None else [both, both]
    one, other = (key if isinstance(key, list) else [] if key is None else [key] for key in found)
    return one, other


def _keys_once(options: Mapping[str, Any]) -> set[Any]:
    """The keys by the same label on both sides, which are there once."""
    return {one for one, other in zip(*key_labels(options)) if one == other}


def as_text(block: pd.DataFrame, columns: Sequence[Any]) -> pd.DataFrame:
    """A block with strings for the categories in these columns."""
    coded = [c for c in columns if isinstance(block[c].dtype, pd.CategoricalDtype)]
    return block.assign(**{c: text_of(block[c].array, True) for c in coded}) if coded else block


def _matching(left: Sequence[pd.Series], right: Sequence[pd.Series], outer: bool) -> Pairs | None:
    """As `matches` of keys; None where they cannot be compared so."""
    found = pairs_of(left, right, outer)
    keys = numbers_alike(left[0], right[0]) if found is None and len(left) == 1 else None
    return found if keys is None else matches(*keys, outer=outer)


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
    one, other = key_labels(options)
    return (one, other) if len({*one}) == len(one) and len({*other}) == len(other) else None


def _taken(column: pd.Series, places: np.ndarray | None, missing: bool, index: pd.Index) -> Any:
    """The values at some places; where they are `missing` (-1) the dtype gives way as it does in pandas.

    All of them are the column itself, so that pandas knows of whom else they are.
    """
    if places is None:
        return column.set_axis(index)
    array = column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array
    found = pd.api.extensions.take(array, places, allow_fill=True) if missing else array.take(places)
    return as_it_is(found, index)
