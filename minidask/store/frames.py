"""An object as one run of bytes that can be mapped back: its large buffers stay outside its pickle.

The layout, in which a buffer starts at a multiple of `_ALIGNMENT` bytes, so that it can be used where it lies::

    mark, n, length of the head | n times: start, length | head (a pickle of protocol 5) | buffer | ... | buffer
"""

from __future__ import annotations

import pickle
import struct
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import cloudpickle

from minidask.errors import SpillError
from minidask.store.handle import Handle
from minidask.store.maps import open_block

_ALIGNMENT = 64
SMALLEST = 1024
"""Buffers of fewer bytes stay inside the pickle."""
_FIRST = 4096
"""So many bytes are read at first, where parts are read: mostly all that comes before the buffers."""
_BEGINNING = struct.Struct("<8sqq")
_MARK = b"minidask"
_PLACE = struct.Struct("<qq")
Place = Callable[[Any], Handle | None]
_PLAIN = frozenset((int, float, complex, bool, str, type(None)))


class Unpicklable(Exception):
    """An object cannot leave, or enter, this process."""


class Frames:
    """An object in the form in which it is stored and sent.

    Parameters
    ----------
    obj
        Any object that cloudpickle takes. Its buffers are not copied: it must not change until they are written.
    place
        Tells of each object inside where it has been stored already, so that it stays there; None: nowhere.

    Raises
    ------
    Unpicklable
        A part of `obj` cannot be pickled; the cause is what pickling raised.

    Examples
    --------
    >>> frames = Frames({"a": [1, 2]})
    >>> load(frames.to_bytes())
    {'a': [1, 2]}
    """

    def __init__(self, obj: Any, place: Place | None = None) -> None:
        self.in_parts: bool = getattr(type(obj), "in_parts", False) is True
        """Whether an item of the object can be read without the others, by `load_part`."""
        self._buffers: list[memoryview] = []
        if type(obj) in _PLAIN:
            self._head = pickle.dumps(obj, protocol=5)
        else:
            self._head = self._pickle(obj, place)
        self._places: list[tuple[int, int]] = []
        self._begin = _BEGINNING.size + len(self._buffers) * _PLACE.size
        self.nbytes = self._begin + len(self._head)
        for buffer in self._buffers:
            start = -(-self.nbytes // _ALIGNMENT) * _ALIGNMENT
            self._places.append((start, buffer.nbytes))
            self.nbytes = start + buffer.nbytes

    def _pickle(self, obj: Any, place: Place | None) -> bytes:
        head = BytesIO()
        try:
            _Pickler(head, self._keep, place).dump(obj)
        except (MemoryError, SpillError):
            raise
        except Exception as error:
            raise Unpicklable(f"{type(error).__name__}: {error}") from error
        return head.getvalue()

    def _keep(self, buffer: pickle.PickleBuffer) -> bool:
        """Whether the buffer stays inside the pickle."""
        raw = buffer.raw()
        if raw.nbytes < SMALLEST:
            return True
        self._buffers.append(raw)
        return False

    def parts(self) -> Iterator[bytes | memoryview]:
        """The bytes, in pieces that one writes after each other; `nbytes` in all."""
        yield _BEGINNING.pack(_MARK, len(self._buffers), len(self._head))
        for place in self._places:
            yield _PLACE.pack(*place)
        yield self._head
        end = self._begin + len(self._head)
        for buffer, (start, length) in zip(self._buffers, self._places):
            yield bytes(start - end)
            yield buffer
            end = start + length

    def to_bytes(self) -> bytes:
        """All in one."""
        return b"".join(self.parts())


class _Pickler(cloudpickle.Pickler):
    """Keeps the buffers of arrays outside also where NumPy does not."""

    def __init__(self, file: BytesIO, keep: Callable[[pickle.PickleBuffer], bool], place: Place | None) -> None:
        super().__init__(file, protocol=5, buffer_callback=keep)
        self._place = place

    def reducer_override(self, obj: Any) -> Any:
        """Times have no buffers of their own, and arrays with gaps none at all."""
        if self._place is not None and (handle := self._place(obj)) is not None:
            return _stored, (handle,)
        if type(obj) is getattr(sys.modules.get("numpy"), "ndarray", None):
            if obj.dtype.kind in "mM":
                return _view, (obj.view("i8"), obj.dtype)
            if not (obj.flags.forc or obj.dtype.hasobject):
                return _view, (obj.copy(), obj.dtype)
        return super().reducer_override(obj)


def _stored(handle: Handle) -> Any:
    return load(open_block(handle))


def _view(array: Any, dtype: Any) -> Any:
    return array.view(dtype)


def load(data: Any) -> Any:
    """The object whose frames lie in `data`.

    Parameters
    ----------
    data
        What `Frames` made: bytes, which are copied so that the object's arrays can be written to; or a writable
        buffer, such as a map, in which the object's arrays stay.

    Raises
    ------
    SpillError
        These are not the bytes of an object, or some are missing.
    """
    view = memoryview(data)
    places, head = _contents(view, len(view))
    if not places:
        return pickle.loads(head)
    if view.readonly:
        view = memoryview(bytearray(view))
    return pickle.loads(head, buffers=[view[start : start + size] for start, size in places])


Read = Callable[[int, int], bytearray]
"""Gives so many bytes from a place on."""


def load_part(read: Read, nbytes: int, key: Any) -> Any:
    """`obj[key]` of an object whose frames are somewhere; of its large buffers what this takes is read.

    Parameters
    ----------
    read
        Gives a number of bytes from a place on.
    nbytes
        Of the frames, in all.
    key
        Of the item.

    Raises
    ------
    SpillError
        As by `load`.
    """
    first = memoryview(read(0, min(nbytes, _FIRST)))
    length = _length_of_contents(first, nbytes)
    places, head = _contents(first if length <= _FIRST else memoryview(read(0, length)), nbytes)
    return pickle.loads(head, buffers=[_Elsewhere(read, start, size) for start, size in places])[key]


class _Elsewhere:
    """A buffer of which the bytes are read when they are asked for."""

    __slots__ = ("_nbytes", "_read", "_start")

    def __init__(self, read: Read, start: int, nbytes: int) -> None:
        self._read = read
        self._start = start
        self._nbytes = nbytes

    def __len__(self) -> int:
        return self._nbytes

    def __getitem__(self, cut: slice) -> bytearray:
        start, stop, _ = cut.indices(self._nbytes)
        return self._read(self._start + start, stop - start)


def _length_of_contents(view: memoryview, nbytes: int) -> int:
    """How many bytes there are before the buffers."""
    if len(view) < _BEGINNING.size or view[: len(_MARK)] != _MARK:
        raise SpillError(f"the {nbytes} bytes of a block are damaged: they do not begin as they should")
    _, count, length = _BEGINNING.unpack_from(view)
    end = _BEGINNING.size + count * _PLACE.size + length
    if min(count, length) < 0 or end > nbytes:
        raise _cut_short(nbytes)
    return int(end)


def _contents(view: memoryview, nbytes: int) -> tuple[list[Any], memoryview]:
    """The places of the buffers, and the head; the view has at least these of all the bytes."""
    end = _length_of_contents(view, nbytes)
    _, count, _ = _BEGINNING.unpack_from(view)
    begin = _BEGINNING.size + count * _PLACE.size
    places = list(_PLACE.iter_unpack(view[_BEGINNING.size : begin]))
    if places and sum(places[-1]) != nbytes:
        raise _cut_short(nbytes)
    return places, view[begin:end]


def _cut_short(nbytes: int) -> SpillError:
    return SpillError(f"the {nbytes} bytes of a block are damaged: it should be of another length")
