"""Functions that look at each string by itself: of a column with few different ones, at each of these once."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from minidask.dataframe.node import Method, Partitionwise
from minidask.dataframe.strings import OfStrings
from minidask.expr.blocks import function_name
from minidask.expr.node import Node

_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
_OPERATORS = (operator.add, *(getattr(operator, name) for name in _COMPARISONS))
_METHODS = (*_COMPARISONS, "fillna", "isin", "isna", "isnull", "notna", "notnull")
_OF_STR = (
    "capitalize", "casefold", "center", "contains", "count", "endswith", "find", "fullmatch", "isalnum", "isalpha",
    "isascii", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper", "len", "ljust",
    "lower", "lstrip", "match", "normalize", "pad", "removeprefix", "removesuffix", "replace", "rfind", "rjust",
    "rstrip", "slice", "slice_replace", "startswith", "strip", "swapcase", "title", "upper", "zfill",
)  # fmt: skip
_NAMES = frozenset([*_METHODS, *(f"str.{name}" for name in _OF_STR)])
"""What gives one value for each string that depends on nothing else, where its other arguments are single values."""
_SINGLE = (str, int, float, re.Pattern, type(None))


def looks_at_each(node: Node) -> bool:
    """Whether a node makes one value of each string of a Series."""
    if not isinstance(node, Partitionwise) or len(node.children) != 1 or not _of_each(node.func):
        return False
    (child,) = node.children
    series = [n.meta for n in (node, child) if isinstance(n.meta, pd.Series)]  # type: ignore[attr-defined]
    if len(series) < 2 or series[0].dtype == object or not isinstance(series[1].dtype, pd.StringDtype):
        return False
    others = [a for a in (*node.args, *node.kwargs.values()) if a is not child]
    return node.func is Method("isin") or all(isinstance(a, _SINGLE) for a in others)


def _of_each(func: Callable[..., Any]) -> bool:
    return func.__name__ in _NAMES if isinstance(func, Method | OfStrings) else func in _OPERATORS


@dataclass(frozen=True)
class OfEach:
    """Calls such a function with the different strings of a block that has them as categories.

    Parameters
    ----------
    func
        Takes a Series of strings among its arguments, and gives a Series.
    coded
        Whether to give strings as categories, too.

    Examples
    --------
    >>> OfEach(Method("str.len"), False)(pd.Series(["b", "aa", "b"]).astype("category")).tolist()
    [1, 2, 1]
    """

    func: Callable[..., Any]
    coded: bool

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        (block,) = [a for a in args if isinstance(a, pd.Series)]
        if not isinstance(block.dtype, pd.CategoricalDtype):
            return self.func(*args, **kwargs)
        codes, different = block.cat.codes.to_numpy(), pd.Series(block.cat.categories)
        if (codes < 0).any():
            different = different.reindex(range(len(different) + 1))  # the last is missing, as is that of code -1
        answers = self.func(*[different if a is block else a for a in args], **kwargs)
        values = _as_categories(answers, codes) if self.coded else answers.array.take(codes)
        return pd.Series(values, index=block.index, name=block.name, copy=False)


def _as_categories(answers: pd.Series, codes: Any) -> Any:
    numbers, categories = pd.factorize(answers)
    return pd.Categorical.from_codes(numbers.take(codes), categories=pd.Index(categories), validate=False)
