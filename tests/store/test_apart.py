"""Copies in memory of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from minidask.store.apart import copied_apart
from minidask.store.blocks import BlockStore
from minidask.store.maps import _maps
from minidask.testing import assert_eq

N = 20_000
FRAME = pd.DataFrame({"a": np.arange(N), "b": np.arange(N) / 2}, index=np.arange(N)[::-1])

OBJECTS = [
    np.arange(N), np.asfortranarray(np.ones((200, 100))), np.array([None, "x"] * N), FRAME, FRAME.a,
    FRAME.assign(c="text"), FRAME.assign(t=pd.Timestamp("2020")), FRAME.assign(c=pd.Categorical(["u", "v"] * 10_000)),
    FRAME.set_index(["a", "b"], drop=False), FRAME.set_index(FRAME.a.astype(str)), FRAME.iloc[:0], FRAME[["a"]],
    pd.DataFrame(np.ones((30, 300))), pd.DataFrame(np.ones((30, 300)), columns=[f"column {i}" for i in range(300)]),
    [1, "x"],
]  # fmt: skip


@pytest.mark.parametrize("obj", OBJECTS, ids=range(len(OBJECTS)))
def test_copies_of_what_lies_in_a_file_let_it_be_closed(obj):
    store = BlockStore()
    before = len(_maps)
    handle = store.spill(obj)
    copy = copied_apart(store.get(handle))
    store.release(handle)
    assert len(_maps) == before
    assert type(copy) is type(obj)
    if isinstance(obj, list):
        assert copy == obj
    else:
        assert_eq(copy, obj)


def test_what_is_told_of_a_frame_stays():
    frame = FRAME.copy()
    frame.attrs["unit"] = "m"
    assert copied_apart(frame).attrs == {"unit": "m"}
