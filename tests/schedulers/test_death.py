"""Whose fault a worker's death is, and what follows from it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from minidask.schedulers import processes
from minidask.schedulers.death import OUT_OF_MEMORY, Death, count_oom_kills, death_of
from minidask.schedulers.recovery import Recovery
from minidask.task import Graph

GRAPH = Graph.from_dict({f"x{i}": (abs, -i) for i in range(10)})


def test_what_is_known_of_a_death():
    assert death_of("", -signal.SIGSEGV, 0, 0) == Death("")
    assert death_of("", -signal.SIGKILL, 0, 2) == Death("", bystanders=2)
    assert death_of("", -signal.SIGKILL, 1, 0).memory
    assert death_of("", OUT_OF_MEMORY, 0, 0).memory


def losses_until_blamed(recovery: Recovery, task: int, bystanders: list[int]) -> int:
    """How often a task may lose its worker, while so many idle ones have died by the time of each loss."""
    for count, others in enumerate(bystanders, 1):
        error = recovery.lost([task], Death("was ended by SIGKILL", bystanders=others))
        if error is not None:
            assert f"{count} worker processes died while each ran the same task, in x9" in str(error)
            assert f"idle ({others} here)" in error.__notes__[0]
            return count
    return 0


def test_a_task_that_kills_is_to_blame_after_three_deaths_and_one_that_others_kill_is_not():
    assert losses_until_blamed(Recovery(GRAPH), 9, [0] * 50) == 3
    assert losses_until_blamed(Recovery(GRAPH), 9, list(range(25))) == 0, "who kills hits the others too"
    assert losses_until_blamed(Recovery(GRAPH), 9, [2] * 50) == 5
    assert losses_until_blamed(Recovery(GRAPH), 9, list(range(0, 100, 2))) == 30, "a task that kills all"


def test_what_has_run_since_was_not_to_blame():
    recovery = Recovery(GRAPH)
    for i in range(9):
        assert recovery.lost([i], Death("was ended by SIGKILL")) is None
        recovery.done([i])
    assert losses_until_blamed(recovery, 9, [0] * 50) == 12


def test_of_a_batch_nobody_is_blamed():
    recovery = Recovery(GRAPH)
    assert not recovery.one_at_a_time
    for _ in range(10):
        assert recovery.lost([1, 2, 3], Death("")) is None
    assert recovery.one_at_a_time
    recovery.done([1, 2, 3])
    assert not recovery.one_at_a_time


def test_out_of_memory_ends_with_one_worker():
    recovery = Recovery(GRAPH)
    assert recovery.lost([1], Death("", memory=True)) is None
    assert recovery.fewer(8, [1]) == 4
    recovery.lost([2], Death("", memory=True))
    assert recovery.fewer(4, [2]) == 2
    recovery.lost([1], Death("", memory=True))
    assert recovery.fewer(2, [1]) == 1
    error = recovery.lost([1], Death("", memory=True))
    assert "x1" in str(error)
    assert "smaller" in str(error)


def files(root: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        ({}, 0),
        ({"proc/vmstat": "nr_free 5\noom_kill 3\n"}, 3),
        (
            {
                "proc/vmstat": "oom_kill 3\n",
                "proc/self/cgroup": "0::/job\n",
                "sys/fs/cgroup/job/memory.events": "oom 7\noom_kill 2\n",
            },
            2,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/job\n",
                "sys/fs/cgroup/memory/job/memory.oom_control": "under_oom 0\noom_kill 1\n",
            },
            1,
        ),
    ],
)
def test_how_often_the_system_has_killed(tmp_path: Path, texts: dict[str, str], count: int):
    assert count_oom_kills(files(tmp_path, texts)) == count


CROWDED = """
import os, time
from pathlib import Path

def crowded(folder, i):
    mark = Path(folder, str(os.getpid()))
    mark.touch()
    time.sleep(0.05)
    many = len(list(Path(folder).iterdir())) > 1
    mark.unlink()
    if many:
        os._exit({code})
    return i
"""


def test_lost_for_want_of_memory_they_run_again_with_fewer_at_once(tmp_path: Path):
    names: dict[str, object] = {}
    exec(CROWDED.format(code=OUT_OF_MEMORY), names)
    tasks = {f"x{i}": (names["crowded"], str(tmp_path), i) for i in range(6)}
    assert processes.get(tasks, list(tasks), num_workers=2) == list(range(6))
    processes.shutdown()
