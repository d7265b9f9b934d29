"""Each argument of pandas.read_csv: pandas' answer for all files together, or an error that says what to do."""

from __future__ import annotations

import csv
import inspect
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq


class Semicolons(csv.Dialect):
    """As a person would describe it."""

    delimiter, quotechar, lineterminator, quoting = ";", "'", "\n", csv.QUOTE_MINIMAL
    doublequote, skipinitialspace = True, False


def last_two(row: list[str]) -> list[str]:
    return [row[0], *row[-2:]]


PLAIN = "i,f,s\n" + "".join(f"{i},{i / 4},{'xyz'[i % 3]}\n" for i in range(14))
DATES = "t,u,n\n" + "".join(f"{1 + i % 28:02}/02/2024,2024-03-{1 + i % 28:02},{i}\n" for i in range(14))
NOTED = "# made by hand\ni,f\n\n" + "".join(f"{i},{i}.5 # note\n\n" for i in range(14))
THOUSANDS = "i;f\n" + "".join(f"1.00{i % 10};{i},25\n" for i in range(14))
TWO_HEADERS = "a,a,b\nx,y,x\n" + "".join(f"{i},{i}.5,{i}\n" for i in range(14))
BAD = "i,f,s\n" + "".join(f"{i},{i},a\n" if i % 7 else f"{i},{i},a,b\n" for i in range(1, 15))
FOOTED = PLAIN + "total,12,x\n" * 2
QUOTED = "i;s\n" + "".join(f"{i};'a;b{i}'\n" for i in range(14))
ESCAPED = "i,s\n" + "".join(f'{i},"a\\"b,{i}"\n' for i in range(14))
TRAILING = "a,b\n" + "".join(f"{i},{i},\n" for i in range(25))

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing": (PLAIN, {}),
    "sep": (THOUSANDS, {"sep": ";"}),
    "sep: found": (THOUSANDS, {"sep": None, "engine": "python"}),
    "sep: expression": (PLAIN.replace(",", " ,"), {"sep": r"\s*,", "engine": "python"}),
    "delimiter": (THOUSANDS, {"delimiter": ";"}),
    "header": (PLAIN, {"header": None}),
    "header: later": ("note\n" + PLAIN, {"header": 1}),
    "header: several": (TWO_HEADERS, {"header": [0, 1]}),
    "names": (PLAIN, {"names": ["a", "b", "c"], "header": 0}),
    "names: no header": (PLAIN, {"names": ["a", "b", "c"]}),
    "index_col": (PLAIN, {"index_col": "s"}),
    "index_col: number": (PLAIN, {"index_col": 1}),
    "index_col: from the end": (PLAIN, {"index_col": -1}),
    "index_col: several": (PLAIN, {"index_col": ["s", 0]}),
    "index_col: none": (TRAILING, {"index_col": False}),
    "usecols": (PLAIN, {"usecols": ["s", "i"]}),
    "usecols: numbers": (PLAIN, {"usecols": [2, 0]}),
    "usecols: function": (PLAIN, {"usecols": lambda name: name > "f"}),
    "usecols: numbers, with their names": (PLAIN, {"usecols": [2, 0], "names": ["a", "b"]}),
    "usecols: numbers, with other names": (PLAIN, {"usecols": [2, 0], "names": ["a", "b"], "header": 0}),
    "dtype": (PLAIN, {"dtype": "str"}),
    "dtype: by column": (PLAIN, {"dtype": {"i": "float32", "s": "object"}}),
    "dtype: by number": (PLAIN, {"dtype": {0: "float32"}}),
    "dtype: all others": (PLAIN, {"dtype": defaultdict(lambda: "str", i="int16")}),
    "dtype: categories": (PLAIN, {"dtype": {"s": pd.CategoricalDtype(["x", "y", "z"])}}),
    "engine": (PLAIN, {"engine": "c"}),
    "engine: python": (PLAIN, {"engine": "python"}),
    "converters": (PLAIN, {"converters": {"i": lambda text: int(text) * 2}}),
    "converters: by number": (PLAIN, {"converters": {0: lambda text: f"<{text}>"}}),
    "true_values": (PLAIN, {"true_values": ["x", "y"], "false_values": ["z"], "usecols": ["s", "i"]}),
    "false_values": (PLAIN.replace("z", "no").replace("x", "yes").replace("y\n", "yes\n"), {"false_values": ["no"]}),
    "skipinitialspace": (PLAIN.replace(",", ",  "), {"skipinitialspace": True}),
    "skiprows": ("note\nnote\n" + PLAIN, {"skiprows": 2}),
    "skiprows: list": (PLAIN, {"skiprows": [1, 3]}),
    "skiprows: range": (PLAIN, {"skiprows": range(1, 4)}),
    "skipfooter": (FOOTED, {"skipfooter": 2, "engine": "python"}),
    "nrows": (PLAIN, {"nrows": 20}),
    "na_values": (PLAIN, {"na_values": ["x", "3"]}),
    "na_values: by column": (PLAIN, {"na_values": {"i": [4, 5], 1: [0.5]}}),
    "keep_default_na": (PLAIN.replace("x", "NA"), {"keep_default_na": False}),
    "na_filter": (PLAIN.replace("x", ""), {"na_filter": False}),
    "skip_blank_lines": (PLAIN.replace("x\n", "x\n\n"), {"skip_blank_lines": False}),
    "parse_dates": (DATES, {"parse_dates": ["u"]}),
    "parse_dates: numbers": (DATES, {"parse_dates": [0], "usecols": ["u", "n"]}),
    "parse_dates: index": (DATES, {"parse_dates": True, "index_col": "u"}),
    "date_format": (DATES, {"parse_dates": ["t"], "date_format": "%d/%m/%Y"}),
    "date_format: by column": (DATES, {"parse_dates": ["t", "u"], "date_format": {"t": "%d/%m/%Y"}}),
    "dayfirst": (DATES, {"parse_dates": ["t"], "dayfirst": True}),
    "cache_dates": (DATES, {"parse_dates": ["u"], "cache_dates": False}),
    "thousands": (THOUSANDS, {"sep": ";", "thousands": ".", "decimal": ","}),
    "decimal": (THOUSANDS, {"sep": ";", "decimal": ","}),
    "lineterminator": (PLAIN.replace("\n", "~"), {"lineterminator": "~"}),
    "quotechar": (QUOTED, {"quotechar": "'", "sep": ";"}),
    "quoting": (QUOTED, {"quoting": csv.QUOTE_NONE, "sep": ";", "names": ["a", "b", "c"]}),
    "doublequote": (ESCAPED, {"doublequote": False, "escapechar": "\\"}),
    "escapechar": (ESCAPED, {"escapechar": "\\"}),
    "comment": (NOTED, {"comment": "#"}),
    "encoding": (PLAIN.replace("x", "ü"), {"encoding": "utf-8"}),
    "encoding_errors": (PLAIN, {"encoding_errors": "replace"}),
    "dialect": (QUOTED, {"dialect": Semicolons()}),
    "on_bad_lines": (BAD, {"on_bad_lines": "skip"}),
    "on_bad_lines: function": (BAD, {"on_bad_lines": last_two, "engine": "python"}),
    "low_memory": (PLAIN, {"low_memory": False}),
    "float_precision": (PLAIN, {"float_precision": "round_trip"}),
    "dtype_backend": (PLAIN, {"dtype_backend": "numpy_nullable"}),
    "compression": (PLAIN, {"compression": None}),
    "compression: told": (PLAIN, {"compression": {"method": "infer"}}),
    "memory_map": (PLAIN, {"memory_map": False}),
    "iterator": (PLAIN, {"iterator": False}),
    "chunksize": (PLAIN, {"chunksize": None}),
    "storage_options": (PLAIN, {"storage_options": None}),
}


def pandas_of(files: list[Path], options: dict[str, Any]) -> pd.DataFrame:
    """What pandas makes of all files."""
    frames = [pd.read_csv(file, **options) for file in files]
    whole = pd.concat(frames, ignore_index=options.get("index_col") in (None, False))
    return whole.head(options["nrows"]) if "nrows" in options else whole


@pytest.mark.filterwarnings("ignore:The 'float_precision' argument")
@pytest.mark.parametrize(("text", "options"), CASES.values(), ids=CASES)
def test_as_pandas(tmp_path: Path, text: str, options: dict[str, Any]) -> None:
    files = [tmp_path / "1.csv", tmp_path / "2.csv"]
    for file in files:
        file.write_text(text)
    found = dd.read_csv(files, blocksize=90, **options)
    assert "nrows" in options or found.npartitions > 2
    assert_eq(found, pandas_of(files, options))


@pytest.mark.parametrize("name", ["nothing", "header: several", "index_col", "skipfooter", "usecols", "na_values"])
def test_whole_files(tmp_path: Path, name: str) -> None:
    text, options = CASES[name]
    (tmp_path / "d.csv").write_text(text)
    found = dd.read_csv(tmp_path / "d.csv", blocksize=None, **options)
    assert found.npartitions == 1
    assert_eq(found, pandas_of([tmp_path / "d.csv"], options))


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zip"])
def test_compressed(tmp_path: Path, ending: str) -> None:
    text, options = CASES["skipfooter"]
    files = [tmp_path / f"1.csv.{ending}", tmp_path / f"2.csv.{ending}"]
    for file in files:
        with pd.io.common.get_handle(file, "w", compression="infer") as stream:
            stream.handle.write(text)  # type: ignore[call-overload]
    assert_eq(dd.read_csv(files, **options), pandas_of(files, options))


def test_all_arguments_of_pandas_are_here() -> None:
    tested = {name.partition(":")[0] for name in CASES}
    assert {*inspect.signature(pd.read_csv).parameters} - tested == {"filepath_or_buffer"}


REFUSED: dict[str, tuple[type[Exception], dict[str, Any], str]] = {
    "iterator": (NotImplementedError, {"iterator": True}, "lazy already"),
    "chunksize": (NotImplementedError, {"chunksize": 3}, "blocksize="),
    "memory_map": (NotImplementedError, {"memory_map": True}, "read in blocks"),
    "skiprows by function": (NotImplementedError, {"skiprows": lambda i: i == 1}, "blocksize=None"),
    "engine": (NotImplementedError, {"engine": "pyarrow"}, "blocksize=None"),
    "header with dtypes": (NotImplementedError, {"header": [0, 1], "dtype": {("a", "b"): "str"}}, "blocksize=None"),
    "compression": (NotImplementedError, {"compression": {"method": "gzip", "mtime": 1}}, "mtime"),
    "footer and nrows": (ValueError, {"skipfooter": 1, "nrows": 3}, "nrows"),
    "unknown": (TypeError, {"squeeze": True}, "squeeze"),
    "missing column": (ValueError, {"usecols": ["z"]}, "'z'"),
    "missing date": (ValueError, {"parse_dates": ["z"]}, "'z'"),
    "missing index": (ValueError, {"index_col": "z"}, "'z'"),
}


@pytest.mark.parametrize(("error", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, error: type[Exception], options: dict[str, Any], message: str) -> None:
    (tmp_path / "d.csv").write_text(PLAIN)
    with pytest.raises(error, match=message):
        dd.read_csv(tmp_path / "d.csv", blocksize=100, **options)


def test_whole_files_take_more(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(PLAIN)
    (tmp_path / "e.csv").write_text(TWO_HEADERS)
    for name, options in {
        "d.csv": {"skiprows": lambda i: i % 3 == 1},
        "e.csv": {"header": [0, 1], "dtype": {("a", "x"): "float64"}},
    }.items():
        theirs = pd.read_csv(tmp_path / name, **options)  # type: ignore[call-overload]
        assert_eq(dd.read_csv(tmp_path / name, blocksize=None, **options), theirs)


def test_ends_of_files_that_are_longer_than_a_block(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(FOOTED)
    for options in ({"skipfooter": 12, "engine": "python"}, {"skiprows": [1, 14]}):
        with pytest.raises(ValueError, match=r"d\.csv.* reaches beyond a block of .* lines; pass a larger blocksize"):
            dd.read_csv(tmp_path / "d.csv", blocksize=60, sample=50, **options).compute(scheduler="synchronous")


def test_enforce(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("b,a\n3,4\n")
    assert dd.read_csv(tmp_path / "*.csv").a.compute().tolist() == [1, 4]
    with pytest.raises(ValueError, match=r"2\.csv has the columns \['b', 'a'\], but the first file has \['a', 'b'\]"):
        dd.read_csv(tmp_path / "*.csv", enforce=True).a.compute()


def test_sample_rows(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a\n1\n2\nx\n")
    assert dd.read_csv(tmp_path / "d.csv", sample_rows=2).dtypes.a == np.int64
    assert dd.read_csv(tmp_path / "d.csv").dtypes.a == "str"


def test_an_index_without_a_name_is_refused(tmp_path: Path) -> None:
    """pandas takes the first field of rows with one more than the header for labels, whatever these are."""
    for rows in ("0,1,2\n1,3,4\n", "1,2,3\n5,6,7\n", "x,2,3\ny,6,7\n"):
        (tmp_path / "d.csv").write_text(f"a,b\n{rows}")
        with pytest.raises(ValueError, match="more fields than the columns"):
            dd.read_csv(tmp_path / "d.csv").compute()
