"""What a block sends: the rows of each target, wherever their bytes are."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from minidask.dataframe.shuffle import together
from minidask.kernels.columns import Columns, same_layout
from minidask.kernels.sorted_rows import SortedColumns, split_rows
from minidask.store.blocks import BlockStore
from minidask.store.maps import _maps
from minidask.testing import assert_eq

N, COUNT = 3000, 7
TARGETS = np.random.default_rng(0).integers(0, COUNT - 1, N)  # the last one gets nothing
FRAME = pd.DataFrame({"i": np.arange(N), "f": np.arange(N) / 2, "b": np.arange(N) % 2 == 0})
TEXT = pd.Series(["a", None, "", "ünï"] * (N // 4))
TIMES = pd.Series(pd.date_range("2020", periods=N, freq="min"))

ROWS = {
    "numbers": FRAME,
    "series": FRAME.f.rename("named"),
    "labels": FRAME.set_axis(FRAME.index[::-1] * 3, axis=0).rename_axis("label"),
    "other labels": FRAME.set_index(TEXT.rename("t")),
    "range": FRAME.set_axis(pd.RangeIndex(5, 5 - 2 * N, -2), axis=0),
    "complex": FRAME.f * 1j,
    "text": FRAME.assign(t=TEXT),
    "text alone": TEXT,
    "no text missing": TEXT.fillna("x"),
    "short text": TEXT.astype("string"),
    "times": pd.DataFrame({"t": TIMES, "d": TIMES - TIMES.iloc[9]}),
    "zones": TIMES.dt.tz_localize("Europe/Rome"),
    "by time": FRAME.set_index(TIMES.rename(None)),
    "categories": FRAME.assign(c=TEXT.astype("category")),
    "nullable": FRAME[["i"]].astype("Int64"),
    "objects": FRAME.assign(o=[(i,) for i in range(N)]),
    "levels": FRAME.set_index(["i", "b"]),
    "same names": pd.concat([FRAME, FRAME], axis=1),
    "no columns": FRAME[[]],
}
TRAVELS = {
    "here": lambda sent: lambda i: sent[i],
    "pickle": lambda sent: pickle.loads(pickle.dumps(sent, protocol=5)).__getitem__,
    "pickle 4": lambda sent: pickle.loads(pickle.dumps(sent, protocol=4)).__getitem__,
}


@pytest.fixture(params=[*TRAVELS, "disk", "packed", "whole"])
def travel(request):
    store, handles = BlockStore(), []

    def stored(sent):
        handle = store.spill(sent) if request.param == "disk" else store.pack(sent)
        handles.append(handle)
        return store.unpack(handle).__getitem__ if request.param == "whole" else lambda i: store.part(handle, i)

    yield TRAVELS.get(request.param, stored)
    for handle in handles:
        if not isinstance(handle, bytes):
            store.release(handle)


@pytest.mark.parametrize("kind", ROWS)
def test_each_target_gets_its_rows(kind, travel):
    rows = ROWS[kind]
    if kind == "text":
        rows = rows.iloc[3:]  # whose bytes do not begin at the first
    targets = TARGETS[: len(rows)]
    get = travel(split_rows(rows, targets, COUNT))
    for target in range(COUNT):
        assert_eq(together([get(target)]), rows[targets == target], check_index_type=False)
    both = together([get(0), get(COUNT - 1), get(1)])
    assert_eq(both, pd.concat([rows[targets == 0], rows[targets == 1]]))


def test_parts_of_files_leave_nothing_open():
    store = BlockStore()
    handle = store.spill(split_rows(ROWS["text"], TARGETS, COUNT))
    assert handle.in_parts
    before = len(_maps)
    rows = store.part(handle, 0)
    assert len(_maps) == before
    store.release(handle)
    assert len(rows) == (TARGETS == 0).sum()


def test_labels_that_nobody_wants_stay():
    sent = split_rows(FRAME.set_axis(FRAME.index * 2.5, axis=0), TARGETS, COUNT, labels=False)
    assert isinstance(sent, SortedColumns)
    assert sent.nbytes < FRAME.memory_usage(index=False).sum() + 1000
    assert_eq(together([sent[1]]), FRAME[TARGETS == 1].reset_index(drop=True))


def test_the_numbers_of_a_range_take_little_room():
    columns = Columns.of(FRAME)
    assert columns.nbytes < FRAME.memory_usage(index=False).sum() + 2 * N + 1000


def test_what_is_put_together_shares_no_memory_with_its_pieces():
    sent = split_rows(FRAME, TARGETS, COUNT)
    found = together([sent[0]])
    found.loc[:, "f"] = -1.0
    assert (together([sent[0]]).f >= 0).all()


def test_categories_of_blocks_that_differ_are_united():
    pieces = [split_rows(pd.Series([c, "x"]).astype("category"), np.array([0, 0]), 2)[0] for c in "az"]
    assert together(pieces).cat.categories.tolist() == ["a", "x", "z"]


def test_what_is_told_of_a_frame_stays():
    rows = FRAME.copy()
    rows.attrs["unit"] = "m"
    assert together([split_rows(rows, TARGETS, COUNT)[0]]).attrs == {"unit": "m"}


def test_layouts_that_were_pickled_apart_are_the_same() -> None:
    frame = pd.DataFrame({"a": [1.5], "b": [2.5]})
    there = pickle.loads(pickle.dumps(frame))
    one, other = (Columns.of(f).part(0, 1).layout for f in (frame, there))  # type: ignore[union-attr]
    assert same_layout(one, other)
    for different in (frame.rename(columns={"b": "c"}), frame.astype("float32"), frame["a"], frame.set_index("a")):
        assert not same_layout(one, Columns.of(different).part(0, 1).layout)  # type: ignore[union-attr]
