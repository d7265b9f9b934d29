"""What later blocks of CSV files contradict: types, and where records begin."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask as md
import minidask.dataframe as dd
from minidask.dataframe.io import csv_node
from minidask.dataframe.io.text_types import found_in, together, whole
from minidask.errors import Contradiction
from minidask.testing import assert_eq

LATE: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "missing among integers": ("1", ["", "2"], {}),
    "fractions among integers": ("1", ["2.0", "2.5"], {}),
    "whole fractions among integers": ("1", ["2.0"], {}),
    "text among integers": ("007", ["a", "8"], {}),
    "missing among truths": ("True", ["", "False"], {}),
    "integers among truths": ("True", ["1", "0"], {}),
    "text among fractions": ("1.50", ["b", ""], {}),
    "text after nothing": ("", ["a"], {}),
    "truths after nothing": ("", ["True"], {}),
    "integers after nothing": ("", ["3"], {}),
    "large integers": ("1", ["18446744073709551615"], {}),
    "large and negative integers": ("-1", ["18446744073709551615"], {}),
    "integers of any size": ("1", ["99999999999999999999999"], {}),
    "integers of any size among fractions": ("1.5", ["1234567890" * 8], {}),
    "integers beyond all fractions": ("1.5", ["1" * 400], {}),
    "integers between two fractions": ("1.5", ["9007199254740993"], {}),
    "numbers among text": ("a", ["007", "", "True"], {}),
    "no dates": ("2024-01-01", ["no"], {"parse_dates": ["x"]}),
    "missing dates": ("2024-01-01", [""], {"parse_dates": ["x"]}),
    "missing, nullable": ("1", ["", "2"], {"dtype_backend": "numpy_nullable"}),
    "text, nullable": ("1", ["", "b"], {"dtype_backend": "numpy_nullable"}),
    "missing fractions, nullable": ("1", ["", "2.5"], {"dtype_backend": "numpy_nullable"}),
    "truths among integers, nullable": ("1", ["True"], {"dtype_backend": "numpy_nullable"}),
    "more missing values": ("1", ["-"], {"na_values": ["-"]}),
    "commas in numbers": ("1", ["2,5"], {"decimal": ",", "sep": ";"}),
}


def write(path: Path, first: str, late: list[str], sep: str = ",") -> Path:
    rows = [first] * 12 + late * 12 + [first]
    path.write_text("\n".join([f"x{sep}y", *(f"{value}{sep}{i}" for i, value in enumerate(rows)), ""]))
    return path


@pytest.mark.parametrize(("first", "late", "options"), LATE.values(), ids=LATE)
def test_types_are_those_of_the_whole(tmp_path: Path, first: str, late: list[str], options: dict[str, Any]) -> None:
    file = write(tmp_path / "d.csv", first, late, options.get("sep", ","))
    theirs = pd.read_csv(file, **options)
    frame = dd.read_csv(file, blocksize=60, sample=40, **options)
    pd.testing.assert_frame_equal(frame.compute(), theirs)
    assert frame.npartitions > 1
    again = dd.read_csv(file, blocksize=60, sample=40, **options)
    assert_eq(again, theirs)  # known by now, also before it is computed


def test_of_pyarrow(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="the backend of these dtypes")
    file = write(tmp_path / "d.csv", "1", ["", "b"])
    frame = dd.read_csv(file, blocksize=60, sample=40, dtype_backend="pyarrow")
    pd.testing.assert_frame_equal(frame.compute(), pd.read_csv(file, dtype_backend="pyarrow"))


SAME: dict[str, Callable[[Any], Any]] = {
    "column": lambda d: d.x,
    "filter": lambda d: d[d.y > 10],
    "arithmetic": lambda d: d.x * 2 + d.y,
    "group": lambda d: d.groupby("x").y.sum(),
    "sum": lambda d: d.x.sum(),
    "counts": lambda d: d.x.value_counts(),
    "missing": lambda d: d.isna().sum(),
    "sorted": lambda d: d.sort_values("x", kind="stable"),
    "unique": lambda d: d.drop_duplicates("x"),
    "joined": lambda d: d.merge(d.assign(z=1), on=["x", "y"]),
}


@pytest.mark.parametrize("call", SAME.values(), ids=SAME)
def test_what_is_made_of_it(tmp_path: Path, call: Callable[[Any], Any]) -> None:
    file = write(tmp_path / "d.csv", "1", ["", "2.5"])
    theirs = call(pd.read_csv(file))
    ours = call(dd.read_csv(file, blocksize=60, sample=40)).compute()
    if isinstance(theirs, pd.DataFrame):
        pd.testing.assert_frame_equal(ours, theirs)
    elif isinstance(theirs, pd.Series):
        pd.testing.assert_series_equal(ours, theirs)
    else:
        assert ours == theirs


def test_each_scheduler(tmp_path: Path, scheduler: Any) -> None:
    file = write(tmp_path / "d.csv", "1", ["", "a"])
    with file.open("a") as stream:
        stream.write('"two\nlines\n' + "of many\n" * 9 + '",1\n')
    found = dd.read_csv(file, blocksize=60, sample=40).compute(scheduler=scheduler)
    pd.testing.assert_frame_equal(found, pd.read_csv(file))


def test_persist(tmp_path: Path) -> None:
    file = write(tmp_path / "d.csv", "1", [""])
    kept = dd.read_csv(file, blocksize=60, sample=40).persist()
    assert_eq(kept, pd.read_csv(file))


def test_several_collections_together(tmp_path: Path) -> None:
    frame = dd.read_csv(write(tmp_path / "d.csv", "1", [""]), blocksize=60, sample=40)
    other = dd.read_csv(write(tmp_path / "e.csv", "2", ["b"]), blocksize=60, sample=40)
    one, two, three = md.compute(frame.x, other.x, frame.y.sum())
    assert (one.dtype, two.dtype, three) == ("float64", "str", 300)


def test_several_contradictions_are_found_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first block that contradicts tells; with the second one all are asked."""
    columns = [f"c{i}" for i in range(12)]
    rows = [["" if i == 5 * j + 30 else str(i) for j in range(12)] for i in range(100)]
    (tmp_path / "d.csv").write_text("\n".join(map(",".join, [columns, *rows])) + "\n")
    begun, lock = [], threading.Lock()
    parse = csv_node.parse

    def counted(part: Any, told: Any) -> Any:
        with lock:
            begun.append(part.block.offset)
        return parse(part, told)

    monkeypatch.setattr(csv_node, "parse", counted)
    frame = dd.read_csv(tmp_path / "d.csv", blocksize=200, sample=300)
    found = frame.compute(scheduler="synchronous", optimize_graph=False)
    pd.testing.assert_frame_equal(found, pd.read_csv(tmp_path / "d.csv"))
    assert begun.count(0) <= 2 * 3  # rows are counted apart


class TestTheEnd:
    """The last lines of large files tell, too."""

    @pytest.fixture(autouse=True)
    def _large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(csv_node, "_WORTH_IT", 100)
        monkeypatch.setattr(csv_node, "_END", 60)

    @pytest.fixture
    def begun(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        begun: list[int] = []
        parse = csv_node.parse

        def counted(part: Any, told: Any) -> Any:
            begun.append(part.block.offset)
            return parse(part, told)

        monkeypatch.setattr(csv_node, "parse", counted)
        return begun

    @pytest.mark.parametrize(
        "case", sorted(LATE.keys() - {"large and negative integers"})
    )  # which is seen where they are cast
    def test_no_block_is_read_again(self, tmp_path: Path, case: str, begun: list[int]) -> None:
        first, late, options = LATE[case]
        sep = options.get("sep", ",")
        rows = [*[first] * 30, *late * 12]
        text = "\n".join([f"x{sep}y", *(f"{value}{sep}{i}" for i, value in enumerate(rows)), ""])
        (tmp_path / "d.csv").write_text(text)
        frame = dd.read_csv(tmp_path / "d.csv", blocksize=60, sample=40, **options)
        theirs = pd.read_csv(tmp_path / "d.csv", **options)
        pd.testing.assert_series_equal(frame.dtypes, theirs.dtypes)
        pd.testing.assert_frame_equal(frame.compute(scheduler="synchronous", optimize_graph=False), theirs)
        assert begun.count(0) == 2  # once to count the rows

    def test_other_columns_in_another_order(self, tmp_path: Path, begun: list[int]) -> None:
        (tmp_path / "1.csv").write_text("a,b\n" + "1,2\n" * 30)
        (tmp_path / "2.csv").write_text("b,a\n" + "1,2\n" * 30 + "0.5,x\n")
        frame = dd.read_csv(tmp_path / "*.csv", blocksize=60, sample=60)
        assert frame.dtypes.astype(str).to_dict() == {"a": "str", "b": "float64"}
        assert frame.b.sum().compute() == 90.5
        assert begun.count(0) == 2  # of each file

    def test_the_first_rows_alone(self, tmp_path: Path) -> None:
        (tmp_path / "d.csv").write_text("x\n" + "1\n" * 200 + "0.5\n")
        assert_eq(
            dd.read_csv(tmp_path / "d.csv", blocksize=40, sample=60, nrows=20),
            pd.read_csv(tmp_path / "d.csv", nrows=20),
        )

    def test_an_end_within_quotes_tells_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "d.csv").write_text("x,y\n" + "1,a\n" * 60 + '2,"' + "b,c\n" * 20 + '"\n')
        frame = dd.read_csv(tmp_path / "d.csv", blocksize=60, sample=40)
        assert frame.x.dtype == "int64"
        assert_eq(frame.compute(), pd.read_csv(tmp_path / "d.csv"))

    def test_an_end_that_cannot_be_read_is_an_error_when_it_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "d.csv").write_text("x,y\n" + "1,2\n" * 60 + "1,2,3\n")
        frame = dd.read_csv(tmp_path / "d.csv", blocksize=60, sample=40)
        with pytest.raises(pd.errors.ParserError, match="block at byte"):
            frame.compute()


def test_where_nobody_can_learn(tmp_path: Path) -> None:
    file = write(tmp_path / "d.csv", "1", [""])
    frame = dd.read_csv(file, blocksize=60, sample=40).optimize()
    with pytest.raises(
        Contradiction, match=r"column 'x' of .*d.csv \(block at byte .*int64; pass dtype=\{'x': 'float64'"
    ):
        frame.compute()


def test_files_of_other_types(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,x\n2,y\n")
    (tmp_path / "2.csv").write_text("a,b\n,1\n")
    (tmp_path / "3.csv").write_text("a,b\n")
    (tmp_path / "4.csv").write_text("a,b\n3,2\n")
    found = dd.read_csv(tmp_path / "*.csv").compute()
    assert found.a.fillna(0).tolist() == [1.0, 2.0, 0.0, 3.0]
    assert found.b.tolist() == ["x", "y", "1", "2"]


def test_a_file_that_changes(tmp_path: Path) -> None:
    file = write(tmp_path / "d.csv", "1", [""])
    dd.read_csv(file, blocksize=60, sample=40).compute()
    write(file, "1", ["234"])
    assert_eq(dd.read_csv(file, blocksize=60, sample=40), pd.read_csv(file))


def test_told_dtypes_are_kept(tmp_path: Path) -> None:
    file = write(tmp_path / "d.csv", "1", [""])
    with pytest.raises(ValueError, match=r"d\.csv \(block at byte \d+\).*NA values"):
        dd.read_csv(file, blocksize=60, sample=40, dtype={"x": "int64"}).compute()
    assert_eq(dd.read_csv(file, blocksize=60, dtype={"x": "Int64"}), pd.read_csv(file, dtype={"x": "Int64"}))


QUOTED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "everywhere": ({"quoting": csv.QUOTE_ALL}, {}),
    "another character": ({"quotechar": "'"}, {"quotechar": "'"}),
    "escaped": ({"escapechar": "\\", "doublequote": False}, {"escapechar": "\\", "doublequote": False}),
    "latin": ({"encoding": "latin-1"}, {"encoding": "latin-1"}),
    "tabs": ({"sep": "\t"}, {"sep": "\t"}),
    "carriage returns": ({"lineterminator": "\r\n"}, {}),
}


@pytest.mark.parametrize("blocksize", [70, 300])
@pytest.mark.parametrize(("written", "read"), QUOTED.values(), ids=QUOTED)
def test_line_breaks_within_quotes(
    tmp_path: Path, blocksize: int, written: dict[str, Any], read: dict[str, Any]
) -> None:
    texts = ["ä", "b,c", "d \"q\" 'e'", "x\n\ny", "\n", 'one\ntwo,"three"\n' * 9]
    pd.DataFrame({"s": texts * 2, "y": range(12)}).to_csv(tmp_path / "d.csv", index=False, **written)
    assert_eq(dd.read_csv(tmp_path / "d.csv", blocksize=blocksize, **read), pd.read_csv(tmp_path / "d.csv", **read))


def test_quotes_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("s,y\n" + '5" pipe,1\n' * 7 + "a,2\n" * 30 + '6",3\n' * 20)
    for options in ({}, {"quoting": csv.QUOTE_NONE}):
        theirs = pd.read_csv(tmp_path / "d.csv", **options)  # type: ignore[call-overload]
        assert_eq(dd.read_csv(tmp_path / "d.csv", blocksize=30, **options), theirs)


def test_rows_of_the_wrong_length(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("s,y\n" + "a,1\n" * 50 + "a,1,3\n" + "q,4\n" * 30)
    with pytest.raises(pd.errors.ParserError, match=r"d\.csv \(block at byte \d+\): .*Expected 2 fields .* saw 3"):
        dd.read_csv(tmp_path / "d.csv", blocksize=30, sample=20).compute()


KINDS = st.sampled_from(["1", "-3", "1.5", "2.0", "True", "False", "a", "", "18446744073709551615", "007"])


@settings(max_examples=40, deadline=None)
@given(parts=st.lists(st.lists(KINDS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_the_rule_is_that_of_pandas(parts: list[list[str]]) -> None:
    import io

    def read(values: list[str]) -> pd.Series:
        return pd.read_csv(io.StringIO("\n".join(["x,y", *(f"{v},0" for v in values)]))).x

    theirs = read([value for part in parts for value in part])
    if {"-3", "18446744073709551615"} <= {value for part in parts for value in part}:
        return  # that one of them does not fit the type of the other is found when it is cast
    ours = whole(together(found_in(read(part)) for part in parts), "float64", "str")
    assert ours == theirs.dtype
