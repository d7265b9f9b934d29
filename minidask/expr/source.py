"""What a person's function does, as far as can be told: one that is edited has another name.

Functions of installed packages, of the standard library and of minidask are told by their module and name alone;
checkpoints tell versions apart. A person's own are told by a walk over all that their code reaches: its instructions
and constants, defaults, what it closes over and what it wraps, the global names that it uses, what it uses of other
own modules, the classes of objects with their methods. Comments, and where the code stands, make no difference.
"""

from __future__ import annotations

import dis
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from hashlib import blake2b
from importlib.util import find_spec
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from minidask.own_modules import file_token, is_own, is_own_file, path_token

_MAIN = ("__main__", "__mp_main__")
_SILENT = (types.MemberDescriptorType, types.GetSetDescriptorType, types.WrapperDescriptorType)
"""What Python adds to classes."""
_LOCKS = (type(threading.Lock()), type(threading.RLock()), threading.local)


class Nameless(Exception):
    """Something that code uses has no value that could be told, nor an identity that lasts."""


class _Active(threading.local):
    walk: _Walk | None = None


_active = _Active()


def code_token(obj: Any, canonical: Callable[[Any], str], home: str | None = None) -> str:
    """A hash of all that a function or class does, or any object that a person's module has under its own name.

    Within a walk it is the number that the object has there.

    Parameters
    ----------
    obj
        The function, class or object.
    canonical
        Gives a string of a value; it calls this function for the functions and classes that it meets.
    home
        The module that has the object under its own name; None: none has.

    Raises
    ------
    Nameless
        It uses something that has no name.
    """
    if _active.walk is not None:
        return f"#{_active.walk.number(obj, home)}"
    walk = _active.walk = _Walk(canonical)
    try:
        walk.number(obj, home)
        return walk.token()
    finally:
        _active.walk = None


def in_module(obj: Any) -> str | None:
    """What stands for an object without a value in a person's module, such as a connection: the module's file.

    None where no object of a module is told, and where that is `__main__`, whose code is not in one file.
    """
    module = _active.walk.module if _active.walk is not None else None
    if module is None:
        return None
    return f"in:{module}:{type(obj).__qualname__}{'' if isinstance(obj, _LOCKS) else file_token(module)}"


def in_walk() -> bool:
    """Whether a part of some code is told."""
    return _active.walk is not None


class _Walk:
    """Goes over what some code reaches, each object once."""

    module: str | None = None
    """The imported module of which a value is being told."""

    def __init__(self, canonical: Callable[[Any], str]) -> None:
        self._canonical = canonical
        self._numbers: dict[int, int] = {}
        self._reached: list[tuple[Any, str | None]] = []

    def number(self, obj: Any, home: str | None) -> int:
        """The number of an object, which will be looked at if it is new."""
        number = self._numbers.setdefault(id(obj), len(self._reached))
        if number == len(self._reached):
            self._reached.append((obj, self.module if home is None or home in _MAIN else home))
        return number

    def token(self) -> str:
        """A hash of all."""
        digest = blake2b(digest_size=8)
        for obj, module in self._reached:  # which grows meanwhile
            self.module = module
            for text in self._texts(obj):
                digest.update(text.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def _texts(self, obj: Any) -> Iterable[str]:
        if isinstance(obj, types.FunctionType):
            return self._function(obj)
        if isinstance(obj, type):
            return self._class(obj)
        wrapped = getattr(obj, "__wrapped__", None)
        return (file_token(obj.__module__) if wrapped is None else self._canonical(wrapped),)

    def _function(self, function: types.FunctionType) -> Iterator[str]:
        code = _code(function.__code__)
        yield function.__qualname__
        yield code.token
        yield self._canonical((function.__defaults__ or (), function.__kwdefaults__ or {}))
        for cell in function.__closure__ or ():
            yield from self._value(cell.cell_contents, code.attributes) if _is_filled(cell) else ("empty",)
        for name, value in vars(function).items():
            if name == "__wrapped__" or name in code.attributes:
                yield name
                yield self._canonical(value)
        if is_own(function.__globals__.get("__name__")):
            yield from self._values(function.__globals__, code.globals, code.attributes)
            for name in code.imports:
                yield _imported(name)

    def _values(self, namespace: dict[str, Any], names: Iterable[str], attributes: frozenset[str]) -> Iterator[str]:
        """What stands under some names in a module."""
        before, module = self.module, namespace.get("__name__")
        self.module = None if module in _MAIN else module
        for name in names:
            if name in namespace:  # else it is built in, or still to be defined
                yield name
                yield from self._value(namespace[name], attributes)
        self.module = before

    def _value(self, value: Any, attributes: frozenset[str]) -> Iterator[str]:
        """A value; of a module what is used of it: all that it has under a name that the code uses for attributes."""
        if not isinstance(value, types.ModuleType):
            yield self._canonical(value)
            return
        yield value.__name__
        if is_own(value.__name__) and value.__name__ not in _MAIN:
            used = sorted(attributes & vars(value).keys())
            yield from self._values(vars(value), used, attributes - {*used}) if used else (file_token(value.__name__),)

    def _class(self, kind: type) -> Iterator[str]:
        yield kind.__qualname__
        yield self._canonical((type(kind), *kind.__bases__))
        for name, value in list(vars(kind).items()):
            if isinstance(value, _SILENT) or name == "_abc_impl":
                continue
            parts = _functions_of(value)
            if parts or not (name.startswith("__") and name.endswith("__")):
                yield name
                yield self._canonical(parts or value)


def _functions_of(value: Any) -> tuple[Any, ...]:
    """The functions of what is a method, or makes an attribute."""
    if isinstance(value, types.FunctionType):
        return (value,)
    if isinstance(value, staticmethod | classmethod):
        return (value.__func__,)
    if isinstance(value, property):
        return (value.fget, value.fset, value.fdel)
    return (value.func,) if isinstance(value, cached_property) else ()


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is cell.cell_contents
    except ValueError:
        return False


class _Code(NamedTuple):
    """What a code object tells, with those inside it."""

    token: str
    globals: tuple[str, ...]
    """The global names that it uses."""
    attributes: frozenset[str]
    """The names that it uses of something else."""
    imports: tuple[str, ...]
    """The modules that it imports itself."""


_codes: WeakKeyDictionary[types.CodeType, _Code] = WeakKeyDictionary()


def _code(code: types.CodeType) -> _Code:
    known = _codes.get(code)
    if known is None:
        known = _codes[code] = _read(code)
    return known


def _read(code: types.CodeType) -> _Code:
    digest = blake2b(digest_size=8)
    globals_: dict[str, None] = {}
    imports: dict[str, None] = {}
    attributes: set[str] = set()
    for inner in _all_codes(code):
        constants = [_constant(c) for c in inner.co_consts if not isinstance(c, types.CodeType)]
        signature = inner.co_argcount, inner.co_posonlyargcount, inner.co_kwonlyargcount, inner.co_flags
        names = inner.co_names, inner.co_varnames, inner.co_freevars
        digest.update(inner.co_code)
        digest.update(repr((signature, names, constants)).encode("utf-8", "surrogatepass"))
        attributes.update(inner.co_names)
        for step in dis.get_instructions(inner):
            if step.opname.endswith("_GLOBAL") or step.opname == "LOAD_NAME":
                globals_[step.argval] = None
            elif step.opname == "IMPORT_NAME":
                imports[step.argval] = None
    return _Code(digest.hexdigest(), tuple(globals_), frozenset(attributes), tuple(imports))


def _constant(constant: Any) -> Any:
    """A constant in a form that is the same in all sessions."""
    if isinstance(constant, frozenset):
        return "set", sorted(map(repr, constant))
    return tuple(map(_constant, constant)) if isinstance(constant, tuple) else constant


def _all_codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _all_codes(constant)


def _imported(name: str) -> str:
    """What stands for a module that a function imports when it runs: the file, where it is a person's own."""
    try:
        spec = find_spec(name) if name.partition(".")[0] == name or is_own(name.rpartition(".")[0]) else None
    except (ImportError, ValueError):
        spec = None
    file = spec.origin if spec is not None and spec.has_location else None
    return path_token(file) if is_own_file(file) else ""
