"""Zarr arrays written aside, and put in their place when they are whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

from minidask.array.chunks import as_slice
from minidask.array.nodes.source import Region

_KINDS = frozenset(("LocalStore", "MemoryStore", "FsspecStore"))
"""Stores that we know to take keys of any name. Others may have transactions of their own."""


_NAMES = (".zattrs", ".zarray", "zarr.json")


class Documents:
    """What makes a Zarr array of chunks in a store: its description, and in version 2 its attributes.

    Parameters
    ----------
    array
        A Zarr array, in a place of its own; it stays in use.
    """

    def __init__(self, array: Any) -> None:
        self.array = array
        self.contents: dict[str, bytes] = {}
        for name in _NAMES:
            found = _sync((array.store_path / name).get())
            if found is not None:
                self.contents[name] = found.to_bytes()

    def take(self) -> None:
        """Away with them: until they are put back, what is there is no array."""
        for name in reversed(self.contents):
            _sync((self.array.store_path / name).delete())

    def put(self, place: Any) -> None:
        """Write them at a store path, that which describes the array last."""
        from zarr.core.buffer import default_buffer_prototype

        for name, content in self.contents.items():
            _sync((place / name).set(default_buffer_prototype().buffer.from_bytes(content)))

    def open_blank(self, place: Any) -> Any:
        """The array that they make of what will be written at a store path; nothing is there yet, nor are they."""
        import zarr

        self.put(place)
        try:
            return zarr.open_array(place.store, path=place.path)
        finally:
            _sync(place.delete_dir())


class Ending:
    """What is done when all is written, or when that has failed."""

    def __call__(self) -> Any:
        """Put what was written in its place; gives what is there then."""

    def give_up(self) -> None:
        """Away with what was written."""


class Described(Ending):
    """A new array in its place, without its documents until it is whole."""

    def __init__(self, array: Any) -> None:
        self.target = array
        self.documents = Documents(array)
        self.documents.take()

    def __call__(self) -> Any:
        self.documents.put(self.target.store_path)
        return self.target


class Replaced(Ending):
    """A new array aside, that takes the place of what is there when it is whole.

    Parameters
    ----------
    like
        A Zarr array as the new one is to be, in a store of its own.
    place
        The store path of what it replaces.
    """

    def __init__(self, like: Any, place: Any) -> None:
        self.place = place
        self.documents = Documents(like)
        self.target = self.documents.open_blank(beside(place))

    def __call__(self) -> Any:
        import zarr

        here, there = self.target.store_path, self.place
        if here.store is not there.store:  # two folders
            self.documents.put(here)
            _exchange(_folder(here), _folder(there))
        else:
            self._move_all(here, there)
        return zarr.open_array(there.store, path=there.path)

    def _move_all(self, here: Any, there: Any) -> None:
        old, within = _keys(there), here.path.removeprefix(there.path).lstrip("/")
        for key in sorted(old, key=lambda key: key.rpartition("/")[2] not in _NAMES):  # the documents first
            if not key.startswith(f"{within}/"):
                _sync((there / key).delete())
        for key in _keys(here):
            _move(here, there, key)
        self.documents.put(there)

    def give_up(self) -> None:
        _sync(self.target.store_path.delete_dir())


class Renewed(Ending):
    """Regions of an array that is there: their chunks are written aside, and moved when all of them are there.

    Parameters
    ----------
    array
        The Zarr array that is there.
    """

    def __init__(self, array: Any) -> None:
        self.array = array
        self.regions: list[Region] = []
        self.target = Documents(array).open_blank(beside(array.store_path))

    def __call__(self) -> Any:
        here, there = self.target.store_path, self.array.store_path
        for region in self.regions:
            for index, cut, whole in pieces(region, self.array.shape, self.array.shards or self.array.chunks):
                if whole:
                    _move(here, there, self.array.metadata.encode_chunk_key(index))
                else:
                    self.array[cut] = self.target[cut]
        self.give_up()
        return self.array

    def give_up(self) -> None:
        _sync(self.target.store_path.delete_dir())


def renews(target: Any) -> bool:
    """Whether a target is a Zarr array whose regions can be written aside."""
    return (
        type(target).__module__.startswith("zarr.")
        and hasattr(target, "store_path")
        and type(target.store).__name__ in _KINDS
        and not target.store.read_only
    )


def store_path(url: Any, component: str | None, storage_options: Any) -> Any:
    """Where an array is to be written."""
    from zarr.storage._common import make_store_path

    return _sync(make_store_path(url, path=component or "", mode="a", storage_options=storage_options))


def is_there(place: Any) -> bool:
    """Whether anything is at a store path."""
    return not _sync(place.is_empty())


def beside(place: Any) -> Any:
    """A store path beside another: a folder beside a folder where that can be, else within the same store."""
    if isinstance(place.store, _local()):
        folder = _folder(place)
        if os.access(folder.parent, os.W_OK) and not folder.is_mount():
            return type(place)(_local()(folder.with_name(_part(folder.name))), "")
    parent, _, name = place.path.rpartition("/")
    return type(place)(place.store, f"{parent}/{_part(name)}".lstrip("/"))


def pieces(
    region: Region, shape: Sequence[int], chunks: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...], bool]]:
    """The chunks that a region touches: the index, the places within the region, and whether these are all of it.

    Examples
    --------
    >>> list(pieces((range(1, 5),), (5,), (2,)))
    [((0,), (slice(1, 2, 1),), False), ((1,), (slice(2, 4, 1),), True), ((2,), (slice(4, 5, 1),), True)]
    """
    along = [list(_along(places, n, size)) for places, n, size in zip(region, shape, chunks)]
    for found in product(*along):
        yield tuple(i for i, _, _ in found), tuple(cut for _, cut, _ in found), all(whole for _, _, whole in found)


def _along(places: range | int, length: int, size: int) -> Iterator[tuple[int, slice, bool]]:
    """For each chunk along one axis the places within it."""
    steps = range(places, places + 1) if isinstance(places, int) else places if places.step > 0 else places[::-1]
    if not steps:
        return
    for i in range(steps[0] // size, steps[-1] // size + 1):
        first, end = (max(0, -((steps.start - at) // steps.step)) for at in (i * size, (i + 1) * size))
        inside = steps[first:end]
        if inside:
            yield i, as_slice(inside), len(inside) == min(size, length - i * size)


def _part(name: str) -> str:
    return f".{name}.{uuid4().hex}.part"


def _exchange(new: Path, place: Path) -> None:
    """Put a folder in the place of what is there, which goes when the new one is in it."""
    old = place.with_name(_part(place.name))
    place.rename(old)
    try:
        new.rename(place)
    except BaseException:
        old.rename(place)
        raise
    shutil.rmtree(old)


def _move(here: Any, there: Any, key: str) -> None:
    """Move what is at a key below one store path to the same key below another; where nothing is, nothing stays."""
    if isinstance(here.store, _local()):
        source, target = _folder(here) / key, _folder(there) / key
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
        else:
            target.unlink(missing_ok=True)
        return
    _sync(_moved(here / key, there / key))


async def _moved(here: Any, there: Any) -> None:
    content = await here.get()
    if content is None:
        with suppress(FileNotFoundError):
            await there.delete()
    else:
        await there.set(content)
        await here.delete()


def _keys(place: Any) -> list[str]:
    """All keys below a store path."""

    async def found() -> list[str]:
        prefix = f"{place.path}/" if place.path else ""
        return [key.removeprefix(prefix) async for key in place.store.list_prefix(prefix)]

    return list(_sync(found()))


def _folder(place: Any) -> Path:
    return (Path(place.store.root) / place.path).resolve()


def _local() -> Any:
    from zarr.storage import LocalStore

    return LocalStore


class Endings(Ending):
    """Several of them."""

    def __init__(self, endings: Sequence[Ending]) -> None:
        self.endings = endings

    def __call__(self) -> None:
        for ending in self.endings:
            ending()

    def give_up(self) -> None:
        for ending in self.endings:
            ending.give_up()


def _sync(work: Any) -> Any:
    from zarr.core.sync import sync

    return sync(work)
