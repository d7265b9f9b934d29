"""Arrays in Zarr stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minidask.array.array import Array
from minidask.array.creation import asanyarray, from_array
from minidask.array.io.aside import Described, Replaced, is_there, store_path
from minidask.array.io.store import run, store, store_node, written_first
from minidask.extras import import_extra


def from_zarr(
    url: Any,
    component: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    chunks: Any = None,
    name: str | None = None,
    inline_array: bool = False,
    **options: Any,
) -> Array:
    """The lazy array of a Zarr array.

    Parameters
    ----------
    url
        Path or URL of a store, a Zarr store object, or a Zarr array.
    component
        Path of the array within the store.
    storage_options
        For the file system of a URL.
    chunks
        As for `normalize_chunks`. Default: those of the Zarr array.
    name
        Of the array, where equal names mean equal values.
    inline_array
        Named as in dask; the Zarr array is never in the graph block by block.
    **options
        For `zarr.open_array`, such as `zarr_format`.

    Raises
    ------
    FileNotFoundError
        There is no Zarr array, or it was not written to its end.
    MissingExtraError
        Zarr is not installed.

    Examples
    --------
    >>> import minidask.array as da
    >>> da.to_zarr(da.arange(6, chunks=4), "numbers.zarr")
    >>> da.from_zarr("numbers.zarr").chunks
    ((4, 2),)
    """
    zarr = _zarr("read")
    how = {"storage_options": dict(storage_options)} if storage_options else {}
    source = url if isinstance(url, zarr.Array) else _opened(zarr, url, component, "r", how | options)
    return from_array(source, source.chunks if chunks is None else chunks, name=name)


def to_zarr(
    arr: Any,
    url: Any,
    component: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    region: Any = None,
    compute: bool = True,
    return_stored: bool = False,
    mode: str = "a",
    **options: Any,
) -> Any:
    """Write an array into a Zarr store.

    The description that makes it a Zarr array is written last: what fails half-way leaves nothing that looks whole.
    What replaces an array, or a region of one, is written aside and moved to its place when it is whole: until then,
    and where it fails, the old one is there.

    Parameters
    ----------
    arr
        An array, lazy or not. Its blocks become the chunks, unless `chunks` are given: they must have one size along
        each axis, but for the last.
    url
        Path or URL of a store, a Zarr store object, or a Zarr array to write into.
    component
        Path of the array within the store.
    storage_options
        For the file system of a URL.
    overwrite
        Whether an array that is there may be replaced.
    region
        A tuple of slices: where in a Zarr array that is there it goes.
    compute
        False gives a delayed value instead, that writes when computed.
    return_stored
        Whether to return the lazy array of what is stored; with compute=False all is written as soon as any of it is
        computed.
    mode
        "a"; "w", the same as overwrite=True; "w-", never replace; "r+", write into an array that is there.
    **options
        For the scheduler where the array is there; else for `zarr.create_array`, such as `chunks`, `shards`,
        `compressors`, `filters`, `zarr_format`, `attributes`.

    Raises
    ------
    ValueError
        The blocks are of several sizes: rechunk first. Or the mode is none of these.
    FileNotFoundError
        There is no array to write a region into.
    MissingExtraError
        Zarr is not installed.

    Examples
    --------
    >>> import minidask.array as da
    >>> da.to_zarr(da.ones((4, 4), chunks=2), "ones.zarr")
    >>> da.to_zarr(da.zeros((2, 4)), "ones.zarr", region=(slice(2, 4), slice(None)))
    >>> da.from_zarr("ones.zarr").sum().compute()
    np.float64(8.0)
    """
    zarr = _zarr("write")
    array = asanyarray(arr)
    if mode not in ("a", "w", "w-", "r+"):
        raise ValueError(f'mode={mode!r}: expected "a", "w", "w-" or "r+"')
    if options.get("zarr_format") not in (None, 2, 3):
        raise ValueError(f"zarr_format={options['zarr_format']!r}: expected 2 or 3")
    how = {"storage_options": dict(storage_options)} if storage_options else {}
    if not isinstance(url, zarr.Array) and (region is not None or mode == "r+"):
        url = _opened(zarr, url, component, "r+", how)
    if isinstance(url, zarr.Array):
        safe = region is None and not _shares_chunks(array, url)
        return _given(store(array, url, not safe, region, compute, return_stored, **options), return_stored)
    chunks = options.pop("chunks", None)
    if chunks is None and any(len(set(sizes[:-1])) > 1 or sizes[-1] > sizes[0] for sizes in array.chunks):
        raise ValueError(f"Zarr needs blocks of one size along each axis, not {array.chunks}; rechunk first")
    place = store_path(url, component, storage_options)
    if not place.store.supports_deletes:
        raise ValueError(f"a {type(place.store).__name__} cannot hold an array that is not whole yet; write elsewhere")
    replaces = (overwrite or mode == "w") and is_there(place)
    try:
        made = zarr.create_array(
            zarr.storage.MemoryStore() if replaces else place.store,
            name=None if replaces else place.path,
            shape=array.shape,
            chunks=tuple(max(1, sizes[0]) for sizes in array.chunks) if chunks is None else chunks,
            dtype=array.dtype,
            **options,
        )
    except (zarr.errors.ContainsArrayError, zarr.errors.ContainsGroupError) as error:
        error.add_note("overwrite=True replaces what is there, once the new array is whole")
        raise
    ending = Replaced(made, place) if replaces else Described(made)
    target = ending.target
    nodes = [store_node(array, target, _shares_chunks(array, target))]
    if return_stored and not compute:
        return written_first(nodes, ending)[0]
    written = run(nodes, compute, ending, {})
    return from_array(written, array.chunks) if return_stored else None if compute else written


def _given(answer: Any, return_stored: bool) -> Any:
    return answer[0] if return_stored else answer


def _opened(zarr: Any, url: Any, component: str | None, mode: str, how: Mapping[str, Any]) -> Any:
    """A Zarr array that is there."""
    place = f"{url}/{component}" if component else f"{url}"
    try:
        return zarr.open_array(url, path=component, mode=mode, **how)
    except zarr.errors.NodeTypeValidationError as error:
        raise ValueError(f"{place} is a Zarr group, not an array: say with component= which of its arrays") from error
    except (FileNotFoundError, KeyError) as error:
        raise FileNotFoundError(
            f"there is no Zarr array at {place}: nothing was written there, or not all of it"
        ) from error


def _shares_chunks(array: Array, target: Any) -> bool:
    """Whether two blocks of an array go into one chunk, or shard, of a target: those are written as a whole."""
    each = getattr(target, "shards", None) or target.chunks
    return any(n % size for sizes, size in zip(array.chunks, each) for n in sizes[:-1])


def _zarr(purpose: str) -> Any:
    return import_extra("zarr", "zarr", f"{purpose} Zarr arrays")
