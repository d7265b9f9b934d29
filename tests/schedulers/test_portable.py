"""Functions on their way through engines that need not know them."""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minidask.schedulers.portable import Portable

MODULES = {
    "__init__": "import package_of_a_loop.one",
    "one": "import time\ntime.sleep(0.2)\nfrom package_of_a_loop.other import f",
    "other": "import package_of_a_loop.one\ndef f(): return 5\ndef g(): return 7",
}
"""They need each other: a thread that begins with the second while another begins with the first finds it half made."""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = "package_of_a_loop"
    (tmp_path / name).mkdir()
    for module, code in MODULES.items():
        (tmp_path / name / f"{module}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


def arrived(module: str, name: str) -> Portable:
    """A function as it comes to a process that has not imported its module."""
    by_reference = f"c{module}\n{name}\n.".encode()
    return pickle.loads(pickle.dumps(Portable(None, by_reference)))


def test_threads_do_not_open_functions_of_one_package_at_once(package: str):
    found: list[Any] = []

    def call(portable: Portable) -> None:
        try:
            found.append(portable.open()())
        except Exception as error:
            found.append(error)

    first, second = [
        threading.Thread(target=call, args=(arrived(*where),))
        for where in ((f"{package}.one", "f"), (f"{package}.other", "g"))
    ]
    first.start()
    while package not in sys.modules:
        time.sleep(0.001)
    second.start()
    for thread in (first, second):
        thread.join(30)
    assert found == [5, 7]
