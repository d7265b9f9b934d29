"""Norms of vectors and matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.linalg.singular import svdvals
from minidask.array.manipulation import expand_dims, moveaxis
from minidask.array.ufuncs import sqrt

Axes = tuple[int, ...]


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """Norms of vectors or matrices, as `numpy.linalg.norm`.

    Parameters
    ----------
    x
        Any chunks. The norms "nuc", 2 and -2 of matrices need their singular values: see `svd`.
    ord
        Of vectors: any number, also infinite. Of matrices: "fro", "nuc", 1, -1, 2, -2, or infinite. None: the root of
        the sum of squares.
    axis
        An axis for vectors, two for matrices. None: all of them.
    keepdims
        Whether the axes stay, with size 1.

    Raises
    ------
    ValueError
        There is no such norm, or the array has more than two axes and `axis` does not tell which are meant.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> norm([3.0, 4.0]).compute()
    np.float64(5.0)
    >>> norm([[1.0, -2.0], [3.0, 4.0]], ord=1).compute()
    np.float64(6.0)
    """
    x = _inexact(x)
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim, "axis")
    if axis is None and (ord is None or (ord == 2 and x.ndim == 1)):
        return _vectors(x, 2, axes, keepdims)
    if len(axes) == 1:
        return _vectors(x, 2 if ord is None else ord, axes, keepdims)
    if len(axes) == 2:
        return _matrices(x, "fro" if ord is None else ord, axes, keepdims)
    raise ValueError(f"norm with ord={ord!r} over {len(axes)} axes; expected one or two, told by axis=")


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Array:
    """Norms of vectors: of all elements along some axes.

    Parameters
    ----------
    axis
        An axis, or several. None: all of them.
    keepdims
        Whether the axes stay, with size 1.
    ord
        Any number, also infinite.

    Raises
    ------
    ValueError
        There is no such norm.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> vector_norm([[3.0, 0.0], [0.0, 4.0]]).compute()
    np.float64(5.0)
    """
    x = _inexact(x)
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim, "axis")
    return _vectors(x, ord, axes, keepdims)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """Norms of matrices: over the last two axes.

    Parameters
    ----------
    keepdims
        Whether the axes stay, with size 1.
    ord
        As of `norm`.

    Raises
    ------
    ValueError
        There is no such norm, or `x` has less than two axes.

    Examples
    --------
    >>> matrix_norm([[3.0, 0.0], [0.0, 4.0]], ord=2).compute()
    np.float64(4.0)
    """
    x = _inexact(x)
    if x.ndim < 2:
        raise ValueError(f"matrix_norm: an array of {x.ndim} axes; expected two, or more for a stack of matrices")
    return _matrices(x, "fro" if ord is None else ord, (x.ndim - 2, x.ndim - 1), keepdims)


def _inexact(x: Any) -> Array:
    x = asanyarray(x)
    if x.dtype.kind in "biumM":
        return x.astype(np.float64)
    if x.dtype.kind not in "fc":
        raise TypeError(f"norm: an array of {x.dtype}; expected numbers")
    return x


def _vectors(x: Array, order: Any, axes: Axes, keepdims: bool) -> Array:
    if isinstance(order, str):
        raise ValueError(f"norm: ord={order!r} is no norm of vectors; expected a number")
    if order == np.inf:
        return abs(x).max(axis=axes, keepdims=keepdims, initial=0)
    if order == -np.inf:
        return abs(x).min(axis=axes, keepdims=keepdims)
    if order == 0:
        return (x != 0).astype(x.real.dtype).sum(axis=axes, keepdims=keepdims)
    if order == 1:
        return abs(x).sum(axis=axes, keepdims=keepdims)
    if order == 2:
        return _root(_squares(x).sum(axis=axes, keepdims=keepdims))
    total = (abs(x) ** order).sum(axis=axes, keepdims=keepdims)
    return (total ** (1 / order)).astype(x.real.dtype)


def _root(x: Array) -> Array:
    root: Any = sqrt(x)
    return root


def _squares(x: Array) -> Array:
    return x.real * x.real + x.imag * x.imag if x.dtype.kind == "c" else x * x


def _matrices(x: Array, order: Any, axes: Axes, keepdims: bool) -> Array:
    rows, columns = axes
    if order in ("fro", "f"):
        return _root(_squares(x).sum(axis=axes, keepdims=keepdims))
    if order in (1, -1, np.inf, -np.inf):
        inner, outer = (rows, columns) if abs(order) == 1 else (columns, rows)
        sums = abs(x).sum(axis=inner, keepdims=True)
        found = sums.max(outer, True, initial=0) if order > 0 else sums.min(outer, True)
        return found if keepdims else found.squeeze(axes)
    reduce = _OF_SINGULAR_VALUES.get(order)
    if reduce is None:
        raise ValueError(f'norm: ord={order!r} is no norm of matrices; expected "fro", "nuc", 1, -1, 2, -2 or infinite')
    found = reduce(svdvals(moveaxis(x, axes, (-2, -1))))
    return expand_dims(found, sorted(axes)) if keepdims else found


_OF_SINGULAR_VALUES: dict[Any, Callable[[Array], Array]] = {
    2: lambda s: s.max(axis=-1, initial=0),
    -2: lambda s: s.min(axis=-1),
    "nuc": lambda s: s.sum(axis=-1),
}
