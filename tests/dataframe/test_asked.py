"""Functions of the person's own see real data only, each partition once, and what they make is known to who asks."""

from __future__ import annotations

import os
import pickle
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.dataframe as dd
from minidask.dataframe.undecided import Undecided
from minidask.testing import assert_eq

DATA = pd.DataFrame(
    {"k": [1, 2] * 6, "x": range(100, 112), "y": 0.5}, index=pd.date_range("2024", periods=12, freq="h")
)


@pytest.fixture
def df() -> dd.DataFrame:
    return dd.from_pandas(DATA, npartitions=3)


class Seen:
    """A function that keeps what it has been called with, in files: it may be called in other processes."""

    def __init__(self, folder: Path, func: Callable[[Any], Any]) -> None:
        self.folder = folder
        self.func = func

    def __call__(self, rows: Any, *args: Any) -> Any:
        assert len(rows), "it never sees rows that nobody has"
        (self.folder / uuid.uuid4().hex).write_bytes(pickle.dumps(rows))
        return self.func(rows)

    def calls(self) -> pd.DataFrame:
        """All rows that it has seen since this was asked last, in their order."""
        files = list(self.folder.iterdir())
        found = pd.concat([pickle.loads(f.read_bytes()) for f in files]).sort_index() if files else pd.DataFrame()
        for file in files:
            file.unlink()
        return found


def twice(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(z=rows.x * 2)


EXPECTED = twice(DATA)


class TestOnce:
    def test_computing_asks_nothing(self, df, tmp_path, scheduler):
        seen = Seen(tmp_path, twice)
        found = df.map_partitions(seen)
        assert found.npartitions == 3
        assert "real data" in repr(found)
        assert not [*tmp_path.iterdir()]
        assert_eq(minidask.compute([found], scheduler=scheduler)[0][0], EXPECTED)
        assert_eq(seen.calls(), DATA)
        assert type(found) is Undecided

    def test_a_question_is_a_call_of_the_computation(self, df, tmp_path, scheduler):
        seen = Seen(tmp_path, twice)
        found = df.map_partitions(seen)
        assert found.columns.tolist() == ["k", "x", "y", "z"]
        assert len([*tmp_path.iterdir()]) == 1
        assert found.dtypes.z == "int64"
        total = found[found.z > 210].y.sum()
        assert total.compute(scheduler=scheduler) == EXPECTED[EXPECTED.z > 210].y.sum()
        assert_eq(seen.calls(), DATA)

    def test_persist(self, df, tmp_path, scheduler):
        seen = Seen(tmp_path, twice)
        kept = df.map_partitions(seen).persist(scheduler=scheduler)
        assert_eq(seen.calls(), DATA)
        assert_eq(kept.z + kept.x, EXPECTED.z + EXPECTED.x)
        assert not len(seen.calls())

    def test_threads_that_ask_wait_for_the_first_one(self, df):
        calls: list[int] = []
        asking = threading.Barrier(4)

        def func(rows: pd.DataFrame) -> pd.DataFrame:
            calls.append(1)
            return twice(rows)

        found = df.map_partitions(func)

        def ask(_: int) -> list[str]:
            asking.wait()
            return list(found.expr.answer.meta.columns)

        with ThreadPoolExecutor(4) as pool:
            assert [*pool.map(ask, range(4))] == [["k", "x", "y", "z"]] * 4
        assert len(calls) == 1

    @pytest.mark.parametrize("told", [{}, {"sorted": True}, {"npartitions": 2}])
    def test_set_index(self, df, tmp_path, scheduler, told):
        seen = Seen(tmp_path, twice)
        with minidask.config.set(scheduler=scheduler):
            assert_eq(df.map_partitions(seen).set_index("z", **told), EXPECTED.set_index("z"))
        assert_eq(seen.calls(), DATA)

    @pytest.mark.parametrize(
        "shuffled",
        [lambda df: df.shuffle("k"), lambda df: df.set_index("x"), lambda df: df.sort_values("x", ascending=False)],
    )
    def test_questions_above_a_shuffle(self, df, tmp_path, shuffled):
        below, above = Seen(tmp_path, lambda rows: rows), list[int]()
        found = shuffled(df.map_partitions(below, meta=DATA)).map_partitions(
            lambda rows: above.append(len(rows)) or rows.assign(w=rows.y * 2)
        )
        assert "w" in found.columns
        assert_eq(found.w.sum(), DATA.y.sum() * 2)
        assert sum(above) == len(DATA)
        assert_eq(below.calls(), DATA)

    def test_scalars_that_are_made_of_shuffled_rows(self, df):
        found = df.set_index("x").map_partitions(len)
        assert found.dtype == "int64"
        assert found.sum().compute() == 12

    def test_scalars_persist(self, df):
        total, own = df.x.sum(), df.x.reduction(lambda x: x.sum(), aggregate=lambda sums: sums.sum())
        own + 1  # asks
        for found in (total.persist(), minidask.persist(df, total)[1], own.persist(), own.optimize()):
            assert (found.compute(), (found + 1).compute()) == (DATA.x.sum(), DATA.x.sum() + 1)

    @pytest.mark.parametrize(
        "made",
        [
            lambda df, f: df[df.x >= 104].map_partitions(f),  # whose first partition has no rows
            lambda df, f: df.map_partitions(f, clear_divisions=True),
            lambda df, f: df.map_overlap(f, 0, 0),
        ],
    )
    def test_others(self, df, tmp_path, made):
        def func(rows: pd.DataFrame) -> pd.DataFrame:
            return twice(rows)

        calls = []
        found = made(df, lambda rows: calls.append(len(rows)) or func(rows))
        assert "z" in found.columns
        found.compute(scheduler="synchronous")
        assert len([n for n in calls if n]) == (2 if 0 in calls else 3)

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            (lambda d, f: d.x.reduction(f, aggregate=lambda sums: sums.sum()), lambda d: d.x.sum()),
            (
                lambda d, f: d.x.reduction(f, aggregate=lambda s: s.sum(), combine=lambda s: s.sum()),
                lambda d: d.x.sum(),
            ),
            (lambda d, f: d.x.resample("3h").apply(f), lambda d: d.x.resample("3h").sum()),
            (lambda d, f: d.x.resample("3h").agg([f, "max"]).iloc[:, 0], lambda d: d.x.resample("3h").sum()),
        ],
    )
    def test_all_rows_together(self, df, ours, theirs):
        def add(rows: pd.Series) -> Any:
            assert len(rows)
            assert rows.min() >= 100
            return rows.sum()

        found, expected = ours(df, add), theirs(DATA)
        assert_eq(found, expected.rename(found.name) if isinstance(expected, pd.Series) else expected)

    def test_aggregations(self, df):
        def chunk(groups: Any) -> Any:
            assert groups.ngroups == 2
            return groups.sum()

        add = dd.Aggregation("add", chunk, lambda sums: sums.sum())
        assert_eq(df.groupby("k").x.agg(add), DATA.groupby("k").x.sum())
        both = df.groupby("k").agg({"x": [add, "max"], "y": "min"})
        assert_eq(both[("x", "max")], DATA.groupby("k").x.max().rename(("x", "max")))


class TestBecoming:
    @pytest.mark.parametrize(
        ("func", "kind"),
        [
            (twice, dd.DataFrame),
            (lambda rows: rows.x, dd.Series),
            (lambda rows: rows.index, dd.Index),
            (len, dd.Series),
        ],
    )
    def test_kinds(self, df, func, kind):
        found = df.map_partitions(func)
        assert isinstance(found, kind)
        assert type(found) is kind
        assert not isinstance(df.map_partitions(func), dd.Scalar)

    def test_operators(self, df):
        made: Callable[[], Any] = lambda: df.x.map_partitions(lambda x: x * 2)
        assert_eq(1 + made(), 1 + DATA.x * 2)
        assert_eq(-made() * df.x, -(DATA.x * 2) * DATA.x)
        assert_eq(df.x + made(), DATA.x * 3)
        assert_eq(np.sqrt(made()), np.sqrt(DATA.x * 2))
        assert_eq(made()[made() > 210], (DATA.x * 2)[lambda x: x > 210])
        assert made().name == "x"
        assert len(made()) == 12
        total = df.x.reduction(lambda x: x.sum(), aggregate=lambda sums: sums.sum())
        assert (int(total), total.compute() / 2) == (DATA.x.sum(), DATA.x.sum() / 2)
        with pytest.raises(ValueError, match="ambiguous"):
            bool(made())

    def test_what_is_changed_in_place(self, df):
        found = df.map_partitions(twice)
        found["w"] = found.z + 1
        found.columns = list("abcde")
        assert_eq(found, EXPECTED.assign(w=EXPECTED.z + 1).set_axis(list("abcde"), axis=1))

    def test_divisions(self, df):
        assert df.map_partitions(twice).divisions == df.divisions
        assert not df.map_partitions(len).known_divisions
        assert not df.map_partitions(twice, clear_divisions=True).known_divisions

    def test_wrong_names(self, df):
        found = df.map_partitions(twice)
        with pytest.raises(AttributeError):
            found._repr_nonsense_()
        assert type(found) is Undecided
        with pytest.raises(AttributeError, match="nonsense"):
            found.nonsense()
        assert {"groupby", "loc", "columns"} <= {*dir(df.map_partitions(twice))}

    def test_attributes_that_its_values_lack(self, df):
        calls: list[int] = []
        found = df.map_partitions(lambda rows: calls.append(1) or rows.nonsense)
        for ask in (lambda: hasattr(found, "columns"), lambda: found.name, lambda: found + 1):
            calls.clear()
            with pytest.raises(RuntimeError, match="no attribute 'nonsense'"):
                ask()
            assert len(calls) == 1

    def test_travelling(self, df):
        found = pickle.loads(pickle.dumps(df.map_partitions(twice)))
        assert_eq(found, EXPECTED)
        assert minidask.delayed(len)(df.map_partitions(twice)).compute() == 12


class TestSchemas:
    def test_another_schema_in_one_partition(self, df):
        found = df.map_partitions(lambda rows: rows if rows.x.iloc[0] < 108 else rows.rename(columns={"x": "z"}))
        with pytest.raises(ValueError, match="expected a DataFrame with the columns k: int64, x"):
            found.compute()
        assert found.columns.tolist() == list(DATA)
        with pytest.raises(ValueError, match="expected a DataFrame with the columns k: int64, x"):
            found.compute()
        odd = df.x.map_partitions(lambda x: x if x.iloc[0] < 108 else x + 0.5)
        with pytest.raises(ValueError, match="gave float64 for 'x' in a partition, expected int64"):
            odd.compute()

    @pytest.mark.parametrize("meta", [{}, {"meta": {"a": "float64"}}])
    def test_no_rows_tell_nothing(self, df, meta):
        made: Callable[[Any], Any] = lambda d, **meta: d[d.x >= 104].apply(
            lambda row: pd.Series({"a": row.x}), axis=1, **meta
        )
        found = made(df, **meta)
        assert_eq(found.compute(), made(DATA))  # pandas gives for the empty first partition what it is called with
        assert found.columns.tolist() == ["a"]
        assert_eq(found.compute(), made(DATA))

    def test_divisions_are_held_to(self, df):
        with pytest.raises(ValueError, match="clear_divisions=True"):
            df.map_partitions(lambda rows: rows.shift(freq="30D")).compute()

    def test_other_partitions_are_an_error_at_the_call(self, df):
        with pytest.raises(ValueError, match="3 and 2 partitions"):
            df.map_partitions(lambda a, b: a, dd.from_pandas(DATA, npartitions=2))

    def test_a_join_in_doubt(self):
        left = dd.from_pandas(pd.DataFrame({"k": range(8)}), npartitions=2)
        right = dd.from_pandas(pd.DataFrame({"k": range(6), "v": range(6)}), npartitions=2)
        calls: list[int] = []
        found = left.merge(right, on="k", how="left").map_partitions(lambda rows: calls.append(1) or rows)
        asked = found.v.isna()
        assert asked.dtype == bool
        assert asked.sum().compute(scheduler="synchronous") == 2
        assert len(calls) == 2


class TestFiles:
    def write(self, path: Path, values: list[Any]) -> None:
        path.write_text("x\n" + "".join(f"{v}\n" for v in values))

    def read(self, path: Path) -> Any:
        return dd.read_csv(str(path), blocksize=40)

    def test_files_that_change_below_a_shuffle(self, tmp_path):
        path = tmp_path / "a.csv"
        self.write(path, list(range(1000, 1040)))
        found = self.read(path).sort_values("x").map_partitions(lambda rows: rows + 1)
        assert found.x.dtype == "int64"
        self.write(path, list(range(2000, 2040)))
        os.utime(path, ns=(1, 1))
        assert found.x.sum().compute() == sum(range(2001, 2041))

    def test_files_that_change(self, tmp_path):
        path = tmp_path / "a.csv"
        self.write(path, list(range(1000, 1040)))
        found = self.read(path).x.map(lambda v: v + 1)
        assert found.dtype == "int64"
        assert found.sum().compute() == sum(range(1001, 1041))
        self.write(path, list(range(2000, 2040)))
        os.utime(path, ns=(1, 1))
        assert found.sum().compute() == sum(range(2001, 2041))  # no partition of the old file
        again = found.map(lambda v: v - 1)  # what is made of what was kept
        assert again.dtype == "int64"
        assert again.sum().compute() == sum(range(2000, 2040))

    def test_types_that_late_blocks_contradict(self, tmp_path):
        path = tmp_path / "a.csv"
        values = [*range(1000, 1040), 0.5]
        self.write(path, values)
        frame = dd.read_csv(str(path), blocksize=40, sample=60)
        found = frame.map_partitions(lambda rows: rows.assign(y=rows.x * 2))
        assert found.x.dtype == "int64"
        both = found.x + found.y
        assert_eq(both.compute(), pd.Series(values) * 3, check_names=False)

    def test_parquet(self, tmp_path):
        dd.from_pandas(DATA.reset_index(drop=True), npartitions=2).to_parquet(str(tmp_path / "t"))
        found = dd.read_parquet(str(tmp_path / "t")).map_partitions(twice)
        assert "z" in found.columns
        assert found.z.sum().compute() == EXPECTED.z.sum()
        first = min((tmp_path / "t").glob("*.parquet"))
        DATA.reset_index(drop=True)[:6].assign(x=0).to_parquet(first, index=False)
        assert found.z.sum().compute() == EXPECTED.z[6:].sum()
