"""xarray's chunk manager: xarray opens, computes and writes with minidask, found by the entry point of the package.

Where it is the only chunk manager installed, xarray takes it; else say ``xr.set_options(chunk_manager="minidask")``, or
``chunked_array_type="minidask"``. An array of yours goes into a `DataArray` as it is; where dask is installed, too,
hand over ``held(array)``, for any array with dask's protocol passes for one of dask. What xarray asks dask for by name
needs dask: ``compute=False`` of its writers, and ``parallel=True`` of `open_mfdataset`.

Examples
--------
>>> import numpy as np
>>> import xarray as xr
>>> data = xr.DataArray(np.arange(6.0), dims="t").chunk({"t": 2}, chunked_array_type=Manager())
>>> data.mean().compute().item()
2.5
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, Self

import numpy as np
from xarray.namedarray.parallelcompat import ChunkManagerEntrypoint, list_chunkmanagers

import minidask.array as da
import minidask.config as config
from minidask.array.array import Array
from minidask.array.chunks import Chunks
from minidask.collection import Collection, compute, persist
from minidask.quantities import parse_bytes


class DuckArray(Array):
    """The lazy array that xarray holds: one that speaks NumPy's protocols only.

    Of an array with `__array_namespace__` xarray expects no more than the array API: no indexing by several arrays, and
    functions of its namespace where NumPy has more.
    """

    @property
    def __array_namespace__(self) -> Any:
        raise AttributeError("xarray is given NumPy's protocols only")

    __dask_graph__ = None  # type: ignore[assignment]  # else xarray's manager for dask claims it, where there is one

    def __array_function__(self, func: Any, types: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        return held(super().__array_function__(func, types, args, kwargs))

    def __deepcopy__(self, memo: Any) -> Self:
        return self.copy()


def held(value: Any) -> Any:
    """An array as xarray is to hold it; also in tuples and lists, and anything else as it is.

    Examples
    --------
    >>> type(held(da.ones(3))).__name__
    'DuckArray'
    """
    if isinstance(value, Array) and not isinstance(value, DuckArray):
        return DuckArray.of(value.expr)
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return value._make(map(held, value))
    return type(value)(map(held, value)) if type(value) in (tuple, list) else value


class Namespace:
    """The functions of `minidask.array`, which give arrays as xarray is to hold them."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(da, name)
        if not callable(found) or isinstance(found, type):
            return found

        @wraps(found)
        def function(*args: Any, **kwargs: Any) -> Any:
            return held(found(*args, **kwargs))

        return function


class Manager(ChunkManagerEntrypoint):
    """What xarray asks of minidask. The methods are xarray's, see `ChunkManagerEntrypoint`.

    Parameters of the methods that are not told here are those of the functions of `minidask.array` of the same name.
    """

    array_cls = Array
    available = True

    def __init__(self) -> None:
        """Nothing has to be told."""

    # what arrays are

    def is_chunked_array(self, data: Any) -> bool:
        """Whether it is one of our arrays.

        Raises
        ------
        TypeError
            It is, but dask is installed, whose chunk manager takes it for its own.
        """
        if isinstance(data, Array) and callable(data.__dask_graph__) and "dask" in list_chunkmanagers():
            raise TypeError(
                "xarray takes this array of minidask for one of dask, which is installed, too: hand it over as "
                "`minidask.integrations.xarray.held(array)`"
            )
        return isinstance(data, Array)

    def chunks(self, data: Array) -> Chunks:
        """The sizes of the blocks along each axis; those that depend on data are counted."""
        return data.chunks

    def normalize_chunks(
        self, chunks: Any, shape: Any = None, limit: Any = None, dtype: Any = None, previous_chunks: Any = None
    ) -> Chunks:
        """The sizes of the blocks that are meant; `previous_chunks` may hold one size for each axis."""
        if previous_chunks is not None and shape is not None:
            previous_chunks = da.normalize_chunks(_filled(previous_chunks, shape), shape, dtype=dtype)
        return da.normalize_chunks(_filled(chunks, shape), shape, limit, dtype, previous_chunks)

    def get_auto_chunk_size(self) -> int:
        """Bytes of a block where "auto" leaves us the choice: the option `array.chunk-size`."""
        return int(parse_bytes(config.get("array.chunk-size"), "array.chunk-size"))

    @property
    def array_api(self) -> Namespace:
        """The functions over arrays."""
        return Namespace()

    # in and out

    def from_array(self, data: Any, chunks: Any, **options: Any) -> Array:
        """The lazy array of data of any kind: in memory, or an adapter of xarray's over a file.

        Adapters have a name of their own, unless one is given: they do not tell when their file changes.
        """
        if not isinstance(data, np.ndarray | da.Array):
            options.setdefault("name", False)
        if isinstance(data, Array):
            return self.rechunk(data, chunks)
        return DuckArray.of(da.from_array(data, _filled(chunks, data.shape), **options).expr)

    def rechunk(self, data: Array, chunks: Any, **options: Any) -> Array:
        """The array in other blocks."""
        if not data.size:
            chunks = data.shape
        return DuckArray.of(data.rechunk(chunks, **options).expr)

    def compute(self, *data: Any, **options: Any) -> tuple[Any, ...]:
        """NumPy's arrays, computed together; what is not lazy as it is."""
        return tuple(_array(value, given) for value, given in zip(compute(*data, **options), data))

    def persist(self, *data: Any, **options: Any) -> tuple[Any, ...]:
        """The same arrays, their blocks computed together and kept."""
        return persist(*map(held, data), **options)

    def store(self, sources: Any, targets: Any, **options: Any) -> Any:
        """Write arrays into files that xarray has open.

        `flush=` makes no difference: blocks are written as soon as they are made. Threads write, unless a scheduler is
        given, for the files are open in this process only.
        """
        options.pop("flush", None)
        lock, regions = options.pop("lock", True), options.pop("regions", None)
        return da.store(sources, targets, lock=lock or False, regions=regions, **{"scheduler": "threads"} | options)

    # functions of blocks

    def apply_gufunc(self, func: Callable[..., Any], signature: str, *args: Any, **options: Any) -> Any:
        """A function of some axes."""
        return held(da.apply_gufunc(func, signature, *args, **options))

    def map_blocks(self, func: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """A function of each block."""
        return held(da.map_blocks(func, *args, **options))

    def blockwise(self, func: Callable[..., Any], out_ind: Iterable[Any], *args: Any, **options: Any) -> Any:
        """A function of blocks told in index notation."""
        return held(da.blockwise(func, out_ind, *args, **options))

    def unify_chunks(self, *args: Any, **options: Any) -> tuple[dict[Any, Any], list[Any]]:
        """Arrays cut alike along axes of one symbol."""
        return held(da.unify_chunks(*args, **options))

    def reduction(
        self,
        arr: Array,
        func: Callable[..., Any],
        combine_func: Callable[..., Any] | None = None,
        aggregate_func: Callable[..., Any] | None = None,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
    ) -> Any:
        """An array reduced by functions of blocks; the last one by default as the first."""
        last = aggregate_func or combine_func or func
        return held(da.reduction(arr, func, last, axis, keepdims, dtype, combine=combine_func))

    def scan(
        self,
        func: Callable[..., Any],
        binop: Callable[..., Any],
        ident: float,
        arr: Array,
        axis: int | None = None,
        dtype: Any = None,
        **options: Any,
    ) -> Any:
        """An array accumulated along an axis by functions of blocks."""
        return held(da.cumreduction(func, binop, ident, arr, axis, dtype, **options))

    def shuffle(self, x: Array, indexer: Sequence[Sequence[int]], axis: int, chunks: Any) -> Any:
        """The elements along an axis in groups, of which each is within one block."""
        return held(da.shuffle(x, indexer, axis, "auto" if chunks is None else chunks))


def _filled(chunks: Any, shape: Any) -> Any:
    """Whole axes in arrays of no elements, where nothing can be chosen, and along axes that nothing is said of."""
    if shape is not None and 0 in tuple(shape):
        return tuple(shape)
    return chunks


def _array(value: Any, given: Any) -> Any:
    """A value as an array, also where it has no axes: what is in an array of objects may be anything."""
    if not isinstance(given, Collection) or isinstance(value, np.ndarray) or getattr(given, "ndim", True):
        return value
    found = np.empty((), given.dtype)  # type: ignore[attr-defined]
    found[()] = value
    return found
