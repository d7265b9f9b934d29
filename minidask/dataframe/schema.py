"""Blocks held to the schema of their frame: cast where no value changes, refused where one would."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd


def conform(
    block: pd.DataFrame,
    meta: pd.DataFrame,
    where: str,
    expected: str = "the first block of the data says",
    argument: str = "dtype",
    free: Collection[Any] = (),
) -> pd.DataFrame:
    """The block with the dtypes of `meta`.

    Parameters
    ----------
    block
        As it was read.
    meta
        What was expected.
    where
        The file and the block, for the message of an error.
    expected
        Who expects the schema.
    argument
        Which argument would tell another one.
    free
        Columns that may have any dtype.

    Raises
    ------
    ValueError
        Other columns; or a column whose values do not fit the dtype, with what to pass as dtype.

    Examples
    --------
    >>> conform(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [1.5]}), "a.csv").x.tolist()
    [1.0, 2.0]
    """
    if not block.columns.equals(meta.columns):
        raise ValueError(f"{where} has the columns {list(block.columns)}, expected {list(meta.columns)}")
    wrong = [i for i, (a, b) in enumerate(zip(block.dtypes, meta.dtypes)) if a != b and not _open(a, b)]
    wrong = [i for i in wrong if block.columns[i] not in free]
    if wrong:
        block = block.copy(deep=False)
    for i in wrong:
        block.isetitem(i, exactly(block.iloc[:, i], meta.dtypes.iloc[i], where, expected, argument).array)
    return block


def hold(block: Any, meta: Any, who: str) -> Any:
    """A result of a person's function with the dtypes of `meta`; where that says object, or categories, any will do.

    Parameters
    ----------
    block
        What came out, of the same kind and with the same columns as `meta`.
    meta
        What was told, or found.
    who
        The function, for the message of an error.

    Raises
    ------
    ValueError
        A value would change.

    Examples
    --------
    >>> hold(pd.Series([1, 2]), pd.Series([1.5]), "double").dtype
    dtype('float64')
    """
    if isinstance(block, pd.DataFrame):
        wrong = [i for i, (a, b) in enumerate(zip(block.dtypes, meta.dtypes)) if not _holds(a, b)]
        block = block.copy(deep=False) if wrong else block
        for i in wrong:
            block.isetitem(i, _held(block.iloc[:, i], meta.dtypes.iloc[i], who).array)
        return block
    if _holds(block.dtype, meta.dtype):
        return block
    if isinstance(block, pd.Index):
        return pd.Index(_held(pd.Series(block, name=block.name), meta.dtype, who))
    return _held(block, meta.dtype, who)


def _holds(found: Any, expected: Any) -> bool:
    categories = isinstance(found, pd.CategoricalDtype) and isinstance(expected, pd.CategoricalDtype)
    return bool(found == expected) or pd.api.types.is_object_dtype(expected) or categories


def _held(column: pd.Series, dtype: Any, who: str) -> pd.Series:
    converted = cast(column, dtype)
    if converted is None:
        raise ValueError(
            f"{who} gave {column.dtype} for {column.name!r} in a partition, expected {dtype}; "
            f"say with meta= what it gives"
        )
    return converted


def _open(found: Any, expected: Any) -> bool:
    """Whether both are categories, and it was not told which."""
    categories = isinstance(found, pd.CategoricalDtype) and isinstance(expected, pd.CategoricalDtype)
    return categories and not len(expected.categories)


def exactly(
    column: pd.Series,
    dtype: Any,
    where: str,
    expected: str = "the first block of the data says",
    argument: str = "dtype",
) -> pd.Series:
    """The column with another dtype. Parameters as for `conform`.

    Raises
    ------
    ValueError
        A value would change.
    """
    converted = cast(column, dtype)
    if converted is not None:
        return converted
    wider = column.dtype
    if _converted(column, dtype) is None:
        wider = pd.concat([pd.Series([], dtype=dtype), column]).dtype
    advice = _advice(column.name, column.dtype, dtype, wider, argument)
    found = "missing" if not column.notna().any() else column.dtype
    raise ValueError(f"column {column.name!r} of {where} is {found}, but {expected} {dtype}; {advice}")


def cast(column: pd.Series, dtype: Any) -> pd.Series | None:
    """The column with another dtype; None if a value would change."""
    if not pd.api.types.is_object_dtype(dtype) and not column.notna().any():
        column = pd.Series([None] * len(column), index=column.index, dtype=object, name=column.name)
    converted = _converted(column, dtype)
    return converted if converted is not None and _equal(converted, column) else None


def _equal(a: pd.Series, b: pd.Series) -> bool:
    return bool((a.isna() == b.isna()).all() and (a.dropna() == b.dropna()).all())


def _converted(column: pd.Series, dtype: Any) -> pd.Series | None:
    try:
        return column.astype(dtype)
    except (ValueError, TypeError):
        return None


def _advice(name: Hashable, found: Any, expected: Any, wider: Any, argument: str) -> str:
    if getattr(expected, "kind", "") in "mM":
        return "read it as text, and convert it with to_datetime(..., errors='coerce')"
    return f"pass {argument}={{{name!r}: {_wider(found, expected, wider)!r}}}"


def _wider(found: Any, expected: Any, wider: Any) -> str:
    if pd.api.types.is_bool_dtype(expected) and pd.api.types.is_object_dtype(found):
        return "boolean"
    return str(wider) if pd.api.types.is_numeric_dtype(found) and pd.api.types.is_numeric_dtype(expected) else "str"


def dtypes_by_place(rows: Any) -> dict[int, Any]:
    """The dtypes of columns by their positions; of an Index or a Series one; none of anything else.

    Examples
    --------
    >>> dtypes_by_place(pd.DataFrame({"x": [1], "y": [1.5]}))
    {0: dtype('int64'), 1: dtype('float64')}
    """
    if isinstance(rows, pd.DataFrame):
        return dict(enumerate(rows.dtypes))
    return {0: rows.dtype} if isinstance(rows, pd.Series | pd.Index) else {}


def with_dtypes(block: Any, dtypes: Mapping[int, Any]) -> Any:
    """The rows with other dtypes for some columns, by position, as `astype` makes them.

    Examples
    --------
    >>> with_dtypes(pd.Series([1, 2]), {0: "float64"}).tolist()
    [1.0, 2.0]
    """
    now = dtypes_by_place(block)
    wrong = {i: dtype for i, dtype in dtypes.items() if now[i] != dtype}
    if not wrong:
        return block
    if not isinstance(block, pd.DataFrame):
        return _as_dtype(block, wrong[0])
    block = block.copy(deep=False)
    for i, dtype in wrong.items():
        block.isetitem(i, _as_dtype(block.iloc[:, i], dtype))
    return block


def _as_dtype(column: Any, dtype: Any) -> Any:
    """What is missing has any dtype, also where pandas casts none to the other."""
    return (column.astype(object) if column.isna().all() else column).astype(dtype)
