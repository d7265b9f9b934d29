"""Short tasks are run inside the task that gathers them: fewer tasks, the same blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minidask
import minidask.array as da
from minidask.expr.graph import build
from minidask.expr.pipeline import optimize

X = np.arange(60 * 60.0).reshape(60, 60)


def tasks(x: Any) -> int:
    return len(build(optimize([x.expr])))


@pytest.fixture(params=["memory", "made", "persisted", "two", "per block"])
def short(request):
    """An array of 1,200 small blocks, and the same in NumPy."""
    x = da.from_array(X[:40], chunks=(2, 1))
    theirs = X[:40]
    if request.param == "made":
        return da.arange(2400, chunks=2).reshape(40, 60) + 1, np.arange(2400).reshape(40, 60) + 1
    if request.param == "persisted":
        return x.persist() + 1, theirs + 1
    if request.param == "two":
        return x.persist() * 2 + da.ones_like(x), theirs * 2 + 1
    if request.param == "per block":
        return da.where(x > 7, x, -x) - da.zeros(x.shape, chunks=x.chunks), np.where(theirs > 7, theirs, -theirs)
    return x + 1, theirs + 1


@pytest.mark.parametrize("name", ["sum", "std", "argmin"])
@pytest.mark.parametrize("axis", [None, 1])
def test_reductions(short, name, axis):
    ours, theirs = (getattr(x, name)(axis) for x in short)
    with minidask.config.set(scheduler="synchronous"):
        np.testing.assert_allclose(ours.compute(), theirs, rtol=1e-12)


def test_there_are_fewer_tasks():
    x = da.ones((40, 60), chunks=(2, 1))
    assert tasks((x + 1).sum()) < x.npartitions / 4
    assert tasks((da.from_array(X, chunks=(2, 1)) + 1).mean()) < x.npartitions / 4
    assert tasks((x[:4] + 1).sum()) > 120, "few tasks stay as they are"
    assert tasks(x.map_blocks(lambda block: block + 1, dtype=float).sum()) > 1200, "so do those of a person's functions"
    assert tasks((da.ones((4000, 6000), chunks=(200, 100)) + 1).sum()) > 1200, "and those that have something to do"
    y = x + 1
    assert tasks(da.stack([y.sum(), y.max()])) > 0
    both = optimize([y.expr, y.sum().expr])
    assert len(build(both)) > 1200, "and those whose blocks somebody else wants"


@pytest.mark.parametrize("scheduler", ["threads", "processes", "synchronous"])
def test_the_same_bits(scheduler):
    x = da.random.default_rng(3).random((40, 60), chunks=(2, 1))
    np.testing.assert_array_equal(
        (x * 3).sum().compute(scheduler=scheduler), (x * 3).sum().compute(scheduler="threads")
    )


def test_an_error_tells_the_step():
    values = X.astype(object)
    values[40, 1] = None
    x = da.from_array(values, chunks=(2, 1))
    with pytest.raises(TypeError, match="unsupported operand") as raised:
        (x + 1).sum().compute(scheduler="synchronous")
    notes = "\n".join(raised.value.__notes__)
    assert "in the step" in notes
    assert "test_fan_in.py" in notes
