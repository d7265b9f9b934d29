"""What is known of the memory that partitions take, before they are made."""

from __future__ import annotations

import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.expr.graph import build
from minidask.expr.pipeline import optimize
from minidask.store.sizeof import sizeof

DATA = pd.DataFrame({"a": range(10_000), "b": 1.5})


def rooms(frame: dd.DataFrame) -> list:
    graph = build(optimize([frame.expr]))
    return [graph.room(i) for i in range(len(graph))]


def test_a_frame_in_memory_tells_its_pieces():
    found = rooms(dd.from_pandas(DATA, npartitions=4))
    assert [room.sure for room in found] == [False] * 4
    assert sum(room.result for room in found) == pytest.approx(sizeof(DATA), rel=0.01)


def test_text_tells_about_its_blocks(tmp_path):
    DATA.to_csv(tmp_path / "data.csv", index=False)
    frame = dd.read_csv(str(tmp_path / "data.csv"), blocksize=30_000)
    whole, one = ([room.result for room in rooms(f) if not room.sure] for f in (frame, frame[["a"]]))
    assert all(10_000 <= nbytes <= 40_000 for nbytes in whole)
    assert one == [nbytes // 2 for nbytes in whole]


def test_filters_take_no_more_than_what_they_filter():
    frame = dd.from_pandas(DATA, npartitions=2)
    found = rooms(frame[frame.a > 5])
    assert all(0 < room.result <= sizeof(DATA) for room in found)


def test_by_a_guess_nothing_is_refused(scheduler):
    frame = dd.from_pandas(DATA, npartitions=2)
    answer = frame[frame.a > 9_990].compute(scheduler=scheduler, memory_limit=20_000)
    assert answer.equals(DATA[DATA.a > 9_990])
