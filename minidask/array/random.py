"""Random arrays: the same bits whatever the scheduler, the workers and the order of the blocks.

A block is drawn by a generator of its own, made from the seed, the number of the call, and the block's place.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Self

import numpy as np

from minidask.array.array import Array
from minidask.array.chunks import normalize_chunks
from minidask.array.creation import asanyarray
from minidask.array.mapping import by_value
from minidask.array.node import meta_of
from minidask.array.nodes.random import Random, Stream
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.repetition import broadcast_to
from minidask.array.nodes.sizes import known

_DISCRETE = frozenset(
    ("binomial", "geometric", "hypergeometric", "logseries", "negative_binomial", "poisson", "zipf", "integers")
    + ("randint", "random_integers", "tomaxint", "multinomial")
)
"""What is drawn as integers."""
_counting = threading.Lock()


def _distribution(name: str, *parameters: str, dtype: Any = None, **defaults: Any) -> Callable[..., Array]:
    """The method for a distribution of NumPy's, with the parameters that it has there, then `size` and `chunks`."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    free = {"size": None, **({"dtype": dtype} if dtype else {}), "chunks": "auto"}
    described = [inspect.Parameter("self", kind), *(inspect.Parameter(p, kind) for p in parameters)]
    described += [inspect.Parameter(p, kind, default=value) for p, value in {**defaults, **free}.items()]
    signature = inspect.Signature(described, return_annotation="Array")

    def draw(self: Source, *args: Any, **kwargs: Any) -> Array:
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        given = dict(bound.arguments)
        size, chunks = given.pop("size"), given.pop("chunks")
        del given["self"]
        return self._draw(name, given, size, chunks)

    draw.__name__, draw.__qualname__ = name, f"Source.{name}"
    draw.__signature__ = signature  # type: ignore[attr-defined]
    draw.__doc__ = (
        f"As `numpy.random.Generator.{name}`, drawn lazily. Parameters may be arrays that broadcast to `size`;"
        " `chunks` as for `normalize_chunks`."
    )
    return draw


class Source:
    """What draws random arrays. Each call takes the next number, so the order of calls matters, and nothing else."""

    kind = "Generator"

    def __init__(self, entropy: Any, key: tuple[int, ...] = (), bits: str = "PCG64") -> None:
        self._entropy = entropy
        self._key = key
        self._bits = bits
        self._calls = 0

    def __dask_tokenize__(self) -> Any:
        return self.kind, self._bits, self._entropy, self._key, self._calls

    def _next(self) -> Stream:
        with _counting:
            call, self._calls = self._calls, self._calls + 1
        return Stream(self.kind, self._bits, self._entropy, (*self._key, call))

    def _draw(
        self,
        method: str,
        given: dict[str, Any],
        size: Any,
        chunks: Any,
        tail: tuple[int, ...] = (),
        whole: tuple[str, ...] = (),
    ) -> Array:
        """The next array. `tail`: the axes that each draw makes; `whole`: parameters that every block gets whole."""
        stream = self._next()
        arrays = {k: asanyarray(v) for k, v in given.items() if k not in whole and _is_array(v)}
        shape = _shape(size, [a.shape for a in arrays.values()])
        dtype = _dtype(stream, method, given, arrays)
        sizes = normalize_chunks(chunks, shape, dtype=dtype)
        cut = {k: rechunk(broadcast_to(known(a.expr), shape), sizes) for k, a in arrays.items()}
        parameters = {k: by_value(v) for k, v in given.items()} | cut
        sizes = (*sizes, *((n,) for n in tail))
        return Array.of(Random(stream, method, parameters, sizes, meta_of(dtype, len(sizes)), len(tail)))

    beta = _distribution("beta", "a", "b")
    binomial = _distribution("binomial", "n", "p")
    chisquare = _distribution("chisquare", "df")
    exponential = _distribution("exponential", scale=1.0)
    f = _distribution("f", "dfnum", "dfden")
    gamma = _distribution("gamma", "shape", scale=1.0)
    geometric = _distribution("geometric", "p")
    gumbel = _distribution("gumbel", loc=0.0, scale=1.0)
    hypergeometric = _distribution("hypergeometric", "ngood", "nbad", "nsample")
    laplace = _distribution("laplace", loc=0.0, scale=1.0)
    logistic = _distribution("logistic", loc=0.0, scale=1.0)
    lognormal = _distribution("lognormal", mean=0.0, sigma=1.0)
    logseries = _distribution("logseries", "p")
    negative_binomial = _distribution("negative_binomial", "n", "p")
    noncentral_chisquare = _distribution("noncentral_chisquare", "df", "nonc")
    noncentral_f = _distribution("noncentral_f", "dfnum", "dfden", "nonc")
    normal = _distribution("normal", loc=0.0, scale=1.0)
    pareto = _distribution("pareto", "a")
    poisson = _distribution("poisson", lam=1.0)
    power = _distribution("power", "a")
    rayleigh = _distribution("rayleigh", scale=1.0)
    standard_cauchy = _distribution("standard_cauchy")
    standard_t = _distribution("standard_t", "df")
    triangular = _distribution("triangular", "left", "mode", "right")
    uniform = _distribution("uniform", low=0.0, high=1.0)
    vonmises = _distribution("vonmises", "mu", "kappa")
    wald = _distribution("wald", "mean", "scale")
    weibull = _distribution("weibull", "a")
    zipf = _distribution("zipf", "a")

    def multinomial(self, n: int, pvals: Any, size: Any = None, chunks: Any = "auto") -> Array:
        """How often each of several outcomes is drawn in `n` draws; outcomes lie along a new last axis.

        Parameters
        ----------
        pvals
            The probability of each outcome: a NumPy array or a list.
        size, chunks
            Of the result, without the last axis.

        Examples
        --------
        >>> default_rng(0).multinomial(10, [0.5, 0.5], size=4).sum(axis=1).compute()
        array([10, 10, 10, 10])
        """
        odds = np.asarray(pvals)
        return self._draw("multinomial", {"n": n, "pvals": odds}, size, chunks, odds.shape[-1:], ("pvals",))

    def choice(
        self,
        a: Any,
        size: Any = None,
        replace: bool = True,
        p: Any = None,
        axis: int = 0,
        shuffle: bool = True,
        chunks: Any = "auto",
    ) -> Array:
        """Elements drawn from an array along one axis, or from a range.

        Parameters
        ----------
        a
            What is drawn from, lazy or not; an integer stands for `arange(a)`.
        replace
            Whether an element may be drawn again. If not, all elements get random keys, of which the smallest win.
        p
            For each element the probability; NumPy's.
        axis
            Only 0.
        shuffle
            Named as in NumPy; what is drawn is always in random order.

        Raises
        ------
        ValueError
            `a` has more than one axis, there are too few elements, or `p` are no probabilities.

        Examples
        --------
        >>> default_rng(0).choice(3, size=5, chunks=2).shape
        (5,)
        """
        if axis != 0:
            raise NotImplementedError("choice draws along the first axis")
        pool = int(a) if isinstance(a, int | np.integer) else asanyarray(a)
        if isinstance(pool, Array) and pool.ndim != 1:
            raise ValueError(f"choice draws from an array of one axis, not {pool.ndim}")
        count = pool if isinstance(pool, int) else pool.size
        odds = None if p is None else _odds(p, count)
        if replace:
            drawn = a if isinstance(a, np.ndarray) else pool
            return self._draw("choice", {"a": drawn, "p": odds}, size, chunks, whole=("a", "p"))
        return self._without_replacement(pool, count, odds, size, chunks)

    def _without_replacement(self, pool: Any, count: int, odds: Any, size: Any, chunks: Any) -> Array:
        shape = _shape(size, [])
        wanted = int(np.prod(shape, dtype=int))
        if wanted > (count if odds is None else np.count_nonzero(odds)):
            raise ValueError(f"cannot draw {wanted} elements of {count} without replacement (or too many have p=0)")
        keys = self.exponential(size=count)
        if odds is not None:
            with np.errstate(divide="ignore"):
                keys = keys * (1 / odds)
        places = keys.argtopk(-wanted).reshape(shape)
        places = places.rechunk(normalize_chunks(chunks, shape, dtype=places.dtype))
        return places if isinstance(pool, int) else pool[places.ravel()].reshape(shape)

    def permutation(self, x: Any) -> Array:
        """The rows of an array, or the numbers before an integer, in random order.

        Examples
        --------
        >>> sorted(default_rng(0).permutation(4).compute().tolist())
        [0, 1, 2, 3]
        """
        if isinstance(x, int | np.integer):
            order = self._next().source().permutation(int(x))
            return asanyarray(order)
        a = asanyarray(x)
        return a[self._next().source().permutation(a.shape[0])]


class Generator(Source):
    """Draws random arrays, as NumPy's `Generator`; made by `default_rng`.

    Examples
    --------
    >>> rng = default_rng(42)
    >>> x = rng.normal(10, 0.1, size=(4, 4), chunks=(2, 2))
    >>> bool((default_rng(42).normal(10, 0.1, size=(4, 4), chunks=(2, 2)) == x).all().compute())
    True
    """

    random = _distribution("random", dtype=np.float64)
    standard_exponential = _distribution("standard_exponential", dtype=np.float64)
    standard_gamma = _distribution("standard_gamma", "shape", dtype=np.float64)
    standard_normal = _distribution("standard_normal", dtype=np.float64)

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

    def spawn(self, n_children: int) -> list[Self]:
        """New generators, independent of this one and of each other."""
        return [type(self)(self._entropy, self._next().key, self._bits) for _ in range(n_children)]


class RandomState(Source):
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

    random_sample = _distribution("random_sample")
    standard_exponential = _distribution("standard_exponential")
    standard_gamma = _distribution("standard_gamma", "shape")
    standard_normal = _distribution("standard_normal")
    tomaxint = _distribution("tomaxint")

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


def _is_array(value: Any) -> bool:
    return isinstance(value, Array | list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _shape(size: Any, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape that is asked for; else that of the parameters together."""
    if size is None:
        return np.broadcast_shapes(*shapes) if shapes else ()
    shape = tuple(map(int, size)) if hasattr(size, "__len__") else (int(size),)
    if any(n < 0 for n in shape):
        raise ValueError(f"size={size!r} cannot hold negative numbers")
    return shape


def _dtype(stream: Stream, method: str, given: dict[str, Any], arrays: dict[str, Array]) -> np.dtype[Any]:
    """What the method gives; its errors for wrong parameters come here, at the call."""
    if method == "choice":
        pool = given["a"]
        return np.dtype(np.int64) if isinstance(pool, int) else pool.dtype
    if arrays:
        return np.dtype(given.get("dtype") or (np.int64 if method in _DISCRETE else np.float64))
    return np.asarray(getattr(stream.source(), method)(**given, size=(1,))).dtype


def _odds(p: Any, count: int) -> Any:
    odds = np.asarray(p, float)
    if odds.shape != (count,):
        raise ValueError(f"p has the shape {odds.shape}, but there are {count} elements")
    if np.any(odds < 0) or not np.isclose(odds.sum(), 1):
        raise ValueError("p must be probabilities: not negative, with the sum 1")
    return odds


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

    Examples
    --------
    >>> rng = default_rng(0)
    >>> rng.random((1000, 1000), chunks=(500, 500)).mean().compute()
    np.float64(0.50...)
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
chisquare = _shared("chisquare")
choice = _shared("choice")
exponential = _shared("exponential")
f = _shared("f")
gamma = _shared("gamma")
geometric = _shared("geometric")
gumbel = _shared("gumbel")
hypergeometric = _shared("hypergeometric")
laplace = _shared("laplace")
logistic = _shared("logistic")
lognormal = _shared("lognormal")
logseries = _shared("logseries")
multinomial = _shared("multinomial")
negative_binomial = _shared("negative_binomial")
noncentral_chisquare = _shared("noncentral_chisquare")
noncentral_f = _shared("noncentral_f")
normal = _shared("normal")
pareto = _shared("pareto")
permutation = _shared("permutation")
poisson = _shared("poisson")
power = _shared("power")
randint = _shared("randint")
random = _shared("random")
random_integers = _shared("random_integers")
random_sample = _shared("random_sample")
rayleigh = _shared("rayleigh")
seed = _shared("seed")
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
