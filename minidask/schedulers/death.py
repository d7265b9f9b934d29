"""How a worker process has died, and who is to blame for it as far as one can tell."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import NamedTuple

from minidask.schedulers.machine import groups

OUT_OF_MEMORY = 71
"""Exit code of a worker that could not get the memory for handing over a result."""


class Death(NamedTuple):
    """The death of a worker that was running tasks."""

    how: str
    memory: bool = False
    """Whether it ran out of memory."""
    bystanders: int = 0
    """How many workers that ran nothing have been killed in this computation: no task can have done that."""


def death_of(how: str, code: int | None, oom_kills: int, bystanders: int) -> Death:
    """What is known of a death.

    Parameters
    ----------
    how
        The text for it.
    code
        The exit code, or minus the number of the signal; None: nobody knows.
    oom_kills
        How often the system has killed processes for want of memory since they began.
    bystanders
        As in `Death`.

    Examples
    --------
    >>> death_of("was ended by SIGKILL", -9, oom_kills=0, bystanders=0).memory
    False
    >>> death_of("was ended by SIGKILL", -9, oom_kills=1, bystanders=0).memory
    True
    """
    if code == OUT_OF_MEMORY or (code == -signal.SIGKILL and oom_kills > 0):
        return Death(f"{how}, out of memory", True, bystanders)
    return Death(how, False, bystanders)


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
