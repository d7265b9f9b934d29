"""Conditions on columns: what predicates say that a source can use."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pandas as pd

from minidask.dataframe.labels import Rename
from minidask.dataframe.node import Assign, Filter, FrameNode, Method, Partitionwise, Projection


class Condition(NamedTuple):
    """A column compared with a value.

    Examples
    --------
    >>> str(Condition("x", ">=", 3))
    'x >= 3'
    """

    column: Any
    compare: str
    value: Any

    def __str__(self) -> str:
        return f"{self.column} {self.compare} {self.value!r}"


_RANGES: dict[str, Callable[[Any, Any, Any], bool]] = {
    "==": lambda low, high, value: low <= value <= high,
    "=": lambda low, high, value: low <= value <= high,
    "<": lambda low, high, value: low < value,
    "<=": lambda low, high, value: low <= value,
    ">": lambda low, high, value: high > value,
    ">=": lambda low, high, value: high >= value,
    "in": lambda low, high, value: any(low <= v <= high for v in value),
}


def may_hold(condition: Condition, low: Any, high: Any) -> bool:
    """Whether the condition may hold for a value between `low` and `high`; both None: for a missing one.

    Examples
    --------
    >>> may_hold(Condition("x", ">", 5), 1, 3), may_hold(Condition("x", "in", [0, 2]), 1, 3)
    (False, True)
    """
    test = _RANGES.get(condition.compare)
    if test is None:
        return True
    if low is None or high is None:
        return False
    try:
        return bool(test(low, high, condition.value))
    except TypeError:  # of another kind than the statistics: they say nothing
        return True


_MIRRORED = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NAMES = {"eq": "==", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_COMPARES: dict[Any, str] = {
    made: sign for name, sign in _NAMES.items() for made in (getattr(operator, name), Method(name))
}


def conditions_of(predicate: FrameNode) -> Iterator[tuple[FrameNode, Condition]]:
    """What must hold in a row where the predicate is true: a frame, and a condition on one of its columns.

    It need not be all that the predicate says.
    """
    stack = [predicate]
    while stack:
        node = stack.pop()
        if not isinstance(node, Partitionwise):
            continue
        func, args = node.func, node.args
        if func is operator.and_:
            stack += [a for a in args if isinstance(a, FrameNode)]
        elif func is Method("isin") or func is operator.or_:
            found = _one_of(node)
            if found:
                yield found
        elif func is Method("between"):
            yield from _within(node)
        elif _comparable(func):
            found = _comparison(_COMPARES[func], *args[:2])
            if found:
                yield found


def _one_of(node: Any) -> tuple[FrameNode, Condition] | None:
    """The column and the values of a predicate that is true for these values, and for no others."""
    if not isinstance(node, Partitionwise):
        return None
    if node.func is operator.or_:
        one, other = map(_one_of, node.args)
        if one is None or other is None or one[0] is not other[0] or one[1].column != other[1].column:
            return None
        return one[0], one[1]._replace(value=(*one[1].value, *other[1].value))
    if node.func is Method("isin"):
        column, values = column_of(node.args[0]), node.kwargs.get("values")
        if not column or not isinstance(values, list | tuple | set) or not all(map(_is_value, values)):
            return None
        return column[0], Condition(column[1], "in", tuple(values))
    equal = _comparison("==", *node.args[:2]) if _comparable(node.func) and _COMPARES[node.func] == "==" else None
    return (equal[0], Condition(equal[1].column, "in", (equal[1].value,))) if equal else None


def _within(node: Partitionwise) -> Iterator[tuple[FrameNode, Condition]]:
    """The ends of a range that values are within."""
    column = column_of(node.args[0])
    for name, compare in (("left", ">="), ("right", "<=")):
        end = node.kwargs.get(name)
        if column and _is_value(end):
            yield column[0], Condition(column[1], compare, end)


def origin(frame: FrameNode, column: Any) -> tuple[FrameNode, Any]:
    """The frame that a column comes from, through nodes that hand it on, and its name there."""
    while True:
        if isinstance(frame, Assign) and column in frame.columns:
            found = column_of(frame.values[len(frame.columns) - 1 - frame.columns[::-1].index(column)])
            if found is None:
                return frame, column
            frame, column = found
        elif isinstance(frame, Rename):
            column = frame.old(column)
            frame = frame.frame
        elif isinstance(frame, Assign | Projection | Filter):
            frame = frame.frame
        else:
            return frame, column


def _comparison(compare: str, left: Any, right: Any) -> tuple[FrameNode, Condition] | None:
    mine, other = column_of(left), column_of(right)
    if mine and _is_value(right):
        return mine[0], Condition(mine[1], compare, right)
    if other and _is_value(left):
        return other[0], Condition(other[1], _MIRRORED[compare], left)
    return None


def column_of(node: Any) -> tuple[FrameNode, Any] | None:
    """The frame, and the label, of which some rows of a column are; None: it is no column."""
    while isinstance(node, Filter):
        node = node.frame
    is_one = isinstance(node, Projection) and not isinstance(node.columns, list)
    return (node.frame, node.columns) if is_one else None


def _is_value(value: Any) -> bool:
    return not isinstance(value, FrameNode) and pd.api.types.is_scalar(value) and not pd.isna(value)


def _comparable(func: Any) -> bool:
    try:
        return func in _COMPARES
    except TypeError:  # a person's function that is not hashable
        return False
