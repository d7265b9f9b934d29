"""Ctrl-C at any moment: prompt back, nothing left, and the next computation is right."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from minidask.schedulers import get_scheduler
from minidask.schedulers.interrupts import Interrupts, insisting

ROOT = Path(__file__).parents[2]
LOST = r"Exception ignored in: [^\n]*\nTraceback [^\n]*\n( [^\n]*\n|\n)+KeyboardInterrupt: *\n"
"""What Python prints where it loses an interruption."""
NAMES = ["sync", "threads", "processes", "executor"]


def interrupted(name: str, trials: int, seed: int) -> list[list[str]]:
    """A row for each trial: job, seconds until the caller went on, whether the next answer was right, what is left."""
    command = [sys.executable, "-m", "tests.schedulers.interrupted", name, str(trials), str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = re.sub(LOST, "", done.stderr, flags=re.DOTALL)
    assert (done.returncode, told[-5000:]) == (0, "")
    return [line.split(" ", 3) for line in done.stdout.splitlines()]


def problems(rows: list[list[str]], most: float) -> list[list[str]]:
    late = [row for row in rows if row[1] != "never" and float(row[1]) > most]
    return late + [row for row in rows if row[2:] != ["right", "clean"]]


@pytest.mark.parametrize("name", NAMES)
def test_a_few_times(name):
    rows = interrupted(name, 7, random.randrange(10**6))
    assert len(rows) == 7
    assert not problems(rows, most=10.0)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", NAMES)
def test_many_times(name):
    rows = interrupted(name, 300, random.randrange(10**6))
    assert len(rows) == 300
    assert not problems(rows, most=1.0)
    too_late = [row for row in rows if row[1] == "never"]
    assert len(too_late) < 30, "those that came after the end, or that Python lost in a callback of a weak reference"


def test_what_is_put_off_comes_at_the_end():
    steps = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012, SIM117  the steps are what is tested
        with Interrupts().put_off():
            signal.raise_signal(signal.SIGINT)
            steps.append("not interrupted")
    assert steps == ["not interrupted"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_first_interruption_is_let_through_and_the_others_do_not_disturb():
    interrupts, steps = Interrupts(), []
    with pytest.raises(KeyboardInterrupt), interrupts.put_off():  # noqa: PT012
        try:
            with interrupts:
                signal.raise_signal(signal.SIGINT)
                steps.append("never")
        finally:
            signal.raise_signal(signal.SIGINT)
            steps.append("tidied up")
    assert steps == ["tidied up"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_that_is_lost_comes_again():
    interrupts, steps = Interrupts(), []
    with pytest.raises(KeyboardInterrupt), interrupts.put_off():  # noqa: PT012
        with interrupts, suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        steps.append("goes on")
        with interrupts:
            steps.append("never")
    assert steps == ["goes on"]


def test_one_that_is_lost_before_a_computation_comes_again():
    with pytest.raises(KeyboardInterrupt), insisting(), suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_one_that_is_lost_inside_another_comes_again():
    outer, inner, steps = Interrupts(), Interrupts(), []
    with pytest.raises(KeyboardInterrupt), outer.put_off(), outer, inner.put_off():  # noqa: PT012
        with inner, suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with inner:
            steps.append("never")
    assert not steps


@pytest.mark.parametrize("count", [1, 2])
def test_a_task_that_catches_everything_does_not_keep_an_interruption(count):
    ran = []

    def catch(i: int) -> None:
        ran.append(i)
        with suppress(BaseException):
            signal.raise_signal(signal.SIGINT)
        time.sleep(0.06)  # longer than a batch

    with pytest.raises(KeyboardInterrupt):
        get_scheduler("sync")({("x", i): (catch, i) for i in range(count)}, [("x", i) for i in range(count)])
    assert ran == [0]


def test_one_inside_another_as_a_computation_inside_a_task():
    outer, inner, steps = Interrupts(), Interrupts(), []
    with pytest.raises(KeyboardInterrupt), outer.put_off(), outer, inner.put_off():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        steps.append("put off")
        with inner:
            steps.append("never")
    assert steps == ["put off"]


def test_a_handler_that_a_task_sets_stays():
    def own(*args: object) -> None: ...

    with Interrupts().put_off():
        signal.signal(signal.SIGINT, own)
    assert signal.getsignal(signal.SIGINT) is own
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_other_threads_are_never_interrupted():
    def work() -> None:
        with Interrupts().put_off():
            handlers.append(signal.getsignal(signal.SIGINT))

    handlers: list[object] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
