"""Bytes and durations, to and from the way people write them."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from functools import lru_cache

_BYTES = {"": 1, "b": 1} | {
    prefix + binary + b: (1024 if binary else 1000) ** power
    for power, prefix in enumerate("kmgtp", start=1)
    for binary in ("", "i")
    for b in ("", "b")
}
_SECONDS = {
    "s": 1, "sec": 1, "second": 1, "ms": 1e-3, "millisecond": 1e-3, "us": 1e-6, "µs": 1e-6, "microsecond": 1e-6,
    "ns": 1e-9, "nanosecond": 1e-9, "m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600,
    "d": 86400, "day": 86400, "w": 604800, "week": 604800,
}  # fmt: skip
_FRACTION = re.compile(r"0?\.\d+|0\.|1\.0*")
"""A number between 0 and 1 with a point, which is no number of bytes."""
_LEAST_LIMIT = 10_000
_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)?\s*([^\d\s]*)", re.IGNORECASE)


def parse_bytes(size: str | float, name: str = "size") -> int:
    """The number of bytes that a person means.

    Parameters
    ----------
    size
        A number of bytes, or text such as ``"128MiB"`` (powers of 1024), ``"5 kB"`` (powers of 1000), ``"1e6"``
        or ``"GB"`` (one of them). Upper and lower case mean the same.
    name
        What the message of an error calls the argument.

    Raises
    ------
    ValueError, TypeError
        The text has another form; `size` is neither a number nor text.

    Examples
    --------
    >>> [parse_bytes(size) for size in ("128MiB", "1e6", "5 kB", "1.5k", "MB", 100)]
    [134217728, 1000000, 5000, 1500, 1000000, 100]
    """
    number, unit = _split(size, name, 'a size as a number of bytes or text such as "128MiB" or "5 kB"')
    if unit not in _BYTES:
        raise ValueError(
            f'{name}={size!r}: {unit!r} is no unit of bytes; known are B, kB, MB, GB, TB, PB and "KiB" to "PiB"'
        )
    if not 0 <= number < math.inf:
        raise ValueError(f"{name}={size!r}: a size is a finite number and not negative")
    return int(number * _BYTES[unit])


def parse_limit(limit: str | float, total: int, name: str = "memory_limit") -> float:
    """The number of bytes that a person means by a limit of memory.

    Parameters
    ----------
    limit
        A number of bytes or text such as "2GB"; a share of `total` such as 0.5, "0.5" or "50%"; or False: no limit.
    total
        The bytes that there are.
    name
        What the message of an error calls the argument.

    Raises
    ------
    ValueError, TypeError
        `limit` is none of these, no more than 0, or of less than 10 kB, which nobody means.

    Examples
    --------
    >>> [parse_limit(limit, total=1000) for limit in ("2GB", 0.5, "0.5", "50%", False)]
    [2000000000, 500, 500, 500, inf]
    """
    if limit is False:
        return math.inf
    if isinstance(limit, str) and limit.strip().endswith("%"):
        number, unit = _split(limit, name, 'a share such as "60%"')
        share = number / 100 if unit == "%" else -1.0
    elif isinstance(limit, str | float) and _FRACTION.fullmatch(str(limit).strip()):
        share = float(limit)
    else:
        nbytes = parse_bytes(limit, name)
        if nbytes >= _LEAST_LIMIT:
            return nbytes
        if nbytes:
            raise ValueError(
                f"{name}={limit!r} is {format_bytes(nbytes)}, and the least limit is 10 kB; "
                'did you mean a share of the memory, such as 0.5 or "50%"?'
            )
        share = 0.0
    if not 0 < share <= 1:
        raise ValueError(
            f"{name}={limit!r}: expected bytes, a share of the memory of more than 0, or False for no limit"
        )
    return int(share * total)


def format_bytes(nbytes: float) -> str:
    """A number of bytes, short enough to read.

    Examples
    --------
    >>> [format_bytes(n) for n in (12, 1234, 2**30, 5 * 2**40)]
    ['12 B', '1.21 kiB', '1.00 GiB', '5.00 TiB']
    """
    for power, prefix in reversed(list(enumerate("kMGTP", start=1))):
        if abs(nbytes) >= 1024**power:
            return f"{nbytes / 1024**power:.2f} {prefix}iB"
    return f"{int(nbytes)} B"


def parse_timedelta(duration: str | float | timedelta, default: str = "seconds", name: str = "duration") -> float:
    """The number of seconds that a person means.

    Parameters
    ----------
    duration
        A number, text such as ``"300ms"``, ``"1.5 hours"`` or ``"2 min"``, or a `datetime.timedelta`.
    default
        The unit of a bare number.
    name
        What the message of an error calls the argument.

    Raises
    ------
    ValueError, TypeError
        The text has another form, or an unknown unit; `duration` is of no known type.

    Examples
    --------
    >>> [parse_timedelta(d) for d in ("300ms", "2 minutes", "hour", 5, "5")]
    [0.3, 120, 3600, 5, 5]
    >>> parse_timedelta(5, default="ms")
    0.005
    """
    if isinstance(duration, timedelta):
        return duration.total_seconds()
    number, unit = _split(duration, name, 'a duration as a number or text such as "300ms" or "2 min"')
    seconds = _SECONDS.get(_singular(unit or default.lower()))
    if seconds is None:
        raise ValueError(
            f"{name}={duration!r}: {unit or default!r} is no unit of time; known are {', '.join(_SECONDS)}"
        )
    amount = number * seconds if seconds >= 1 else number / round(1 / seconds)  # dividing rounds once: 300 ms is 0.3
    return int(amount) if amount.is_integer() else amount


def format_time(seconds: float) -> str:
    """A duration, short enough to read.

    Examples
    --------
    >>> [format_time(s) for s in (0.000123, 0.5, 12.3456, 1234, 12345, 200000)]
    ['123.00 us', '500.00 ms', '12.35 s', '20m 34s', '3hr 25m', '2d 7hr']
    """
    for least, large, large_unit, small, small_unit in (
        (2 * 86400, 86400, "d", 3600, "hr"),
        (2 * 3600, 3600, "hr", 60, "m"),
        (10 * 60, 60, "m", 1, "s"),
    ):
        if seconds >= least:
            whole, rest = divmod(seconds, large)
            return f"{int(whole)}{large_unit} {int(rest // small)}{small_unit}"
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.2f} us"


def _split(quantity: str | float, name: str, expected: str) -> tuple[float, str]:
    """The number (1 where there is none) and the unit, in small letters ("" where there is none)."""
    if isinstance(quantity, str):
        found = _split_text(quantity)
        if found is None:
            raise ValueError(f"{name}={quantity!r}: expected {expected}")
        return found
    if isinstance(quantity, bool | bytes):
        raise TypeError(f"{name}={quantity!r}: expected {expected}")
    try:
        return float(quantity), ""
    except (TypeError, ValueError):
        raise TypeError(f"{name}={quantity!r}: expected {expected}") from None


@lru_cache(maxsize=256)
def _split_text(quantity: str) -> tuple[float, str] | None:
    match = _QUANTITY.fullmatch(quantity.strip())
    if match is None or not any(match.groups()):
        return None
    return float(match[1] or 1), match[2].lower()


def _singular(unit: str) -> str:
    return unit[:-1] if len(unit) > 2 and unit.endswith("s") and unit[:-1] in _SECONDS else unit
