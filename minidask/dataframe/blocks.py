"""What is done to blocks inside tasks, and is asked for from several places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from minidask.dataframe.meta import PandasObject


def concat(blocks: Sequence[PandasObject]) -> Any:
    """The rows of all blocks, one under the other: what a frame is when it is computed.

    Examples
    --------
    >>> concat([pd.Series([1, 2]), pd.Series([3])]).tolist()
    [1, 2, 3]
    """
    if len(blocks) == 1:
        return blocks[0]
    if isinstance(blocks[0], pd.Index):
        return _labels_together(blocks)
    whole: Any = pd.concat(blocks)  # type: ignore[arg-type]
    if whole.index.dtype != object and all(block.index.dtype == object for block in blocks):
        whole.index = _labels_together([block.index for block in blocks])
    return _with_one_set_of_categories(whole, blocks)


def _labels_together(indexes: Sequence[Any]) -> Any:
    """Labels one after the other; objects stay what they are, where pandas finds a better dtype for them."""
    found = indexes[0].append(list(indexes[1:]))
    if found.dtype == object or any(index.dtype != object for index in indexes):
        return found
    return pd.Index(np.concatenate([index.to_numpy() for index in indexes]), dtype=object, name=found.name)


def _with_one_set_of_categories(whole: Any, blocks: Sequence[Any]) -> Any:
    """Categorical columns whose categories differ between blocks stay categorical, as they would be in one frame."""
    if isinstance(whole, pd.Series):
        if _differ([b.dtype for b in blocks], whole.dtype):
            return pd.Series(unite([b.array for b in blocks]), index=whole.index, name=whole.name)
        return whole
    for at, dtype in enumerate(blocks[0].dtypes):
        if isinstance(dtype, pd.CategoricalDtype) and _differ(
            [b.dtypes.iloc[at] for b in blocks], whole.dtypes.iloc[at]
        ):
            whole.isetitem(at, unite([b.iloc[:, at].array for b in blocks]))
    return whole


def _differ(dtypes: Sequence[Any], joined: Any) -> bool:
    """Whether columns are all categorical, and pandas has not left them so."""
    return not isinstance(joined, pd.CategoricalDtype) and all(isinstance(d, pd.CategoricalDtype) for d in dtypes)


def unite(arrays: Sequence[Any]) -> Any:
    """Categoricals one after the other, with the categories of all; sorted if those of each are."""
    ordered = any(a.ordered for a in arrays)
    return union_categoricals(list(arrays), sort_categories=not ordered)


_SAMPLE = 2**10


def one_of_each_run(column: pd.Series) -> pd.Series:
    """The first of equal values that follow each other, where the beginning tells that this leaves out most of them.

    So that what only asks which values there are, of a sorted column for instance, need not look each of them up.

    Examples
    --------
    >>> one_of_each_run(pd.Series([5, 5, 5, 5, 7, 5])).index.tolist()
    [0, 4, 5]
    """
    if not isinstance(column.dtype, np.dtype) or column.dtype == object or not len(column):
        return column
    values = column.to_numpy()
    sample = _begins(values[:_SAMPLE])
    return column if 2 * np.count_nonzero(sample) > len(sample) else column[_begins(values)]


def _begins(values: np.ndarray) -> np.ndarray:
    """For each value whether it is another than that before it."""
    return np.append(True, values[1:] != values[:-1])


def take_rows(block: Any, start: int | None, stop: int | None) -> Any:
    """The rows of a block by position."""
    return block[start:stop] if isinstance(block, pd.Index) else block.iloc[start:stop]


_BOOLEAN = np.dtype(bool)


def rows_where(block: Any, mask: Any) -> Any:
    """``block[mask]``; a mask of the same labels is taken as an array, which pandas has not to align again.

    Examples
    --------
    >>> rows_where(pd.Series([1, 2, 3]), pd.Series([True, False, True])).tolist()
    [1, 3]
    """
    if type(mask) is pd.Series and mask.dtype == _BOOLEAN and isinstance(block, pd.Series | pd.DataFrame):
        return block[mask.to_numpy() if mask.index.equals(block.index) else mask]
    return block[mask]


def between(block: Any, low: Any, high: Any, last: bool) -> Any:
    """The rows of a block, whose index increases, with labels from `low` up to `high`: `last` tells whether it counts.

    Examples
    --------
    >>> between(pd.Series([1, 2, 3], index=[10, 20, 30]), 20, 30, last=False).tolist()
    [2]
    """
    index = block if isinstance(block, pd.Index) else block.index
    start = index.searchsorted(low, side="left")
    stop = index.searchsorted(high, side="right" if last else "left")
    return block if start == 0 and stop == len(index) else take_rows(block, int(start), int(stop))


def cut_between(block: Any, bounds: Sequence[tuple[Any, Any, bool]]) -> list[Any]:
    """The rows of a block within each of several bounds, as `between` takes them."""
    return [between(block, *each) for each in bounds]


def same_index(block: Any, like: Any, operation: str) -> Any:
    """`block`, once it is known that it has the index of `like`.

    Raises
    ------
    ValueError
        It has not.
    """
    mine, other = (b if isinstance(b, pd.Index) else b.index for b in (block, like))
    if mine is other or mine.equals(other):
        return block
    raise ValueError(
        f"{operation}: the operands have different indexes ({len(mine)} and {len(other)} rows in this partition), and "
        f"no known divisions to align them on; give both an index with known divisions (set_index), or compute one"
    )


def is_increasing_within(index: pd.Index, low: Any, high: Any, last: bool) -> bool:
    """Whether an index increases, and lies within the bounds of its partition."""
    if not len(index):
        return True
    if not increases(index):
        return False
    return bool(low <= index[0] and (index[-1] <= high if last else index[-1] < high))


def increases(values: pd.Index | pd.Series) -> bool:
    """Whether no value is missing, and none is less than the one before; as `is_monotonic_increasing`, but faster.

    Examples
    --------
    >>> increases(pd.Index([1, 1, 2])), increases(pd.to_datetime(pd.Series([None, "2024-01-01"])))
    (True, False)
    """
    plain = isinstance(values.dtype, np.dtype | pd.DatetimeTZDtype) and values.dtype.kind in "iufM"
    if not plain or len(values) < 2 or isinstance(values, pd.RangeIndex):
        return bool(values.is_monotonic_increasing)
    numbers: Any = values.array.view("int64") if values.dtype.kind == "M" else values.to_numpy()
    known = values.dtype.kind != "M" or numbers[0] != _MISSING
    return bool(known and (numbers[1:] >= numbers[:-1]).all())


_MISSING = np.iinfo(np.int64).min
"""What a missing moment is stored as."""
