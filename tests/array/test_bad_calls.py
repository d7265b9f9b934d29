"""Wrong input to what NumPy has not, a line a case: the error at the call, and what its message holds.

`v` is a lazy line of 6 numbers, `m` a matrix of 4 x 3.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask import delayed
from tests.tables import lazily

V = np.arange(6.0)
M = np.arange(12.0).reshape(4, 3)

OURS = [
    ("da.ones(6, chunks=(2, 3))", ValueError, "add up to 5, but its size is 6"),
    ("da.ones((4, 4), chunks=((2, 2),))", ValueError, "have 1 axes, but the shape"),
    ("da.ones(6, chunks=-2)", ValueError, "must be positive, or -1"),
    ("da.ones(6, chunks=0)", ValueError, "must be positive, or -1"),
    ('da.ones(6, chunks="zz")', ValueError, "'zz' is no unit"),
    ("da.ones(6, chunks=1.5)", TypeError, "1.5"),
    ("da.ones(6, chunks={3: 2})", ValueError, "name the axis 3"),
    ("da.ones(6, chunks=((7, -1),))", ValueError, "must not be negative"),
    ("da.ones(6, chunks=[None, {}])", (TypeError, ValueError), "chunks|block sizes"),
    ("da.from_array(object())", TypeError, "shape and a dtype, not object"),
    ("da.from_array(V, chunks=(2, 2))", ValueError, "add up to 4, but its size is 6"),
    ("da.from_delayed(5, shape=(2,), dtype=float)", TypeError, "not int"),
    ("da.from_delayed(delayed(5), shape=(-2,), dtype=float)", ValueError, r"shape=\(-2,\)"),
    ('da.from_delayed(delayed(5), shape="a", dtype=float)', ValueError, "shape='a'"),
    ("da.from_delayed(delayed(5), shape=())", TypeError, "needs the dtype"),
    ("v.rechunk({2: 3})", ValueError, "name the axis 2"),
    ("v.rechunk(((1, 2),))", ValueError, "add up to 3, but its size is 6"),
    ("v.map_blocks(5)", TypeError, "not int"),
    ("v.map_blocks(np.sin, chunks=((1,),))", ValueError, "tell 1 blocks along axis 0, but there are 3"),
    ("v.map_blocks(np.sin, drop_axis=4)", np.exceptions.AxisError, "drop_axis: axis 4"),
    ("v.map_blocks(np.sin, new_axis=9)", np.exceptions.AxisError, "new_axis: axis 9"),
    ("da.map_blocks(np.add, v, da.ones(6, chunks=4))", ValueError, "numbers of blocks"),
    ("v.map_overlap(np.sin, depth=-1)", ValueError, "depth=-1"),
    ("v.map_overlap(np.sin, depth={4: 1})", np.exceptions.AxisError, "depth: axis 4"),
    ('v.map_overlap(np.sin, depth=1, boundary="zz")', ValueError, "boundary='zz'"),
    ("v.map_overlap(np.sin, depth=(1, 2))", ValueError, "2 axes, but the array has 1"),
    ("v.map_overlap(np.sin, depth=1.5)", ValueError, "depth=1.5"),
    ("da.overlap.trim_internal(v, {0: -1}, None)", ValueError, "depth="),
    ('da.apply_gufunc(np.sum, "zz", m)', ValueError, "signature='zz'"),
    ('da.apply_gufunc(np.dot, "(i),(i)->()", v, da.ones(7))', ValueError, "sizes 6 and 7"),
    ('da.apply_gufunc(np.sum, "(i)->()", v)', ValueError, "several blocks"),
    ('da.blockwise(np.add, "i", v, "ij")', ValueError, "2 symbols, but its array has 1 axes"),
    ('da.blockwise(np.sin, "i", v)', ValueError, "no partner"),
    ('da.unify_chunks(v, "i", da.ones(7), "i")', ValueError, r"different sizes: \[6, 7\]"),
    ("da.reduction(v, np.sum, np.sum, axis=4, dtype=float)", np.exceptions.AxisError, "axis 4"),
    ("da.cumreduction(np.cumsum, np.add, 0, v, axis=4)", np.exceptions.AxisError, "axis 4"),
    ("da.coarsen(np.mean, v, {0: 4})", ValueError, "size 6 does not divide into groups of 4"),
    ("da.coarsen(np.mean, v, {3: 2})", np.exceptions.AxisError, "axis 3"),
    ("da.coarsen(np.mean, v, {0: 0})", ValueError, "groups of 0"),
    ("da.topk(v, 2, axis=3)", np.exceptions.AxisError, "axis 3"),
    ('da.topk(v, "a")', TypeError, "str"),
    ("da.argtopk(m, 2, axis=7)", np.exceptions.AxisError, "axis 7"),
    ("v.vindex[[0, 9]]", IndexError, "index 9 is out of bounds"),
    ("m.vindex[[0, 1], [0, 1, 2]]", (ValueError, IndexError), r"\(2,\).*\(3,\)"),
    ("v.blocks[9]", IndexError, "index 9"),
    ("m.blocks[0, 0, 0]", IndexError, "too many indices"),
    ("da.shuffle(v, [[0, 9]], axis=0)", IndexError, "index 9"),
    ("da.shuffle(v, [[0]], axis=4)", np.exceptions.AxisError, "axis 4"),
    ("v.store(np.zeros(5))", ValueError, r"\(6,\).*\(5,\)"),
    ("da.store(v, [np.zeros(6), np.zeros(6)])", ValueError, "1 sources for 2 targets"),
    ("da.store([v, v], [np.zeros(6)])", ValueError, "2 sources for 1 targets"),
    ("da.store(5, np.zeros(6))", TypeError, "not int"),
    ("da.store(v, object())", TypeError, "targets"),
    ("da.store(v, np.zeros(6), regions=(slice(0, 3),))", ValueError, r"\(6,\).*\(3,\)"),
    ("da.store(v, np.zeros(6), regions=(slice(6), slice(1)))", ValueError, "2 axes"),
    ('da.to_npy_stack("stack", v, axis=3)', np.exceptions.AxisError, "axis 3"),
    ('da.to_npy_stack("stack", da.ones(()))', ValueError, "one axis or more"),
    ('da.from_npy_stack("/nonexistent")', FileNotFoundError, "no stack in /nonexistent"),
    ('da.image.imread("/nonexistent*.png")', FileNotFoundError, "/nonexistent"),
    ("da.linalg.svd_compressed(m, -2)", ValueError, "-2 singular vectors"),
    ("da.linalg.solve_triangular(m, v)", np.linalg.LinAlgError, r"\(4, 3\)"),
    ("da.linalg.tsqr(v)", np.linalg.LinAlgError, "matrix"),
    ("da.fft.fft_wrap(np.sin)", ValueError, "sin"),
    ("da.random.default_rng(1).normal(size=6, chunks=((2, 2),))", ValueError, "add up to 4, but its size is 6"),
    ('m.to_dask_dataframe(columns=["a"])', ValueError, "1 names"),
    ('v.compute(scheduler="zz")', ValueError, "no scheduler 'zz'"),
    ("v.compute(nonsense=4)", TypeError, "option 'nonsense'"),
    ("v + da.ones(4)", ValueError, r"\(6,\).*\(4,\)"),
    ("v @ da.ones((7, 2))", ValueError, "6.*7"),
    ("da.concatenate([m, da.ones((2, 2))])", ValueError, "3.*2"),
    ("da.stack([v, v[:3]])", ValueError, r"\(1, 6\).*\(1, 3\)"),
    ("v.reshape(4)", ValueError, r"6.*\(4,\)"),
    ("da.broadcast_to(m, (3, 3))", ValueError, r"\(4, 3\).*\(3, 3\)"),
    ("v.vindex[True]", IndexError, "truth values"),
    ("v.blocks[False]", IndexError, "blocks are picked by"),
    ("v.std(mean=3)", NotImplementedError, "leave it out"),
    ("da.nanvar(v, mean=3)", NotImplementedError, "leave it out"),
    ("da.sum(v, nonsense=3)", TypeError, "unexpected argument 'nonsense'; it takes axis"),
    ("da.ones(3, like=v)", NotImplementedError, "NumPy's own function"),
    ("da.arange(3, like=v)", NotImplementedError, "NumPy's own function"),
    ("da.zeros_like(v, subok=False)", NotImplementedError, "kind that they are made in"),
    ('da.eye(3, order="F")', NotImplementedError, "asarray"),
    ("da.histogram(v + 1j, 3)", TypeError, "complex numbers"),
    ("da.histogramdd([v, v + 1j], 3)", TypeError, "complex numbers"),
    ("da.digitize(v + 1j, [1, 2])", TypeError, "complex"),
    ('setattr(v, "imag", 3)', TypeError, "float64 has no imaginary parts"),
    ('setattr(v, "real", V[:5])', ValueError, "broadcast"),
    ("da.random.normal(0, [1, -1])", ValueError, "scale < 0"),
    ("da.random.default_rng(0).binomial([3, 5], [[0.5], [1.5]])", ValueError, "p > 1"),
    ("da.random.default_rng(0).random(out=V)", NotImplementedError, "lazy array"),
]


@pytest.mark.parametrize(("line", "error", "message"), OURS)
def test_an_error_that_tells(line: str, error: Any, message: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        eval(line, {"np": np, "da": da, "delayed": delayed, "V": V, "v": lazily(V), "m": lazily(M)})
    assert not list(tmp_path.iterdir())
