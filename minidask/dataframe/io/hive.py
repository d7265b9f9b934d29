"""Hive partitions: columns whose values are in the names of the folders that files are in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from minidask.dataframe.conditions import Condition

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
_LARGEST = 2**31
_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "==": eq,
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "in": lambda value, values: value in values,
    "not in": lambda value, values: value not in values,
}


def hive_partitions(paths: Sequence[str], roots: Sequence[str]) -> dict[str, list[Any]]:
    """Names and values in paths such as ``year=2024/month=1/part.parquet``: whole numbers where all are.

    Examples
    --------
    >>> hive_partitions(["d/y=1/a", "d/y=2/a"], ["d"])
    {'y': [1, 2]}
    """
    found: dict[str, list[Any]] = {}
    for i, path in enumerate(paths):
        root = next((r for r in roots if path.startswith(r + "/")), None)
        inner = path[len(root) :] if root is not None else ""
        for part in inner.split("/")[:-1]:
            name, equals, value = part.partition("=")
            if equals:
                found.setdefault(unquote(name), [None] * len(paths))[i] = None if value == HIVE_NULL else unquote(value)
    return {name: _as_numbers(values) for name, values in found.items()}


def _as_numbers(values: list[Any]) -> list[Any]:
    whole = all(v is None or (re.fullmatch(r"[+-]?\d+", v) and abs(int(v)) < _LARGEST) for v in values)
    return [None if v is None else int(v) for v in values] if whole else values


def hive_categories(values: Sequence[Any]) -> pd.CategoricalDtype:
    """The dtype of a hive partition, as pandas has it: its values in order, numbers as int32.

    Examples
    --------
    >>> hive_categories([10, 2]).categories
    Index([2, 10], dtype='int32')
    """
    there = {v for v in values if v is not None}
    number = bool(there) and all(isinstance(v, int) for v in there)
    return pd.CategoricalDtype(pd.Index(sorted(there), dtype="int32" if number else "str"))


def hive_column(value: Any, dtype: pd.CategoricalDtype, length: int) -> pd.Categorical:
    """The column of a file in the folder of one value."""
    code = -1 if value is None else dtype.categories.get_loc(value)
    return pd.Categorical.from_codes(np.full(length, code), dtype=dtype, validate=False)


def hive_path(names: Sequence[Any], values: Any) -> str:
    """The folder of some values.

    Examples
    --------
    >>> hive_path(["year", "place"], (2024, "a/b"))
    'year=2024/place=a%2Fb'
    """
    values = values if isinstance(values, tuple) else (values,)
    pairs = zip(names, values, strict=True)
    return "/".join(f"{n}={HIVE_NULL if pd.isna(v) else quote(str(v), safe='')}" for n, v in pairs)


def holds(condition: Condition, value: Any) -> bool:
    """Whether a condition holds for a value; for a missing one only that it is missing, or among those looked for.

    Raises
    ------
    TypeError
        The values cannot be compared.
    """
    if condition.compare in ("is", "is not"):
        return (value is None) == (condition.compare == "is")
    if value is None:
        return condition.compare == "in" and None in condition.value
    return bool(_HOLDS[condition.compare](value, condition.value))


def conditions_left(
    filters: Sequence[Sequence[Condition]], values: Mapping[str, Any]
) -> Sequence[Sequence[Condition]] | None:
    """The groups of conditions that rows of a file must still meet, one of them; None where no row can.

    Parameters
    ----------
    filters
        Groups of conditions; rows are wanted where all of a group hold. None of them: all rows are.
    values
        Those of the hive partitions of the file.

    Examples
    --------
    >>> x, year = Condition("x", ">", 1), Condition("year", "==", 2024)
    >>> conditions_left([[x, year]], {"year": 2024}) == [[x]], conditions_left([[x, year]], {"year": 2023})
    (True, None)
    """
    if not filters:
        return ()
    possible = [g for g in filters if all(holds(c, values[c.column]) for c in g if c.column in values)]
    left = [[c for c in group if c.column not in values] for group in possible]
    return (left if all(left) else ()) if left else None
