"""What an array knows of itself, how it is shown, and what it becomes."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import minidask
import minidask.array as da
from minidask import delayed
from minidask.array.picture import to_svg
from minidask.testing import assert_eq

A = np.arange(60.0).reshape(6, 10)
X = da.from_array(A, chunks=(2, 3))


def test_facts():
    assert X.shape == (6, 10)
    assert X.ndim == 2
    assert X.size == 60
    assert X.dtype == A.dtype
    assert X.itemsize == 8
    assert X.nbytes == A.nbytes
    assert X.chunks == ((2, 2, 2), (3, 3, 3, 1))
    assert X.chunksize == (2, 3)
    assert X.numblocks == (3, 4)
    assert X.npartitions == 12
    assert len(X) == 6
    assert_eq(X.T, A.T)


def test_array_of_a_graph():
    graph = {("a", 0, 0): (np.ones, (2, 3)), ("a", 1, 0): (np.add, "one", np.zeros((1, 3))), "one": 1}
    expected = np.ones((3, 3))
    assert_eq(da.Array(graph, "a", ((2, 1), 3), shape=(3, 3), dtype=float) + 1, expected + 1)
    assert_eq(da.Array(graph, "a", ((2, 1), (3,)), meta=np.empty((0, 0)))[1:], expected[1:])
    again = da.Array(X.dask, X.name, X.chunks, X.dtype)
    assert_eq(again, A)
    assert_eq(pickle.loads(pickle.dumps(again)), A)


def test_array_of_a_graph_that_does_not_fit():
    graph = {("a", 0): (np.ones, 2)}
    with pytest.raises(KeyError, match=r"\('a', 1\)"):
        da.Array(graph, "a", ((2, 1),), float)
    with pytest.raises(TypeError, match="dtype"):
        da.Array(graph, "a", ((2,),))
    with pytest.raises(ValueError, match=r"shape \(2,\), but \(3,\)"):
        da.Array(graph, "a", ((3,),), float).compute()


def test_repr():
    assert repr(X + 1) == "minidask.array<add, shape=(6, 10), dtype=float64, chunksize=(2, 3), blocks=12>"
    assert repr(X[X > 3]).startswith("minidask.array<getitem, shape=(?,), dtype=float64, chunksize=(?,)")


@pytest.mark.parametrize("x", [X, X[0], X[0, 0], X[None], X[None, None], X[X > 3], da.ones((500, 1)), da.ones((0, 3))])
def test_html(x):
    html = x._repr_html_()
    assert html.count("<table>") == html.count("</table>") == 2
    assert str(x.dtype) in html


def test_picture():
    assert to_svg(X.expr).count("<line") == 4 + 5
    assert to_svg(X[None].expr).count("<polygon") == 3
    assert to_svg(X[X > 3].expr) == ""
    assert to_svg(da.ones(10**6, chunks=1).expr).count("<line") < 30


def test_becomes_numpys():
    assert isinstance(np.asarray(X), np.ndarray)
    np.testing.assert_array_equal(np.array(X), A)
    assert np.asarray(X, "f4").dtype == np.float32
    with pytest.raises(ValueError, match="without making"):
        np.array(X, copy=False)


def test_becomes_a_scalar():
    total = X.sum()
    assert float(total) == 1770
    assert int(total) == 1770
    assert complex(total) == 1770
    assert bool(total)
    assert not X[0, 0]
    assert range(100)[X.argmax()] == 59
    assert total.item() == 1770
    assert X.item(1, 2) == X.item((1, 2)) == X.item(12) == 12
    assert X[0].item(-1) == 9
    assert type(X.item(0, 0)) is float
    for mistake in (float, int, complex):
        with pytest.raises(TypeError, match="one element"):
            mistake(X)
    with pytest.raises(ValueError, match="one element"):
        bool(X)
    with pytest.raises(ValueError, match="one element"):
        X.item()
    with pytest.raises(IndexError):
        X.item(60)
    with pytest.raises(TypeError, match="index"):
        range(100)[total]


def test_selections_of_one_element_become_scalars():
    assert float(X[X > 58]) == 59
    with pytest.raises(TypeError, match="one element"):
        float(X[X > 50])


def test_persist():
    kept = (X + 1).persist()
    assert kept.name == (X + 1).name
    assert_eq(kept[1:], A[1:] + 1)
    assert_eq(kept.sum(), (A + 1).sum())


def test_persist_of_unknown_sizes():
    kept = X[X > 20].persist()
    assert_eq(kept, A[A > 20])
    assert len(kept) == 39


def test_to_delayed():
    blocks = (X + 1).to_delayed()
    assert blocks.shape == X.numblocks
    np.testing.assert_array_equal(blocks[1, 3].compute(), A[2:4, 9:] + 1)
    assert float(delayed(np.sum)(blocks[0, 0]).compute()) == (A[:2, :3] + 1).sum()


def test_inside_delayed_calls_and_containers():
    assert delayed(np.sum)(X).compute() == 1770
    assert minidask.compute({"a": X.sum()}, [X[0, 1]]) == ({"a": 1770.0}, [1.0])


def test_pickles():
    y = pickle.loads(pickle.dumps(X + 1))
    assert y.name == (X + 1).name
    assert_eq(y, A + 1)


def test_schedulers(scheduler):
    value = ((X - X.mean(axis=0)) ** 2).mean() + X[X > 20].sum() + X.rechunk(4)[1, [3, 1]].max()
    expected = ((A - A.mean(axis=0)) ** 2).mean() + A[A > 20].sum() + A[1, [3, 1]].max()
    assert_eq(value.compute(scheduler=scheduler), expected)


def test_the_same_bits_with_any_scheduler():
    x = da.from_array(np.random.default_rng(0).random(10_000), chunks=37)
    assert x.sum().compute(scheduler="sync") == x.sum().compute(scheduler="threads", num_workers=4)


def test_a_billion_blocks():
    x = da.ones((10_000,) * 3, chunks=10)
    assert x.npartitions == 10**9
    assert (x + 1).sum(axis=0).numblocks == (1000, 1000)
    assert (x + 1)[5, 5, 5].compute() == 2
    assert_eq((x * 2)[9_995:, :2, 1], np.full((5, 2), 2.0))


def test_equality_is_element_by_element():
    assert_eq(X == X, A == A)
    assert len({X, X}) == 1


def test_errors_in_blocks_say_where(tmp_path):
    def fail(block):
        raise ArithmeticError("no")

    y = X.map_blocks(fail, dtype=float)
    with pytest.raises(ArithmeticError) as error:
        y.compute(scheduler="sync")
    assert any("test_array.py" in note for note in error.value.__notes__)


def test_a_copy_does_not_change():
    x = da.zeros(4, chunks=2)
    others = [x.copy(), x.astype(float), x.conj()]
    x[0] = 1
    for other in others:
        assert_eq(other, np.zeros(4))


def test_tolist():
    assert X.tolist() == A.tolist()
    assert X[0, 1].tolist() == 1.0


@pytest.mark.parametrize("equal_nan", [False, True])
@pytest.mark.parametrize("other", [A, A + 1, A[0], np.where(A == 3, np.nan, A)])
def test_array_equal(other, equal_nan):
    lazy = da.from_array(other, chunks=2)
    for real in (A, other):
        assert bool(da.array_equal(lazy, real, equal_nan)) == np.array_equal(other, real, equal_nan)


@pytest.mark.parametrize("chunks", [(2, 3), (4, 6), (3, 1), (1, 5)])
@pytest.mark.parametrize("dtype", ["i4", "f8", "u1", "c8", "M8[s]", "S4", "S8", [("a", "i2"), ("b", "f2")], "f2"])
def test_views(dtype, chunks):
    real = np.arange(24, dtype="f4").reshape(4, 6)
    lazy = da.from_array(real, chunks=chunks)
    ours, theirs = lazy.view(dtype), real.view(dtype)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    assert ours.compute().tobytes() == theirs.tobytes()
    assert ours[1:, ::2].compute().tobytes() == theirs[1:, ::2].tobytes()
    assert lazy.view(dtype, order="F").compute().tobytes() == real.T.copy().view(dtype).T.tobytes()
    assert lazy.T.view(dtype).compute().tobytes() == real.T.copy().view(dtype).tobytes()


@pytest.mark.parametrize("dtype", ["O", "S3", "c32"])
def test_views_that_do_not_fit(dtype):
    real = np.arange(24, dtype="f4").reshape(4, 6)
    with pytest.raises((TypeError, ValueError)) as theirs:
        real.view(dtype)
    with pytest.raises(theirs.type, match=r"[Cc]hang"):
        da.from_array(real, chunks=2).view(dtype)
    with pytest.raises(ValueError, match="order="):
        da.ones(3).view(int, order="K")


def test_views_of_little():
    assert da.ones((2, 0), chunks=1).view("f4").shape == (2, 0)
    assert_eq(da.from_array(np.float64(1)).view("i8"), np.float64(1).view("i8"))
    assert_eq(da.ones(3).view(), np.ones(3))


def test_rechunk_as_dask_spells_it():
    x = da.ones((10, 7), chunks=(4, 6))
    assert x.rechunk((9, 7), balance=True).chunks == ((5, 5), (7,))
    assert x.rechunk({0: 6}, method="tasks").chunks == ((6, 4), (6, 1))
    with pytest.raises(NotImplementedError, match="leave it out"):
        x.rechunk(5, method="p2p")
    for options in ({"threshold": 0}, {"threshold": 1.5}, {"block_size_limit": 0}):
        with pytest.raises(ValueError, match=next(iter(options))):
            x.rechunk(5, **options)


@pytest.mark.parametrize("optimize_graph", [True, False])
def test_to_delayed_optimized_or_not(optimize_graph):
    x = (da.arange(6, chunks=3) + 1)[::-1]
    blocks = x.to_delayed(optimize_graph=optimize_graph)
    assert np.concatenate(minidask.compute(*blocks)).tolist() == [6, 5, 4, 3, 2, 1]
