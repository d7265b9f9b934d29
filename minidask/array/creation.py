"""Arrays from elsewhere and from nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.chunks import Shape, normalize_chunks
from minidask.array.node import ArrayNode, Given, as_meta, meta_of
from minidask.array.nodes.creation import Diagonal, Filled, Spaced
from minidask.array.nodes.files import portable
from minidask.array.nodes.source import FromArray, FromSource, Memory, NamedLock
from minidask.collection import Collection
from minidask.expr.blocks import One, blockwise
from minidask.expr.naming import unique_name


def from_array(
    x: Any,
    chunks: Any = "auto",
    name: str | bool | None = None,
    lock: Any = False,
    asarray: bool | None = None,
    fancy: bool = True,
    getitem: Any = None,
    meta: Any = None,
    inline_array: bool = False,
) -> Array:
    """The lazy array of something that has a shape, a dtype, and slices.

    Parameters
    ----------
    x
        A NumPy array, `numpy.memmap`, HDF5 dataset, Zarr array, or the like; lists are made arrays. Arrays in memory
        of more than 16 MiB are not copied: they must not be changed as long as the lazy one is in use. Files are
        opened by the tasks themselves.
    chunks
        As for `normalize_chunks`; "auto" keeps to whole chunks of `x`, where it has some.
    name
        Of the array, where equal names mean equal values; False: a name that nothing else has. Default: from the
        values, or from the path and the time of change of a file.
    lock
        Held while slicing `x`: True for one of its own, or a lock.
    asarray
        Whether slices are made NumPy arrays. Default: unless `x` is an array of another kind, with NumPy's protocols.
    fancy, getitem, meta, inline_array
        Named as in dask; only the defaults.

    Raises
    ------
    NotImplementedError
        One of the last four is given.
    ValueError
        `x` is a lazy array already, or `chunks` do not fit.
    TypeError
        `x` has no shape or no dtype.

    Examples
    --------
    >>> import numpy as np
    >>> x = from_array(np.arange(10), chunks=4)
    >>> x.chunks, int(x.sum().compute())
    (((4, 4, 2),), 45)
    """
    given = {"fancy": not fancy, "getitem": getitem, "meta": meta, "inline_array": inline_array}
    for argument, instead in _INSTEAD.items():
        if given[argument] is not None and given[argument] is not False:
            raise NotImplementedError(f"from_array with {argument}= is not there; {instead}")
    if isinstance(x, Array):
        raise ValueError("x is a lazy array already; use asarray(x), or x.rechunk(chunks)")
    if isinstance(x, (list, tuple, memoryview, np.generic, int, float, complex)) or _is_pandas(x):
        x = np.asarray(x)
    if not hasattr(x, "shape") or not hasattr(x, "dtype"):
        raise TypeError(f"from_array needs something with a shape and a dtype, not {type(x).__name__}")
    previous = normalize_chunks(x.chunks, x.shape) if getattr(x, "chunks", None) is not None else None
    sizes = normalize_chunks(chunks, tuple(x.shape), dtype=x.dtype, previous_chunks=previous)
    source = portable(x)
    if isinstance(x, np.ndarray) and (source is None or source is x):
        keep = asarray is False or (asarray is None and not isinstance(x, np.matrix | np.memmap))
        fields: tuple[Any, ...] = (Memory(np.asanyarray(x) if keep else np.asarray(x)), sizes)
        return Array.of(_named(FromArray, name, fields))
    if asarray is None:
        asarray = not hasattr(x, "__array_function__") or isinstance(x, np.memmap)
    region = tuple(range(n) for n in x.shape)
    guard = NamedLock() if lock is True else lock or None
    return Array.of(_named(FromSource, name, (source, region, sizes, asarray, guard)))


_INSTEAD = {
    "fancy": "x is asked for slices only, so leave it out",
    "getitem": "use map_blocks over an array of places, or give x a __getitem__ that does it",
    "meta": "leave it out: the dtype and kind of x decide; asarray=False keeps the kind",
    "inline_array": "leave it out: x is never in the graph block by block",
}


def _is_pandas(x: Any) -> bool:
    return type(x).__module__.partition(".")[0] == "pandas" and hasattr(x, "to_numpy")


def _named(kind: type[ArrayNode], name: str | bool | None, fields: tuple[Any, ...]) -> ArrayNode:
    if name is None or name is True:
        return kind(*fields)
    return kind.named(name or unique_name("array"), *fields)


def from_delayed(value: Collection, shape: Any, dtype: Any = None, meta: Any = None, name: str | None = None) -> Array:
    """The lazy array of a delayed value, in one block.

    Parameters
    ----------
    value
        A delayed value, which computes to an array.
    shape
        Its shape; None for sizes that are not known.
    dtype
        Type of its elements.
    meta
        An empty array like it, where it is not NumPy's; then `dtype` may be left out.
    name
        Of the array, where equal names mean equal values.

    Raises
    ------
    TypeError
        `value` is not lazy, or there is neither `dtype` nor `meta`.

    Examples
    --------
    >>> import numpy as np
    >>> from minidask import delayed
    >>> x = from_delayed(delayed(np.ones)(3), shape=(3,), dtype=float)
    >>> (x + 1).compute()
    array([2., 2., 2.])
    """
    if not isinstance(value, Collection):
        raise TypeError(f"from_delayed needs a delayed value, not {type(value).__name__}")
    if dtype is None and meta is None:
        raise TypeError("from_delayed needs the dtype, or meta, an empty array like the value")
    sizes = tuple((n,) for n in (shape if hasattr(shape, "__iter__") else (shape,)))
    source = value.as_value()
    label = name or f"from_delayed-{source.name}"
    block = blockwise(_as_block, source, grid=(1,) * len(sizes), reads={0: One(())}, name=label, label="from_delayed")
    empty = meta_of(dtype, len(sizes)) if meta is None else as_meta(meta, len(sizes))
    return Array.of(Given(block, sizes, empty))


def _as_block(value: Any) -> Any:
    return value if hasattr(value, "dtype") else np.asarray(value)


def asarray(a: Any, dtype: Any = None, chunks: Any = "auto") -> Array:
    """The lazy array of anything that NumPy could make an array of; a lazy one as it is.

    Parameters
    ----------
    a
        A lazy array, anything that `from_array` takes, lists, scalars.
    dtype
        Of the result; None: that of `a`.
    chunks
        Of the result, unless `a` is lazy.

    Examples
    --------
    >>> asarray([1, 2, 3]).sum().compute()
    np.int64(6)
    """
    return _as_array(a, dtype, chunks, asarray=True)


def asanyarray(a: Any, dtype: Any = None, chunks: Any = "auto") -> Array:
    """As `asarray`, but arrays of other kinds, such as masked ones, keep their kind.

    Examples
    --------
    >>> import numpy as np
    >>> asanyarray(np.ma.masked_equal([1, 2, 3], 2)).sum().compute()
    np.int64(4)
    """
    return _as_array(a, dtype, chunks, asarray=None)


def _as_array(a: Any, dtype: Any, chunks: Any, asarray: bool | None) -> Array:
    if not isinstance(a, Array):
        lazy = hasattr(a, "shape") and hasattr(a, "dtype")
        a = from_array(a if lazy else np.asanyarray(a), chunks, asarray=asarray)
    return a if dtype is None else a.astype(dtype)


def ones(shape: Any, dtype: Any = float, chunks: Any = "auto") -> Array:
    """An array of ones.

    Parameters
    ----------
    shape
        A size, or a tuple of them.
    dtype
        Type of the elements.
    chunks
        As for `normalize_chunks`.

    Examples
    --------
    >>> ones((2, 3), chunks=2).compute()
    array([[1., 1., 1.],
           [1., 1., 1.]])
    """
    return _filled(1, shape, dtype, chunks)


def zeros(shape: Any, dtype: Any = float, chunks: Any = "auto") -> Array:
    """An array of zeros. Parameters as for `ones`.

    Examples
    --------
    >>> zeros(3, int).compute()
    array([0, 0, 0])
    """
    return _filled(0, shape, dtype, chunks)


def empty(shape: Any, dtype: Any = float, chunks: Any = "auto") -> Array:
    """An array whose elements are not set. Parameters as for `ones`.

    Examples
    --------
    >>> empty((2, 3)).compute().shape
    (2, 3)
    """
    return _filled(None, shape, dtype, chunks)


def full(shape: Any, fill_value: Any, dtype: Any = None, chunks: Any = "auto") -> Array:
    """An array of one value.

    Parameters
    ----------
    shape, chunks
        As for `ones`.
    fill_value
        A scalar.
    dtype
        Type of the elements; None: that of the value.

    Raises
    ------
    ValueError
        `fill_value` is not a scalar.

    Examples
    --------
    >>> full((2,), 7).compute()
    array([7, 7])
    """
    if np.ndim(fill_value) != 0:
        raise ValueError(f"fill_value must be a scalar, not {type(fill_value).__name__} of {np.ndim(fill_value)} axes")
    return _filled(fill_value, shape, np.asarray(fill_value).dtype if dtype is None else dtype, chunks)


def ones_like(a: Any, dtype: Any = None, chunks: Any = None, shape: Any = None) -> Array:
    """An array of ones, like another.

    Parameters
    ----------
    a
        The array whose shape, dtype and chunks are taken where they are not given.
    dtype, chunks, shape
        As for `ones`.

    Examples
    --------
    >>> ones_like(zeros((2, 3), int, chunks=2)).chunks
    ((2,), (2, 1))
    """
    return _like(1, a, dtype, chunks, shape)


def zeros_like(a: Any, dtype: Any = None, chunks: Any = None, shape: Any = None) -> Array:
    """An array of zeros, like another. Parameters as for `ones_like`.

    Examples
    --------
    >>> zeros_like(ones(3)).compute()
    array([0., 0., 0.])
    """
    return _like(0, a, dtype, chunks, shape)


def empty_like(a: Any, dtype: Any = None, chunks: Any = None, shape: Any = None) -> Array:
    """An array whose elements are not set, like another. Parameters as for `ones_like`.

    Examples
    --------
    >>> empty_like(ones(3)).shape
    (3,)
    """
    return _like(None, a, dtype, chunks, shape)


def full_like(a: Any, fill_value: Any, dtype: Any = None, chunks: Any = None, shape: Any = None) -> Array:
    """An array of one value, like another. Parameters as for `ones_like` and `full`.

    Examples
    --------
    >>> full_like(ones(2, int), 7.5).compute()
    array([7, 7])
    """
    if np.ndim(fill_value) != 0:
        raise ValueError(f"fill_value must be a scalar, not {type(fill_value).__name__} of {np.ndim(fill_value)} axes")
    return _like(fill_value, a, dtype, chunks, shape)


def _like(value: Any, a: Any, dtype: Any, chunks: Any, shape: Any) -> Array:
    a = asanyarray(a)
    if chunks is None:
        chunks = a.chunks if shape is None else "auto"
    return _filled(value, a.shape if shape is None else shape, a.dtype if dtype is None else dtype, chunks)


def _filled(value: Any, shape: Any, dtype: Any, chunks: Any) -> Array:
    sizes, dtype = _shape(shape), np.dtype(dtype)
    return Array.of(Filled(value, dtype, normalize_chunks(chunks, sizes, dtype=dtype)))


def _shape(shape: Any) -> Shape:
    given = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
    if not all(hasattr(n, "__index__") for n in given):
        raise TypeError(f"shape={shape!r}: expected an integer, or a tuple of integers")
    sizes = tuple(n.__index__() for n in given)
    if any(n < 0 for n in sizes):
        raise ValueError(f"shape={shape!r}: negative dimensions are not allowed")
    return sizes


def arange(start: Any = 0, stop: Any = None, step: Any = 1, *, chunks: Any = "auto", dtype: Any = None) -> Array:
    """Numbers from `start` to before `stop`, `step` apart.

    Parameters
    ----------
    start, stop, step
        As for `numpy.arange`; with one of them only it is `stop`.
    chunks
        As for `normalize_chunks`.
    dtype
        Type of the elements; None: that of the bounds.

    Raises
    ------
    ZeroDivisionError
        `step` is 0.

    Examples
    --------
    >>> arange(2, 10, 3, chunks=2).compute()
    array([2, 5, 8])
    """
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ZeroDivisionError("arange: step must not be 0")
    count = max(0, math.ceil((stop - start) / step))
    if dtype is None:
        dtype = np.result_type(*(np.asarray(bound).dtype for bound in (start, stop, step)))
    dtype = np.dtype(dtype)
    sizes = normalize_chunks(chunks, (count,), dtype=dtype)
    return Array.of(Spaced(start, step, None, dtype, sizes))


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    chunks: Any = "auto",
    dtype: Any = None,
) -> Any:
    """`num` numbers at one distance from each other, from `start` to `stop`.

    Parameters
    ----------
    start, stop
        Scalars.
    num
        How many.
    endpoint
        Whether `stop` is the last one.
    retstep
        Whether to return the distance as well.
    chunks
        As for `normalize_chunks`.
    dtype
        Type of the elements; None: a float.

    Returns
    -------
    Array, or Array and step

    Examples
    --------
    >>> linspace(0, 1, 5, chunks=2).compute()
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    if num < 0:
        raise ValueError(f"num={num}: the number of samples must not be negative")
    gaps = num - 1 if endpoint else num
    kind = np.result_type(start, stop, float(num))
    step = (stop - start) / gaps if gaps > 0 else math.nan
    dtype = np.dtype(kind if dtype is None else dtype)
    sizes = normalize_chunks(chunks, (num,), dtype=dtype)
    last = stop if endpoint and num > 1 else start + max(num - 1, 0) * (step if gaps > 0 else 0)
    numbers = Array.of(Spaced(start, step if gaps > 0 else 0, last, dtype, sizes))
    return (numbers, step) if retstep else numbers


def eye(N: int, chunks: Any = "auto", M: int | None = None, k: int = 0, dtype: Any = float) -> Array:  # noqa: N803
    """Ones on a diagonal, zeros elsewhere.

    Parameters
    ----------
    N, M
        The numbers of rows and columns; as many columns as rows by default.
    chunks
        As for `normalize_chunks`.
    k
        Which diagonal: above (positive) or below the main one.
    dtype
        Type of the elements.

    Examples
    --------
    >>> eye(2, M=3, k=1).compute()
    array([[0., 1., 0.],
           [0., 0., 1.]])
    """
    dtype = np.dtype(dtype)
    shape = _shape((N, N if M is None else M))
    return Array.of(Diagonal(int(k), dtype, normalize_chunks(chunks, shape, dtype=dtype)))
