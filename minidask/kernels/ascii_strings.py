"""Strings whose characters are one byte each: Arrow then need not look at where characters begin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from minidask.extras import import_extra
from minidask.kernels.text_codes import letters_of, strings_of

_WAYS = {"len": "binary_length", "lower": "ascii_lower", "upper": "ascii_upper"}
_COUNTS: Any = pd.Int64Dtype()
METHODS = frozenset(_WAYS)
"""The methods of strings that are faster so; they take no arguments."""


def answered(method: str, values: Any) -> Any:
    """What a method of strings gives for an array, as pandas does; None: some are not ASCII, or not kept by Arrow.

    Parameters
    ----------
    method
        One of `METHODS`.
    values
        Of one of pandas' dtypes of strings.

    Examples
    --------
    >>> answered("len", pd.array(["a", "bcd"], dtype="str"))
    array([1, 3])
    >>> answered("len", pd.array(["é"], dtype="str")) is None
    True
    """
    texts = strings_of(values)
    known = None if texts is None or str(texts.type) != "large_string" else letters_of(texts)
    if known is None:
        return None
    starts, letters = known
    if letters[starts[0] : starts[-1]].max(initial=0) > 127:
        return None
    found = getattr(import_extra("pyarrow.compute", extra="parquet", purpose="read strings"), _WAYS[method])(texts)
    if method != "len":
        return values.dtype.__from_arrow__(found)
    counts = found.cast("int64")
    return counts.to_numpy(zero_copy_only=False) if values.dtype.na_value is np.nan else _COUNTS.__from_arrow__(counts)
