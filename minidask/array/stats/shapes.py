"""How distributions deviate from the normal one: skewness, kurtosis, and tests of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.elementwise import where
from minidask.array.stats.samples import Sample, Tested, two_sided_normal
from minidask.array.ufuncs import exp, log, sign, sqrt


def moment(a: Any, moment: int = 1, axis: int | None = 0, nan_policy: str = "propagate") -> Array:
    """The mean of a power of the deviations from the mean of each sample.

    Parameters
    ----------
    a
        Numbers.
    moment
        The power, not negative.
    axis
        Along which the samples are; None: all elements are one.
    nan_policy
        "propagate", or "omit" to leave NaN out.

    Raises
    ------
    ValueError
        The power is none.

    Examples
    --------
    >>> moment([1, 2, 6], 3).compute()
    np.float64(6.0)
    """
    if not isinstance(moment, int | np.integer) or moment < 0:
        raise ValueError(f"moment={moment!r}; expected a whole number that is not negative")
    sample = Sample(a, axis, nan_policy)
    return sample.moment(int(moment)) if moment > 1 else sample.mean * 0 + (1 - moment)


def skew(a: Any, axis: int | None = 0, bias: bool = True, nan_policy: str = "propagate") -> Array:
    """How much further samples reach to the right than to the left: 0 for symmetric distributions.

    Parameters
    ----------
    a, axis, nan_policy
        As of `moment`.
    bias
        Whether to leave out the correction for small samples.

    Examples
    --------
    >>> skew([1, 2, 6]).compute().round(3)
    np.float64(0.595)
    """
    sample = Sample(a, axis, nan_policy)
    found, n = _standardized(sample, 3), sample.count
    if bias:
        return found
    corrected = sqrt((n - 1.0) * n) / (n - 2.0) * found if sample.size > 2 else found
    return corrected if n is sample.size else where(n > 2, corrected, found)


def kurtosis(
    a: Any, axis: int | None = 0, fisher: bool = True, bias: bool = True, nan_policy: str = "propagate"
) -> Array:
    """How heavy the tails of samples are.

    Parameters
    ----------
    a, axis, nan_policy
        As of `moment`.
    fisher
        Whether the normal distribution has 0; else it has 3.
    bias
        Whether to leave out the correction for small samples.

    Examples
    --------
    >>> kurtosis([1, 2, 2, 6]).compute().round(3)
    np.float64(-0.765)
    """
    sample = Sample(a, axis, nan_policy)
    found: Any = _standardized(sample, 4)
    n = sample.count
    if not bias and sample.size > 3:
        corrected = ((n**2 - 1.0) * found - 3 * (n - 1.0) ** 2) / ((n - 2.0) * (n - 3.0)) + 3
        found = corrected if n is sample.size else where(n > 3, corrected, found)
    return found - 3 if fisher else found


def _standardized(sample: Sample, order: int) -> Array:
    """A moment in units of the standard deviation; NaN for constants."""
    square = sample.moment(2)
    constant = square <= (np.finfo(square.dtype).eps * sample.mean) ** 2
    return where(constant, np.nan, sample.moment(order) / where(constant, 1, square) ** (order / 2))


def skewtest(a: Any, axis: int | None = 0, nan_policy: str = "propagate") -> Tested:
    """D'Agostino's test whether the skewness is that of the normal distribution.

    Parameters
    ----------
    a, axis, nan_policy
        As of `moment`.

    Returns
    -------
    Tested

    Raises
    ------
    ValueError
        The samples have less than 8 elements.
    MissingExtraError
        scipy is not installed.

    Notes
    -----
    R. B. D'Agostino, A. J. Belanger and R. B. D'Agostino Jr.: A suggestion for using powerful and informative tests of
    normality. The American Statistician 44 (1990).

    Examples
    --------
    >>> skewtest(range(9)).statistic.compute()  # doctest: +SKIP
    np.float64(1.01...)
    """
    statistic = _skewness_score(_large_enough("skewtest", a, axis, nan_policy, 8))
    return Tested(statistic, two_sided_normal(statistic))


def kurtosistest(a: Any, axis: int | None = 0, nan_policy: str = "propagate") -> Tested:
    """Anscombe's and Glynn's test whether the kurtosis is that of the normal distribution.

    Parameters
    ----------
    a, axis, nan_policy
        As of `moment`.

    Returns
    -------
    Tested

    Raises
    ------
    ValueError
        The samples have less than 5 elements.
    MissingExtraError
        scipy is not installed.

    Notes
    -----
    F. J. Anscombe and W. J. Glynn: Distribution of the kurtosis statistic b2 for normal samples. Biometrika 70 (1983).

    Examples
    --------
    >>> kurtosistest(range(30)).statistic.compute()  # doctest: +SKIP
    np.float64(-2.2...)
    """
    statistic = _kurtosis_score(_large_enough("kurtosistest", a, axis, nan_policy, 5))
    return Tested(statistic, two_sided_normal(statistic))


def normaltest(a: Any, axis: int | None = 0, nan_policy: str = "propagate") -> Tested:
    """D'Agostino's and Pearson's test whether samples are of a normal distribution: by skewness and kurtosis.

    Parameters
    ----------
    a, axis, nan_policy
        As of `moment`.

    Returns
    -------
    Tested

    Raises
    ------
    ValueError
        The samples have less than 8 elements.

    Examples
    --------
    >>> normaltest(range(30)).statistic.compute().round(2)
    np.float64(5.42)
    """
    sample = _large_enough("normaltest", a, axis, nan_policy, 8)
    statistic = _skewness_score(sample) ** 2 + _kurtosis_score(sample) ** 2
    return Tested(statistic, exp(statistic / -2))


def _large_enough(test: str, a: Any, axis: int | None, nan_policy: str, least: int) -> Sample:
    sample = Sample(a, axis, nan_policy)
    if sample.size < least:
        raise ValueError(f"{test}: samples of {sample.size} elements; expected at least {least}")
    return sample


def _skewness_score(sample: Sample) -> Any:
    """The skewness as a standard normal variable, if the sample is normal."""
    n = sample.count * 1.0
    scaled = _standardized(sample, 3) * sqrt((n + 1) * (n + 3) / (6 * (n - 2)))
    kurtosis = 3 * (n**2 + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2) * (n + 5) * (n + 7) * (n + 9))
    square = sqrt(2 * (kurtosis - 1)) - 1
    ratio = scaled / sqrt(2 / (square - 1))
    return log(ratio + sqrt(ratio**2 + 1)) / sqrt(0.5 * log(square))


def _kurtosis_score(sample: Sample) -> Any:
    """The kurtosis as a standard normal variable, if the sample is normal."""
    n = sample.count * 1.0
    expected = 3 * (n - 1) / (n + 1)
    variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) ** 2 * (n + 3) * (n + 5))
    x = (_standardized(sample, 4) - expected) / sqrt(variance)
    skewness = 6 * (n**2 - 5 * n + 2) / ((n + 7) * (n + 9)) * sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)))
    freedom = 6 + 8 / skewness * (2 / skewness + sqrt(1 + 4 / skewness**2))
    base = 1 + x * sqrt(2 / (freedom - 4))
    root = sign(base) * ((1 - 2 / freedom) / abs(base)) ** (1 / 3)
    return (1 - 2 / (9 * freedom) - root) / sqrt(2 / (9 * freedom))
