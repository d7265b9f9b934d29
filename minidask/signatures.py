"""Methods and functions that NumPy and pandas have too: what they take, and ours do not, is answered in words.

An argument with the very default that it has there says nothing, and is left out; any other is refused by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from types import FunctionType, ModuleType
from typing import Any, TypeVar

T = TypeVar("T")
_KEYWORDS = inspect.CO_VARKEYWORDS
INSTEAD = {
    "like": "NumPy's own function, with like= a lazy array, makes a lazy one; map_blocks makes blocks of other kinds",
    "mean": "leave it out: the mean is computed in the same pass",
    "order": "asarray(x, order=order) orders the elements of blocks",
    "subok": "blocks are of the kind that they are made in",
}
"""What to do about an argument that is refused."""


def like(theirs: Any) -> Callable[[T], T]:
    """A decorator of a class that stands for `theirs`: its public methods answer to all arguments that those have.

    Or of a function, which so answers to all arguments of the one of its name there.

    Parameters
    ----------
    theirs
        A class of NumPy or pandas; or a module, that has the function.

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

    def decorate(ours: Any) -> Any:
        if not isinstance(ours, type):
            return _answering(theirs, ours)
        for name in dir(ours):
            func = inspect.getattr_static(ours, name)
            if not name.startswith("_") and type(func) is FunctionType:
                own = _under_the_name(ours, name, func)
                setattr(ours, name, own if own.__code__.co_flags & _KEYWORDS else _answering(theirs, own))
        return ours

    return decorate


def _under_the_name(cls: type, name: str, func: FunctionType) -> FunctionType:
    """The method as one of this class, so that Python's own messages do not name the base that it is from."""
    own = FunctionType(func.__code__, func.__globals__, name, func.__defaults__, func.__closure__)
    own.__dict__.update(func.__dict__)
    own.__kwdefaults__, own.__annotations__, own.__doc__ = func.__kwdefaults__, func.__annotations__, func.__doc__
    own.__module__, own.__qualname__ = cls.__module__, f"{cls.__qualname__}.{name}"
    return own


def _answering(theirs: Any, func: Any) -> Callable[..., Any]:
    known, takes = _arguments(func)

    @wraps(func)
    def answering(*args: Any, **kwargs: Any) -> Any:
        for argument in kwargs.keys() - known:
            _leave_out(func.__qualname__, argument, kwargs.pop(argument), _defaults(theirs, func.__name__), takes)
        return func(*args, **kwargs)

    return answering


def _arguments(func: Any) -> tuple[frozenset[str], str]:
    """The names of what a function takes, and how a message tells of them; from its code, which is read at once."""
    if hasattr(func, "__signature__"):
        names = shown = list(func.__signature__.parameters)
    else:
        code = func.__code__
        names = shown = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
        if code.co_flags & inspect.CO_VARARGS:
            shown = [f"*{code.co_varnames[len(names)]}", *names]
    told = ", ".join(name for name in shown if name != "self")
    return frozenset(names), f"it takes {told or 'no arguments'}"


def _leave_out(method: str, argument: str, value: Any, defaults: Mapping[str, Any], takes: str) -> None:
    """Raise an error, unless the argument says nothing."""
    if argument not in defaults:
        raise TypeError(f"{method}() got an unexpected argument {argument!r}; {takes}")
    default = defaults[argument]
    if argument == "copy" and repr(default) == "<no_default>":  # pandas 3 does not look at it
        return
    if value is not default and not (type(value) is type(default) and value == default):
        raise NotImplementedError(f"{method}({argument}={value!r}) is not supported; {INSTEAD.get(argument, takes)}")


@lru_cache(maxsize=1024)
def _defaults(theirs: Any, name: str) -> Mapping[str, Any]:
    """The arguments of a method there, with their defaults; and those that NumPy's functions pass to all methods."""
    method = getattr(theirs, name, None)
    try:
        parameters = inspect.signature(method).parameters if method is not None else {}
    except ValueError:  # of a method in C that does not tell
        parameters = {}
    if isinstance(theirs, ModuleType) and not parameters:
        return {"like": None}
    found = {p.name: p.default for p in parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    return {"out": None, "dtype": None, **found} if any(p.kind is p.VAR_KEYWORD for p in parameters.values()) else found
