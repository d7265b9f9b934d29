"""Dense arrays of TileDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray, from_array
from minidask.array.io.store import store
from minidask.extras import import_extra


def from_tiledb(uri: Any, attribute: str | None = None, chunks: Any = None, storage_options: Any = None) -> Array:
    """The lazy array of a dense TileDB array.

    Parameters
    ----------
    uri
        Where it is.
    attribute
        Which of its attributes; None: its only one.
    chunks
        As for `normalize_chunks`. Default: its tiles.
    storage_options
        TileDB's configuration, a dict.

    Raises
    ------
    MissingExtraError
        tiledb is not installed.
    ValueError
        The array is sparse, its places do not count from 0, or it has several attributes, and none is named.

    Examples
    --------
    >>> import minidask.array as da
    >>> da.to_tiledb(da.arange(6, chunks=4), "six")  # doctest: +SKIP
    >>> da.from_tiledb("six").sum().compute()  # doctest: +SKIP
    np.int64(15)
    """
    source = _Dense(str(uri), attribute, dict(storage_options or {}))
    tiles = source.told["tiles"]
    return from_array(source, tiles if chunks is None else chunks, lock=False)


def to_tiledb(
    darray: Any,
    uri: Any,
    compute: bool = True,
    return_stored: bool = False,
    storage_options: Any = None,
    **options: Any,
) -> Any:
    """Write an array as a dense TileDB array, which is made; its tiles are the largest blocks.

    Parameters
    ----------
    darray
        An array, lazy or not, with axes.
    uri
        Where it is to be; nothing may be there.
    compute, return_stored
        As of `store`, whose results are returned.
    storage_options
        TileDB's configuration, a dict.
    **options
        For the scheduler.

    Raises
    ------
    MissingExtraError
        tiledb is not installed.
    ValueError
        Something is there already, or the array has no elements.

    Examples
    --------
    >>> import minidask.array as da
    >>> to_tiledb(da.ones((4, 4), chunks=2), "ones")  # doctest: +SKIP
    """
    tiledb = _tiledb()
    array = asanyarray(darray)
    if not array.size or not array.ndim:
        raise ValueError(f"to_tiledb: an array of shape {array.shape}; expected one with axes and elements")
    config = dict(storage_options or {})
    context = tiledb.Ctx(config)
    if tiledb.object_type(str(uri), ctx=context) is not None:
        raise ValueError(f"to_tiledb: there is something at {uri} already; remove it, or choose another place")
    axes = [
        tiledb.Dim(name=f"axis{i}", domain=(0, n - 1), tile=size, dtype=np.uint64, ctx=context)
        for i, (n, size) in enumerate(zip(array.shape, array.chunksize))
    ]
    domain, values = tiledb.Domain(*axes, ctx=context), tiledb.Attr(dtype=array.dtype, ctx=context)
    tiledb.Array.create(str(uri), tiledb.ArraySchema(domain=domain, attrs=[values], ctx=context), ctx=context)
    try:
        found = store(
            array,
            _Dense(str(uri), None, config),
            lock=False,
            compute=compute,
            return_stored=return_stored,
            **options,
        )
    except BaseException:
        tiledb.remove(str(uri), ctx=context)
        raise
    return found[0] if isinstance(found, tuple) else found


def _tiledb() -> Any:
    return import_extra("tiledb", "tiledb", "read and write TileDB arrays")


@dataclass(frozen=True)
class _Dense:
    """A dense array, opened for each slice that is read or written: in any process, as it then is.

    Parameters
    ----------
    uri
        Where it is.
    attribute
        Its attribute; None: the only one.
    config
        TileDB's configuration.
    told
        What it tells of itself: `shape`, `dtype`, and `tiles`.
    """

    uri: str
    attribute: str | None
    config: Mapping[str, Any]
    told: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self._open("r") as array:
            if array.schema.sparse:
                raise ValueError(f"{self.uri} is a sparse TileDB array; expected a dense one")
            if array.nattr > 1 and self.attribute is None:
                names = [array.attr(i).name for i in range(array.nattr)]
                raise ValueError(f"{self.uri} has the attributes {names}; say with attribute= which of them")
            axes = [array.domain.dim(i) for i in range(array.ndim)]
            if any(axis.domain[0] for axis in axes):
                raise ValueError(f"{self.uri}: its places count from {[int(axis.domain[0]) for axis in axes]}, not 0")
            dtype = array.attr(self.attribute or 0).dtype
            self.told.update(shape=array.shape, dtype=dtype, tiles=tuple(int(axis.tile) for axis in axes))

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""
        return tuple(map(int, self.told["shape"]))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its elements."""
        return np.dtype(self.told["dtype"])

    @property
    def ndim(self) -> int:
        """The number of its axes."""
        return len(self.shape)

    def __getitem__(self, key: Any) -> Any:
        with self._open("r") as array:
            found = array[key]
            return found[self.attribute] if isinstance(found, dict) else found

    def __setitem__(self, key: Any, block: Any) -> None:
        with self._open("w") as array:
            array[key] = np.ascontiguousarray(block)

    def _open(self, mode: str) -> Any:
        attribute = self.attribute if mode == "r" else None
        return _tiledb().open(self.uri, mode, attr=attribute, config=dict(self.config))
