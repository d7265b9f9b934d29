"""Arithmetic on block numbers: a block of a grid is known by its index or by its number in C order.

NumPy serves here for vectors of integers only; it is loaded with the first graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Integers = np.ndarray[Any, np.dtype[np.int64]]

Index = tuple[int, ...]
Grid = tuple[int, ...]


def size(grid: Grid) -> int:
    """How many blocks a grid has.

    Examples
    --------
    >>> size((2, 3)), size(())
    (6, 1)
    """
    return prod(grid)


def strides(grid: Grid) -> Index:
    """How far apart in C order the neighbours along each axis are.

    Examples
    --------
    >>> strides((2, 3, 4))
    (12, 4, 1)
    """
    steps = [1] * len(grid)
    for axis in range(len(grid) - 2, -1, -1):
        steps[axis] = steps[axis + 1] * grid[axis + 1]
    return tuple(steps)


def unravel(number: int, grid: Grid) -> Index:
    """The index of a block.

    Examples
    --------
    >>> unravel(5, (2, 3))
    (1, 2)
    """
    if len(grid) == 1:
        return (number,)
    if len(grid) == 2:
        return divmod(number, grid[1])
    index = []
    for n in reversed(grid):
        number, i = divmod(number, n)
        index.append(i)
    return tuple(reversed(index))


def ravel(index: Index, grid: Grid) -> int:
    """The number of a block.

    Examples
    --------
    >>> ravel((1, 2), (2, 3))
    5
    """
    number = 0
    for i, n in zip(index, grid):
        number = number * n + i
    return number


def coordinates(numbers: Integers, grid: Grid) -> list[Integers]:
    """The indices of many blocks: one vector an axis."""
    found = []
    for stride, n in zip(strides(grid), grid):
        found.append(numbers // stride % n)
    return found


def boxes(starts: Sequence[Integers], stops: Sequence[Integers], grid: Grid, count: int) -> tuple[Integers, Integers]:
    """The blocks in many boxes of a grid.

    Parameters
    ----------
    starts, stops
        For each axis of `grid` a vector of `count` bounds.

    Returns
    -------
    counts, numbers
        How many blocks each box has, and the numbers of them all, box after box, in C order within a box.
    """
    import numpy as np

    numbers = np.zeros(count, dtype=np.int64)
    owner = np.arange(count)
    for start, stop, stride in zip(starts, stops, strides(grid)):
        lengths = np.maximum(stop - start, 0)[owner]
        first = np.repeat(np.cumsum(lengths) - lengths, lengths)
        along = np.arange(len(first)) - first
        numbers = np.repeat(numbers, lengths)
        owner = np.repeat(owner, lengths)
        numbers = numbers + (start[owner] + along) * stride
    return np.bincount(owner, minlength=count), numbers
