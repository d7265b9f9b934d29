"""What is asked of an array with square brackets after a name: `x.blocks[0]`, `x.vindex[rows, columns]`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ByKey(Generic[T]):
    """What is asked for with square brackets: ``x.vindex[key]``."""

    def __init__(self, get: Callable[[Any], T]) -> None:
        self._get = get

    def __getitem__(self, key: Any) -> T:
        return self._get(key)


class Flat(ByKey[T]):
    """The elements of an array by their places in C order, to take, to set and to go through.

    Parameters
    ----------
    get, put
        Give the array of some elements, and set them.
    size
        Counts the elements.
    """

    def __init__(self, get: Callable[[Any], T], put: Callable[[Any, Any], None], size: Callable[[], int]) -> None:
        super().__init__(get)
        self._put, self._size = put, size

    def __setitem__(self, key: Any, value: Any) -> None:
        self._put(key, value)

    def __len__(self) -> int:
        return self._size()


class BlockView(ByKey[T]):
    """The blocks of an array, by their numbers along each axis.

    Parameters
    ----------
    get
        Gives the array of some blocks.
    shape
        How many blocks there are along each axis.

    Examples
    --------
    >>> import minidask.array as da
    >>> view = da.ones((4, 6), chunks=2).blocks
    >>> view.shape, view.size
    ((2, 3), 6)
    >>> [block.shape for block in view.ravel()][:2]
    [(2, 2), (2, 2)]
    """

    def __init__(self, get: Callable[[Any], T], shape: tuple[int, ...]) -> None:
        super().__init__(get)
        self.shape = shape

    @property
    def size(self) -> int:
        """How many blocks there are."""
        return prod(self.shape)

    def ravel(self) -> list[T]:
        """An array for each block, in C order."""
        return [self[index] for index in product(*map(range, self.shape))]
