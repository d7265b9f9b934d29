"""Filters, first rows and columns move towards the sources: what is written one way becomes what is best."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.io.parquet import ReadParquet
from minidask.dataframe.node import Filter
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

N = 60
LEFT = pd.DataFrame({"k": np.arange(N) % 13, "x": np.arange(N), "y": np.arange(N) * 1.5, "s": list("abcde") * 12})
RIGHT = pd.DataFrame({"k": np.arange(20), "w": np.arange(20) * 2.0, "x": -np.arange(20), "v": 1})


@pytest.fixture(scope="module")
def frames(tmp_path_factory) -> tuple[Any, Any]:
    folder = tmp_path_factory.mktemp("data")
    for name, data, count in (("left", LEFT, 3), ("right", RIGHT, 2)):
        (folder / name).mkdir()
        for i, rows in enumerate(np.array_split(np.arange(len(data)), count)):
            data.iloc[rows].to_parquet(folder / name / f"{i}.parquet")
    return dd.read_parquet(str(folder / "left")), dd.read_parquet(str(folder / "right"))


def needed(frame: Any) -> Any:
    """The expression after the passes that find out what is needed."""
    return optimize([frame.expr], until="needs")[0]


def reads(frame: Any) -> dict[str, str]:
    """For each source what is read of it."""
    nodes = [n for n in topological([needed(frame)]) if isinstance(n, ReadParquet)]
    return {
        str(n.dataset.files[0].path).split("/")[-2]: n.summary.partition(", ")[2].partition(", codes")[0] for n in nodes
    }


WRITTEN: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "left of an inner join": (
        lambda a, b: (lambda m: m[m.y > 30].w.sum())(a.merge(b, on="k")),
        lambda a, b: a[a.y > 30].merge(b, on="k").w.sum(),
    ),
    "right of an inner join": (
        lambda a, b: (lambda m: m[m.w > 9].y.sum())(a.merge(b, on="k")),
        lambda a, b: a.merge(b[b.w > 9], on="k").y.sum(),
    ),
    "both sides": (
        lambda a, b: (lambda m: m[(m.y > 30) & (m.w > 9)].w.sum())(a.merge(b, on="k")),
        lambda a, b: a[a.y > 30].merge(b[b.w > 9], on="k").w.sum(),
    ),
    "the key": (
        lambda a, b: (lambda m: m[m.k > 3].w.sum())(a.merge(b, on="k")),
        lambda a, b: a[a.k > 3].merge(b[b.k > 3], on="k").w.sum(),
    ),
    "left of a left join": (
        lambda a, b: (lambda m: m[m.s == "a"].w.sum())(a.merge(b, on="k", how="left")),
        lambda a, b: a[a.s == "a"].merge(b, on="k", how="left").w.sum(),
    ),
    "concat": (
        lambda a, b: (lambda m: m[m.k > 3].k.sum())(dd.concat([a, b])) if isinstance(a, dd.DataFrame) else None,
        lambda a, b: dd.concat([a[a.k > 3], b[b.k > 3]]).k.sum(),
    ),
    "concat of joins": (
        lambda a, b: (lambda m: m[m.y > 30].y.sum())(dd.concat([a.merge(b, on="k"), a])),
        lambda a, b: dd.concat([a[a.y > 30].merge(b, on="k"), a[a.y > 30]]).y.sum(),
    ),
}


@pytest.mark.parametrize(("one", "other"), WRITTEN.values(), ids=WRITTEN)
def test_filters_move_below(frames: tuple[Any, Any], one: Callable[..., Any], other: Callable[..., Any]) -> None:
    assert needed(one(*frames)) is needed(other(*frames))
    assert_eq(one(*frames), other(*frames))


THROUGH: dict[str, tuple[Callable[..., Any], dict[str, str]]] = {
    "assign": (
        lambda a, b: (lambda z: z[z.x > 50].z.sum())(a.assign(z=a.x + 1)),
        {"left": "columns=['x'], where x > 50"},
    ),
    "an assigned column": (
        lambda a, b: (lambda z: z[z.z > 50].y.sum())(a.assign(z=a.x)),
        {"left": "columns=['x', 'y'], where x > 50"},
    ),
    "rename": (
        lambda a, b: (lambda z: z[z.X > 50].y.sum())(a.rename(columns={"x": "X"})),
        {"left": "columns=['x', 'y'], where x > 50"},
    ),
    "names exchanged": (
        lambda a, b: (lambda z: z[z.x > 50].y.sum())(a.rename(columns={"x": "y", "y": "x"})),
        {"left": "columns=['x', 'y'], where y > 50"},
    ),
    "several filters": (
        lambda a, b: (lambda z: z[z.y < 80].y.sum())(a[a.x > 50]),
        {"left": "columns=['x', 'y'], where x > 50 and y < 80"},
    ),
    "merge": (
        lambda a, b: (lambda m: m[(m.y > 30) & (m.w > 9)].w.sum())(a.merge(b, on="k")),
        {"left": "columns=['k', 'y'], where y > 30", "right": "columns=['k', 'w'], where w > 9"},
    ),
    "merge of what was changed": (
        lambda a, b: (lambda m: m[m.z > 50].w.sum())(a.rename(columns={"y": "z"}).merge(b, on="k").assign(u=1)),
        {"left": "columns=['k', 'y'], where y > 50", "right": "columns=['k', 'w']"},
    ),
    "a query": (
        lambda a, b: a.query("x > 50 & s in ['a', 'b'] or x > 70").y.sum(),
        {"left": "columns=['x', 'y', 's']"},
    ),
    "a query that is a range": (
        lambda a, b: a.query("50 < x and y < 88").y.sum(),
        {"left": "columns=['x', 'y'], where x > 50 and y < 88"},
    ),
    "a query after a merge": (
        lambda a, b: a.merge(b, on="k").query("y > 80").w.sum(),
        {"left": "columns=['k', 'y'], where y > 80", "right": "columns=['k', 'w']"},
    ),
    "between": (
        lambda a, b: a[a.x.between(50, 55)].y.sum(),
        {"left": "columns=['x', 'y'], where x <= 55 and x >= 50"},
    ),
    "one of two": (
        lambda a, b: a[(a.x == 5) | (a.x == 7)].y.sum(),
        {"left": "columns=['x', 'y'], where x in (5, 7)"},
    ),
    "sorted": (
        lambda a, b: (lambda z: z[z.x > 50])(a.sort_values("y", ascending=False))[["y"]],
        {"left": "columns=['x', 'y'], where x > 50"},
    ),
    "numbered anew": (
        lambda a, b: (lambda z: z[z.x > 50].y.sum())(a.reset_index(drop=True)),
        {"left": "columns=['x', 'y'], where x > 50"},
    ),
    "without missing ones": (
        lambda a, b: a.dropna(subset=["y"]).x.sum(),
        {"left": "columns=['x', 'y']"},
    ),
    "joined by what was set": (
        lambda a, b: a.set_index("k")[["y"]].join(b.set_index("k")[["w"]]).w.sum(),
        {"left": "columns=['k']", "right": "columns=['k', 'w']"},
    ),
    "parts of dates": (
        lambda a, b: a.assign(z=a.s.str.upper(), u=a.x + a.y)[["z"]],
        {"left": "columns=['s']"},
    ),
    "windows": (
        lambda a, b: a[["x", "y"]].rolling(3).mean()[["x"]],
        {"left": "columns=['x']"},
    ),
    "sums of groups": (
        lambda a, b: a.groupby("k").sum(numeric_only=True)[["x"]],
        {"left": "columns=['k', 'x']"},
    ),
    "sums of groups that are joined": (
        lambda a, b: a.groupby("k", as_index=False).max().merge(b, on="k")[["y", "v"]],
        {"left": "columns=['k', 'y']", "right": "columns=['k', 'v']"},
    ),
    "only the keys of groups": (
        lambda a, b: a.groupby("s", as_index=False).sum()["s"],
        {"left": "columns=['k', 's']"},
    ),
}


@pytest.mark.parametrize(("ask", "expected"), THROUGH.values(), ids=THROUGH)
def test_sources_read_what_is_needed(
    frames: tuple[Any, Any], ask: Callable[..., Any], expected: dict[str, str]
) -> None:
    lazy = ask(*frames)
    assert reads(lazy) == expected
    assert_eq(lazy, ask(LEFT, RIGHT))
    text = str(lazy.explain())
    assert all(f"{what}" in text for what in expected.values())


def test_a_predicate_that_takes_other_columns_along(frames: tuple[Any, Any]) -> None:
    def ask(a: Any, b: Any) -> Any:
        m = a.merge(b.rename(columns={"v": "s"}), on="k").drop(columns="s_y").rename(columns={"y": "z"})
        return m[m.z > 40].w.sum()

    assert_eq(ask(*frames), ask(LEFT, RIGHT))
    assert reads(ask(*frames))["left"].endswith("where y > 40")


STAYS: dict[str, Callable[..., Any]] = {
    "labels that are seen": lambda a, b: (lambda m: m[m.y > 30])(a.merge(b, on="k")),
    "the other side of a left join": lambda a, b: (lambda m: m[m.w > 9].w.sum())(a.merge(b, on="k", how="left")),
    "an outer join": lambda a, b: (lambda m: m[m.y > 30].w.sum())(a.merge(b, on="k", how="outer")),
    "a column of both": lambda a, b: (lambda m: m[m.x_x > 30].w.sum())(a.merge(b, on="k")),
    "columns of both": lambda a, b: (lambda m: m[m.y > m.w].w.sum())(a.merge(b, on="k")),
    "all rows are needed, too": lambda a, b: (lambda m: m[m.y > 30].w.sum() / m.w.sum())(a.merge(b, on="k")),
    "two filters": lambda a, b: (lambda m: m[m.y > 30].w.sum() - m[m.y < 9].w.sum())(a.merge(b, on="k")),
    "keys that are checked": lambda a, b: (lambda m: m[m.y > 30].w.sum())(a.merge(b, on="k", validate="m:1")),
    "a column that one does not have": lambda a, b: (lambda m: m[m.w > 9].k.sum())(
        (dd if isinstance(a, dd.DataFrame) else pd).concat([a, b])
    ),
}


@pytest.mark.parametrize("ask", STAYS.values(), ids=STAYS)
def test_filters_that_stay(frames: tuple[Any, Any], ask: Callable[..., Any]) -> None:
    lazy = ask(*frames)
    assert not any(
        isinstance(n, Filter) and isinstance(n.frame.owner, ReadParquet) for n in topological([needed(lazy)])
    )
    assert_eq(lazy, ask(LEFT, RIGHT))


HEADS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "assign": (lambda a: a.assign(z=a.x + 1).head(3, compute=False), lambda a: (lambda h: h.assign(z=h.x + 1))(
        a.head(3, compute=False))),
    "arithmetic": (lambda a: (a.x + a.y * 2).head(3, compute=False), lambda a: (lambda h: h.x + h.y * 2)(
        a.head(3, compute=False))),
    "partitions": (lambda a: (a.x * 2 + a.y).partitions[[1]], lambda a: (lambda p: p.x * 2 + p.y)(a.partitions[[1]])),
    "tail": (lambda a: a.rename(columns={"x": "z"}).tail(2, compute=False), lambda a: a.tail(
        2, compute=False).rename(columns={"x": "z"})),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), HEADS.values(), ids=HEADS)
def test_first_rows_are_taken_first(
    frames: tuple[Any, Any], one: Callable[[Any], Any], other: Callable[[Any], Any]
) -> None:
    lazy = frames[0]
    assert optimize([one(lazy).expr], until="simplify")[0] is optimize([other(lazy).expr], until="simplify")[0]
    assert_eq(one(lazy), other(lazy))


def test_first_rows_of_what_is_filtered(frames: tuple[Any, Any]) -> None:
    lazy = frames[0]
    assert_eq(lazy[lazy.x > 30].assign(z=1).head(4), LEFT[LEFT.x > 30].assign(z=1).head(4))


def test_expressions_over_one_frame_are_one_task(frames: tuple[Any, Any]) -> None:
    lazy = frames[0]
    found = (lazy.x + lazy.y * 2 - lazy.assign(q=lazy.k).q).clip(0).fillna(1)
    assert found.expr.rows == lazy.expr.rows
    (root,) = optimize([found.expr])
    assert not root.children
    assert_eq(found, (LEFT.x + LEFT.y * 2 - LEFT.k).clip(0).fillna(1))


QUERIES = [
    "x > 50",
    "x > 50 and y < 80",
    "x > 50 & y < 80 | k == 3",
    "not (x > 50)",
    "~(x > 50) & k != 3",
    "10 < x <= 20",
    "x + k * 2 > y",
    "x > -k / 2 and x < @limit",
    "s == 'a'",
    "s in ['a', 'c'] and s not in ('c',)",
    "k in @some",
    "k == [1, 2]",
    "index > 5",
    "`x` > 50",
    "s.str.upper() == 'A'",
    "x % 2 == 0",
    "@limit > x",
]


@pytest.mark.parametrize("text", QUERIES)
def test_queries(text: str) -> None:
    limit, some = 7, [1, 2]
    assert limit
    assert some
    lazy = dd.from_pandas(LEFT, 3)
    assert_eq(lazy.query(text), LEFT.query(text))
    assert_eq(lazy.query(text).x.sum(), LEFT.query(text).x.sum())


def test_queries_that_are_wrong() -> None:
    lazy = dd.from_pandas(LEFT, 3)
    with pytest.raises(Exception, match="nope"):
        lazy.query("nope > 3")
    with pytest.raises(SyntaxError):
        lazy.query("x >")


def test_the_same_rows_in_other_partitions() -> None:
    lazy = dd.from_pandas(LEFT, 3, sort=False)
    for n in (1, 2, 5):
        again = lazy.repartition(npartitions=n)
        assert_eq(again[again.x > 50].y.sum(), LEFT[LEFT.x > 50].y.sum())
        assert_eq(again[again.x > 50], LEFT[LEFT.x > 50])


def test_text_is_parsed_no_further_than_the_first_rows(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for i, rows in enumerate(np.array_split(np.arange(N), 3)):
        LEFT.iloc[rows].to_csv(tmp_path / f"{i}.csv", index=False)
    lazy = dd.read_csv(tmp_path / "*.csv")
    parsed: list[int] = []
    original = pd.read_csv

    def spy(*args: Any, **kwargs: Any) -> Any:
        found = original(*args, **kwargs)
        parsed.append(len(found))
        return found

    monkeypatch.setattr(pd, "read_csv", spy)
    monkeypatch.setattr("minidask.dataframe.io.csv_blocks._plain", lambda *_: None)  # pandas parses

    def is_parsed(ask: Callable[[Any], Any], rows: list[int]) -> None:
        parsed.clear()
        found = ask(lazy).compute(scheduler="synchronous")
        assert parsed == rows
        assert_eq(found, ask(LEFT))

    def first(frame: Any, n: int) -> Any:
        return frame.head(n) if isinstance(frame, pd.DataFrame | pd.Series) else frame.head(n, compute=False)

    is_parsed(lambda a: first(a, 3), [3])
    is_parsed(lambda a: first(a.y, 3), [3])
    is_parsed(lambda a: first(a.assign(z=a.x + 1), 3), [3])
    is_parsed(lambda a: first(a[a.x > 2], 3), [20])
    assert_eq(lazy[lazy.x > 30].head(30), LEFT[LEFT.x > 30].head(30))
    assert_eq(lazy.head(50), LEFT.head(50))
    assert_eq(lazy.tail(3), LEFT.tail(3))
    assert_eq(lazy.partitions[1:], LEFT[20:])
    assert_eq(lazy[lazy.x > 30].partitions[1:], LEFT[LEFT.x > 30])


@pytest.mark.parametrize("how", ["inner", "left", "right"])
@pytest.mark.parametrize("columns", [["f", "s"], ["s", "f"], ["s", "i", "f"], ["f"]])
def test_columns_of_a_join_that_stay_in_place_under_their_names(how: str, columns: list[str]) -> None:
    """What replaces a column of a file comes last where that column is not read."""
    data = pd.DataFrame({"i": [0, 1, 0, 2], "f": [0.5, 1, 2, 3], "s": list("abcd")})
    lazy = dd.from_pandas(data, npartitions=2)
    for mine, theirs in (
        (lazy.assign(f=lazy.f + 1), data.assign(f=data.f + 1)),
        (lazy.assign(f=lazy.f.cumsum()), data.assign(f=data.f.cumsum())),
    ):
        keys, expected = mine[["i"]].drop_duplicates(), theirs[["i"]].drop_duplicates()
        assert_eq(mine.merge(keys, on="i", how=how)[columns], theirs.merge(expected, on="i", how=how)[columns])
        assert_eq(keys.merge(mine, on="i", how=how)[columns], expected.merge(theirs, on="i", how=how)[columns])
