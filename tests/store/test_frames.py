"""Objects as bytes that can be mapped back."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest

from minidask.store.frames import Frames, Unpicklable, load

rng = np.random.default_rng(0)

FRAME = pd.DataFrame(
    {
        "number": rng.normal(size=1000),
        "text": pd.array([f"row {i}" for i in range(1000)], dtype="string"),
        "object": [(i,) for i in range(1000)],
        "category": pd.Categorical(["a", "b"] * 500),
        "when": pd.date_range("2020", periods=1000, tz="Europe/Oslo"),
        "maybe": pd.array([1, None] * 500, dtype="Int64"),
    }
)

ARRAYS = [
    np.arange(100_000.0),
    np.arange(100_000).reshape(100, 1000)[::2, ::3],
    np.asfortranarray(rng.normal(size=(100, 200))),
    np.broadcast_to(np.arange(500.0), (100, 500)),
    np.zeros((0, 7)),
    np.array(3.5),
    np.array([{"a": 1}, None], dtype=object),
    np.zeros(2000, dtype=[("x", "f8"), ("y", "i4")]),
    np.arange(6000).astype("M8[s]").reshape(2, 3000),
    np.arange(6000).astype("m8[ms]")[::2],
    np.array("2020-01-01", "M8[D]"),
    np.zeros(0, "M8[ns]"),
    np.ma.masked_less(np.arange(3000), 7),
]

FRAMES = [FRAME, FRAME[100:300], FRAME["text"], FRAME.set_index("text"), FRAME.set_index(["category", "when"])]


class Own:
    def __init__(self, value: int) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and other.value == self.value

    __hash__ = None  # type: ignore[assignment]


OBJECTS = [0, "text", None, 1.5, b"x" * 100_000, bytearray(b"y" * 5000), [1, (2, {"three": {4}})], Own(3)]


def there_and_back(obj: Any) -> Any:
    frames = Frames(obj)
    data = frames.to_bytes()
    assert len(data) == frames.nbytes
    return load(data)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype.kind}{array.shape}")
def test_arrays(array):
    back = there_and_back(array)
    np.testing.assert_array_equal(back, array)
    assert (back.dtype, type(back)) == (array.dtype, type(array))


@pytest.mark.parametrize("obj", FRAMES, ids=lambda obj: type(obj).__name__)
def test_pandas_objects(obj):
    back = there_and_back(obj)
    (pd.testing.assert_frame_equal if isinstance(obj, pd.DataFrame) else pd.testing.assert_series_equal)(back, obj)


@pytest.mark.parametrize("obj", OBJECTS, ids=lambda obj: type(obj).__name__)
def test_other_objects(obj):
    assert there_and_back(obj) == obj


def test_functions_and_classes_without_a_module():
    offset = 5

    class Local:
        twice = 2

    assert there_and_back(lambda x: x + offset)(1) == 6
    assert there_and_back(Local).twice == 2


def test_arrays_from_bytes_can_be_written_to():
    back = there_and_back(np.zeros(5000))
    back[0] = 1
    assert back.sum() == 1


def test_large_buffers_are_aligned_and_not_copied():
    array = np.arange(10_000.0)
    data = bytearray(Frames([1, array]).to_bytes())
    back = load(data)[1]
    start = np.frombuffer(data, np.uint8).__array_interface__["data"][0]
    assert (back.__array_interface__["data"][0] - start) % 64 == 0
    assert np.shares_memory(back, np.frombuffer(data, np.uint8))


@pytest.mark.parametrize(
    "obj",
    [
        rng.normal(size=(100, 100))[:, ::2],
        rng.normal(size=(100, 100)).T,
        np.arange(5000).astype("M8[s]"),
        pd.Series(pd.date_range("2020", periods=5000, tz="UTC")),
        pd.DataFrame({"a": pd.date_range("2020", periods=5000), "b": np.arange(5000.0), "c": ["text"] * 5000}),
    ],
    ids=lambda obj: type(obj).__name__,
)
def test_data_stay_outside_the_pickle(obj):
    assert len(Frames(obj)._head) < 2000


def test_what_cannot_be_pickled_raises():
    with pytest.raises(Unpicklable, match="TypeError: cannot pickle"):
        Frames(threading.Lock())
