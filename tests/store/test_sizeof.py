"""The bytes that objects take."""

from __future__ import annotations

import sys
import tracemalloc
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from minidask.store.sizeof import register, sizeof

rng = np.random.default_rng(0)


def texts(count: int = 10_000) -> list[str]:
    return [f"a text of row number {i}" for i in range(count)]


WHOLE = np.zeros((1000, 10))

EXACT = [
    (np.zeros(1000), 8000),
    (WHOLE[::2, :3], 500 * 3 * 8),
    (np.zeros((1000, 10))[::2, :3], 1000 * 10 * 8),
    (np.broadcast_to(np.zeros(10), (1000, 10)), 80),
    (np.broadcast_to(WHOLE[0], (1000, 10)), 80),
    (np.zeros((0, 5)), 0),
    (np.array(3.5), 8),
    (np.float64(1), sys.getsizeof(np.float64(1))),
    (b"x" * 1000, sys.getsizeof(b"x" * 1000)),
    (memoryview(b"x" * 1000)[:10], 10),
    (None, sys.getsizeof(None)),
    ([], sys.getsizeof([])),
    (len, sys.getsizeof(len)),
    (np, sys.getsizeof(np)),
    (int, sys.getsizeof(int)),
]


@dataclass
class Record:
    name: str
    values: np.ndarray


class Slotted:
    __slots__ = ("a", "b", "never")

    def __init__(self) -> None:
        self.a = np.zeros(500)
        self.b = "text"


def frame_of_all_kinds() -> pd.DataFrame:
    rows = 10_000
    return pd.DataFrame(
        {
            "i": np.arange(rows),
            "f": rng.normal(size=rows),
            "text": pd.array(texts(rows), dtype="string"),
            "category": pd.Categorical([f"category {i % 100}" for i in range(rows)]),
            "maybe": pd.array([1, None] * (rows // 2), dtype="Int64"),
            "when": pd.date_range("2020", periods=rows, freq="s", tz="Europe/Oslo"),
        }
    )


MADE: dict[str, Callable[[], Any]] = {
    "array": lambda: np.ones(100_000),
    "view": lambda: np.ones(100_000)[10:20],
    "view of a view": lambda: np.ones((1000, 100))[1:][::7, 3],
    "broadcast": lambda: np.broadcast_to(np.ones(100), (100, 100)),
    "objects": lambda: np.array(texts(), dtype=object),
    "objects in two dimensions": lambda: np.array(texts(), dtype=object).reshape(100, 100)[::2, ::2].copy(),
    "the same object": lambda: np.full(10_000, "a text of some length" * 10, dtype=object),
    "records": lambda: np.zeros(5000, dtype=[("x", "f8"), ("y", "i4")]),
    "masked": lambda: np.ma.masked_less(np.arange(50_000), 7),
    "texts": texts,
    "tuple": lambda: tuple(texts()),
    "set": lambda: set(texts()),
    "deque": lambda: deque(texts()),
    "dict": lambda: dict(enumerate(texts())),
    "defaultdict": lambda: defaultdict(list, {i: [i + 1000.5] for i in range(5000)}),
    "dicts": lambda: [{"name": f"name {i}", "value": i * 1.5, "list": [i + 0.5, i + 1.5]} for i in range(3000)],
    "one array, again and again": lambda: [np.zeros(100_000)] * 50,
    "different arrays": lambda: {i: np.zeros(1000) for i in range(300)},
    "few large ones": lambda: [np.zeros(size) for size in (10, 100_000, 1000)],
    "nested": lambda: [[[(i + 0.5, j + 0.5) for j in range(10)] for i in range(10)] for _ in range(50)],
    "dataclasses": lambda: [Record(f"name {i}", np.zeros(100)) for i in range(500)],
    "slots": lambda: [Slotted() for _ in range(500)],
    "numbers": lambda: pd.DataFrame(rng.normal(size=(1000, 20))),
    "frame": frame_of_all_kinds,
    "frame by category": lambda: frame_of_all_kinds().set_index(["category", "i"]),
    "column of objects": lambda: pd.Series(texts(), dtype=object),
    "index of objects": lambda: pd.DataFrame({"a": np.zeros(10_000)}, index=pd.Index(texts(), dtype=object)),
    "intervals": lambda: pd.Series(pd.interval_range(0, 20_000).array),
}


def memory_of(make: Callable[[], Any]) -> tuple[Any, int]:
    """What a function makes, and the memory that this takes."""
    make()
    tracemalloc.start()
    try:
        made = make()
        return made, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("obj", "size"), EXACT)
def test_exactly(obj: Any, size: int):
    assert sizeof(obj) == size


@pytest.mark.parametrize("name", MADE)
def test_as_the_memory_that_it_takes(name: str):
    made, taken = memory_of(MADE[name])
    if name.startswith("frame"):  # Arrow has memory of its own, which is not traced
        taken += made["text"].array.nbytes
    assert taken / 1.5 - 1000 <= sizeof(made) <= taken * 1.5 + 1000


SPARSE = pd.Series(pd.arrays.SparseArray([0] * 10_000 + [1] * 10))
PANDAS = [
    (pd.Series(np.zeros(10_000)), 80_000),
    (pd.DataFrame({"a": np.zeros(10_000), "b": np.zeros(10_000, "i4")}), 120_000),
    (pd.Series(pd.Categorical(["a", "b"] * 50_000)), 100_000),
    (pd.DataFrame({"a": np.zeros(10_000)}, index=np.arange(10_000.0)), 160_000),
    (pd.Series(texts(), dtype="string"), sum(map(len, texts())) + 80_000),
    (pd.Series(texts(), dtype="string")[:100], sum(map(len, texts(100))) + 800),
    (SPARSE, 120),
    (pd.DataFrame({"a": SPARSE}), 120),
    (pd.Series([1, None], dtype="boolean").repeat(500).reset_index(drop=True), 2000),
    (pd.MultiIndex.from_product([range(100), range(100)]), 21_600),
    (pd.RangeIndex(10**9), 100),
]


@pytest.mark.parametrize(("obj", "size"), PANDAS, ids=lambda x: type(x).__name__)
def test_pandas(obj: Any, size: int):
    assert size * 0.9 <= sizeof(obj) <= size * 1.3 + 1000


def test_arrow():
    pa = pytest.importorskip("pyarrow")
    array = pa.array(np.arange(10_000))
    assert sizeof(array) == 80_000
    assert sizeof(array[:100]) == 800


def test_generators_are_not_consumed():
    numbers: Iterator[int] = (i for i in range(3))
    assert sizeof(numbers) < 1000
    assert sizeof([numbers, iter([1])]) < 2000
    assert list(numbers) == [0, 1, 2]


def test_an_object_that_holds_itself():
    endless: list[Any] = [np.zeros(1000)]
    endless.append(endless)
    assert 8000 < sizeof(endless) < 100_000
    node = Record("loop", np.zeros(1000))
    node.name = node  # type: ignore[assignment]
    assert 8000 < sizeof(node) < 100_000


def test_a_nest_is_not_looked_at_in_whole():
    looked = 0

    class Leaf: ...

    @register(Leaf)
    def size_of_leaf(leaf: Leaf) -> int:
        nonlocal looked
        looked += 1
        return 1000

    nest: list[Any] = [Leaf() for _ in range(30)]
    for _ in range(3):
        nest = [[*nest] for _ in range(20)]
    assert sizeof(nest) > 1000 * 20
    assert looked <= 200


class Sub(np.ndarray): ...


class Said:
    nbytes = 12_345


class Base: ...


class Derived(Base): ...


def test_subclasses_are_measured_as_their_base():
    assert sizeof(np.zeros(100).view(Sub)) == 800
    assert sizeof(Derived()) < 1000
    register(Base)(lambda obj: 7777)
    assert sizeof(Derived()) == 7777, "also where it was measured before"


def test_what_an_object_says():
    assert sizeof(Said()) == 12_345


def test_a_class_that_cannot_be_measured_does_not_raise():
    class Strange:
        def __sizeof__(self) -> int:
            raise RuntimeError

    assert sizeof(Strange()) > 0
