"""Warnings reach the caller, whichever process gives them."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest

from minidask import delayed
from minidask.schedulers import get_scheduler, processes

OURS = pytest.mark.parametrize("scheduler", ["synchronous", "threads", "processes", "auto"])


class Odd(UserWarning):
    """Of a module that workers can import or not."""


def odd(i: int) -> int:
    warnings.warn(f"number {i} is odd", Odd, stacklevel=1)
    warnings.warn("old", DeprecationWarning, stacklevel=1)
    return i


@OURS
def test_they_come_with_category_text_and_place(scheduler: Any):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert delayed(odd)(3).compute(scheduler=scheduler) == 3
    kinds = {warning.category: warning for warning in caught}
    assert kinds.keys() == {Odd, DeprecationWarning}
    assert str(kinds[Odd].message) == "number 3 is odd"
    assert kinds[Odd].filename == __file__
    assert kinds[Odd].lineno == odd.__code__.co_firstlineno + 1


def test_each_is_given_once():
    tasks = {f"x{i}": (np.divide, 1.0, np.zeros(3)) for i in range(30)}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        processes.get(tasks, list(tasks), num_workers=2)
    assert [str(warning.message) for warning in caught] == ["divide by zero encountered in divide"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        processes.get(tasks, list(tasks), num_workers=2)
    assert len(caught) == 1, "also in the next computation"


def test_filters_of_the_caller_ignore_them():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message="number", module=__name__)
        assert processes.get({"x": (odd, 3)}, "x") == 3


def test_what_a_task_ignores_does_not_come():
    def quiet() -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return odd(1)

    assert processes.get({"x": (quiet,)}, "x") == 1


@OURS
def test_where_they_are_errors_the_task_fails(scheduler: Any):
    tasks: dict[Any, Any] = {("even", i): (np.ones, 100_000) for i in range(5)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Odd, match="number 3 is odd") as caught:
            get_scheduler(scheduler)({**tasks, ("odd", 3): (odd, 3)}, [*tasks, ("odd", 3)])
    assert any(text.startswith("in odd, block 3") for text in caught.value.__notes__)


SCRIPT = """
import warnings
from minidask import delayed

class Own(UserWarning): pass

def give():
    warnings.warn("mine", Own)

try:
    for _ in range(2):
        delayed(give)().compute(scheduler="processes")
except Own as error:
    print("error", error)
"""


@pytest.mark.parametrize("option", ["default", "error", "ignore"])
def test_the_option_of_python_and_a_class_of_the_script(option: str):
    command = [sys.executable, f"-W{option}::UserWarning", "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout == ("error mine\n" if option == "error" else "")
    assert done.stderr.count("Own: mine") == (option == "default")
