"""Strings read as numbers of a dictionary, where they only name groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
import minidask.dataframe.group_counts as group_counts
from minidask.collection import optimize
from minidask.dataframe.io.parquet import ReadParquet
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Any:
    folder = tmp_path_factory.mktemp("coded")
    rng = np.random.default_rng(0)
    parts = []
    for i, names in enumerate((["b", "a", None], ["c", "a"], ["d", None])):
        n = 1000
        parts.append(
            pd.DataFrame(
                {
                    "name": pd.array(rng.choice(np.array(names, dtype=object), n), dtype="str"),
                    "kind": pd.array(rng.choice(np.array(["x", "y"], dtype=object), n), dtype="string"),
                    "i": rng.integers(0, 5, n),
                    "x": rng.random(n),
                }
            )
        )
        parts[-1].to_parquet(folder / f"part.{i}.parquet", row_group_size=300, index=False)
    return folder, pd.concat(parts, ignore_index=True)


CASES: dict[str, tuple[Any, set[str]]] = {
    "one key": (lambda d: d.groupby("name").x.sum(), {"name"}),
    "several keys": (lambda d: d.groupby(["name", "i", "kind"])[["x"]].mean(), {"name", "kind"}),
    "missing": (lambda d: d.groupby("name", dropna=False).agg({"x": ["sum", "std"], "i": "nunique"}), {"name"}),
    "not sorted": (lambda d: d.groupby(["kind", "name"], sort=False).x.max(), {"name", "kind"}),
    "as columns": (lambda d: d.groupby("name", as_index=False).x.max(), {"name"}),
    "a filter between": (lambda d: d[d.i > 2].groupby("name").x.count(), {"name"}),
    "a column between": (lambda d: d.assign(z=d.x * 2).groupby("name").z.sum(), {"name"}),
    "counted, too": (lambda d: d.groupby("name").kind.nunique(), {"name"}),
    "compared, too": (lambda d: d[d["name"] != "a"].groupby("name").x.sum(), {"name"}),
    "looked at, too": (lambda d: d[d["name"].map(len, na_action="ignore") == 1].groupby("name").x.sum(), set()),
    "aggregated, too": (lambda d: d.groupby("kind").agg({"name": "max"}), {"kind"}),
    "a median": (lambda d: d.groupby("name").x.median(), set()),
}


@pytest.mark.parametrize("case", CASES)
def test_as_pandas(case, files):
    check_as_pandas(*CASES[case], *files)


def check_as_pandas(asked, coded, folder, data):
    ours = asked(dd.read_parquet(folder))
    assert_eq(ours, asked(data))
    order = topological([collection.expr for collection in optimize(ours, until="needs")])
    found = [node for node in order if isinstance(node, ReadParquet)]
    assert {c for node in found for c in node.coded} == coded


OF_EACH: dict[str, tuple[Any, set[str]]] = {
    "strings, and how many": (lambda d: d["name"].str.upper().nunique(), {"name"}),
    "with what is missing": (lambda d: d.kind.str.replace("x", "").nunique(dropna=False), {"kind"}),
    "strings of strings": (lambda d: (d["name"].fillna("none") + "!").str.slice(0, 3).str.title().str.len(), {"name"}),
    "strings": (lambda d: d.kind.str.pad(3, fillchar="-"), {"kind"}),
    "equal": (lambda d: d.kind == "x", {"kind"}),
    "less": (lambda d: d[d["name"] < "c"].x.sum(), {"name"}),
    "among others": (lambda d: d[d["name"].isin(["c", "d"])][["i", "x"]], {"name"}),
    "missing": (lambda d: d.kind.isna().sum() + d["name"].count(), {"name", "kind"}),
    "a pattern": (lambda d: d["name"].str.contains("[bc]").sum(), {"name"}),
    "in a new column": (lambda d: d.assign(n=d.kind.str.upper())[["n", "i"]], {"kind"}),
    "below a filter": (lambda d: d[d.x > 0.5].kind.str.startswith("y"), {"kind"}),
    "all columns": (lambda d: d.nunique(), {"name", "kind"}),
    "shown, too": (lambda d: d[d["name"] == "c"][["name", "x"]], set()),
    "beside another": (lambda d: d["name"].str.cat(d.kind).nunique(), set()),
    "lists of words": (lambda d: d["name"].str.split("b"), set()),
    "a person's function": (lambda d: d.kind.str.replace("x", lambda found: "z", regex=True), set()),
}


@pytest.mark.parametrize("case", OF_EACH)
def test_what_looks_at_each_string_looks_at_different_ones(case, files):
    check_as_pandas(*OF_EACH[case], *files)


def test_both_at_once(files):
    folder, data = files
    df = dd.read_parquet(folder)
    assert_eq(
        df.groupby("name").x.sum().sum() + df["name"].eq("a").sum(),
        data.groupby("name").x.sum().sum() + data["name"].eq("a").sum(),
    )


def test_the_footer_tells_of_few_groups_without_a_look_at_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(group_counts, "LARGE", 100)
    monkeypatch.setattr(group_counts, "MANY", 60)
    n = 8000
    frame = pd.DataFrame({"few": np.arange(n) % 5, "many": np.arange(n), "word": [f"w{i % 3}" for i in range(n)]})
    dd.from_pandas(frame, npartitions=4, sort=False).to_parquet(tmp_path / "data")
    lazy = dd.read_parquet(tmp_path / "data")
    with monkeypatch.context() as patch:
        patch.setattr(group_counts, "new", None)  # nothing is made to be computed
        found = [lazy.groupby(by).size() for by in ("few", lazy.few, "word", ["word", "few"])]
        renamed = lazy.rename(columns={"few": "f"}).assign(g=lambda d: d.f)
        found.append(renamed[renamed.many > 3].groupby("g").size())
    assert [f.npartitions for f in found] == [1] * 5
    assert lazy.groupby("many").size().npartitions == 4  # for which rows are looked at
    assert_eq(found[3], frame.groupby(["word", "few"]).size())


@pytest.mark.parametrize("how", ["inner", "left", "right"])
@pytest.mark.parametrize("on", [["name"], ["name", "kind"], ["name", "i"]], ids=str)
@pytest.mark.parametrize("once", [True, False], ids=["once", "several times"])
def test_joins(files, how, on, once):
    folder, data = files
    other = data[[*on, "x"]].rename(columns={"x": "y"}).iloc[::7]
    other = pd.concat([other.drop_duplicates(on) if once else other.head(40), other.head(1).assign(name="never")])
    other = other.reset_index(drop=True)
    ours = dd.read_parquet(folder).merge(other, on=on, how=how)
    assert_eq(ours, data.merge(other, on=on, how=how))  # in which the keys are looked at
    unseen = ours[["x", "y"]]
    assert_eq(unseen, data.merge(other, on=on, how=how)[["x", "y"]])
    (read,) = (n for n in topological([optimize(unseen, until="needs")[0].expr]) if isinstance(n, ReadParquet))
    assert {*read.coded} == ({"name", "kind"} & {*on} if how != "right" else set())


def test_a_join_whose_keys_have_other_names(files):
    folder, data = files
    other = pd.DataFrame({"kind": ["p", "q", None], "y": [1, 2, 3]})
    found = dd.read_parquet(folder).merge(other, left_on="name", right_on="kind")[["x", "y", "kind_y"]]
    assert_eq(found, data.merge(other, left_on="name", right_on="kind")[["x", "y", "kind_y"]])
