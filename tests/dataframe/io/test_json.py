"""JSON: blocks of files against pandas reading them whole."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.io.json_node import ReadJSON
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

N = 40
DATA = pd.DataFrame(
    {
        "i": np.arange(N),
        "f": np.where(np.arange(N) % 5 == 0, np.nan, np.arange(N) / 4),
        "s": pd.Series(["x", "ü\n,", None, "012"] * 10, dtype="str"),
    }
)


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    DATA.to_json(tmp_path / "data.json", orient="records", lines=True)
    return tmp_path / "data.json"


@pytest.mark.parametrize("blocksize", [None, 100, 10_000])
def test_lines(lines: Path, blocksize: int | None) -> None:
    found = dd.read_json(lines, blocksize=blocksize)
    assert_eq(found, DATA)
    assert found.npartitions > 1 if blocksize == 100 else found.npartitions == 1


@pytest.mark.parametrize("orient", ["records", "values", "columns", "index", "split", "table"])
def test_whole_files(tmp_path: Path, orient: Any) -> None:
    path = tmp_path / "data.json"
    DATA[["i", "f"]].to_json(path, orient=orient)
    assert_eq(dd.read_json(path, orient=orient, lines=False), pd.read_json(path, orient=orient))


def test_several_files_are_numbered_through(tmp_path: Path) -> None:
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(b'{"x": 1}\n{"x": 2}\n'))
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b'{"x": 3}\n'))
    assert_eq(dd.read_json(tmp_path / "*.json.gz"), pd.DataFrame({"x": [3, 1, 2]}))


def test_only_columns_that_are_needed(lines: Path) -> None:
    found = dd.read_json(lines, blocksize=500)
    (source,) = (n for n in topological(optimize([found.i.sum().expr], until="needs")) if isinstance(n, ReadJSON))
    assert source.columns == ("i",)
    assert found.i.sum().compute() == DATA.i.sum()
    assert len(found) == N


def test_path_column(tmp_path: Path) -> None:
    for name in "ab":
        DATA.to_json(tmp_path / f"{name}.json", orient="records", lines=True)
    found = dd.read_json(tmp_path / "*.json", include_path_column="from", path_converter=lambda p: Path(p).name)
    assert found["from"].compute().tolist() == ["a.json"] * N + ["b.json"] * N
    assert list(found["from"].cat.categories) == ["a.json", "b.json"]
    with pytest.raises(ValueError, match="include_path_column: the files have a column 's'"):
        dd.read_json(tmp_path / "*.json", include_path_column="s")


def test_keys_that_come_and_go(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text('{"a": 1, "b": "x"}\n{"a": 2}\n{"b": "y", "c": 3}\n')
    found = dd.read_json(path, blocksize=12, sample=20)
    with pytest.raises(ValueError, match=r"data.json \(block at byte \d+\): .* 'c'; name all columns in meta="):
        found.compute()
    meta = {"a": "float64", "b": "str", "c": "Int64"}
    whole = pd.read_json(path, lines=True).astype(meta)
    assert_eq(dd.read_json(path, blocksize=12, meta=meta), whole)
    assert_eq(dd.read_json(path, blocksize=12, meta={"a": "float64"}), whole[["a"]])


LATE: dict[str, tuple[list[Any], ...]] = {
    "floats after whole numbers": ([1, 2], [3], [1.5]),
    "missing after whole numbers": ([1, 2], [None], [4]),
    "text after whole numbers": ([1, 2], ["a"], [3]),
    "truth after whole numbers": ([1, 2], [True]),
    "large whole numbers after small ones": ([1], [2**63]),
    "missing after truth": ([True], [None, False]),
    "numbers after truth": ([True], [3], [False]),
    "text after truth": ([True], ["a"]),
    "text after nothing": ([None], ["a"]),
    "truth after nothing": ([None], [True]),
    "numbers after text": (["a"], [1]),
    "text after digits": (["1", "2"], ["a"], ["3"]),
    "numbers after digits": (["1"], [2]),
    "lists after numbers": ([1], [[1]]),
    "records after text": (["a"], [{"q": 1}]),
    "nothing after text": (["a"], [None]),
    "one after the other": ([1], [2], [None], [1.5], ["a"], ["2"]),
}


DATES: dict[str, tuple[list[Any], ...]] = {
    "text after dates": (["2024-01-01", "2024-02-01"], ["unknown"], ["2024-03-01"]),
    "dates after text": (["unknown"], ["2024-01-01"]),
    "dates after nothing": ([None], ["2024-01-01"], ["2025-01-01T10:00"]),
    "nothing after dates": (["2024-01-01"], [None]),
    "small numbers after moments": ([1700000000000], [3], [1700000001000]),
    "moments": ([1700000000000], [1700000001000]),
    "moments after small numbers": ([3], [1700000001000]),
    "numbers and nothing": ([3], [None], [1700000001000]),
    "one after the other": (["2024-01-01"], [None], ["unknown"], [None], ["2024-03-01"]),
}


@pytest.mark.parametrize(("key", "case"), [*(("a", case) for case in LATE), *(("seen_at", case) for case in DATES)])
def test_late_values_widen_as_in_pandas(tmp_path: Path, key: str, case: str) -> None:
    parts = (LATE if key == "a" else DATES)[case]
    lines = [[json.dumps({key: value, "b": 1}) for value in part] for part in parts]
    for i, part in enumerate(lines):
        (tmp_path / f"{i}.json").write_text("\n".join(part))
    found = dd.read_json(tmp_path / "*.json")
    expected = pd.read_json(io.StringIO("\n".join(line for part in lines for line in part)), lines=True)
    assert_eq(found.compute(), expected)
    again = dd.read_json(tmp_path / "*.json")
    assert again._meta.dtypes.equals(expected.dtypes)  # what was learnt of the files


def test_late_values_in_blocks_of_lines(tmp_path: Path, scheduler: str) -> None:
    path = tmp_path / "data.json"
    path.write_text("".join(json.dumps({"a": i if i < 90 else i / 2, "b": i}) + "\n" for i in range(100)))
    found = dd.read_json(path, blocksize=200, sample=100)
    whole = pd.read_json(path, lines=True)
    assert found.b.sum().compute(scheduler=scheduler) == whole.b.sum()
    assert_eq(found.a.compute(scheduler=scheduler), whole.a)


def test_values_that_are_not_as_told(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text('{"a": 1}\n{"a": 2}\n{"a": 2.5}\n')
    with pytest.raises(ValueError, match=r"column 'a' of .*data.json .* is float64, .* pass dtype="):
        dd.read_json(path, blocksize=9, meta={"a": "int64"}).compute()


@pytest.mark.parametrize(
    ("text", "match"),
    [('{"a": 1', "bad.json"), ("no json", "bad.json"), ('{"a": 1}\n{"a": 2}\n{"a":\n', "bad.json")],
)
def test_bad_files(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(ValueError, match=match):
        dd.read_json(tmp_path / "bad.json").compute()


def test_a_late_block_that_is_bad(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"a": 1}\n' * 20 + "nothing\n")
    with pytest.raises(ValueError, match=r"bad.json \(block at byte \d+\)"):
        dd.read_json(tmp_path / "bad.json", blocksize=60, sample=30).compute()


def test_arguments(lines: Path) -> None:
    with pytest.raises(TypeError, match="'colour'"):
        dd.read_json(lines, colour=1)
    with pytest.raises(NotImplementedError, match=r"nrows=\): use head"):
        dd.read_json(lines, nrows=3)
    with pytest.raises(ValueError, match="blocksize: only files of lines"):
        dd.read_json(lines, lines=False, blocksize=100)
    with pytest.raises(ValueError, match='expected "records"'):
        dd.read_json(lines, orient="split", lines=True)
    with pytest.raises(FileNotFoundError):
        dd.read_json(lines.with_name("none.json"))


@pytest.mark.parametrize("npartitions", [1, 3])
@pytest.mark.parametrize("compression", [None, "gz"])
def test_round_trip(tmp_path: Path, npartitions: int, compression: str | None) -> None:
    pattern = f"part-*.json{'' if compression is None else '.' + compression}"
    frame = dd.from_pandas(DATA, npartitions)
    paths = frame.to_json(tmp_path / pattern)
    assert len(paths) == npartitions
    assert_eq(dd.read_json(tmp_path / pattern), DATA)


def test_writing_with_the_index(tmp_path: Path) -> None:
    frame = dd.from_pandas(DATA[["i"]].set_axis(np.arange(N) + 5), 2)
    frame.to_json(tmp_path / "*.json", orient="split")
    assert_eq(dd.read_json(tmp_path / "*.json", orient="split"), DATA[["i"]].set_axis(np.arange(N) + 5))


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    def fail(block: pd.DataFrame) -> pd.DataFrame:
        raise RuntimeError("no")

    frame = dd.from_pandas(DATA, 2).map_partitions(fail, meta=DATA)
    with pytest.raises(RuntimeError, match="no"):
        frame.to_json(tmp_path / "*.json")
    assert not list(tmp_path.iterdir())


def test_lazy_writing(tmp_path: Path) -> None:
    written = dd.from_pandas(DATA, 2).to_json(tmp_path / "*.json", compute=False)
    assert not list(tmp_path.iterdir())
    assert len(written.compute()) == len(list(tmp_path.iterdir())) == 2
