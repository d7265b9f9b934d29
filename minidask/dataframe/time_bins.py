"""Bins of time: which moment is in which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.blocks import increases
from minidask.dataframe.extremes import known_extremes, labels_of
from minidask.dataframe.node import FrameNode, Partitionwise, Projection
from minidask.dataframe.tallies import Condense
from minidask.kernels.packing import stable_order

Span = tuple[pd.Timestamp, pd.Timestamp] | None
"""The first and the last moment of all; None: there is none."""


def times_of(frame: FrameNode, key: Any) -> FrameNode:
    """The moments: a column, or with None the index, as a Series of that name."""
    return labels_of(frame) if key is None else Projection(frame, key)


def span(block: pd.Series) -> Span:
    """The first and last moment of a block."""
    times = block.dropna()
    return (times.min(), times.max()) if len(times) else None


def span_of_all(blocks: Sequence[Span]) -> Span:
    """Those of several."""
    spans = [s for s in blocks if s is not None]
    return (min(low for low, _ in spans), max(high for _, high in spans)) if spans else None


def bins_of(times: FrameNode, options: Mapping[str, Any]) -> FrameNode:
    """For each moment the label of its bin, as a Series."""
    numbers, ends = numbers_of_bins(times, options)
    args = (numbers, ends, times.meta.dtype, dict(options))
    node: FrameNode = Partitionwise(_labels_of, args, {}, "rows", given=times.meta)
    return node


def numbers_of_bins(times: FrameNode, options: Mapping[str, Any]) -> tuple[FrameNode, Any]:
    """For each moment the number of its bin, as a Series, -1 where it is missing; and the span of all, maybe lazy."""
    ends: Any = _known_span(times)
    if ends is None:
        ends = Condense(times, span, span_of_all, span_of_all, {}, labels=False, given=0)
    told = pd.Series([], dtype="int64", index=times.meta.index, name=times.meta.name)
    node: FrameNode = Partitionwise(_numbers_of, (times, ends, dict(options)), {}, "rows", given=told)
    return node, ends


def _known_span(times: FrameNode) -> Span:
    """The first and the last moment, if the source of a column, or of the index, tells."""
    told = known_extremes(times)
    return span_of_all(told) if told else None


def _numbers_of(block: pd.Series, ends: Span, options: Mapping[str, Any]) -> pd.Series:
    moments: Any = block.array
    order = None if increases(block) else stable_order(moments.view("int64"))
    moments = moments if order is None else moments.take(order)
    missing = int(np.count_nonzero(moments.isna()))  # they come first
    numbers = np.full(missing, -1)
    if ends is not None and missing < len(block):
        found = _numbers_in_order(moments[missing:], ends, options)
        numbers = np.append(numbers, found) if missing else found
    if order is not None:
        in_order, numbers = numbers, np.empty_like(numbers)
        numbers[order] = in_order
    return pd.Series(numbers, index=block.index, name=block.name, copy=False)


STEP = 64
"""Of so many moments in order the first is looked at; and the others where the next such one is in another bin."""


def _numbers_in_order(moments: Any, ends: Sequence[pd.Timestamp], options: Mapping[str, Any]) -> np.ndarray:
    if moments[0] < ends[0] or ends[1] < moments[-1]:
        raise ValueError(f"a moment is not between {ends[0]} and {ends[1]}, as the files told when they were looked at")
    marks = np.append(np.arange(0, len(moments), STEP), len(moments) - 1)
    of_marks = _numbers_by_pandas(moments.take(marks), ends, options)
    looked_at = np.append(np.repeat(np.diff(of_marks) > 0, np.diff(marks)), True)
    looked_at[marks] = True
    at = np.flatnonzero(looked_at)
    return np.repeat(_numbers_by_pandas(moments.take(at), ends, options), np.diff(at, append=len(moments)))


def _numbers_by_pandas(moments: Any, ends: Sequence[pd.Timestamp], options: Mapping[str, Any]) -> np.ndarray:
    """For each of some moments, which increase, the number of its bin; the first bin is that of the first moment."""
    low, high = (pd.Series([end], dtype=moments.dtype) for end in ends)
    every = pd.concat([low, pd.Series(moments, copy=False), high], ignore_index=True)
    sizes = every.to_frame("t").groupby(pd.Grouper(key="t", **options)).size().to_numpy()
    return np.repeat(np.arange(len(sizes)), sizes)[1:-1]


def _labels_of(numbers: pd.Series, ends: Span, dtype: Any, options: Mapping[str, Any]) -> pd.Series:
    bins = all_bins(ends, numbers.name, dtype, options).astype(dtype)
    labels = pd.api.extensions.take(bins.array, numbers.to_numpy(), allow_fill=True)
    return pd.Series(labels, index=numbers.index, name=numbers.name, copy=False)


def all_bins(ends: Span, name: Any, dtype: Any, options: Mapping[str, Any]) -> pd.Index:
    """The labels of all bins."""
    times = pd.Series([] if ends is None else list(ends), dtype=dtype)
    found: pd.Index = pd.DataFrame({"t": times}).groupby(pd.Grouper(key="t", **options)).size().index
    return found.rename(name)
