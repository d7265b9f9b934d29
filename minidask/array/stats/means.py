"""Tests whether means are equal."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import numpy as np

from minidask.array.creation import asanyarray
from minidask.array.elementwise import where
from minidask.array.stats.samples import Sample, Tested, special, two_sided_t
from minidask.array.ufuncs import isnan, sqrt


def ttest_ind(a: Any, b: Any, axis: int | None = 0, equal_var: bool = True, nan_policy: str = "propagate") -> Tested:
    """Student's test whether two independent samples have one mean.

    Parameters
    ----------
    a, b
        The samples; the axes other than `axis` broadcast.
    axis
        Along which they are; None: all elements are one sample.
    equal_var
        Whether the variances are taken for equal; else it is Welch's test.
    nan_policy
        "propagate", or "omit" to leave NaN out.

    Returns
    -------
    Tested

    Raises
    ------
    TypeError
        An array does not hold real numbers.
    MissingExtraError
        scipy is not installed.

    Examples
    --------
    >>> statistic, pvalue = ttest_ind([1, 2, 3], [2, 3, 4])  # doctest: +SKIP
    >>> statistic.compute()  # doctest: +SKIP
    np.float64(-1.22...)
    """
    one, two = Sample(a, axis, nan_policy), Sample(b, axis, nan_policy)
    if equal_var:
        freedom = one.count + two.count - 2
        spread = (one.power_sum(2) + two.power_sum(2)) / freedom * (1 / one.count + 1 / two.count)
    else:
        u, v = one.variance / one.count, two.variance / two.count
        spread = u + v
        freedom = spread**2 / (u**2 / (one.count - 1) + v**2 / (two.count - 1))
        freedom = where(isnan(freedom), 1, freedom)
    statistic = (one.mean - two.mean) / sqrt(spread)
    return Tested(statistic, two_sided_t(freedom, statistic))


def ttest_1samp(a: Any, popmean: Any, axis: int | None = 0, nan_policy: str = "propagate") -> Tested:
    """Student's test whether a sample is of something that has a certain mean.

    Parameters
    ----------
    a, axis, nan_policy
        As of `ttest_ind`.
    popmean
        The mean: a scalar, or for each sample one.

    Returns
    -------
    Tested

    Raises
    ------
    TypeError
        The array does not hold real numbers.
    MissingExtraError
        scipy is not installed.

    Examples
    --------
    >>> statistic, pvalue = ttest_1samp([1, 2, 3], 1)  # doctest: +SKIP
    >>> statistic.compute()  # doctest: +SKIP
    np.float64(1.73...)
    """
    sample = Sample(a, axis, nan_policy)
    statistic = (sample.mean - popmean) / sqrt(sample.variance / sample.count)
    return Tested(statistic, two_sided_t(sample.count - 1, statistic))


def ttest_rel(a: Any, b: Any, axis: int | None = 0, nan_policy: str = "propagate") -> Tested:
    """Student's test whether two samples of the same things have one mean. Parameters as of `ttest_ind`.

    Raises
    ------
    ValueError
        The samples have different sizes.

    Examples
    --------
    >>> statistic, pvalue = ttest_rel([1, 2, 3], [2, 3, 5])  # doctest: +SKIP
    >>> statistic.compute()  # doctest: +SKIP
    np.float64(-4.0)
    """
    a, b = asanyarray(a), asanyarray(b)
    if axis is None:
        a, b, axis = a.ravel(), b.ravel(), 0
    if a.shape[axis] != b.shape[axis]:
        raise ValueError(f"ttest_rel: samples of {a.shape[axis]} and {b.shape[axis]} elements; expected as many")
    return ttest_1samp(np.subtract(a, b, dtype=np.result_type(a.dtype, b.dtype, 1.0)), 0, axis, nan_policy)


def f_oneway(*args: Any, axis: int | None = 0) -> Tested:
    """The analysis of variance in one way: whether several samples have one mean.

    Parameters
    ----------
    *args
        The samples, at least two.
    axis
        Along which they are.

    Returns
    -------
    Tested

    Raises
    ------
    TypeError
        There are less than two, or one does not hold real numbers.
    MissingExtraError
        scipy is not installed.

    Examples
    --------
    >>> statistic, pvalue = f_oneway([1, 2, 3], [2, 3, 4])  # doctest: +SKIP
    >>> statistic.compute()  # doctest: +SKIP
    np.float64(1.5)
    """
    if len(args) < 2:
        raise TypeError(f"f_oneway: {len(args)} samples; expected at least two")
    samples = [Sample(a, axis) for a in args]
    total = sum(sample.size for sample in samples)
    grand: Any = reduce(add, [sample.mean * sample.size for sample in samples]) / total
    between: Any = reduce(add, [(sample.mean - grand) ** 2 * sample.size for sample in samples])
    within = reduce(add, [sample.power_sum(2) for sample in samples])
    groups, rest = len(samples) - 1, total - len(samples)
    statistic = (between / groups) / (within / rest)
    return Tested(statistic, special("fdtrc")(groups, rest, statistic))
