"""`argsort`: the numbers of rows in the order of their values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.node import FrameNode, Partitionwise, Projection
from minidask.dataframe.numbering import numbered
from minidask.dataframe.sorting import Sorted
from minidask.dataframe.whole import Cut


def argsort_of_series(node: FrameNode) -> Any:
    """The numbers under the labels of the Series, in its partitions."""
    given = pd.Series([], dtype=np.intp, name=node.meta.name, index=node.meta.index)
    return new(Cut(node, Partitionwise(_renamed, (_numbers(node), node.meta.name), given=given)))


def argsort_of_index(node: FrameNode) -> Any:
    """The numbers as an Index."""
    return new(Partitionwise(_as_index, (_numbers(node),), label="argsort"))


def _numbers(node: FrameNode) -> FrameNode:
    """The numbers of the rows, sorted by their values."""
    values = Partitionwise(_as_column, (node,), label="values")
    given = pd.DataFrame({"value": values.meta, "number": pd.Series([], dtype=np.intp)})
    rows = Partitionwise(_with_numbers, (numbered(values),), given=given)
    return Projection(Sorted(rows, ("value",), False, (True,), "last", node.npartitions), "number")


def _as_column(block: Any) -> pd.Series:
    return pd.Series(block.array, copy=False)


def _with_numbers(values: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"value": values, "number": values.index.to_numpy().astype(np.intp)}, copy=False)


def _renamed(numbers: pd.Series, name: Any) -> pd.Series:
    return numbers.rename(name)


def _as_index(numbers: pd.Series) -> pd.Index:
    return pd.Index(numbers.array, copy=False)
