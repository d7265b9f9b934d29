"""The check that runs after every test sees what it shall see."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from minidask.store.blocks import BlockStore
from tests import leaks

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="processes are looked at as Linux shows them"
)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "_PATIENCE", 0.0)


def test_nothing():
    assert leaks.left_since(leaks.traces(set()), set()) == {}


def test_threads():
    before, end = leaks.traces(set()), threading.Event()
    thread = threading.Thread(target=end.wait, name="minidask-0")
    thread.start()
    assert leaks.left_since(before, set()) == {"threads": [thread]}
    end.set()
    thread.join()


def test_children():
    before = leaks.traces(set())
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert leaks.left_since(before, set()) == {"children": [child.pid]}
    assert leaks.left_since(before, {child.pid}) == {}
    child.communicate()


def test_files(tmp_path: Path):
    before = leaks.traces(set())
    with (tmp_path / "open").open("w") as file:
        assert leaks.left_since(before, set()) == {"files": [file.name]}


def test_blocks():
    store = BlockStore()
    before = leaks.traces(set())
    handle = store.put(np.zeros(100_000))
    assert leaks.left_since(before, set()) == {"blocks": [handle.path]}
    store.release(handle)
