"""Masks: laid on arrays, taken off them, told of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.constants import full
from minidask.array.creation import array as plain_array
from minidask.array.creation import asanyarray
from minidask.array.ma.lifting import asarray, by_elements
from minidask.array.nodes.elementwise import elementwise

filled = by_elements("filled")
fix_invalid = by_elements("fix_invalid")
getdata = by_elements("getdata")
getmaskarray = by_elements("getmaskarray")
masked_equal = by_elements("masked_equal", 2)
masked_greater = by_elements("masked_greater", 2)
masked_greater_equal = by_elements("masked_greater_equal", 2)
masked_inside = by_elements("masked_inside", 3)
masked_invalid = by_elements("masked_invalid")
masked_less = by_elements("masked_less", 2)
masked_less_equal = by_elements("masked_less_equal", 2)
masked_not_equal = by_elements("masked_not_equal", 2)
masked_object = by_elements("masked_object")
masked_outside = by_elements("masked_outside", 3)
masked_values = by_elements("masked_values")
mask_or = by_elements("mask_or", 2)
where = by_elements("where", 3)
getmask = getmaskarray  # what a block without masked elements has is not known before it is made


def masked_array(
    data: Any,
    mask: Any = np.ma.nomask,
    dtype: Any = None,
    copy: bool = False,
    subok: bool = True,
    ndmin: int = 0,
    fill_value: Any = None,
    keep_mask: bool = True,
    hard_mask: bool | None = None,
    shrink: bool = True,
    order: str | None = None,
    *,
    chunks: Any = "auto",
) -> Array:
    """The lazy array with a mask.

    Parameters
    ----------
    data
        Anything that NumPy could make an array of.
    mask
        Which elements are masked: booleans of the shape of `data`, or one for all; default: none.
    dtype, copy, ndmin, order, chunks
        As of `array`.
    fill_value
        What `filled` puts in the place of masked elements.
    keep_mask
        Whether what is masked in `data` stays so.
    hard_mask
        Whether masked elements stay so where values are assigned within a block.
    subok, shrink
        Named as in NumPy; only the defaults.

    Raises
    ------
    ValueError
        The mask has another shape.
    NotImplementedError
        `subok=False` or `shrink=False`.

    Examples
    --------
    >>> masked_array([1, 2, 3], mask=[False, True, False]).sum().compute()
    np.int64(4)
    """
    if not subok or not shrink:
        raise NotImplementedError("masked_array with subok=False or shrink=False is not there; leave them out")
    found = plain_array(data, dtype, chunks, copy=copy or None, order=order or "K", subok=True, ndmin=ndmin)
    options = {"fill_value": fill_value, "keep_mask": keep_mask, "hard_mask": hard_mask}
    if mask is np.ma.nomask:
        return Array.of(elementwise(np.ma.array, found.expr, **options))
    given = asanyarray(mask, bool)
    if given.shape not in (found.shape, (), (1,)):
        raise ValueError(f"the mask has the shape {given.shape}, but the data {found.shape}")
    return Array.of(
        elementwise(_with_mask, found.expr, given.reshape(()).expr if given.size == 1 else given.expr, **options)
    )


def _with_mask(data: Any, mask: Any, **options: Any) -> Any:
    return np.ma.array(data, mask=np.broadcast_to(mask, np.shape(data)), **options)


def masked_where(condition: Any, a: Any, copy: bool = True) -> Array:
    """The array, masked where a condition holds.

    Parameters
    ----------
    condition
        Booleans of the shape of `a`.
    copy
        Makes no difference: what is set in one array never shows in another.

    Raises
    ------
    IndexError
        The shapes differ.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.arange(4, chunks=2)
    >>> masked_where(x > 2, x).sum().compute()
    np.int64(3)
    """
    condition, a = asanyarray(condition), asanyarray(a)
    if condition.ndim and condition.shape != a.shape:
        raise IndexError(f"the condition has the shape {condition.shape}, but the array {a.shape}")
    return Array.of(elementwise(np.ma.masked_where, condition.expr, a.expr))


def masked_all(shape: Any, dtype: Any = float, *, chunks: Any = "auto") -> Array:
    """An array of which all elements are masked.

    Examples
    --------
    >>> masked_all(2).compute().mask
    array([ True,  True])
    """
    return masked_array(full(shape, 0, dtype, chunks=chunks), mask=True)


def masked_all_like(arr: Any) -> Array:
    """The same, of the shape, chunks and dtype of another array."""
    a = asanyarray(arr)
    return masked_all(a.shape, a.dtype, chunks=a.chunks)


def set_fill_value(a: Array, fill_value: Any) -> None:
    """Let an array have another fill value; one that is not masked stays as it is.

    Raises
    ------
    TypeError
        The array is not lazy, or the value does not fit its dtype.

    Examples
    --------
    >>> x = masked_array([1, 2], mask=[True, False])
    >>> set_fill_value(x, 7)
    >>> filled(x).compute()
    array([7, 2])
    """
    if not isinstance(a, Array):
        raise TypeError(f"set_fill_value changes a lazy array, not {type(a).__name__}; see numpy.ma.set_fill_value")
    if isinstance(a.expr.meta, np.ma.MaskedArray):
        a.expr = elementwise(_filling_with, a.expr, fill_value)


def _filling_with(block: Any, fill_value: Any) -> Any:
    found = block.view()
    found.fill_value = fill_value
    return found


def compressed(x: Any) -> Array:
    """The elements that are not masked, in C order. How many there are depends on the data.

    Examples
    --------
    >>> compressed(masked_array([1, 2, 3], mask=[False, True, False])).compute()
    array([1, 3])
    """
    flat = asarray(x).ravel()
    return getdata(flat[~getmaskarray(flat)])


def is_masked(x: Any) -> Array:
    """Whether any element is masked.

    Examples
    --------
    >>> is_masked(masked_array([1, 2], mask=[True, False])).compute()
    np.True_
    """
    return getmaskarray(x).any()


def isMaskedArray(x: Any) -> bool:  # noqa: N802  # NumPy's name
    """Whether the blocks of an array are masked arrays.

    Examples
    --------
    >>> isMaskedArray(masked_array([1, 2]))
    True
    """
    return isinstance(x.expr.meta if isinstance(x, Array) else x, np.ma.MaskedArray)
