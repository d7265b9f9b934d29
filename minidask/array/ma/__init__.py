"""Masked arrays, lazy: NumPy's module `numpy.ma`, for arrays in blocks.

The blocks are NumPy's masked arrays. Functions that work element by element, reductions, and those that move elements
are made from tables; all others are in the files of this folder.
"""

from __future__ import annotations

from numpy.ma import (
    MAError,
    MaskError,
    default_fill_value,
    masked,
    maximum_fill_value,
    minimum_fill_value,
    nomask,
)

from minidask.array.ma.calculations import (
    allclose,
    allequal,
    anom,
    average,
    count,
    count_masked,
    dot,
    median,
    nonzero,
    ptp,
)
from minidask.array.ma.lifting import asarray
from minidask.array.ma.lists import (
    clump_masked,
    clump_unmasked,
    flatnotmasked_contiguous,
    flatnotmasked_edges,
    notmasked_contiguous,
    notmasked_edges,
)
from minidask.array.ma.masking import (
    compressed,
    filled,
    fix_invalid,
    getdata,
    getmask,
    getmaskarray,
    is_masked,
    isMaskedArray,
    mask_or,
    masked_all,
    masked_all_like,
    masked_array,
    masked_equal,
    masked_greater,
    masked_greater_equal,
    masked_inside,
    masked_invalid,
    masked_less,
    masked_less_equal,
    masked_not_equal,
    masked_object,
    masked_outside,
    masked_values,
    masked_where,
    set_fill_value,
    where,
)
from minidask.array.ma.tables import FUNCTIONS

globals().update(FUNCTIONS)

array = masked_array
asanyarray = asarray
anomalies = anom
isMA = isarray = isMaskedArray  # noqa: N816  # NumPy's name

__all__ = [
    "MAError", "MaskError", "allclose", "allequal", "anom", "anomalies", "array", "asanyarray", "asarray",
    "average", "clump_masked", "clump_unmasked", "compressed", "count", "count_masked", "default_fill_value", "dot",
    "filled", "fix_invalid", "flatnotmasked_contiguous", "flatnotmasked_edges", "getdata", "getmask",
    "getmaskarray", "isMA", "isMaskedArray", "is_masked", "isarray", "mask_or", "masked", "masked_all",
    "masked_all_like", "masked_array", "masked_equal", "masked_greater", "masked_greater_equal", "masked_inside",
    "masked_invalid", "masked_less", "masked_less_equal", "masked_not_equal", "masked_object", "masked_outside",
    "masked_values", "masked_where", "maximum_fill_value", "median", "minimum_fill_value", "nomask", "nonzero",
    "notmasked_contiguous", "notmasked_edges", "ptp", "set_fill_value", "where",
]  # fmt: skip
__all__ += sorted(FUNCTIONS)
