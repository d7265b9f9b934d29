"""Ctrl-C at any moment of the code that opens files: none stays open."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dis import opname
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import minidask
import minidask.array as da
from minidask import config
from minidask.store import blocks, checkpoint, folders, maps, whole

LOOKS = ("CALL", "JUMP_BACKWARD", "RESUME")
"""The instructions after which Python looks for signals."""
FILES = {module.__file__ for module in (blocks, checkpoint, folders, maps, whole)}


class Trace:
    """Sends Ctrl-C to this process the n-th time that Python would look for signals in those files."""

    def __init__(self, nth: int) -> None:
        self.left = nth
        self._before: dict[FrameType, str] = {}

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename not in FILES:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            before = self._before.get(frame, "")
            self._before[frame] = opname[frame.f_code.co_code[frame.f_lasti]]
            self.left -= before.startswith(LOOKS)
            if not self.left:
                sys.settrace(None)
                self._before.clear()
                signal.raise_signal(signal.SIGINT)
        return self


def opened() -> set[tuple[str, str]]:
    found = set()
    for file in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the listing's own
            found.add((file.name, str(file.readlink())))
    return found


@contextmanager
def interrupted(nth: int) -> Iterator[Trace]:
    before, trace = sys.gettrace(), Trace(nth)
    sys.settrace(trace)
    try:
        yield trace
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)


@pytest.fixture
def at_each_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Path], object]], None]:
    """Runs a job, which gets a new folder each time, until it was interrupted at each moment."""
    monkeypatch.setattr(folders, "SHARED_MEMORY", tmp_path / "none")

    def sweep(job: Callable[[Path], object]) -> None:
        job(tmp_path)
        folders.remove_own()
        before = opened()
        for nth in count(1):
            (folder := tmp_path / str(nth)).mkdir()
            with config.set({"temporary-directory": folder}), interrupted(nth) as trace:
                job(folder)
            folders.remove_own()
            assert opened() == before, f"moment {nth}"
            if trace.left > 0:
                assert nth > 20
                break

    return sweep


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # files that nobody was there to close
def test_the_folders_of_this_process(at_each_moment):
    at_each_moment(lambda folder: folders.own_folders())


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_checkpoint(at_each_moment):
    x = da.arange(10_000, chunks=10_000) + 1
    at_each_moment(lambda folder: minidask.compute(x, x.sum(), scheduler="sync", checkpoint=folder / "kept"))
