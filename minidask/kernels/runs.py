"""Sorted runs of values, with the places that the values came from, if they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from minidask.kernels.packing import stable_order


class Run(NamedTuple):
    """Values in their order, and where each was; without places for values alone."""

    values: np.ndarray
    places: np.ndarray | None = None

    def part(self, start: int, stop: int) -> Run:
        """The run from one of its values to before another; a view."""
        return Run(self.values[start:stop], None if self.places is None else self.places[start:stop])


def order(values: Any, axis: int = -1) -> Any:
    """Where the sorted values along an axis are; equal ones stay in their order.

    Structured values are sorted field by field, each much faster than whole records are compared.

    Examples
    --------
    >>> order(np.array([3, 1, 3, 2])).tolist()
    [1, 3, 0, 2]
    """
    names = values.dtype.names
    if not names and values.ndim == 1:
        return stable_order(values)
    if names and all(values.dtype[name].subdtype is None for name in names):
        return np.lexsort([values[name] for name in reversed(names)], axis=axis)
    return np.argsort(values, axis=axis, kind="stable")


def run_of(block: Any, start: int | None = None) -> Run:
    """The values of a block along one axis, sorted; with places, where it is told at which place the block starts."""
    if start is None:
        return Run(block[order(block)] if block.dtype.names else np.sort(block))
    at = order(block)
    return Run(block[at], at + start)


def merged(runs: Sequence[Run]) -> Run:
    """One run of several; of equal values those of the first run come first.

    Examples
    --------
    >>> merged([Run(np.array([1, 4])), Run(np.array([2, 3]))]).values.tolist()
    [1, 2, 3, 4]
    """
    values = np.concatenate([run.values for run in runs])
    if runs[0].places is None and not values.dtype.names:
        values.sort(kind=None if _is_vectorized(values.dtype) else "stable")  # the stable sort knows runs
        return Run(values)
    at = order(values)
    places = None if runs[0].places is None else np.concatenate([run.places for run in runs])[at]
    return Run(values[at], places)


def _is_vectorized(dtype: np.dtype[Any]) -> bool:
    """Whether NumPy sorts such numbers with vector instructions, which beats merging."""
    return dtype.kind in "iuf" and dtype.itemsize in (4, 8) and dtype.isnative
