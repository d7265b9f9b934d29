"""Parts of moments, and moments rounded to spans of one length, in compiled loops over whole numbers of a unit.

The calendar is that of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013: years begin with March, so that
the day which not all of them have is the last one; 400 of them are a cycle, after which everything repeats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops

UNITS = {np.dtype(f"M8[{unit}]"): 1000**power for power, unit in enumerate(("s", "ms", "us", "ns"))}
"""The dtypes of moments, and how many of their unit are a second."""

_CYCLE = 146_097
"""The days of 400 years."""
_BEFORE = 8000
"""Cycles before the year 0 from which days are counted, so that their numbers are not negative."""
_MARCH = 719_468 + _BEFORE * _CYCLE
"""The days from the first March of all to 1970."""

_BETWEEN = {
    "days": "time // DAY",
    "rest": "time - days * DAY",
    "since": f"(days + {_MARCH}) & (2**32 - 1)",
    "cycle": f"since // {_CYCLE}",
    "of_cycle": f"since % {_CYCLE} & (2**18 - 1)",
    "years": "(of_cycle - of_cycle // 1460 + of_cycle // 36_524 - of_cycle // 146_096) // 365 & (2**9 - 1)",
    "of_year": "of_cycle - (365 * years + years // 4 - years // 100) & (2**9 - 1)",
    "months": "(5 * of_year + 2) // 153",
    "turned": "months // 10",
    "leap": "int64(year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))",
}
"""What parts are made of, and how: of each other, and the units in a DAY, HOUR, MINUTE or SECOND.

The masks tell a compiler that numbers are small and not negative, where it can divide much faster.
"""
_PARTS = {
    "hour": "rest // HOUR",
    "minute": "rest // MINUTE % 60",
    "second": "rest // SECOND % 60",
    "microsecond": "rest % SECOND * 1_000_000 // SECOND",
    "nanosecond": "rest % SECOND * 1_000_000_000 // SECOND % 1000",
    "day_of_week": "(days + 3) % 7",
    "year": f"years + turned + 400 * cycle - {400 * _BEFORE}",
    "quarter": "(month + 2) // 3",
    "month": "months + 3 - 12 * turned",
    "day": "of_year - (153 * months + 2) // 5 + 1",
    "day_of_year": "of_year + 60 + leap - turned * (365 + leap)",
    "days_in_month": "30 + (month + month // 8) % 2 - int64(month == 2) * (2 - leap)",
}
_ALIASES = {
    "dayofweek": "day_of_week",
    "weekday": "day_of_week",
    "dayofyear": "day_of_year",
    "daysinmonth": "days_in_month",
}
_STEPS = _BETWEEN | _PARTS
PARTS = _PARTS.keys() | _ALIASES.keys()
"""The names of parts, as pandas has them."""

_ROUNDED = {
    "floor": "time - over",
    "ceil": "time - over + int64(over > 0) * SPAN",
    "round": "time - over + int64(over > SPAN - over or (over == SPAN - over and time // SPAN % 2 != 0)) * SPAN",
}
_REACH = 2**30
"""Days from 1970 within which years are numbers of 32 bits."""
_LONGEST = 2**62
"""Units of a span that a loop can round to."""

_SOURCE = """
def formula(times, made):
    missing = far = False
    for row in range(times.size):
        time = times[row]
        none = time == {none}
        {steps}
        made[row] = {value}
        missing |= none
        far |= ({odd}) & (not none)
    return int64(missing) + 2 * int64(far)
"""
_NONE = int(np.iinfo(np.int64).min)


def part_of(times: np.ndarray, name: str) -> np.ndarray | None:
    """A part of each moment, such as its hour.

    Parameters
    ----------
    times
        Of the dtype datetime64, in one dimension.
    name
        One of `PARTS`.

    Returns
    -------
    ndarray of int32 or float64, or None
        As pandas gives it: NaN for what is missing, if anything is. None: the loop is not ready, or not for this dtype,
        or there are moments millions of years away.
    """
    loops = _parts(UNITS[times.dtype], _ALIASES.get(name, name)) if times.dtype in UNITS else None
    found = None if loops is None else _looped(loops, times, np.int32)
    if found is None or not found[1]:
        return None if found is None else found[0]
    return np.where(np.isnat(times), np.nan, found[0])


def rounded(times: np.ndarray, how: str, nanoseconds: int) -> np.ndarray | None:
    """Moments rounded to whole spans since 1970.

    Parameters
    ----------
    times
        Of the dtype datetime64, in one dimension.
    how
        "floor", "ceil" or "round": to the nearest, and to an even number of spans where two are as near.
    nanoseconds
        The length of a span.

    Returns
    -------
    ndarray of the dtype of `times`, or None
        None: the loop is not ready, or not for this dtype; or the span is no whole number of units, or longer than
        there is room for before the first moment or after the last.
    """
    if times.dtype not in UNITS or nanoseconds <= 0:
        return None
    span, rest = divmod(nanoseconds * UNITS[times.dtype], 10**9)
    found = None if rest or span >= _LONGEST else _looped(_rounding(how, span), times, np.int64)
    return None if found is None else found[0].view(times.dtype)


_WORK = 5
"""How many element-wise steps take as long as pandas takes for a moment."""


def _looped(loops: Loops, times: np.ndarray, dtype: type) -> tuple[np.ndarray, bool] | None:
    """What a loop makes, and whether any moment is missing."""
    func = compiled(loops, _WORK * times.size) if times.flags.aligned else None
    if func is None:
        return None
    made: np.ndarray = np.empty(times.size, dtype)
    told = func(times.view(np.int64), made)
    return None if told & 2 else (made, bool(told & 1))


@cache
def _parts(second: int, name: str) -> Loops:
    units = {"DAY": 86_400 * second, "HOUR": 3600 * second, "MINUTE": 60 * second, "SECOND": second}
    steps = [f"{step} = {_STEPS[step]}" for step in dict.fromkeys(["days", *_needed(name)])]
    text = "\n        ".join(steps)
    for unit, length in units.items():
        text = text.replace(unit, str(length))
    return _loops(text, name, f"(days > {_REACH}) | (days < -{_REACH})", "int32")


@cache
def _rounding(how: str, span: int) -> Loops:
    steps = f"over = time % {span}"
    room = 2**63 - 1 - span
    value = f"time if none else {_ROUNDED[how].replace('SPAN', str(span))}"
    return _loops(steps, value, f"(time > {room}) | (time < -{room})", "int64")


def _loops(steps: str, value: str, odd: str, kind: str) -> Loops:
    source = _SOURCE.format(none=_NONE, steps=steps, value=value, odd=odd)
    return Loops(source, f"int64(Array(int64, 1, 'A', True), {kind}[::1])")


def _needed(name: str) -> Iterator[str]:
    """What a step is made of, and itself, in order."""
    for word in re.findall(r"[a-z_]+", _STEPS[name]):
        if word in _STEPS:
            yield from _needed(word)
    yield name
