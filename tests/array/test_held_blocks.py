"""Blocks that a person's function gives are held to what the array says of itself."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from minidask import delayed


def grid():
    return da.ones((6, 4), chunks=3)


@pytest.mark.parametrize(
    ("make", "got"),
    [
        (lambda: grid().map_blocks(lambda b: b[:1], dtype=float), r"\(1, 3\), but \(3, 3\)"),
        (lambda: grid().map_blocks(lambda b: b[:1], dtype=float, chunks=(3, 3)), r"\(1, 3\), but \(3, 3\)"),
        (lambda: grid().map_blocks(lambda b: b[0], dtype=float), r"\(3,\), but \(3, 3\)"),
        (lambda: grid().map_blocks(lambda b: 5, dtype=float), r"\(\), but \(3, 3\)"),
        (lambda: grid().map_blocks(lambda b: None, dtype=object), r"\(\), but \(3, 3\)"),
        (lambda: da.blockwise(lambda b: b[:1], "ij", grid(), "ij", dtype=float), r"\(1, 3\), but \(3, 3\)"),
        (lambda: da.from_delayed(delayed(np.ones)(3), shape=(4,), dtype=float), r"\(3,\), but shape=\(4,\)"),
    ],
)
def test_blocks_of_another_shape(make, got):
    with pytest.raises(ValueError, match=got) as error:
        make().compute()
    assert "test_held_blocks.py" in "".join(error.value.__notes__)


def test_a_declared_dtype_is_held():
    small = grid().map_blocks(lambda b: b.astype("i1") * 100, dtype="f8")
    assert small.compute().dtype == np.dtype("f8")
    assert (small * 2).compute().max() == 200
    assert da.from_delayed(delayed(np.ones)(3, "i4"), shape=(3,), dtype=float).compute().dtype == np.dtype("f8")
    with pytest.raises(TypeError, match="gave a block of float64, where int64 is expected"):
        grid().map_blocks(lambda b: b / 3, dtype="i8").compute()


def test_unknown_sizes_and_lengths_of_text_are_free():
    assert da.from_delayed(delayed(np.ones)(3), shape=(np.nan,), dtype=float).compute().shape == (3,)
    texts = da.from_array(np.array(["a", "bc"]), chunks=2)
    assert texts.map_blocks(lambda b: np.char.multiply(b, 3), dtype="U1").compute().tolist() == ["aaa", "bcbcbc"]


def test_locks_and_chunks_are_checked_at_the_call():
    with pytest.raises(TypeError, match="lock='x': expected"):
        da.from_array(np.ones(3), lock="x")
    with pytest.raises(TypeError, match="chunks hold True"):
        da.from_array(np.ones(3), chunks=True)
