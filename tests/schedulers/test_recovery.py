"""What runs again after an error, how often, after which pauses, and what is told of it."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
import time
from http.client import IncompleteRead
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError, URLError

import pytest

from minidask import annotate, config, delayed
from minidask.events import Listener
from minidask.schedulers import get_scheduler
from minidask.schedulers.recovery import Recovery, is_transient
from minidask.task import Graph


class Retries(Listener):
    def __init__(self) -> None:
        self.heard: list[tuple[str, int, float]] = []

    def retry(self, i: int, error: BaseException, attempt: int, pause: float) -> None:
        self.heard.append((type(error).__name__, attempt, pause))


def fail(folder: Path, times: int, kind: type[Exception], *args: Any) -> str:
    """Raise the first `times` times, counted by files so that it holds for all processes."""
    tried = len(list(folder.iterdir()))
    (folder / str(tried)).touch()
    if tried < times:
        raise kind(*args)
    return "done"


def tries(folder: Path) -> int:
    return len(list(folder.iterdir()))


TRANSIENT: list[tuple[Any, ...]] = [
    (ConnectionResetError,),
    (TimeoutError, "too slow"),
    (OSError, errno.EIO, "bad cable"),
    (OSError, errno.ESTALE, "the server was away"),
]
LASTING: list[tuple[Any, ...]] = [
    (FileNotFoundError, errno.ENOENT, "none"),
    (PermissionError, errno.EACCES, "not yours"),
    (OSError, errno.ENOSPC, "full"),
    (OSError, "no number"),
    (ValueError, "wrong"),
    (MemoryError,),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=str)
def test_errors_of_reading_that_may_go_away_are_tried_again(error, tmp_path):
    assert is_transient(error[0](*error[1:]))
    retries = Retries()
    assert delayed(fail)(tmp_path, 2, *error).compute(callbacks=[retries]) == "done"
    name = error[0](*error[1:]).__class__.__name__
    assert [told[:2] for told in retries.heard] == [(name, 1), (name, 2)]


@pytest.mark.parametrize("error", LASTING, ids=str)
def test_errors_that_stay_are_raised_at_once(error, tmp_path):
    retries = Retries()
    with pytest.raises(error[0]):
        delayed(fail)(tmp_path, 1, *error).compute(callbacks=[retries])
    assert tries(tmp_path) == 1
    assert retries.heard == []


def test_transient_errors_with_each_scheduler(scheduler, tmp_path):
    retries = Retries()
    value = delayed(fail)(tmp_path, 2, ConnectionError, "again")
    assert value.compute(scheduler=scheduler, callbacks=[retries]) == "done"
    assert [attempt for _, attempt, _ in retries.heard] == [1, 2]


def test_the_note_and_the_events_tell_the_attempts(scheduler, tmp_path):
    retries = Retries()
    with pytest.raises(ConnectionError) as caught:
        delayed(fail)(tmp_path, 9, ConnectionError, "again").compute(scheduler=scheduler, callbacks=[retries])
    assert tries(tmp_path) == 3
    assert [attempt for _, attempt, _ in retries.heard] == [1, 2]
    notes = [text for text in caught.value.__notes__ if text.startswith("in fail")]
    assert len(notes) == 1, "one note, not one for each attempt"
    assert "test_recovery.py:" in notes[0]
    assert "in attempt 3 of 3" in notes[0]


def test_the_option_says_how_often(tmp_path):
    with config.set({"retry-transient": 0}), pytest.raises(ConnectionError):
        delayed(fail)(tmp_path, 1, ConnectionError).compute()
    assert tries(tmp_path) == 1
    with config.set({"retry-transient": 4}):
        assert delayed(fail)(tmp_path, 4, ConnectionError).compute() == "done"


def test_retry_on_says_what_the_retries_are_for(scheduler, tmp_path):
    lookup = delayed(fail)(tmp_path, 2, KeyError, "a")
    with pytest.raises(KeyError):
        lookup.compute(scheduler=scheduler, retries=5, retry_on=(ValueError, OSError))
    assert tries(tmp_path) == 1
    assert lookup.compute(scheduler=scheduler, retries=5, retry_on=LookupError) == "done", "subclasses too"


def test_annotated_retry_on(scheduler, tmp_path):
    with annotate(retries=3, retry_on=KeyError):
        lookup = delayed(fail)(tmp_path, 2, KeyError, "a")
        wrong = delayed(fail)(tmp_path, 9, ValueError, "b")
    assert lookup.compute(scheduler=scheduler) == "done"
    before = tries(tmp_path)
    with pytest.raises(ValueError, match="b"):
        wrong.compute(scheduler=scheduler, retries=7)
    assert tries(tmp_path) == before + 1


def test_annotated_retry_on_with_the_retries_of_the_call(tmp_path):
    with annotate(retry_on=(KeyError,)):
        lookup = delayed(fail)(tmp_path, 1, KeyError, "a")
    assert lookup.compute(retries=1) == "done"


def test_annotated_retries_hold_for_transient_errors_too(tmp_path):
    with annotate(retries=0):
        once = delayed(fail)(tmp_path, 1, ConnectionError, "again")
    with pytest.raises(ConnectionError):
        once.compute()
    assert tries(tmp_path) == 1


@pytest.mark.parametrize("retry_on", [OSError("x"), "OSError", (OSError, 1), KeyboardInterrupt, int])
def test_what_is_no_class_of_exceptions(retry_on):
    with pytest.raises(TypeError, match="retry_on must be an exception class"):
        delayed(abs)(1).compute(retries=1, retry_on=retry_on)


def test_pauses_grow_and_have_an_end():
    recovery = Recovery(Graph.from_dict({"x": (abs, 1)}), retries=20)
    pauses = [recovery.pause(0, ValueError()) for _ in range(21)]
    for pause, longest in zip(pauses, [0.05, 0.1, 0.2, 0.4]):
        assert longest / 2 <= pause <= longest
    assert 5 <= pauses[19] <= 10
    assert pauses[20] is None


def _of_requests(name: str, status: int | None = None) -> Exception:
    error = type(name, (Exception,), {"__module__": "requests.exceptions"})("no")
    error.response = SimpleNamespace(status_code=status)
    return error


def _raised_from(cause: Exception) -> Exception:
    error = ValueError("cannot read")
    error.__cause__ = cause
    return error


TRANSIENT = {
    "timeout of urllib": URLError(TimeoutError("timed out")),
    "not available": HTTPError("http://x", 503, "busy", None, None),
    "too many requests": HTTPError("http://x", 429, "slow", None, None),
    "name server": socket.gaierror(socket.EAI_AGAIN, "again"),
    "cut short": IncompleteRead(b""),
    "of requests": _of_requests("ConnectionError"),
    "status of requests": _of_requests("HTTPError", 502),
    "raised from one": _raised_from(ConnectionResetError()),
}
FINAL = {
    "not found": HTTPError("http://x", 404, "no", None, None),
    "no such name": socket.gaierror(socket.EAI_NONAME, "unknown"),
    "status of a person's own": type("Mine", (Exception,), {"status": 503})(),
    "not there": _of_requests("HTTPError", 404),
    "raised from one": _raised_from(KeyError()),
}


@pytest.mark.parametrize("name", TRANSIENT)
def test_transient_errors_of_networks(name):
    assert is_transient(TRANSIENT[name])


@pytest.mark.parametrize("name", FINAL)
def test_errors_that_come_again(name):
    assert not is_transient(FINAL[name])


def test_no_retries_are_none_also_for_transient_errors(scheduler):
    with pytest.raises(ConnectionResetError) as caught:
        delayed(_reset)().compute(scheduler=scheduler, retries=0)
    assert "attempt" not in "".join(caught.value.__notes__)


def _reset() -> None:
    raise ConnectionResetError


def test_others_run_during_a_pause():
    ends: list[str] = []

    def flaky() -> None:
        if not ends:
            raise ConnectionError
        ends.append("flaky")

    def other() -> None:
        ends.append("other")

    values = [delayed(flaky)(), delayed(other)()]
    delayed(list)(values).compute(scheduler="sync")
    assert ends == ["other", "flaky"]


@pytest.mark.parametrize("name", ["sync", "threads", "processes"])
def test_interrupting_during_a_pause(name, tmp_path, monkeypatch):
    class Interrupting(Listener):
        def retry(self, i: int, error: BaseException, attempt: int, pause: float) -> None:
            if attempt == 9:
                threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()

    monkeypatch.setattr("minidask.schedulers.recovery._FIRST_PAUSE", 0.001)
    monkeypatch.setattr(Recovery, "pause", _long_after_the_eighth(Recovery.pause))
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        delayed(fail)(tmp_path, 99, ValueError).compute(scheduler=name, retries=50, callbacks=[Interrupting()])
    assert time.monotonic() - began < 20
    assert tries(tmp_path) == 9


def _long_after_the_eighth(pause: Any) -> Any:
    def patched(self: Recovery, i: int, error: Exception) -> float | None:
        seconds: float = pause(self, i, error)
        return 100.0 if self.attempts(i) > 8 else seconds

    return patched


def greedy() -> None:
    raise MemoryError("cannot have so much")


def test_a_memory_error_gets_the_note_of_every_error(scheduler):
    with pytest.raises(MemoryError, match="cannot have so much") as caught:
        delayed(greedy)().compute(scheduler=scheduler)
    assert any(text.startswith("in greedy, asked for at ") for text in caught.value.__notes__)


def test_deterministic_errors_are_never_tried_again_silently(scheduler, tmp_path):
    with pytest.raises(ZeroDivisionError):
        delayed(fail)(tmp_path, 9, ZeroDivisionError).compute(scheduler=scheduler)
    assert tries(tmp_path) == 1


def test_results_before_a_failure_are_not_made_again(scheduler, tmp_path):
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    get = get_scheduler(scheduler)
    tasks = {
        "x": (fail, tmp_path / "first", 0, ValueError),
        "y": (lambda x, folder: x + fail(folder, 2, ConnectionError), "x", tmp_path / "second"),
    }
    assert get(tasks, ["y"]) == ["donedone"]
    assert tries(tmp_path / "first") == 1
