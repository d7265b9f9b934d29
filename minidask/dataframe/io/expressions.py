"""Rows for which an expression of Arrow holds, whatever it asks of them."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.node import Filter, FrameNode, Partitionwise, Projection
from minidask.extras import import_extra

ROW = "minidask row"
"""The column of the numbers of rows."""


def is_expression(value: Any) -> bool:
    """Whether something is a `pyarrow.compute.Expression`."""
    return type(value).__module__.startswith("pyarrow.") and type(value).__name__ == "Expression"


def columns_of(expression: Any, schema: pd.DataFrame) -> list[Any]:
    """The columns that an expression looks at: those without which it cannot be told.

    Raises
    ------
    ValueError
        It cannot be told in any case: there is no such column, or its type does not fit.

    Examples
    --------
    >>> import pyarrow.compute as pc
    >>> columns_of((pc.field("x") > 1) | pc.field("s").is_null(), pd.DataFrame({"s": ["a"], "y": [1], "x": [1]}))
    ['s', 'x']
    """
    nothing = _table(schema.iloc[:0])
    try:
        nothing.filter(expression)
    except (ValueError, TypeError, NotImplementedError) as error:
        raise ValueError(
            f"filters: {expression} cannot be told of the columns {list(schema.columns)}: {error}"
        ) from None
    return [c for i, c in enumerate(schema.columns) if not _can_be_told(expression, nothing.remove_column(i))]


def where(node: FrameNode, expression: Any, columns: Sequence[Any]) -> FrameNode:
    """The rows of a frame for which an expression holds, which looks at these columns."""
    told = Partitionwise(_holds, (Projection(node, list(columns)), Told(expression)), {}, "rows", label="filters")
    found: FrameNode = Filter(node, told)
    return found


class Told:
    """An expression, which is known by what it says."""

    def __init__(self, expression: Any) -> None:
        self.expression = expression

    def __dask_tokenize__(self) -> Any:
        return pickle.dumps(self.expression)


def _can_be_told(expression: Any, table: Any) -> bool:
    try:
        table.filter(expression)
    except (ValueError, TypeError, NotImplementedError):
        return False
    return True


def _holds(block: pd.DataFrame, told: Told) -> pd.Series:
    """For each row whether the expression is true of it."""
    pa = import_extra("pyarrow", extra="parquet", purpose="filter rows of Parquet files")
    rows = _table(block).append_column(ROW, pa.array(np.arange(len(block))))
    mask = np.zeros(len(block), bool)
    mask[rows.filter(told.expression)[ROW].to_numpy()] = True
    return pd.Series(mask, index=block.index)


def _table(block: pd.DataFrame) -> Any:
    pa = import_extra("pyarrow", extra="parquet", purpose="filter rows of Parquet files")
    return pa.Table.from_pandas(block.set_axis([str(c) for c in block.columns], axis=1), preserve_index=False)
