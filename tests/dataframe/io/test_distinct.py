"""Duplicates that are left out while Parquet files are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.dataframe as dd
from minidask.dataframe.io.parquet import ReadParquet
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng, n = np.random.default_rng(0), 3000
    words = np.array([f"a word that is not short {i}" for i in range(20)] + [None], dtype=object)
    return pd.DataFrame(
        {
            "few": pd.Series(rng.choice(words, n), dtype="str"),
            "many": pd.Series([f"{i}" for i in rng.integers(0, n, n)], dtype="str"),
            "i": rng.integers(-5, 5, n),
            "f": rng.choice([0.5, -1.0, np.nan], n),
            "year": np.arange(n) // 1000,
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any, data: pd.DataFrame) -> str:
    path = tmp_path_factory.mktemp("distinct") / "data"
    dd.from_pandas(data, 3).to_parquet(path, row_group_size=300)
    return str(path)


def sources(*frames: Any) -> list[ReadParquet]:
    nodes = topological(optimize([f.expr for f in frames], until="needs"))
    return [node for node in nodes if isinstance(node, ReadParquet)]


CASES: dict[str, Callable[[Any], Any]] = {
    "all columns": lambda d: d.drop_duplicates(),
    "selected": lambda d: d[["few", "i"]].drop_duplicates(),
    "one selected": lambda d: d["few"].drop_duplicates(),
    "many": lambda d: d["many"].drop_duplicates(keep="last"),
    "by one": lambda d: d.drop_duplicates("few"),
    "by one of the selected": lambda d: d[["i", "few"]].drop_duplicates("few", keep="last"),
    "by some": lambda d: d.drop_duplicates(["few", "i", "f"], keep="last"),
    "by what is not given": lambda d: d.drop_duplicates(["few", "f"])["i"],
    "numbered": lambda d: d.drop_duplicates(["f", "few"], ignore_index=True),
    "twice": lambda d: d.drop_duplicates(["few", "i"]).drop_duplicates("i", keep="last"),
    "counted": lambda d: d[["few", "i"]].drop_duplicates()["i"].sum(),
    "filtered after": lambda d: only_small(d.drop_duplicates(["few", "i"])),
    "filtered before": lambda d: only_small(d).drop_duplicates(["few", "i"]),
}


def only_small(frame: Any) -> Any:
    return frame[frame["i"] < 0]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("split", [False, 3])
def test_like_pandas(folder: str, data: pd.DataFrame, case: str, split: Any) -> None:
    call = CASES[case]
    assert_eq(call(dd.read_parquet(folder, split_row_groups=split)), call(data))


def test_what_is_read(folder: str) -> None:
    frame = dd.read_parquet(folder)
    (source,) = sources(frame.drop_duplicates(["few", "f"])["i"])
    assert source.distinct == (("few", "f"), "first")
    assert set(source.columns or ()) == {"few", "f", "i"}
    once = frame.drop_duplicates(["few", "f"])
    (source,) = sources(once, once.drop_duplicates("f"))
    assert source.distinct == (("few", "f"), "first")
    (source,) = sources(frame[["few", "i"]].drop_duplicates(keep="last"))
    assert source.distinct == (("few", "i"), "last")


def test_others_read_all_rows(folder: str) -> None:
    frame = dd.read_parquet(folder)
    (source,) = sources(frame.drop_duplicates("few"), frame["i"].sum())
    assert source.distinct is None
    (source,) = sources(frame.drop_duplicates("few", keep=False))
    assert source.distinct is None
    (source,) = sources(dd.read_parquet(folder, filters=[("i", ">", 0)]).drop_duplicates("few"))
    assert source.distinct is None


def test_one_read_for_all(folder: str, data: pd.DataFrame) -> None:
    frame = dd.read_parquet(folder).drop_duplicates("few")
    assert len(sources(frame, frame["i"].sum())) == 1
    found, total = minidask.compute(frame, frame["i"].sum())
    expected = data.drop_duplicates("few")
    pd.testing.assert_frame_equal(found, expected)
    assert total == expected["i"].sum()


def test_categories(tmp_path: Path, data: pd.DataFrame) -> None:
    kinds = data.assign(kind=pd.Categorical(np.random.default_rng(1).choice(list("xyz"), len(data))))
    dd.from_pandas(kinds, 3).to_parquet(tmp_path / "c")
    found = dd.read_parquet(tmp_path / "c").drop_duplicates(["kind", "few"]).compute()
    pd.testing.assert_frame_equal(found, kinds.drop_duplicates(["kind", "few"]))


def test_hive_partitions(tmp_path: Path, data: pd.DataFrame) -> None:
    dd.from_pandas(data, 3).to_parquet(tmp_path / "h", partition_on=["year"])
    found = dd.read_parquet(tmp_path / "h").drop_duplicates(["year", "few"])[["few", "i"]].compute()
    expected = data.drop_duplicates(["year", "few"])[["few", "i"]]
    assert found.to_numpy().tolist() == expected.to_numpy().tolist()


def test_an_index_of_labels(tmp_path: Path, data: pd.DataFrame) -> None:
    labelled = data.set_axis(pd.Index([f"row {i:04}" for i in range(len(data))], name="label"))
    dd.from_pandas(labelled, 3).to_parquet(tmp_path / "l")
    assert_eq(dd.read_parquet(tmp_path / "l").drop_duplicates(["few"]), labelled.drop_duplicates(["few"]))


def test_processes(folder: str, data: pd.DataFrame) -> None:
    found = dd.read_parquet(folder).drop_duplicates(["few", "i"]).compute(scheduler="processes", num_workers=2)
    pd.testing.assert_frame_equal(found, data.drop_duplicates(["few", "i"]))
