"""Which arrays may be blocks: NumPy's, those of scipy.sparse and `sparse`, and what a person registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minidask.kernels.kinds as kinds


def register_chunk_type(type: type, concatenate: Callable[[Sequence[Any], int], Any] | None = None) -> None:
    """Let arrays of a type be blocks, and operands of lazy arrays.

    They need `shape`, `dtype`, `ndim` and slices, and NumPy's protocols for what is to be done with them.

    Parameters
    ----------
    type
        The class; its subclasses too.
    concatenate
        `concatenate(blocks, axis)` joins a list of them. Default: `numpy.concatenate`, which asks them.

    Raises
    ------
    TypeError
        `type` is no class, or it has no `shape`.

    Examples
    --------
    >>> import numpy as np
    >>> import minidask.array as da
    >>> class Celsius(np.lib.mixins.NDArrayOperatorsMixin):
    ...     def __init__(self, degrees):
    ...         self.degrees = np.asarray(degrees)
    ...         self.dtype, self.ndim = self.degrees.dtype, self.degrees.ndim
    ...     shape = property(lambda self: self.degrees.shape)
    ...     def __getitem__(self, key):
    ...         return Celsius(self.degrees[key])
    ...     def reshape(self, *shape):
    ...         return Celsius(self.degrees.reshape(*shape))
    ...     def __array_ufunc__(self, ufunc, method, *args, **kwargs):
    ...         plain = [a.degrees if isinstance(a, Celsius) else a for a in args]
    ...         return Celsius(getattr(ufunc, method)(*plain, **kwargs))
    >>> def join(blocks, axis):
    ...     return Celsius(np.concatenate([block.degrees for block in blocks], axis))
    >>> register_chunk_type(Celsius, join)
    >>> x = da.from_array(Celsius([1.0, 2.0, 3.0]), chunks=2)
    >>> (x + 0.5).compute().degrees
    array([1.5, 2.5, 3.5])
    """
    if not isinstance(type, _type) or not hasattr(type, "shape"):
        raise TypeError(f"register_chunk_type: {type!r} is no class of arrays: it has no attribute shape")
    kinds.register(type, concatenate)


_type = type


def is_valid_chunk_type(type: type) -> bool:
    """Whether arrays of a class may be blocks.

    Examples
    --------
    >>> import numpy as np
    >>> is_valid_chunk_type(np.ma.MaskedArray), is_valid_chunk_type(list)
    (True, False)
    """
    return isinstance(type, _type) and kinds.is_registered(type)


def is_valid_array_chunk(array: Any) -> bool:
    """Whether an object may be a block: an array of such a class, or a scalar of NumPy's.

    Examples
    --------
    >>> import numpy as np
    >>> is_valid_array_chunk(np.ones(2)), is_valid_array_chunk([1])
    (True, False)
    """
    return is_valid_chunk_type(_type(array)) or isinstance(array, np.generic)
