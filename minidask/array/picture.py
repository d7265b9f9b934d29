"""Arrays for people: a line of text, and in notebooks a table with a picture of the chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import prod

from minidask.array.chunks import Shape, Sizes
from minidask.array.node import ArrayNode
from minidask.quantities import format_bytes

SIDE = 120
"""Pixels of the longest axis."""
MOST_LINES = 20
"""More chunks than these along an axis are not drawn one by one."""
SLANT = 0.4
"""How far the third axis, which goes back, is drawn to the right and down, for each of its pixels."""
_FILL, _LINE = "#8aa7c4", "#33475b"


def describe(node: ArrayNode) -> str:
    """An array in one line; what is not known of it is not found out for it.

    Examples
    --------
    >>> import minidask.array as da
    >>> describe(da.ones((4, 6), chunks=(2, 3)).expr)
    'minidask.array<ones, shape=(4, 6), dtype=float64, chunksize=(2, 3), blocks=4>'
    """
    return (
        f"minidask.array<{node.operation}, shape={_shape(node.shape)}, dtype={_dtype(node)}, "
        f"chunksize={_shape(_largest(node))}, blocks={prod(node.grid):,}>"
    )


def _largest(node: ArrayNode) -> Shape:
    return tuple(None if None in sizes else max(sizes) for sizes in node.chunks)


def _shape(shape: Shape) -> str:
    sizes = ["?" if n is None else str(n) for n in shape]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def to_html(node: ArrayNode) -> str:
    """A table of the array's facts beside a picture of its chunks.

    Parameters
    ----------
    node
        The array; what is not known of it is not found out for it.

    Examples
    --------
    >>> import minidask.array as da
    >>> to_html(da.ones((4, 6), chunks=(2, 3)).expr)[:7]
    '<table>'
    """
    rows = [
        ("", "Array", "Block"),
        ("Bytes", _bytes(node.shape, node), _bytes(_largest(node), node)),
        ("Shape", _shape(node.shape), _shape(_largest(node))),
        ("Blocks", f"{prod(node.grid):,}", ""),
        ("Type", _dtype(node), _kind(node)),
        ("Made by", node.operation, ""),
    ]
    cells = "".join(f"<tr><th>{a}</th><td>{b}</td><td>{c}</td></tr>" for a, b, c in rows)
    return f"<table><tr><td><table>{cells}</table></td><td>{to_svg(node)}</td></tr></table>"


def _dtype(node: ArrayNode) -> str:
    return str(node.dtype) if node.is_told else "?"


def _kind(node: ArrayNode) -> str:
    kind = type(node.meta) if node.is_told else None
    return f"{kind.__module__.partition('.')[0]}.{kind.__name__}" if kind else "unknown"


def _bytes(shape: Shape, node: ArrayNode) -> str:
    return "unknown" if None in shape or not node.is_told else format_bytes(prod(shape) * node.dtype.itemsize)


def to_svg(node: ArrayNode, side: float = SIDE) -> str:
    """A picture of the chunks along the last three axes, the longest of which takes so many pixels.

    It is empty where sizes are unknown, or there are no elements.

    Examples
    --------
    >>> import minidask.array as da
    >>> to_svg(da.ones((4, 6), chunks=(2, 3)).expr).count("<line")
    6
    """
    if not node.is_known or not node.ndim or 0 in node.shape:
        return ""
    chunks = node.chunks[-3:]
    pixels = _pixels([sum(sizes) for sizes in chunks], side)
    cuts = [_cuts(sizes, length) for sizes, length in zip(chunks, pixels)]
    depth, rows, columns = ([0.0], *cuts) if len(cuts) == 2 else ([0.0], [0.0, 20.0], *cuts) if len(cuts) == 1 else cuts
    return _draw(depth, rows, columns, _caption(node))


def _pixels(sizes: Sequence[int], side: float) -> list[float]:
    """Lengths of the axes: in proportion, but none so short that nothing is seen."""
    longest = max(sizes)
    return [side * max(n / longest, 0.12) for n in sizes]


def _cuts(sizes: Sizes, length: float) -> list[float]:
    """Where along an axis lines are drawn."""
    if len(sizes) > MOST_LINES:
        return [length * i / MOST_LINES for i in range(MOST_LINES + 1)]
    total = sum(sizes)
    return [length * at / total for at in accumulate(sizes, initial=0)]


def _caption(node: ArrayNode) -> str:
    shown = " × ".join(f"{n:,}" for n in node.shape[-3:])
    return f"{shown} ({node.ndim - 3} more axes)" if node.ndim > 3 else shown


def _draw(depth: Sequence[float], rows: Sequence[float], columns: Sequence[float], caption: str) -> str:
    """The front face, and behind it (if `depth` has more than one place) the top and the left side of a box."""
    back = depth[-1] * SLANT
    width, height = columns[-1], rows[-1]
    faces = [[(back, back), (back + width, back), (back + width, back + height), (back, back + height)]]
    if back:
        faces.append([(0, 0), (width, 0), (back + width, back), (back, back)])
        faces.append([(0, 0), (back, back), (back, back + height), (0, height)])
    shapes = [f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in face)}"/>' for face in faces]
    lines = [
        f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}"/>' for a, b, c, d in _lines(depth, rows, columns)
    ]
    total_width, total_height = back + width + 10, back + height + 28
    return (
        f'<svg width="{total_width:.0f}" height="{total_height:.0f}" xmlns="http://www.w3.org/2000/svg">'
        f'<g transform="translate(5,5)" fill="{_FILL}" stroke="{_LINE}">{"".join(shapes)}{"".join(lines)}</g>'
        f'<text x="5" y="{total_height - 6:.0f}" font-size="11">{caption}</text></svg>'
    )


def _lines(
    depth: Sequence[float], rows: Sequence[float], columns: Sequence[float]
) -> Iterator[tuple[float, float, float, float]]:
    back = depth[-1] * SLANT
    width, height = columns[-1], rows[-1]
    for y in rows:
        yield back, back + y, back + width, back + y
    for x in columns:
        yield back + x, back, back + x, back + height
    if not back:
        return
    for y in rows:
        yield 0, y, back, back + y
    for x in columns:
        yield x, 0, back + x, back
    for z in (place * SLANT for place in depth):
        yield z, z, z + width, z
        yield z, z, z, z + height
