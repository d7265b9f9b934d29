"""Grids and joined arrays told in square brackets, as NumPy's `mgrid`, `ogrid`, `r_` and `c_`."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.facts import result_type
from minidask.array.joining import concatenate, stack
from minidask.array.manipulation import broadcast_arrays, expand_dims, transpose
from minidask.array.ranges import arange, linspace


def _range(key: slice) -> Array:
    """The numbers of a slice; an imaginary step tells how many there are, up to the stop itself."""
    start, step = 0 if key.start is None else key.start, 1 if key.step is None else key.step
    if key.stop is None:
        raise ValueError(f"{key}: a grid needs to know where it ends")
    if isinstance(step, complex | np.complexfloating):
        return linspace(start, key.stop, int(abs(complex(step))))
    return arange(start, key.stop, step)


class Grid:
    """Coordinates of the grid of ranges that are told as slices: ``mgrid[0:2, 0:1:3j]``.

    Parameters
    ----------
    sparse
        Whether each array has its own axis only.

    Examples
    --------
    >>> ogrid[:2, 0:1:3j][1].compute()
    array([[0. , 0.5, 1. ]])
    >>> mgrid[:2, :3].shape
    (2, 2, 3)
    """

    def __init__(self, sparse: bool) -> None:
        self.sparse = sparse

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return _range(key)
        ranges = [_range(k) for k in key]
        dtype = result_type(*(r.dtype for r in ranges))
        ndim = len(ranges)
        grids = [expand_dims(r.astype(dtype), [j for j in range(ndim) if j != k]) for k, r in enumerate(ranges)]
        return tuple(grids) if self.sparse else stack(broadcast_arrays(*grids))


class Joined:
    """Arrays, scalars and ranges joined along an axis: ``r_[x, 0, 1:5]``.

    A string comes first, as of NumPy: "axis", "axis,ndmin", or "axis,ndmin,place of the first axis".

    Parameters
    ----------
    axis, ndmin, first
        What the string may tell: along which axis, how many axes there are at least, and where the axes of arrays
        with fewer begin.

    Examples
    --------
    >>> r_[:3, 7, [1.5]].compute()
    array([0. , 1. , 2. , 7. , 1.5])
    >>> c_[[1, 2], [3, 4]].compute()
    array([[1, 3],
           [2, 4]])
    """

    def __init__(self, axis: int = 0, ndmin: int = 1, first: int = -1) -> None:
        self.axis, self.ndmin, self.first = axis, ndmin, first

    def __getitem__(self, key: Any) -> Array:
        items = list(key) if isinstance(key, tuple) else [key]
        if items and isinstance(items[0], str):
            return Joined(*self._told(items[0]))[tuple(items[1:])]
        if not items:
            raise ValueError("there is nothing to join")
        scalars = [k for k, item in enumerate(items) if np.ndim(item) == 0 and not isinstance(item, slice | Array)]
        arrays = [_range(item) if isinstance(item, slice) else asanyarray(item) for item in items]
        dtype = result_type(*(items[k] if k in scalars else array.dtype for k, array in enumerate(arrays)))
        return concatenate([self._filled_up(array.astype(dtype)) for array in arrays], self.axis)

    def _told(self, words: str) -> list[int]:
        try:
            return [int(word) for word in words.split(",")]
        except ValueError:
            raise NotImplementedError(
                f'{words!r}: expected "axis", "axis,ndmin" or "axis,ndmin,first"; matrices ("r", "c") are not there'
            ) from None

    def _filled_up(self, array: Array) -> Array:
        """With as many axes as are wanted, those of the array at their place among the new ones."""
        own, new = array.ndim, self.ndmin - array.ndim
        if new <= 0:
            return array
        array = array[(*(None,) * new, ...)]
        place = self.first if self.first >= 0 else self.first + self.ndmin - own + 1
        order = list(range(new))
        return transpose(array, [*order[:place], *range(new, new + own), *order[place:]])


mgrid, ogrid = Grid(sparse=False), Grid(sparse=True)
r_, c_ = Joined(), Joined(-1, 2, 0)
