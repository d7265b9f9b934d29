"""Products of vectors and of stacks of them, and of all elements."""

from __future__ import annotations

from typing import Any

from numpy.lib.array_utils import normalize_axis_index

import minidask.array.nodes.contract as contract
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.joining import stack
from minidask.array.manipulation import expand_dims, moveaxis


def matrix_transpose(x: Any, /) -> Array:
    """The transposes of matrices: the last two axes exchanged.

    Raises
    ------
    ValueError
        `x` has less than two axes.

    Examples
    --------
    >>> matrix_transpose([[1, 2], [3, 4]]).compute()
    array([[1, 3],
           [2, 4]])
    """
    return asanyarray(x).mT


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Array:
    """The products of vectors, those of the first array conjugated.

    Parameters
    ----------
    x1, x2
        Vectors along `axis`; the other axes broadcast.

    Raises
    ------
    ValueError
        The vectors differ in length, or the other axes do not broadcast.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> vecdot([[1, 2], [3, 4]], [1, 10]).compute()
    array([21, 43])
    """
    a, b = (moveaxis(asanyarray(x), axis, -1) for x in (x1, x2))
    return Array.of(contract.vecdot(a.expr, b.expr))


def matvec(x1: Any, x2: Any, /) -> Array:
    """The products of matrices and vectors; stacks of them broadcast.

    Parameters
    ----------
    x1
        Shape (..., m, n).
    x2
        Shape (..., n).

    Raises
    ------
    ValueError
        An argument has too few axes, or the shapes do not fit.

    Examples
    --------
    >>> matvec([[1, 2], [3, 4]], [[1, 0], [0, 1]]).compute()
    array([[1, 3],
           [2, 4]])
    """
    return Array.of(contract.matvec(asanyarray(x1).expr, asanyarray(x2).expr))


def vecmat(x1: Any, x2: Any, /) -> Array:
    """The products of vectors, conjugated, and matrices; stacks of them broadcast.

    Parameters
    ----------
    x1
        Shape (..., m).
    x2
        Shape (..., m, n).

    Raises
    ------
    ValueError
        An argument has too few axes, or the shapes do not fit.

    Examples
    --------
    >>> vecmat([1, 1], [[1, 2], [3, 4]]).compute()
    array([4, 6])
    """
    return Array.of(contract.vecmat(asanyarray(x1).expr, asanyarray(x2).expr))


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Array:
    """The vectors that are orthogonal to two others, in three dimensions.

    Parameters
    ----------
    a, b
        Vectors of three components; the other axes broadcast.
    axisa, axisb, axisc
        Along which axis the components are: of `a`, of `b`, and of the result.
    axis
        All three of these.

    Raises
    ------
    ValueError
        The vectors have not three components, or the other axes do not broadcast.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> cross([1, 0, 0], [0, 1, 0]).compute()
    array([0, 0, 1])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    u, v = (moveaxis(x, at, -1) for x, at in ((asanyarray(a), axisa), (asanyarray(b), axisb)))
    if u.shape[-1] != 3 or v.shape[-1] != 3:
        raise ValueError(f"cross: vectors of {u.shape[-1]} and {v.shape[-1]} components; expected 3")
    found = [u[..., i] * v[..., j] - u[..., j] * v[..., i] for i, j in ((1, 2), (2, 0), (0, 1))]
    normalize_axis_index(axisc, found[0].ndim + 1)
    joined = stack(found, axis=-1)
    return moveaxis(joined.rechunk({joined.ndim - 1: -1}), -1, axisc)


def kron(a: Any, b: Any) -> Array:
    """The product of Kronecker: for each element of `a` that multiple of `b`.

    Parameters
    ----------
    a, b
        Arrays; the one of less axes gets new ones before its first.

    Examples
    --------
    >>> kron([1, 10], [1, 2]).compute()
    array([ 1,  2, 10, 20])
    """
    a, b = asanyarray(a), asanyarray(b)
    ndim = max(a.ndim, b.ndim)
    a, b = (expand_dims(x, tuple(range(ndim - x.ndim))) for x in (a, b))
    left, right = expand_dims(a, tuple(range(1, 2 * ndim, 2))), expand_dims(b, tuple(range(0, 2 * ndim, 2)))
    return (left * right).reshape(tuple(m * n for m, n in zip(a.shape, b.shape)))
