"""What tests know of their samples, and what they give."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.elementwise import where
from minidask.array.ufuncs import isnan
from minidask.extras import import_extra


class Tested(NamedTuple):
    """What a test gives.

    Parameters
    ----------
    statistic
        The statistic of the test.
    pvalue
        How probable one at least as far out is, if the hypothesis holds.
    """

    statistic: Any
    pvalue: Any


class Sample:
    """Numbers along an axis, and their central moments. NaN makes them NaN, unless it is left out.

    Parameters
    ----------
    a
        An array.
    axis
        Along which the numbers of each sample are; None: all elements are one sample.
    nan_policy
        "propagate", or "omit" to leave NaN out.

    Raises
    ------
    TypeError
        The array does not hold real numbers.
    ValueError, NotImplementedError
        There is no such policy; "raise", which needs the data.
    """

    def __init__(self, a: Any, axis: Any, nan_policy: str = "propagate") -> None:
        a = asanyarray(a)
        if a.dtype.kind not in "biuf":
            raise TypeError(f"a sample of {a.dtype}; expected real numbers")
        self.axis = 0 if axis is None else normalize_axis_index(axis, a.ndim)
        a = a.ravel() if axis is None else a
        self.values = a.astype(np.float64) if a.dtype.kind in "biu" else a
        self.size = self.values.shape[self.axis]
        self.count: Any = self.size
        self._valid: Any = None
        if nan_policy == "omit":
            self._valid = ~isnan(self.values)
            self.count = self._valid.sum(axis=self.axis)
        elif nan_policy == "raise":
            raise NotImplementedError('nan_policy="raise" needs the data; ask isnan(a).any().compute() before')
        elif nan_policy != "propagate":
            raise ValueError(f'nan_policy={nan_policy!r}; expected "propagate" or "omit"')
        self._mean = self._sum(self._kept(self.values), keepdims=True) / self._wide(self.count)
        self._deviations = self._kept(self.values - self._mean)

    def _kept(self, values: Array) -> Array:
        return values if self._valid is None else where(self._valid, values, 0)

    def _sum(self, values: Array, keepdims: bool = False) -> Array:
        total: Array = values.sum(axis=self.axis, keepdims=keepdims)
        return total

    def _wide(self, value: Any) -> Any:
        """A value for each sample, with the axis that the samples have."""
        return value[(*(slice(None),) * self.axis, None)] if isinstance(value, Array) else value

    @property
    def mean(self) -> Array:
        """The mean of each sample."""
        mean: Array = self._mean.squeeze(self.axis)
        return mean

    def power_sum(self, order: int) -> Array:
        """The sum of a power of the deviations from the mean."""
        return self._sum(self._deviations**order)

    def moment(self, order: int) -> Array:
        """Its mean."""
        return self.power_sum(order) / self.count

    @property
    def variance(self) -> Array:
        """The variance of what each sample is drawn from."""
        return self.power_sum(2) / (self.count - 1)


def special(name: str) -> Any:
    """A function of scipy's."""
    return getattr(import_extra("scipy.special", "stats", "find p-values"), name)


def two_sided_normal(statistic: Any) -> Any:
    """How probable a standard normal variable is at least as far from 0."""
    return special("erfc")(abs(statistic) / np.sqrt(2))


def two_sided_t(freedom: Any, statistic: Any) -> Any:
    """How probable a variable of Student's distribution is at least as far from 0."""
    return special("stdtr")(freedom, -abs(statistic)) * 2
