"""The cache across computations, and persisted blocks: read once, never stale, within the budget."""

from __future__ import annotations

import gc
import os
import pickle
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.array as da
import minidask.dataframe as dd
from minidask.errors import ConfigError
from minidask.events import Listener
from minidask.schedulers import get_scheduler
from minidask.schedulers.cache import Cache
from minidask.schedulers.engine import Engine
from minidask.store import kept
from minidask.store.blocks import BlockStore
from minidask.store.handle import Handle
from minidask.store.kept import Kept, kept_bytes, longest_unused
from minidask.task import Graph


class Source:
    """Slices that take a while, counted in a file."""

    shape, dtype, ndim = (40_000,), np.dtype(float), 1

    def __init__(self, folder: Path, version: int = 0) -> None:
        self.folder, self.version = folder, version

    def __getitem__(self, index):
        found = np.arange(40_000.0)[index] + self.version
        with (self.folder / "reads").open("a") as file:
            file.write(f"{found.size}\n")
        time.sleep(0.002)
        return found

    def __dask_tokenize__(self):
        return str(self.folder), self.version

    def take(self) -> int:
        """The elements read since the last time."""
        file = self.folder / "reads"
        count = sum(map(int, file.read_text().split())) if file.exists() else 0
        file.unlink(missing_ok=True)
        return count


@pytest.fixture(autouse=True)
def no_blocks_left():
    yield
    minidask.cache.clear()
    gc.collect()
    assert kept_bytes() == 0


def explore(x: da.Array, scheduler) -> list:
    cells = [x.mean(), x.std(), x.sum(), (x + 1).max(), x[:100], x.min(), (x * 2).sum(), x.var(), (x > 3).sum(), x[-1]]
    return [cell.compute(scheduler=scheduler) for cell in cells]


def test_an_exploration_reads_once(scheduler, tmp_path):
    source = Source(tmp_path)
    x = da.from_array(source, chunks=10_000)
    expected = explore(da.from_array(np.arange(40_000.0), chunks=10_000), scheduler)
    with minidask.cache("100MB"):
        found = explore(x, scheduler)
    assert source.take() <= 1.2 * 40_000
    for a, b in zip(found, expected):
        assert np.array_equal(a, b)


def test_is_never_stale(tmp_path):
    with minidask.cache("100MB"):
        for version in range(3):
            x = da.from_array(Source(tmp_path, version), chunks=10_000)
            assert x.mean().compute() == np.arange(40_000.0).mean() + version


def test_what_a_person_writes_to_a_result_does_not_change_the_cache(tmp_path):
    with minidask.cache("100MB"):
        x = da.from_array(Source(tmp_path), chunks=40_000)
        for _ in range(2):
            found = x.compute(scheduler="threads")
            assert found[5] == 5
            found[:] = -1


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_changed_file_is_read_again(kind, tmp_path):
    table, path = pd.DataFrame({"a": range(1000)}), tmp_path / f"t.{kind}"
    with minidask.cache("100MB"):
        for n in range(3):
            getattr(table + n, f"to_{kind}")(path, **({"index": False} if kind == "csv" else {}))
            os.utime(path, (n + 1, n + 1))
            assert getattr(dd, f"read_{kind}")(path).a.sum().compute() == table.a.sum() + 1000 * n


def test_is_switched_on_and_off(tmp_path):
    source = Source(tmp_path)
    x = da.from_array(source, chunks=10_000)
    minidask.cache("10MB")
    try:
        x.sum().compute()
        assert minidask.cache.statistics().blocks
    finally:
        minidask.cache(0)
    assert minidask.cache.statistics().blocks == 0
    source.take()
    x.sum().compute()
    assert source.take() == 40_000
    with pytest.raises(ConfigError, match="cache is set to -1"):
        minidask.cache(-1)


def test_keeps_what_is_worth_most():
    cache, engine = Cache(1_000_000), Engine(Graph.from_dict({}))
    for n in range(20):
        cache.offer(("a", n), np.zeros(12_500), 5.0 if n == 0 else 0.01 * (n + 1), engine)
    assert cache.nbytes <= 1_000_000
    assert cache.find(("a", 0)) is not None
    assert cache.find(("a", 1)) is None
    cache.offer("quick", np.zeros(10_000), 1e-6, engine)
    cache.offer("large", np.zeros(100_000), 1.0, engine)
    assert cache.find("quick") is None
    assert cache.find("large") is None
    assert cache.give(300_000) >= 300_000
    cache.clear()


def test_persisted_blocks_serve_every_scheduler(scheduler):
    x = da.arange(100_000, chunks=25_000) + 1
    kept = x.persist(scheduler=scheduler)
    for other in ("threads", "processes", "synchronous"):
        assert kept.sum().compute(scheduler=other) == 100_000 * 100_001 // 2
    assert np.array_equal(pickle.loads(pickle.dumps(kept)).compute(), np.arange(100_000) + 1)
    assert kept_bytes() > 0 or not isinstance(scheduler, str)
    del kept


def test_persisted_blocks_give_way(scheduler):
    kept = (da.arange(500_000, chunks=50_000) + 1).persist(scheduler=scheduler)
    before = kept_bytes()
    assert before >= 4_000_000
    assert (da.ones(500_000, chunks=50_000) + 1).persist(
        memory_limit="4MiB", scheduler=scheduler
    ).sum().compute() == 1e6
    assert kept_bytes() < before + 4_000_000
    for block in longest_unused(kept_bytes()):
        block.spill()
    assert kept_bytes() == 0
    assert kept.sum().compute(scheduler=scheduler) == 500_000 * 500_001 // 2
    del kept


class Disk(BlockStore):
    """Writes to disk, and `meanwhile` does something else."""

    meanwhile: Callable[[], object]

    def spill(self, obj: Any) -> Handle | None:
        handle = super().spill(obj)
        type(self).meanwhile()
        return handle


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> type[Disk]:
    monkeypatch.setattr(Disk, "meanwhile", lambda: None, raising=False)
    monkeypatch.setattr(kept, "_store", Disk)
    return Disk


def test_others_go_on_while_persisted_blocks_are_written(slow_disk: type[Disk]):
    """One worker makes room for its next task by writing; that ends when the other has handed in what it ran."""
    running, writing, handed_in, waited = threading.Event(), threading.Event(), threading.Event(), []

    class Ends(Listener):
        def task_end(self, i: int, *about: Any) -> None:
            if i == graph.number("other"):
                handed_in.set()

    def write() -> None:
        writing.set()
        waited.append(handed_in.wait(20))

    def other() -> bool:
        running.set()
        return writing.wait(20)

    def large() -> Any:
        running.wait(20)  # there is no room for the other one afterwards
        return np.ones(50_000)

    slow_disk.meanwhile = write
    block = Kept(np.ones(100_000))
    tasks: dict[Any, Any] = {"large": (large,), "larger": (np.add, "large", "large"), "other": (other,)}
    graph = Graph.from_dict(tasks)
    get = get_scheduler("threads")
    assert get(graph, ["larger", "other"], memory_limit="1MB", num_workers=2, callbacks=[Ends()])[1]
    assert waited == [True]
    assert not block.nbytes


def test_a_block_that_is_used_while_it_is_written_stays_right(slow_disk: type[Disk]):
    block = Kept(np.arange(10_000))
    slow_disk.meanwhile = lambda: block.open().sum()
    assert block.spill() >= 80_000
    block = Kept(np.arange(10_000))
    before = {*Path(slow_disk().folders.disk).iterdir()}
    slow_disk.meanwhile = block.pin
    assert block.spill() == 0
    assert {*Path(slow_disk().folders.disk).iterdir()} == before
    assert not block.movable
    assert not longest_unused(1e9)
    block.unpin()
    assert block.open()[-1] == 9_999


def test_two_who_want_to_write_a_block_write_it_once(slow_disk: type[Disk]):
    block = Kept(np.arange(10_000))
    freed: list[int] = []
    other = threading.Thread(target=lambda: freed.append(block.spill()))
    slow_disk.meanwhile = other.start
    assert block.spill() >= 80_000
    other.join()
    assert freed == [0]


def test_a_stored_block_that_cannot_be_kept_stays_with_its_computation(monkeypatch: pytest.MonkeyPatch):
    def fail(*paths: str) -> None:
        raise PermissionError

    engine = Engine(Graph.from_dict({}))
    engine.results[0] = handle = engine.store.put(np.arange(100_000))
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", fail)
        with pytest.raises(PermissionError):
            engine.keep(0)
    assert engine.value(engine.results[0])[-1] == 99_999
    kept_block = engine.keep(0)
    assert not engine.results
    assert kept_block.open()[-1] == 99_999
    assert not Path(handle.path).exists()


def test_a_kept_block_moves():
    block = Kept(np.arange(1000))
    assert "in memory" in repr(block)
    assert block.spill() >= 8000
    assert "on disk" in repr(block)
    assert block.spill() == 0
    path = Path(block.pin().path)
    block.unpin()
    assert block.open()[-1] == 999
    del block
    assert not path.exists()
    stuck = Kept(lock := threading.Lock())
    assert stuck.spill() == 0
    assert stuck.open() is lock
