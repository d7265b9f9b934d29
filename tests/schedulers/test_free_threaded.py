"""Free-threaded Python, where it is installed: threads run Python code at once, and the results are the same.

An interpreter is found by the environment variable FREE_THREADED_PYTHON, or on the PATH by its name. It needs
NumPy and what else minidask needs for arrays and bags.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.schedulers import free_threaded

ROOT = Path(__file__).parent.parent.parent
NAMES = ("python3.15t", "python3.14t", "python3.13t")
PROBE = """
import sys, numpy, toolz, cloudpickle, fsspec, psutil, threadpoolctl
sys.exit(sys._is_gil_enabled())
"""


def candidates() -> Iterator[str]:
    named = os.environ.get("FREE_THREADED_PYTHON")
    yield from [named] if named else filter(None, map(shutil.which, NAMES))


def find() -> str:
    """The first that can run minidask without the lock; the test is skipped where there is none."""
    reasons = []
    for python in candidates():
        probe = subprocess.run([python, "-c", PROBE], capture_output=True, text=True)
        if not probe.returncode:
            return python
        reasons.append(f"{python}: {probe.stderr.strip().rpartition(chr(10))[2] or 'has the lock'}")
    why = "; ".join(reasons) or f"none of {', '.join(NAMES)} is on the PATH"
    pytest.skip(f"no free-threaded Python ({why}); name one by FREE_THREADED_PYTHON")


def test_results_are_right_where_threads_run_at_once():
    run = subprocess.run(
        [find(), "-m", "tests.schedulers.free_threaded"], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [*(check.__name__ for check in free_threaded.CHECKS), "no lock"]
