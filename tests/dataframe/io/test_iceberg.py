"""Tables of Apache Iceberg, held to pandas' own reading and writing of them."""

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

catalogs = pytest.importorskip("pyiceberg.catalog", reason="pyiceberg is not installed")

DATA = pd.DataFrame(
    {
        "n": np.arange(10),
        "few": pd.Series([1, None] * 5, dtype="float64"),
        "text": list("abcdefghij"),
        "time": pd.date_range("2026", periods=10).as_unit("us"),
        "flag": [True, False] * 5,
    }
)


@pytest.fixture
def where(tmp_path, monkeypatch):
    """Arguments for a catalog in a folder, with a namespace; those that pandas opens are closed in the end."""
    opened, load = [], catalogs.load_catalog

    def recorded(*args, **kwargs):
        opened.append(load(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(catalogs, "load_catalog", recorded)
    properties = {"uri": f"sqlite:///{tmp_path}/catalog.db", "warehouse": f"file://{tmp_path}/house"}
    catalogs.load_catalog("here", **properties).create_namespace("space")
    yield {"catalog_name": "here", "catalog_properties": properties}
    for catalog in opened:
        catalog.close()


@pytest.fixture
def two_files(where):
    """A table of two files, in one of which whole numbers are missing."""
    DATA.to_iceberg("space.table", append=True, **where)
    DATA.assign(few=1.5, n=DATA.n + 10).to_iceberg("space.table", append=True, **where)
    return where


def _read(where, **options):
    return dd.read_iceberg("space.table", **where, **options), pd.read_iceberg("space.table", **where, **options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"columns": ["text", "n"]},
        {"row_filter": "n > 12"},
        {"row_filter": "N > 12", "case_sensitive": False},
        {"row_filter": "n > 100"},
        {"limit": 12, "columns": ["flag"]},
        {"limit": 0},
    ],
)
def test_a_table_is_read_as_pandas_reads_it(two_files, options):
    ours, theirs = _read(two_files, **options)
    assert_eq(ours, theirs)


def test_each_file_is_a_partition_of_which_only_needed_columns_are_read(two_files):
    found = dd.read_iceberg("space.table", **two_files)
    assert found.npartitions == 2
    assert len(found) == 20
    assert found[found.n > 17].text.compute(scheduler="processes").tolist() == ["i", "j"]
    assert "text" not in str(found.n.sum().optimize().explain())


def test_earlier_states_and_deleted_rows(two_files):
    table = catalogs.load_catalog("here", **two_files["catalog_properties"]).load_table("space.table")
    first = table.snapshots()[0].snapshot_id
    table.delete("n == 3")
    ours, theirs = _read(two_files)
    assert_eq(ours.sort_values("n", ignore_index=True), theirs.sort_values("n", ignore_index=True))
    assert_eq(*_read(two_files, snapshot_id=first))
    with pytest.raises(ValueError, match="snapshot_id=1: the table has the snapshots"):
        dd.read_iceberg("space.table", snapshot_id=1, **two_files)


@pytest.mark.parametrize("scheduler", ["threads", "processes", "synchronous"])
def test_a_frame_is_written_in_one_commit(where, scheduler):
    frame = dd.from_pandas(DATA, npartitions=3)
    options = {"scheduler": scheduler}
    frame.to_iceberg("space.table", compute_kwargs=options, snapshot_properties={"by": "us"}, **where)
    assert_eq(pd.read_iceberg("space.table", **where).sort_values("n", ignore_index=True), DATA)
    frame.to_iceberg("space.table", append=True, compute_kwargs=options, **where)
    assert len(pd.read_iceberg("space.table", **where)) == 20
    frame[frame.n < 2].to_iceberg("space.table", compute_kwargs=options, **where)
    assert_eq(pd.read_iceberg("space.table", **where).sort_values("n", ignore_index=True), DATA[:2])
    table = catalogs.load_catalog("here", **where["catalog_properties"]).load_table("space.table")
    assert table.snapshots()[0].summary["by"] == "us"


def test_what_is_finished_twice_is_committed_once(where):
    write = dd.from_pandas(DATA, npartitions=2).to_iceberg("space.table", append=True, compute=False, **where)
    write.compute()
    write.compute()  # as after the worker is lost that had finished it
    assert len(pd.read_iceberg("space.table", **where)) == 10
    dd.from_pandas(DATA, npartitions=2).to_iceberg("space.table", append=True, **where)
    assert len(pd.read_iceberg("space.table", **where)) == 20


def test_a_failed_write_leaves_the_rows_that_were_there(two_files):
    def fail(part):
        raise RuntimeError("no")

    frame = dd.from_pandas(DATA, npartitions=2).map_partitions(fail, meta=DATA.head(0))
    with pytest.raises(RuntimeError, match="no"):
        frame.to_iceberg("space.table", **two_files)
    assert len(dd.read_iceberg("space.table", **two_files)) == 20


def test_the_index_is_written_where_it_is_more_than_numbers(where):
    named = DATA.set_index("text")
    dd.from_pandas(named, npartitions=2).to_iceberg("space.table", **where)
    found = pd.read_iceberg("space.table", **where)
    assert_eq(found.sort_values("n", ignore_index=True)[["n", "text"]], DATA[["n", "text"]])


def test_what_cannot_be_is_told_at_the_call(two_files):
    with pytest.raises(ValueError, match="limit=-1"):
        dd.read_iceberg("space.table", limit=-1, **two_files)
    with pytest.raises(ValueError, match="nowhere"):
        dd.read_iceberg("space.table", columns=["nowhere"], **two_files)
    odd = dd.from_pandas(pd.DataFrame({"x": pd.Series([1, "a"], dtype=object)}), npartitions=1)
    with pytest.raises(TypeError, match="column 'x' has Python objects"):
        odd.to_iceberg("space.other", **two_files)
