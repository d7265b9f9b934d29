"""Blocks of plain text tables, parsed by a compiled loop: neither options nor values are such that pandas would make
anything else of them. What is not plain is left to pandas, block by block."""

from __future__ import annotations

import inspect
import io
import string
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from minidask.extras import import_extra
from minidask.kernels.csv_loops import FLOATING, SKIPPED, TEXT, TRUTH, WHOLE
from minidask.kernels.csv_rows import Rows, Texts

try:
    from pandas._libs.parsers import STR_NA_VALUES  # type: ignore[import-not-found]  # nothing public tells them
except ImportError:
    STR_NA_VALUES = set()

_NO_MATTER = frozenset(
    ("cache_dates", "date_format", "dayfirst", "dtype", "low_memory", "names", "parse_dates", "usecols")
)
"""Options that tell no more than the columns and their dtypes do; dates `plain_rows` leaves to pandas."""
_DELIMITERS = ("\t", *sorted({*string.punctuation} - {*'+-."'}))
_ALLOWED: Mapping[str, Sequence[Any]] = {
    "delimiter": _DELIMITERS,
    "encoding": ("utf-8", "utf8"),
    "engine": ("c",),
    "header": (0, None),
    "sep": _DELIMITERS,
}
"""Values of other options that are understood, beside their defaults."""
_KINDS = {np.dtype(np.int64): WHOLE, np.dtype(np.float64): FLOATING, np.dtype(bool): TRUTH}
"""What a field is taken for, by the dtype of its column."""


def is_plain(options: Mapping[str, Any]) -> bool:
    """Whether options for `pandas.read_csv` tell nothing but what `plain_rows` understands.

    Examples
    --------
    >>> is_plain({"sep": "|", "dtype": {"x": "float64"}}), is_plain({"decimal": ","})
    (True, False)
    """
    return all(_is_known(name, value) for name, value in options.items() if name not in _NO_MATTER)


def _is_known(name: str, value: Any) -> bool:
    default = _defaults().get(name)
    if default is None or value is default.default:
        return default is not None
    return isinstance(value, str | int | None) and value in _ALLOWED.get(name, (default.default,))


@cache
def _defaults() -> Mapping[str, inspect.Parameter]:
    return inspect.signature(pd.read_csv).parameters


def plain_rows(
    pieces: Iterable[np.ndarray], nbytes: int, names: Sequence[Any], meta: pd.DataFrame, options: Mapping[str, Any]
) -> pd.DataFrame | None:
    """The rows of a block as `pandas.read_csv` gives them; None where they are not plain.

    Parameters
    ----------
    pieces
        The bytes of the block, each of whole lines, and `SPARE` others after each, which are zeros after the last.
    nbytes
        How many they are, about.
    names
        All columns of the file.
    meta
        The columns to give, with their dtypes.
    options
        For `pandas.read_csv`: plain ones.
    """
    kinds = {column: _kind(dtype) for column, dtype in meta.dtypes.items()}
    dates = options.get("parse_dates") or ()
    if (
        None in kinds.values()
        or len({*names}) < len(names)
        or not kinds.keys() <= {*names}
        or any(column in kinds for column in dates)
        or not _rounds_to_nearest()
    ):
        return None
    delimiter = ord(options.get("delimiter") or options.get("sep") or ",")
    rows = Rows(delimiter, [kinds.get(name, SKIPPED) for name in names], _absent(), nbytes, _is_utf8)
    if not all(rows.add(piece) for piece in pieces) or not rows.length:
        return None
    numbers, texts = iter(rows.numbers), iter(rows.texts)
    found: dict[Any, Any] = {}
    for name in names:
        if name in kinds:
            dtype = meta[name].dtype
            found[name] = _strings(next(texts), dtype) if kinds[name] == TEXT else _numbers(next(numbers), dtype)
    return pd.DataFrame(found, index=pd.RangeIndex(rows.length), columns=meta.columns, copy=False)


def _kind(dtype: Any) -> Any:
    """What a field is taken for; None: pandas is to read it."""
    if isinstance(dtype, pd.StringDtype):
        return TEXT if dtype.storage == "pyarrow" and dtype.na_value is np.nan else None
    return _KINDS.get(dtype) if isinstance(dtype, np.dtype) else None


def _numbers(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return values.view(dtype) if dtype.itemsize == 8 else values.astype(dtype)


def _strings(texts: Texts, dtype: Any) -> Any:
    pa = _arrow()
    buffers = [None if part is None else pa.py_buffer(part) for part in texts]
    return dtype.__from_arrow__(pa.LargeStringArray.from_buffers(len(texts.ends) - 1, *buffers[1:], buffers[0]))


def _is_utf8(data: np.ndarray) -> bool:
    pa = _arrow()
    ends = pa.py_buffer(np.array([0, data.size], np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


@cache
def _absent() -> frozenset[bytes]:
    """What pandas takes for a missing value."""
    return frozenset(token.encode() for token in STR_NA_VALUES)


@cache
def _rounds_to_nearest() -> bool:
    """Whether pandas gives the float that is nearest to a number, as Python does: its older versions do not."""
    numbers = np.random.default_rng(0).random(256).tolist()
    found: bool = pd.read_csv(io.StringIO("\n".join(["x", *map(repr, numbers)]))).x.tolist() == numbers
    return found


def _arrow() -> Any:
    return import_extra("pyarrow", extra="parquet", purpose="read strings")
