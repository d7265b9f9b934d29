"""What NumPy's functions tell of an array without its values."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.node import as_meta


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


def meta_from_array(x: Any = None, ndim: int | None = None, dtype: Any = None) -> Any:
    """An empty array of the kind of another: what `meta=` takes.

    Parameters
    ----------
    x
        An array, lazy or not, a scalar or a list; None: NumPy's kind.
    ndim
        Its number of axes; None: that of `x`.
    dtype
        Its dtype; None: that of `x`.

    Examples
    --------
    >>> meta_from_array(np.ones((2, 3)), ndim=1, dtype="f4")
    array([], dtype=float32)
    """
    given = x.expr.meta if isinstance(x, Array) else np.empty(0) if x is None else x
    value = given if hasattr(given, "ndim") else np.asarray(given)
    meta = as_meta(value, value.ndim if ndim is None else ndim)
    return meta if dtype is None else meta.astype(dtype)


def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]:
    """The dtype of what arrays and dtypes give together.

    Examples
    --------
    >>> import minidask.array as da
    >>> result_type(da.ones(2, dtype="f4"), 3.5)
    dtype('float32')
    """
    return np.result_type(*(a.expr.meta if isinstance(a, Array) else a for a in arrays_and_dtypes))


def common_type(*arrays: Any) -> Any:
    """The type of floats, complex ones or not, that holds what arrays of numbers hold.

    Raises
    ------
    TypeError
        One holds something else than numbers.

    Examples
    --------
    >>> common_type(np.ones(2, "f4"), np.ones(2, "i2")).__name__
    'float64'
    """
    return np.common_type(*(asanyarray(a).expr.meta for a in arrays))


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> bool:
    """Whether an array or dtype may be cast to a dtype.

    Parameters
    ----------
    casting
        "no", "equiv", "safe", "same_kind" or "unsafe".

    Examples
    --------
    >>> can_cast("i4", "f8"), can_cast("f8", "i4")
    (True, False)
    """
    return np.can_cast(_dtype_of(from_), to, casting)


def _dtype_of(value: Any) -> Any:
    """The dtype of an array; anything else as it is."""
    return value.dtype if isinstance(value, Array | np.ndarray) else value


def finfo(type: Any, /) -> np.finfo[Any]:  # the standard's name
    """The limits of floats of a dtype, or of that of an array.

    Examples
    --------
    >>> finfo("f4").bits
    32
    """
    return np.finfo(_dtype_of(type))


def iinfo(type: Any, /) -> np.iinfo[Any]:  # the standard's name
    """The limits of integers of a dtype, or of that of an array.

    Examples
    --------
    >>> iinfo("u1").max
    255
    """
    return np.iinfo(_dtype_of(type))


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
