"""What is told of a task that failed."""

from __future__ import annotations

import threading
import traceback
from typing import Any

import numpy as np
import pandas as pd
import pytest

from minidask.described import describe
from minidask.schedulers.failure import describe_inputs, note, pack_error, unpack_error, without_ours
from minidask.task import Graph, Origin, Ref, Refs, Task


class Strange:
    @property
    def shape(self) -> Any:
        raise RuntimeError("ask me not")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.zeros((2, 3), "f4"), "ndarray of shape (2, 3) and dtype float32"),
        (pd.DataFrame({"a": [1], "b": [1.5]}), "DataFrame of shape (1, 2) with columns a: int64, b: float64"),
        (pd.Series([1, 2], dtype="Int8"), "Series of shape (2,) and dtype Int8"),
        ({"a": 1}, "dict of length 1"),
        (None, "NoneType"),
        (Strange(), "Strange"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_descriptions(value, text):
    assert describe(value) == text


def test_wide_frames_and_many_inputs_are_cut_short():
    assert describe(pd.DataFrame({f"c{i}": [1] for i in range(100)})).endswith("c11: int64, ...")
    task = Task(sum, (Refs(range(100)), Ref(0), 5), {"key": Task(max, (Ref(1),))})
    lines = describe_inputs(task, [None] * 100)
    assert lines[0] == "argument 0[0]: NoneType"
    assert lines[-1] == "and 93 more"


def test_a_note_tells_operation_block_line_and_inputs():
    class Told(Graph):
        def origin(self, i: int) -> Origin:
            return Origin("sum", (0, 3), "work.py:12")

    told = Told([], [0], [], {}.__getitem__)
    expected = "in sum, block 0, 3, asked for at work.py:12\n  argument 0: list of length 2"
    assert note(told, 0, ["argument 0: list of length 2"]) == expected


class Picky(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")
        self.one = one


class Lenient(Exception):
    def __init__(self, one: int, two: int = 0) -> None:
        super().__init__(f"{one} and {two}")
        self.one = one


class Own(Exception):
    """Carries what cannot be pickled."""


def test_errors_from_another_process_bring_their_traceback():
    try:
        raise ValueError("here")
    except ValueError as error:
        copy = unpack_error(pack_error(error))
    assert type(copy) is ValueError
    assert "in test_errors_from_another_process" in copy.__notes__[0]


@pytest.mark.parametrize("error", [Picky(1, 2), Lenient(1, 2), FileNotFoundError(2, "none", "here.txt")])
def test_errors_whose_init_takes_other_arguments_keep_their_type(error):
    copy: Any = unpack_error(pack_error(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.args == error.args
    assert getattr(copy, "one", 1) == 1


def test_errors_that_do_not_pickle_are_told_of():
    copy = unpack_error(pack_error(Own(threading.Lock())))
    assert type(copy) is RuntimeError
    assert str(copy).startswith("Own: <unlocked _thread.lock")
    assert "cannot be pickled: " in copy.__notes__[0]


def test_errors_lose_attributes_that_do_not_pickle_and_tell_their_notes_once():
    error: Any = ValueError("here")
    error.lock, error.kept = threading.Lock(), 1
    error.add_note("a note")
    copy: Any = unpack_error(pack_error(error))
    assert (type(copy), copy.args, copy.kept, hasattr(copy, "lock")) == (ValueError, ("here",), 1, False)
    assert "".join(copy.__notes__).count("a note") == 1
    own = Own(threading.Lock())
    own.add_note("a note")
    assert "".join(unpack_error(pack_error(own)).__notes__).count("a note") == 1


def test_tracebacks_keep_what_a_person_wrote():
    def fail() -> None:
        raise ValueError("here")

    with pytest.raises(ValueError, match="here") as caught:
        Task(fail)({})
    names = [frame.name for frame in traceback.extract_tb(without_ours(caught.value.__traceback__))]
    assert names == ["test_tracebacks_keep_what_a_person_wrote", "fail"]
