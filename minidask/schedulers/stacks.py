"""What a worker process is doing, for a person who asks why nothing moves. On Linux only."""

from __future__ import annotations

import faulthandler
import os
import re
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from traceback import FrameSummary, format_list

from minidask.schedulers.failure import frames_of_task
from minidask.schedulers.machine import is_stopped

_NAME = "minidask-stacks"
_FRAME = re.compile(r'File "(.+)", line (\d+) in (.+)')
"""As faulthandler writes it."""
_PATIENCE = 1.0
_LOOK_EVERY = 0.02
_SIGNAL = getattr(signal, "SIGUSR1", None)


def answer_for_stacks() -> None:
    """In a worker: from now on, write the stacks of all threads to a file in memory whenever the signal comes."""
    if sys.platform == "linux" and _SIGNAL is not None:
        file = os.memfd_create(_NAME)
        faulthandler.register(_SIGNAL, file=os.fdopen(os.open(f"/proc/self/fd/{file}", os.O_RDWR | os.O_APPEND), "w"))
        os.close(file)


def stacks_of(pid: int) -> str:
    """What the worker `pid` is doing, as text; it may be in the middle of anything."""
    if is_stopped(pid):
        return "it was stopped (SIGSTOP)"
    file = _file_of(pid)
    if file is None:
        return "its stack is not known"
    try:
        os.truncate(file, 0)
        assert _SIGNAL is not None
        os.kill(pid, _SIGNAL)
        text = _read(file)
        return _told(text) or text or "it does not answer"
    except OSError:
        return "it has ended"


def _told(text: str) -> str:
    """What the threads are doing in their tasks, in the form of tracebacks; "" where they are in none."""
    threads = [
        [FrameSummary(file, int(line), name) for file, line, name in reversed(_FRAME.findall(thread))]
        for thread in text.split("most recent call first")
    ]
    return "".join([line for frames in threads for line in format_list(frames_of_task(frames))]).rstrip()


def _file_of(pid: int) -> Path | None:
    folder = Path(f"/proc/{pid}/fd")
    with suppress(OSError):
        for file in folder.iterdir():
            with suppress(OSError):
                if _NAME in str(file.readlink()):
                    return file
    return None


def _read(file: Path) -> str:
    """The text, when nothing is added to it any more."""
    end, text = time.monotonic() + _PATIENCE, ""
    while time.monotonic() < end:
        time.sleep(_LOOK_EVERY)
        before, text = text, file.read_text(errors="replace")
        if text and text == before:
            break
    return text.rstrip()
