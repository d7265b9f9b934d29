"""What the optimizer makes of frame expressions, by comparing names; and that nothing grows or recurses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import minidask.dataframe as dd
from minidask.dataframe.base import new
from minidask.dataframe.create import InMemory
from minidask.dataframe.partitions import Lengths
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

DATA = FRAMES["plain"]


def simplified(frame: Any) -> Any:
    return optimize([frame.expr], until="simplify")[0]


def test_projection_of_projection() -> None:
    d = lazy(DATA)
    assert simplified(d[["i", "f"]]["f"]) is simplified(d["f"])
    assert simplified(d[["i", "f", "s"]][["f"]]) is d[["f"]].expr


def test_columns_that_nobody_selects_are_not_assigned() -> None:
    d = lazy(DATA)
    assert simplified(d.assign(z=1)["i"]) is simplified(d["i"])
    assert simplified(d.assign(z=d.i * 2, y=2)[["z", "i"]]) is simplified(d.assign(z=d.i * 2)[["z", "i"]])
    assert simplified(d.assign(i=d.i)["i"]) is simplified(d["i"])


def test_columns_are_selected_before_rows() -> None:
    d = lazy(DATA)
    assert simplified(d[d.i > 1]["f"]) is simplified(d["f"][d.i > 1])


def test_lengths_are_those_of_the_source() -> None:
    d = dd.from_map(lambda i: DATA, [0, 1], meta=DATA)
    assert simplified(new(Lengths((d.assign(z=1).fillna({"f": 0}).f + 1).expr))) is Lengths(d.expr)


def test_only_needed_columns_are_cut_from_memory() -> None:
    d = lazy(DATA)
    for frame, columns in [(d[d.i > 1].f + 1, ["f", "i"]), (d.isna()["f"], [["f"]])]:
        nodes = topological(optimize([frame.sum().expr], until="needs"))
        sources = [n for n in nodes if isinstance(n, InMemory)]
        assert sorted(n.columns for n in sources) == columns
        assert {n.rows for n in sources} == {d.expr.rows}


def test_a_column_without_a_label_is_cut_from_memory() -> None:
    data = pd.DataFrame([[1, 3], [2, 4]], columns=pd.Index([None, "x"], dtype=object))
    assert_eq(dd.from_pandas(data, 2)[None] + 1, data[None] + 1)


def test_everything_blockwise_is_one_task() -> None:
    d = lazy(DATA, 3)
    e = d[d.i > 1].assign(z=lambda x: x.f * 2).rename(columns={"z": "y"})
    (root,) = optimize([e[["y", "i"]].fillna(0).expr])
    assert not root.children


def test_equal_work_has_an_equal_name() -> None:
    assert (lazy(DATA).f + 1).expr.name == (lazy(DATA).f + 1).expr.name
    assert (lazy(DATA).f + 1).expr.name != (lazy(DATA).f + 2).expr.name


def test_long_chains() -> None:
    x = dd.from_pandas(pd.Series(np.arange(6)), 2)
    y = x
    for _ in range(1500):
        y = y + 1
    assert y.divisions == x.divisions
    assert len(y) == 6
    assert_eq(y.compute(), x.compute() + 1500)
    d = lazy(DATA[["i"]], 1)
    for i in range(300):
        d = d.assign(i=d.i + i)[["i"]]
    assert_eq(d.compute(), (DATA[["i"]] + sum(range(300))))
