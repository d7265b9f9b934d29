"""Names, and who decides."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import threadpoolctl

import minidask
from minidask import config
from minidask.config import SCHEDULERS
from minidask.schedulers import blas, get_scheduler, machine, processes, synchronous, threads


@pytest.mark.parametrize(
    ("name", "get"),
    [
        ("threads", threads.get),
        ("Threading", threads.get),
        ("multiprocessing", processes.get),
        ("sync", synchronous.get),
    ],
)
def test_names(name, get):
    assert get_scheduler(name) is get


def test_precedence():
    assert get_scheduler(None, default="sync") is synchronous.get
    with config.set(scheduler="threads"):
        assert get_scheduler(None, default="sync") is threads.get
        assert get_scheduler("processes", default="sync") is processes.get


def test_any_function_is_a_scheduler():
    def get(graph: Any, keys: list[Any]) -> list[Any]:
        return keys

    assert get_scheduler(get) is get


@pytest.mark.parametrize("get", [minidask.get, minidask.threaded.get, minidask.multiprocessing.get])
def test_public_names_for_plain_graphs(get):
    assert get({"x": 1, "y": (max, "x", 2)}, "y") == 2
    assert minidask.delayed(max)(1, 2).compute(scheduler=get) == 2


def test_wrong_ones_are_refused():
    with pytest.raises(ValueError, match=r"no scheduler 'treads'.*'threads'") as caught:
        get_scheduler("treads")
    assert all(repr(name) in str(caught.value) for name in SCHEDULERS)
    with pytest.raises(TypeError, match="not int"):
        get_scheduler(3)  # type: ignore[arg-type]


def test_the_option_num_workers():
    def names() -> str:
        barrier.wait(20)
        return threading.current_thread().name

    barrier = threading.Barrier(3)
    with config.set(num_workers=3):
        found = threads.get({f"x{i}": (names,) for i in range(3)}, ["x0", "x1", "x2"])
    assert len(set(found)) == 3


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/cpu.max": "max 100000",
                "sys/fs/cgroup/a/cpu.max": "300000 100000",
            },
            3.0,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/x\n3:cpu,cpuacct:/docker/1\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "250000\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            2.5,
        ),
        (
            {
                "proc/self/cgroup": "3:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
        ),
    ],
)
def test_container_quotas(tmp_path: Path, files: dict[str, str], quota: float | None):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert machine._quota(tmp_path) == quota


def test_a_quota_limits_the_cores(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine, "_quota", lambda root: 0.5)
    assert machine.cpu_count() == 1


def library_threads() -> list[int]:
    return [library["num_threads"] for library in threadpoolctl.threadpool_info()]


def test_libraries_are_held_to_the_cores_and_let_go():
    np.ones((2, 2)) @ np.ones((2, 2))
    before = library_threads()
    many = dict.fromkeys(range(64), (library_threads,))
    assert threads.get(many, [0], num_workers=64) == [[1] * len(before)]
    assert threads.get({"x": (library_threads,)}, ["x"], num_workers=64) == [before], "one task may have all cores"
    with blas.held(64), blas.held(1):
        assert library_threads() == [1] * len(before)
    assert library_threads() == before


def test_numpy_is_not_needed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(sys.modules, "numpy")
    with blas.held(2):
        assert "numpy" not in sys.modules
