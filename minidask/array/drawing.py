"""What draws random blocks: the distributions of NumPy, the numbers of calls, and seeds."""

from __future__ import annotations

import builtins
import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.chunks import normalize_chunks
from minidask.array.constants import sizes_of
from minidask.array.creation import asanyarray
from minidask.array.mapping import by_value
from minidask.array.node import meta_of
from minidask.array.nodes.random import Random, Stream
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.repetition import broadcast_to
from minidask.array.nodes.sizes import known
from minidask.array.operators import assign

_DISCRETE = frozenset(
    ("binomial", "geometric", "hypergeometric", "logseries", "negative_binomial", "poisson", "zipf", "integers")
    + ("randint", "random_integers", "tomaxint", "multinomial", "multivariate_hypergeometric")
)
"""What is drawn as integers."""
_CHECKED = 2**16
"""Up to how many values of parameters are tried at the call; more, and lazy ones, are by the tasks."""
_counting = threading.Lock()


def distribution(
    name: str, *parameters: str, also: Mapping[str, Any] = MappingProxyType({}), **defaults: Any
) -> Callable[..., Array]:
    """The method for a distribution of NumPy's.

    It takes the parameters that it has there, then `size`, what it takes `also`, and `chunks`.
    """
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    free = {"size": None, **also, "chunks": "auto"}
    described = [inspect.Parameter("self", kind), *(inspect.Parameter(p, kind) for p in parameters)]
    described += [inspect.Parameter(p, kind, default=value) for p, value in {**defaults, **free}.items()]
    signature = inspect.Signature(described, return_annotation="Array")

    def draw(self: Source, *args: Any, **kwargs: Any) -> Array:
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        given = dict(bound.arguments)
        size, chunks, out = given.pop("size"), given.pop("chunks"), given.pop("out", None)
        del given["self"]
        if size is None and out is not None:
            size = out.shape
        answer: Array = assign(out, self._draw(name, given, size, chunks))
        return answer

    draw.__name__, draw.__qualname__ = name, f"Source.{name}"
    draw.__signature__ = signature  # type: ignore[attr-defined]
    draw.__doc__ = (
        f"As `numpy.random.Generator.{name}`, drawn lazily. Parameters may be arrays that broadcast to `size`;"
        " `chunks` as for `normalize_chunks`."
    )
    return draw


def entropy_of(seed: Any) -> Any:
    """The entropy of a seed, in a form that has an equal name wherever it is equal."""
    found = np.random.SeedSequence(seed if seed is None else np.asarray(seed).tolist()).entropy
    return tuple(found) if isinstance(found, list) else found


class Source:
    """What draws random arrays. Each call takes the next number, so the order of calls matters, and nothing else."""

    kind = "Generator"

    def __init__(self, entropy: Any, key: tuple[int, ...] = (), bits: str = "SFC64") -> None:
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
        shape = shape_of(size, [a.shape for a in arrays.values()])
        dtype = _dtype(stream, method, given, arrays)
        sizes = normalize_chunks(chunks, shape, dtype=dtype)
        cut = {k: rechunk(broadcast_to(known(a.expr), shape), sizes) for k, a in arrays.items()}
        parameters = {k: by_value(v) for k, v in given.items()} | cut
        sizes = (*sizes, *((n,) for n in tail))
        return Array.of(Random(stream, method, parameters, sizes, meta_of(dtype, len(sizes)), len(tail)))

    beta = distribution("beta", "a", "b")
    binomial = distribution("binomial", "n", "p")
    chisquare = distribution("chisquare", "df")
    exponential = distribution("exponential", scale=1.0)
    f = distribution("f", "dfnum", "dfden")
    gamma = distribution("gamma", "shape", scale=1.0)
    geometric = distribution("geometric", "p")
    gumbel = distribution("gumbel", loc=0.0, scale=1.0)
    hypergeometric = distribution("hypergeometric", "ngood", "nbad", "nsample")
    laplace = distribution("laplace", loc=0.0, scale=1.0)
    logistic = distribution("logistic", loc=0.0, scale=1.0)
    lognormal = distribution("lognormal", mean=0.0, sigma=1.0)
    logseries = distribution("logseries", "p")
    negative_binomial = distribution("negative_binomial", "n", "p")
    noncentral_chisquare = distribution("noncentral_chisquare", "df", "nonc")
    noncentral_f = distribution("noncentral_f", "dfnum", "dfden", "nonc")
    normal = distribution("normal", loc=0.0, scale=1.0)
    pareto = distribution("pareto", "a")
    poisson = distribution("poisson", lam=1.0)
    power = distribution("power", "a")
    rayleigh = distribution("rayleigh", scale=1.0)
    standard_cauchy = distribution("standard_cauchy")
    standard_t = distribution("standard_t", "df")
    triangular = distribution("triangular", "left", "mode", "right")
    uniform = distribution("uniform", low=0.0, high=1.0)
    vonmises = distribution("vonmises", "mu", "kappa")
    wald = distribution("wald", "mean", "scale")
    weibull = distribution("weibull", "a")
    zipf = distribution("zipf", "a")

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
        >>> import minidask.array as da
        >>> da.random.default_rng(0).multinomial(10, [0.5, 0.5], size=4).sum(axis=1).compute()
        array([10, 10, 10, 10])
        """
        odds = np.asarray(pvals)
        return self._draw("multinomial", {"n": n, "pvals": odds}, size, chunks, odds.shape[-1:], ("pvals",))

    def dirichlet(self, alpha: Any, size: Any = None, chunks: Any = "auto") -> Array:
        """Probabilities of several outcomes, drawn from Dirichlet's distribution; they lie along a new last axis.

        Parameters
        ----------
        alpha
            The parameter of each outcome: a NumPy array or a list.
        size, chunks
            Of the result, without the last axis.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.random.default_rng(0).dirichlet([1, 2, 3], size=4).shape
        (4, 3)
        """
        alpha = np.asarray(alpha)
        return self._draw("dirichlet", {"alpha": alpha}, size, chunks, alpha.shape[-1:], ("alpha",))

    def _normals(self, mean: Any, cov: Any, size: Any, check_valid: str, chunks: Any, **options: Any) -> Array:
        """Vectors of several normal variables. The covariance is checked once, and not with each block."""
        mean, cov = np.asarray(mean), np.asarray(cov)
        self._next().source().multivariate_normal(mean, cov, 1, check_valid, **options)
        given = {"mean": mean, "cov": cov, "check_valid": "ignore", **options}
        return self._draw("multivariate_normal", given, size, chunks, mean.shape, ("mean", "cov"))

    def bytes(self, length: int) -> builtins.bytes:
        """Random bytes, drawn now.

        Examples
        --------
        >>> import minidask.array as da
        >>> len(da.random.default_rng(0).bytes(5))
        5
        """
        found: builtins.bytes = self._next().source().bytes(length)
        return found


def _is_array(value: Any) -> bool:
    return isinstance(value, Array | list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def shape_of(size: Any, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape that is asked for; else that of the parameters together."""
    if size is None:
        return np.broadcast_shapes(*shapes) if shapes else ()
    return sizes_of(size)


def _dtype(stream: Stream, method: str, given: dict[str, Any], arrays: dict[str, Array]) -> np.dtype[Any]:
    """What the method gives; its errors for wrong parameters come here, at the call."""
    if method == "choice":
        pool = given["a"]
        return np.dtype(np.int64) if isinstance(pool, int) else pool.dtype
    size = np.broadcast_shapes((1,), *(np.shape(v) for k, v in given.items() if k in arrays))
    if any(isinstance(v, Array) for v in given.values()) or prod(size) > _CHECKED:
        return np.dtype(given.get("dtype") or (np.int64 if method in _DISCRETE else np.float64))
    return np.asarray(getattr(stream.source(), method)(**given, size=size)).dtype
