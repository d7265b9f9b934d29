"""Functions whose results may be complex where the elements are real: NumPy's module `numpy.emath`.

NumPy looks at all elements to choose between real and complex results. Here they are complex always, as nobody has
looked yet; take `.real` where none is beyond the domain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.nodes.elementwise import elementwise
from minidask.array.operators import operand
from minidask.array.protocol import register

__all__ = ["arccos", "arcsin", "arctanh", "log", "log2", "log10", "logn", "power", "sqrt"]


def _complex(array: Array) -> Array:
    """The array with complex elements, as precise as they are."""
    return array.astype(np.result_type(array.dtype, np.complex64))


def _function(name: str) -> Callable[..., Array]:
    ufunc: np.ufunc = getattr(np, name)

    def lazy(x: Any) -> Array:
        return Array.of(elementwise(ufunc, _complex(asanyarray(x)).expr))

    lazy.__name__ = lazy.__qualname__ = name
    lazy.__doc__ = f"`numpy.emath.{name}`, element by element; complex always."
    return lazy


arccos = _function("arccos")
arcsin = _function("arcsin")
arctanh = _function("arctanh")
log = _function("log")
log2 = _function("log2")
log10 = _function("log10")
sqrt = _function("sqrt")


def logn(n: Any, x: Any) -> Array:
    """The logarithms to the base `n`; complex always.

    Parameters
    ----------
    n, x
        Arrays, lazy or not, or scalars, that broadcast against each other.

    Examples
    --------
    >>> logn(2, [4, 8]).compute()
    array([2.+0.j, 3.+0.j])
    """
    return log(x) / log(n)


def power(x: Any, p: Any) -> Array:
    """The powers of elements; complex always.

    Parameters
    ----------
    x, p
        Arrays, lazy or not, or scalars, that broadcast against each other.

    Examples
    --------
    >>> power([-1, 4], 0.5).compute().round(8)
    array([0.+1.j, 2.+0.j])
    """
    return Array.of(elementwise(np.power, _complex(asanyarray(x)).expr, operand(p)))


register({name: globals()[name] for name in __all__}, np.emath)
