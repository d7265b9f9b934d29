"""Tasks one after the other in the calling thread: for debuggers and profilers."""

from __future__ import annotations

from minidask.schedulers.local import LocalScheduler

get = LocalScheduler()
"""Its `num_workers` is checked, so that a call can change its scheduler; the calling thread is the one worker.

No watchdog looks on: Ctrl-C ends what hangs, and shows where."""
