"""What NumPy's functions tell of an array without its values."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray


def shape(a: Any) -> tuple[int, ...]:
    """The size of each axis; sizes that depend on data are counted.

    Examples
    --------
    >>> shape([[1, 2, 3]])
    (1, 3)
    """
    return asanyarray(a).shape


def ndim(a: Any) -> int:
    """The number of axes.

    Examples
    --------
    >>> ndim([[1, 2, 3]])
    2
    """
    return asanyarray(a).ndim


def size(a: Any, axis: int | None = None) -> int:
    """The number of elements, or the size of an axis.

    Examples
    --------
    >>> size([[1, 2, 3]], axis=0)
    1
    """
    return asanyarray(a).size if axis is None else asanyarray(a).shape[axis]


def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]:
    """The dtype of what arrays and dtypes give together.

    Examples
    --------
    >>> import minidask.array as da
    >>> result_type(da.ones(2, dtype="f4"), 3.5)
    dtype('float32')
    """
    return np.result_type(*(a.expr.meta if isinstance(a, Array) else a for a in arrays_and_dtypes))


def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex.

    Examples
    --------
    >>> iscomplexobj([1j])
    True
    """
    return bool(asanyarray(x).dtype.kind == "c")


def isrealobj(x: Any) -> bool:
    """Whether the dtype is not complex."""
    return not iscomplexobj(x)
