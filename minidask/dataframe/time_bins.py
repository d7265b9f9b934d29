"""Bins of time: which moment is in which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
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


@dataclass(frozen=True, eq=False)
class Bins:
    """Bins from the first to the last of all moments.

    Parameters
    ----------
    ends
        These two.
    dtype
        Of the moments.
    options
        Of `pandas.Grouper`: `freq`, `closed`, `label`, `origin`, `offset`.
    """

    ends: Span
    dtype: Any
    options: Mapping[str, Any]

    def __reduce__(self) -> tuple[Any, ...]:  # without what has been found out
        return Bins, (self.ends, self.dtype, self.options)

    @cached_property
    def labels(self) -> pd.Index:
        """One for each."""
        return self._labels(self.options)

    def _labels(self, options: Mapping[str, Any]) -> pd.Index:
        times = pd.Series([] if self.ends is None else list(self.ends), dtype=self.dtype)
        found: pd.Index = pd.DataFrame({"t": times}).groupby(pd.Grouper(key="t", **options)).size().index
        return found

    @cached_property
    def starts(self) -> np.ndarray | None:
        """The first moment that is in each bin but the first one; None where labels do not tell.

        It is the label, or comes right after it, or a day: whichever pandas agrees with.
        """
        left = self._labels({**self.options, "label": "left"}).astype(self.dtype)[1:]
        if not isinstance(left, pd.DatetimeIndex):
            return None
        unit = np.timedelta64(1, left.unit)
        found = (left + later for later in (0 * unit, unit, np.timedelta64(1, "D")))
        return next((starts.asi8 for starts in found if self._are_starts(starts, unit)), None)

    def _are_starts(self, starts: pd.DatetimeIndex, unit: np.timedelta64) -> bool:
        around = (starts - unit).append(starts).sort_values()
        if self.ends is None or not len(around) or around[0] < self.ends[0] or self.ends[1] < around[-1]:
            return self.ends is not None and not len(around)
        expected = np.repeat(np.arange(len(starts) + 1), 2)[1:-1]
        return np.array_equal(self._numbers_by_pandas(around.array), expected)

    def numbers(self, moments: Any) -> np.ndarray:
        """For each of some moments, which increase, the number of its bin.

        Raises
        ------
        ValueError
            One of them is before the first or after the last moment of all.
        """
        if self.ends is None or moments[0] < self.ends[0] or self.ends[1] < moments[-1]:
            raise ValueError(f"a moment is not between {self.ends}, as the files told when they were looked at")
        if self.starts is None:
            return self._numbers_by_marks(moments)
        values = moments.view("int64")
        low, high = self.starts.searchsorted(values[[0, -1]], side="right")
        cuts = values.searchsorted(self.starts[low:high])
        return np.repeat(np.arange(low, high + 1), np.diff(cuts, prepend=0, append=len(values)))

    def _numbers_by_marks(self, moments: Any) -> np.ndarray:
        marks = np.append(np.arange(0, len(moments), STEP), len(moments) - 1)
        of_marks = self._numbers_by_pandas(moments.take(marks))
        looked_at = np.append(np.repeat(np.diff(of_marks) > 0, np.diff(marks)), True)
        looked_at[marks] = True
        at = np.flatnonzero(looked_at)
        return np.repeat(self._numbers_by_pandas(moments.take(at)), np.diff(at, append=len(moments)))

    def _numbers_by_pandas(self, moments: Any) -> np.ndarray:
        low, high = (pd.Series([end], dtype=moments.dtype) for end in self.ends or ())
        every = pd.concat([low, pd.Series(moments, copy=False), high], ignore_index=True)
        sizes = every.to_frame("t").groupby(pd.Grouper(key="t", **self.options)).size().to_numpy()
        return np.repeat(np.arange(len(sizes)), sizes)[1:-1]


STEP = 64
"""Of so many moments in order the first is looked at; and the others where the next such one is in another bin."""


def bins_of(times: FrameNode, options: Mapping[str, Any]) -> FrameNode:
    """For each moment the label of its bin, as a Series."""
    node: FrameNode = Partitionwise(_labels_of, numbers_of_bins(times, options), {}, "rows", given=times.meta)
    return node


def numbers_of_bins(times: FrameNode, options: Mapping[str, Any]) -> tuple[FrameNode, Any]:
    """For each moment the number of its bin, as a Series, -1 where it is missing; and the `Bins`, maybe lazy."""
    dtype, options = times.meta.dtype, dict(options)
    ends = _known_span(times)
    bins: Any = None if ends is None else Bins(ends, dtype, options)
    if bins is None:
        between = partial(_bins_between, dtype=dtype, options=options)
        bins = Condense(times, span, span_of_all, between, {}, labels=False, given=0)
    told = pd.Series([], dtype="int64", index=times.meta.index, name=times.meta.name)
    node: FrameNode = Partitionwise(_numbers_of, (times, bins), {}, "rows", given=told)
    return node, bins


def _bins_between(blocks: Sequence[Span], dtype: Any, options: Mapping[str, Any]) -> Bins:
    return Bins(span_of_all(blocks), dtype, options)


def _known_span(times: FrameNode) -> Span:
    """The first and the last moment, if the source of a column, or of the index, tells."""
    told = known_extremes(times)
    return span_of_all(told) if told else None


def _numbers_of(block: pd.Series, bins: Bins) -> pd.Series:
    moments: Any = block.array
    order = None if increases(block) else stable_order(moments.view("int64"))
    moments = moments if order is None else moments.take(order)
    missing = 0 if order is None else int(np.count_nonzero(moments.isna()))  # they come first
    numbers = np.full(missing, -1)
    if missing < len(block):
        found = bins.numbers(moments[missing:])
        numbers = np.append(numbers, found) if missing else found
    if order is not None:
        in_order, numbers = numbers, np.empty_like(numbers)
        numbers[order] = in_order
    return pd.Series(numbers, index=block.index, name=block.name, copy=False)


def _labels_of(numbers: pd.Series, bins: Bins) -> pd.Series:
    array: Any = bins.labels.astype(bins.dtype).array
    labels = pd.api.extensions.take(array, numbers.to_numpy(), allow_fill=True)
    return pd.Series(labels, index=numbers.index, name=numbers.name, copy=False)
