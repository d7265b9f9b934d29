"""Checkpoints: what was finished is not done again, whatever became of the process or of the files."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import types
import warnings
from pathlib import Path

import numpy as np
import pytest

import minidask.array as da
import minidask.bag as db
from minidask import compute, config, delayed, tokenize
from minidask.errors import DamagedBlock
from minidask.store.checkpoint import Checkpoint, read
from minidask.store.frames import Frames

N = 12


class Calls:
    """Says of which blocks a function was called, also in other processes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder

    def __call__(self, block, block_info=None):
        number = int(block.flat[0]) if block.size else -1
        with (self.folder / "calls").open("a") as file:
            file.write(f"{number}\n")
        return block + 1

    def take(self) -> list[int]:
        """The calls since the last time."""
        file = self.folder / "calls"
        lines = file.read_text().split() if file.exists() else []
        file.unlink(missing_ok=True)
        return sorted(map(int, lines))

    def __dask_tokenize__(self) -> str:
        return str(self.folder)


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    return Calls(tmp_path / "called")


def work(calls: Calls, size: int = 10) -> da.Array:
    """Numbers in N blocks, each added 1 to by a counted call, then rechunked."""
    x = da.arange(N * size, chunks=size).map_blocks(calls, dtype=int)
    return x.rechunk(size * 2) * 2


def files(folder: Path, ending: str = "") -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name.endswith(ending))


@pytest.mark.parametrize("size", [10, 20_000])  # in the log, and in files of their own
def test_finished_blocks_are_loaded(scheduler, size, calls, tmp_path):
    y = work(calls, size)
    expected = (np.arange(N * size) + 1) * 2
    first = y.compute(scheduler=scheduler, checkpoint=tmp_path / "keep")
    assert calls.take() == list(range(0, N * size, size))
    again = y.compute(scheduler=scheduler, checkpoint=tmp_path / "keep")
    assert calls.take() == []
    assert np.array_equal(first, expected)
    assert np.array_equal(again, expected)


def test_results_of_one_scheduler_serve_all(scheduler, calls, tmp_path):
    y = work(calls, 20_000)
    y.compute(scheduler="synchronous", checkpoint=tmp_path / "keep")
    calls.take()
    assert (y.sum().compute(scheduler=scheduler, checkpoint=tmp_path / "keep")) == y.compute().sum()
    calls.take()
    kept = y.persist(scheduler=scheduler, checkpoint=tmp_path / "keep")
    assert calls.take() == []
    shutil.rmtree(tmp_path / "keep")
    assert np.array_equal(kept.compute(scheduler=scheduler), (np.arange(N * 20_000) + 1) * 2)


def test_goes_on_after_an_error(scheduler, calls, tmp_path):
    def broken(block):
        if block[0] == 7 * 10 + 1:
            raise ValueError("broken")
        return block

    x = da.arange(N * 10, chunks=10).map_blocks(calls, dtype=int)
    both = [x.rechunk(20), x.map_blocks(broken)]
    with pytest.raises(ValueError, match="broken"):
        compute(*both, scheduler=scheduler, checkpoint=tmp_path / "keep", num_workers=2)
    done = calls.take()
    assert done
    compute(x.rechunk(20), scheduler=scheduler, checkpoint=tmp_path / "keep")
    assert len(calls.take()) <= N - len(done) + 4  # what was in flight


def test_other_work_has_other_blocks(tmp_path):
    x = da.arange(10, chunks=5)
    assert (x + 1).sum().compute(checkpoint=tmp_path) == 55
    assert (x + 2).sum().compute(checkpoint=tmp_path) == 65


def test_impure_work_is_not_kept(tmp_path):
    made = []
    value = delayed(lambda: made.append(1) or len(made))()
    assert value.compute(checkpoint=tmp_path) == 1
    assert value.compute(checkpoint=tmp_path) == 2
    assert files(tmp_path) == []


def test_memory_that_may_change_is_not_kept(tmp_path):
    numbers = np.zeros(3_000_000)
    total = da.from_array(numbers, chunks=1_000_000).sum()
    assert total.compute(checkpoint=tmp_path) == 0
    numbers[:] = 1
    assert total.compute(checkpoint=tmp_path) == 3_000_000
    assert files(tmp_path) == []


class Source:
    """Has slices, and nobody knows whether they are the same each time."""

    shape, dtype, ndim = (4,), np.dtype(int), 1

    def __getitem__(self, index):
        return np.arange(4)[index]


def test_sources_of_unknown_content_are_not_kept(tmp_path):
    da.from_array(Source(), chunks=2).sum().compute(checkpoint=tmp_path)
    assert files(tmp_path) == []


def test_what_cannot_be_pickled_is_not_kept(tmp_path):
    value = delayed(lambda: threading.Lock(), pure=True)()
    one = delayed(lambda lock: 1, pure=True)(value)
    assert one.compute(checkpoint=tmp_path) == 1
    assert one.compute(checkpoint=tmp_path) == 1


def test_iterators_are_not_kept(tmp_path):
    bag = db.from_sequence(range(6), npartitions=2).map_partitions(iter)
    assert bag.compute(scheduler="threads", checkpoint=tmp_path) == list(range(6))
    assert bag.compute(scheduler="threads", checkpoint=tmp_path) == list(range(6))


def damage(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("how", "scheduler"), [("flipped", "threads"), ("flipped", "processes"), ("cut", "threads"), ("longer", "threads")]
)
def test_damaged_files_are_made_again(how, scheduler, calls, tmp_path):
    y = work(calls, 20_000)
    expected = y.compute(scheduler=scheduler, checkpoint=tmp_path / "keep")
    calls.take()
    for block in files(tmp_path / "keep"):
        if not block.name.endswith(".log"):
            if how == "flipped":
                damage(block, block.stat().st_size // 2)
            else:
                os.truncate(block, block.stat().st_size + (-100 if how == "cut" else 100))
    with pytest.warns(RuntimeWarning, match="is damaged, and is made again"):
        again = y.compute(scheduler=scheduler, checkpoint=tmp_path / "keep")
    assert np.array_equal(again, expected)
    assert len(calls.take()) == N
    assert np.array_equal(y.compute(scheduler=scheduler, checkpoint=tmp_path / "keep"), expected)
    assert calls.take() == []


def test_a_damaged_record_is_made_again(calls, tmp_path):
    y = work(calls)
    expected = y.compute(checkpoint=tmp_path / "keep", scheduler="synchronous")
    calls.take()
    [log] = files(tmp_path / "keep", ".log")
    damage(log, log.stat().st_size - 3)
    with pytest.warns(RuntimeWarning, match="is damaged"):
        again = y.compute(checkpoint=tmp_path / "keep")
    assert np.array_equal(again, expected)
    assert calls.take() == []  # the last record is that of an output, whose inputs are kept
    with warnings.catch_warnings():
        assert np.array_equal(y.compute(checkpoint=tmp_path / "keep"), expected)


def test_a_torn_log_has_what_came_before(calls, tmp_path):
    y = work(calls)
    expected = y.compute(checkpoint=tmp_path / "keep", scheduler="synchronous")
    calls.take()
    [log] = files(tmp_path / "keep", ".log")
    os.truncate(log, log.stat().st_size // 2)
    with warnings.catch_warnings():
        assert np.array_equal(y.compute(checkpoint=tmp_path / "keep"), expected)
    assert 0 < len(calls.take()) < N


def test_a_full_disk_stops_the_keeping_only(scheduler, calls, tmp_path, monkeypatch):
    def full(file, data):
        raise OSError(28, "No space left on device")

    y = work(calls, 20_000)
    y.compute(scheduler=scheduler, checkpoint=tmp_path / "keep")
    before = {p.name for p in files(tmp_path / "keep")}
    calls.take()
    with monkeypatch.context() as patched:
        patched.setattr("minidask.store.checkpoint.write_all", full)
        with pytest.warns(RuntimeWarning, match="are not kept in .*No space left"):
            got = (y + 1).compute(scheduler=scheduler, checkpoint=tmp_path / "keep")
    assert np.array_equal(got, (np.arange(N * 20_000) + 1) * 2 + 1)
    assert before <= {p.name for p in files(tmp_path / "keep")}
    assert files(tmp_path / "keep", ".tmp") == []


def test_a_record_that_did_not_fit_is_cut_off(tmp_path):
    here = Checkpoint(tmp_path)
    here.keep("one", [b"1" * 100])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
    try:
        with pytest.warns(RuntimeWarning, match="are not kept"):
            here.keep("two", [b"2" * 100])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    here.close()
    [log] = files(tmp_path, ".log")
    assert log.stat().st_size == 132
    assert len(Checkpoint(tmp_path)) == 1


def test_two_at_once_keep_in_one_folder(calls, tmp_path):
    y = work(calls, 20_000)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(y.compute(checkpoint=tmp_path / "keep"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    calls.take()
    results.append(y.compute(checkpoint=tmp_path / "keep"))
    assert calls.take() == []
    assert all(np.array_equal(r, results[0]) for r in results)


def test_half_written_blocks_are_swept(tmp_path):
    dead, living = Checkpoint(tmp_path), Checkpoint(tmp_path)
    dead.keep("a", [b"a"])
    living.keep("b", [b"b"])
    for one in (dead, living):
        (one.folder / f"{one._session}-5.tmp").write_bytes(b"half")
    dead.close()
    Checkpoint(tmp_path)
    assert [p.name for p in files(tmp_path, ".tmp")] == [f"{living._session}-5.tmp"]
    living.close()


def test_a_block_whose_class_has_gone_is_damaged(tmp_path, monkeypatch):
    module = types.ModuleType("gone")
    monkeypatch.setitem(sys.modules, "gone", module)
    exec("class Gone: pass", module.__dict__)
    here = Checkpoint(tmp_path)
    here.keep("a", [Frames(module.Gone()).to_bytes()])
    here.close()
    assert type(read(here.find("a"))) is module.Gone
    monkeypatch.delitem(sys.modules, "gone")
    with pytest.raises(DamagedBlock):
        read(here.find("a"))


def test_says_what_is_wrong_with_the_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TypeError, match="checkpoint must be the path of a folder, not 3"):
        da.ones(3).sum().compute(checkpoint=3)
    with pytest.raises(NotADirectoryError):
        da.ones(3).sum().compute(checkpoint=tmp_path / "file")


def test_few_files_for_many_small_blocks(tmp_path):
    x = da.arange(3000, chunks=1).map_blocks(lambda b: b, dtype=int)
    total = x.compute(checkpoint=tmp_path, scheduler="synchronous").sum()
    assert total == 3000 * 2999 // 2
    assert len(files(tmp_path)) == 1


def test_stays_within_the_budget(calls, tmp_path):
    y = work(calls, 20_000)
    expected = y.compute()
    for _ in range(2):
        assert np.array_equal(y.compute(checkpoint=tmp_path / "keep", memory_limit="1MiB"), expected)


JOB = """
import os, sys, time
import minidask.array as da

def slow(block):
    with open(os.environ["LOG"], "a") as file:
        file.write(f"{block[0]}\\n")
    time.sleep(0.01)
    return block + 1

if __name__ == "__main__":
    x = da.arange(100 * 100, chunks=100).map_blocks(slow, dtype=int)
    print(x.sum().compute(checkpoint=sys.argv[1], scheduler=sys.argv[2], num_workers=2))
"""


@pytest.mark.parametrize("how", ["threads", "processes"])
def test_goes_on_after_kill_9(how, tmp_path):
    job, log = tmp_path / "job.py", tmp_path / "log"
    job.write_text(JOB)
    order = [sys.executable, str(job), str(tmp_path / "keep"), how]
    env = {**os.environ, "LOG": str(log), "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    chance = random.Random(5)
    killed = 0
    for _ in range(3):
        process = subprocess.Popen(order, env=env, stdout=subprocess.PIPE, start_new_session=True)
        before = log.stat().st_size if log.exists() else 0
        while process.poll() is None and (log.stat().st_size if log.exists() else 0) == before:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.02, 0.2))
        killed += process.poll() is None
        process.kill()
        process.wait()
        process.stdout.close()
    done = subprocess.run(order, env=env, capture_output=True, text=True, check=True)
    assert int(done.stdout) == sum(range(1, 100 * 100 + 1))
    calls = log.read_text().split()
    assert len(set(calls)) == 100
    assert len(calls) - 100 <= killed * 20 + 1  # what was in flight: a batch for each of 2 workers


EDITED = """
def outer(x):
    return inner(x) {what}

def inner(x):
    return x + 1

def calls_outer(x, y=outer):
    return outer(x)

class Adder:
    def __call__(self, x):
        return inner(x)
"""


def test_an_edited_module_has_other_names(tmp_path, monkeypatch):
    def name(what: str, function: str = "outer", more: str = "") -> str:
        file = tmp_path / "edited.py"
        file.write_text(more + EDITED.format(what=what))
        module = types.ModuleType("edited")
        module.__file__ = str(file)
        monkeypatch.setitem(sys.modules, "edited", module)
        exec(compile(file.read_text(), file, "exec"), module.__dict__)
        return tokenize(getattr(module, function))

    first = name("* 2")
    assert name("* 2") == first
    assert name("* 2", more="# a comment\nother = 3\n") == first
    assert name("* 3") != first
    assert name("* 2", "inner") == name("* 3", "inner")
    assert name("* 2", "Adder") == name("* 3", "Adder")
    assert name("* 2", "calls_outer") != name("* 3", "calls_outer")


def test_the_option_holds_with_a_limit_of_workers(calls, tmp_path):
    with config.set(num_workers=1):
        work(calls).compute(checkpoint=tmp_path / "keep")
    calls.take()
    work(calls).compute(checkpoint=tmp_path / "keep", num_workers=3)
    assert calls.take() == []


def test_a_file_in_the_place_of_the_folder(tmp_path: Path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(NotADirectoryError, match="checkpoint must be a folder"):
        delayed(sum)([1, 2]).compute(checkpoint=tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
