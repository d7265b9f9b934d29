"""Where pictures and texts of expressions are written."""

from __future__ import annotations

import pytest

from minidask import delayed


def test_text_is_written_where_a_file_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    x = delayed(sum)([1, 2])
    text = x.visualize("b.txt", engine="text")
    assert (tmp_path / "b.txt").read_text(encoding="utf-8") == f"{text}\n"
    x.visualize(engine="text")
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


@pytest.mark.parametrize("name", ["v.txt", "v.xyz"])
def test_endings_that_are_no_format(name):
    with pytest.raises(ValueError, match="pictures are written as svg, png, pdf, dot"):
        delayed(sum)([1, 2]).visualize(name, engine="graphviz")
