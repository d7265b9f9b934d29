"""How a worker process has died, and who is to blame for it as far as one can tell."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import NamedTuple

from minidask.schedulers.machine import groups

OUT_OF_MEMORY = 71
"""Exit code of a worker that could not get the memory for handing over a result."""
_OF_OTHERS = (-signal.SIGKILL, -signal.SIGTERM)
_AT_ONCE = 0.1
"""Seconds within which a task that sends such a signal to its own process will have done so."""


class Death(NamedTuple):
    """The death of a worker that was running tasks."""

    how: str
    memory: bool = False
    """Whether it ran out of memory."""
    outside: bool = False
    """Whether, most likely, somebody else killed it."""


def death_of(how: str, code: int | None, seconds: float, oom_kills: int) -> Death:
    """What is known of a death.

    Parameters
    ----------
    how
        The text for it.
    code
        The exit code, or minus the number of the signal; None: nobody knows.
    seconds
        That the worker has run its tasks.
    oom_kills
        How often the system has killed processes for want of memory since they began.

    Examples
    --------
    >>> death_of("was ended by SIGKILL", -9, 0.5, oom_kills=0).outside
    True
    >>> death_of("was ended by SIGKILL", -9, 0.5, oom_kills=1).memory
    True
    """
    if code == OUT_OF_MEMORY or (code == -signal.SIGKILL and oom_kills > 0):
        return Death(f"{how}, out of memory", memory=True)
    return Death(how, outside=code is None or (code in _OF_OTHERS and seconds > _AT_ONCE))


def count_oom_kills(root: Path = Path("/")) -> int:
    """How often the system has killed processes of this container, or else of this machine, for want of memory."""
    for folder, version in groups(root, "memory"):
        found = _number_after("oom_kill ", folder / ("memory.events" if version == 2 else "memory.oom_control"))
        if found is not None:
            return found
    return _number_after("oom_kill ", root / "proc/vmstat") or 0


def _number_after(name: str, file: Path) -> int | None:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.removeprefix(name)) for line in lines if line.startswith(name)), None)
