"""Methods that NumPy and pandas have too: what they take, and ours do not, is answered in words.

An argument with the very default that it has there says nothing, and is left out; any other is refused by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from types import FunctionType
from typing import Any, TypeVar

C = TypeVar("C", bound=type)
_KEYWORDS = inspect.CO_VARKEYWORDS


def like(theirs: type) -> Callable[[C], C]:
    """A decorator of a class that stands for `theirs`: its public methods answer to all arguments that those have.

    Parameters
    ----------
    theirs
        A class of NumPy or pandas.

    Examples
    --------
    >>> class Numbers:
    ...     def sort(self, reverse: bool = False) -> str:
    ...         return "sorted"
    >>> @like(list)
    ... class Ours(Numbers): ...
    >>> Ours().sort(key=None)
    'sorted'
    >>> Ours().sort(key=int)
    Traceback (most recent call last):
    ...
    NotImplementedError: Ours.sort(key=<class 'int'>) is not supported; it takes reverse
    """

    def decorate(cls: C) -> C:
        for name in dir(cls):
            func = inspect.getattr_static(cls, name)
            if not name.startswith("_") and type(func) is FunctionType:
                own = _under_the_name(cls, name, func)
                setattr(cls, name, own if own.__code__.co_flags & _KEYWORDS else _answering(cls, theirs, own))
        return cls

    return decorate


def _under_the_name(cls: type, name: str, func: FunctionType) -> FunctionType:
    """The method as one of this class, so that Python's own messages do not name the base that it is from."""
    own = FunctionType(func.__code__, func.__globals__, name, func.__defaults__, func.__closure__)
    own.__dict__.update(func.__dict__)
    own.__kwdefaults__, own.__annotations__, own.__doc__ = func.__kwdefaults__, func.__annotations__, func.__doc__
    own.__module__, own.__qualname__ = cls.__module__, f"{cls.__qualname__}.{name}"
    return own


def _answering(cls: type, theirs: type, func: FunctionType) -> Callable[..., Any]:
    code = func.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    names = frozenset(known)
    spread = [f"*{code.co_varnames[len(known) + 1]}"] if code.co_flags & inspect.CO_VARARGS else []
    takes = f"it takes {', '.join([*spread, *known]) or 'no arguments'}"

    @wraps(func)
    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        for argument in kwargs.keys() - names:
            _leave_out(func.__qualname__, argument, kwargs.pop(argument), _defaults(theirs, func.__name__), takes)
        return func(self, *args, **kwargs)

    return method


def _leave_out(method: str, argument: str, value: Any, defaults: Mapping[str, Any], takes: str) -> None:
    """Raise an error, unless the argument says nothing."""
    if argument not in defaults:
        raise TypeError(f"{method}() got an unexpected argument {argument!r}; {takes}")
    default = False if argument == "inplace" else defaults[argument]  # which pandas 3 hides behind a marker
    if value is not default and not (type(value) is type(default) and value == default):
        raise NotImplementedError(f"{method}({argument}={value!r}) is not supported; {takes}")


@lru_cache(maxsize=1024)
def _defaults(theirs: type, name: str) -> Mapping[str, Any]:
    """The arguments of a method there, with their defaults; and those that NumPy's functions pass to all methods."""
    method = getattr(theirs, name, None)
    try:
        parameters = inspect.signature(method).parameters if method is not None else {}
    except ValueError:  # of a method in C that does not tell
        parameters = {}
    found = {p.name: p.default for p in parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    return {"out": None, "dtype": None, **found} if any(p.kind is p.VAR_KEYWORD for p in parameters.values()) else found
