"""What windows that move along rows give for some rows: by compiled loops where they are ready, else by pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.meta import columns_in
from minidask.kernels.formulas import NAMES
from minidask.kernels.moving import AGGREGATES, Windows, moving, windows_of_rows, windows_of_times


def rolled(
    rows: Any, options: Mapping[str, Any], select: Any, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """An aggregate of the windows over some rows.

    Parameters
    ----------
    rows
        A DataFrame or Series.
    options
        As `rolling` of pandas takes them.
    select
        The columns whose aggregates are asked for; None: all.
    method, args, kwargs
        How the windows of pandas are asked.
    """
    plain = not (args or kwargs or options.keys() - _TAKEN)
    found = _by_loops(rows if select is None else rows[select], method, **options) if plain else None
    if found is not None:
        return found
    windows = rows.rolling(**options)
    return getattr(windows if select is None else windows[select], method)(*args, **kwargs)


_TAKEN = {"window", "min_periods", "center", "closed"}


def _by_loops(
    rows: Any, method: str, window: Any, min_periods: int | None = None, center: bool = False, closed: str = "right"
) -> Any:
    """As pandas gives it, to the bit; None where there are no loops for that, or they are not ready."""
    if method == "count":
        rows, method = rows.notna(), "sum"
    columns = columns_in(rows)
    spanned = not isinstance(window, int | np.integer)
    size = _span(rows.index, window, center, closed) if spanned else int(window)
    if size < 1 or method not in AGGREGATES or not all(column.dtype in NAMES for column in columns):
        return None
    windows: Windows | None = (
        windows_of_times(rows.index.asi8, size, closed) if spanned else windows_of_rows(len(rows), size, center, closed)
    )
    least = min_periods if min_periods is not None else 1 if spanned else size
    made = moving(method, [np.ascontiguousarray(column, np.float64) for column in columns], windows, least)
    return None if made is None else _like(rows, made)


def _span(index: Any, window: Any, center: bool, closed: str) -> int:
    """A span of time in the unit of an index; 0 where pandas has rules of its own."""
    timed = isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) and index[0] is not pd.NaT
    if not timed or center or closed not in ("right", "both"):
        return 0
    return int(pd.Timedelta(window).as_unit(index.unit).asm8.view(np.int64))


def _like(rows: Any, columns: Sequence[np.ndarray]) -> Any:
    """Columns with the labels of some rows."""
    if rows.ndim == 1:
        return pd.Series(columns[0], rows.index, name=rows.name, copy=False)
    return pd.DataFrame(dict(enumerate(columns)), rows.index, copy=False).set_axis(rows.columns, axis=1)
