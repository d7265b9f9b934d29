"""Random arrays: the same bits whatever the scheduler, the workers and the order of the blocks.

A block is drawn by a generator of its own, made from the seed, the number of the call, and the block's place.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Self

import numpy as np
from numpy.random import MT19937, PCG64, PCG64DXSM, SFC64, BitGenerator, Philox, SeedSequence

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.drawing import distribution
from minidask.array.operators import assign
from minidask.array.shuffling import Shuffler, permuted

__all__ = [
    "MT19937",
    "PCG64",
    "PCG64DXSM",
    "SFC64",
    "BitGenerator",
    "Generator",
    "Philox",
    "RandomState",
    "SeedSequence",
    "beta",
    "binomial",
    "bytes",
    "chisquare",
    "choice",
    "default_rng",
    "dirichlet",
    "exponential",
    "f",
    "gamma",
    "geometric",
    "get_state",
    "gumbel",
    "hypergeometric",
    "laplace",
    "logistic",
    "lognormal",
    "logseries",
    "multinomial",
    "multivariate_normal",
    "negative_binomial",
    "noncentral_chisquare",
    "noncentral_f",
    "normal",
    "pareto",
    "permutation",
    "poisson",
    "power",
    "rand",
    "randint",
    "randn",
    "random",
    "random_integers",
    "random_sample",
    "ranf",
    "rayleigh",
    "sample",
    "seed",
    "set_state",
    "shuffle",
    "standard_cauchy",
    "standard_exponential",
    "standard_gamma",
    "standard_normal",
    "standard_t",
    "tomaxint",
    "triangular",
    "uniform",
    "vonmises",
    "wald",
    "weibull",
    "zipf",
]


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
        answer: Array = assign(out, permuted(self._next(), asanyarray(x), axis))
        return answer

    def spawn(self, n_children: int) -> list[Self]:
        """New generators, independent of this one and of each other."""
        return [type(self)(self._entropy, self._next().key, self._bits) for _ in range(n_children)]


class RandomState(Shuffler):
    """Draws random arrays, as NumPy's `RandomState`.

    Parameters
    ----------
    seed
        An integer or integers; None: from the system.

    Examples
    --------
    >>> RandomState(0).random_sample(3, chunks=2).shape
    (3,)
    """

    kind = "RandomState"

    def __init__(self, seed: Any = None) -> None:
        super().__init__(_entropy(seed), bits="MT19937")

    def seed(self, seed: Any = None) -> None:
        """Start anew from a seed."""
        RandomState.__init__(self, seed)

    random_sample = distribution("random_sample")
    standard_exponential = distribution("standard_exponential")
    standard_gamma = distribution("standard_gamma", "shape")
    standard_normal = distribution("standard_normal")
    tomaxint = distribution("tomaxint")

    def random(self, size: Any = None, chunks: Any = "auto") -> Array:
        """Numbers from 0 to before 1."""
        return self.random_sample(size, chunks=chunks)

    def randint(self, low: Any, high: Any = None, size: Any = None, chunks: Any = "auto", dtype: Any = int) -> Array:
        """Integers from `low` to before `high`; from 0 to before `low`, where `high` is not given.

        Examples
        --------
        >>> RandomState(0).randint(5, size=3).dtype
        dtype('int64')
        """
        low, high = (0, low) if high is None else (low, high)
        return self._draw("randint", {"low": low, "high": high, "dtype": dtype}, size, chunks)

    def random_integers(self, low: Any, high: Any = None, size: Any = None, chunks: Any = "auto") -> Array:
        """Integers from `low` to `high`; from 1 to `low`, where `high` is not given."""
        low, high = (1, low) if high is None else (low, high)
        return self.randint(low, high + 1, size, chunks)

    def rand(self, *args: int, chunks: Any = "auto") -> Array:
        """Numbers from 0 to before 1; the arguments are the shape.

        Examples
        --------
        >>> RandomState(0).rand(2, 3).shape
        (2, 3)
        """
        return self.random_sample(args, chunks=chunks)

    def randn(self, *args: int, chunks: Any = "auto") -> Array:
        """Numbers of the standard normal distribution; the arguments are the shape.

        Examples
        --------
        >>> RandomState(0).randn(2, 3).shape
        (2, 3)
        """
        return self.standard_normal(args, chunks=chunks)

    def multivariate_normal(
        self,
        mean: Any,
        cov: Any,
        size: Any = None,
        check_valid: str = "warn",
        tol: float = 1e-8,
        chunks: Any = "auto",
    ) -> Array:
        """Vectors of normal variables, along a new last axis. Parameters as of `Generator.multivariate_normal`.

        Examples
        --------
        >>> RandomState(0).multivariate_normal([0, 9], [[1, 0], [0, 1]], size=4, chunks=2).shape
        (4, 2)
        """
        return self._normals(mean, cov, size, check_valid, chunks, tol=tol)

    def get_state(self) -> Any:
        """What `set_state` takes to come back to where this is now.

        Examples
        --------
        >>> random = RandomState(0)
        >>> state = random.get_state()
        >>> first = random.rand(3)
        >>> random.set_state(state)
        >>> random.rand(3).name == first.name
        True
        """
        return {"bit_generator": self._bits, "entropy": self._entropy, "key": self._key, "calls": self._calls}

    def set_state(self, state: Any) -> None:
        """Come back to a state that `get_state` gave.

        Raises
        ------
        ValueError
            It is another thing: a state of NumPy's, say, whose numbers are others.
        """
        if not isinstance(state, dict) or set(state) != set(self.get_state()):
            raise ValueError("set_state takes what get_state of lazy arrays gave; make one of NumPy's by seed=")
        self._bits, self._entropy = state["bit_generator"], state["entropy"]
        self._key, self._calls = state["key"], state["calls"]


def _entropy(seed: Any) -> Any:
    """The entropy of a seed, in a form that has an equal name wherever it is equal."""
    found = np.random.SeedSequence(seed if seed is None else np.asarray(seed).tolist()).entropy
    return tuple(found) if isinstance(found, list) else found


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
    return Generator(_entropy(seed))


_state = RandomState()


def _shared(name: str) -> Callable[..., Any]:
    """The function that draws from the state that all share; `seed` starts it anew."""
    method = getattr(RandomState, name)

    @wraps(method)
    def draw(*args: Any, **kwargs: Any) -> Any:
        return method(_state, *args, **kwargs)

    signature = inspect.signature(method)
    draw.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])  # type: ignore[attr-defined]
    return draw


beta = _shared("beta")
binomial = _shared("binomial")
bytes = _shared("bytes")
chisquare = _shared("chisquare")
choice = _shared("choice")
dirichlet = _shared("dirichlet")
exponential = _shared("exponential")
f = _shared("f")
gamma = _shared("gamma")
geometric = _shared("geometric")
get_state = _shared("get_state")
gumbel = _shared("gumbel")
hypergeometric = _shared("hypergeometric")
laplace = _shared("laplace")
logistic = _shared("logistic")
lognormal = _shared("lognormal")
logseries = _shared("logseries")
multinomial = _shared("multinomial")
multivariate_normal = _shared("multivariate_normal")
negative_binomial = _shared("negative_binomial")
noncentral_chisquare = _shared("noncentral_chisquare")
noncentral_f = _shared("noncentral_f")
normal = _shared("normal")
pareto = _shared("pareto")
permutation = _shared("permutation")
poisson = _shared("poisson")
power = _shared("power")
rand = _shared("rand")
randint = _shared("randint")
randn = _shared("randn")
random = _shared("random")
random_integers = _shared("random_integers")
random_sample = _shared("random_sample")
rayleigh = _shared("rayleigh")
seed = _shared("seed")
set_state = _shared("set_state")
shuffle = _shared("shuffle")
standard_cauchy = _shared("standard_cauchy")
standard_exponential = _shared("standard_exponential")
standard_gamma = _shared("standard_gamma")
standard_normal = _shared("standard_normal")
standard_t = _shared("standard_t")
tomaxint = _shared("tomaxint")
triangular = _shared("triangular")
uniform = _shared("uniform")
vonmises = _shared("vonmises")
wald = _shared("wald")
weibull = _shared("weibull")
zipf = _shared("zipf")
ranf = sample = random_sample
