"""Lines of fixed width: blocks of files against pandas reading them whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq


@pytest.fixture
def file(tmp_path: Path) -> Path:
    lines = [f"{'näme' if i % 3 else '007':<6}{i:>4}{i / 4:>8.2f}" for i in range(40)]
    path = tmp_path / "fixed.txt"
    path.write_text("\n".join([f"{'name':<6}{'n':>4}{'x':>8}", *lines, ""]))
    return path


OPTIONS: dict[str, dict[str, Any]] = {
    "inferred": {},
    "colspecs": {"colspecs": [(0, 6), (6, 10), (10, 18)]},
    "widths": {"widths": [6, 4, 8]},
    "names": {"widths": [6, 4, 8], "header": None, "names": ["a", "b", "c"], "skiprows": 1},
    "usecols": {"usecols": ["n", "x"], "dtype": {"n": "float32"}},
}


@pytest.mark.parametrize("blocksize", [None, 150])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_as_pandas(file: Path, blocksize: int | None, options: dict[str, Any]) -> None:
    found = dd.read_fwf(file, blocksize=blocksize, **options)
    assert found.npartitions > 1 or blocksize is None
    assert_eq(found, pd.read_fwf(file, **options))


def test_some_columns(file: Path) -> None:
    found = dd.read_fwf(file, blocksize=150)
    assert found.n.sum().compute() == np.arange(40).sum()
    assert len(found) == 40


def test_arguments(file: Path) -> None:
    with pytest.raises(ValueError, match="colspecs or widths"):
        dd.read_fwf(file, colspecs=[(0, 3)], widths=[3])
    with pytest.raises(ValueError, match="colspecs='no'"):
        dd.read_fwf(file, colspecs="no")
    with pytest.raises(TypeError, match="'sep'"):
        dd.read_fwf(file, sep=",")
    with pytest.raises(FileNotFoundError):
        dd.read_fwf(file.with_name("none"))
