"""Hashes of Python objects that are the same in every process, whatever PYTHONHASHSEED says.

Equal objects hash equal, as far as Python's own types go: ``1 == 1.0 == True == Decimal(1)``, named tuples and tuples,
aware datetimes of the same instant. They say where a key belongs, and are no proof of equality.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import numbers
import pathlib
import types
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zlib import crc32

_MASK = (1 << 64) - 1
_MULTIPLIER = 0x9E3779B97F4A7C15  # the golden ratio's fraction of 2**64, which spreads neighbours far apart


def stable_hash(obj: Any) -> int:
    """A number of 64 bits, the same for equal objects.

    Parameters
    ----------
    obj
        A hashable object: of the built-in and standard types, made of such (tuples, frozen sets, dataclasses), or of
        a class that is equal only to itself or has a method ``__dask_tokenize__``.

    Raises
    ------
    TypeError
        It is not hashable, or nothing tells which objects of its class are equal.

    Examples
    --------
    >>> stable_hash(1) == stable_hash(1.0) == stable_hash(True)
    True
    >>> stable_hash("a")
    12957426462349660031
    """
    return _hasher(type(obj))(obj) * _MULTIPLIER & _MASK


def target(obj: Any, n: int) -> int:
    """Which of `n` places an object belongs to.

    Examples
    --------
    >>> target(("a", 1), 1)
    0
    """
    return (stable_hash(obj) >> 32) * n >> 32


Hasher = Callable[[Any], int]


def _text(obj: str) -> int:
    return crc32(obj.encode("utf-8", "surrogatepass"))


def _number(obj: Any) -> int:
    """Python hashes numbers alike whatever their type, and without a seed; but a NaN by its address."""
    return hash(obj) if obj == obj else 0x7FF8


def _together(kind: int, parts: Any) -> int:
    found = kind
    for part in parts:
        found = (found ^ _hasher(type(part))(part)) * _MULTIPLIER & _MASK
        found ^= found >> 29
    return found


def _tuple(obj: tuple[Any, ...]) -> int:
    return _together(len(obj), obj)


def _set(obj: frozenset[Any]) -> int:
    return sum(map(stable_hash, obj)) & _MASK


def _datetime(obj: datetime.datetime) -> int:
    if obj != obj:  # pandas' NaT
        return 0x7FF8
    offset = obj.utcoffset()
    return _text((obj if offset is None else obj.replace(tzinfo=None) - offset).isoformat())


def _time(obj: datetime.time) -> int:
    offset = obj.utcoffset() or datetime.timedelta(0)
    since = datetime.timedelta(hours=obj.hour, minutes=obj.minute, seconds=obj.second, microseconds=obj.microsecond)
    return _timedelta(since - offset)


def _timedelta(obj: datetime.timedelta) -> int:
    return _together(3, (obj.days, obj.seconds, obj.microseconds))


def _range(obj: range) -> int:
    return _tuple((len(obj), *obj[:1], *(obj[1:2] and (obj.step,))))


def _dataclass(obj: Any) -> int:
    return _together(_class(type(obj)), [getattr(obj, f.name) for f in dataclasses.fields(obj) if f.compare])


def _class(obj: Any) -> int:
    return _text(f"{obj.__module__}.{obj.__qualname__}")


def _member(obj: enum.Enum) -> int:
    return _together(_class(type(obj)), (obj.name,))


def _own(obj: Any) -> int:
    token = obj.__dask_tokenize__()
    return _together(_class(type(obj)), token if isinstance(token, (tuple, list)) else (token,))


def _path(obj: pathlib.PurePath) -> int:
    return _text(str(obj))


def _uuid(obj: uuid.UUID) -> int:
    return hash(obj.int)


def _constant(obj: Any) -> int:
    return _text(repr(obj))


def _identity(obj: Any) -> int:
    """Objects that are equal only to themselves may go anywhere, but all of a class go to the same place."""
    return _class(type(obj))


_BY_TYPE: dict[type, Hasher] = {
    str: _text,
    bytes: crc32,
    int: _number,
    float: _number,
    bool: _number,
    tuple: _tuple,
    type(None): _constant,
}
"""For exactly these types; others are added as they are met."""

_BY_BASE: list[tuple[type | tuple[type, ...], Hasher]] = [
    (str, _text),
    (bytes, crc32),
    ((numbers.Number, Decimal), _number),
    (tuple, _tuple),
    (frozenset, _set),
    (datetime.datetime, _datetime),
    (datetime.date, datetime.date.toordinal),
    (datetime.time, _time),
    (datetime.timedelta, _timedelta),
    (enum.Enum, _member),
    (range, _range),
    (uuid.UUID, _uuid),
    (pathlib.PurePath, _path),
    ((type, types.FunctionType, types.BuiltinFunctionType), _class),
    (type(Ellipsis), _constant),
]


def _hasher(kind: type) -> Hasher:
    found = _BY_TYPE.get(kind)
    if found is None:
        found = _BY_TYPE[kind] = _find(kind)
    return found


def _find(kind: type) -> Hasher:
    if kind.__hash__ is None:
        raise TypeError(f"unhashable type: {kind.__name__!r}; a key must be hashable, such as a str or a tuple")
    if hasattr(kind, "__dask_tokenize__"):
        return _own
    for base, hasher in _BY_BASE:
        if issubclass(kind, base):
            return hasher
    if kind.__module__ == "numpy":  # its scalars that are no numbers: booleans and dates
        return _number
    params = getattr(kind, "__dataclass_params__", None)
    if params is not None and params.eq and "__eq__" in vars(kind):
        return _dataclass
    if kind.__eq__ is object.__eq__:
        return _identity
    raise TypeError(
        f"nothing tells which {kind.__name__} objects are equal in all processes: give the class a method "
        "__dask_tokenize__, or use a str, a number or a tuple of them as the key"
    )
