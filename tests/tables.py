"""Tables of calls: each row is a function that NumPy has too, and its arguments."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import minidask.array as da
from minidask.testing import assert_eq


def lazily(value: Any, chunk: int = 2) -> Any:
    """An argument with small lazy arrays in the places of NumPy's."""
    if isinstance(value, np.ndarray) and value.ndim:
        return da.from_array(value, chunks=tuple(min(chunk + axis, n) or 1 for axis, n in enumerate(value.shape)))
    return [lazily(v, chunk) for v in value] if isinstance(value, list) else value


def check(name: str, *args: Any, eager: tuple[int, ...] = (), **kwargs: Any) -> None:
    """Ours gives what NumPy's function of this name gives; `eager` arguments, by place, are not made lazy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(np, name)(*args, **kwargs)
        given = [a if i in eager else lazily(a) for i, a in enumerate(args)]
        ours = getattr(da, name)(*given, **{k: lazily(v) for k, v in kwargs.items()})
        compare(ours, theirs)


def compare(ours: Any, theirs: Any) -> None:
    """Lazy values, also in lists and tuples, are NumPy's."""
    if isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs):
            compare(one, other)
    else:
        assert_eq(ours, theirs)


def label(row: Any) -> str:
    """What pytest calls a row of a table."""
    if isinstance(row, Callable):  # type: ignore[arg-type]
        return str(row.__name__)
    return row if isinstance(row, str) else "-".join(map(_short, row))


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str[1:]}{'x'.join(map(str, value.shape))}"
    return str(value)[:30].replace(" ", "")
