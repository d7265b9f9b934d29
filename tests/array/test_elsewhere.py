"""Names of dask's that are elsewhere here, and small ones beside them."""

from __future__ import annotations

import importlib
import inspect
import warnings

import numpy as np
import pytest

import minidask.array as da
from minidask import array, testing
from minidask.testing import assert_eq

M = np.arange(24.0).reshape(4, 6)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("core.normalize_chunks", array.normalize_chunks), ("core.Array", array.Array),
        ("core.PerformanceWarning", array.PerformanceWarning),
        ("core.slices_from_chunks", array.chunks.slices_from_chunks), ("core.elemwise", array.elementwise.elemwise),
        ("core.unify_chunks", array.unify_chunks), ("core.BlockView", array.by_key.BlockView),
        ("core.broadcast_shapes", np.broadcast_shapes), ("utils.assert_eq", testing.assert_eq),
        ("utils.meta_from_array", array.facts.meta_from_array), ("reductions.cumreduction", array.cumreduction),
        ("reductions.reduction", array.reduction), ("gufunc.apply_gufunc", array.apply_gufunc),
        ("gufunc.as_gufunc", array.as_gufunc), ("gufunc.gufunc", array.gufunc), ("routines.histogram", array.histogram),
        ("wrap.ones", array.ones), ("ufunc.sin", np.sin), ("ufunc.ufunc", np.ufunc),
        ("chunk_types.is_valid_chunk_type", array.chunk_types.is_valid_chunk_type),
    ],
)  # fmt: skip
def test_import_paths(path, found):
    module, name = path.split(".")
    assert getattr(importlib.import_module(f"minidask.array.{module}"), name) is found


def test_what_is_internal_to_dask_is_not_there():
    from minidask.array import core

    with pytest.raises(AttributeError, match=r"minidask\.array\.core has no getter"):
        core.getter
    assert {"normalize_chunks", "elemwise"} <= {*dir(core)}
    assert inspect.ismodule(core)


def test_small_names():
    assert da.atop is da.blockwise
    assert da.assert_eq is testing.assert_eq
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", da.PerformanceWarning)
    x = da.from_array(M, chunks=(2, 3))
    assert x.to_backend("numpy") is x.to_backend() is x
    with pytest.raises(ValueError, match="backend='cupy'"):
        x.to_backend("cupy")


def test_blocks():
    view = da.from_array(M, chunks=(2, 3)).blocks
    assert (view.shape, view.size) == ((2, 2), 4)
    for block, place in zip(view.ravel(), da.chunks.slices_from_chunks(((2, 2), (3, 3))), strict=True):
        assert_eq(block, M[place])
    assert_eq(view[1], M[2:])


def test_metas():
    for x, ndim, dtype in [(da.ones((2, 3)), None, None), ([1, 2], 3, "f4"), (None, 2, "i1"), (5, None, None)]:
        meta = da.utils.meta_from_array(x, ndim, dtype)
        expected = np.empty((0,), float) if x is None else np.asarray(x)
        assert meta.ndim == (expected.ndim if ndim is None else ndim)
        assert meta.dtype == (expected.dtype if dtype is None else np.dtype(dtype))
        assert meta.size == 0 or not meta.ndim


def test_elemwise():
    x, out = da.from_array(M, chunks=(2, 3)), da.from_array(M * 0, chunks=4)
    assert_eq(da.core.elemwise(np.add, x, M[0], dtype="f4"), (M + M[0]).astype("f4"))
    assert_eq(da.core.elemwise(np.clip, x, 3, 7), np.clip(M, 3, 7))
    assert da.core.elemwise(np.negative, x, out=out) is out
    assert_eq(out, -M)
    da.core.elemwise(np.sqrt, x, out=out, where=x > 4)
    assert_eq(out, np.sqrt(M, where=M > 4, out=-M))
    with pytest.raises(NotImplementedError, match="needs a ufunc"):
        da.core.elemwise(np.clip, x, 3, 7, where=x > 3)


@pytest.mark.parametrize(
    ("shape", "strides"),
    [((3, 4), (8, 16)), ((2, 2, 3), (48, 8, 8)), ((5,), (0,)), (None, None), ((), ()), ((0, 3), (8, 8)), (4, (56,))],
)
def test_as_strided(shape, strides):
    if isinstance(shape, int):
        assert_eq(da.lib.stride_tricks.as_strided(da.from_array(M, chunks=3), shape, strides), M.ravel()[::7][:4])
        return
    expected = np.lib.stride_tricks.as_strided(M, shape, strides)
    assert_eq(np.lib.stride_tricks.as_strided(da.from_array(M, chunks=(3, 4)), shape, strides), expected)


def test_as_strided_stays_within_the_array():
    x = da.from_array(M, chunks=3)
    for shape, strides in [((25,), (8,)), ((2,), (-8,))]:
        with pytest.raises(IndexError, match="beyond an array of 24"):
            da.lib.stride_tricks.as_strided(x, shape, strides)
    with pytest.raises(ValueError, match="strides="):
        da.lib.stride_tricks.as_strided(x, (2,), (4,))
