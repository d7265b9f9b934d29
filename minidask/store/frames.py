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
    places, head = _contents(view)
    if not places:
        return pickle.loads(head)
    if view.readonly:
        view = memoryview(bytearray(view))
    return pickle.loads(head, buffers=[view[start : start + size] for start, size in places])


def _contents(view: memoryview) -> tuple[list[Any], memoryview]:
    """The places of the buffers, and the head."""
    if len(view) < _BEGINNING.size or view[: len(_MARK)] != _MARK:
        raise SpillError(f"the {len(view)} bytes of a block are damaged: they do not begin as they should")
    _, count, length = _BEGINNING.unpack_from(view)
    begin = _BEGINNING.size + count * _PLACE.size
    end = begin + length
    if min(count, length) >= 0 and end <= len(view):
        places = list(_PLACE.iter_unpack(view[_BEGINNING.size : begin]))
        if not places or sum(places[-1]) == len(view):
            return places, view[begin:end]
    raise SpillError(f"the {len(view)} bytes of a block are damaged: it should be of another length")
