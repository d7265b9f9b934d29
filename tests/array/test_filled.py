"""Large results are written into the whole by the tasks that make their blocks."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import minidask
import minidask.array as da
import minidask.config as config

X = np.arange(24.0).reshape(4, 6)


@pytest.fixture
def all_worth(monkeypatch):
    monkeypatch.setattr("minidask.array.filled._WORTH", 1)


@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_a_large_result_is_there_once(scheduler):
    x = da.ones((16, 2**18), chunks=(1, 2**18)) * 2
    x.compute(scheduler=scheduler)
    tracemalloc.start()
    try:
        found = x.compute(scheduler=scheduler, num_workers=2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.nbytes == 2**25 < peak < 1.5 * 2**25
    assert (found == 2).all()


def test_one_that_takes_much_of_the_limit_is_not_there_from_the_beginning():
    x = da.ones((16, 2**18), chunks=(1, 2**18))
    assert type(x.filled(lambda: x.nbytes)) is not da.Array
    assert x.filled(lambda: x.nbytes - 1) is x
    small = x[:, 0]
    assert small.filled(lambda: np.inf) is small


@pytest.mark.usefixtures("all_worth")
def test_values_for_all_schedulers(scheduler):
    x = da.from_array(X, chunks=(2, 4))
    product, total, again, one = minidask.compute(x @ x.T, x.sum(), x @ x.T, x.rechunk(-1), scheduler=scheduler)
    assert np.array_equal(product, X @ X.T)
    assert total == X.sum()
    assert np.array_equal(again, product)
    assert not np.shares_memory(again, product)
    assert np.array_equal(one, X)
    assert not np.shares_memory(one, X)
    assert (x + 1).compute(scheduler=scheduler, optimize_graph=False).tolist() == (X + 1).tolist()


@pytest.mark.usefixtures("all_worth")
def test_the_order_of_axes_in_memory_is_that_of_the_blocks():
    x = da.from_array(X, chunks=2)
    assert (x + 1).compute().flags.c_contiguous
    assert (x + 1).T.compute().flags.f_contiguous


@pytest.mark.usefixtures("all_worth")
@pytest.mark.parametrize("odd", [0, 1, 2])
def test_blocks_that_are_not_like_the_others(odd):
    def other(block, block_info=None):
        return np.ma.masked_greater(block, 0) if block_info[0]["chunk-location"] == (odd,) else block

    x = da.from_array(np.ones(6), chunks=2).map_blocks(other, dtype=float)
    found = x.compute(scheduler="synchronous")
    assert np.ma.getmaskarray(found).tolist() == [at // 2 == odd for at in range(6)]
    assert found.sum() == 4


@pytest.mark.usefixtures("all_worth")
def test_text_is_as_long_as_the_longest():
    x = da.from_array(np.array(["a", "bb", "ccc"], "U3"), chunks=1).map_blocks(lambda b: b.astype(str).copy())
    assert x.compute().tolist() == ["a", "bb", "ccc"]


@pytest.mark.usefixtures("all_worth")
def test_a_checkpoint_keeps_the_blocks(tmp_path):
    x = da.from_array(np.ones((300, 400)), chunks=200) + 1
    assert (x.compute(checkpoint=tmp_path) == 2).all()
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) > x.nbytes


@pytest.mark.usefixtures("all_worth")
def test_what_is_in_its_place_stays_there_when_memory_is_short():
    x = da.from_array(np.arange(40_000.0), chunks=1_000).map_blocks(np.sin)
    with config.set({"scheduler": "synchronous"}):
        found = x.compute(memory_limit=2_000_000)
    assert np.array_equal(found, np.sin(np.arange(40_000.0)))


@pytest.mark.usefixtures("all_worth")
def test_errors_tell_of_the_operation_of_the_array():
    def broken(block):
        raise OSError("no luck")

    with pytest.raises(OSError, match="no luck") as error:
        da.from_array(X, chunks=2).map_blocks(broken, dtype=float).compute()
    assert any("broken" in note for note in error.value.__notes__)
