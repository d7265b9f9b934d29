"""Sorting, set_index and duplicates against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.dataframe as dd
from minidask.dataframe.sorted_ends import SortedEnds
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.kernels.ordering import rows_up_to
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

PAIRS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "ints": (lambda d: d.sort_values("i"), lambda d: d.sort_values("i", kind="stable")),
    "floats": (lambda d: d.sort_values("f"), lambda d: d.sort_values("f", kind="stable")),
    "descending": (
        lambda d: d.sort_values("f", ascending=False),
        lambda d: d.sort_values("f", ascending=False, kind="stable"),
    ),
    "missing first": (
        lambda d: d.sort_values("n", na_position="first"),
        lambda d: d.sort_values("n", na_position="first", kind="stable"),
    ),
    "strings": (lambda d: d.sort_values("s"), lambda d: d.sort_values("s", kind="stable")),
    "times": (lambda d: d.sort_values(["t"]), lambda d: d.sort_values("t", kind="stable")),
    "bools": (lambda d: d.sort_values("b"), lambda d: d.sort_values("b", kind="stable")),
    "categories": (lambda d: d.sort_values("c"), lambda d: d.sort_values("c", kind="stable")),
    "several": (lambda d: d.sort_values(["b", "s", "f"]), lambda d: d.sort_values(["b", "s", "f"])),
    "both ways": (
        lambda d: d.sort_values(["c", "f"], ascending=[False, True]),
        lambda d: d.sort_values(["c", "f"], ascending=[False, True]),
    ),
    "numbered": (
        lambda d: d.sort_values("i", ignore_index=True),
        lambda d: d.sort_values("i", ignore_index=True, kind="stable"),
    ),
    "other partitions": (
        lambda d: d.sort_values("i", npartitions=2),
        lambda d: d.sort_values("i", kind="stable"),
    ),
    "a series": (lambda d: d.f.sort_values(), lambda d: d.f.sort_values(kind="stable")),
    "a series of strings": (
        lambda d: d.s.sort_values(ascending=False),
        lambda d: d.s.sort_values(ascending=False, kind="stable"),
    ),
    "then a column": (lambda d: d.sort_values("s")["f"], lambda d: d.sort_values("s", kind="stable")["f"]),
    "index": (
        lambda d: d.sort_values("f").sort_index(),
        lambda d: d.sort_values("f", kind="stable").sort_index(kind="stable"),
    ),
    "index descending": (
        lambda d: d.i.sort_index(ascending=False),
        lambda d: d.i.sort_index(ascending=False, kind="stable"),
    ),
    "set index": (lambda d: d.set_index("i"), lambda d: d.sort_values("i", kind="stable").set_index("i")),
    "set index of strings": (
        lambda d: d.dropna().set_index("s"),
        lambda d: d.dropna().sort_values("s", kind="stable").set_index("s"),
    ),
    "set index of times": (
        lambda d: d.set_index("t"),
        lambda d: d.sort_values("t", kind="stable").set_index("t"),
    ),
    "set index and keep": (
        lambda d: d.set_index("i", drop=False),
        lambda d: d.sort_values("i", kind="stable").set_index("i", drop=False),
    ),
    "set index of a series": (
        lambda d: d.set_index(d.i % 3),
        lambda d: d.set_index(d.i % 3).sort_index(kind="stable"),
    ),
    "set index divided": (
        lambda d: d.set_index("i", divisions=[0, 2, 4]),
        lambda d: d.sort_values("i", kind="stable").set_index("i"),
    ),
    "set index not sorted": (lambda d: d.set_index("s", sort=False), lambda d: d.set_index("s")),
    "set index not sorted, several": (
        lambda d: d.set_index(["s", "i"], sort=False),
        lambda d: d.set_index(["s", "i"]),
    ),
    "duplicated": (lambda d: d.duplicated(["i", "s"]), lambda d: d.duplicated(["i", "s"])),
    "duplicated last": (lambda d: d.s.duplicated(keep="last"), lambda d: d.s.duplicated(keep="last")),
    "unique": (lambda d: d.drop_duplicates(), lambda d: d.drop_duplicates()),
    "unique by one": (lambda d: d.drop_duplicates("s"), lambda d: d.drop_duplicates("s")),
    "unique by categories": (lambda d: d.drop_duplicates(["c", "n"]), lambda d: d.drop_duplicates(["c", "n"])),
    "last of each": (lambda d: d.drop_duplicates("i", keep="last"), lambda d: d.drop_duplicates("i", keep="last")),
    "only once": (lambda d: d.drop_duplicates("t", keep=False), lambda d: d.drop_duplicates("t", keep=False)),
    "unique, numbered": (
        lambda d: d.drop_duplicates("i", ignore_index=True),
        lambda d: d.drop_duplicates("i", ignore_index=True),
    ),
    "unique values": (lambda d: d.f.drop_duplicates(), lambda d: d.f.drop_duplicates()),
}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("case", PAIRS)
def test_like_pandas(case, frame):
    if case == "set index divided" and frame == "one row":
        pytest.skip("the divisions are not those of one row")
    ours, theirs = PAIRS[case]
    data = FRAMES[frame]
    assert_eq(ours(lazy(data, 4)), theirs(data))


@pytest.mark.parametrize("npartitions", [1, 2, 6, 12])
def test_partitions_do_not_matter(npartitions):
    data = FRAMES["plain"]
    for case in ("strings", "several", "set index", "unique by one"):
        ours, theirs = PAIRS[case]
        assert_eq(ours(lazy(data, npartitions)), theirs(data))


def test_partitions_are_of_about_equal_size():
    data = pd.DataFrame({"x": np.random.default_rng(0).normal(size=10_000) ** 3})
    lengths = lazy(data, 8).sort_values("x").map_partitions(len).compute()
    assert lengths.min() > 1000
    assert lengths.sum() == 10_000


def test_set_index_knows_its_divisions():
    data = pd.DataFrame({"k": np.random.default_rng(0).permutation(100), "x": range(100)})
    found = lazy(data, 4).set_index("k")
    assert found.known_divisions
    assert (found.npartitions, found.divisions[0], found.divisions[-1]) == (4, 0, 99)
    assert_eq(found + found, data.set_index("k").sort_index() * 2)


def test_set_index_with_missing_keys_knows_no_divisions():
    data = FRAMES["plain"]
    assert not lazy(data).set_index("f").known_divisions


@pytest.mark.parametrize("keys", [range(12), np.arange(12) // 3, [0] * 12, np.arange(12) // 5])
def test_set_index_of_a_sorted_column(keys):
    data = pd.DataFrame({"k": keys, "x": range(12)})
    found = lazy(data, 4).set_index("k", sorted=True)
    assert found.known_divisions
    assert_eq(found, data.set_index("k"))


def test_set_index_of_a_column_that_is_not_sorted():
    with pytest.raises(ValueError, match="does not increase"):
        lazy(FRAMES["plain"]).set_index("i", sorted=True)


def test_wrong_divisions_are_an_error():
    wrong = lazy(FRAMES["plain"]).set_index("i", divisions=[1, 2, 3])
    with pytest.raises(ValueError, match="are not within"):
        wrong.compute()


def test_mistakes_are_errors_at_the_call():
    df = lazy(FRAMES["plain"])
    with pytest.raises(KeyError, match="wrong"):
        df.sort_values("wrong")
    with pytest.raises(ValueError, match="ascending"):
        df.sort_values(["i", "f"], ascending=[True])
    with pytest.raises(ValueError, match="na_position"):
        df.sort_values("i", na_position="middle")
    with pytest.raises(KeyError, match="wrong"):
        df.set_index("wrong")
    with pytest.raises(KeyError, match="wrong"):
        df.set_index(["i", "wrong"])
    with pytest.raises(KeyError, match="wrong"):
        df.drop_duplicates("wrong")
    with pytest.raises(ValueError, match="keep"):
        df.drop_duplicates(keep="middle")


def test_samples_are_of_the_keys_alone(tmp_path):
    data = pd.DataFrame({"x": range(30), "k": np.arange(30) * 7 % 11, "y": "z"})
    dd.from_pandas(data, npartitions=3).to_parquet(tmp_path)
    df = dd.read_parquet(tmp_path)
    df = df.assign(z=df.x * 2)
    found = df.sort_values("k")
    nodes = topological(optimize([found.expr], until="lower"))
    reads = [arg.meta.columns.tolist() for node in nodes for arg in getattr(node, "args", ()) if hasattr(arg, "stored")]
    assert sorted(reads) == [["k"], ["x", "k", "y"]]
    assert_eq(found, data.assign(z=data.x * 2).sort_values("k", kind="stable"))
    assert_eq(df.sort_index(ascending=False), data.assign(z=data.x * 2).sort_index(ascending=False))


@pytest.mark.parametrize("late", ["0.5", "word"])
def test_keys_of_text_whose_type_the_last_block_contradicts(tmp_path, late):
    numbers = "".join(f"{i * 7 % 11},{i}\n" for i in range(40))
    (tmp_path / "a.csv").write_text(f"k,x\n{numbers}{late},40\n")
    found = dd.read_csv(tmp_path / "a.csv", blocksize=60).sort_values("k")
    expected = pd.read_csv(tmp_path / "a.csv").sort_values("k", kind="stable")
    pd.testing.assert_frame_equal(found.compute(scheduler="synchronous"), expected)


SORTS: dict[str, Callable[[Any], Any]] = {
    "ints": lambda d: d.sort_values("i", kind="stable"),
    "floats down": lambda d: d.sort_values("f", ascending=False, kind="stable"),
    "missing first": lambda d: d.sort_values("f", na_position="first", kind="stable"),
    "nullable": lambda d: d.sort_values("n", kind="stable"),
    "strings": lambda d: d.sort_values("s", kind="stable"),
    "times": lambda d: d.sort_values("t", kind="stable"),
    "categories": lambda d: d.sort_values("c", kind="stable"),
    "several": lambda d: d.sort_values(["b", "s", "f"], ascending=[False, True, False]),
    "numbered": lambda d: d.sort_values("i", ignore_index=True, kind="stable"),
    "a series": lambda d: d.f.sort_values(kind="stable"),
    "index down": lambda d: d.sort_index(ascending=False, kind="stable"),
    "a column of it": lambda d: d.sort_values("i", kind="stable")["f"] * 2,
    "by function": lambda d: d.sort_values("i", key=lambda i: -i, kind="stable"),
}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("case", SORTS)
def test_ends_of_a_sort(case, frame):
    data = FRAMES[frame]
    ours, theirs = SORTS[case](lazy(data, 4)), SORTS[case](data)
    for n in (3, 20):
        assert_eq(ours.head(n), theirs.head(n))
    assert_eq(ours.tail(3), theirs.tail(3))


def test_few_rows_of_a_sort_are_found_without_it():
    df = dd.from_pandas(pd.DataFrame({"x": np.arange(40) % 7, "y": range(40)}), npartitions=8)
    for few in (df.sort_values("x").head(3, compute=False), df.sort_values("x", ignore_index=True).head(3, 8, False)):
        labels = {node.operation for node in topological(optimize([few.expr]))}
        assert "split" not in labels
    for many in (df.sort_values("x").partitions[3].head(3, compute=False), df.sort_values("x").head(10**6, 8, False)):
        assert "split" in {node.operation for node in topological(optimize([many.expr]))}


@pytest.mark.parametrize("missing", [0, 1, 50])
@pytest.mark.parametrize("dtype", ["int64", "float32", "Int32", "datetime64[ns]", "str"])
def test_rows_that_can_be_among_the_first(dtype, missing):
    values = pd.Series(np.random.default_rng(0).integers(0, 30, 100), dtype="int64")
    if missing and dtype == "int64":
        pytest.skip("has no missing values")
    values = values.astype(dtype)
    values[:missing] = pd.NA if dtype == "Int32" else None
    for up in (True, False):
        for last in (True, False):
            found = rows_up_to(values, 9, up, not last)
            few = values if found is None else values.take(found)
            options = {"ascending": up, "na_position": "last" if last else "first", "kind": "stable"}
            pd.testing.assert_series_equal(few.sort_values(**options).head(9), values.sort_values(**options).head(9))
            assert found is None or len(found) < 40
            assert found is not None or dtype == "str" or (missing and not last)


def test_columns_by_the_values_of_rows():
    data = pd.DataFrame({"a": [3, 1, 2], "b": [1, 1, 9], "c": [2, 0, 9]}, index=["x", "y", "z"])
    df = dd.from_pandas(data, npartitions=2)
    for told in ({"by": "x"}, {"by": ["z", "y"], "ascending": [False, True]}, {"by": "y", "ignore_index": True}):
        assert_eq(df.sort_values(axis=1, **told), data.sort_values(axis=1, kind="stable", **told))
    with pytest.raises(KeyError):
        df.sort_values("w", axis=1)
    with pytest.raises(TypeError, match="npartitions"):
        df.sort_values("x", axis=1, npartitions=3)
    with pytest.raises(ValueError, match="axis=2"):
        df.sort_values("a", axis=2)


def test_processes():
    data = FRAMES["plain"]
    ours = lazy(data).sort_values("s").drop_duplicates("i").set_index("f")
    expected = data.sort_values("s", kind="stable").drop_duplicates("i").sort_values("f", kind="stable").set_index("f")
    pd.testing.assert_frame_equal(ours.compute(scheduler="processes", num_workers=2), expected)


rows = st.lists(
    st.tuples(st.integers(-3, 3), st.sampled_from(["a", "b", None]), st.sampled_from([0.5, None, -1.0])),
    min_size=1,
    max_size=30,
)
columns = st.permutations(["k", "s", "x"]).flatmap(lambda p: st.integers(1, 3).map(lambda n: p[:n]))


@settings(max_examples=40, deadline=None)
@given(rows, st.integers(1, 5), columns, st.booleans(), st.sampled_from(["first", "last"]))
def test_random_frames(rows, npartitions, by, ascending, keep):
    data = pd.DataFrame(rows, columns=["k", "s", "x"]).astype({"s": "str", "x": float})
    df = dd.from_pandas(data, npartitions=npartitions)
    found = df.sort_values(by, ascending=ascending, na_position=keep).compute(scheduler="synchronous")
    expected = data.sort_values(by, ascending=ascending, na_position=keep, kind="stable")
    pd.testing.assert_frame_equal(found, expected)
    unique = df.drop_duplicates(by, keep=keep).compute(scheduler="synchronous")
    pd.testing.assert_frame_equal(unique, data.drop_duplicates(by, keep=keep))


ENDS: dict[str, Callable[[Any], Any]] = {
    "first": lambda d: d.sort_values("x").iloc[:5],
    "from 0": lambda d: d.sort_values(["k", "x"], ascending=[False, True]).iloc[0:3],
    "last": lambda d: d.sort_values("x", ascending=False).iloc[-4:],
    "a column": lambda d: d.sort_values("x").k.iloc[:5],
    "of a series": lambda d: d.x.sort_values().iloc[:7],
    "more than all": lambda d: d.sort_values("x").iloc[:99],
    "none": lambda d: d.sort_values("x").iloc[:0],
    "by label": lambda d: d.sort_index(ascending=False).iloc[:2],
    "made of the rows": lambda d: d.sort_values("x").assign(z=1).iloc[:5],
    "not all": lambda d: d.sort_values("x")[lambda f: f.k > 0].iloc[:5],
    "but the last": lambda d: d.sort_values("x").iloc[:-20],
    "but the first": lambda d: d.sort_values("x").iloc[20:],
}


@pytest.mark.parametrize("npartitions", [1, 4])
@pytest.mark.parametrize("ends", ENDS)
def test_ends_by_number(ends: str, npartitions: int) -> None:
    whole = pd.DataFrame({"x": np.arange(24) * 7 % 24, "k": np.arange(24) % 3}, index=np.arange(24) * 5 % 24)
    lazy = dd.from_pandas(whole, npartitions=npartitions, sort=False)
    assert_eq(ENDS[ends](lazy), ENDS[ends](whole))
    if ends in ("first", "last", "a column", "of a series", "made of the rows"):
        order = topological(optimize([ENDS[ends](lazy).expr], until="simplify"))
        assert any(isinstance(node, SortedEnds) for node in order)


def test_fewer_rows_than_asked_for_are_looked_at_once() -> None:
    calls: list[int] = []
    whole = pd.DataFrame({"x": range(8)})
    lazy = dd.from_pandas(whole, npartitions=4).map_partitions(lambda rows: calls.append(1) or rows, meta=whole)
    assert lazy.sort_values("x", ascending=False).head(99).x.tolist() == [*range(7, -1, -1)]
    assert len(calls) == 4
