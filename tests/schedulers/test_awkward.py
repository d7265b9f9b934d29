"""Ten times as much data as the budget: right answers, to the bit, and no more memory than promised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.schedulers.awkward import GRAPHS, answer

LIMIT = 10 * 2**20
INTERPRETER = 150 * 2**20


@pytest.mark.parametrize("name", [graph.__name__ for graph in GRAPHS])
def test_ten_times_the_budget(name):
    command = [sys.executable, Path(__file__).with_name("awkward.py"), name, str(LIMIT), "threads"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    environment["MINIDASK_ARRAY__COMPILE"] = "False"  # Numba alone takes 100 MB
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found, peak = json.loads(done.stdout)
    assert found == answer(name, memory_limit=False)
    assert peak <= 1.25 * LIMIT + INTERPRETER
