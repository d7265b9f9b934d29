"""Computations in the background: results, errors, cancelling, waiting, asyncio, the end of the program."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError, Future, as_completed, wait
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd
from minidask import annotate, config, delayed
from minidask.schedulers import synchronous


def slow(seconds: float, *inputs: Any) -> float:
    time.sleep(seconds)
    return seconds


def sleeping(count: int = 200, seconds: float = 0.05) -> Any:
    """A computation of ten seconds, in short tasks."""
    return delayed(sum)([delayed(slow)(seconds) for _ in range(count)])


def background_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("minidask-")]


def wait_for_threads() -> None:
    for thread in background_threads():
        thread.join(20)


def test_every_collection_can_be_submitted(scheduler):
    x = np.arange(12.0)
    frame = pd.DataFrame({"a": range(6)})
    array = da.from_array(x, chunks=5).submit(scheduler=scheduler, num_workers=2)
    rows = dd.from_pandas(frame, npartitions=2).submit(scheduler=scheduler)
    total = db.range(10, npartitions=3).sum().submit(scheduler=scheduler)
    value = delayed(max)(1, 2).submit(scheduler=scheduler)
    assert isinstance(value, Future)
    np.testing.assert_array_equal(array.result(60), x)
    pd.testing.assert_frame_equal(rows.result(60), frame)
    assert (total.result(60), value.result(60)) == (45, 2)


def test_several_at_once_and_what_is_no_collection():
    one = delayed(abs)(-1)
    assert minidask.submit({"a": [one]}, 5).result(60) == ({"a": [1]}, 5)
    assert minidask.submit(one, [one], traverse=False).result(60) == (1, [one])
    assert minidask.submit(5).result(60) == (5,)


def test_errors_come_with_the_result():
    computation = delayed(divmod)(1, 0).submit()
    error = computation.exception(60)
    assert isinstance(error, ZeroDivisionError)
    assert "in divmod" in error.__notes__[-1]
    with pytest.raises(ZeroDivisionError):
        computation.result()
    assert not computation.cancel()


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [({"scheduler": "fast"}, ValueError, "no scheduler 'fast'"), ({"colour": 1}, TypeError, "no option 'colour'")],
)
def test_wrong_options_are_errors_at_the_call(options, error, text):
    with pytest.raises(error, match=text):
        delayed(abs)(1).submit(**options)


def test_cancelling_while_it_runs(scheduler):
    computation = sleeping().submit(scheduler=scheduler, num_workers=2)
    time.sleep(0.3)
    assert computation.running()
    assert not computation.done()
    began = time.monotonic()
    assert computation.cancel()
    assert computation.cancel(), "for the second time"
    assert computation.cancelled()
    assert not computation.running()
    with pytest.raises(CancelledError):
        computation.result()
    with pytest.raises(CancelledError):
        computation.exception()
    wait_for_threads()
    assert time.monotonic() - began < 5
    assert not background_threads()
    assert delayed(abs)(-3).compute(scheduler=scheduler) == 3


def test_cancelling_ends_a_long_task_in_another_process():
    computation = delayed(slow)(100).submit(scheduler="processes")
    time.sleep(0.7)
    computation.cancel()
    wait_for_threads()
    assert not background_threads()


def test_what_is_cancelled_before_it_starts_does_not_run():
    ran: list[int] = []
    started, go = threading.Event(), threading.Event()

    def get(graph: Any, keys: Any) -> Any:
        started.set()
        go.wait(20)
        return synchronous.get(graph, keys)

    computation = delayed(ran.append)(1).submit(scheduler=get)
    assert started.wait(20)
    computation.cancel()
    go.set()
    wait_for_threads()
    assert ran == []


def test_callbacks_and_waiting():
    seen: list[Any] = []
    quick, long = delayed(abs)(-1).submit(), sleeping().submit()
    quick.add_done_callback(seen.append)
    long.add_done_callback(seen.append)
    done, left = wait([quick, long], return_when="FIRST_COMPLETED", timeout=60)
    assert (done, left) == ({quick}, {long})
    threading.Timer(0.1, long.cancel).start()
    assert set(as_completed([quick, long], timeout=60)) == {quick, long}
    wait_for_threads()
    assert seen == [quick, long]
    waiting = sleeping().submit()
    with pytest.raises(TimeoutError):
        waiting.result(timeout=0.01)
    waiting.cancel()
    wait_for_threads()


def test_contextual_options_and_hints_go_along():
    seen: list[Any] = []

    def get(graph: Any, keys: Any, **options: Any) -> Any:
        seen.append((config.get("num_workers"), minidask.get_annotations(), options))
        return synchronous.get(graph, keys)

    with config.set(num_workers=3, scheduler=get), annotate(priority=2):
        computation = delayed(abs)(1).submit(memory_limit="1GB")
    assert computation.result(60) == 1
    assert seen == [(3, {"priority": 2}, {"memory_limit": "1GB"})]
    assert minidask.get_annotations() == {}


def test_repr_tells_state_and_time():
    computation = sleeping().submit()
    assert re.fullmatch(r"<computation running for [\d.]+ [mu]?s>", repr(computation))
    computation.cancel()
    assert repr(computation).startswith("<computation cancelled after ")
    assert repr(computation) == repr(computation), "the time stands still"
    done, failed = delayed(abs)(1).submit(), delayed(divmod)(1, 0).submit()
    wait([done, failed])
    assert repr(done).startswith("<computation done in ")
    assert repr(failed).startswith("<computation failed with ZeroDivisionError after ")
    wait_for_threads()


def test_await():
    async def work() -> Any:
        value = await delayed(abs)(-1).submit()
        other = await delayed(abs)(-2).compute_async(scheduler="sync")
        several = await minidask.compute_async(delayed(abs)(-3), [delayed(abs)(-4)])
        return value, other, several, await asyncio.gather(*[delayed(abs)(-i).submit() for i in range(5)])

    assert asyncio.run(work()) == (1, 2, (3, [4]), [0, 1, 2, 3, 4])


def test_the_event_loop_goes_on_meanwhile():
    async def work() -> int:
        ticks = 0
        task = asyncio.create_task(delayed(slow)(0.3).compute_async())
        while not task.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks

    assert asyncio.run(work()) > 3


@pytest.mark.parametrize("how", ["submit", "compute_async"])
def test_cancelling_the_asyncio_task_cancels_the_computation(how):
    computations: list[Any] = []

    async def wait_for_it() -> None:
        if how == "submit":
            computations.append(sleeping().submit())
            await computations[0]
        else:
            await sleeping().compute_async()

    async def work() -> None:
        task = asyncio.create_task(wait_for_it())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    assert all(computation.cancelled() for computation in computations)
    began = time.monotonic()
    wait_for_threads()
    assert time.monotonic() - began < 5


def test_errors_when_awaited():
    async def work() -> None:
        with pytest.raises(ZeroDivisionError):
            await delayed(divmod)(1, 0).compute_async()

    asyncio.run(work())


DROPPED = """
import time
from minidask import delayed
def work():
    time.sleep(0.3)
    print("to its end", flush=True)
delayed(work)().submit(scheduler="{scheduler}")
time.sleep(3)
"""

AT_EXIT = """
import time
from minidask import delayed
computation = delayed(time.sleep)(100).submit(scheduler="{scheduler}")
time.sleep(0.5)
print(computation.running(), flush=True)
"""


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_one_that_nobody_holds_runs_to_its_end():
    assert run(DROPPED.format(scheduler="threads")) == "to its end\n"


@pytest.mark.parametrize("name", ["threads", "processes", "sync"])
def test_the_end_of_the_program_does_not_wait(name):
    assert run(AT_EXIT.format(scheduler=name)) == "True\n"


def test_collections_can_be_awaited():
    async def main() -> Any:
        return await delayed(sum)([1, 2]), await asyncio.gather(delayed(len)("ab"), delayed(len)("abc"))

    assert asyncio.run(main()) == (3, [2, 3])
