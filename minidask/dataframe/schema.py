"""Blocks held to the schema of their frame: cast where no value changes, refused where one would."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd


def conform(block: pd.DataFrame, meta: pd.DataFrame, where: str) -> pd.DataFrame:
    """The block with the dtypes of `meta`.

    Parameters
    ----------
    block
        As it was read.
    meta
        What was expected.
    where
        The file and the block, for the message of an error.

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
    if wrong:
        block = block.copy(deep=False)
    for i in wrong:
        block.isetitem(i, exactly(block.iloc[:, i], meta.dtypes.iloc[i], where).array)
    return block


def _open(found: Any, expected: Any) -> bool:
    """Whether both are categories, and it was not told which."""
    categories = isinstance(found, pd.CategoricalDtype) and isinstance(expected, pd.CategoricalDtype)
    return categories and not len(expected.categories)


def exactly(column: pd.Series, dtype: Any, where: str) -> pd.Series:
    """The column with another dtype.

    Raises
    ------
    ValueError
        A value would change.
    """
    if not column.notna().any():
        empty = pd.Series([None] * len(column), index=column.index, dtype=object)
        converted = _converted(empty, dtype)
    else:
        converted = _converted(column, dtype)
    if converted is not None and _equal(converted, column):
        return converted
    wider = pd.concat([pd.Series([], dtype=dtype), column]).dtype if converted is None else column.dtype
    raise ValueError(_message(column.name, column.dtype, dtype, wider, where))


def _equal(a: pd.Series, b: pd.Series) -> bool:
    return bool((a.isna() == b.isna()).all() and (a.dropna() == b.dropna()).all())


def _converted(column: pd.Series, dtype: Any) -> pd.Series | None:
    try:
        return column.astype(dtype)
    except (ValueError, TypeError):
        return None


def _message(name: Hashable, found: Any, expected: Any, wider: Any, where: str) -> str:
    advice = "str" if not pd.api.types.is_numeric_dtype(found) or not pd.api.types.is_numeric_dtype(expected) else wider
    return (
        f"column {name!r} of {where} is {found}, but the first block of the data says {expected}; "
        f"pass dtype={{{name!r}: {str(advice)!r}}}"
    )
