"""Lazy, chunked NumPy arrays."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy

from minidask.array import (
    chunk_types,
    elsewhere,
    image,
    io,
    lib,
    numbers,
    overlap,
    random,
    ufuncs,
)
from minidask.array.along import (
    put_along_axis,
    take_along_axis,
    trim_zeros,
)
from minidask.array.array import Array
from minidask.array.between import digitize, interp
from minidask.array.chunk_types import register_chunk_type
from minidask.array.chunks import normalize_chunks
from minidask.array.constants import (
    empty,
    empty_like,
    full,
    full_like,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from minidask.array.contract import (
    dot,
    einsum,
    inner,
    matmul,
    outer,
    tensordot,
    vdot,
)
from minidask.array.creation import (
    array,
    asanyarray,
    asarray,
    copy,
    from_array,
    from_delayed,
    from_dlpack,
)
from minidask.array.diagonals import (
    diag,
    diagflat,
    diagonal,
    indices,
    meshgrid,
    trace,
    tril,
    triu,
)
from minidask.array.differences import (
    cummax,
    cummin,
    cumprod,
    cumsum,
    cumulative_prod,
    cumulative_sum,
    diff,
    ediff1d,
    gradient,
    nancumprod,
    nancumsum,
)
from minidask.array.editing import (
    append,
    array_split,
    delete,
    dsplit,
    hsplit,
    insert,
    pad,
    split,
    unstack,
    vsplit,
)
from minidask.array.elementwise import (
    allclose,
    angle,
    array_equal,
    array_equiv,
    astype,
    busday_count,
    busday_offset,
    datetime_as_string,
    fix,
    i0,
    imag,
    is_busday,
    isclose,
    iscomplex,
    isneginf,
    isposinf,
    isreal,
    nan_to_num,
    real,
    sinc,
    where,
)
from minidask.array.facts import (
    can_cast,
    common_type,
    finfo,
    iinfo,
    iscomplexobj,
    isrealobj,
    ndim,
    result_type,
    shape,
    size,
)
from minidask.array.filling import push
from minidask.array.functions import (
    all,
    any,
    argmax,
    argmin,
    around,
    clip,
    max,
    mean,
    min,
    moment,
    nanargmax,
    nanargmin,
    nanmax,
    nanmean,
    nanmin,
    nanprod,
    nanstd,
    nansum,
    nanvar,
    prod,
    rechunk,
    round,
    std,
    sum,
    var,
)
from minidask.array.gaps import (
    isnull,
    notnull,
)
from minidask.array.grids import (
    c_,
    mgrid,
    ogrid,
    r_,
)
from minidask.array.gufunc import apply_gufunc, as_gufunc, gufunc
from minidask.array.histograms import (
    bincount,
    histogram,
    histogram2d,
    histogram_bin_edges,
    histogramdd,
)
from minidask.array.info import (
    __array_namespace_info__,
)
from minidask.array.inplace import copyto, place, put, putmask
from minidask.array.io import *  # noqa: F403  # their names are told there
from minidask.array.joining import (
    block,
    column_stack,
    concatenate,
    dstack,
    hstack,
    stack,
    vstack,
)
from minidask.array.loops import (
    einsum_path,
    fromfunction,
    frompyfunc,
    vectorize,
)
from minidask.array.manipulation import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_arrays,
    broadcast_to,
    expand_dims,
    flip,
    fliplr,
    flipud,
    moveaxis,
    ravel,
    repeat,
    reshape,
    reshape_blockwise,
    resize,
    roll,
    rollaxis,
    rot90,
    squeeze,
    swapaxes,
    tile,
    transpose,
)
from minidask.array.nodes import reduced_together as _reduced_together  # noqa: F401  # registers its pass
from minidask.array.nodes import rules as _rules  # noqa: F401  # registers them
from minidask.array.nodes import slice_rules as _slice_rules  # noqa: F401  # registers them
from minidask.array.numbers import *  # noqa: F403  # they are NumPy's own
from minidask.array.overlap import (
    map_overlap,
)
from minidask.array.places import (
    diag_indices,
    diag_indices_from,
    fill_diagonal,
    ix_,
    ravel_multi_index,
    tri,
    tril_indices,
    tril_indices_from,
    triu_indices,
    triu_indices_from,
    unravel_index,
)
from minidask.array.polynomials import (
    polyfit,
    polyval,
    vander,
)
from minidask.array.products import cross, kron, matrix_transpose, matvec, vecdot, vecmat
from minidask.array.protocol import register
from minidask.array.quantiles import median, nanmedian, nanpercentile, nanquantile, percentile, quantile
from minidask.array.ranges import (
    arange,
    eye,
    geomspace,
    identity,
    linspace,
    logspace,
)
from minidask.array.selecting import (
    argtopk,
    argwhere,
    choose,
    compress,
    count_nonzero,
    extract,
    flatnonzero,
    nonzero,
    piecewise,
    searchsorted,
    select,
    shuffle,
    take,
    topk,
)
from minidask.array.sets import (
    intersect1d,
    isin,
    setdiff1d,
    setxor1d,
    union1d,
    unique,
    unique_all,
    unique_counts,
    unique_inverse,
    unique_values,
)
from minidask.array.signals import (
    convolve,
    correlate,
    trapezoid,
    unwrap,
)
from minidask.array.sorting import (
    argpartition,
    argsort,
    lexsort,
    partition,
    sort,
    sort_complex,
)
from minidask.array.statistics import (
    average,
    coarsen,
    corrcoef,
    cov,
    ptp,
)
from minidask.array.tapers import (
    bartlett,
    blackman,
    hamming,
    hanning,
    kaiser,
)
from minidask.array.ufuncs import *  # noqa: F403  # they are many, and NumPy's own
from minidask.array.user_functions import (
    apply_along_axis,
    apply_over_axes,
    blockwise,
    map_blocks,
    unify_chunks,
)
from minidask.array.user_reductions import cumreduction, reduction
from minidask.collection import compute, optimize
from minidask.errors import PerformanceWarning

__all__ = [
    "Array", "PerformanceWarning", "__array_namespace_info__", "all", "allclose", "amax", "amin", "angle", "any",
    "append", "apply_along_axis", "apply_gufunc", "apply_over_axes", "arange", "argmax", "argmin", "argpartition",
    "argsort", "argtopk", "argwhere", "around", "array", "array_equal", "array_equiv", "array_split", "as_gufunc",
    "asanyarray", "asarray", "astype", "atleast_1d", "atleast_2d", "atleast_3d", "atop", "average", "bartlett",
    "bincount", "blackman", "block", "blockwise", "broadcast_arrays", "broadcast_to", "busday_count",
    "busday_offset", "c_", "can_cast", "choose", "chunk_types", "clip", "coarsen", "column_stack", "common_type",
    "compress", "compute", "concat", "concatenate", "convolve", "copy", "copyto", "corrcoef", "correlate",
    "count_nonzero", "cov", "cross", "cummax", "cummin", "cumprod", "cumreduction", "cumsum", "cumulative_prod",
    "cumulative_sum", "datetime_as_string", "delete", "diag", "diag_indices", "diag_indices_from", "diagflat",
    "diagonal", "diff", "digitize", "dot", "dsplit", "dstack", "ediff1d", "einsum", "einsum_path", "empty",
    "empty_like", "expand_dims", "extract", "eye", "fill_diagonal", "finfo", "fix", "flatnonzero", "flip", "fliplr",
    "flipud", "from_array", "from_delayed", "from_dlpack", "fromfunction", "frompyfunc", "full", "full_like",
    "geomspace", "gradient", "gufunc", "hamming", "hanning", "histogram", "histogram2d", "histogram_bin_edges",
    "histogramdd", "hsplit", "hstack", "i0", "identity", "iinfo", "imag", "image", "indices", "inner", "insert",
    "interp", "intersect1d", "is_busday", "isclose", "iscomplex", "iscomplexobj", "isin", "isneginf", "isnull",
    "isposinf", "isreal", "isrealobj", "ix_", "kaiser", "kron", "lexsort", "lib", "linspace", "logspace",
    "map_blocks", "map_overlap", "matmul", "matrix_transpose", "matvec", "max", "mean", "median", "meshgrid",
    "mgrid", "min", "moment", "moveaxis", "nan_to_num", "nanargmax", "nanargmin", "nancumprod", "nancumsum",
    "nanmax", "nanmean", "nanmedian", "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum",
    "nanvar", "ndim", "nonzero", "normalize_chunks", "notnull", "ogrid", "ones", "ones_like", "optimize", "outer",
    "overlap",
    "pad", "partition", "percentile", "permute_dims", "piecewise", "place", "polyfit", "polyval", "prod", "ptp",
    "push", "put", "put_along_axis", "putmask", "quantile", "r_", "random", "ravel", "ravel_multi_index", "real",
    "rechunk", "reduction", "register_chunk_type", "repeat", "reshape", "reshape_blockwise", "resize",
    "result_type", "roll", "rollaxis", "rot90", "round", "searchsorted", "select", "setdiff1d", "setxor1d", "shape",
    "shuffle", "sinc", "size", "sort", "sort_complex", "split", "squeeze", "stack", "std", "sum", "swapaxes",
    "take", "take_along_axis", "tensordot", "tile", "topk", "trace", "transpose", "trapezoid", "tri", "tril",
    "tril_indices", "tril_indices_from", "trim_zeros", "triu", "triu_indices", "triu_indices_from", "unify_chunks",
    "union1d", "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values", "unravel_index",
    "unstack", "unwrap", "vander", "var", "vdot", "vecdot", "vecmat", "vectorize", "vsplit", "vstack", "where",
    "zeros", "zeros_like",
]  # fmt: skip
_TESTING = ("assert_eq",)
_LAZY = ("array_api", "emath", "fft", "linalg", "ma", "stats", "strings")
"""Modules that are imported when they are asked for: most sessions do without."""
__all__ += [*_LAZY]
__all__ += io.__all__ + numbers.__all__ + ufuncs.__all__

amax, amin, concat, permute_dims = max, min, concatenate, transpose  # other names that NumPy has for them
atop = blockwise  # its name before
elsewhere.install({"reductions": {"cumreduction": cumreduction, "reduction": reduction}})
register({name: globals()[name] for name in __all__ if name not in _LAZY}, numpy)


def __getattr__(name: str) -> Any:
    if name in _TESTING:
        return getattr(import_module("minidask.testing"), name)
    if name in _LAZY or name in elsewhere.NAMES:
        return import_module(f"minidask.array.{name}")
    raise AttributeError(f"module 'minidask.array' has no attribute {name!r}")
