"""Values for some rows and new columns in place, against pandas: a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

N = 20
DATA = pd.DataFrame({"a": np.arange(N) % 7, "b": np.linspace(0, 1, N), "s": list("abcde") * 4}, index=np.arange(N) * 2)


def change(frame: Any, key: Any, value: Any, of: str) -> Any:
    frame = frame.copy()
    target = frame if of == "" else getattr(frame, of)
    target[key(frame) if callable(key) else key] = value(frame) if callable(value) else value
    return frame


LOC: dict[str, tuple[Any, Any]] = {
    "mask": (lambda d: (d.a > 3, "b"), 9.5),
    "mask and columns": (lambda d: (d.a > 3, ["a", "b"]), 1),
    "mask and slice of columns": (lambda d: (d.a > 3, slice("a", "b")), 1),
    "mask, all columns": (lambda d: d.b > 2, 1),
    "slice": ((slice(4, 9), "s"), "Q"),
    "list": (([4, 6], "s"), "Q"),
    "label": ((4, "b"), -1.0),
    "labels and list": (([6, 8], "b"), [1.0, 2.0]),
    "series": (lambda d: (d.a > 3, "b"), lambda d: d.a * 1.5),
    "scalar of the frame": (lambda d: (d.a > 2, "a"), lambda d: d.a.max()),
    "mean": (lambda d: (d.b > 0.5, "b"), lambda d: d.b.mean()),
    "by place": (lambda d: (d.a == 6, "b"), np.array([1.0, 2.0])),
    "all rows": ((slice(None), "b"), 2.0),
    "new": (lambda d: (d.a > 3, "new"), 1),
    "new strings": (lambda d: (d.a > 3, "new"), "x"),
    "new series": (lambda d: (d.a > 3, "new"), lambda d: d.b),
    "function": (lambda d: (lambda x: x.a > 3, "b"), 0.0),
    "mask in memory": (([True, False] * (N // 2), "b"), 0.0),
}
ILOC: dict[str, tuple[Any, Any]] = {
    "slice": ((slice(3, 5), 1), 7.0),
    "list": (([0, -1], 0), 77),
    "row": ((0, [0, 1]), 1),
    "all": ((slice(None), 1), 0.5),
}


@pytest.mark.parametrize("npartitions", [1, 4])
@pytest.mark.parametrize(("key", "value"), LOC.values(), ids=LOC)
def test_loc(key: Any, value: Any, npartitions: int) -> None:
    assert_eq(change(dd.from_pandas(DATA, npartitions), key, value, "loc"), change(DATA, key, value, "loc"))


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize(("key", "value"), ILOC.values(), ids=ILOC)
def test_iloc(key: Any, value: Any, counted: bool) -> None:
    lazy = dd.from_pandas(DATA, 4)
    assert_eq(change(lazy if counted else lazy[lazy.a >= 0], key, value, "iloc"), change(DATA, key, value, "iloc"))


@pytest.mark.parametrize("of", ["at", "loc"])
def test_at(of: str) -> None:
    assert_eq(change(dd.from_pandas(DATA, 4), (2, "s"), "zz", of), change(DATA, (2, "s"), "zz", of))
    assert_eq(change(dd.from_pandas(DATA, 4), (2, 0), 5, "iat"), change(DATA, (2, 0), 5, "iat"))


MASKS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "series": (lambda d: d.a > 3, 0),
    "frame": (lambda d: d > 0.5, 0),
    "lazy value": (lambda d: d.b > 0.5, lambda d: d.a.max()),
}


@pytest.mark.parametrize(("key", "value"), MASKS.values(), ids=MASKS)
def test_masks(key: Any, value: Any) -> None:
    data = DATA[["a", "b"]].astype(float)
    assert_eq(change(dd.from_pandas(data, 4), key, value, ""), change(data, key, value, ""))


def test_series() -> None:
    for key, value in ((lambda s: s > 3, 0), ([2, 4], 9), (slice(2, 5), 1), (2, 8)):
        assert_eq(change(dd.from_pandas(DATA.a, 4), key, value, ""), change(DATA.a, key, value, ""))
    assert_eq(change(dd.from_pandas(DATA.a, 4), slice(4, 8), 1, "loc"), change(DATA.a, slice(4, 8), 1, "loc"))


def test_labels_twice() -> None:
    data = DATA.set_axis(np.arange(N) // 2)
    lazy = dd.from_pandas(data, 3)
    for key, value in (((3, "b"), 5.0), (([3, 4], "a"), 0)):
        assert_eq(change(lazy, key, value, "loc"), change(data, key, value, "loc"))
    changed = change(lazy, lambda d: (d.a > 3, "b"), lambda d: d.b * 2, "loc")
    assert_eq(changed.b, data.b.where(data.a <= 3, data.b * 2))


def test_insert() -> None:
    ours, theirs = dd.from_pandas(DATA, 4), DATA.copy()
    for frame in (ours, theirs):
        frame.insert(1, "q", frame.a + 1)
        frame.insert(0, "first", 5)
        frame.insert(5, "last", frame.b.max())
    assert_eq(ours, theirs)
    with pytest.raises(ValueError, match="already exists"):
        ours.insert(0, "q", 1)
    with pytest.raises(IndexError, match="from 0 to 6"):
        ours.insert(7, "z", 1)


def test_what_cannot_be_done() -> None:
    lazy = dd.from_pandas(DATA, 4)
    lazy.loc[77, "b"] = 1.0
    with pytest.raises(KeyError, match="there is no row 77"):
        lazy.compute()
    other = dd.from_pandas(DATA, 4)
    with pytest.raises(TypeError, match="one column at a time"):
        other.loc[other.a > 3, ["a", "b"]] = other[["a", "b"]]
    assert_eq(other, DATA)
    unordered = other[other.a > 1].sort_values("s")
    with pytest.raises(ValueError, match="known divisions"):
        unordered.loc[2:5, "b"] = 1.0
