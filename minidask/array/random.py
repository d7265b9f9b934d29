"""Random arrays: the same bits whatever the scheduler, the workers and the order of the blocks.

A block is drawn by a generator of its own, made from the seed, the number of the call, and the block's place.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from numpy.random import MT19937, PCG64, PCG64DXSM, SFC64, BitGenerator, Philox, SeedSequence

from minidask.array.generator import Generator, default_rng
from minidask.array.random_state import RandomState

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
