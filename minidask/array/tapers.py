"""Window functions: weights that taper a signal towards its ends."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.constants import ones
from minidask.array.elementwise import i0, where
from minidask.array.ranges import arange
from minidask.array.ufuncs import cos, sqrt


def bartlett(M: int, chunks: Any = "auto") -> Array:  # noqa: N803
    """A triangle that is 0 at both ends.

    Parameters
    ----------
    M
        How many weights; none, where it is not positive.
    chunks
        As for `normalize_chunks`.

    Examples
    --------
    >>> bartlett(5, chunks=2).compute()
    array([0. , 0.5, 1. , 0.5, 0. ])
    """
    return _window(M, chunks, lambda x: where(x <= 0, 1 + x, 1 - x))


def blackman(M: int, chunks: Any = "auto") -> Array:  # noqa: N803
    """A sum of three cosines. Parameters as of `bartlett`.

    Examples
    --------
    >>> blackman(3).compute().round(3) + 0
    array([0., 1., 0.])
    """
    return _window(M, chunks, lambda x: 0.42 + 0.5 * cos(pi * x) + 0.08 * cos(2.0 * pi * x))


def hamming(M: int, chunks: Any = "auto") -> Array:  # noqa: N803
    """A cosine on a step. Parameters as of `bartlett`.

    Examples
    --------
    >>> hamming(3).compute()
    array([0.08, 1.  , 0.08])
    """
    return _window(M, chunks, lambda x: 0.54 + 0.46 * cos(pi * x))


def hanning(M: int, chunks: Any = "auto") -> Array:  # noqa: N803
    """A raised cosine, which is 0 at both ends. Parameters as of `bartlett`.

    Examples
    --------
    >>> hanning(5, chunks=2).compute()
    array([0. , 0.5, 1. , 0.5, 0. ])
    """
    return _window(M, chunks, lambda x: 0.5 + 0.5 * cos(pi * x))


def kaiser(M: int, beta: float, chunks: Any = "auto") -> Array:  # noqa: N803
    """A ratio of Bessel functions.

    Parameters
    ----------
    M, chunks
        As of `bartlett`.
    beta
        The shape: 0 is a rectangle, larger values are narrower.

    Examples
    --------
    >>> kaiser(3, 0.0).compute()
    array([1., 1., 1.])
    """
    scale = np.i0(float(beta))
    return _window(M, chunks, lambda x: i0(beta * sqrt(1 - x**2.0)) / scale)


def _window(size: int, chunks: Any, weight: Callable[[Any], Array]) -> Array:
    """The weights at places from -1 to 1."""
    size = max(int(size), 0)
    if size < 2:
        return ones(size, chunks=chunks)
    return weight(arange(1 - size, size, 2, chunks=chunks, dtype=float) / (size - 1))
