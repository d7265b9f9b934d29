"""Names: equal work has an equal name, in every process and session.

A name is ``<operation>-<token>``; the token is a hash (BLAKE2b, 128 bits) over a canonical form of the operands.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import os
import pickle
import re
import sys
import types
import weakref
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

import minidask.config as config
from minidask.errors import TokenizationError
from minidask.expr.source import Nameless, code_token, in_module, in_walk
from minidask.own_modules import file_token, is_own

Canonical = Callable[[Any], str]

LARGE = 16 * 2**20
"""Buffers of more bytes are named by identity: hashing them would cost more than it saves."""


def tokenize(*args: Any, **kwargs: Any) -> str:
    """A hash of the arguments: 32 hexadecimal digits, the same wherever the arguments are equal.

    Objects choose their own form with a method ``__dask_tokenize__``.

    Raises
    ------
    TokenizationError
        An object cannot be pickled, and `tokenize.ensure-deterministic` is set.

    Examples
    --------
    >>> tokenize([1, "a"]) == tokenize([1, "a"])
    True
    >>> tokenize(1) == tokenize(1.0)
    False
    """
    form = canonical((args, kwargs) if kwargs else args)
    return blake2b(form.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def unique_token() -> str:
    """A token that nothing else has: for impure work."""
    return os.urandom(16).hex()


def canonical(obj: Any) -> str:
    """A string that equal objects share, and different ones do not."""
    return _FORMS.get(type(obj), _general)(obj)


def register(kind: type, form: Canonical) -> None:
    """Let `form(obj)` be the canonical string of objects of exactly this type."""
    _FORMS[kind] = form


def _general(obj: Any) -> str:
    """For types that are not in the table: by the module they come from, by protocol, else by pickle."""
    module = type(obj).__module__.partition(".")[0]
    if module in _MODULES:
        form = _MODULES[module](obj)
        if form is not None:
            return form
    if not isinstance(obj, type):
        own = _own_form(obj)
        if own is not None:
            return f"own:{_callable(type(obj))}:{own}"
    if isinstance(obj, type) or callable(obj):
        return _callable(obj)
    if dataclasses.is_dataclass(obj):
        fields = tuple(getattr(obj, f.name) for f in dataclasses.fields(obj))
        return f"data:{_callable(type(obj))}{canonical(fields)}"
    if isinstance(obj, tuple):  # a named tuple
        return f"{_callable(type(obj))}{_sequence(obj)}"
    return _pickled(obj)


def _own_form(obj: Any) -> str | None:
    """The form that an object chooses; None where it does not, or asks a package that is not there: dask."""
    own = getattr(obj, "__dask_tokenize__", None)
    try:
        return None if own is None else canonical(own())
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "dask":
            raise
        return None


def _sequence(items: Any) -> str:
    forms = _FORMS
    # calls of `canonical`, spelled out: there are many for every node
    return "(" + ",".join([forms.get(type(i), _general)(i) for i in items]) + ")"


def _mapping(items: Mapping[Any, Any]) -> str:
    # in the order it has: the order of columns and keywords can matter
    return "{" + ",".join([f"{canonical(k)}:{canonical(v)}" for k, v in items.items()]) + "}" if items else "{}"


def _partial(obj: functools.partial) -> str:
    return f"partial({canonical(obj.func)},{_sequence(obj.args)},{_mapping(obj.keywords)})"


def _callable(obj: Any) -> str:
    """Functions and classes of libraries by their path; those of a person by what they do; other objects by value."""
    module, name = getattr(obj, "__module__", None), getattr(obj, "__qualname__", None)
    path = f"def:{module}.{name}"
    found = module and name and "<" not in name and _find(module, name) is obj
    if found and not is_own(module):
        return path
    if not (found or isinstance(obj, types.FunctionType | type)):
        return _pickled(obj)
    try:
        return path + code_token(obj, canonical, module if found else None)
    except Nameless:
        return _by_identity(obj)


def _find(module: str, name: str) -> Any:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _method(obj: types.MethodType) -> str:
    return f"method:{canonical(obj.__self__)}.{canonical(obj.__func__)}"


def _pickled(obj: Any) -> str:
    buffers: list[pickle.PickleBuffer] = []
    try:
        digest = _digest(obj, buffers)
    except Exception as error:
        there = in_module(obj)
        if there is None and config.get("tokenize.ensure-deterministic"):
            raise TokenizationError(f"{type(obj).__name__} has no deterministic name: it cannot be pickled") from error
        return there or _by_identity(obj)
    raw = [b.raw() for b in buffers]
    if sum(b.nbytes for b in raw) > LARGE:
        return _by_identity(obj)
    for buffer in raw:
        digest.update(buffer)
    return f"{type(obj).__qualname__}:{digest.hexdigest()}"


def _digest(obj: Any, buffers: list[pickle.PickleBuffer]) -> blake2b:
    """A digest of the pickle of an object, without the large buffers; by cloudpickle where others cannot."""
    digest = blake2b(digest_size=16)
    try:
        _Pickler(_Seen(digest), protocol=5, buffer_callback=buffers.append).dump(obj)
    except Exception:
        buffers.clear()
        digest = blake2b(digest_size=16)
        _pickle_by_value(obj, _Seen(digest), buffers)
    return digest


class _Seen:
    """A file of which no more is kept than a digest."""

    def __init__(self, digest: blake2b) -> None:
        self.write = digest.update


class _Pickler(pickle.Pickler):
    """Writes for functions, classes and modules their names: what it writes is never read."""

    def reducer_override(self, obj: Any) -> Any:
        return _name_instead(obj)


def _name_instead(obj: Any) -> Any:
    if isinstance(obj, types.FunctionType | type):
        return sys.intern, (_callable(obj),)
    if isinstance(obj, types.ModuleType):
        return sys.intern, (f"module:{obj.__name__}{file_token(obj.__name__) if is_own(obj.__name__) else ''}",)
    return NotImplemented


def _pickle_by_value(obj: Any, file: Any, buffers: list[pickle.PickleBuffer]) -> None:
    import cloudpickle  # costs 20 ms, and most sessions of a few expressions do without

    class Pickler(cloudpickle.Pickler):
        def reducer_override(self, obj: Any) -> Any:
            named = _name_instead(obj)
            return super().reducer_override(obj) if named is NotImplemented else named

    Pickler(file, protocol=5, buffer_callback=buffers.append).dump(obj)


_identities: dict[int, tuple[Any, str]] = {}


def _by_identity(obj: Any) -> str:
    """A token that stays with this object for as long as it lives."""
    known = _identities.get(id(obj))
    if known is not None:
        return known[1]
    token, address = f"id:{unique_token()}", id(obj)
    try:
        reference = weakref.ref(obj, lambda _: _identities.pop(address, None))
    except TypeError:  # cannot be told when it dies, so its address may be used again
        if in_walk():
            raise Nameless from None  # then the function that uses it has an identity
        return token
    return _identities.setdefault(address, (reference, token))[1]  # another thread may have been faster


def _numpy(obj: Any) -> str | None:
    import numpy as np  # the object is NumPy's, so it is loaded already

    if isinstance(obj, np.ndarray):
        if obj.dtype.hasobject or type(obj) is not np.ndarray:
            return None if obj.nbytes <= LARGE else _by_identity(obj)
        if obj.nbytes > LARGE:
            return _by_identity(obj)
        digest = blake2b(np.ascontiguousarray(obj).reshape(-1).view(np.uint8).data, digest_size=16)
        return f"array:{_dtype(obj.dtype)}{obj.shape}{digest.hexdigest()}"
    if isinstance(obj, np.dtype):
        return f"dtype:{_dtype(obj)}"
    if isinstance(obj, np.ufunc):
        register(np.ufunc, _ufunc)  # so that from now on they are found at once
        return _ufunc(obj)
    if isinstance(obj, np.generic):
        return f"scalar:{_dtype(obj.dtype)}:{obj.tobytes().hex()}" if not obj.dtype.hasobject else None
    return None


@functools.lru_cache(maxsize=512)
def _ufunc(obj: Any) -> str:
    known = getattr(sys.modules["numpy"], obj.__name__, None) is obj
    return f"ufunc:{obj.__name__}" if known else _callable(obj)


def _dtype(dtype: Any) -> str:
    return repr(dtype.descr) + dtype.str if dtype.fields else dtype.str


def _pandas(obj: Any) -> str | None:
    if callable(obj) or not hasattr(obj, "memory_usage"):
        return None
    large = obj.size * 8 > LARGE  # a guess, as counting bytes takes as long as hashing
    return _by_identity(obj) if large else _pickled(obj)


_MODULES: dict[str, Callable[[Any], str | None]] = {"numpy": _numpy, "pandas": _pandas}

_FORMS: dict[type, Canonical] = {
    str: lambda s: f"s{len(s)}:{s}",
    bytes: lambda b: f"b{b.hex()}",
    int: repr,
    bool: repr,
    float: repr,
    complex: repr,
    type(None): repr,
    type(Ellipsis): repr,
    range: repr,
    slice: lambda s: f"slice{_sequence((s.start, s.stop, s.step))}",
    tuple: _sequence,
    list: lambda items: "[" + _sequence(items) + "]",
    dict: _mapping,
    set: lambda items: "set" + ",".join(sorted(map(canonical, items))),
    frozenset: lambda items: "set" + ",".join(sorted(map(canonical, items))),
    functools.partial: _partial,
    types.FunctionType: _callable,
    types.BuiltinFunctionType: lambda f: (
        _callable(f) if f.__self__ is None or isinstance(f.__self__, types.ModuleType) else _pickled(f)
    ),
    types.MethodType: _method,
    type: _callable,
}

_counter = itertools.count()
_session = unique_token()[:16]


def unique_name(operation: str) -> str:
    """A name for work that must not be shared, such as writing a file; cheaper than a token.

    Examples
    --------
    >>> unique_name("f") == unique_name("f")
    False
    """
    return f"{operation}-{_session}{os.getpid():08x}{next(_counter):08x}"


_TOKEN = re.compile(r"-[0-9a-f]{32}(?![0-9a-f])")


def is_lasting(name: str) -> bool:
    """Whether a name has a token of the work's content, and so means the same work in every session.

    Examples
    --------
    >>> is_lasting(f"sum-{tokenize(1)}"), is_lasting(unique_name("sum")), is_lasting("sum")
    (True, False, False)
    """
    return _session not in name and _TOKEN.search(name) is not None
