"""Fused chains of element-wise work, tile by tile."""

import warnings

import numpy as np
import pytest

import minidask.array as da
import minidask.kernels.tiles as tiles
from minidask.testing import assert_eq


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(tiles, "ELEMENTS", 8)
    monkeypatch.setattr(tiles, "_SHORTEST_RUN", 1)


CHAINS = [
    (lambda x, y: (np.sqrt(x**2 + y**2) * 2 + 1 - x).mean(), "hypotenuse"),
    (lambda x, y: (x - y).std(axis=0), "std of columns"),
    (lambda x, y: (x * y + 1).sum(axis=1), "sums of rows"),
    (lambda x, y: np.where(x > y, x, y * 2).max(axis=0, keepdims=True), "where"),
    (lambda x, y: (x - x.mean(axis=0)) / x.std(axis=0) + y, "standardized"),
    (lambda x, y: x + y.T[: x.shape[0]].T if x.shape[0] == x.shape[1] else x + y, "turned"),
    (lambda x, y: (x + 1).mean(axis=0, where=y > 0), "where="),
    (lambda x, y: np.nansum(np.where(x > 0, x, np.nan) * 2, axis=(0, 1)), "nansum"),
    (lambda x, y: (x * 2).var(ddof=1), "var"),
    (lambda x, y: ((x + y).astype("f4") > 0).any(axis=1), "any"),
    (lambda x, y: (x + y).argmax(axis=0), "argmax"),
    (lambda x, y: (x[1:] * 2 + y[:-1]).prod(axis=1), "prod of slices"),
]


@pytest.mark.parametrize("chain", [c for c, _ in CHAINS], ids=[name for _, name in CHAINS])
@pytest.mark.parametrize("chunks", [(4, 5), (13, 17), (13, 6), (1, 17)])
@pytest.mark.usefixtures("small_tiles")
def test_chains(chain, chunks):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 13, 17))
    assert_eq(chain(da.from_array(x, chunks=chunks), da.from_array(y, chunks=chunks)), chain(x, y))


def test_the_answer_is_the_same_on_every_scheduler(scheduler):
    x = da.random.default_rng(3).normal(size=(600, 1000), chunks=(300, 600))
    spread = (np.sqrt(abs(x)) * 3 - x).std(axis=0)
    np.testing.assert_array_equal(spread.compute(scheduler=scheduler), spread.compute(scheduler="synchronous"))


@pytest.mark.usefixtures("small_tiles")
def test_warnings_are_those_of_the_step():
    x = da.from_array(np.arange(100.0), chunks=50)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        (1 / (x * 2)).sum().compute(scheduler="synchronous")
    assert {str(w.message) for w in told} == {"divide by zero encountered in divide"}


@pytest.mark.usefixtures("small_tiles")
def test_errors_tell_of_the_step_and_the_whole_block():
    def refuse(value):
        raise RuntimeError("no")

    x = da.from_array(np.arange(100.0), chunks=50)
    refused = np.frompyfunc(refuse, 1, 1)
    with pytest.raises(RuntimeError) as caught:
        (da.map_blocks(refused, x, dtype=float) + 1).compute()
    assert "refuse" in "\n".join(caught.value.__notes__)
    with pytest.raises(TypeError) as caught:
        (np.multiply(x + 1, 2) + np.array("text", dtype=object)).compute()
    notes = "\n".join(caught.value.__notes__)
    assert "in the step 'add'" in notes
    assert "(50,)" in notes
