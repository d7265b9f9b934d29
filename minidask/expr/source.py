"""What a function of a person's own module does, as far as its code tells: an edited function has another name.

Functions of installed packages, of the standard library and of minidask are told by their module and name alone;
checkpoints tell versions apart. Those of a person's modules are told by their code besides, and by that of the
functions and classes of such modules that they use. Comments, and where the code stands, make no difference.
"""

from __future__ import annotations

import sys
import sysconfig
import threading
import types
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

_HOME: str = sys.modules["minidask"].__path__[0]
_asked = threading.local()
_known: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def code_token(obj: Any, canonical: Callable[[Any], str]) -> str:
    """A hash of the code of a function or class of a person's module; "" for those of others.

    Parameters
    ----------
    obj
        A function or class that can be imported.
    canonical
        Gives a string of a constant.
    """
    if not isinstance(obj, types.FunctionType | type) or not _is_own(getattr(obj, "__module__", None)):
        return ""
    token = _known.get(obj)
    if token is None and obj in (asked := _asked.__dict__.setdefault("objects", set())):
        return ""  # we are asked for a constant of its own
    if token is None:
        asked.add(obj)
        digest = blake2b(digest_size=8)
        try:
            for text in _texts(obj, canonical):
                digest.update(text.encode("utf-8", "surrogatepass"))
        finally:
            asked.remove(obj)
        token = _known[obj] = digest.hexdigest()
    return token


@cache
def _is_own(module: str | None) -> bool:
    """Whether a module is a person's own, rather than installed."""
    file = getattr(sys.modules.get(module or ""), "__file__", None)
    return file is not None and not file.startswith(_installed())


@cache
def _installed() -> tuple[str, ...]:
    return (_HOME, *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def _texts(obj: Any, canonical: Callable[[Any], str]) -> Iterator[str]:
    """The code of an object, and of the own ones that it uses, each once."""
    seen: set[int] = set()
    pending = [obj]
    while pending:
        obj = pending.pop()
        if id(obj) in seen or not _is_own(getattr(obj, "__module__", None)):
            continue
        seen.add(id(obj))
        if isinstance(obj, type):
            yield obj.__qualname__
            pending += [*obj.__bases__, *(getattr(v, "__func__", v) for v in vars(obj).values())]
        elif isinstance(obj, types.FunctionType):
            yield from map(canonical, (obj.__qualname__, obj.__defaults__ or (), obj.__kwdefaults__ or {}))
            for code in _codes(obj.__code__):
                yield code.co_code.hex()
                yield from map(canonical, (code.co_names, [c for c in code.co_consts if type(c) is not type(code)]))
                pending += [obj.__globals__[name] for name in code.co_names if name in obj.__globals__]


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code object and those inside."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)
