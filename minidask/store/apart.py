"""Copies that share no memory with what they are copies of, so that a file under it can be closed."""

from __future__ import annotations

import sys
from typing import Any

from minidask.store.frames import SMALLEST, Frames, load


def copied_apart(obj: Any) -> Any:
    """A copy of an object in memory of its own; quick where it consists of NumPy's arrays.

    Raises
    ------
    Unpicklable
        It consists of something else that cannot be pickled.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(3)
    >>> np.shares_memory(x, copied_apart(x))
    False
    """
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and type(obj) is numpy.ndarray and not obj.dtype.hasobject:
        return obj.copy(order="K")
    if pandas is not None and type(obj) in (pandas.DataFrame, pandas.Series) and _is_numeric(obj, numpy):
        copy = obj.copy()
        copy.index = obj.index.copy(deep=True)  # which the copy of a frame shares
        return copy
    return load(Frames(obj).to_bytes())


def _is_numeric(frame: Any, numpy: Any) -> bool:
    """Whether pandas' own copy is one in every part: texts and categories are shared by copies."""
    dtypes = [frame.index.dtype]
    if frame.ndim == 1:
        dtypes.append(frame.dtype)
    elif frame.columns.nbytes < SMALLEST:  # smaller ones lie in no file
        dtypes += list(frame.dtypes)
    else:
        return False
    return not frame.attrs and all(isinstance(d, numpy.dtype) and not d.hasobject for d in dtypes)
