"""The bytes that objects take."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from minidask.store.sizeof import sizeof

ROWS = [f"a text of row number {i}" for i in range(10_000)]
TEXT = sum(map(len, ROWS))

EXACT = [
    (np.zeros(1000), 8000),
    (np.zeros((1000, 10))[::2, :3], 500 * 3 * 8),
    (np.broadcast_to(np.zeros(10), (1000, 10)), 80),
    (np.zeros((0, 5)), 0),
    (np.float64(1), sys.getsizeof(np.float64(1))),
    (b"x" * 1000, sys.getsizeof(b"x" * 1000)),
    (None, sys.getsizeof(None)),
    ([], sys.getsizeof([])),
]

ROUGHLY = [
    (pd.Series(np.zeros(10_000)), 80_000),
    (pd.DataFrame({"a": np.zeros(10_000), "b": np.zeros(10_000, "i4")}), 120_000),
    (pd.Series(ROWS, dtype="string"), TEXT + 80_000),
    (pd.Series(ROWS, dtype=object), sum(map(sys.getsizeof, ROWS)) + 80_000),
    (pd.Series(pd.Categorical(["a", "b"] * 50_000)), 100_000),
    (pd.DataFrame({"a": np.zeros(10_000)}, index=np.arange(10_000.0)), 160_000),
    (np.array(ROWS, dtype=object), sum(map(sys.getsizeof, ROWS)) + 80_000),
    (ROWS, sum(map(sys.getsizeof, ROWS)) + sys.getsizeof(ROWS)),
    ([np.zeros(1000)] * 50, 400_000),
    ({i: np.zeros(1000) for i in range(300)}, 2_400_000),
]


@pytest.mark.parametrize(("obj", "size"), EXACT)
def test_exactly(obj, size):
    assert sizeof(obj) == size


@pytest.mark.parametrize(("obj", "size"), ROUGHLY, ids=lambda x: type(x).__name__)
def test_roughly(obj, size):
    assert size * 0.9 <= sizeof(obj) <= size * 1.3 + 1000


def test_arrow():
    pa = pytest.importorskip("pyarrow")
    array = pa.array(np.arange(10_000))
    assert sizeof(array) == 80_000
    assert sizeof(array[:100]) == 800


def test_subclasses_are_measured_as_their_base():
    class Sub(np.ndarray): ...

    assert sizeof(np.zeros(100).view(Sub)) == 800


def test_a_class_that_cannot_be_measured_does_not_raise():
    class Strange:
        def __sizeof__(self) -> int:
            raise RuntimeError

    assert sizeof(Strange()) > 0


class Slotted:
    __slots__ = ("rows",)

    def __init__(self, rows: object) -> None:
        self.rows = rows


class Selfish:
    def __init__(self) -> None:
        self.me, self.rows = self, np.zeros(1000)


def test_objects_of_python_classes_are_as_large_as_their_attributes():
    assert 8000 <= sizeof(Slotted(np.zeros(1000))) < 8200
    assert 8000 <= sizeof(Selfish()) < 8400
    assert sizeof(Slotted) < 5000, "a class is not what it defines"
