"""Pictures of who needs whom."""

from __future__ import annotations

import shutil
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

import minidask
from minidask.diagnostics.pictures import Node, dot_source, draw, render
from minidask.errors import MissingExtraError

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="the program dot is not installed")
PICTURE = SimpleNamespace(labels=["read", 'say "hi"\nand go'], edges=[(0, 1)])


def test_the_source_in_graphviz_language():
    source = dot_source([Node("a", "x", color="red", tooltip="why")], [("a", "a")], "LR", edge_attr={"color": "blue"})
    assert '"a" [label="x" shape="box" style="filled" fillcolor="red" tooltip="why"]' in source
    assert '"a" -> "a"' in source
    assert 'edge [color="blue"]' in source
    assert 'rankdir="LR"' in source
    with pytest.raises(ValueError, match="rankdir='up'"):
        dot_source([], [], "up")


def test_dot_files_need_no_program(tmp_path):
    assert render("digraph {}", str(tmp_path / "a.dot")) == str(tmp_path / "a.dot")
    assert (tmp_path / "a.dot").read_text() == "digraph {}"
    assert render("digraph {}", None, "dot") == b"digraph {}"


def test_ranks_are_labels_and_colours():
    text = draw(PICTURE, None, "dot", ranks=[0, 7]).decode()
    assert "read\\n0" in text
    assert "and go\\n7" in text
    assert text.count("fillcolor") == 2


@needs_dot
@pytest.mark.parametrize(("format", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_formats(tmp_path, format, start):
    for filename, arguments in ((f"a.{format}", {}), ("b", {"format": format}), (f"c.{format}", {"format": format})):
        path = draw(PICTURE, str(tmp_path / filename), **arguments)
        assert path.endswith(f".{format}")
        with open(path, "rb") as stream:  # noqa: PTH123
            assert stream.read().startswith(start)
    assert len(list(tmp_path.iterdir())) == 3
    assert draw(PICTURE, None, format).startswith(start)


@needs_dot
def test_labels_are_text_whatever_is_in_them():
    labels = ['"', "a\\b", "<i>", "two\nlines", "é→"]
    svg = ElementTree.fromstring(draw(SimpleNamespace(labels=labels, edges=[]), None, "svg"))
    found = [e.text for e in svg.iter() if e.tag.endswith("}text")]
    assert found == ['"', "a\\b", "<i>", "two", "lines", "é→"]


def test_unknown_formats_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"format='gif'.*'svg'"):
        render("digraph {}", str(tmp_path / "a"), "gif")


def test_folders_are_not_made(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*none"):
        render("digraph {}", str(tmp_path / "none" / "x.dot"))
    assert not list(tmp_path.iterdir())


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(MissingExtraError, match=r'pip install "minidask\[visualize\]"'):
        render("digraph {}", None, "svg")


def test_a_missing_program_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtraError, match=r"apt-get install graphviz.*engine="):
        render("digraph {}", None, "svg")


def test_a_notebook_gets_the_picture(monkeypatch):
    pytest.importorskip("IPython")
    monkeypatch.setattr("minidask.diagnostics.display.in_notebook", lambda: True)
    from minidask.diagnostics import Profiler

    assert "<svg" in Profiler().visualize(None)._repr_svg_()


@needs_dot
def test_collections_are_drawn(tmp_path):
    total = minidask.delayed(sum)([minidask.delayed(len)("abc"), 4])
    assert total.visualize(str(tmp_path / "nodes.svg")) == str(tmp_path / "nodes.svg")
    path = minidask.visualize(total, filename=str(tmp_path / "tasks"), format="svg", tasks=True, color="order")
    words = [e.text for e in ElementTree.parse(path).iter() if e.tag.endswith("}text")]
    assert words == ["len", "0", "sum", "1"]


def test_collections_as_text():
    total = minidask.delayed(sum)([minidask.delayed(len)("abc"), 4])
    assert minidask.visualize(total, engine="text", tasks=True) == "#1 sum\n  #2 len"
    assert "len" in total.visualize(engine="text")
    with minidask.config.set({"visualization.engine": "text"}):
        assert "sum" in total.visualize()
    with pytest.raises(ValueError, match="engine='pencil'"):
        total.visualize(engine="pencil")
    with pytest.raises(ValueError, match="tasks=True"):
        total.visualize(color="order")
