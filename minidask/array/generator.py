"""Generators of random arrays, as NumPy's `Generator`."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.drawing import distribution, entropy_of
from minidask.array.operators import assign
from minidask.array.shuffling import Shuffler, permuted

_FLOATS = {"dtype": np.float64, "out": None}
"""What the distributions take that are drawn in any type of floats."""


class Generator(Shuffler):
    """Draws random arrays, as NumPy's `Generator`; made by `default_rng`.

    Examples
    --------
    >>> rng = default_rng(42)
    >>> x = rng.normal(10, 0.1, size=(4, 4), chunks=(2, 2))
    >>> bool((default_rng(42).normal(10, 0.1, size=(4, 4), chunks=(2, 2)) == x).all().compute())
    True
    """

    random = distribution("random", also=_FLOATS)
    standard_exponential = distribution(
        "standard_exponential", also={"dtype": np.float64, "method": "zig", "out": None}
    )
    standard_gamma = distribution("standard_gamma", "shape", also=_FLOATS)
    standard_normal = distribution("standard_normal", also=_FLOATS)

    def integers(
        self,
        low: Any,
        high: Any = None,
        size: Any = None,
        dtype: Any = np.int64,
        endpoint: bool = False,
        chunks: Any = "auto",
    ) -> Array:
        """Integers from `low` to before `high`; from 0 to before `low`, where `high` is not given.

        Parameters
        ----------
        endpoint
            Whether `high` may be drawn, too.

        Raises
        ------
        ValueError
            There are no such integers, or they do not fit the dtype.

        Examples
        --------
        >>> default_rng(0).integers(10, size=5).max().compute() < 10
        np.True_
        """
        low, high = (0, low) if high is None else (low, high)
        return self._draw("integers", {"low": low, "high": high, "dtype": dtype, "endpoint": endpoint}, size, chunks)

    def multivariate_normal(
        self,
        mean: Any,
        cov: Any,
        size: Any = None,
        check_valid: str = "warn",
        tol: float = 1e-8,
        *,
        method: str = "svd",
        chunks: Any = "auto",
    ) -> Array:
        """Vectors of normal variables, along a new last axis.

        Parameters
        ----------
        mean
            Of the variables, shape (n,): a NumPy array or a list.
        cov
            Their covariance, shape (n, n); each block is drawn with its factors.
        size, chunks
            Of the result, without the last axis.
        check_valid
            What happens now, if `cov` is not positive semidefinite: "warn", "raise" or "ignore".
        tol
            For that check.
        method
            How `cov` is factored: "svd", "eigh" or "cholesky".

        Raises
        ------
        ValueError
            The shapes do not fit, or the check fails.

        Examples
        --------
        >>> default_rng(0).multivariate_normal([0, 9], [[1, 0], [0, 1]], size=4, chunks=2).shape
        (4, 2)
        """
        return self._normals(mean, cov, size, check_valid, chunks, tol=tol, method=method)

    def multivariate_hypergeometric(
        self, colors: Any, nsample: int, size: Any = None, method: str = "marginals", chunks: Any = "auto"
    ) -> Array:
        """How often each color is drawn from an urn, without replacement; colors lie along a new last axis.

        Parameters
        ----------
        colors
            How many of each color the urn holds: integers.
        nsample
            How many are drawn.
        size, chunks
            Of the result, without the last axis.
        method
            The algorithm: "marginals" or "count".

        Examples
        --------
        >>> default_rng(0).multivariate_hypergeometric([3, 5], 4, size=2).sum(axis=1).compute()
        array([4, 4])
        """
        colors = np.asarray(colors)
        given = {"colors": colors, "nsample": nsample, "method": method}
        return self._draw("multivariate_hypergeometric", given, size, chunks, colors.shape, ("colors",))

    def permuted(self, x: Any, *, axis: Any = None, out: Any = None) -> Array:
        """An array with each slice along an axis permuted on its own.

        Parameters
        ----------
        axis
            Along which elements change places; None: all elements do, wherever they are.
        out
            A lazy array that shall stand for the result; `x` itself, say.

        Raises
        ------
        numpy.exceptions.AxisError
            There is no such axis.

        Examples
        --------
        >>> import minidask.array as da
        >>> x = default_rng(0).permuted(da.arange(6).reshape(2, 3), axis=1)
        >>> x.sum(axis=1).compute()
        array([ 3, 12])
        """
        a = asanyarray(x)
        found = self.permutation(a.ravel()).reshape(a.shape) if axis is None else permuted(self._next(), a, axis)
        answer: Array = assign(out, found)
        return answer

    def spawn(self, n_children: int) -> list[Self]:
        """New generators, independent of this one and of each other."""
        return [type(self)(self._entropy, self._next().key, self._bits) for _ in range(n_children)]


def default_rng(seed: Any = None) -> Generator:
    """A generator of random arrays.

    Parameters
    ----------
    seed
        None: from the system; an integer or several; a `numpy.random.SeedSequence`; a bit generator or generator of
        NumPy's, whose next bits become the seed; or a generator of ours, which is returned.

    Notes
    -----
    Each block has a bit generator of its own: an `SFC64`, unless one of another kind is given.

    Examples
    --------
    >>> rng = default_rng(0)
    >>> round(float(rng.random((1000, 1000), chunks=(500, 500)).mean().compute()), 2)
    0.5
    """
    if isinstance(seed, Generator):
        return seed
    if isinstance(seed, np.random.Generator):
        seed = seed.bit_generator
    if isinstance(seed, np.random.BitGenerator):
        return Generator(tuple(map(int, seed.random_raw(4))), bits=type(seed).__name__)
    if isinstance(seed, np.random.SeedSequence):
        entropy = seed.entropy if isinstance(seed.entropy, int) else tuple(map(int, seed.entropy))  # type: ignore[arg-type]
        return Generator(entropy, tuple(seed.spawn_key))
    return Generator(entropy_of(seed))
