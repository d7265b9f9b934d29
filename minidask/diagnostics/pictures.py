"""Pictures of who needs whom, drawn by Graphviz."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from minidask.diagnostics.display import as_picture
from minidask.errors import MissingExtraError
from minidask.extras import import_extra

FORMATS = ("svg", "png", "pdf", "dot")
_NODE = {"fontname": "helvetica", "fontsize": "12"}


class Described(Protocol):
    """A picture in words: labels of the nodes by number, and edges between numbers, in the direction of the data."""

    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def edges(self) -> Iterable[tuple[int, int]]: ...


class Node(NamedTuple):
    """What is drawn of one thing."""

    name: str
    """Unlike all others; edges refer to it."""
    label: str
    shape: str = "box"
    """As Graphviz calls it: "box" for data, "circle" or "ellipse" for what is done."""
    color: str | None = None
    """Fills the node."""
    tooltip: str | None = None
    """Appears under the pointer, in SVG."""


def draw(
    picture: Described,
    filename: str | None = "minidask",
    format: str | None = None,
    ranks: Sequence[int] | None = None,
    rankdir: str = "BT",
    node_attr: Mapping[str, Any] | None = None,
    edge_attr: Mapping[str, Any] | None = None,
    graph_attr: Mapping[str, Any] | None = None,
) -> Any:
    """Draw a picture that is given in words.

    Parameters
    ----------
    picture
        Labels and edges.
    filename, format
        As for `render`, which says what is returned.
    ranks
        A number for each node, that is added to its label and decides its colour: from blue for the lowest to red
        for the highest.
    rankdir, node_attr, edge_attr, graph_attr
        As for `dot_source`.
    """
    labels = list(picture.labels)
    colors: list[str | None] = [None] * len(labels)
    if ranks is not None:
        labels = [f"{label}\n{rank}" for label, rank in zip(labels, ranks)]
        colors = [_color(rank / (max(ranks) or 1)) for rank in ranks]
    nodes = [Node(str(i), label, color=color) for i, (label, color) in enumerate(zip(labels, colors))]
    edges = [(str(tail), str(head)) for tail, head in picture.edges]
    return render(dot_source(nodes, edges, rankdir, node_attr, edge_attr, graph_attr), filename, format)


def _color(share: float) -> str:
    """From blue (0) to red (1), in Graphviz' hue, saturation and value."""
    return f"{(1 - share) * 0.62:.3f} 0.35 1.000"


def dot_source(
    nodes: Iterable[Node],
    edges: Iterable[tuple[str, str]],
    rankdir: str = "BT",
    node_attr: Mapping[str, Any] | None = None,
    edge_attr: Mapping[str, Any] | None = None,
    graph_attr: Mapping[str, Any] | None = None,
) -> str:
    """The picture in Graphviz' language.

    Parameters
    ----------
    nodes
        What is drawn.
    edges
        Arrows, as pairs of nodes' names (from, to).
    rankdir
        The direction of arrows: "BT" upwards, "TB", "LR" or "RL".
    node_attr, edge_attr, graph_attr
        Further attributes, in Graphviz' words, of all nodes, of all edges and of the whole.

    Examples
    --------
    >>> print(dot_source([Node("a", "data"), Node("b", "sum", "circle")], [("a", "b")]))
    digraph {
      graph [rankdir="BT"]
      node [fontname="helvetica" fontsize="12"]
      "a" [label="data" shape="box"]
      "b" [label="sum" shape="circle"]
      "a" -> "b"
    }
    """
    if rankdir not in ("BT", "TB", "LR", "RL"):
        raise ValueError(f'rankdir={rankdir!r}: expected "BT", "TB", "LR" or "RL"')
    lines = [f"graph {_attributes({'rankdir': rankdir, **(graph_attr or {})})}"]
    lines.append(f"node {_attributes({**_NODE, **(node_attr or {})})}")
    if edge_attr:
        lines.append(f"edge {_attributes(edge_attr)}")
    lines += [f"{_quoted(node.name)} {_attributes(_describe(node))}" for node in nodes]
    lines += [f"{_quoted(tail)} -> {_quoted(head)}" for tail, head in edges]
    return "\n  ".join(["digraph {", *lines]) + "\n}"


def _describe(node: Node) -> dict[str, str]:
    attributes = {"label": node.label, "shape": node.shape}
    if node.color:
        attributes |= {"style": "filled", "fillcolor": node.color}
    if node.tooltip:
        attributes["tooltip"] = node.tooltip
    return attributes


def _attributes(attributes: Mapping[str, Any]) -> str:
    return "[" + " ".join(f"{name}={_quoted(str(value))}" for name, value in attributes.items()) + "]"


def _quoted(text: str) -> str:
    """In Graphviz' quotes, in which a backslash stays and a line break is `\\n`."""
    return json.dumps(text, ensure_ascii=False)


def render(dot: str, filename: str | None = "minidask", format: str | None = None) -> Any:
    """Draw what `dot_source` describes.

    Parameters
    ----------
    dot
        The picture in Graphviz' language.
    filename
        Where to write it; None writes nothing. An ending such as ``.svg`` gives the format.
    format
        "svg", "png" (where nothing else is said), "pdf", or "dot", which needs no program.

    Returns
    -------
    In a notebook the picture, to be shown; else the name of the file, or the bytes where none was written.

    Raises
    ------
    ValueError
        Another format.
    FileNotFoundError
        There is no folder to write to.
    MissingExtraError
        The package graphviz, or the program `dot`, is not installed.

    Examples
    --------
    >>> render(dot_source([Node("a", "data")], []), None, "dot")[:7]
    b'digraph'
    """
    path, format = _place(filename, format)
    data = dot.encode() if format == "dot" else _draw(dot, format)
    if path is not None:
        path.write_bytes(data)
    picture = as_picture(data, format) if format in ("svg", "png") else None
    return picture or (str(path) if path is not None else data)


def _place(filename: str | None, format: str | None) -> tuple[Path | None, str]:
    """The file and the format, each of which may tell of the other."""
    path = None if filename is None else Path(filename)
    ending = path.suffix.removeprefix(".").lower() if path is not None else ""
    if format is None and ending.isalpha() and ending not in FORMATS:
        raise ValueError(
            f"filename={filename!r}: pictures are written as {', '.join(FORMATS)}; say format= where the ending is "
            'part of the name, and engine="text" for text'
        )
    format = format or (ending if ending in FORMATS else "png")
    if format not in FORMATS:
        raise ValueError(f"format={format!r}: expected one of {', '.join(map(repr, FORMATS))}")
    if path is not None and ending != format:
        path = path.with_name(f"{path.name}.{format}")
    if path is not None and not path.parent.is_dir():
        raise FileNotFoundError(f"filename={filename!r}: there is no folder {path.parent}")
    return path, format


def _draw(dot: str, format: str) -> bytes:
    graphviz = import_extra("graphviz", extra="visualize", purpose=f"draw a {format} picture of a graph")
    try:
        return bytes(graphviz.Source(dot).pipe(format=format))
    except graphviz.ExecutableNotFound:
        raise MissingExtraError(
            "the package graphviz is there, but not the program `dot` that it calls. Install Graphviz (apt-get install "
            "graphviz, brew install graphviz, conda install graphviz, or from graphviz.org); or write the picture's "
            'source, which needs no program: format="dot"; or print the text tree, which needs nothing: engine="text"'
        ) from None
