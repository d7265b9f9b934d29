"""Tables of arrays whose dtypes stay: pandas takes arrays of objects for strings, where they are nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pandas.api.types import is_object_dtype


def as_it_is(values: Any, index: pd.Index) -> Any:
    """An array, or the values of a Series, as a column of a table with some index.

    Examples
    --------
    >>> as_it_is(pd.Series(["a"], dtype=object).array, pd.RangeIndex(1)).dtype
    dtype('O')
    """
    if not is_object_dtype(values.dtype):
        return values.array if isinstance(values, pd.Series) else values
    return pd.Series(getattr(values, "array", values), index=index, dtype=object, copy=False)


def table_of(columns: Sequence[Any], index: pd.Index) -> pd.DataFrame:
    """A DataFrame of arrays, or of the values of Series, in numbered columns.

    Examples
    --------
    >>> table_of([pd.Series(["a"], dtype=object), pd.Series([1])], pd.RangeIndex(1)).dtypes.tolist()
    [dtype('O'), dtype('int64')]
    """
    return pd.DataFrame({i: as_it_is(c, index) for i, c in enumerate(columns)}, index=index, copy=False)
