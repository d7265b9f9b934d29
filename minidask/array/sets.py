"""Arrays as sets of elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.joining import concatenate
from minidask.array.mapping import by_value
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.uniques import inverse
from minidask.array.nodes.uniques import unique as unique_nodes


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
) -> Any:
    """The different elements, sorted. How many there are depends on the data.

    Parameters
    ----------
    return_index
        Whether also where each is first, in C order.
    return_inverse
        Whether also for each element of the array its place among the different ones.
    return_counts
        Whether also how often each is there.
    axis
        Only None: elements, not rows.
    equal_nan
        Whether NaN is one element.

    Returns
    -------
    Array, or a tuple of what was asked for

    Raises
    ------
    NotImplementedError
        An axis is given, or the inverse of different NaNs is asked for.

    Examples
    --------
    >>> values, counts = unique([3, 1, 3], return_counts=True)
    >>> values.compute(), counts.compute()
    (array([1, 3]), array([1, 2]))
    """
    a = asanyarray(ar)
    if axis is not None and not (a.ndim == 1 and axis in (0, -1)):
        raise NotImplementedError("unique rows: only axis=None; use a frame's drop_duplicates, or compute()")
    if return_inverse and not equal_nan:
        raise NotImplementedError("return_inverse=True needs equal_nan=True")
    values, first, counts = unique_nodes(a.expr, equal_nan, in_order=return_index)
    found = [values]
    if return_index:
        found.append(first)
    if return_inverse:
        found.append(inverse(a.expr, values))
    if return_counts:
        found.append(counts)
    arrays = tuple(map(a.of, found))
    return arrays[0] if len(arrays) == 1 else arrays


def union1d(ar1: Any, ar2: Any) -> Array:
    """The different elements of two arrays, sorted.

    Examples
    --------
    >>> union1d([3, 1], [2, 3]).compute()
    array([1, 2, 3])
    """
    return unique(concatenate([ar1, ar2], axis=None))


def isin(element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False) -> Array:
    """Which elements are among those of another array.

    Parameters
    ----------
    test_elements
        Lazy or not; every block is given all of them.
    assume_unique
        Whether no element is there twice, in neither array.
    invert
        Whether to tell which are not.

    Examples
    --------
    >>> isin([1, 2, 3], [2, 5]).compute()
    array([False,  True, False])
    """
    a = asanyarray(element)
    options = {"assume_unique": assume_unique, "invert": invert}
    given = by_value(test_elements if isinstance(test_elements, Array) else np.asarray(test_elements))
    args, index = (a.expr, given), tuple(range(a.ndim))
    indices = (index, () if isinstance(test_elements, Array) else None)
    return a.of(call_blocks(_isin, args, indices, index, a.expr.chunks, dtype=bool, kwargs=options, label="isin"))


def _isin(block: Any, elements: Any, assume_unique: bool, invert: bool) -> Any:
    return np.isin(block, elements, assume_unique=assume_unique, invert=invert)
