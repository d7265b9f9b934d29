"""Arguments, bound to the signatures that pandas has: a wrong one is an error at the call."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas as pd


def bound(kind: type, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by name, as the method of a pandas class takes them; those not given are left out.

    Raises
    ------
    TypeError
        pandas takes no such argument.
    ValueError
        An `axis` that there is not; others come as 0 or 1.
    NotImplementedError
        A `level`.

    Examples
    --------
    >>> import pandas as pd
    >>> bound(pd.Series, "clip", (1,), {"upper": 2})
    {'lower': 1, 'upper': 2}
    """
    return _supported(method, named(kind, method, args, kwargs))


def named(kind: type, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """As `bound`, but whatever pandas takes goes."""
    if not args and not kwargs:
        return {}
    signature = _signature(kind, method)
    try:
        given = signature.bind(None, *args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{method}() of a {kind.__name__}: {error}") from None
    _, *given_by_name = given.arguments.items()
    found: dict[str, Any] = {}
    for name, value in given_by_name:
        if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            found.update({k: v for k, v in value.items() if v is not None or k not in _OF_NUMPY})
        elif name == "axis" and value is not None:
            found[name] = int(along_columns(kind, method, value))
        else:
            found[name] = value
    return found


_OF_NUMPY = ("out", "dtype")
"""What np.sum(frame) and the like pass on, though nobody gave it."""


_OF_LEVELS = ("droplevel",)


def _supported(method: str, given: dict[str, Any]) -> dict[str, Any]:
    if given.get("level") is not None and method not in _OF_LEVELS:
        raise NotImplementedError(f"{method}(level=) is not supported; reset_index() makes columns of the levels")
    return given


def along_columns(kind: type, method: str, axis: Any) -> bool:
    """Whether an axis of a pandas class is that of the columns; False: of the rows.

    Raises
    ------
    ValueError
        There is no such axis.

    Examples
    --------
    >>> import pandas as pd
    >>> along_columns(pd.DataFrame, "diff", "columns"), along_columns(pd.Series, "diff", 0)
    (True, False)
    """
    if axis in ("index", "rows", 0):
        return False
    table = issubclass(kind, pd.DataFrame)
    if table and axis in ("columns", 1):
        return True
    expected = '0, "index", 1 or "columns"' if table else '0 or "index"'
    raise ValueError(f"{method}(axis={axis!r}): a {kind.__name__} has no such axis; expected {expected}")


def callable_only(method: str, func: Any) -> Any:
    """The function.

    Raises
    ------
    TypeError
        It is none.
    """
    if not callable(func):
        raise TypeError(f"{method}(func={func!r}): expected a function, got a {type(func).__name__}")
    return func


@lru_cache(maxsize=1024)
def _signature(kind: type, method: str) -> inspect.Signature:
    found: Any = kind
    for name in method.split("."):
        found = getattr(found, name)
    return inspect.signature(found)
