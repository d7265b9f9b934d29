"""Columns whose dtypes depend on data: on whether rows of a join have partners, on whether values are missing, or on
what a person's function gives for each value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.asked import OfEach, UserFunction
from minidask.dataframe.extremes import is_complete
from minidask.dataframe.merging import Merge, merge_blocks
from minidask.dataframe.meta import Meta, remembered
from minidask.dataframe.node import FrameNode, Partitionwise, is_frame
from minidask.dataframe.reductions import one_row
from minidask.dataframe.schema import dtypes_by_place
from minidask.dataframe.whole_groups import RowsOfGroups
from minidask.expr.blocks import function_name
from minidask.expr.node import Node

_OF_STRINGS = (
    "contains count endswith find fullmatch index isalnum isalpha isascii isdecimal isdigit islower isnumeric \
isspace istitle isupper len match rfind rindex startswith"
)
_OF_TIMES = "day day_of_week day_of_year dayofweek dayofyear days days_in_month daysinmonth hour microsecond \
microseconds minute month nanosecond nanoseconds quarter second seconds weekday year"
_OF_MISSING = frozenset([*(f"str.{n}" for n in _OF_STRINGS.split()), *(f"dt.{n}" for n in _OF_TIMES.split())])
"""What gives missing values for missing ones; numbers and truth values, where there are none."""
_MAPPING = frozenset({"map", "labels_mapped"})
_REPLACING = frozenset({"where", "mask"})


def wider(node: Node) -> Mapping[int, Any]:
    """The columns, by position, that may come with other dtypes than the meta has, and these dtypes.

    Examples
    --------
    >>> import minidask.dataframe as dd
    >>> left, right = pd.DataFrame({"k": [1, 2], "x": [1, 2]}), pd.DataFrame({"k": [1, 3], "y": [1, 2]})
    >>> wider(Merge(dd.from_pandas(left).expr, dd.from_pandas(right).expr, {"how": "left", "on": "k"}, "broadcast"))
    {2: dtype('float64')}
    >>> wider(dd.from_pandas(pd.Series(["a", None])).str.len().expr)
    {0: dtype('float64')}
    """
    if isinstance(node, Merge):
        return _without_partners(node)
    if is_by_value(node):
        return _of_other_values(node)
    if isinstance(node, RowsOfGroups):
        return _without_group(node.source)
    return _with_missing_values(node) if isinstance(node, Partitionwise) else {}


def is_by_value(node: Node) -> bool:
    """Whether a node makes what is known of one partition, by a function that sees value by value."""
    if isinstance(node, OfEach):
        return node.by_value and "answer" in vars(node)
    func = node.func if isinstance(node, Partitionwise) else None
    return isinstance(func, UserFunction) and func.by_value and func.meta is not None


def _of_other_values(node: Any) -> dict[int, Any]:
    """Those of values of another kind than the one partition has that was asked; categories stay what they are."""
    plain = {i: d for i, d in dtypes_by_place(node.meta).items() if not isinstance(d, pd.CategoricalDtype)}
    return {i: np.dtype("float64" if pd.api.types.is_object_dtype(d) else object) for i, d in plain.items()}


def _without_partners(join: Merge) -> dict[int, Any]:
    """Those of a join, where rows have no partners."""
    dtypes = join.meta.dtypes
    if join.options["how"] in ("inner", "cross") or not any(getattr(d, "kind", "") in "biu" for d in dtypes):
        return {}
    asked = (join.left.meta, join.right.meta, tuple(join.options.items()), join.columns)
    found = remembered(_dtypes_without_partners, asked)
    return {i: dtype for i, dtype in enumerate(found) if dtype != dtypes.iloc[i]}


def _dtypes_without_partners(left: pd.DataFrame, right: pd.DataFrame, options: Any, columns: Any) -> list[Any]:
    """The dtypes of all columns where no row has a partner."""
    asked = [(left, right), (one_row(left), right), (left, one_row(right))]
    known, *found = (merge_blocks(*sides, dict(options), apart=False, columns=columns).dtypes for sides in asked)
    return [next((d for d in dtypes if d != usual), usual) for usual, *dtypes in zip(known, *found)]


def _without_group(results: Any) -> dict[int, Any]:
    """Those of what a group-by gives for each row, where rows have no key and so no group."""
    if not results.grouping.options["dropna"] or not any(map(_may_be_missing, results.key_nodes)):
        return {}
    return _less_plain(results.meta, "biu")


def _may_be_missing(key: FrameNode) -> bool:
    return getattr(key.meta.dtype, "kind", "O") not in "biu" and not is_complete(key)


def _less_plain(meta: Meta, kinds: str) -> dict[int, Any]:
    """The dtypes of NumPy of these kinds with room for missing values."""
    plain = {i: d for i, d in dtypes_by_place(meta).items() if isinstance(d, np.dtype) and d.kind in kinds}
    return {i: np.dtype(object if d.kind == "b" else "float64") for i, d in plain.items()}


def _with_missing_values(node: Partitionwise) -> dict[int, Any]:
    """Those of what is done to values of which some are missing, have no entry in a mapping, or are replaced."""
    name = function_name(node.func)
    if isinstance(node.func, UserFunction):
        return {}
    if name in _REPLACING:
        return _where_replaced(node)
    if name not in _MAPPING and (name not in _OF_MISSING or is_complete(node.first)):
        return {}
    texts = name.startswith("str.") and not _is_object(node.first)
    kinds = "iu" if texts or node.kwargs.get("na") is not None else "biu"  # `str` tells of no string that it has no "x"
    return _less_plain(node.meta, kinds)


def _is_object(frame: FrameNode) -> bool:
    return any(map(pd.api.types.is_object_dtype, dtypes_by_place(frame.meta).values()))


def _where_replaced(node: Partitionwise) -> dict[int, Any]:
    other = node.kwargs.get("other", np.nan)
    alike = is_frame(other) and isinstance(other.meta, pd.Series) and isinstance(node.meta, pd.Series)
    if isinstance(node.meta, pd.Index) or not (alike or pd.api.types.is_scalar(other)):
        return {}
    other = other.meta if alike else other
    found, usual = remembered(_replaced, (node.first.meta, other)), dtypes_by_place(node.meta)
    return {i: dtype for i, dtype in dtypes_by_place(found).items() if dtype != usual.get(i)}


def _replaced(meta: Meta, other: Any) -> Any:
    """A row all of whose values are others."""
    row = one_row(meta)
    return row.mask(np.ones(row.shape, dtype=bool), _telling(other) if isinstance(other, pd.Series) else other)


def _telling(meta: pd.Series) -> pd.Series:
    """A row of a column with a value for which other dtypes have no room: a fraction, or a missing one."""
    row: pd.Series = one_row(meta)
    if isinstance(meta.dtype, np.dtype):
        return row + 0.5 if meta.dtype.kind == "f" else row
    return row.shift()
