"""Arrays as sets of elements."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from minidask.array.array import Array
from minidask.array.creation import asanyarray, stacked
from minidask.array.joining import concatenate
from minidask.array.mapping import by_value
from minidask.array.node import ArrayNode, meta_of
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.merged import Add, Merged
from minidask.array.nodes.records import records, slices
from minidask.array.nodes.sizes import known
from minidask.array.nodes.sorting import sort
from minidask.array.nodes.unique_ranges import ranges_for
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
    sorted: bool = True,
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
        Along which the slices lie that are compared; None: elements are.
    equal_nan
        Whether NaN is one element; slices with NaN differ, as NumPy's do.
    sorted
        Whether they must be sorted; they always are.

    Returns
    -------
    Array, or a tuple of what was asked for

    Raises
    ------
    numpy.exceptions.AxisError
        There is no such axis.
    TypeError
        Slices of Python objects are to be compared.

    Examples
    --------
    >>> values, counts = unique([3, 1, 3], return_counts=True)
    >>> values.compute(), counts.compute()
    (array([1, 3]), array([1, 2]))
    """
    a = asanyarray(ar)
    along = 0 if axis is None else normalize_axis_index(axis, a.ndim)
    sliced = axis is not None and a.ndim > 1
    if sliced and a.dtype.hasobject:
        raise TypeError("unique: slices of Python objects cannot be compared; without axis= the elements are")
    compared = a.of(records(a.expr, along)) if sliced else a
    values, first, counts = unique_nodes(compared.expr, equal_nan, in_order=return_index)
    found = [a.of(slices(values, known(a.expr), along) if sliced else values)]
    if return_index:
        found.append(a.of(first))
    if return_inverse:
        missing = _with_nan(a, along) if sliced else None
        found.append(_inverse(compared, values, equal_nan) if missing is None else _apart(compared, values, missing))
    if return_counts:
        found.append(a.of(counts))
    return found[0] if len(found) == 1 else tuple(found)


def _inverse(a: Array, values: ArrayNode, equal_nan: bool) -> Array:
    places = a.of(inverse(a.expr, values))
    if equal_nan or a.dtype.kind not in "fcmM":
        return places
    missing = a != a
    later = (missing.ravel().cumsum() - 1).reshape(a.shape)  # each NaN is one of its own
    return Array.of(elementwise(np.where, missing.expr, (places + later).expr, places.expr))


def _with_nan(a: Array, axis: int) -> Array | None:
    """Which slices hold a NaN, and so are like no other; None where none can."""
    others = tuple(k for k in range(a.ndim) if k != axis)
    return (a != a).any(axis=others) if a.dtype.kind in "fcmM" else None


def _apart(a: Array, values: ArrayNode, missing: Array) -> Array:
    """The places of slices, of which those with NaN have places of their own."""
    places = a.of(inverse(a.expr, values)).rechunk(-1)
    return Array.of(elementwise(_each_its_own, places.expr, missing.rechunk(-1).expr))


def _each_its_own(places: Any, missing: Any) -> Any:
    """Places, of which equal ones that are missing count up."""
    order = np.flatnonzero(missing)[np.argsort(places[missing], kind="stable")]
    ordered = places[order]
    found = places.copy()
    found[order] += np.arange(len(order)) - np.searchsorted(ordered, ordered)
    return found


class UniqueAll(NamedTuple):
    """What `unique_all` gives."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCounts(NamedTuple):
    """What `unique_counts` gives."""

    values: Array
    counts: Array


class UniqueInverse(NamedTuple):
    """What `unique_inverse` gives."""

    values: Array
    inverse_indices: Array


def unique_all(x: Any) -> UniqueAll:
    """The different elements, where each is first, for each element its place among them, and how often each is there.

    Every NaN is an element of its own.

    Examples
    --------
    >>> unique_all([3, 1, 3]).indices.compute()
    array([1, 0])
    """
    return UniqueAll(*unique(x, True, True, True, equal_nan=False))


def unique_counts(x: Any) -> UniqueCounts:
    """The different elements, and how often each is there; every NaN is one of its own.

    Examples
    --------
    >>> unique_counts([3, 1, 3]).counts.compute()
    array([1, 2])
    """
    return UniqueCounts(*unique(x, return_counts=True, equal_nan=False))


def unique_inverse(x: Any) -> UniqueInverse:
    """The different elements, and for each element its place among them; every NaN is one of its own.

    Examples
    --------
    >>> unique_inverse([3, 1, 3]).inverse_indices.compute()
    array([1, 0, 1])
    """
    return UniqueInverse(*unique(x, return_inverse=True, equal_nan=False))


def unique_values(x: Any) -> Array:
    """The different elements, sorted; every NaN is one of its own.

    Examples
    --------
    >>> unique_values([3, 1, 3]).compute()
    array([1, 3])
    """
    found: Array = unique(x, equal_nan=False)
    return found


def union1d(ar1: Any, ar2: Any) -> Array:
    """The different elements of two arrays, sorted.

    Examples
    --------
    >>> union1d([3, 1], [2, 3]).compute()
    array([1, 2, 3])
    """
    return unique(concatenate([ar1, ar2], axis=None))


def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """The different elements that two arrays have in common, sorted.

    Parameters
    ----------
    assume_unique
        Whether no element is twice in an array.
    return_indices
        Whether also where each is first in the one array, and in the other, in C order.

    Returns
    -------
    Array, or three of them

    Examples
    --------
    >>> intersect1d([3, 1, 2], [2, 3, 3]).compute()
    array([2, 3])
    """
    one, other = asanyarray(ar1).ravel(), asanyarray(ar2).ravel()
    ours, first = _places_of_unique(one, assume_unique)
    theirs, second = _places_of_unique(other, assume_unique)
    common = _among(ours, theirs)
    values = ours[common].astype(np.result_type(one.dtype, other.dtype))
    return (values, first[common], second[_among(theirs, ours)]) if return_indices else values


def _places_of_unique(a: Array, assume_unique: bool) -> tuple[Array, Array]:
    if not assume_unique:
        values, first = unique(a, return_index=True)
        return values, first
    return a.of(sort(a.expr, 0)), a.argsort()


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    """The different elements of an array that another one does not have, sorted.

    Parameters
    ----------
    assume_unique
        Whether no element is twice in an array; then those of the first one stay in their order.

    Examples
    --------
    >>> setdiff1d([3, 1, 2, 1], [2]).compute()
    array([1, 3])
    """
    ours = asanyarray(ar1).ravel() if assume_unique else unique(ar1)
    return ours[isin(ours, ar2, invert=True)]


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    """The different elements that only one of two arrays has, sorted.

    Parameters
    ----------
    assume_unique
        Whether no element is twice in an array.

    Examples
    --------
    >>> setxor1d([3, 1, 2], [2, 4]).compute()
    array([1, 3, 4])
    """
    both = [ar1, ar2] if assume_unique else [unique(ar1), unique(ar2)]
    values, counts = unique(concatenate(both, axis=None), return_counts=True, equal_nan=False)
    return values[counts == 1]


def isin(
    element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *, kind: str | None = None
) -> Array:
    """Which elements are among those of another array.

    Parameters
    ----------
    test_elements
        Lazy or not; every block is given all of them, or, where lazy ones are larger than a block, meets each of
        their blocks.
    assume_unique
        Whether no element is there twice, in neither array.
    invert
        Whether to tell which are not.
    kind
        How NumPy looks for them in a block: "sort", "table", or None, whichever is faster.

    Raises
    ------
    ValueError
        Another `kind`.

    Examples
    --------
    >>> isin([1, 2, 3], [2, 5]).compute()
    array([False,  True, False])
    """
    if kind not in (None, "sort", "table"):
        raise ValueError(f'kind={kind!r}: expected "sort", "table" or None')
    a, options = asanyarray(element), {"assume_unique": assume_unique, "invert": invert, "kind": kind}
    test_elements = stacked(test_elements)
    if isinstance(test_elements, Array) and ranges_for(test_elements.expr) > 1:
        return _among(a, test_elements.ravel().rechunk("auto"), **options)
    given = by_value(test_elements if isinstance(test_elements, Array) else np.asarray(test_elements))
    args, index = (a.expr, given), tuple(range(a.ndim))
    indices = (index, () if isinstance(test_elements, Array) else None)
    return a.of(call_blocks(_isin, args, indices, index, a.expr.chunks, dtype=bool, kwargs=options, label="isin"))


def _isin(block: Any, elements: Any, **options: Any) -> Any:
    return np.isin(block, elements, **options)


def _among(a: Array, others: Array, *, invert: Any = False, **options: Any) -> Array:
    """Which elements are among others along one axis: each of their blocks is looked at by itself."""
    index: tuple[Any, ...] = tuple(range(a.ndim))
    func = partial(_isin, invert=invert, **options)
    combine = Add(np.logical_and if invert else np.logical_or)
    fields = (func, (a.expr, others.expr), (index, ("other",)), index, a.expr.chunks, meta_of(bool, a.ndim), "isin")
    return a.of(Merged(*fields, combine))
