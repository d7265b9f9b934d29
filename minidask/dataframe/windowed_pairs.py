"""Windows over two frames at once: those that move along the rows, and those that need all rows in one task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.align import align, whole
from minidask.dataframe.base import new
from minidask.dataframe.foreign import operand
from minidask.dataframe.meta import empty
from minidask.dataframe.neighbours import Near
from minidask.dataframe.node import FrameNode, Partitionwise, is_frame
from minidask.dataframe.reductions import one_row
from minidask.dataframe.windows import Windowed


def pair_of(mine: FrameNode, other: Any, called: str) -> tuple[FrameNode, FrameNode]:
    """Two frames of the same rows; without another one, one of them twice.

    Raises
    ------
    TypeError, ValueError
        The other one is no frame; they cannot be aligned.
    """
    if other is None:
        return mine, mine
    node = operand(other, mine, called)
    if not is_frame(node):
        raise TypeError(f"{called}(other): expected a Series or DataFrame, got a {type(other).__name__}")
    (left, right), _ = align(called, [mine, node])
    return left, right


def every_pair(other: Any, pairwise: bool | None) -> bool | None:
    """Whether all pairs of columns are looked at: where it is not said, those of one frame are."""
    return True if other is None and pairwise is None else pairwise


def pair_of_whole(
    left: FrameNode, right: FrameNode, windows: tuple[str, Mapping[str, Any]], method: str, kwargs: dict[str, Any]
) -> Any:
    """The collection of what a method gives for the windows over all rows of two frames.

    Parameters
    ----------
    left, right
        Of the same rows.
    windows
        The method of pandas that makes them, and its options.
    method
        "corr" or "cov".
    kwargs
        Its arguments.
    """
    told: dict[str, Any] = {"windows": windows, "method": method, "kwargs": kwargs}
    given = empty(one_window(left, right, **told))
    return new(Partitionwise(_paired, (whole(left), whole(right)), told, given=given, label=method))


def moving_pairs(
    left: FrameNode,
    right: FrameNode,
    windows: tuple[str, Mapping[str, Any]],
    around: tuple[Near, Near | None],
    method: str,
    kwargs: dict[str, Any],
) -> FrameNode:
    """What a method gives for windows over the rows of two frames that reach not far.

    Parameters
    ----------
    left, right
        Of the same rows.
    windows
        The method of pandas that makes them, and its options.
    around
        Which rows before, and after, a window can reach.
    method
        "corr" or "cov".
    kwargs
        Its arguments.
    """
    example = one_window(left, right, windows, method, kwargs)
    columns, flat = tuple(side.meta.ndim == 1 for side in (left, right)), has_pairs(example, left)
    told = {"options": windows, "method": method, "kwargs": kwargs, "columns": columns, "flat": flat}
    found: FrameNode = Windowed(beside(left, right), _paired_beside, told, *around)
    return stacked(found, example, left) if flat else found


def one_window(
    left: FrameNode, right: FrameNode, windows: tuple[str, Mapping[str, Any]], method: str, kwargs: dict[str, Any]
) -> Any:
    """What a method gives for frames of one row."""
    return _paired(one_row(left.meta), one_row(right.meta), windows, method, kwargs)


def has_pairs(example: Any, frame: FrameNode) -> bool:
    """Whether there are several rows for each row of a frame, by what there is for one."""
    return bool(example.index.nlevels > frame.meta.index.nlevels)


def stacked(found: FrameNode, example: pd.DataFrame, frame: FrameNode) -> FrameNode:
    """The rows for each row of a frame one under the other, of which `found` has all columns side by side."""
    labels = example.index.droplevel([*range(frame.meta.index.nlevels)])
    return Partitionwise(_stacked, (found,), {"labels": labels, "columns": example.columns}, given=empty(example))


def beside(left: FrameNode, right: FrameNode) -> FrameNode:
    """The columns of two frames of the same rows, with 0 and 1 before their labels."""
    node: FrameNode = Partitionwise(_beside, (left, right), {}, "rows")
    return node


def _beside(left: Any, right: Any) -> pd.DataFrame:
    return pd.concat([left.to_frame() if left.ndim == 1 else left, right.to_frame() if right.ndim == 1 else right],
                     axis=1, keys=[0, 1])  # fmt: skip


def _paired_beside(
    rows: Any, options: tuple[str, Mapping[str, Any]], method: str, kwargs: Any, columns: Sequence[bool], flat: bool
) -> Any:
    """An aggregate of the windows over the two halves of the columns; `flat`: with one row for all of a window."""
    left, right = (rows[i].iloc[:, 0] if single else rows[i] for i, single in enumerate(columns))
    found = _paired(left, right, options, method, kwargs)
    return pd.DataFrame(found.to_numpy().reshape(len(rows), -1), index=rows.index) if flat else found


def _stacked(rows: pd.DataFrame, labels: pd.Index, columns: pd.Index) -> pd.DataFrame:
    """For each row so many as there are labels."""
    places, inner = np.arange(len(rows)).repeat(len(labels)), np.tile(np.arange(len(labels)), len(rows))
    outer, within = rows.index.take(places), labels.take(inner)
    levels = [index.get_level_values(i) for index in (outer, within) for i in range(index.nlevels)]
    index = pd.MultiIndex.from_arrays(levels, names=[*outer.names, *within.names])
    return pd.DataFrame(rows.to_numpy().reshape(len(index), len(columns)), index=index, columns=columns)


def _paired(left: Any, right: Any, windows: tuple[str, Mapping[str, Any]], method: str, kwargs: Any) -> Any:
    made, options = windows
    return getattr(getattr(left, made)(**options), method)(right, **kwargs)
