"""Excel: sheets as partitions, against pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

pytest.importorskip("openpyxl")

DATA = pd.DataFrame({"i": np.arange(6), "f": [0.5, np.nan] * 3, "s": list("abcdef")})


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as writer:
        DATA.to_excel(writer, sheet_name="one", index=False)
        DATA.tail(2).to_excel(writer, sheet_name="two", index=False)
    return path


def test_sheets(book: Path) -> None:
    assert_eq(dd.read_excel(book), DATA)
    assert_eq(dd.read_excel(book, sheet_name="two"), DATA.tail(2).reset_index(drop=True))
    both = pd.concat([DATA, DATA.tail(2)], ignore_index=True)
    for asked in (None, ["one", "two"], [0, 1]):
        found = dd.read_excel(book, sheet_name=asked)
        assert found.npartitions == 2
        assert_eq(found, both)
    assert_eq(dd.read_excel(book, sheet_name=None, meta=DATA[["i", "s"]]), both[["i", "s"]])


def test_arguments_of_pandas(book: Path) -> None:
    told = {"usecols": ["s", "f"], "index_col": "s", "dtype": {"f": "float32"}}
    assert_eq(dd.read_excel(book, **told), pd.read_excel(book, **told))


def test_bad_files(book: Path) -> None:
    with pytest.raises(ValueError, match=r"book.xlsx \(sheet 'three'\)"):
        dd.read_excel(book, sheet_name="three")
    book.write_bytes(book.read_bytes()[:-100])
    for name in (0, None):
        with pytest.raises(ValueError, match=r"book\.xlsx"):
            dd.read_excel(book, sheet_name=name)


def test_a_sheet_of_other_columns(book: Path) -> None:
    with pd.ExcelWriter(book, mode="a") as writer:
        DATA[["i", "s"]].to_excel(writer, sheet_name="three", index=False)
    with pytest.raises(ValueError, match=r"sheet 'three'\) has no column 'f'"):
        dd.read_excel(book, sheet_name=None).compute()


@pytest.mark.parametrize("npartitions", [1, 3])
def test_round_trip(tmp_path: Path, npartitions: int) -> None:
    path = str(tmp_path / "out.xlsx")
    assert dd.from_pandas(DATA, npartitions).to_excel(path, index=False) == path
    assert_eq(dd.read_excel(path), DATA)
    with pd.ExcelWriter(path) as writer:
        DATA.to_excel(writer)
        with pytest.raises(TypeError, match="excel_writer: expected a path"):
            dd.from_pandas(DATA).to_excel(writer)
