"""Diagonals, triangles, and the coordinates of grids."""

from __future__ import annotations

from typing import Any

import numpy as np

import minidask.array.nodes.diagonals as diagonals
from minidask.array.array import Array
from minidask.array.constants import sizes_of
from minidask.array.creation import asanyarray
from minidask.array.editing import pad
from minidask.array.functions import function
from minidask.array.joining import stack
from minidask.array.manipulation import broadcast_to, expand_dims
from minidask.array.ranges import arange

diagonal = function(Array.diagonal)
trace = function(Array.trace)


def diag(v: Any, k: int = 0) -> Array:
    """The matrix with a vector on its diagonal `k`; or that diagonal of a matrix.

    Raises
    ------
    ValueError
        `v` has neither one axis nor two.

    Examples
    --------
    >>> diag([1, 2]).compute()
    array([[1, 0],
           [0, 2]])
    """
    v = asanyarray(v)
    if v.ndim == 2:
        return v.of(diagonals.diagonal(v.expr, k))
    if v.ndim != 1:
        raise ValueError(f"diag takes a vector or a matrix, not an array of {v.ndim} axes")
    matrix = v.of(diagonals.on_diagonal(v.expr))
    zero = "" if v.dtype.kind in "SU" else 0
    return pad(matrix, ((max(-k, 0), max(k, 0)), (max(k, 0), max(-k, 0))), constant_values=zero) if k else matrix


def diagflat(v: Any, k: int = 0) -> Array:
    """The matrix with all elements, in C order, on its diagonal `k`.

    Examples
    --------
    >>> diagflat([[1, 2]]).compute()
    array([[1, 0],
           [0, 2]])
    """
    return diag(asanyarray(v).ravel(), k)


def tril(m: Any, k: int = 0) -> Array:
    """Zeros above the diagonal `k` of matrices.

    Examples
    --------
    >>> tril([[1, 2], [3, 4]]).compute()
    array([[1, 0],
           [3, 4]])
    """
    return _triangle(np.tril, m, k)


def triu(m: Any, k: int = 0) -> Array:
    """Zeros below the diagonal `k` of matrices.

    Examples
    --------
    >>> triu([[1, 2], [3, 4]]).compute()
    array([[1, 2],
           [0, 4]])
    """
    return _triangle(np.triu, m, k)


def _triangle(func: Any, m: Any, k: int) -> Array:
    m = asanyarray(m)
    if m.ndim == 0:
        raise ValueError(f"{func.__name__} needs an array of one axis or more; see atleast_1d")
    if m.ndim == 1:
        m = broadcast_to(m, (m.size, m.size))  # as NumPy does
    return m.of(diagonals.triangle(func, m.expr, k))


def meshgrid(*xi: Any, sparse: bool = False, indexing: str = "xy", **kwargs: Any) -> list[Array]:
    """Coordinates of a grid from those along its axes.

    Parameters
    ----------
    *xi
        Vectors.
    sparse
        Whether the other axes keep size 1.
    indexing
        "xy": the first vector runs along the second axis; "ij": along the first.

    Raises
    ------
    ValueError
        `indexing` is something else.

    Examples
    --------
    >>> import minidask.array as da
    >>> x, y = meshgrid(da.arange(2), da.arange(3))
    >>> x.shape, y.compute().tolist()
    ((3, 2), [[0, 0], [1, 1], [2, 2]])
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f'indexing={indexing!r}: expected "xy" or "ij"')
    if set(kwargs) - {"copy"}:
        raise TypeError(f"meshgrid takes no {sorted(set(kwargs) - {'copy'})}")
    vectors = [asanyarray(x).reshape(-1) for x in xi]
    n = len(vectors)
    places = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    grids = [expand_dims(v, [k for k in range(n) if k != place]) for v, place in zip(vectors, places)]
    return grids if sparse or not grids else list(_full(grids))


def _full(grids: list[Array]) -> list[Array]:
    """Arrays that broadcast against each other, all in full and cut alike."""
    shape = np.broadcast_shapes(*(g.shape for g in grids))
    chunks = tuple(next((g.chunks[k] for g in grids if g.shape[k] != 1), (1,)) for k in range(len(shape)))
    return [broadcast_to(g, shape, chunks) for g in grids]


def indices(dimensions: Any, dtype: Any = int, chunks: Any = "auto", sparse: bool = False) -> Any:
    """For each axis of a grid the coordinate of every element; stacked along a new first axis.

    Parameters
    ----------
    dimensions
        The shape of the grid.
    chunks
        Of the grid.
    sparse
        Whether to give a tuple of arrays instead, each of which has size 1 along all axes but its own.

    Examples
    --------
    >>> indices((2, 3)).shape
    (2, 2, 3)
    >>> [places.shape for places in indices((2, 3), sparse=True)]
    [(2, 1), (1, 3)]
    """
    shape = sizes_of(dimensions)
    if not shape:
        return () if sparse else asanyarray(np.empty((0,), dtype))
    pattern = asanyarray(np.broadcast_to(np.zeros((), dtype), shape)).rechunk(chunks).chunks
    vectors = [arange(n, dtype=dtype, chunks=(sizes,)) for n, sizes in zip(shape, pattern)]
    grids = [expand_dims(v, [k for k in range(len(shape)) if k != axis]) for axis, v in enumerate(vectors)]
    return tuple(grids) if sparse else stack(_full(grids))
