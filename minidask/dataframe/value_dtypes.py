"""The dtypes that pandas gives values of all blocks together, where those of some blocks alone have others.

A function of single values may give numbers for those of one block, and nothing but None for those of another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.schema import dtypes_by_place, with_dtypes
from minidask.expr.blocks import unchanged


def in_one_schema(blocks: Sequence[Any]) -> list[Any]:
    """The blocks with the dtypes of all their values together.

    Examples
    --------
    >>> [block.tolist() for block in in_one_schema([pd.Series([1, 2]), pd.Series([None])])]
    [[1.0, 2.0], [nan]]
    """
    dtypes = of_values([telling_rows(block) for block in blocks])
    return [with_dtypes(block, dtypes) for block in blocks]


def telling_rows(block: Any) -> Any:
    """The rows of a block that tell the dtypes of its columns: for each type of values the first one.

    Of whole numbers they are the least and the largest, for which there may be no room in what others have.

    Examples
    --------
    >>> telling_rows(pd.Series([1, 2, "a", None, "b"], dtype=object)).tolist()
    [1, 2, 'a', None]
    """
    places = {at for i in dtypes_by_place(block) for at in _telling_places(_column(block, i))}
    return block.take(sorted(places))


def _column(block: Any, at: int) -> Any:
    return block.iloc[:, at] if isinstance(block, pd.DataFrame) else block


def _telling_places(column: Any) -> Iterable[int]:
    if column.dtype == object:
        values = list(column)
        first = {type(value): i for i, value in reversed([*enumerate(values)])}
        whole = [i for i, value in enumerate(values) if type(value) is int]
        return [*first.values(), *(end(whole, key=values.__getitem__) for end in (min, max) if whole)]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        return [int(column.argmin()), int(column.argmax())] if len(column) else []
    missing = np.asarray(column.isna())
    return [int(missing.argmin()), int(missing.argmax())] if len(missing) else []


def of_values(parts: Sequence[Any]) -> dict[int, Any]:
    """The dtypes of columns, by position, for the rows of all parts; none for categories, which stay as they are."""
    found = {}
    for i, usual in dtypes_by_place(parts[0]).items():
        columns = [_column(part, i) for part in parts if len(part)]
        dtypes = {column.dtype for column in columns} or {usual}
        if len(dtypes) == 1 or not all(isinstance(d, pd.CategoricalDtype) for d in dtypes):
            found[i] = next(iter(dtypes)) if len(dtypes) == 1 else _together(columns, dtypes)
    return found


def _together(columns: Sequence[Any], dtypes: Iterable[Any]) -> Any:
    kinds = {d.kind if isinstance(d, np.dtype) else "" for d in dtypes}
    if kinds <= {*"iufc"} and kinds != {*"iu"}:
        return np.result_type(*dtypes)
    values = [value for column in columns for value in column.astype(object)]
    made = pd.Index if isinstance(columns[0], pd.Index) else pd.Series
    return made(values, dtype=object).map(unchanged).dtype
