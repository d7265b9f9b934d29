"""Databases: SQLite in a file, and PostgreSQL where a server can be started."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.io.parts import ReadParts
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

sa = pytest.importorskip("sqlalchemy")

N = 40
DATA = pd.DataFrame(
    {
        "i": np.arange(N) % 7,
        "f": np.where(np.arange(N) % 5 == 0, np.nan, np.arange(N) / 4),
        "s": pd.Series(["x:y", "ü%", None, "it's"] * 10, dtype="str"),
        "t": pd.date_range("2024-01-01", periods=N, freq="7h", unit="us"),
        "late": pd.Series([None] * 20 + ["z"] * 20, dtype="str"),
    }
).set_axis(pd.Index(np.arange(N) * 3, name="k"))


def find(name: str) -> str | None:
    folders = [str(p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URI of a server of its own, that only listens to a socket in its folder."""
    pytest.importorskip("psycopg2", reason="the driver of PostgreSQL is not installed")
    initdb, pg_ctl = find("initdb"), find("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        user = {"user": "nobody"} if os.getuid() == 0 else {}  # the server refuses to run for root
        if user:
            shutil.chown(folder, "nobody")
        run: Any = {"check": True, "capture_output": True, "timeout": 50, "cwd": folder, **user}
        try:
            subprocess.run([initdb, "-D", f"{folder}/data", "-U", "test", "-A", "trust", "-N", "-E", "UTF8"], **run)
            options = f"-k {folder} -c listen_addresses='' -c fsync=off"
            start = [pg_ctl, "-D", f"{folder}/data", "-o", options, "-w", "-l", f"{folder}/log", "start"]
            subprocess.run(start, **{**run, "capture_output": False, "stdout": subprocess.DEVNULL})
        except (subprocess.SubprocessError, PermissionError) as error:
            pytest.skip(f"PostgreSQL does not start: {error}")
        yield f"postgresql+psycopg2://test@/postgres?host={folder}"
        subprocess.run([pg_ctl, "-D", f"{folder}/data", "-m", "immediate", "stop"], **run)


@pytest.fixture(params=["sqlite", "postgres"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with `DATA` in the table `data`."""
    uri = f"sqlite:///{tmp_path}/test.db" if request.param == "sqlite" else request.getfixturevalue("postgres")
    engine = sa.create_engine(uri)
    with engine.begin() as connection:
        DATA.to_sql("data", connection, if_exists="replace")
        for name in ("out", "other"):
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {name}"))
    engine.dispose()
    return str(uri)


def tables(uri: str) -> list[str]:
    engine = sa.create_engine(uri)
    found = sa.inspect(engine).get_table_names()
    engine.dispose()
    return sorted(found)


def whole(uri: str, query: str, **kwargs: Any) -> pd.DataFrame:
    engine = sa.create_engine(uri)
    with engine.connect() as connection:
        found = pd.read_sql(sa.text(query), connection, **kwargs)
    engine.dispose()
    return found


@pytest.mark.parametrize("npartitions", [1, 7])
def test_table(uri: str, npartitions: int) -> None:
    found = dd.read_sql_table("data", uri, "k", npartitions=npartitions)
    assert found.npartitions == npartitions
    assert found.divisions[::npartitions] == (0, 3 * N - 3)
    assert_eq(found, DATA)


def test_by_other_labels(uri: str) -> None:
    for label in ("t", "f", "late"):
        there = f"select * from data where {label} is not null"
        found = dd.read_sql_query(there, uri, label, npartitions=3)
        expected = whole(uri, there, index_col=label)
        assert found.known_divisions
        assert found.npartitions == (3 if label != "late" else found.npartitions)
        computed = found.compute()
        assert computed.index.is_monotonic_increasing
        assert computed.k.sort_values().tolist() == expected.k.sort_values().tolist()
    assert dd.read_sql_table("data", uri, "i", npartitions=3).compute().index.tolist() == sorted(DATA.i)


def test_text_falls_into_parts_of_as_many_rows(uri: str) -> None:
    query = "select 'n' || (k + 1000) as name, f from data"
    found = dd.read_sql_query(query, uri, "name", npartitions=4)
    assert found.map_partitions(len).compute().tolist() == [10] * 4
    assert_eq(found, whole(uri, query, index_col="name").sort_index())


def test_divisions_limits_and_bytes(uri: str) -> None:
    assert_eq(dd.read_sql_table("data", uri, "k", divisions=[0, 30, 60, 200]), DATA)
    assert_eq(dd.read_sql_table("data", uri, "k", limits=(9, 60), npartitions=3), DATA.loc[9:60])
    assert dd.read_sql_table("data", uri, "k", bytes_per_chunk=500).npartitions > 3
    with pytest.raises(ValueError, match="divisions"):
        dd.read_sql_table("data", uri, "k", divisions=[5, 1])


def test_types_are_those_of_all_rows(uri: str) -> None:
    query = "select k, case when k > 60 then null else k end as n from data"
    found = dd.read_sql_query(query, uri, "k", npartitions=3)
    assert found.n.dtype == "float64"
    assert_eq(found, whole(uri, query, index_col="k"))


def test_only_columns_that_are_needed(uri: str) -> None:
    found = dd.read_sql_table("data", uri, "k", npartitions=2)
    (source,) = (n for n in topological(optimize([found.i.sum().expr], until="needs")) if isinstance(n, ReadParts))
    assert source.columns == ("i",)
    assert found.i.sum().compute() == DATA.i.sum()
    assert len(found) == N
    assert_eq(dd.read_sql_table("data", uri, "k", columns=["s", "i"]), DATA[["s", "i"]])


def test_without_an_index(uri: str) -> None:
    assert_eq(dd.read_sql("data", uri), DATA.reset_index())
    assert_eq(
        dd.read_sql("select i from data where s = 'x:y'", uri), whole(uri, "select i from data where s = 'x\\:y'")
    )


def test_expressions_of_sqlalchemy(uri: str) -> None:
    table = sa.table("data", *map(sa.column, ("k", "i", "f")))
    found = dd.read_sql_query(sa.select(table.c.k, table.c.f).where(table.c.i > 3), uri, "k", npartitions=2)
    assert_eq(found, DATA.loc[DATA.i > 3, ["f"]])


def of_sqlalchemy() -> list[Any]:
    """Queries of a table, with values."""
    data = sa.table("data", sa.column("k"), sa.column("i"), sa.column("s"))
    low, of = sa.bindparam("low", 9), sa.bindparam("of", value=[3, 6, 9], expanding=True)
    day = sa.bindparam("day", dt.datetime(2024, 1, 1, 6), sa.DateTime)
    return [
        sa.text("select k, i from data where k > :low").bindparams(low=9),
        sa.text(r"select k, '\:low' as s from data where k in :of; -- all").bindparams(of),
        sa.text("select k, i from data where t > :day").bindparams(day),
        sa.select(data).where(data.c.k > low).order_by(data.c.k).limit(5),
        sa.select(data).where(data.c.k.in_([3, 6, 9]), data.c.s != "%:"),
        sa.select(data.c.k, sa.literal(b"a:b").label("b")),
    ]


@pytest.mark.parametrize("i", range(6))
@pytest.mark.parametrize("index", [None, "k"])
def test_values_in_expressions(uri: str, i: int, index: str | None) -> None:
    sql = of_sqlalchemy()[i]
    engine = sa.create_engine(uri)
    with engine.connect() as connection:
        expected = pd.read_sql(sql, connection, index_col=index)
    engine.dispose()
    assert len(expected)
    assert_eq(dd.read_sql_query(sql, uri, index, npartitions=2 if index else None), expected)


def test_values_for_expressions(uri: str) -> None:
    text = sa.text("select k from data where k > :low and k < :high").bindparams(high=30)
    expected = DATA.loc[12:27].reset_index()[["k"]]
    assert_eq(dd.read_sql(text, uri, params={"low": 9}), expected)
    k = sa.column("k")
    chosen = sa.select(k).select_from(sa.table("data")).where(k > sa.bindparam("low"), k < 30)
    assert_eq(dd.read_sql(chosen, uri, params={"low": 9}), expected)
    for sql in (text, chosen):
        with pytest.raises(ValueError, match="params: A value is required for bind parameter 'low'"):
            dd.read_sql(sql, uri)
        with pytest.raises(TypeError, match="pass a dict"):
            dd.read_sql(sql, uri, params=[9])


def test_what_is_no_parameter(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/a.db"
    pd.DataFrame({"k": [1, 2, 3], "a?b": [4, 5, 6], "a:b": [7, 8, 9]}).to_sql("odd", uri, index=False)
    for query, params in {
        "select k, `a?b`, \"a?b\" as c, '?' as d from odd where k > ?": (1,),
        "select k, [a?b], [a:b] from odd where k > ? /* what? */; -- ?": (1,),
        "select k, [a?b], [a:b] from odd where k > :low -- :c": {"low": 1},
    }.items():
        found = dd.read_sql_query(query, uri, params=params)
        assert_eq(found, pd.read_sql_query(query, f"{uri}", params=params))


@pytest.mark.parametrize(
    "query",
    ["select k from data; -- done", "select k /* a; b */ from data ; /* c; */\n-- d", "select ';--' s from data;"],
)
def test_what_comes_after_a_query(uri: str, query: str) -> None:
    assert_eq(dd.read_sql(query, uri), whole(uri, query))


def test_columns_of_the_index(uri: str) -> None:
    assert_eq(dd.read_sql_table("data", uri, ["k"], npartitions=3), DATA)
    expected = DATA.reset_index().set_index(["k", "s"])
    assert_eq(dd.read_sql_table("data", uri, ["k", "s"]), expected)
    assert_eq(dd.read_sql_table("data", uri, ["k", "s"], columns=["i"]), expected[["i"]])
    with pytest.raises(ValueError, match="ranges of one column"):
        dd.read_sql_table("data", uri, ["k", "s"], npartitions=3)
    with pytest.raises(KeyError, match="there is no column 'z'"):
        dd.read_sql_table("data", uri, ["k", "z"])


def test_parameters(uri: str) -> None:
    kept = DATA.loc[(DATA.i > 2) & (DATA.s == "x:y"), ["i", "s"]]
    text = "select k, i, s, ':i %%' as c from data where i > {} and s = {} -- ':i ? %s"
    expected = kept.assign(c=":i %")
    for marks in [("?", "?"), ("%s", "%s")]:
        found = dd.read_sql_query(text.format(*marks), uri, "k", npartitions=3, params=(2, "x:y"))
        assert_eq(found[["i", "s"]], kept)
    for marks in [(":least", ":s"), ("%(least)s", "%(s)s")]:
        found = dd.read_sql_query(text.format(*marks), uri, "k", npartitions=3, params={"least": 2, "s": "x:y"})
        assert_eq(found[["i", "s"]], expected[["i", "s"]])
    told = sa.text("select k, i from data where i = :one;")
    assert_eq(dd.read_sql(told, uri, "k", params={"one": 1}), DATA.loc[DATA.i == 1, ["i"]])
    table = sa.table("data", sa.column("k"), sa.column("i", sa.Integer))
    chosen = sa.select(table).where(table.c.i == sa.bindparam("one"))
    assert_eq(dd.read_sql(chosen, uri, "k", params={"one": 1}), DATA.loc[DATA.i == 1, ["i"]])
    with pytest.raises(TypeError, match=r"params='a': expected a dict"):
        dd.read_sql_query(text.format("?", "?"), uri, "k", params="a")
    with pytest.raises(ValueError, match=r"params has 1 values, and the query has 2 parameters"):
        dd.read_sql_query(text.format("?", "?"), uri, "k", params=[2])
    with pytest.raises(ValueError, match=r"params names \['a'\], and the query names \['b'\]"):
        dd.read_sql_query("select i from data where i > :b", uri, params={"a": 2})
    with pytest.raises(TypeError, match="sql: expected the text of a query"):
        dd.read_sql_query(3, uri)


QUERY = "select k, i, f, cast(i + 2000 as varchar(9)) || '-03-01' as day, i * 86400 as since from data"
OF_VALUES: dict[str, dict[str, Any]] = {
    "dates": {"parse_dates": ["day"]},
    "dates of a format": {"parse_dates": {"day": "%Y-%d-%m"}},
    "dates of numbers": {"parse_dates": {"since": {"unit": "s"}, "day": {"errors": "coerce"}}},
    "dtypes": {"dtype": {"i": "float32", "day": "category", "since": "Int64"}},
    "a dtype": {"dtype": "str"},
    "a backend": {"dtype_backend": "numpy_nullable"},
    "dtypes and dates": {"dtype": {"f": "float32"}, "parse_dates": ["day"], "coerce_float": False},
}


@pytest.mark.parametrize("told", OF_VALUES.values(), ids=OF_VALUES)
@pytest.mark.parametrize("index", [None, "k"])
def test_what_values_become(uri: str, told: dict[str, Any], index: str | None) -> None:
    options = {} if index is None else {"npartitions": 3}
    found = dd.read_sql_query(QUERY, uri, index, **options, **told)
    expected = whole(uri, QUERY, index_col=index, **told)
    computed = found.compute()
    pd.testing.assert_frame_equal(computed.sort_index(), expected.sort_index())  # by labels as text, if told so
    if "category" not in str(told):
        assert found.dtypes.equals(expected.dtypes)


def test_dates_of_a_table_and_of_labels(uri: str) -> None:
    found = dd.read_sql_table("data", uri, "k", npartitions=2, parse_dates={"f": {"unit": "s"}})
    expected = DATA.assign(f=pd.to_datetime(DATA.f, unit="s"))
    assert_eq(found[["f"]], expected[["f"]])
    by_day = dd.read_sql_query(QUERY, uri, "day", npartitions=3, parse_dates=["day"])
    assert not by_day.known_divisions
    labels = whole(uri, QUERY, index_col="day", parse_dates=["day"]).index.sort_values()
    pd.testing.assert_index_equal(by_day.compute().index, labels)
    with pytest.raises(KeyError, match="no column 'no'"):
        dd.read_sql_query(QUERY, uri, dtype={"no": "int64"})
    with pytest.raises(NotImplementedError, match="chunksize=3"):
        dd.read_sql_query(QUERY, uri, chunksize=3)


def test_meta(uri: str) -> None:
    meta = pd.DataFrame({"i": pd.Series(dtype="float32")}, index=pd.Index([], dtype="int64", name="k"))
    assert_eq(dd.read_sql_table("data", uri, "k", meta=meta), DATA[["i"]].astype("float32"))


def test_processes(uri: str) -> None:
    assert_eq(dd.read_sql_table("data", uri, "k", npartitions=2).f.sum().compute(scheduler="processes"), DATA.f.sum())


def test_bad_arguments(uri: str) -> None:
    with pytest.raises(ValueError, match="no table 'none'"):
        dd.read_sql_table("none", uri, "k")
    with pytest.raises(KeyError, match="no column 'zz'"):
        dd.read_sql_table("data", uri, "zz")
    with pytest.raises(KeyError, match="no column 'zz'"):
        dd.read_sql_table("data", uri, "k", columns=["zz"])
    with pytest.raises(TypeError, match="con: expected the URI"):
        dd.read_sql_table("data", sa, "k")
    with pytest.raises(ValueError, match="refuses the query"):
        dd.read_sql_query("selec", uri, "k")
    with pytest.raises(ValueError, match="10 of 40 rows have no label"):
        dd.read_sql_table("data", uri, "s", npartitions=2)
    with pytest.raises(ValueError, match="several partitions are ranges"):
        dd.read_sql_table("data", uri, npartitions=2)


@pytest.mark.parametrize("parallel", [False, True])
def test_writing(uri: str, parallel: bool) -> None:
    if parallel and uri.startswith("sqlite"):
        uri += "?timeout=60"
    assert dd.from_pandas(DATA, 3).to_sql("out", uri, parallel=parallel) == N
    assert_eq(dd.read_sql_table("out", uri, "k"), DATA)
    assert tables(uri) == ["data", "out"]


def test_if_exists(uri: str) -> None:
    frame = dd.from_pandas(DATA[["i", "f"]], 3)
    frame.to_sql("out", uri)
    with pytest.raises(ValueError, match="there is a table 'out' already"):
        frame.to_sql("out", uri)
    assert frame.to_sql("out", uri, if_exists="append") == N
    assert len(whole(uri, "select * from out")) == 2 * N
    assert frame[["i"]].to_sql("out", uri, if_exists="replace", index=False) == N
    assert whole(uri, "select * from out").i.tolist() == DATA.i.tolist()
    assert tables(uri) == ["data", "out"]
    with pytest.raises(ValueError, match="if_exists='no'"):
        frame.to_sql("out", uri, if_exists="no")


@pytest.mark.parametrize("if_exists", ["fail", "append", "replace"])
def test_a_failed_write_leaves_the_old_rows(uri: str, if_exists: str) -> None:
    if if_exists != "fail":
        dd.from_pandas(DATA[["i"]].head(4)).to_sql("out", uri)

    def fail(block: pd.DataFrame, last: int) -> pd.DataFrame:
        if block.index[-1] == last:
            raise RuntimeError("no")
        return block

    frame = dd.from_pandas(DATA[["i"]], 3).map_partitions(fail, DATA.index[-1], meta=DATA[["i"]])
    with pytest.raises(RuntimeError, match="no"):
        frame.to_sql("out", uri, if_exists=if_exists)
    assert tables(uri) == (["data"] if if_exists == "fail" else ["data", "out"])
    if if_exists != "fail":
        assert len(whole(uri, "select * from out")) == 4


def test_columns_that_the_table_lacks(uri: str) -> None:
    dd.from_pandas(DATA[["i"]]).to_sql("out", uri)
    with pytest.raises(Exception, match=re.compile("column", re.I)):
        dd.from_pandas(DATA[["f"]]).to_sql("out", uri, if_exists="append")
    assert len(whole(uri, "select * from out")) == N
    assert tables(uri) == ["data", "out"]


def test_lazy_writing_and_series(uri: str) -> None:
    written = dd.from_pandas(DATA.i, 2).to_sql("out", uri, compute=False)
    assert tables(uri) == ["data"]
    assert written.compute() == N
    assert_eq(dd.read_sql_table("out", uri, "k").i, DATA.i)
