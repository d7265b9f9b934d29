"""Parquet: the round trip, what is read, and bad files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask import config
from minidask.dataframe.io.parquet import ReadParquet
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

pytest.importorskip("pyarrow")


@pytest.fixture
def data() -> pd.DataFrame:
    n = 60
    return pd.DataFrame(
        {
            "i": np.arange(n),
            "f": np.where(np.arange(n) % 7 == 1, np.nan, np.arange(n) / 3),
            "s": pd.Series(["a", "b", None, "d"] * 15, dtype="str"),
            "t": pd.date_range("2024-01-01", periods=n, unit="us"),
            "g": np.arange(n) // 20,
        }
    )


@pytest.fixture
def folder(tmp_path: Path, data: pd.DataFrame) -> str:
    dd.from_pandas(data, 3).to_parquet(tmp_path / "data", row_group_size=5)
    return str(tmp_path / "data")


def sources(frame: Any) -> list[ReadParquet]:
    nodes = topological(optimize([frame.expr], until="needs"))
    return [node for node in nodes if isinstance(node, ReadParquet)]


def test_round_trip(folder: str, data: pd.DataFrame) -> None:
    assert_eq(dd.read_parquet(folder), data)
    assert_eq(dd.read_parquet(folder), pd.read_parquet(folder))
    assert dd.read_parquet(folder).npartitions == 3
    assert_eq(dd.read_parquet(f"{folder}/*.parquet"), data)


@pytest.mark.parametrize(
    "index", [pd.Index(list("abcdef"), name="k"), pd.Index([3, 1, 2, 3, 9, 8]), pd.RangeIndex(5, 11)]
)
def test_index_is_kept(tmp_path: Path, index: pd.Index) -> None:
    data = pd.DataFrame({"x": range(6)}, index=index)
    dd.from_pandas(data, 2, sort=False).to_parquet(tmp_path / "d")
    assert_eq(dd.read_parquet(tmp_path / "d"), data, check_index_type=False)
    dd.from_pandas(data, 2, sort=False).to_parquet(tmp_path / "n", write_index=False)
    assert_eq(dd.read_parquet(tmp_path / "n"), data.reset_index(drop=True))


SAME: dict[str, Callable[[Any], Any]] = {
    "column": lambda d: d.f,
    "filter": lambda d: d[d.i > 42],
    "filter of one column": lambda d: d[(d.i > 42) & (d.s == "a")].f,
    "sum of filter": lambda d: d[d.i < 3].f.sum(),
    "between filters": lambda d: d[d.i >= 10][lambda x: x.i < 12] if isinstance(d, pd.DataFrame) else narrowed(d),
    "assign": lambda d: d.assign(z=d.i * 2)[["z"]],
    "index": lambda d: d.index,
    "reset": lambda d: d[d.i > 30].reset_index(drop=True),
    "isin": lambda d: d[d.s.isin(["d"])][["i"]],
}


def narrowed(d: Any) -> Any:
    d = d[d.i >= 10]
    return d[d.i < 12]


@pytest.mark.parametrize("call", SAME.values(), ids=SAME)
def test_as_pandas(folder: str, data: pd.DataFrame, call: Callable[[Any], Any]) -> None:
    assert_eq(call(dd.read_parquet(folder)), call(data))


def test_only_needed_columns_are_read(folder: str) -> None:
    frame = dd.read_parquet(folder)
    (source,) = sources(frame[frame.i > 3].f.sum())
    assert source.columns == ("i", "f")
    assert not source.number
    (source,) = sources(frame.assign(z=frame.i + 1).z.max())
    assert source.columns == ("i",)
    (source,) = sources(frame.rename(columns={"f": "q"})[["q"]])
    assert source.columns == ("f",)
    (source,) = sources(frame)
    assert source.columns is None


def test_predicates_reach_the_source(folder: str) -> None:
    frame = dd.read_parquet(folder)
    (source,) = sources(frame[(frame.i > 50) & frame.s.isin(["a", "b"])].f.sum())
    assert [str(c) for c in source.pruning] == ["i > 50", "s in ('a', 'b')"]
    (source,) = sources(frame[frame.i > 50].f.sum() + frame.f.sum())
    assert source.pruning == ()
    (source,) = sources(frame[(frame.i > 50) | (frame.s == "a")].f)
    assert source.pruning == ()


def test_row_groups_without_wanted_rows_are_not_read(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as pq

    read: list[int] = []
    original = pq.ParquetFile.read_row_groups

    def spy(self: Any, groups: list[int], **kwargs: Any) -> Any:
        read.extend(groups)
        assert set(kwargs["columns"]) == {"i", "f"}
        return original(self, groups, **kwargs)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", spy)
    frame = dd.read_parquet(folder)
    assert frame[frame.i > 52].f.count().compute(scheduler="synchronous") == 6
    assert len(read) == 2


def test_length_is_in_the_footers(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as pq

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", None)
    frame = dd.read_parquet(folder)
    assert len(frame) == 60
    assert len(frame.assign(z=1).f) == 60


@pytest.mark.parametrize("count", [0, 1, 7, 12, 20, 60])
def test_only_the_first_rows_are_read(folder: str, data: pd.DataFrame, count: int) -> None:
    df = dd.read_parquet(folder)
    first = df.head(count, npartitions=-1, compute=False)
    assert [s.most for s in sources(first)] == [count or None]
    assert_eq(first, data.head(count))
    assert_eq(df[["s"]].assign(n=1).head(count, npartitions=-1), data[["s"]].assign(n=1).head(count))
    assert_eq(df.index.to_frame().head(count, npartitions=-1), data.index.to_frame().head(count))
    assert_eq(df[df.i > 25].head(count, npartitions=-1), data[data.i > 25].head(count))
    assert_eq(df.partitions[1].head(count), data[20:40].head(count))
    assert_eq(first.head(3).drop_duplicates("g"), data.head(count).head(3).drop_duplicates("g"))


def test_filters_leave_rows_out(folder: str, data: pd.DataFrame) -> None:
    assert_eq(dd.read_parquet(folder, filters=[("i", ">", 50)]), data[data.i > 50].reset_index(drop=True))
    found = dd.read_parquet(folder, filters=[[("i", "<", 3)], [("s", "==", "d"), ("g", "==", 2)]], columns=["f"])
    assert_eq(
        found, pd.read_parquet(folder, filters=[[("i", "<", 3)], [("s", "==", "d"), ("g", "==", 2)]], columns=["f"])
    )
    with pytest.raises(ValueError, match="filters"):
        dd.read_parquet(folder, filters=[("nope", "==", 1)])
    with pytest.raises(ValueError, match="no operator '~'; there are =="):
        dd.read_parquet(folder, filters=[("i", "~", 3)])


def test_row_groups_are_partitions(folder: str, data: pd.DataFrame) -> None:
    assert dd.read_parquet(folder, split_row_groups="adaptive", blocksize=1).npartitions == 12
    assert dd.read_parquet(folder, split_row_groups="adaptive", blocksize=None).npartitions == 3
    found = dd.read_parquet(folder, split_row_groups=2)
    assert found.npartitions == 6
    assert_eq(found, data)
    assert len(found) == 60
    assert dd.read_parquet(folder, split_row_groups=True).npartitions == 12
    with pytest.raises(ValueError, match="split_row_groups='all': expected"):
        dd.read_parquet(folder, split_row_groups="all")


def test_hive_partitions(tmp_path: Path, data: pd.DataFrame) -> None:
    dd.from_pandas(data, 4).to_parquet(tmp_path / "h", partition_on=["g"])
    assert sorted(p.name for p in (tmp_path / "h").iterdir()) == ["g=0", "g=1", "g=2"]
    found = dd.read_parquet(tmp_path / "h")
    theirs = pd.read_parquet(tmp_path / "h")
    assert_eq(found.g.astype("int64"), theirs.g.astype("int64"))
    assert found.g.dtype == "category"
    assert_eq(found[["i", "f"]].sum(), theirs[["i", "f"]].sum())
    filtered = dd.read_parquet(tmp_path / "h", filters=[("g", "==", 1)])
    assert_eq(filtered.i.sum(), data.i[data.g == 1].sum())


def test_index_argument(folder: str, data: pd.DataFrame) -> None:
    assert_eq(dd.read_parquet(folder, index="i").compute(), data.set_index("i"))
    assert_eq(dd.read_parquet(folder, columns="f"), data.f)
    dd.from_pandas(data.set_index("i"), 2).to_parquet(f"{folder}-indexed")
    assert_eq(dd.read_parquet(f"{folder}-indexed", index=False), data)


def test_overwrite_and_append(folder: str, data: pd.DataFrame) -> None:
    frame = dd.from_pandas(data, 2)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        frame.to_parquet(folder)
    dd.read_parquet(folder).assign(i=lambda d: d.i + 1).to_parquet(folder, overwrite=True)
    assert_eq(dd.read_parquet(folder), data.assign(i=data.i + 1))
    frame.to_parquet(folder, append=True)
    assert_eq(dd.read_parquet(folder), pd.concat([data.assign(i=data.i + 1), data], ignore_index=True))


def test_a_failed_write_leaves_what_was_there(folder: str, data: pd.DataFrame) -> None:
    def fail(block: pd.DataFrame) -> pd.DataFrame:
        if block.i.max() > 50:
            raise RuntimeError("broken")
        return block

    with pytest.raises(RuntimeError, match="broken"):
        dd.read_parquet(folder).map_partitions(fail).to_parquet(folder, overwrite=True)
    assert_eq(dd.read_parquet(folder), data)


def test_empty_partitions_have_no_file(tmp_path: Path, data: pd.DataFrame) -> None:
    frame = dd.from_pandas(data, 3)
    frame[frame.i > 50].to_parquet(tmp_path / "some")
    assert len(list((tmp_path / "some").iterdir())) == 1
    frame[frame.i > 99].to_parquet(tmp_path / "none")
    assert_eq(dd.read_parquet(tmp_path / "none").dtypes, data.dtypes)
    assert len(dd.read_parquet(tmp_path / "none")) == 0


def test_lazily(tmp_path: Path, data: pd.DataFrame) -> None:
    later = dd.from_pandas(data, 2).to_parquet(tmp_path / "x", compute=False)
    assert not (tmp_path / "x").exists()
    later.compute()
    assert_eq(dd.read_parquet(tmp_path / "x"), data)


def test_bad_files(tmp_path: Path, folder: str) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"no parquet at all")
    with pytest.raises(ValueError, match=r"bad\.parquet is not a Parquet file"):
        dd.read_parquet(tmp_path / "bad.parquet")
    with pytest.raises(FileNotFoundError):
        dd.read_parquet(tmp_path / "nothing")
    with pytest.raises(ValueError, match="no column 'nope'"):
        dd.read_parquet(folder, columns=["nope"])
    other = pd.DataFrame({"i": ["text"], "f": [1.0], "s": ["a"], "t": [pd.Timestamp(0)], "g": [1]})
    other.to_parquet(f"{folder}/zzz.parquet")
    with pytest.raises(ValueError, match=r"column 'i' is large_string in .*zzz\.parquet, but int64 in .*part\.0"):
        dd.read_parquet(folder)


@pytest.mark.parametrize("labels", [range(12), pd.date_range("2024", periods=12), list("abcdefghijkl")], ids=str)
def test_divisions_of_the_statistics(tmp_path: Path, labels: Any) -> None:
    data = pd.DataFrame({"x": range(12)}, index=pd.Index(list(labels), name="key"))
    lazy = dd.from_pandas(data, 3)
    lazy.to_parquet(tmp_path / "d")
    found = dd.read_parquet(tmp_path / "d", calculate_divisions=True)
    assert found.divisions == lazy.divisions
    assert_eq(found, data)
    assert_eq(found.loc[labels[5] : labels[9]], data.loc[labels[5] : labels[9]])
    assert not dd.read_parquet(tmp_path / "d").known_divisions
    dd.from_pandas(data[::-1], 1, sort=False).to_parquet(tmp_path / "e")
    with pytest.raises(ValueError, match="does not increase"):
        dd.read_parquet(tmp_path / "e", calculate_divisions=True).compute()


@pytest.mark.parametrize("columns", [[3, 1, 2], pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])])
def test_columns_whose_labels_are_no_strings(tmp_path: Path, columns: Any) -> None:
    data = pd.DataFrame([[1, "a", 0.5], [2, "b", 1.5], [3, "c", 2.5]], columns=columns, index=list("xyz"))
    dd.from_pandas(data, 2).to_parquet(tmp_path / "ours")
    data.to_parquet(tmp_path / "theirs.parquet")
    first, _, last = data.columns
    for path in (tmp_path / "ours", tmp_path / "theirs.parquet"):
        frame = dd.read_parquet(path)
        pd.testing.assert_frame_equal(frame.compute(), pd.read_parquet(path))
        assert frame[last].sum().compute() == 4.5
        found = dd.read_parquet(path, filters=[(first, ">", 1)], columns=[last]).compute()
        assert found[last].tolist() == [1.5, 2.5]
        assert frame[frame[first] > 1].compute().index.tolist() == ["y", "z"]


def test_divisions_of_an_index_without_a_name(tmp_path: Path) -> None:
    data = pd.DataFrame({"a": range(6)}, index=list("uvwxyz"))
    dd.from_pandas(data, 2).to_parquet(tmp_path / "d")
    frame = dd.read_parquet(tmp_path / "d", calculate_divisions=True)
    assert frame.divisions == ("u", "x", "z")
    assert_eq(frame.loc["v":"x"], data.loc["v":"x"])


def test_divisions_of_an_index_that_counts_the_rows(tmp_path: Path) -> None:
    data = pd.DataFrame({"a": range(10), "b": list("abcdefghij")})
    dd.from_pandas(data, 3).to_parquet(tmp_path / "d")
    frame = dd.read_parquet(tmp_path / "d", calculate_divisions=True)
    assert frame.divisions == (0, 3, 6, 9)
    assert_eq(frame, data)
    assert_eq(frame.loc[2:6], data.loc[2:6])
    assert_eq(frame.a.sum(), data.a.sum())
    some = dd.read_parquet(tmp_path / "d", calculate_divisions=True, filters=[("a", ">", 3)])
    assert not some.known_divisions
    assert some.a.compute().tolist() == [4, 5, 6, 7, 8, 9]


def test_filters_are_a_list(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(TypeError, match=r"filters: expected a list of \(column, operator, value\), got a str"):
        dd.read_parquet(tmp_path / "a.parquet", filters="a > 2")


EXPRESSIONS: dict[str, Any] = {
    "numbers": lambda pc: pc.field("i") > 50,
    "text": lambda pc: pc.field("s").isin(["a", "d"]) & ~(pc.field("i") < 5),
    "missing": lambda pc: pc.field("f").is_null() | (pc.field("f") > 3),
    "functions": lambda pc: pc.starts_with(pc.field("s"), "b"),
    "partitions": lambda pc: (pc.field("g") == 2) & (pc.field("i") > 3),
    "nothing": lambda pc: pc.field("i") > 1_000_000,
}


@pytest.mark.parametrize("case", EXPRESSIONS)
@pytest.mark.parametrize("columns", [None, ["f"], ["s", "i"]])
def test_expressions_of_arrow(folder: str, case: str, columns: list[str] | None) -> None:
    expression = EXPRESSIONS[case](pytest.importorskip("pyarrow.compute"))
    found = dd.read_parquet(folder, filters=expression, columns=columns)
    assert_eq(found, pd.read_parquet(folder, filters=expression, columns=columns))


def test_expressions_of_arrow_that_cannot_be_told(folder: str) -> None:
    pc = pytest.importorskip("pyarrow.compute")
    for wrong in (pc.field("nope") > 1, pc.field("s") + pc.field("i") > 1):
        with pytest.raises(ValueError, match=r"filters: .* cannot be told of the columns"):
            dd.read_parquet(folder, filters=wrong)


def _in_order(tmp_path, **columns):
    """Two files of five rows, of which the key increases."""
    data = pd.DataFrame({"k": np.arange(10), "x": 1.5, "t": pd.date_range("2026", periods=10, freq="s")}).assign(
        **columns
    )
    for i in range(2):
        data.iloc[5 * i : 5 * i + 5].to_parquet(tmp_path / f"{i}.parquet", index=False)
    return data, dd.read_parquet(tmp_path)


def _refuse(*args, **options):
    raise AssertionError("something is computed")


@pytest.mark.parametrize("key", ["k", "t"])
def test_statistics_tell_the_divisions_of_a_column_in_order(tmp_path, key):
    data, df = _in_order(tmp_path)
    with config.set(scheduler=_refuse):
        found = df[["t", "x", "k"]].set_index(key, sorted=True)
    assert found.divisions == (*data[key].iloc[[0, 5, 9]],)
    assert_eq(found, data[["t", "x", "k"]].set_index(key))


def test_a_column_out_of_order_within_a_file_is_an_error_when_it_is_read(tmp_path):
    _, df = _in_order(tmp_path, k=[0, 2, 1, 3, 4, *range(5, 10)])
    found = df.set_index("k", sorted=True)
    with pytest.raises(ValueError, match=r"from 0 to 4 are not within \(0, 5\), or do not increase: omit sorted=True"):
        found.x.compute()
    assert found.x.sum().compute() == 15.0  # which does not depend on labels


def test_statistics_tell_no_divisions_where_rows_are_left_out(tmp_path):
    data, _ = _in_order(tmp_path)
    df = dd.read_parquet(tmp_path, filters=[("k", ">", 6)])
    assert df.set_index("k", sorted=True).divisions == (7, 9)
    assert_eq(df.set_index("k", sorted=True), data[data.k > 6].set_index("k"))


def test_blocks_may_be_written_to(tmp_path):
    frame = pd.DataFrame(
        {"i": [1, 2, 3], "f": [0.5, 1.5, 2.5], "t": pd.to_datetime(["2024", "2025", "2026"]), "s": "x"}
    )
    frame.to_parquet(tmp_path / "a.parquet")

    def changed(block):
        block.loc[block.i > 1, "f"] = 0.0
        block.iloc[0, 0] = 7
        block["t"] += pd.Timedelta("1D")
        return block

    lazy = dd.read_parquet(tmp_path / "a.parquet")
    assert_eq(lazy.map_partitions(changed), changed(frame.copy()))
    found = lazy.compute()
    found.loc[0, ["i", "f"]] = 9
    assert found.f.tolist() == [9, 1.5, 2.5]
    assert_eq(lazy, frame)
