"""The dtype that pandas gives a whole column of text, from what it found in its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api import types

from minidask.errors import Contradiction

WHOLE_NUMBERS = frozenset(("integer", "unsigned", "huge"))
"""The kinds of whole numbers."""


class Found(NamedTuple):
    """What was found in parts of a column."""

    seen: frozenset[tuple[str, Any]]
    """The kinds of values, each with a dtype; none where all values are missing."""
    missing: bool
    """Whether values are missing."""


Columns = Mapping[Any, Found]
"""What was found in some columns, by label."""


def found_in(column: pd.Series) -> Found:
    """What is in a part of a column, as pandas parsed it.

    Examples
    --------
    >>> found_in(pd.Series([1.5, None]))
    Found(seen=frozenset({('floating', dtype('float64'))}), missing=True)
    """
    there = column.notna()
    if not there.any():
        return Found(frozenset(), len(column) > 0)
    return Found(frozenset({(_kind(column), column.dtype)}), not there.all())


def _kind(column: pd.Series) -> str:
    dtype = column.dtype
    if is_text(dtype):
        return "string"
    for kind, test in _TESTS.items():
        if test(dtype):
            return kind
    if types.is_object_dtype(dtype):
        return {"boolean": "boolean", "integer": "huge"}.get(types.infer_dtype(column), "object")
    return str(dtype)


_TESTS: dict[str, Any] = {
    "boolean": types.is_bool_dtype,
    "unsigned": types.is_unsigned_integer_dtype,
    "integer": types.is_integer_dtype,
    "floating": types.is_float_dtype,
    "date": types.is_datetime64_any_dtype,
}


def is_text(dtype: Any) -> bool:
    """Whether a dtype is one of strings."""
    return isinstance(dtype, pd.StringDtype) or (isinstance(dtype, pd.ArrowDtype) and dtype.type is str)


def together(parts: Iterable[Found]) -> Found:
    """What was found in several parts."""
    return reduce(lambda a, b: Found(a.seen | b.seen, a.missing or b.missing), parts, Found(frozenset(), False))


def whole(found: Found, vacant: Any, text: Any) -> Any:
    """The dtype of a column.

    Parameters
    ----------
    found
        What was found in all its parts.
    vacant
        The dtype of a column without values.
    text
        That of strings.

    Examples
    --------
    >>> late = found_in(pd.Series([None, "a"], dtype="str"))
    >>> whole(together([found_in(pd.Series([1, 2])), late]), "float64", "str")
    'str'
    >>> whole(together([found_in(pd.Series([1, 2])), found_in(pd.Series([None]))]), "float64", "str")
    dtype('float64')
    """
    kinds = {kind for kind, _ in found.seen}
    dtypes = dict(sorted(found.seen, key=str))
    if not kinds:
        return vacant
    if "object" in kinds:
        return types.pandas_dtype(object)
    if kinds == {"date"}:
        return _finest([dtype for _, dtype in found.seen]) or text
    if len(kinds) == 1:
        (kind,) = kinds
        return _with_missing(kind, dtypes[kind], text) if found.missing else dtypes[kind]
    if "floating" in kinds and kinds <= WHOLE_NUMBERS | {"floating"}:
        return dtypes["floating"]
    if kinds <= WHOLE_NUMBERS:
        kind = "huge" if "huge" in kinds else "unsigned"
        return _with_missing(kind, dtypes[kind], text) if found.missing else dtypes[kind]
    return text


def _with_missing(kind: str, dtype: Any, text: Any) -> Any:
    """The dtype with missing values: those of NumPy have no place for them."""
    if types.is_extension_array_dtype(dtype):
        return dtype
    instead = {"integer": "float64", "boolean": "object"}.get(kind)
    return text if kind == "unsigned" else types.pandas_dtype(instead) if instead else dtype


def _finest(dtypes: list[Any]) -> Any:
    """Of dtypes of dates the one that holds all of them; None: there is no such."""
    common = dtypes[0] if len(dtypes) == 1 else pd.concat([pd.Series([], dtype=dtype) for dtype in dtypes]).dtype
    return None if types.is_object_dtype(common) else common


Whole = Callable[[Found, Any, Any], Any]
"""The dtype of a column: `whole`, or `whole_of_values`."""


def whole_of_values(found: Found, vacant: Any, text: Any) -> Any:
    """The dtype of a column of JSON, in which text is no number. Parameters as for `whole`.

    Examples
    --------
    >>> parts = [found_in(pd.Series([True])), found_in(pd.Series([None]))]
    >>> whole_of_values(together(parts), "float64", "str")
    dtype('float64')
    """
    kinds = {kind for kind, _ in found.seen}
    dtypes = dict(sorted(found.seen, key=str))
    number = next((kind for kind in _NUMBERS if kind in kinds), None)
    if not kinds:
        return vacant
    if number and kinds <= {*_NUMBERS}:
        dtype = dtypes[number]
        return types.pandas_dtype("float64") if found.missing and isinstance(dtype, np.dtype) else dtype
    if kinds == {"date"}:
        return _finest([dtype for _, dtype in found.seen]) or types.pandas_dtype(object)
    return text if kinds == {"string"} else types.pandas_dtype(object)


_NUMBERS = ("floating", "unsigned", "integer", "boolean")
"""Kinds of numbers, each of which has a place for those after it."""


def contradicted(here: Columns, found: Columns, dtypes: Mapping[Any, Any], whole: Whole, text: Any) -> dict[Any, Found]:
    """What is in the columns of a block that makes them others than was thought. Parameters as for `contradiction`."""
    wider = {c: whole(together([found[c], f]), dtypes[c], text) for c, f in here.items()}
    return {c: here[c] for c, dtype in wider.items() if dtype != dtypes[c]}


def contradiction(
    other: Columns, place: Any, dtypes: Mapping[Any, Any], found: Columns, whole: Whole, text: Any, subject: str
) -> Contradiction:
    """The error that tells what is in a block.

    Parameters
    ----------
    other
        What it has in the columns that are not what was thought.
    place
        Where the block is.
    dtypes, found
        What was thought, and found before.
    whole, text
        How the dtype of a column is told; the dtype of strings.
    subject
        What was read.
    """
    column, here = next(iter(other.items()))
    wider = whole(together([found[column], here]), dtypes[column], text)
    names = sorted(str(dtype) for _, dtype in here.seen)
    what = f"is {', '.join(names)}" if names else "is missing"
    if names and here.missing:
        what += ", and missing in some rows"
    return Contradiction(
        f"column {column!r} of {place} {what}, but the data before say {dtypes[column]}; "
        f"pass dtype={{{column!r}: {str(wider)!r}}}",
        subject,
        dict(other),
    )


def schema_of(schema: pd.DataFrame, found: Columns, text: Any, whole: Whole = whole) -> pd.DataFrame:
    """The schema with the dtypes that columns have by what was found in them."""
    wider = {c: whole(f, schema[c].dtype, text) for c, f in found.items()}
    wider = {c: dtype for c, dtype in wider.items() if schema[c].dtype != dtype}
    return schema.astype(wider) if wider else schema
