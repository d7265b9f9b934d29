"""NumPy's functions given lazy arrays: ours of the same name answer, and for all others there is an error."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from minidask.signatures import INSTEAD

_FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""For each function of NumPy ours that answers for it."""


def register(ours: Mapping[str, Any], theirs: Any, aliases: Mapping[str, str] | None = None) -> None:
    """Let functions answer for those of the same name in a module of NumPy.

    Parameters
    ----------
    ours
        Functions by their names.
    theirs
        The module.
    aliases
        Other names, there, of functions of ours.
    """
    names = {name: name for name in ours if not name.startswith("_")} | dict(aliases or {})
    for there, here in names.items():
        function = getattr(theirs, there, None)
        if hasattr(function, "_implementation") or there in _OF_LIKE:  # it asks its arguments
            _FUNCTIONS[function] = ours[here]


_OF_LIKE = {
    "arange", "array", "asanyarray", "asarray", "empty", "eye", "full", "identity", "ones", "tri", "zeros",
}  # fmt: skip
"""Functions of NumPy that make arrays, and ask their argument `like`."""


class Functions:
    """What NumPy asks for its functions that are no ufuncs.

    Raises
    ------
    TypeError
        The function is not there for lazy arrays. Their values are never made without being asked for.

    Examples
    --------
    >>> import minidask.array as da
    >>> np.concatenate([da.arange(2), np.arange(3)]).compute()
    array([0, 1, 0, 1, 2])
    """

    def __array_function__(
        self, func: Any, types: Collection[type], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        if not all(issubclass(kind, (Functions, np.ndarray)) for kind in types):
            return NotImplemented
        ours = _answering(func)
        if ours is None:
            name = f"{func.__module__}.{func.__name__}"
            instead = _OTHERWISE.get(func.__name__, "call it with x.compute(), or block by block with map_blocks")
            raise TypeError(f"{name} is not there for lazy arrays; {instead}")
        positional, named = _translated(func, ours, args, kwargs)
        return ours(*positional, **named)


def _answering(func: Any) -> Callable[..., Any] | None:
    """Ours for a function of NumPy; those of some modules are there once the module is."""
    if func not in _FUNCTIONS and func.__module__ in _MODULES:
        import_module(_MODULES[func.__module__])
    return _FUNCTIONS.get(func)


_MODULES = {
    "numpy.linalg": "minidask.array.linalg",
    "numpy.fft": "minidask.array.fft",
    "numpy.strings": "minidask.array.strings",
    "numpy.char": "minidask.array.strings",
    "numpy.lib.scimath": "minidask.array.emath",
}


def _translated(
    func: Any, ours: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """A call of NumPy's function as one of ours, whose arguments may have another order: by name where we share it."""
    theirs = _parameters(func)
    if (not kwargs and len(args) < 2) or any(p.kind is p.VAR_POSITIONAL for p in theirs.values()):
        return args, kwargs
    known = _parameters(ours)
    names = list(theirs)
    given = dict(zip(names, args)) | dict(kwargs)
    by_name = {name for name, parameter in known.items() if parameter.kind is not parameter.POSITIONAL_ONLY}
    first = next((i for i, name in enumerate(names) if name in by_name or name not in given), len(names))
    rest = {k: v for k, v in given.items() if k not in names[:first] and not _is_default(v, theirs.get(k))}
    _check_known(func, rest, known)
    return tuple(given[name] for name in names[:first]), rest


def _check_known(func: Any, given: Mapping[str, Any], known: Mapping[str, inspect.Parameter]) -> None:
    missing = [name for name in given if name not in known]
    if missing and not any(p.kind is p.VAR_KEYWORD for p in known.values()):
        instead = INSTEAD.get(missing[0], "call it with x.compute(), or block by block with map_blocks")
        raise NotImplementedError(f"{func.__name__} with {missing[0]}= is not there for lazy arrays; {instead}")


_OTHERWISE = {
    "array2string": "call it with x.compute(); repr(x) tells of the array without its values",
    "array_repr": "call it with x.compute(); repr(x) tells of the array without its values",
    "array_str": "call it with x.compute(); str(x) tells of the array without its values",
    "may_share_memory": "its blocks are still to be made",
    "min_scalar_type": "call it with x.dtype",
    "mod": "nobody knows yet how long the texts become; use map_blocks, with dtype=",
    "_join": "nobody knows yet how long the texts become; use map_blocks, with dtype=",
    "real_if_close": "its dtype depends on all elements; take x.real, or compute() it first",
    "save": "write it with x.to_zarr() or to_npy_stack(), or save x.compute()",
    "savez": "write it with x.to_zarr() or to_npy_stack(), or save x.compute()",
    "savez_compressed": "write it with x.to_zarr(), or save x.compute()",
    "shares_memory": "its blocks are still to be made",
}
"""What to do instead of calling a function that is not there."""


def _is_default(value: Any, parameter: inspect.Parameter | None) -> bool:
    if parameter is None or parameter.kind is parameter.POSITIONAL_ONLY:  # which may be None: `where(mask, x, None)`
        return False
    same_kind = type(value) is type(parameter.default) and isinstance(value, str | bool | None)
    return value is parameter.default or (same_kind and value == parameter.default)


@cache
def _parameters(func: Any) -> Mapping[str, inspect.Parameter]:
    """The parameters of a function; of one that does not tell them, any number."""
    try:
        return inspect.signature(func).parameters
    except ValueError:
        return {"args": inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)}
