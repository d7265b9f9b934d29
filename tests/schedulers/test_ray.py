"""Ray: what it does in ways of its own. The contract tests run on it, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

ray = pytest.importorskip("ray", reason="Ray is large, and no package that tests install")

import minidask  # noqa: E402  # after the check that Ray is there
import minidask.array as da  # noqa: E402
import minidask.bag as db  # noqa: E402
import minidask.dataframe as dd  # noqa: E402
from minidask import annotate, delayed  # noqa: E402
from minidask.schedulers import get_scheduler  # noqa: E402
from minidask.schedulers.ray import HeldByRay  # noqa: E402

FRAME = pd.DataFrame({"key": np.arange(1000) % 7, "value": np.arange(1000.0), "text": "some"})


def test_ray_is_chosen_by_its_name(ray_engine: Any):
    assert get_scheduler("ray") is ray_engine
    with minidask.config.set(scheduler="ray"):
        assert da.arange(10, chunks=5).sum().compute() == 45


def test_four_collections_in_one_call(ray_engine: Any):
    x = da.arange(100, chunks=30)
    frame = dd.from_pandas(FRAME, npartitions=3)
    bag = db.from_sequence(range(10), npartitions=2).map(lambda v: v + 1)
    made = minidask.compute(x + 1, frame.groupby("key").value.sum(), bag, delayed(sum)([1, 2]), scheduler="ray")
    np.testing.assert_array_equal(made[0], np.arange(100) + 1)
    pd.testing.assert_series_equal(made[1], FRAME.groupby("key").value.sum())
    assert made[2:] == (list(range(1, 11)), 3)


def test_frames_that_move(ray_engine: Any):
    frame = dd.from_pandas(FRAME, npartitions=4)
    by_value = frame.sort_values("value", ascending=False).compute(scheduler="ray")
    pd.testing.assert_frame_equal(by_value, FRAME.sort_values("value", ascending=False))


def test_kernels_take_arrays_that_are_read_only(ray_engine: Any):
    x = np.random.default_rng(0).random((300, 400))
    lazy = da.from_array(x, chunks=100).persist(scheduler="ray")
    for ours, theirs in [
        (da.sort(lazy, axis=1), np.sort(x, axis=1)),
        (da.median(lazy, axis=0), np.median(x, axis=0)),
        ((lazy - lazy.mean(axis=0)) / lazy.std(axis=0), (x - x.mean(axis=0)) / x.std(axis=0)),
        (da.cumsum(lazy, axis=1), np.cumsum(x, axis=1)),
    ]:
        np.testing.assert_allclose(ours.compute(scheduler="ray"), theirs)


def test_what_is_persisted_stays_there(ray_engine: Any):
    x = da.random.default_rng(0).random((60, 60), chunks=(20, 60))
    held = x.persist(scheduler="ray")
    assert all(isinstance(block, HeldByRay) for block in held.expr.source.values)  # type: ignore[attr-defined]
    expected = x.compute(scheduler="threads")
    np.testing.assert_array_equal((held + 1).compute(scheduler="ray"), expected + 1)
    np.testing.assert_array_equal((held + 1).compute(scheduler="threads"), expected + 1)


def test_resources(ray_engine: Any):
    with annotate(resources={"CPU": 2}):
        assert da.arange(10, chunks=5).sum().compute(scheduler="ray") == 45
    assert da.arange(10, chunks=5).sum().compute(scheduler="ray", resources={"CPU": 0.5}) == 45
    with pytest.raises(TypeError, match="priority"):
        da.arange(10, chunks=5).compute(scheduler="ray", priority=3)


@pytest.mark.parametrize("hints", [{"priority": 3}, {"workers": ["here"]}, {"allow_other_workers": True}])
def test_hints_that_it_cannot_follow(ray_engine: Any, hints: dict[str, Any]):
    with annotate(**hints):
        x = da.ones(4, chunks=2) + 1
    for ask in (x.compute, x.persist):
        with pytest.raises(NotImplementedError, match=next(iter(hints))):
            ask(scheduler="ray")


def test_hints_that_it_follows(ray_engine: Any, tmp_path: Path):
    def flaky(path: Path) -> int:
        with path.open("a") as file:
            file.write("x")
        if len(path.read_text()) < 3:
            raise KeyError("again")
        return 5

    with annotate(retries=2, retry_on=KeyError, priority=0, resources={"CPU": 0.5}):
        assert delayed(flaky)(tmp_path / "calls").compute(scheduler="ray") == 5


def test_a_computation_inside_a_task(ray_engine: Any):
    @delayed
    def inside(n: int) -> Any:
        return da.arange(n, chunks=10).sum().compute(scheduler="ray")

    assert minidask.compute(*map(inside, range(90, 94)), scheduler="ray") == (*map(sum, map(range, range(90, 94))),)
