"""A computation that does not move is told of, with what its workers are at."""

from __future__ import annotations

import re
import time
import warnings
from typing import Any

import pytest

from minidask import config, delayed
from minidask.errors import ConfigError
from minidask.schedulers.engine import Engine


def stuck_in_this_function(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_the_stacks_of_threads_are_told():
    with config.set(watchdog=0.2), pytest.warns(RuntimeWarning, match="no task has ended for") as caught:
        assert delayed(stuck_in_this_function)(0.6).compute(scheduler="threads") == 0.6
    text = str(caught[0].message)
    assert "1 are left (option watchdog)" in text
    assert "minidask-0:\n" in text
    assert "in stuck_in_this_function" in text
    assert "\n  in stuck_in_this_function, asked for at " in text, "which task it is comes first"
    assert "threading.py" not in text
    assert "loop.py" not in text


def test_the_stack_of_a_worker_process_is_that_of_its_task():
    delayed(stuck_in_this_function)(0.01).compute(scheduler="processes")  # the worker is there after that
    with config.set(watchdog=0.4), pytest.warns(RuntimeWarning, match="no task has ended") as caught:
        delayed(stuck_in_this_function)(2.0).compute(scheduler="processes")
    text = str(caught[-1].message)
    assert re.search(r"worker process \d+:\n.*in stuck_in_this_function\n    time.sleep\(seconds\)$", text)
    assert "minidask-0" not in text, "the thread that speaks for the worker does nothing"


def test_it_is_said_again_after_twice_as_long():
    with config.set(watchdog=0.1), pytest.warns(RuntimeWarning) as caught:
        delayed(stuck_in_this_function)(1.0).compute(scheduler="threads")
    said = [str(warning.message).partition("and")[0] for warning in caught]
    expected = [f"no task has ended for {seconds} seconds, " for seconds in (0.1, 0.2, 0.4, 0.8, 1.6)]
    assert len(said) >= 2
    assert said == expected[: len(said)]


@pytest.mark.parametrize("name", ["processes", "executor"])
def test_other_schedulers_are_watched_too(name, thread_executor):
    scheduler = thread_executor if name == "executor" else name
    with config.set(watchdog=0.2), pytest.warns(RuntimeWarning, match="no task has ended"):
        assert delayed(stuck_in_this_function)(0.9).compute(scheduler=scheduler) == 0.9


def test_the_synchronous_scheduler_has_nobody_who_looks_on():
    """As documented: the person looks on, and Ctrl-C shows the stack."""
    with config.set(watchdog=0.1), warnings.catch_warnings():
        warnings.simplefilter("error")
        delayed(stuck_in_this_function)(0.3).compute(scheduler="sync")


def test_what_moves_is_left_alone(scheduler):
    values = [delayed(stuck_in_this_function)(0.05) for _ in range(12)]
    delayed(list)(values).compute(scheduler=scheduler, num_workers=2)  # its workers are there after that
    with config.set(watchdog=5), warnings.catch_warnings():
        warnings.simplefilter("error")
        delayed(list)(values).compute(scheduler=scheduler, num_workers=2)


def test_none_is_never():
    with config.set(watchdog=None), warnings.catch_warnings():
        warnings.simplefilter("error")
        delayed(stuck_in_this_function)(0.3).compute(scheduler="threads")


@pytest.mark.parametrize("wrong", ["soon", 0, -1, "0s", True, [1]])
def test_the_option_is_checked(wrong):
    with pytest.raises(ConfigError, match="option watchdog is set to"):
        config.set(watchdog=wrong)


def test_engines_tell_of_workers_elsewhere(monkeypatch):
    def stacks(self: Any) -> list[str]:
        return ["worker 7:\n  in a far place"]

    monkeypatch.setattr(Engine, "stacks", stacks)
    with config.set(watchdog="200ms"), pytest.warns(RuntimeWarning, match=r"worker 7:\n  in a far place"):
        delayed(stuck_in_this_function)(0.5).compute(scheduler="threads")
