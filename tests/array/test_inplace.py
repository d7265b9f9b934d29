"""NumPy's functions that change their first argument."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from minidask.testing import assert_eq

I = np.arange(12).reshape(3, 4)  # noqa: E741
F = I / 3

CALLS = [
    lambda a, w: np.copyto(a, 7), lambda a, w: np.copyto(a, I[0] * 2), lambda a, w: np.copyto(a, 5, where=w > 3),
    lambda a, w: np.copyto(a, w * 1.5, casting="unsafe"), lambda a, w: np.copyto(a, w, "unsafe", w % 2 == 0),
    lambda a, w: np.putmask(a, w > 3, w * 2), lambda a, w: np.putmask(a, w > 3, [-1, -2, -3]),
    lambda a, w: np.putmask(a, w > 3, 9), lambda a, w: np.place(a, w % 3 == 0, [-1, -2, -3]),
    lambda a, w: np.place(a, w % 3 == 0, 4), lambda a, w: np.place(a, w < 0, [1]),
    lambda a, w: np.put(a, [0, 5], [8, 9]),
    lambda a, w: np.put(a, [0, 5, -1], 3), lambda a, w: np.put(a, [0, 15], [8], mode="wrap"),
    lambda a, w: np.put(a, [[0, 15]], [8, 9], mode="clip"),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("values", [I, F])
def test_as_numpy(call, values):
    ours, theirs = da.from_array(values, chunks=2), values.copy()
    call(ours, da.from_array(I, chunks=(2, 3)))
    call(theirs, I)
    assert_eq(ours, theirs)


def test_mistakes():
    x, memory = da.from_array(I, chunks=2), I.copy()
    for call in (
        lambda: np.copyto(memory, x), lambda: np.putmask(memory, x > 1, 1), lambda: np.place(memory, x > 1, [1]),
        lambda: da.put(memory, [0], x), lambda: np.copyto(x, 1.5),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            call()
    for call in (
        lambda: np.copyto(x, np.ones((2, 3, 4), int)), lambda: np.putmask(x, [True], 1), lambda: np.place(x, x > 1, []),
        lambda: da.put(x, [0], 1, mode="x"),
    ):  # fmt: skip
        with pytest.raises(ValueError):  # noqa: PT011
            call()
    with pytest.raises(IndexError):
        np.put(x, [12], 1)


def test_dates():
    days = np.array(["2024-02-28", "2024-03-02", "2024-03-05"], "M8[D]")
    x = da.from_array(days, chunks=2)
    assert_eq(np.busday_count(x, days + 9), np.busday_count(days, days + 9))
    assert_eq(np.is_busday(x), np.is_busday(days))
    assert_eq(da.busday_offset(x, 1, roll="forward"), np.busday_offset(days, 1, roll="forward"))
    assert_eq(np.datetime_as_string(x, unit="D"), np.datetime_as_string(days, unit="D"))


def test_common_types():
    assert np.common_type(da.ones(2, dtype="f4"), np.ones(1, "f4")) is np.float32
    with pytest.raises(TypeError):
        da.common_type(da.asarray(["a"]))
