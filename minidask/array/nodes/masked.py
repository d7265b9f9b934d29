"""Reductions of masked arrays: what those of others do, of the elements that are valid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

Axes = tuple[int, ...]


class Valid(NamedTuple):
    """The partial result of the valid elements, and how many they are."""

    value: Any
    count: Any


@dataclass(frozen=True)
class OfValid:
    """A reduction of the valid elements; masked where there are none.

    Parameters
    ----------
    by
        The reduction of arrays without masks: its `partial`, `combine` and `aggregate`.
    fill
        What stands for masked elements of an array, so that they do not count; None: `by` takes `where=`.
    """

    by: Any
    fill: Callable[[Any], Any] | None = None

    def partial(self, block: Any, axes: Axes, where: Any = True, **options: Any) -> Valid:
        valid = ~np.ma.getmaskarray(block) & where
        data, count = np.ma.getdata(block), np.add.reduce(valid, axis=axes, keepdims=True)
        if self.fill is None:
            return Valid(self.by.partial(data, axes=axes, where=valid, **options), count)
        return Valid(self.by.partial(filled(block, valid, self.fill), axes=axes, **options), count)

    def combine(self, partials: Sequence[Valid], axes: Axes, **options: Any) -> Valid:
        value = self.by.combine([p.value for p in partials], axes, **options)
        return Valid(value, reduce(np.add, [p.count for p in partials]))

    def aggregate(self, merged: Valid, axes: Axes, **options: Any) -> Any:
        none = merged.count <= options.get("ddof", 0)
        return np.ma.array(self.by.aggregate(merged.value, axes, **options), mask=none)


@dataclass(frozen=True)
class Placed:
    """The places of extremes, with masked elements filled by what is none."""

    by: Any
    fill: Callable[[Any], Any]

    def partial(self, block: Any, cut: tuple[slice, ...], shape: tuple[int, ...], axes: Axes) -> Any:
        return self.by.partial(filled(block, ~np.ma.getmaskarray(block), self.fill), cut, shape, axes)


def filled(block: Any, valid: Any, fill: Callable[[Any], Any]) -> Any:
    """The block without a mask: elements that are not valid replaced by what `fill` gives for it."""
    data = np.ma.getdata(block)
    return np.where(valid, data, np.asarray(fill(data), data.dtype))
