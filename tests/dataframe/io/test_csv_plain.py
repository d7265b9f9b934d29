"""Plain text tables, parsed by a compiled loop: whatever it takes is as pandas has it, to the bit."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import minidask.dataframe as dd
import minidask.kernels.compiled as compiled
from minidask.dataframe.io import csv_plain
from minidask.dataframe.io.csv_blocks import parse_text
from minidask.dataframe.io.csv_plain import is_plain, plain_rows
from minidask.files import pieces_of
from minidask.kernels.csv_rows import SPARE, is_ready

pytest.importorskip("numba")
if not csv_plain._rounds_to_nearest() or pd.Series(["a"]).dtype != pd.StringDtype("pyarrow", na_value=np.nan):
    pytest.skip("this pandas rounds otherwise, or has strings of another kind", allow_module_level=True)

NUMBERS = pd.DataFrame({"x": np.array([], "int64"), "y": np.array([], "float64")})
TEXT = pd.DataFrame({"x": np.array([], "float64"), "y": pd.array([], "str")})
TRUTHS = pd.DataFrame({"x": np.array([], "bool"), "y": pd.array([], "str")})


def rows_of(text: str | bytes, meta: pd.DataFrame, **options: Any) -> Any:
    return plain_rows(pieces_for(text), len(text), list("xyz"[: len(meta.columns)]), meta, options)


def pieces_for(text: str | bytes, size: int = 40) -> Iterator[np.ndarray]:
    return pieces_of(io.BytesIO(text.encode() if isinstance(text, str) else text), b"\n", None, size, SPARE)


def check(text: str, meta: pd.DataFrame, **options: Any) -> bool:
    """Whether a text is plain: then its rows are those of pandas."""
    found = rows_of(text, meta, **options)
    if found is not None:
        theirs = parse_text(text.encode(), {"header": None, "names": list("xy"), **options}, meta).astype(meta.dtypes)
        pd.testing.assert_frame_equal(found, theirs, check_exact=True)
        for column in found.select_dtypes("float64"):
            there = theirs[column].notna()
            np.testing.assert_array_equal(*(f[column][there].to_numpy().view(np.int64) for f in (found, theirs)))
    return found is not None


@pytest.fixture(autouse=True, scope="module")
def ready(compiled_at_once: pytest.MonkeyPatch) -> None:
    """Loops are compiled before the tests."""
    is_ready(1)
    compiled.wait()
    compiled_at_once.setattr(compiled, "WORK", float("inf"))


FLOATS = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
TOKENS = st.one_of(
    FLOATS.map(repr),
    FLOATS.map("{:.17e}".format),
    st.decimals(-(10**9), 10**9, allow_nan=False, places=9).map(str),
    st.from_regex(r"-?[0-9]{1,10}\.[0-9]{0,8}(e-?[0-9]{1,2})?", fullmatch=True),
    st.sampled_from(["", "NA", "nan", "#N/A N/A", ".5", "5.", "0.000", "-0.0", "00.25", "0e0", "1E+5", "1e22", "1e23"]),
)


@given(st.lists(TOKENS, min_size=1, max_size=30))
@settings(max_examples=60)
def test_floats(tokens: list[str]) -> None:
    assert check("".join(f"{i},{token}\n" for i, token in enumerate(tokens)), NUMBERS)


def test_floats_halfway_between_two() -> None:
    halves = [2**53 + 1, 2**53 + 3, 2**54 + 2, 2**54 + 6]
    tokens = [f"{number}.0" for number in halves] + [f"{number}e-1" for number in (90071992547409930, 5 * 2**53 + 5)]
    tokens += [
        "4503599627370496.5",
        "4503599627370497.5",
        "9007199254740993e2",
        "1.7976931348623157e308",
        "2.3e-308",
        "3.184418697912503e+16",
    ]
    assert check("".join(f"0,{token}\n" for token in tokens), NUMBERS)


@settings(max_examples=40)
@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1), min_size=1, max_size=30), st.booleans())
def test_integers(numbers: list[int], ended: bool) -> None:
    assert check("\n".join(f"{number},{i}.5" for i, number in enumerate(numbers)) + "\n" * ended, NUMBERS)


STRINGS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters='",'))


@settings(max_examples=40)
@given(st.lists(st.one_of(STRINGS, st.sampled_from(["", "NA", "null", "None", "NAN", "n/a "])), min_size=1))
def test_strings(strings: list[str]) -> None:
    assert check("".join(f"1.5,{string}\n" for string in strings), TEXT)


@given(st.lists(st.text('12e+-. ,\n\r\t"NAaTrué0', max_size=12), min_size=1, max_size=4), st.sampled_from([0, 1, 2]))
@settings(max_examples=100)
def test_anything_is_as_pandas_has_it_or_left_to_it(fields: list[str], which: int) -> None:
    first = ["1,2.5", "1.5,a", "True,a"][which]
    check("\n".join([first, *fields]), [NUMBERS, TEXT, TRUTHS][which])


def test_lines_and_delimiters() -> None:
    assert check("1,2.5\r\n3,4.5\r\n", NUMBERS)
    assert check("1\t2.5\n3\t4.5", NUMBERS, sep="\t")
    assert check("1|a,b\n3|", TEXT, sep="|")
    assert check("True,a\nFALSE,b\ntrue,c\n", TRUTHS)


def test_columns_that_nobody_wants_are_passed_over() -> None:
    text = "1,what is this,2.5\n2,-,3.5\n"
    meta = pd.DataFrame({"z": np.array([], "float64"), "x": np.array([], "int64")})
    found: Any = plain_rows(pieces_for(text), 9, ["x", "y", "z"], meta, {})
    pd.testing.assert_frame_equal(found, pd.DataFrame({"z": [2.5, 3.5], "x": [1, 2]}))
    none: Any = plain_rows(pieces_for(text), 9, ["x", "y", "z"], meta[[]], {})
    assert none.index.equals(pd.RangeIndex(2))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=300), st.booleans(), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=30)
def test_lines_of_all_parts_of_a_block(numbers: list[int], ended: bool, end: str) -> None:
    lines = [f"{number / 7 if number % 5 else ''},{'a' * (number % 40)}" for number in numbers]
    assert check(end.join(lines) + end * ended, TEXT) or lines[-1] == ","


NOT_PLAIN = {
    "quotes": '1,2\n3,"4"\n',
    "a blank line": "1,2\n\n3,4\n",
    "a blank before a row": "1,2\n 3,4\n",
    "a blank after a number": "1,2\n3 ,4\n",
    "a short row": "1,2\n3\n",
    "a long row": "1,2\n3,4,5\n",
    "a lone carriage return": "1,2\r3,4\n",
    "one at the end": "1,2\r\n3,4\r",
    "a zero byte": "1,2\n3,\x004\n",
    "no integer": "1,2\n3.0,4\n",
    "a missing integer": "1,2\n,4\n",
    "a large integer": f"1,2\n{2**63 - 1},4\n",
    "a plus": "1,2\n+3,4\n",
    "no float": "1,2\n3,abc\n",
    "infinity": "1,2\n3,inf\n",
    "no exponent": "1,2\n3,4e\n",
    "an exponent out of range": "1,2\n3,4e400\n",
    "a tiny float": "1,2\n3,4e-310\n",
    "a float with many digits": "1,2\n3,0.12345678901234567890\n",
    "a large integer among floats": "1,2\n3,9007199254740993\n",
    "a negative zero without a point": "1,2\n3,-0\n",
    "a point alone": "1,2\n3,.\n",
    "a sign alone": "1,2\n-,4\n",
}


@pytest.mark.parametrize("text", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_what_is_not_plain_is_left_to_pandas(text: str) -> None:
    assert rows_of(text, NUMBERS) is None


def test_bytes_that_are_no_text() -> None:
    assert rows_of(b"1,a\xff\n", TEXT) is None
    assert rows_of("1,é\n", TEXT) is not None


def test_dtypes_and_options_that_are_left_to_pandas() -> None:
    for dtype in ("int32", "float32", "datetime64[ns]", "category", "Int64", "string[pyarrow]", object):
        assert rows_of("1,2\n", NUMBERS.astype({"x": dtype})) is None
    assert rows_of("1,2\n", NUMBERS, parse_dates=["x"]) is None
    odd: list[dict[str, Any]] = [{"na_values": ["-"]}, {"thousands": ","}, {"sep": "::"}, {"sep": "."}, {"nrows": 3}]
    assert not any(map(is_plain, [*odd, {"colspecs": []}, {"na_values": np.array(["-", "?"])}]))
    assert is_plain({"sep": ";", "header": None, "usecols": ["x"], "dtype": {"x": "int64"}, "skiprows": None})


@pytest.mark.parametrize("late", ["9,1.5,ü", "9,,", ",2.5,b", '9,"1.5",x', "9.5,7,8", "9, 8,x", "9,1e400,x"])
def test_blocks_of_both_kinds(tmp_path: Path, late: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "d.csv"
    rows = [f"{i},{i / 7},name{i % 5}" for i in range(60)]
    file.write_text("\n".join(["i,x,s", *rows[:50], late, *rows[50:], ""]), encoding="utf-8")
    taken: list[bool] = []

    def told(*args: Any) -> Any:
        found = plain_rows(*args)
        taken.append(found is not None)
        return found

    monkeypatch.setattr("minidask.dataframe.io.csv_blocks.plain_rows", told)
    frame = dd.read_csv(file, blocksize=200, sample=200)
    pd.testing.assert_frame_equal(frame.compute(scheduler="sync"), pd.read_csv(file))
    assert taken.count(True) >= frame.npartitions - 1
    theirs = pd.read_csv(file)[["s", "x"]]
    pd.testing.assert_frame_equal(frame[["s", "x"]].compute(scheduler="sync"), theirs)
    assert len(frame) == 61


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2"])
@pytest.mark.parametrize("options", [{}, {"header": None}, {"names": ["a", "b"], "header": 0}], ids=str)
def test_compressed_files_and_names(
    tmp_path: Path, suffix: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / f"d.csv{suffix}"
    numbered = options.get("header", 0) is None
    frame = pd.DataFrame({"x": [1.5, 2.5] * 20, "s": ["a", "bc"] * 20})
    frame.to_csv(file, index=False, header=not numbered)
    taken: list[Any] = []
    monkeypatch.setattr(
        "minidask.dataframe.io.csv_blocks.plain_rows", lambda *args: taken.append(plain_rows(*args)) or taken[-1]
    )
    found = dd.read_csv(file, blocksize=None, **options).compute(scheduler="sync")
    pd.testing.assert_frame_equal(found, pd.read_csv(file, **options))
    assert taken
    assert taken[0] is not None


def test_files_with_columns_in_another_order(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,s\n1.5,a\n")
    (tmp_path / "b.csv").write_text('"s",x\nb,2.5\n')
    found = dd.read_csv(tmp_path / "*.csv", include_path_column=True).compute(scheduler="sync")
    pd.testing.assert_frame_equal(
        found.drop(columns="path"), pd.DataFrame({"x": [1.5, 2.5], "s": ["a", "b"]}), check_index_type=False
    )
    assert [Path(path).name for path in found.path] == ["a.csv", "b.csv"]
    (tmp_path / "c.csv").write_text("x,s,more\n1.5,a,1\n")
    with pytest.raises(ValueError, match="columns that the first file does not have"):
        dd.read_csv(tmp_path / "*.csv").compute(scheduler="sync")


ODD_BEGINNINGS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "a byte order mark": (b"\xef\xbb\xbfs,x\na,1.5\n", {}),
    "one without a header": (b"\xef\xbb\xbfa,1.5\nb,2.5\n", {"names": ["s", "x"]}),
    "a carriage return": (b"s,x\ra,1.5\nb,2.5\n", {}),
    "two of them": (b"s,x\r\na,1.5\r\nb,2.5", {}),
    "a blank line": (b"\ns,x\na,1.5\n", {}),
    "a line break within quotes": (b'"s\nt",x\na,1.5\n', {}),
    "other names": (b"s,x\na,1.5\n", {"names": ["t", "y"], "header": 0}),
    "no names": (b"a,1.5\nb,2.5\n", {"header": None}),
    "no row": (b"s,x\n", {}),
    "a header without an end": (b"s,x", {"names": ["t", "y"], "header": 0}),
}


@pytest.mark.parametrize(("data", "options"), ODD_BEGINNINGS.values(), ids=ODD_BEGINNINGS)
def test_how_files_begin(tmp_path: Path, data: bytes, options: dict[str, Any]) -> None:
    (tmp_path / "d.csv").write_bytes(data)
    theirs = pd.read_csv(tmp_path / "d.csv", **options)
    pd.testing.assert_frame_equal(dd.read_csv(tmp_path / "d.csv", **options).compute(scheduler="sync"), theirs)


def test_nothing_is_plain_before_the_loop_is_compiled() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "_entries", {})
        assert rows_of("1,2\n", NUMBERS) is None
