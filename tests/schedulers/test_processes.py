"""Worker processes: what they share, how they die, and that nothing of them is left."""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from operator import add
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import psutil
import pytest

import minidask
from minidask import delayed
from minidask.errors import WorkerDied
from minidask.schedulers import processes
from minidask.schedulers.machine import cpu_count, is_stopped
from minidask.schedulers.messages import Batch
from minidask.schedulers.pool import Process
from minidask.store.blocks import BlockStore
from minidask.store.handle import Handle

get = processes.get


@pytest.fixture
def pool() -> Iterator[None]:
    """Fresh workers, and none left."""
    processes.shutdown()
    yield
    processes.shutdown()
    assert not workers()


def workers() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "minidask.schedulers.worker" in " ".join(child.cmdline())]


def blocks() -> list[Path]:
    folders = [Path(folder) for folder in BlockStore().folders if folder]
    return [file for folder in folders for file in folder.iterdir() if file.name != "lock"]


def pids(count: int, **options: Any) -> set[int]:
    def slow() -> int:
        time.sleep(0.01)
        return os.getpid()

    tasks = {f"x{i}": (slow,) for i in range(count)}
    return set(get(tasks, list(tasks), **options))


def test_workers_are_other_processes_and_stay_warm(pool: None):
    first = pids(20, num_workers=2)
    assert len(first) == 2
    assert os.getpid() not in first
    assert pids(20, num_workers=2) == first
    assert len(pids(20, num_workers=1)) == 1
    assert len(pids(30, num_workers=3)) == 3
    processes.shutdown()
    assert not workers()
    assert not pids(20, num_workers=2) & first


def test_a_worker_that_nobody_refers_to_ends(pool: None):
    process = processes._pool.take()
    pid = process.pid
    del process
    while psutil.pid_exists(pid):  # also as a zombie
        time.sleep(0.01)


@pytest.mark.parametrize("place", ["take", "give"])
def test_an_error_on_the_way_from_or_to_the_pool_leaves_no_worker(
    place: str, pool: None, monkeypatch: pytest.MonkeyPatch
):
    def no_memory(process: Process) -> bool:
        raise MemoryError

    if place == "take":
        pids(20, num_workers=2)
    with monkeypatch.context() as patch:
        patch.setattr(Process, "alive", no_memory)
        with pytest.raises(MemoryError):
            pids(20, num_workers=2)
    assert len(pids(20, num_workers=2)) == 2
    processes.shutdown()
    assert not workers()


def test_large_blocks_do_not_outlive_the_computation(pool: None):
    tasks: dict[Any, Any] = {("x", i): (np.ones, 200_000) for i in range(6)}
    tasks |= {("y", i): (add, ("x", i), ("x", (i + 1) % 6)) for i in range(6)}
    results = get(tasks, [("y", i) for i in range(6)])
    assert [result.sum() for result in results] == [400_000] * 6
    assert not blocks()
    with pytest.raises(ZeroDivisionError):
        get({**tasks, "bad": (lambda x: 1 // 0, ("y", 0))}, ["bad", ("y", 3)])
    assert not blocks()


def test_workers_share_folder_path_and_environment(pool: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def here() -> tuple[str, str | None, str | None, list[str]]:
        import made_up_module  # type: ignore[import-not-found]

        return str(Path.cwd()), os.environ.get("COLOUR"), made_up_module.NAME, sys.argv

    assert pids(1)  # the worker is older than all that
    (tmp_path / "made_up_module.py").write_text("NAME = 'made up'")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("COLOUR", "red")
    monkeypatch.setattr(sys, "argv", ["script", "-v"])
    assert get({"x": (here,)}, ["x"]) == [(str(tmp_path), "red", "made up", ["script", "-v"])]


def test_modules_made_after_the_start_are_found(pool: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def name_of(module: str) -> str:
        return str(__import__(module).NAME)

    monkeypatch.syspath_prepend(tmp_path)
    for at in range(3):
        (tmp_path / f"made_later_{at}.py").write_text(f"NAME = {at}")
        assert get({"x": (name_of, f"made_later_{at}")}, "x", num_workers=1) == str(at)


@pytest.fixture
def edited(pool: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], ModuleType]]:
    """Writes a module, that uses another, and imports it the first time."""

    def write(n: int) -> ModuleType:
        (tmp_path / "edited_helper.py").write_text(f"N = {n}\n{'#' * n}\n")
        (tmp_path / "edited.py").write_text(f"import edited_helper\nV = {n}\ndef f(x): return x + V, edited_helper.N\n")
        importlib.invalidate_caches()
        return importlib.import_module("edited")

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(tmp_path)
    yield write
    for name in ("edited", "edited_helper"):
        sys.modules.pop(name, None)


def in_worker(function: Callable[..., Any], *args: Any) -> tuple[Any, int]:
    """What a function gives in a worker, and which."""
    return get({"x": (function, *args), "pid": (os.getpid,)}, ["x", "pid"], num_workers=1)


def test_workers_have_the_modules_that_were_reloaded_here(edited: Callable[[int], ModuleType]):
    module = edited(1)
    assert in_worker(module.f, 0)[0] == (1, 1)
    worker = in_worker(module.f, 0)[1]
    assert in_worker(module.f, 0)[1] == worker
    edited(2)
    importlib.reload(sys.modules["edited_helper"])
    assert in_worker(module.f, 0)[1] != worker
    importlib.reload(module)
    assert in_worker(module.f, 0)[0] == module.f(0) == (2, 2)
    assert in_worker(lambda: module.f(3))[0] == (5, 2)


def test_workers_have_the_modules_that_were_not_reloaded_here(edited: Callable[[int], ModuleType]):
    module = edited(1)
    assert in_worker(module.f, 0)[0] == (1, 1)
    edited(2)
    processes.shutdown()
    assert in_worker(module.f, 0)[0][0] == module.f(0)[0] == 1
    importlib.reload(module)
    assert in_worker(module.f, 0)[0][0] == module.f(0)[0] == 2
    assert "edited" not in cloudpickle.list_registry_pickle_by_value()


def test_workers_have_the_values_that_were_set_in_modules(edited: Callable[[int], ModuleType]):
    module = edited(1)
    module.__dict__["V"] = 10
    assert in_worker(module.f, 0)[0] == (10, 1)
    worker = in_worker(module.f, 0)[1]
    module.__dict__["V"] = 20
    sys.modules["edited_helper"].__dict__["N"] = (1, [2.5, {"a": None}])
    assert in_worker(module.f, 0) == [(20, (1, [2.5, {"a": None}])), worker]
    assert in_worker(lambda: __import__("edited_helper").N) == [(1, [2.5, {"a": None}]), worker]


def test_what_modules_of_workers_set_themselves_stays(edited: Callable[[int], ModuleType]):
    module = edited(1)

    def count() -> int:
        import edited

        edited.V += 1
        return int(edited.V)

    assert [in_worker(count)[0] for _ in range(3)] == [2, 3, 4]
    module.__dict__["V"] = 10
    assert [in_worker(count)[0] for _ in range(2)] == [11, 12]


def test_a_function_that_was_defined_again_is_the_new_one(pool: None):
    names: dict[str, Any] = {"__name__": "__main__"}
    for at in range(3):
        exec(f"class Kept:\n    at = {at}\ndef function():\n    return Kept.at", names)
        assert get({"x": (names["function"],)}, "x", num_workers=1) == at


def test_a_function_travels_once_to_each_worker(pool: None):
    class Counted:
        pickled = 0

        def __call__(self, x: float) -> float:
            return x + 1

        def __reduce__(self) -> Any:
            type(self).pickled += 1
            return add, (0.5, 0.5)

    sent = Counted()
    with pytest.raises(TypeError, match="not callable"):  # what arrives is a number
        get({f"x{i}": (sent, float(i)) for i in range(100)}, ["x1"], num_workers=1)
    assert Counted.pickled == 1


@pytest.mark.parametrize("kind", [np.ones, lambda n: pd.Series(["text"] * n)])
@pytest.mark.parametrize("within", ["argument", "list", "closure"])
def test_a_large_constant_of_many_tasks_is_stored_once(
    pool: None, kind: Callable[[int], Any], within: str, monkeypatch: pytest.MonkeyPatch
):
    constant = kind(100_000)
    sent: list[int] = []
    ask = Process.ask

    def counted(process: Process, batch: Batch, *args: Any) -> Any:
        sent.append(len(pickle.dumps(batch)) + (batch.tasks.nbytes if isinstance(batch.tasks, Handle) else 0))
        return ask(process, batch, *args)

    def slow(x: Any, i: int) -> int:
        time.sleep(0.005)
        return len(x[0] if isinstance(x, list) else x) + i

    def call(i: int) -> Any:
        argument = {"argument": constant, "list": [constant], "closure": None}[within]
        return delayed(slow)(argument, i) if within != "closure" else delayed(lambda: slow(constant, i))()

    monkeypatch.setattr(Process, "ask", counted)
    assert minidask.compute([call(i) for i in range(20)], scheduler="processes")[0] == [100_000 + i for i in range(20)]
    assert sum(size > 100_000 for size in sent) < 2
    assert not blocks()


def die_once(marker: str) -> str:
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def test_nobody_waits_for_workers_whose_start_takes_long(pool: None, monkeypatch: pytest.MonkeyPatch):
    """No test may leave the thread that would wait, nor the nursery."""
    started = threading.Event()

    def slow(file: int) -> subprocess.Popen[bytes]:
        popen = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=[file])
        started.set()
        return popen

    with monkeypatch.context() as patch:
        patch.setattr("minidask.schedulers.nursery._start", slow)
        computation = delayed(add)(1, 2).submit(scheduler="processes")
        assert started.wait(20)
        computation.cancel()
        with pytest.raises(CancelledError):
            computation.result()
    assert delayed(add)(1, 2).compute(scheduler="processes") == 3


def test_the_tasks_of_a_dead_worker_run_again(pool: None, tmp_path: Path):
    tasks: dict[Any, Any] = {f"x{i}": (add, float(i), 1) for i in range(500)}
    tasks |= {f"die{i}": (die_once, str(tmp_path / f"{i}")) for i in range(3)}
    assert get(tasks, list(tasks)) == [i + 1 for i in range(500)] + ["done"] * 3
    assert not blocks()


def test_three_deaths_are_enough_also_long_after_the_start(pool: None, tmp_path: Path):
    def kill_later() -> None:
        (tmp_path / str(os.getpid())).touch()
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(WorkerDied, match="3 worker processes died") as caught:
        get({"killer": (kill_later,)}, "killer")
    assert len(list(tmp_path.iterdir())) == 3
    assert "of a worker that was idle (0 here)" in caught.value.__notes__[0]
    assert len(workers()) <= 2 + max(2, cpu_count()), "those that were to be hit in its place have gone again"


def test_who_kills_whatever_is_there_is_not_taken_for_the_task(pool: None, tmp_path: Path):
    """Each attempt is killed from outside, together with the idle workers."""

    def survive() -> int:
        tries = len(list(tmp_path.iterdir()))
        (tmp_path / f"{tries}").write_text(str(os.getpid()))
        if tries < 8:
            time.sleep(100)
        return tries

    def kill_all() -> None:
        for at in range(8):
            while not (tmp_path / f"{at}").exists() or not (tmp_path / f"{at}").read_text():
                time.sleep(0.01)
            for process in processes._pool._idle[:2]:
                os.kill(process.pid, signal.SIGKILL)
            time.sleep(0.1)
            os.kill(int((tmp_path / f"{at}").read_text()), signal.SIGKILL)

    thread = threading.Thread(target=kill_all)
    thread.start()
    assert get({"x": (survive,)}, "x", num_workers=1) == 8
    thread.join()


@pytest.mark.parametrize(
    ("die", "how"),
    [
        (lambda: os._exit(5), "exited with code 5"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "ended by SIGSEGV"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "ended by SIGKILL"),
        (os.abort, "ended by SIGABRT"),
    ],
)
def test_a_task_that_kills_workers_is_named(pool: None, die: Any, how: str):
    tasks: dict[Any, Any] = {f"x{i}": (add, float(i), 1) for i in range(100)}
    with pytest.raises(WorkerDied, match=rf"in killer, block 7; the last one .*{how}"):
        get({**tasks, ("killer", 7): (die,)}, [*tasks, ("killer", 7)])
    assert get(tasks, ["x3"]) == [4]


def test_workers_that_are_killed_between_computations_are_replaced(pool: None):
    before = pids(10)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert not pids(10) & before


def test_idle_workers_that_were_stopped_are_replaced_while_workers_die(pool: None):
    pids(10, num_workers=2)
    processes._pool.surround(4, ())
    stopped = [process.pid for process in processes._pool._idle[:3]]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
        while not is_stopped(pid):
            time.sleep(0.001)
    before = processes._pool.bystanders(look=False)
    processes._pool.surround(4, ())
    idle = [process.pid for process in processes._pool._idle]
    assert len(idle) == 4
    assert not {*idle} & {*stopped}
    assert processes._pool.bystanders() == before + 3


def test_interrupting_ends_a_long_task(pool: None):
    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        get({f"x{i}": (time.sleep, 100) for i in range(4)}, ["x0", "x1", "x2", "x3"], num_workers=2)
    assert time.monotonic() - started < 20  # and not a hundred
    timer.join()
    assert not [worker for worker in workers() if worker.status() != psutil.STATUS_ZOMBIE]
    assert get({"x": (add, 1, 2)}, ["x"]) == [3]


def test_an_error_does_not_wait_for_the_others(pool: None):
    def fail() -> None:
        raise ValueError("soon")

    with pytest.raises(ValueError, match="soon"):
        get({"slow": (time.sleep, 100), "bad": (fail,)}, ["slow", "bad"], num_workers=2)


def test_what_stays_here_is_named_once(pool: None):
    lock = threading.Lock()
    tasks = {("locked", i): (lambda i: (lock.locked(), os.getpid()), i) for i in range(5)}
    with pytest.warns(UserWarning, match="locked runs in the main process, .* cannot pickle") as warnings:
        assert get(tasks, list(tasks)) == [(False, os.getpid())] * 5
    assert len(warnings) == 1


def test_the_warning_names_the_line_that_asked(pool: None):
    lock = threading.Lock()
    with pytest.warns(UserWarning, match=r"locked \(asked for at .*test_processes.py:\d+\) runs in the main process"):
        assert delayed(lock.locked)().compute(scheduler="processes") is False


def test_libraries_in_workers_keep_to_their_share_of_the_cores(pool: None):
    def most_threads() -> int:
        import threadpoolctl

        np.ones((2, 2)) @ np.ones((2, 2))
        return max(library["num_threads"] for library in threadpoolctl.threadpool_info())

    many = {f"x{i}": (most_threads,) for i in range(64)}
    assert get(many, ["x3"], num_workers=64) == [1]
    assert get({"x": (most_threads,)}, "x", num_workers=64) == cpu_count(), "one task alone gets all of them"


def test_workers_that_cannot_start_are_an_error_and_not_a_loop(pool: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="worker processes cannot start: the last one exited with code 1"):
        get({"x": (add, 1, 2)}, ["x"])


SCRIPT = """
import sys, time
from minidask.schedulers.processes import get

class Point:
    def __init__(self, x):
        self.x = x

offset = 10
points = {("p", i): (Point, i) for i in range(5)}
moved = {("m", i): (lambda point: Point(point.x + offset), ("p", i)) for i in range(5)}
values = get({**points, **moved}, list(moved))
assert all(isinstance(value, Point) for value in values)
print([value.x for value in values])
"""


@pytest.mark.parametrize("form", ["file", "stdin"])
def test_an_unguarded_script(tmp_path: Path, form: str):
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    argument = {"file": str(file), "stdin": "-"}[form]
    done = subprocess.run(
        [sys.executable, argument],
        input=SCRIPT,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.stderr == ""
    assert done.stdout == "[10, 11, 12, 13, 14]\n"


FORK = """
import os
from minidask.schedulers import processes
import numpy as np

def compute():
    tasks = {"x": (np.ones, 50_000), "p": (os.getpid,), "s": (lambda x, p: (x.sum(), p), "x", "p")}
    return processes.get(tasks, ["s"])[0]

total, worker = compute()
child = os.fork()
child_total, child_worker = compute()
assert total == child_total == 50_000
assert (worker == child_worker) == bool(child)
if child:
    assert os.waitpid(child, 0)[1] == 0
    assert compute()[0] == total
    print("well")
"""


def test_a_fork_has_its_own_workers():
    assert run_script(FORK).stdout == "well\n"


def run_script(text: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": path, "MINIDASK_NUM_WORKERS": "1"}
    command = [sys.executable, "-c", text]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, env=environment)


ORPHANS = """
import os, signal, subprocess, threading, time
from minidask.schedulers import processes
print(processes.get({{"x": (os.getpid,)}}, ["x"], num_workers=1)[0], flush=True)
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGKILL)).start()
processes.get({{"x": ({task})}}, ["x"], num_workers=1)
"""


@pytest.mark.parametrize(
    "task",
    [
        "time.sleep, 100",
        "sum, range(10**10)",  # holds the interpreter's lock
        "subprocess.run, ('sleep', '100')",
    ],
)
def test_workers_end_with_a_main_process_that_is_killed_also_in_a_task(task: str):
    done = run_script(ORPHANS.format(task=task))
    assert done.returncode == -signal.SIGKILL
    assert all_end(lambda: group(int(done.stdout))), "the worker lives on, or what it has started"


def all_end(living: Callable[[], list[int]]) -> bool:
    """Whether there are none in the end."""
    end = time.monotonic() + 20
    while living() and time.monotonic() < end:
        time.sleep(0.05)
    return not living()


def group(leader: int) -> list[int]:
    """The processes of a group that have not ended."""
    found = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, None])
def test_what_the_tasks_of_a_dead_worker_have_started_ends_with_it(
    pool: None, how: signal.Signals | None, tmp_path: Path
):
    def start() -> str:
        if not (tmp_path / "leader").exists():
            (tmp_path / "leader").write_text(str(os.getpid()))
            subprocess.Popen(["sleep", "100"])
            os.kill(os.getpid(), how) if how else os._exit(3)
        return "again"

    assert get({"x": (start,)}, "x") == "again"
    assert all_end(lambda: group(int((tmp_path / "leader").read_text())))
