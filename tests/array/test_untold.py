"""Functions of the person's own see real data only, each block once, and what they make is known to who asks."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minidask
import minidask.array as da
from minidask.testing import assert_eq

M = np.arange(35.0).reshape(5, 7)
BLOCKS = 9


def x() -> da.Array:
    return da.from_array(M, chunks=(2, 3))


class Seen:
    """A function that notes its calls in files: it may be called in other processes. It cannot stand empty blocks."""

    def __init__(self, folder: Path, func: Callable[..., Any]) -> None:
        self.folder = folder
        self.func = func

    def __call__(self, block: Any, *args: Any, **kwargs: Any) -> Any:
        assert block.size, "it never sees a block that nobody has"
        (self.folder / uuid.uuid4().hex).touch()
        return self.func(block, *args, **kwargs)

    def calls(self) -> int:
        """How often it was called since this was asked last."""
        files = list(self.folder.iterdir())
        for file in files:
            file.unlink()
        return len(files)


def halved(block: Any) -> Any:
    return block * 0.5


def total(block: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return block.sum(axis=axis, keepdims=keepdims)


def run(block: Any, axis: int, dtype: Any) -> Any:
    return np.cumsum(block, axis=axis, dtype=dtype)


MADE: dict[str, tuple[Callable[[Seen], da.Array], Callable[..., Any], Any]] = {
    "map_blocks": (lambda f: x().map_blocks(f), halved, M / 2),
    "blockwise": (lambda f: da.blockwise(f, "ij", x(), "ij"), halved, M / 2),
    "map_overlap": (lambda f: x().map_overlap(f, depth=1), halved, M / 2),
    "apply_gufunc": (lambda f: da.apply_gufunc(f, "()->()", x()), halved, M / 2),
    "reduction": (lambda f: da.reduction(x(), f, np.sum), total, M.sum()),
    "an axis reduced": (lambda f: da.reduction(x(), f, np.sum, axis=0), total, M.sum(0)),
    "cumreduction": (lambda f: da.cumreduction(f, np.add, 0, x(), axis=0), run, M.cumsum(0)),
}


@pytest.fixture(params=[*MADE])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[da.Array, Seen, Any]:
    make, func, expected = MADE[request.param]
    seen = Seen(tmp_path, func)
    return make(seen), seen, expected


class TestOnce:
    def test_computing_asks_nothing(self, made, scheduler):
        found, seen, expected = made
        assert "dtype=?" in repr(found)
        assert "unknown" in found._repr_html_()
        assert found.shape == np.shape(expected)
        assert not seen.calls()
        assert_eq(minidask.compute([found], scheduler=scheduler)[0][0], expected)
        assert seen.calls() == BLOCKS
        assert "dtype=?" in repr(found)

    def test_a_question_is_a_call_of_the_computation(self, made):
        found, seen, expected = made
        assert found.dtype == float
        assert seen.calls() == 1
        assert "dtype=float64" in repr(found)
        above = (found + 1).sum()
        assert above.compute() == (expected + 1).sum()
        assert seen.calls() == BLOCKS - 1

    def test_nor_without_the_optimizer(self, made):
        found, seen, expected = made
        assert_eq(found.compute(optimize_graph=False), expected)
        assert seen.calls() == BLOCKS
        assert found.dtype == float
        assert_eq(found.compute(optimize_graph=False), expected)
        assert seen.calls() == BLOCKS

    def test_persist_and_optimize(self, made):
        found, seen, expected = made
        kept = found.persist()
        assert seen.calls() == BLOCKS
        assert kept.dtype == float
        assert_eq(kept + 0, expected + 0)
        planned = found.optimize()
        assert not seen.calls()
        assert_eq(planned.compute(), expected)

    def test_inside_arguments(self, made):
        found, seen, expected = made
        assert_eq(minidask.delayed(np.sum)(found).compute(), expected.sum())
        assert seen.calls() == BLOCKS


def test_one_function_after_another(tmp_path: Path) -> None:
    seen = Seen(tmp_path, halved)
    twice = x().map_blocks(seen).map_blocks(seen)
    assert not seen.calls()
    assert twice.dtype == float
    assert seen.calls() == 2
    assert_eq(twice.compute(), M / 4)
    assert seen.calls() == 2 * BLOCKS - 2


def test_moved_axes_ask_nothing(tmp_path: Path) -> None:
    seen = Seen(tmp_path, halved)
    columns = da.apply_gufunc(seen, "(i)->(i)", x().rechunk((5, 3)), axis=0)
    seen.func = lambda a: a.sum(-1)
    sums = da.apply_gufunc(seen, "(i)->()", x().rechunk((5, 3)), axis=0, keepdims=True)
    assert not seen.calls()
    assert (columns.shape, sums.shape) == ((5, 7), (1, 7))
    assert_eq(sums + 0, M.sum(0, keepdims=True))


def test_several_outputs_are_asked_together(tmp_path: Path) -> None:
    rows = x().rechunk((2, 7))
    seen = Seen(tmp_path, lambda a: (a.min(-1), a.max(-1)))
    low, high = da.apply_gufunc(seen, "(i)->(),()", rows)
    assert not seen.calls()
    assert high.dtype == float
    assert_eq(minidask.compute(low, high + 0), (M.min(1), M.max(1)))
    assert seen.calls() == 3


def test_the_dtype_is_that_of_data() -> None:
    """Lists of nothing are floats for NumPy."""
    names = x().map_blocks(lambda b: np.array([[f"<{v:.0f}>" for v in row] for row in b]))
    assert names.dtype.kind == "U"
    assert names.compute()[4, 6] == "<34>"  # longer than what the first block tells
    parities = x().map_blocks(lambda b: np.array([[int(v) % 2 for v in row] for row in b]))
    assert (parities + 1).dtype == int


def test_blocks_without_elements_tell_nothing() -> None:
    def each(block: Any) -> Any:
        return np.array([int(v) for v in block])  # floats, if there are none

    parts = da.from_array(np.arange(6.0), chunks=((0, 2, 4),)).map_blocks(each)
    assert_eq(parts.compute(), np.arange(6))
    assert_eq(parts + 1, np.arange(6) + 1)
    some = da.arange(6.0, chunks=2)
    late = some[some > 2].map_blocks(each)
    assert late.dtype == int
    assert_eq(late, np.arange(3, 6))


def test_blocks_are_held_to_each_other() -> None:
    mixed = da.arange(4, chunks=2).map_blocks(lambda b: b if b[0] == 0 else b * 0.5)
    with pytest.raises(TypeError, match="float64, where int64 is expected; say with dtype="):
        mixed.compute()
    asked = mixed.map_blocks(np.asarray)
    assert asked.dtype == int
    with pytest.raises(TypeError, match="float64, where int64 is expected"):
        (mixed + 1).compute()


def test_what_is_kept_stays_as_it_is() -> None:
    base = da.arange(2, chunks=2).map_blocks(lambda b: b + 1)
    assert base.dtype == int
    base.compute()[:] = 0

    def spoil(block: Any) -> Any:
        block[:] = 0
        return block

    base.map_blocks(spoil, dtype=int).compute()
    assert_eq(base, np.array([1, 2]))


def test_files_that_change_are_read_again(tmp_path: Path) -> None:
    file = tmp_path / "numbers.npy"
    np.save(file, M)
    read = da.load(file, chunks=(2, 3)).map_blocks(halved)
    assert read.dtype == float
    np.save(file, M + 1)
    os.utime(file, ns=(1, 1))
    assert_eq(read.compute(), (M + 1) / 2)


def test_what_takes_many_blocks_is_tried_on_an_empty_one() -> None:
    calls = []

    def looked(block: Any) -> Any:
        calls.append(block.size)
        return block * 1.0

    smooth = x()
    for _ in range(3):
        smooth = smooth.map_overlap(looked, depth=1)
    assert smooth.dtype == float
    assert calls.count(0) == 2  # the first saw its first block
    assert_eq(smooth.compute(scheduler="synchronous"), M)
    assert len(calls) == 3 * BLOCKS + 2


def test_windows_ask_nothing(tmp_path: Path, scheduler: str) -> None:
    """Functions that cannot stand empty blocks see each block once, also one above the other."""
    seen = Seen(tmp_path, halved)
    smooth = x()
    for _ in range(3):
        smooth = smooth.map_overlap(seen, depth=1)
    assert not seen.calls()
    assert_eq(minidask.compute([smooth], scheduler=scheduler)[0][0], M / 8)
    assert seen.calls() == 3 * BLOCKS
    assert smooth.dtype == float
    assert_eq(smooth, M / 8)


def test_windows_know_what_the_blocks_below_them_know(tmp_path: Path) -> None:
    seen = Seen(tmp_path, halved)
    below = x().map_blocks(seen)
    shared = da.overlap.overlap(below, 1, "none")
    assert "dtype=?" in repr(shared)
    assert below.dtype == float
    assert "dtype=float64" in repr(shared)
    assert shared.dtype == float
    assert_eq(da.overlap.trim_overlap(shared, 1, "none").compute(), M / 2)
    assert seen.calls() == BLOCKS


def test_windows_over_blocks_that_cannot_be_cut() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    found = x().map_blocks(sparse.coo_array).map_overlap(lambda b: b.toarray() * 0.5, depth=1)
    assert_eq(found.compute(), M / 2)


def test_errors_are_told_by_who_asks() -> None:
    broken = x().map_blocks(lambda b: b.nothing)
    for ask in (lambda: broken.dtype, lambda: broken + 1, broken.compute):
        with pytest.raises(AttributeError, match="nothing"):
            ask()


class TestAlongAnAxis:
    def test_each_vector_once(self) -> None:
        calls = []

        def spread(row: Any) -> Any:
            calls.append(len(row))
            return np.ptp(row) / 2

        found = da.apply_along_axis(spread, 1, x())
        assert (found.dtype, found.shape, len(calls)) == (float, (5,), 2)
        assert_eq(found.compute(), np.full(5, 3.0))
        assert calls == [7] * 5

    def test_the_first_vector_tells_the_dtype_of_all(self) -> None:
        def half(row: Any) -> Any:
            return 0 if row[0] % 14 else row[0] / 4  # whole numbers for every other row

        assert_eq(da.apply_along_axis(half, 1, x()), np.apply_along_axis(half, 1, M))
        assert_eq(da.apply_along_axis(half, 1, x()[1:]), np.apply_along_axis(half, 1, M[1:]))

    def test_more_axes(self) -> None:
        def outer(v: Any) -> Any:
            return np.outer(v, v)[:2]

        wanted = np.apply_along_axis(outer, 0, M)
        assert_eq(da.apply_along_axis(outer, 0, x()), wanted)
        assert_eq(da.apply_along_axis(outer, 0, x(), dtype=float, shape=(2, 5)), wanted)
        assert_eq(da.apply_along_axis(outer, 0, x(), dtype="c16"), wanted.astype("c16"))

    def test_without_vectors(self) -> None:
        with pytest.raises(ValueError, match="no vector"):
            da.apply_along_axis(np.sum, 0, da.ones((3, 0)))
        assert da.apply_along_axis(np.sum, 0, da.ones((3, 0)), dtype=float, shape=()).shape == (0,)
        assert_eq(da.apply_along_axis(np.sum, 0, da.ones((0, 3))), np.apply_along_axis(np.sum, 0, np.ones((0, 3))))


def test_loops_take_the_dtype_of_the_first_result() -> None:
    calls = []

    def half(a: Any) -> Any:
        calls.append(a)
        return a / 4 if a % 2 else 0

    for data in (M, M + 1):
        found = da.apply_gufunc(half, "()->()", da.from_array(data, chunks=(2, 3)), vectorize=True)
        assert len(calls) == 6
        assert_eq(found.compute(scheduler="synchronous"), np.vectorize(half, signature="()->()")(data))
        assert len(calls) == 2 * M.size
        calls.clear()
