"""Tests whether categories are as frequent as expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from minidask.array.creation import asanyarray
from minidask.array.stats.samples import Tested, special

_NAMED = {
    "pearson": 1.0,
    "log-likelihood": 0.0,
    "freeman-tukey": -0.5,
    "mod-log-likelihood": -1.0,
    "neyman": -2.0,
    "cressie-read": 2 / 3,
}
_SPECIAL: dict[float, Callable[[Any, Any], Any]] = {
    1.0: lambda o, e: (o - e) ** 2 / e,
    0.0: lambda o, e: 2 * special("xlogy")(o, o / e),
    -1.0: lambda o, e: 2 * special("xlogy")(e, e / o),
}
"""Terms of which the common form is a limit, or less exact."""


def chisquare(f_obs: Any, f_exp: Any = None, ddof: int = 0, axis: int | None = 0) -> Tested:
    """Pearson's test whether categories are as frequent as expected.

    Parameters
    ----------
    f_obs
        How often each category was seen.
    f_exp
        How often it was expected; default: all equally often. Its sum should be that of `f_obs`, which is not checked.
    ddof
        How many degrees of freedom there are less than categories, besides one.
    axis
        Along which the categories are; None: all elements.

    Returns
    -------
    Tested

    Raises
    ------
    ValueError
        The shapes do not broadcast.
    MissingExtraError
        scipy is not installed.

    Examples
    --------
    >>> statistic, pvalue = chisquare([16, 18, 16, 14, 12, 12])  # doctest: +SKIP
    >>> statistic.compute()  # doctest: +SKIP
    np.float64(2.0)
    """
    return power_divergence(f_obs, f_exp, ddof, axis, "pearson")


def power_divergence(
    f_obs: Any, f_exp: Any = None, ddof: int = 0, axis: int | None = 0, lambda_: float | str | None = None
) -> Tested:
    """Cressie's and Read's test whether categories are as frequent as expected.

    Parameters
    ----------
    f_obs, f_exp, ddof, axis
        As of `chisquare`.
    lambda_
        The power; or "pearson" (1, the default), "log-likelihood" (0), "freeman-tukey" (-1/2), "mod-log-likelihood"
        (-1), "neyman" (-2), "cressie-read" (2/3).

    Returns
    -------
    Tested

    Raises
    ------
    ValueError
        There is no such statistic, or the shapes do not broadcast.
    MissingExtraError
        scipy is not installed.

    Notes
    -----
    N. Cressie and T. R. C. Read: Multinomial goodness-of-fit tests. Journal of the Royal Statistical Society B 46
    (1984).

    Examples
    --------
    >>> power_divergence([16, 18, 16, 14, 12, 12], lambda_="neyman").statistic.compute()  # doctest: +SKIP
    np.float64(2.01...)
    """
    if isinstance(lambda_, str) and lambda_ not in _NAMED:
        raise ValueError(f"lambda_={lambda_!r}; expected a number, or one of {', '.join(_NAMED)}")
    power = 1.0 if lambda_ is None else _NAMED[lambda_] if isinstance(lambda_, str) else float(lambda_)
    observed = asanyarray(f_obs)
    observed = observed.astype(np.result_type(observed.dtype, 1.0))
    if axis is None:
        observed, axis = observed.ravel(), 0
        f_exp = None if f_exp is None else asanyarray(f_exp).ravel()
    axis = normalize_axis_index(axis, observed.ndim)
    expected = observed.mean(axis=axis, keepdims=True) if f_exp is None else asanyarray(f_exp)
    term = _SPECIAL.get(power, lambda o, e: o * ((o / e) ** power - 1) * (2 / (power * (power + 1))))
    terms = term(observed, expected)
    statistic = terms.sum(axis=axis)
    return Tested(statistic, special("chdtrc")(terms.shape[axis] - 1 - ddof, statistic))
