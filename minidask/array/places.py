"""Places of elements: of diagonals and triangles, along axes and in C order, as open grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.constants import sizes_of
from minidask.array.creation import asanyarray
from minidask.array.nodes.elementwise import elementwise, several
from minidask.array.operators import holds_lazy, operand
from minidask.array.ranges import arange
from minidask.signatures import like


@like(np)
def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float, chunks: Any = "auto") -> Array:  # noqa: N803
    """Ones at and below a diagonal, zeros above it.

    Parameters
    ----------
    N, M
        The numbers of rows and columns; as many columns as rows by default.
    k
        Which diagonal: above (positive) or below the main one.
    dtype
        Type of the elements.
    chunks
        As for `normalize_chunks`.

    Examples
    --------
    >>> tri(2, 3, dtype=int).compute()
    array([[1, 0, 0],
           [1, 1, 0]])
    """
    rows, columns = sizes_of((N, N if M is None else M))
    given = chunks if isinstance(chunks, tuple | list) else (chunks, chunks)
    across = arange(rows, chunks=given[0])[:, None]
    return (across >= arange(columns, chunks=given[1]) - k).astype(dtype)


def tril_indices(n: int, k: int = 0, m: int | None = None, chunks: Any = "auto") -> tuple[Array, ...]:
    """The places of the lower triangle of a matrix.

    Parameters
    ----------
    n, m
        Its numbers of rows and columns.
    k, chunks
        As of `tri`.

    Examples
    --------
    >>> rows, columns = tril_indices(2)
    >>> rows.compute(), columns.compute()
    (array([0, 1, 1]), array([0, 0, 1]))
    """
    return tri(n, m, k, bool, chunks).nonzero()


def triu_indices(n: int, k: int = 0, m: int | None = None, chunks: Any = "auto") -> tuple[Array, ...]:
    """The places of the upper triangle of a matrix. Parameters as of `tril_indices`.

    Examples
    --------
    >>> rows, columns = triu_indices(2)
    >>> rows.compute(), columns.compute()
    (array([0, 0, 1]), array([0, 1, 1]))
    """
    return (~tri(n, m, k - 1, bool, chunks)).nonzero()


def tril_indices_from(arr: Any, k: int = 0) -> tuple[Array, ...]:
    """The places of the lower triangle of a matrix that is given.

    Raises
    ------
    ValueError
        The array has other than two axes.

    Examples
    --------
    >>> tril_indices_from([[1, 2], [3, 4]])[0].compute()
    array([0, 1, 1])
    """
    rows, columns = _matrix(arr, "tril_indices_from").shape
    return tril_indices(rows, k, columns)


def triu_indices_from(arr: Any, k: int = 0) -> tuple[Array, ...]:
    """The places of the upper triangle of a matrix that is given; as `tril_indices_from`.

    Examples
    --------
    >>> triu_indices_from([[1, 2], [3, 4]])[0].compute()
    array([0, 0, 1])
    """
    rows, columns = _matrix(arr, "triu_indices_from").shape
    return triu_indices(rows, k, columns)


def _matrix(arr: Any, called: str) -> Array:
    found = asanyarray(arr)
    if found.ndim != 2:
        raise ValueError(f"{called} takes a matrix, not an array of {found.ndim} axes")
    return found


def diag_indices(n: int, ndim: int = 2) -> tuple[Array, ...]:
    """The places of the main diagonal of an array of so many axes, each of size `n`.

    Examples
    --------
    >>> diag_indices(2)[1].compute()
    array([0, 1])
    """
    return (arange(n),) * ndim


def diag_indices_from(arr: Any) -> tuple[Array, ...]:
    """The places of the main diagonal of an array that is given.

    Raises
    ------
    ValueError
        It has fewer than two axes, or their sizes differ.

    Examples
    --------
    >>> diag_indices_from([[1, 2], [3, 4]])[1].compute()
    array([0, 1])
    """
    shape = asanyarray(arr).shape
    if len(shape) < 2 or len(set(shape)) > 1:
        raise ValueError(f"diag_indices_from takes an array of two axes at least, all of one size, not {shape}")
    return diag_indices(shape[0], len(shape))


def fill_diagonal(a: Array, val: Any, wrap: bool = False) -> None:
    """Set the elements of the main diagonal.

    Parameters
    ----------
    a
        A lazy array of two axes, or of more that have one size.
    val
        A scalar, or values that are taken one after the other, and again.
    wrap
        Whether the diagonal of a tall matrix begins anew after its end.

    Raises
    ------
    TypeError
        `a` is not lazy.
    ValueError
        It has fewer than two axes, or more with different sizes.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.zeros((2, 2), int)
    >>> fill_diagonal(x, 5)
    >>> x.compute()
    array([[5, 0],
           [0, 5]])
    """
    if not isinstance(a, Array):
        raise TypeError(f"fill_diagonal changes a lazy array, not {type(a).__name__}; see numpy.fill_diagonal")
    if a.ndim < 2 or (a.ndim > 2 and len(set(a.shape)) > 1):
        raise ValueError(f"fill_diagonal takes a matrix, or an array whose axes have one size, not {a.shape}")
    values = np.asarray(val.compute() if isinstance(val, Array) else val).ravel()
    places = [arange(n, chunks=(sizes,)) for n, sizes in zip(a.shape, a.chunks)]
    open_grid = [p[(slice(None), *[None] * (a.ndim - 1 - k))].expr for k, p in enumerate(places)]
    after = a.shape[1] + 1 if wrap and a.ndim == 2 else 0
    a.expr = elementwise(OnDiagonal(after), a.expr, *open_grid, values=values)


@dataclass(frozen=True)
class OnDiagonal:
    """A block with other values on the diagonal, which begins anew after so many rows; 0: never."""

    after: int

    def __call__(self, block: Any, *places: Any, values: Any) -> Any:
        row = places[0] % self.after if self.after else places[0]
        on = np.logical_and.reduce(np.broadcast_arrays(*[row == p for p in places[1:]]))
        number = places[0] - places[0] // self.after if self.after else places[0]
        new = np.array(block, subok=True)
        np.copyto(new, values[number % len(values)], where=on, casting="unsafe")
        return new


def ix_(*args: Any) -> tuple[Array, ...]:
    """Open grids of places along axes, so that `x[ix_(rows, columns)]` has all rows at all columns.

    Parameters
    ----------
    *args
        Vectors of integers; of truth values, which tell the places.

    Raises
    ------
    ValueError
        One has other than one axis.

    Examples
    --------
    >>> rows, columns = ix_([0, 2], [True, False, True])
    >>> rows.shape, columns.compute()
    ((2, 1), array([[0, 2]]))
    """
    found = []
    for k, arg in enumerate(args):
        bare = not isinstance(arg, Array | np.ndarray) and not holds_lazy([arg])
        places = asanyarray(np.empty(0, np.intp) if bare and not np.size(arg) else arg)
        if places.ndim != 1:
            raise ValueError(f"ix_ takes vectors; argument {k} has {places.ndim} axes")
        places = places.nonzero()[0] if places.dtype == bool else places
        found.append(places[(*(None,) * k, slice(None), *(None,) * (len(args) - k - 1))])
    return tuple(found)


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: Any = "C") -> Array:
    """Places along each axis as places in the flat array.

    Parameters
    ----------
    multi_index
        For each axis an array of places; or one array, whose first axis tells them apart.
    dims
        The shape of the array.
    mode
        What is done with places out of bounds: "raise", "wrap" or "clip"; or one of these for each axis.
    order
        "C": the last axis changes fastest; "F": the first.

    Raises
    ------
    ValueError
        There are not as many arrays as axes; a place is out of bounds (when it is computed).

    Examples
    --------
    >>> ravel_multi_index(([0, 1], [2, 1]), (2, 3)).compute()
    array([2, 4])
    """
    shape = sizes_of(dims)
    places = list(multi_index) if isinstance(multi_index, tuple | list) else list(asanyarray(multi_index))
    if len(places) != len(shape):
        raise ValueError(f"there are places along {len(places)} axes, but dims={shape} has {len(shape)}")
    modes = mode if isinstance(mode, str) else tuple(mode)
    return Array.of(elementwise(Raveled(shape, modes, order), *_lazy(places)))


def _lazy(places: Sequence[Any]) -> list[Any]:
    """The nodes of arrays, the first of which is an array in any case."""
    nodes = [operand(p) for p in places]
    return nodes if any(isinstance(p, Array) for p in places) else [asanyarray(places[0]).expr, *nodes[1:]]


@dataclass(frozen=True)
class Raveled:
    """`numpy.ravel_multi_index`, of a block for each axis."""

    shape: tuple[int, ...]
    mode: Any
    order: Any

    def __call__(self, *places: Any) -> Any:
        return np.ravel_multi_index(places, self.shape, mode=self.mode, order=self.order)


def unravel_index(indices: Any, shape: Any, order: Any = "C") -> tuple[Array, ...]:
    """Places in the flat array as places along each axis.

    Parameters
    ----------
    indices
        Integers.
    shape
        Of the array.
    order
        As of `ravel_multi_index`.

    Raises
    ------
    TypeError
        The places are no integers.
    ValueError
        A place is out of bounds (when it is computed).

    Examples
    --------
    >>> rows, columns = unravel_index([2, 4], (2, 3))
    >>> rows.compute(), columns.compute()
    (array([0, 1]), array([2, 1]))
    """
    places = asanyarray(indices)
    if places.dtype.kind not in "iu":
        raise TypeError(f"unravel_index takes integers, not {places.dtype}")
    sizes = sizes_of(shape)
    nodes = several(Unraveled(sizes, order), places.expr) if sizes else ()
    return tuple(Array.of(node) for node in nodes)


@dataclass(frozen=True)
class Unraveled:
    """`numpy.unravel_index`, of a block."""

    shape: tuple[int, ...]
    order: Any

    def __call__(self, block: Any) -> Any:
        return np.unravel_index(block, self.shape, order=self.order)
