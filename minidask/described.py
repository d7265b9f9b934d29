"""Words for values: what an error tells of the arguments of the call that raised it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_MOST_COLUMNS = 12
_MOST_LINES = 10


class Caller:
    """A function that calls another one, and can tell with what."""

    def called_with(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """The arguments of the other one where this one is called with `args` and `kwargs`."""
        raise NotImplementedError


def describe(value: Any) -> str:
    """A value's type and, where it has them, shape, dtype, columns or length; never its contents.

    Examples
    --------
    >>> describe([1, 2, 3]), describe(None), describe("abc")
    ('list of length 3', 'NoneType', 'str of length 3')
    """
    try:
        return " ".join([type(value).__name__, *_facts(value)])
    except Exception:  # a person's own class may raise anything here, and must not hide the error that we describe
        return type(value).__name__


def _facts(value: Any) -> list[str]:
    facts = []
    if isinstance(value, type):
        facts.append(value.__name__)
    elif hasattr(value, "shape"):
        facts.append(f"of shape {tuple(value.shape)}")
    elif hasattr(value, "__len__"):
        facts.append(f"of length {len(value)}")
    if hasattr(value, "columns") and hasattr(value, "dtypes"):
        columns = [f"{name}: {dtype}" for name, dtype in zip(value.columns[:_MOST_COLUMNS], value.dtypes)]
        more = ["..."] if len(value.columns) > _MOST_COLUMNS else []
        facts.append(f"with columns {', '.join(columns + more)}")
    elif hasattr(value, "dtype") and not isinstance(value, type):
        facts.append(f"and dtype {value.dtype}")
    return facts


def describe_call(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[str]:
    """A line for each argument of a call.

    Examples
    --------
    >>> describe_call(sum, ([1, 2],), {"start": 0})
    ['argument 0: list of length 2', 'argument start: int']
    """
    if isinstance(func, Caller):
        args, kwargs = func.called_with(args, kwargs)
    return [f"argument {name}: {describe(value)}" for name, value in (*enumerate(args), *kwargs.items())]


def shortened(lines: Iterable[str]) -> list[str]:
    """The first lines, and how many more there are.

    Examples
    --------
    >>> shortened("abcdefghijklm")[8:]
    ['i', 'j', 'and 3 more']
    """
    lines = list(lines)
    return lines if len(lines) <= _MOST_LINES else [*lines[:_MOST_LINES], f"and {len(lines) - _MOST_LINES} more"]
