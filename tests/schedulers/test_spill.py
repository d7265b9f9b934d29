"""Computations that share the disk: full, tiny, with forks, with tasks that write to what they read."""

from __future__ import annotations

import errno
import gc
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask import config
from minidask.errors import SpillError
from minidask.schedulers import get_scheduler
from minidask.store import blocks, folders

COUNT = 8
KEYS = [("sum", i) for i in range(COUNT)]


def block(i: int) -> np.ndarray:
    return np.full(25_000, float(i))


def anomaly(scheduler: Any, offset: int = 0) -> list[float]:
    """All blocks, of 200 kB each, are held until their mean is known; most of them on disk."""
    tasks: dict[Any, Any] = {("x", i): (block, i + offset) for i in range(COUNT)}
    tasks["mean"] = (np.mean, [("x", i) for i in range(COUNT)])
    tasks |= {("anomaly", i): (np.subtract, ("x", i), "mean") for i in range(COUNT)}
    tasks |= {("sum", i): (np.sum, ("anomaly", i)) for i in range(COUNT)}
    return [float(x) for x in get_scheduler(scheduler)(tasks, KEYS, memory_limit="500kB", num_workers=2)]


SUMS = [25_000 * (i - 3.5) for i in range(COUNT)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of the option."""
    with config.set({"temporary-directory": tmp_path}):
        yield tmp_path
    gc.collect()  # expressions that errors still hold are found again by their names, with blocks in this folder
    folders.remove_own()


def files_in(disk: Path) -> list[Path]:
    return [file for file in disk.glob("minidask-*/*") if file.name != "lock"]


@pytest.mark.parametrize("codec", [None, "gzip"])
def test_a_full_disk_is_an_error_that_costs_nothing_else(scheduler: Any, disk: Path, codec: str | None):
    with config.set({"spill-compression": codec}), pytest.MonkeyPatch.context() as patch:
        kept = da.arange(1000, chunks=100).persist()
        before = files_in(disk)
        free = 0 if codec else 100
        patch.setattr(blocks, "_free_bytes", lambda folder: free if str(disk) in folder else 2**30)
        with pytest.raises(SpillError, match=rf"bytes are needed, and {free} are free for them. Free some room"):
            anomaly(scheduler)
        assert sorted(files_in(disk)) == sorted(before)
        patch.undo()
        assert anomaly(scheduler) == SUMS
        assert kept.sum().compute() == 499_500


@pytest.mark.parametrize("size", [100_000, 450_000])
def test_a_disk_that_fills_up_in_the_middle(disk: Path, monkeypatch: pytest.MonkeyPatch, size: int):
    """A quota: the system tells of room that is not there."""
    write = os.write

    def limited(file: int, data: Any) -> int:
        used = sum(path.stat().st_size for path in files_in(disk))
        if used + memoryview(data).nbytes > size:
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
        return write(file, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", limited)
        with pytest.raises(SpillError, match=r"Disk quota exceeded. Free some room"):
            anomaly("threads")
    assert files_in(disk) == []
    assert anomaly("threads") == SUMS


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True, stderr=subprocess.DEVNULL
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting is not allowed here")
    try:
        with config.set({"temporary-directory": folder}):
            yield folder
    finally:
        folders.remove_own()
        subprocess.run(["umount", folder], check=True)


def test_a_tiny_disk(tiny: Path):
    with pytest.raises(SpillError, match="Free some room"):
        anomaly("threads")
    assert files_in(tiny) == []
    with config.set({"spill-compression": "gzip"}):
        assert anomaly("threads") == SUMS, "it fits when it is compressed"


def test_computations_at_the_same_time(scheduler: Any, disk: Path):
    with ThreadPoolExecutor(3) as executor:
        results = list(executor.map(lambda offset: anomaly(scheduler, offset), range(3)))
    assert results == [SUMS] * 3
    assert files_in(disk) == []


def add_one(x: np.ndarray) -> float:
    """Writes to its argument, which it must not."""
    x += 1
    return float(x.sum())


def test_what_a_task_writes_to_a_spilled_block_no_other_sees(disk: Path):
    store = blocks.BlockStore()
    handle = store.spill(np.zeros(25_000))
    assert handle is not None
    assert [add_one(store.get(handle)) for _ in range(3)] == [25_000] * 3
    store.release(handle)


def test_what_a_task_writes_in_another_process_no_other_sees(disk: Path):
    tasks: dict[Any, Any] = {"x": (np.zeros, 25_000)} | dict.fromkeys(range(4), (add_one, "x"))
    assert get_scheduler("processes")(tasks, list(range(4)), num_workers=1) == [25_000] * 4


def fork_and_sum(x: np.ndarray) -> float:
    """The sum, by a fork that computes with a store of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        total = float("nan")
        try:
            store = blocks.BlockStore()
            handle = store.spill(x)
            assert handle is not None
            total = float(store.get(handle).sum())
            folders.remove_own()
        finally:
            os.write(writing, repr(total).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        text = file.read()
    os.waitpid(child, 0)
    return float(text)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_in_a_task(disk: Path):
    tasks: dict[Any, Any] = {("x", i): (block, i) for i in range(COUNT)}
    tasks["all"] = (len, [("x", i) for i in range(COUNT)])
    tasks |= {("sum", i): (lambda x, _: fork_and_sum(x), ("x", i), "all") for i in range(COUNT)}
    sums = get_scheduler("threads")(tasks, KEYS, memory_limit="500kB", num_workers=2)
    assert sums == [25_000.0 * i for i in range(COUNT)]
    assert files_in(disk) == []
    assert len([*disk.iterdir()]) == 1, "ours; those of the forks are gone"


def items(i: int) -> list[int]:
    return list(range(i, i + 3000))


def test_results_that_are_too_small_for_a_file_of_their_own_go_to_disk(scheduler: Any, disk: Path):
    tasks: dict[Any, Any] = {("x", i): (items, i) for i in range(40)}
    tasks["lengths"] = (sum, [(len, ("x", i)) for i in range(40)])
    tasks |= {("first", i): (max, ("x", i), ("x", 0)) for i in range(40)}
    keys = ["lengths", *[("first", i) for i in range(40)]]
    found = get_scheduler(scheduler)(tasks, keys, memory_limit="100kB", num_workers=2)
    assert found == [40 * 3000, *[items(i) for i in range(40)]]
