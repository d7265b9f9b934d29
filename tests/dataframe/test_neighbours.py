"""Rows of neighbouring blocks: where they are looked for, and that files are read once for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.io.pieces import Reader
from minidask.dataframe.neighbours import Rows, Span
from minidask.expr.graph import build, keys_of
from minidask.expr.pipeline import optimize
from minidask.schedulers.state import State
from minidask.testing import assert_eq

TIMES = pd.date_range("2026-01-01", periods=400, freq="17min", name="t")
DATA = pd.DataFrame({"x": np.arange(400.0), "y": np.arange(400) % 13}, index=TIMES)


def test_blocks_with_so_many_rows():
    frame = dd.from_pandas(DATA.iloc[:10], npartitions=4, sort=False).expr
    assert frame.lengths() == (2, 3, 2, 3)
    before, after = Rows(4).blocks(frame), Rows(4, last=False).blocks(frame)
    assert before.starts == ((0, 0, 0, 1),)
    assert before.stops == ((0, 1, 2, 3),)
    assert after.starts == ((1, 2, 3, 4),)
    assert after.stops == ((3, 4, 4, 4),)


def test_many_blocks_are_folded_in_groups():
    df = dd.from_pandas(DATA, npartitions=40)
    assert Rows(160).blocks(df.expr) is not None
    assert Rows(161).blocks(df.expr) is None
    for call in (lambda d: d.rolling(200).sum(), lambda d: d.rolling(200, center=True).max()):
        assert_eq(call(df).compute(), call(DATA))


def test_blocks_within_a_span():
    frame = dd.from_pandas(DATA.iloc[:12], npartitions=4).expr
    hour = pd.Timedelta("51min")  # as a block
    assert Span(span=hour).blocks(frame).starts == ((0, 0, 0, 1),)
    assert Span(span=hour - pd.Timedelta(1)).blocks(frame).starts == ((0, 0, 1, 2),)
    assert Span(span=hour, last=False).blocks(frame).stops == ((3, 4, 4, 4),)
    assert Span(span=hour, on="t").blocks(frame) is None


@pytest.mark.parametrize("window", ["1500ms", "2s", "100us"])
@pytest.mark.parametrize("center", [False, True])
def test_spans_finer_than_the_index(window, center):
    times = pd.date_range("2024", periods=12, freq="s", unit="s")
    for data in (
        pd.Series(range(12), times),
        pd.Series(range(12), times - times[0]),
        pd.Series(range(12), times[::-1]),
    ):
        found = dd.from_pandas(data, npartitions=5, sort=False).rolling(window, center=center).sum()
        assert_eq(found.compute(), data.rolling(window, center=center).sum())


def test_windows_of_no_rows_with_both_ends():
    data = pd.Series([1.0, 2, 4, 8, 16])
    found = dd.from_pandas(data, npartitions=3).rolling(0, closed="both").sum()
    assert_eq(found.compute(), data.rolling(0, closed="both").sum())


@pytest.fixture
def df(tmp_path):
    """The rows in sixteen files."""
    for i in range(16):
        DATA.iloc[25 * i : 25 * i + 25].reset_index().to_parquet(tmp_path / f"{i:02}.parquet", index=False)
    return dd.read_parquet(tmp_path).set_index("t", sorted=True)


ONCE: dict[str, Callable[[Any], Any]] = {
    "rolling": lambda d: d.rolling(5).sum(),
    "rolling far": lambda d: d.rolling(60).max(),
    "rolling in time": lambda d: d.x.rolling("5h").max(),
    "rolling around": lambda d: d.rolling(6, center=True).min(),
    "shift": lambda d: d.y.shift(3),
    "shift back": lambda d: d.y.shift(-3),
    "diff": lambda d: d.diff(),
    "pct_change": lambda d: d.pct_change(2).max(),
    "ffill": lambda d: d.ffill(limit=2),
}


@pytest.mark.parametrize("call", ONCE.values(), ids=ONCE)
def test_files_are_read_once(call, df, monkeypatch):
    files, read = [], Reader.read
    monkeypatch.setattr(Reader, "read", lambda self, piece: files.append(piece.file.path) or read(self, piece))
    assert_eq(call(df).compute(), call(DATA))
    assert len(files) == len({*files}) == 16


FEW = {"rolling": 3, "rolling in time": 3, "rolling around": 4, "rolling far": 6, "shift back": 2}
"""The most blocks in memory at once: those that wait for their neighbours."""


@pytest.mark.parametrize(("name", "most"), FEW.items(), ids=FEW)
def test_few_blocks_are_kept(name, most, df):
    (root,) = optimize([ONCE[name](df).max().expr])
    graph = build([root])
    state = State(graph, [graph.number(key) for key in keys_of(root)])
    kept, counts = set(), []
    while (i := state.next()) >= 0:
        if graph.key(i)[0].endswith("-held"):
            kept.add(i)
        counts.append(len(kept))
        kept.difference_update(state.done(i))
    assert max(counts) <= most
    assert not kept
