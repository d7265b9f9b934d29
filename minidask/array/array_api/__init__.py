"""The namespace of the Python array API standard, version 2024.12, as `x.__array_namespace__()` gives it.

It is `minidask.array`, but where dask's order of arguments or its defaults are not those of the standard.
"""

from __future__ import annotations

from typing import Any

import minidask.array as _ours
import minidask.array.array_api.linalg as _linalg
from minidask.array import *  # noqa: F403  # all of it

__array_api_version__ = "2024.12"
linalg = _linalg

__all__ = sorted({*_ours.__all__, "__array_api_version__", "__array_namespace_info__", "eye", "linalg"})


def eye(  # type: ignore[no-redef]
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: Any = None,
    device: Any = None,
    chunks: Any = "auto",
) -> _ours.Array:
    """As `minidask.array.eye`, but the second argument is the number of columns.

    Examples
    --------
    >>> eye(2, 3).shape
    (2, 3)
    """
    return _ours.eye(n_rows, chunks, n_cols, k, float if dtype is None else dtype, device=device)


def expand_dims(x: Any, /, axis: Any = 0) -> _ours.Array:  # type: ignore[no-redef]
    """As `minidask.array.expand_dims`; the new axis comes first, where none is told.

    Examples
    --------
    >>> expand_dims(asarray([1, 2])).shape
    (1, 2)
    """
    return _ours.expand_dims(x, axis)


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> _ours.Array:  # type: ignore[no-redef]
    """As `minidask.array.sort`, descending too.

    Examples
    --------
    >>> sort(asarray([1, 3, 2]), descending=True).compute()
    array([3, 2, 1])
    """
    found = _ours.sort(x, axis, stable=stable)
    return _ours.flip(found, axis) if descending else found


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> _ours.Array:  # type: ignore[no-redef]
    """As `minidask.array.argsort`, descending too: equal elements stay in order.

    Examples
    --------
    >>> argsort(asarray([1, 3, 3, 2]), descending=True).compute()
    array([1, 2, 3, 0])
    """
    if not descending:
        return _ours.argsort(x, axis, stable=stable)
    found = _ours.flip(_ours.argsort(_ours.flip(x, axis), axis, stable=stable), axis)
    return found.shape[axis] - 1 - found
