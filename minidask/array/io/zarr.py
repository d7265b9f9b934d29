"""Arrays in Zarr stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minidask.array.array import Array
from minidask.array.creation import asanyarray, from_array
from minidask.array.io.store import store
from minidask.extras import import_extra


def from_zarr(
    url: Any,
    component: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    chunks: Any = None,
    name: str | None = None,
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

    Raises
    ------
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
    source = (
        url
        if isinstance(url, zarr.Array)
        else zarr.open_array(
            url, path=component, mode="r", storage_options=dict(storage_options) if storage_options else None
        )
    )
    return from_array(source, source.chunks if chunks is None else chunks, name=name)


def to_zarr(
    arr: Any,
    url: Any,
    component: str | None = None,
    overwrite: bool = False,
    region: Any = None,
    compute: bool = True,
    **options: Any,
) -> Any:
    """Write an array into a Zarr store.

    Parameters
    ----------
    arr
        An array, lazy or not. Its blocks become the chunks: they must have one size along each axis, but for the last.
    url
        Path or URL of a store, a Zarr store object, or a Zarr array to write into.
    component
        Path of the array within the store.
    overwrite
        Whether an array that is there may be replaced.
    region
        A tuple of slices: where in a Zarr array that is there it goes.
    compute
        False gives a delayed value instead, that writes when computed.
    **options
        For the scheduler where `url` is a Zarr array; else for `zarr.create_array`, such as `compressors`.

    Raises
    ------
    ValueError
        The blocks are of several sizes: rechunk first.
    MissingExtraError
        Zarr is not installed.

    Examples
    --------
    >>> import minidask.array as da
    >>> da.to_zarr(da.ones((4, 4), chunks=2), "ones.zarr")
    """
    zarr = _zarr("write")
    array = asanyarray(arr)
    if isinstance(url, zarr.Array):
        safe = region is None and all(_fits(sizes, n) for sizes, n in zip(array.chunks, url.chunks))
        return store(array, url, lock=not safe, regions=region, compute=compute, **options)
    if region is not None:
        raise ValueError("region= is for writing into a Zarr array that is there: give it as url")
    if any(len(set(sizes[:-1])) > 1 or sizes[-1] > sizes[0] for sizes in array.chunks):
        raise ValueError(f"Zarr needs blocks of one size along each axis, not {array.chunks}; rechunk first")
    target = zarr.create_array(
        url,
        name=component,
        shape=array.shape,
        chunks=tuple(max(1, sizes[0]) for sizes in array.chunks),
        dtype=array.dtype,
        overwrite=overwrite,
        **options,
    )
    return store(array, target, lock=False, compute=compute)


def _fits(sizes: tuple[int, ...], chunk: int) -> bool:
    """Whether no chunk of the target is shared by two blocks."""
    return all(n % chunk == 0 for n in sizes[:-1])


def _zarr(purpose: str) -> Any:
    return import_extra("zarr", "zarr", f"{purpose} Zarr arrays")
