"""Missing values told."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.nodes.elementwise import elementwise


def isnull(values: Any) -> Array:
    """Which elements are missing: NaN, NaT, None.

    Examples
    --------
    >>> isnull([1.0, np.nan]).compute()
    array([False,  True])
    """
    return Array.of(elementwise(_is_null, asanyarray(values).expr))


def notnull(values: Any) -> Array:
    """Which elements are not missing.

    Examples
    --------
    >>> notnull([1.0, np.nan]).compute()
    array([ True, False])
    """
    return ~isnull(values)


def _is_null(block: Any) -> Any:
    if block.dtype.kind in "fcmM":
        return np.isnan(block)
    if block.dtype.kind != "O":
        return np.zeros(block.shape, bool)
    none = np.frompyfunc(lambda value: value is None or value is not value or bool(_differs(value)), 1, 1)
    return np.asarray(none(block), bool)


def _differs(value: Any) -> bool:
    """Whether an object is not equal to itself, as NaN; of what cannot tell (pandas' NA) it is taken to be so."""
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"
