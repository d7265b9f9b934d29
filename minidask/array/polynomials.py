"""Polynomials: their values, and those that fit points best."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.nodes.mapped import Symbols, call_blocks
from minidask.array.ufuncs import sqrt


def polyval(p: Any, x: Any) -> Array:
    """The values of a polynomial.

    Parameters
    ----------
    p
        Its coefficients, that of the highest power first; given whole to every block.
    x
        Where; of any shape.

    Raises
    ------
    ValueError
        The coefficients have not one axis.

    Examples
    --------
    >>> polyval([3, 0, 1], [5, 0]).compute()
    array([76,  1])
    """
    p, x = asanyarray(p), asanyarray(x)
    if p.ndim != 1:
        raise ValueError(f"polyval: coefficients of shape {p.shape}; expected one axis")
    dtype = np.polyval(np.ones(min(p.size, 1), p.dtype), np.ones(1, x.dtype)).dtype
    index: Symbols = tuple(range(x.ndim))
    args = (p.rechunk(-1).expr, x.expr)
    return x.of(call_blocks(np.polyval, args, (("p",), index), index, x.expr.chunks, dtype=dtype, label="polyval"))


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Array:  # noqa: N803
    """The powers of numbers, along a new axis: a matrix of Vandermonde.

    Parameters
    ----------
    x
        Numbers along one axis.
    N
        How many powers, from 0; as many as numbers by default.
    increasing
        Whether the lowest power comes first.

    Raises
    ------
    ValueError
        `x` has another number of axes, or `N` is negative.

    Examples
    --------
    >>> vander([1, 2, 3], 3).compute()
    array([[1, 1, 1],
           [4, 2, 1],
           [9, 3, 1]])
    """
    x = asanyarray(x)
    if x.ndim != 1:
        raise ValueError(f"vander: an array of {x.ndim} axes; expected one")
    powers = x.size if N is None else int(N)
    if powers < 0:
        raise ValueError(f"vander: N={powers}; expected a number of powers")
    dtype = np.promote_types(x.dtype, int)
    chunks = (x.expr.chunks[0], (powers,))
    kwargs = {"N": powers, "increasing": increasing}
    node = call_blocks(np.vander, (x.expr,), (("x",),), ("x", "power"), chunks, dtype=dtype, kwargs=kwargs)
    return x.of(node)


def polyfit(
    x: Any, y: Any, deg: int, rcond: float | None = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """The polynomial that fits points best: the sum of the squares of what is left is least.

    Parameters
    ----------
    x
        Where the points are, shape (m,).
    y
        Their values, shape (m,) or (m, k) for k polynomials.
    deg
        The degree, not negative.
    rcond
        Singular values below this part of the largest one count as zero. Default: m times the precision of `x`.
    full
        Whether to return, besides: the sums of the squares, the rank, the singular values, and `rcond`.
    w
        Weights of the differences, shape (m,).
    cov
        Whether to return the covariance of the coefficients, too; "unscaled": taking the weights for those of the
        errors.

    Returns
    -------
    Array, or a tuple
        The coefficients, that of the highest power first. There is no warning where the points do not determine
        them; `full` tells the rank.

    Raises
    ------
    TypeError
        An array has another number of axes, or none of the elements.
    ValueError
        The degree is negative, the numbers of points differ, or there are too few for the covariance.

    Examples
    --------
    >>> polyfit([0, 1, 2], [1, 3, 5], 1).compute().round(6)
    array([2., 1.])
    """
    x, y = _points(x, y, deg)
    rcond = x.size * np.finfo(x.dtype).eps if rcond is None else rcond
    powers = vander(x, deg + 1)
    if w is not None:
        w = asanyarray(w) + 0.0
        if w.shape != x.shape:
            raise TypeError(f"polyfit: weights of shape {w.shape} for points of shape {x.shape}")
        powers = powers * w[:, None]
        y = y * (w[:, None] if y.ndim == 2 else w)
    scale = sqrt((powers * powers).sum(axis=0))
    powers = powers / scale
    found, left, rank, singular = np.linalg.lstsq(powers, y, rcond)
    coefficients = (found.T / scale).T
    if full:
        return coefficients, left, rank, singular, rcond
    return (coefficients, _covariance(powers, scale, left, y, cov)) if cov else coefficients


def _points(x: Any, y: Any, deg: int) -> tuple[Array, Array]:
    x, y = asanyarray(x), asanyarray(y) + 0.0
    if deg < 0:
        raise ValueError(f"polyfit: deg={deg}; expected a degree that is not negative")
    if x.ndim != 1 or y.ndim not in (1, 2) or not x.size:
        raise TypeError(f"polyfit: points of shape {x.shape}, values of shape {y.shape}; expected (m,), (m,) or (m, k)")
    if x.size != y.shape[0]:
        raise TypeError(f"polyfit: {x.size} points, but {y.shape[0]} values")
    return x + 0.0, y


def _covariance(powers: Array, scale: Any, left: Array, y: Array, cov: Any) -> Array:
    points, order = powers.shape
    base = np.linalg.inv(powers.T @ powers) / (scale[:, None] * scale)
    if cov != "unscaled":
        if points <= order:
            raise ValueError(f"polyfit: {points} points do not tell the covariance of {order} coefficients")
        factor = left / (points - order)
    else:
        factor = asanyarray(np.ones(1))
    return base * factor if y.ndim == 1 else base[:, :, None] * factor
