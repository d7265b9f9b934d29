"""Queries told in text, as expressions over columns: so that they are found where rows can be left out early."""

from __future__ import annotations

import ast
import io
import operator
import tokenize
from collections.abc import Callable, Mapping
from typing import Any

from pandas.api.types import is_bool_dtype, is_scalar

_LOCAL = "__pd_eval_local_"
_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.And: operator.and_,
    ast.Or: operator.or_,
    ast.Not: operator.invert,
    ast.Invert: operator.invert,
    ast.USub: operator.neg,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_WORDS = {"&": "and", "|": "or"}


class Unknown(Exception):
    """A query says what only pandas knows."""


def predicate_of(frame: Any, expr: str, variables: Mapping[str, Any]) -> Any:
    """The boolean Series that a query means; None where it says more than comparisons of columns and values.

    Parameters
    ----------
    frame
        A DataFrame, lazy or of pandas.
    expr
        As `pandas.DataFrame.query` takes it.
    variables
        The values of the names that stand after ``@``.

    Examples
    --------
    >>> import pandas as pd
    >>> predicate_of(pd.DataFrame({"x": [1, 2], "y": [2, 2]}), "x < y & y == @two", {"two": 2}).tolist()
    [True, False]
    """
    try:
        found = _Reading(frame, variables).value(ast.parse(_as_python(expr), mode="eval").body)
    except (
        Unknown,
        SyntaxError,
        tokenize.TokenError,
        AttributeError,
        TypeError,
        ValueError,
    ):  # pandas tells what is wrong
        return None
    return found if _is_boolean(found) else None


def _as_python(expr: str) -> str:
    """The text with ``&`` and ``|`` binding as ``and`` and ``or`` do, and names for those after ``@``."""
    words: list[str] = []
    after = False
    for token in tokenize.generate_tokens(io.StringIO(expr.strip()).readline):
        if token.string == "`":
            raise Unknown
        if token.string == "@":
            after = True
            continue
        words.append(_LOCAL + token.string if after else _WORDS.get(token.string, token.string))
        after = False
    return " ".join(words).strip()


def _is_boolean(found: Any) -> bool:
    return is_bool_dtype(getattr(found, "dtype", object))


class _Reading:
    """Makes values of the parts of a query."""

    def __init__(self, frame: Any, variables: Mapping[str, Any]) -> None:
        self.frame = frame
        self.variables = variables

    def value(self, node: ast.expr) -> Any:
        """A column, a Series or a plain value."""
        if isinstance(node, ast.BoolOp):
            return self._all(_OPERATORS[type(node.op)], [self._rows(v) for v in node.values])
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            return self._all(operator.and_, [self._compared(*one) for one in zip(sides, node.ops, sides[1:])])
        if isinstance(node, ast.BinOp | ast.UnaryOp):
            if type(node.op) not in _OPERATORS:
                raise Unknown
            parts = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand]
            return _OPERATORS[type(node.op)](*map(self.value, parts))
        if isinstance(node, ast.Name):
            return self._named(node.id)
        if isinstance(node, ast.Constant) and node.value is not None:
            return node.value
        raise Unknown

    def _rows(self, node: ast.expr) -> Any:
        found = self.value(node)
        if not _is_boolean(found):
            raise Unknown
        return found

    def _all(self, together: Callable[..., Any], parts: list[Any]) -> Any:
        found = parts[0]
        for part in parts[1:]:
            found = together(found, part)
        return found

    def _compared(self, left: ast.expr, compare: ast.cmpop, right: ast.expr) -> Any:
        one = self.value(left)
        if isinstance(compare, ast.In | ast.NotIn):
            found = one.isin(self._values(right))
            return ~found if isinstance(compare, ast.NotIn) else found
        if type(compare) not in _OPERATORS:
            raise Unknown
        return _OPERATORS[type(compare)](one, self.value(right))

    def _values(self, node: ast.expr) -> list[Any]:
        """Values among which those of a column are looked for."""
        if isinstance(node, ast.Name) and node.id.startswith(_LOCAL):
            found = self.variables.get(node.id.removeprefix(_LOCAL))
        else:
            found = [self.value(item) for item in node.elts] if isinstance(node, ast.List | ast.Tuple) else None
        if not isinstance(found, list | tuple | set) or not all(map(is_scalar, found)):
            raise Unknown
        return list(found)

    def _named(self, name: str) -> Any:
        if name.startswith(_LOCAL):
            found = self.variables.get(name.removeprefix(_LOCAL))
            if found is None or not is_scalar(found):
                raise Unknown
            return found
        if name not in self.frame.columns:
            raise Unknown
        return self.frame[name]
