"""Tables of web pages, against pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

pytest.importorskip("lxml", reason="the extra html")

ONE, TWO = pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}), pd.DataFrame({"z": [0.5]})


def test_tables(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(ONE.to_html(index=False) + TWO.to_html(index=False))
    (tmp_path / "b.html").write_text(TWO.to_html(index=False))
    found = dd.read_html(tmp_path / "*.html")
    assert len(found) == 3
    for ours, theirs in zip(found, [ONE, TWO, TWO], strict=True):
        assert_eq(ours, theirs)
    (table,) = dd.read_html(tmp_path / "a.html", match="b", index_col=0)
    assert_eq(table, ONE.set_index("x"))


def test_bad_input(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>nothing</p>")
    with pytest.raises(ValueError, match=r"a\.html: No tables found"):
        dd.read_html(tmp_path / "a.html")
    with pytest.raises(FileNotFoundError):
        dd.read_html(tmp_path / "b.html")
    with pytest.raises(TypeError, match="'lines'"):
        dd.read_html(tmp_path / "a.html", lines=3)
