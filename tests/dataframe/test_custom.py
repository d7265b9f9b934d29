"""Functions over more than a partition, partitions as such, what is handed to others, and pictures."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

N = 20
DATA = pd.DataFrame(
    {"a": np.arange(N) * 7 % 10, "b": np.linspace(0, 1, N), "s": list("abcde") * 4}, index=np.arange(N) * 3
)
TIMES = DATA[["a", "b"]].set_axis(pd.date_range("2024-01-01", periods=N, freq="5h"))


@pytest.fixture
def df() -> dd.DataFrame:
    return dd.from_pandas(DATA, 4)


class TestMapOverlap:
    def test_rows(self, df):
        found = df.map_overlap(lambda rows: rows[["a", "b"]].rolling(4).sum(), 3, 0)
        assert_eq(found, DATA[["a", "b"]].rolling(4).sum())

    def test_both_sides_that_are_longer_than_a_partition(self):
        found = dd.map_overlap(lambda rows: rows.diff(8) - rows.diff(-9), dd.from_pandas(DATA.b, 7), 8, 9)
        assert_eq(found, DATA.b.diff(8) - DATA.b.diff(-9))

    def test_a_span_of_time(self):
        found = dd.from_pandas(TIMES, 5).map_overlap(lambda rows: rows.rolling("12h").max(), "12h", 0)
        assert_eq(found, TIMES.rolling("12h").max())

    def test_arguments(self, df):
        assert_eq(df.a.map_overlap(lambda rows, by, add: rows.shift(by) + add, 2, 0, 2, add=1), DATA.a.shift(2) + 1)

    def test_wrong_ones(self, df):
        with pytest.raises(ValueError, match="-1 rows of neighbours"):
            df.map_overlap(lambda rows: rows, -1, 0)
        with pytest.raises(TypeError, match="expected a number or a span"):
            df.map_overlap(lambda rows: rows, "soon", 0)
        with pytest.raises(ValueError, match="gave 1 rows for"):
            df.map_overlap(lambda rows: rows.iloc[:1], 1, 0).compute()


class TestReduction:
    def test_scalars(self, df):
        assert df.a.reduction(lambda x: x.sum(), aggregate=lambda x: x.max()).compute() <= DATA.a.sum()
        assert df.a.reduction(np.sum).compute() == DATA.a.sum()

    def test_rows(self, df):
        found = df[["a", "b"]].reduction(lambda x: x.sum(), aggregate=lambda rows: rows.sum())
        assert_eq(found.compute(), DATA[["a", "b"]].sum())

    def test_on_the_way(self, df):
        seen = []
        found = df.a.reduction(
            lambda x, by: x.sum() * by,
            combine=lambda x: seen.append(len(x)) or x.sum(),
            aggregate=lambda x: x.sum(),
            chunk_kwargs={"by": 2},
            meta=0,
        )
        assert found.compute(scheduler="synchronous") == 2 * DATA.a.sum()


def test_transform_sees_each_column_once(df):
    seen = []

    def centred(column):
        seen.append(len(column))
        return column - column.mean()

    assert_eq(df[["a", "b"]].transform(centred), DATA[["a", "b"]] - DATA[["a", "b"]].mean())
    assert set(seen) == {N}
    with pytest.raises(ValueError, match="Function did not transform"):
        df[["a"]].transform(lambda x: x.sum())


class TestPartitions:
    def test_shuffle(self, df):
        for found in (df.shuffle("s"), df.shuffle(["s"], npartitions=3), df.a.shuffle(df.s)):
            assert_eq(found.compute().sort_index(), DATA if found.ndim == 2 else DATA.a)
        parts = [set(part.compute().s) for part in df.shuffle("s").partitions[[0, 1, 2, 3]].to_delayed() and [
            df.shuffle("s").partitions[i] for i in range(4)]]  # fmt: skip
        assert sum(map(len, parts)) == 5
        assert df.shuffle(on_index=True, npartitions=2).npartitions == 2
        with pytest.raises(KeyError):
            df.shuffle("zz")
        with pytest.raises(TypeError, match="on="):
            df.shuffle()

    def test_random_split(self, df):
        parts = df.random_split([0.5, 0.3, 0.2], random_state=1)
        assert_eq(pd.concat([p.compute() for p in parts]).sort_index(), DATA)
        assert (
            df.random_split([0.5, 0.5], random_state=2)[0]
            .compute()
            .equals(df.random_split([0.5, 0.5], random_state=2)[0].compute())
        )
        with pytest.raises(ValueError, match="add up to 1"):
            df.random_split([0.5, 0.2])

    def test_sample(self, df):
        found = df.sample(n=6, random_state=3).compute()
        assert found.index.is_unique
        assert_eq(found, DATA.loc[found.index])
        assert len(df[df.a > 3].sample(n=2)) == 2
        with pytest.raises(ValueError, match="n="):
            df.sample()

    def test_divisions(self, df):
        unknown = df.clear_divisions()
        assert not unknown.known_divisions
        assert unknown.compute_current_divisions() == (0, 15, 30, 45, 57)
        assert_eq(unknown.compute_current_divisions(set_divisions=True), DATA)
        assert unknown.compute_current_divisions("b")[0] == 0
        assert_eq(df.enforce_runtime_divisions(), DATA)
        with pytest.raises(ValueError, match="rise"):
            unknown.compute_current_divisions("a")
        with pytest.raises(ValueError, match="not known"):
            unknown.enforce_runtime_divisions()

    def test_bytes(self, df):
        assert (
            df.memory_usage_per_partition(deep=True).sum().compute() >= DATA.memory_usage(deep=True, index=False).sum()
        )
        assert df.b.nbytes.compute() == DATA.b.nbytes


def test_approximations():
    data = pd.Series(np.arange(100_000) % 30_011)
    lazy = dd.from_pandas(data, 5)
    assert float(lazy.nunique_approx()) == pytest.approx(30_011, rel=0.03)
    assert float(lazy.to_frame("x").nunique_approx()) == pytest.approx(30_011, rel=0.03)
    assert float(lazy.median_approximate()) == data.median()


class TestHandedOver:
    def test_arrow(self, df):
        pa = pytest.importorskip("pyarrow")
        table = pa.table(df)
        assert table.column("a").num_chunks == 4
        assert_eq(table.to_pandas(), DATA.reset_index(drop=True))
        assert pa.table(df.a.to_frame()).to_pydict()["a"] == DATA.a.tolist()

    def test_arrow_of_a_series(self, df):
        pa = pytest.importorskip("pyarrow")
        assert pa.RecordBatchReader.from_stream(df.b.to_frame()).read_all().num_rows == N
        assert pa.chunked_array(df.b).to_pylist() == DATA.b.tolist()

    def test_text(self, df):
        assert df.to_string() == DATA.to_string()
        assert df.a.to_string() == DATA.a.to_string()
        assert df.to_html() == DATA.to_html()

    def test_style(self, df):
        with pytest.raises(NotImplementedError, match=r"head\(20\)"):
            _ = df.style

    def test_interchange(self, df):
        with pytest.warns():
            assert df[["a"]].__dataframe__().num_rows() == N

    def test_copies(self, df):
        twin = copy.copy(df)
        twin["a"] = 1
        assert_eq(df, DATA)
        assert_eq(copy.deepcopy(df), DATA)


class TestInPlace:
    def test_update(self, df):
        other = DATA[["b"]].where(DATA.a > 5) * 3
        expected = DATA.copy()
        expected.update(other)
        df.update(dd.from_pandas(other, 3))
        assert_eq(df, expected)

    def test_update_of_a_series(self, df):
        ours, theirs = df.b, DATA.b.copy()
        ours.update(pd.Series([5.0, None], index=[3, 6]))
        theirs.update(pd.Series([5.0, None], index=[3, 6]))
        assert_eq(ours, theirs)

    def test_pop(self, df):
        ours = df.a
        assert ours.pop(6) == DATA.a[6]
        del ours[9]
        assert_eq(ours, DATA.a.drop([6, 9]))

    @pytest.mark.parametrize(
        "labels", [np.arange(N), list(range(N)), pd.Index(range(N), name="n"), pd.Series(range(N))]
    )
    def test_another_index(self, df, labels):
        theirs = DATA.copy()
        df.index = labels
        theirs.index = labels
        assert_eq(df, theirs)

    def test_another_lazy_index(self, df):
        theirs = DATA.copy()
        df.index = df.index * 2
        theirs.index = theirs.index * 2
        assert_eq(df, theirs)
        assert_eq(df.set_axis(df.b), theirs.set_axis(theirs.b))
        with pytest.raises(ValueError, match="3 values by place for 20 rows"):
            dd.from_pandas(DATA, 4).index = [1, 2, 3]


class TestPictures:
    @pytest.fixture(autouse=True)
    def figure(self):
        matplotlib = pytest.importorskip("matplotlib")
        matplotlib.use("agg")
        import matplotlib.pyplot as plt

        yield plt
        plt.close("all")

    def heights(self, ax):
        return [patch.get_height() for patch in ax.patches]

    def test_hist(self, df, figure):
        expected = np.histogram(DATA.b, 10)[0]
        assert np.allclose(self.heights(df.b.plot.hist()), expected)
        figure.figure()
        assert np.allclose(self.heights(df.b.hist(bins=4)), np.histogram(DATA.b, 4)[0])

    def test_hist_of_columns(self, df):
        axes = df.hist(bins=5)
        assert np.allclose(self.heights(axes.ravel()[0]), np.histogram(DATA.a, 5)[0])
        both = df[["a", "b"]].plot(kind="hist", bins=[0, 1, 5, 10])
        assert len(self.heights(both)) == 6

    def test_box(self, df):
        ax = df[["a", "b"]].plot.box()
        assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]
        assert df.boxplot(column="b") is not None
        with pytest.raises(NotImplementedError, match="by="):
            df.boxplot(by="s")

    def test_scatter_takes_a_sample(self, df, monkeypatch):
        monkeypatch.setattr("minidask.dataframe.plotting.POINTS", 7)
        assert len(df.plot.scatter(x="a", y="b").collections[0].get_offsets()) == 7

    def test_lines_are_short(self, df, monkeypatch):
        assert len(df.groupby("a").b.mean().plot().lines[0].get_xdata()) == DATA.a.nunique()
        assert len(df.groupby("a").b.mean().plot.bar().patches) == DATA.a.nunique()
        monkeypatch.setattr("minidask.dataframe.plotting.ROWS", 7)
        with pytest.raises(ValueError, match="aggregate them first"):
            df.b.plot()
        with pytest.raises(ValueError, match="not a valid plot kind"):
            df.plot(kind="cake")


def test_names_of_pandas():
    assert dd.Timestamp is pd.Timestamp
    assert dd.NA is pd.NA
    assert "Grouper" in dir(dd)
    with pytest.raises(AttributeError, match="no attribute 'zz'"):
        _ = dd.zz
    assert_eq(dd.period_range("2024", periods=3, freq="M", npartitions=2), pd.period_range("2024", periods=3, freq="M"))
    assert dd.unique(pd.Series([1, 1])).tolist() == [1]
    assert dd.factorize(np.array([3, 3, 1]))[0].tolist() == [0, 0, 1]
    known = {"x": dd.from_pandas(DATA.a, 3), "k": 2}
    assert_eq(dd.eval("x * k + 1", local_dict=known), DATA.a * 2 + 1)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda d: d.drop(columns="zz"), KeyError, "zz"),
        (lambda d: d.drop(index=[1000]).compute(), KeyError, "1000"),
        (lambda d: d.a.drop(1000).compute(), KeyError, "1000"),
        (lambda d: d.filter(like="a", regex="b"), TypeError, "one of"),
        (lambda d: d.select("zz"), KeyError, "zz"),
        (lambda d: d[pd.col("zz") > 1], ValueError, "zz"),
        (lambda d: d.rolling(3)["zz"], KeyError, "zz"),
        (lambda d: d.rolling("2h"), ValueError, "window must be an integer"),
        (lambda d: d.rolling("2h", on="zz"), ValueError, "zz"),
        (lambda d: d.at_time("12:00"), TypeError, "DatetimeIndex"),
        (lambda d: d.corrwith(3), TypeError, "expected a DataFrame or Series"),
        (lambda d: d.a.align(3), TypeError, "expected a DataFrame or Series"),
        (lambda d: d.compare(d[["a"]]), ValueError, "same columns"),
        (lambda d: d.dot(pd.Series([1, 2])), ValueError, "not aligned"),
        (lambda d: d.a.str, AttributeError, "str"),
        (lambda d: d.a.list, AttributeError, "list"),
        (lambda d: d.index.year, AttributeError, "year"),
        (lambda d: np.matmul(d[["a"]], np.ones((1, 1))), NotImplementedError, "dot"),
    ],
)
def test_wrong_calls(df, ask, error, message):
    with pytest.raises(error, match=message):
        ask(df)
