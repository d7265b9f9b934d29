"""Arrays from elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.chunks import normalize_chunks
from minidask.array.interchange import check_device
from minidask.array.node import ArrayNode, Given, as_meta, meta_of
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.files import lock_name, portable
from minidask.array.nodes.joining import stack
from minidask.array.nodes.source import FromArray, FromSource, Memory, NamedLock
from minidask.array.operators import holds_lazy
from minidask.collection import Collection
from minidask.expr.blocks import One, blockwise
from minidask.expr.naming import LARGE, unique_name
from minidask.kernels.arrays import held
from minidask.kernels.kinds import is_of_another_kind
from minidask.signatures import like


def from_array(
    x: Any,
    chunks: Any = "auto",
    name: str | bool | None = None,
    lock: Any = None,
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
        Held while slicing `x`: True for one of its own, False for none, or a lock. Default: none, except for
        libraries that are not safe to use from several threads: one for each file of h5py, one for all of netCDF4
        and PyTables.
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
    if isinstance(x, Array) or hasattr(type(x), "to_dask_array"):
        raise ValueError("x is lazy already; use asarray(x), and rechunk(chunks)")
    if isinstance(x, Collection):
        raise TypeError(
            f"from_array needs something with a shape and a dtype; for a {type(x).__name__} see from_delayed"
        )
    if isinstance(x, (list, tuple, memoryview, np.generic, int, float, complex)) or _is_pandas(x):
        x = np.asarray(x)
    if not (lock is None or isinstance(lock, bool) or hasattr(lock, "__enter__")):
        raise TypeError(f"lock={lock!r}: expected True, False, None, or a lock: an object for a with statement")
    if not hasattr(x, "shape") or not hasattr(x, "dtype"):
        raise TypeError(f"from_array needs something with a shape and a dtype, not {type(x).__name__}")
    previous = normalize_chunks(x.chunks, x.shape) if getattr(x, "chunks", None) is not None else None
    sizes = normalize_chunks(chunks, tuple(x.shape), dtype=x.dtype, previous_chunks=previous)
    source = portable(x)
    if isinstance(x, np.ndarray) and (source is None or source is x):
        keep = asarray is False or (asarray is None and not isinstance(x, np.matrix | np.memmap))
        fields: tuple[Any, ...] = (Memory(np.asanyarray(x) if keep else np.asarray(x)), sizes)
        return Array.of(named(FromArray, name, fields))
    if asarray is None:
        stays = hasattr(x, "__array_function__") or is_of_another_kind(x)
        asarray = not stays or isinstance(x, np.memmap)
    region = tuple(range(n) for n in x.shape)
    guard = _lock(x) if lock is None else NamedLock() if lock is True else lock or None
    return Array.of(named(FromSource, name, (source, region, sizes, asarray, guard)))


_INSTEAD = {
    "fancy": "x is asked for slices only, so leave it out",
    "getitem": "use map_blocks over an array of places, or give x a __getitem__ that does it",
    "meta": "leave it out: the dtype and kind of x decide; asarray=False keeps the kind",
    "inline_array": "leave it out: x is never in the graph block by block",
}


def _lock(x: Any) -> NamedLock | None:
    name = lock_name(x)
    return None if name is None else NamedLock(name)


def _is_pandas(x: Any) -> bool:
    return type(x).__module__.partition(".")[0] == "pandas" and hasattr(x, "to_numpy")


def named(kind: type[ArrayNode], name: str | bool | None, fields: tuple[Any, ...]) -> ArrayNode:
    """The node under a name that is given; None: under that of its fields, False: under one that nothing else has."""
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
    ValueError
        `shape` holds what is no size.

    Examples
    --------
    >>> import numpy as np
    >>> from minidask import delayed
    >>> x = from_delayed(delayed(np.ones)(3), shape=(3,), dtype=float)
    >>> (x + 1).compute()
    array([2., 2., 2.])
    """
    if not isinstance(value, Collection):
        raise TypeError(
            f"from_delayed needs a delayed value, not {type(value).__name__}; "
            "minidask.distributed.from_future makes one of a future"
        )
    if dtype is None and meta is None:
        raise TypeError("from_delayed needs the dtype, or meta, an empty array like the value")
    sizes = tuple((n,) for n in (shape if hasattr(shape, "__iter__") else (shape,)))
    if not all(n is None or n != n or (isinstance(n, int | np.integer) and n >= 0) for (n,) in sizes):
        raise ValueError(f"shape={shape!r}: expected sizes, and None for one that is not known")
    source = value.as_value()
    label = name or f"from_delayed-{source.name}"
    empty = meta_of(dtype, len(sizes)) if meta is None else as_meta(meta, len(sizes))
    expected = tuple(None if n is None or n != n else n for (n,) in sizes)
    args = (source, expected, empty.dtype)
    block = blockwise(_as_block, *args, grid=(1,) * len(sizes), reads={0: One(())}, name=label, label="from_delayed")
    return Array.of(Given(block, sizes, empty))


def _as_block(value: Any, shape: tuple[int | None, ...], dtype: Any) -> Any:
    array = value if hasattr(value, "dtype") and hasattr(value, "ndim") else np.asarray(value)
    if len(array.shape) != len(shape) or any(n not in (None, m) for n, m in zip(shape, array.shape)):
        raise ValueError(f"from_delayed: the value has the shape {tuple(array.shape)}, but shape={shape} was given")
    return held(array, shape, dtype, "from_delayed")


@like(np)
def asarray(
    a: Any,
    dtype: Any = None,
    chunks: Any = "auto",
    *,
    order: str | None = None,
    copy: bool | None = None,
    device: Any = None,
) -> Array:
    """The lazy array of anything that NumPy could make an array of; a lazy one as it is.

    Parameters
    ----------
    a
        A lazy array, frame or scalar of one, anything that `from_array` takes, lists, scalars. Lists that hold lazy
        arrays are stacked.
    dtype
        Of the result; None: that of `a`.
    chunks
        Of the result, unless `a` is lazy.
    order
        In which the elements of a block lie in memory: "C", or "F" for the first axis first; None: as they do.
    copy
        Whether the result never changes together with `a`; None: as `from_array` does it.
    device
        "cpu" or None: there is no other.

    Raises
    ------
    ValueError
        `copy=False`, and the result is not `a` itself; there is no such device.

    Examples
    --------
    >>> asarray([1, 2, 3]).sum().compute()
    np.int64(6)
    """
    return _as_array(a, dtype, chunks, True, order, copy, device)


@like(np)
def asanyarray(
    a: Any,
    dtype: Any = None,
    chunks: Any = "auto",
    *,
    order: str | None = None,
    copy: bool | None = None,
    device: Any = None,
) -> Array:
    """As `asarray`, but arrays of other kinds, such as masked ones, keep their kind.

    Examples
    --------
    >>> import numpy as np
    >>> asanyarray(np.ma.masked_equal([1, 2, 3], 2)).sum().compute()
    np.int64(4)
    """
    return _as_array(a, dtype, chunks, None, order, copy, device)


@like(np)
def array(
    object: Any,  # NumPy's name
    dtype: Any = None,
    chunks: Any = "auto",
    *,
    copy: bool | None = True,
    order: str = "K",
    subok: bool = False,
    ndmin: int = 0,
) -> Array:
    """The lazy array of anything that NumPy could make an array of.

    Parameters
    ----------
    object, dtype, chunks, copy
        As of `asarray`.
    order
        As of `asarray`; "K" and "A" leave it as it is.
    subok
        Whether arrays of other kinds, such as masked ones, keep their kind.
    ndmin
        How many axes there are at least: new ones come first.

    Examples
    --------
    >>> array([1, 2, 3], ndmin=2).shape
    (1, 3)
    """
    found = _as_array(object, dtype, chunks, None if subok else True, None if order in ("K", "A") else order, copy)
    return found[(None,) * (ndmin - found.ndim)] if found.ndim < ndmin else found


def copy(a: Any, order: str = "K", subok: bool = False) -> Array:
    """The same array, which does not change where elements of the other are set. Parameters as of `array`.

    Examples
    --------
    >>> copy([1, 2]).compute()
    array([1, 2])
    """
    return array(a, order=order, subok=subok)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None, chunks: Any = "auto") -> Array:
    """The lazy array of an array of another library, by the protocol DLPack.

    Parameters
    ----------
    x
        Has `__dlpack__` and `__dlpack_device__`; its memory must not be written to as long as the lazy one is in use.
    copy
        Whether the memory is copied, so that it may be.
    chunks, device
        As of `asarray`.

    Examples
    --------
    >>> import numpy as np
    >>> from_dlpack(np.arange(3)).compute()
    array([0, 1, 2])
    """
    values = x if isinstance(x, Array) else np.from_dlpack(x)
    return asarray(values, chunks=chunks, device=device, copy=copy)


def _as_array(
    a: Any,
    dtype: Any,
    chunks: Any,
    asarray: bool | None,
    order: str | None = None,
    copy: bool | None = None,
    device: Any = None,
) -> Array:
    check_device(device)
    if order not in (None, "C", "F", "A", "K"):
        raise ValueError(f'order={order!r}: expected "C", "F", "A", "K" or None')
    if copy and isinstance(a, np.ndarray) and not isinstance(a, np.memmap) and a.nbytes > LARGE:
        a = a.copy()  # smaller ones are copied anyway
    found = _lazy(a, chunks, asarray)
    found = found if dtype is None or found.dtype == np.dtype(dtype) else found.astype(dtype)
    if copy is False and found is not a:
        raise ValueError("copy=False: the result is not the array itself; leave it out")
    if order in ("C", "F"):
        found = Array.of(elementwise(np.asanyarray, found.expr, order=order))
    return found.copy() if copy and found is a else found


def _lazy(a: Any, chunks: Any, asarray: bool | None) -> Array:
    if isinstance(a, list | tuple) and holds_lazy(a):
        a = Array.of(stack([_lazy(item, chunks, asarray).expr for item in a]))
    if hasattr(type(a), "to_dask_array"):
        a = a.to_dask_array()
    if isinstance(a, Array):
        return a
    lazy = hasattr(a, "shape") and hasattr(a, "dtype")
    return from_array(a if lazy or isinstance(a, Collection) else np.asanyarray(a), chunks, asarray=asarray)


def stacked(value: Any) -> Any:
    """A list that has lazy arrays in it as one of them; anything else as it is."""
    return asanyarray(value) if isinstance(value, list | tuple) and holds_lazy(value) else value
