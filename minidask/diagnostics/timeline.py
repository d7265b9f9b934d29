"""Pictures over time, in SVG: bars for what ran, curves for what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from minidask.diagnostics.display import as_picture
from minidask.quantities import format_time

_WIDTH, _LEFT, _ROW, _GRAPH, _TITLE, _AXIS = 900, 10, 18, 120, 24, 30  # pixels
_COLORS = ("#4c72b0", "#dd8452", "#55a868", "#c44e52", "#8172b3", "#937860", "#da8bc3", "#8c8c8c", "#ccb974", "#64b5cd")


class Bar(NamedTuple):
    """Something that ran from `start` to `end` (seconds) in a row; equal labels have one colour."""

    start: float
    end: float
    row: int
    label: str


class Curve(NamedTuple):
    """Something measured: (seconds, value) in order."""

    label: str
    points: list[tuple[float, float]]


class Panel(NamedTuple):
    """One picture; several are drawn above each other, over one axis of time."""

    title: str
    bars: Sequence[Bar] = ()
    curves: Sequence[Curve] = ()


def show(panels: Sequence[Panel], filename: str | None) -> Any:
    """Write the picture, and return what a notebook shows, or else the file's name or the SVG text."""
    svg = draw(panels)
    if filename is not None:
        path = Path(filename)
        if path.suffix not in (".html", ".svg"):
            raise ValueError(f"filename={filename!r}: expected a name that ends in .html or .svg")
        page = svg if path.suffix == ".svg" else f'<!DOCTYPE html><meta charset="utf-8"><title>Profile</title>{svg}'
        path.write_text(page, encoding="utf-8")
    return as_picture(svg.encode(), "svg") or filename or svg


def draw(panels: Sequence[Panel]) -> str:
    """The SVG text of panels above each other.

    Examples
    --------
    >>> draw([Panel("tasks", [Bar(0.0, 1.0, 0, "add")])])[:60]
    '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="'
    """
    times = [t for p in panels for bar in p.bars for t in bar[:2]]
    times += [t for p in panels for curve in p.curves for t, _ in curve.points]
    first, last = min(times, default=0.0), max(times, default=1.0)
    scale = (_WIDTH - 2 * _LEFT) / ((last - first) or 1.0)
    drawn: list[str] = []
    top = 0
    for panel in panels:
        drawn.append(_text(_LEFT, top + 16, panel.title))
        top += _TITLE
        drawn += _bars(panel.bars, first, scale, top)
        top += _ROW * (1 + max((bar.row for bar in panel.bars), default=-1))
        for curve in panel.curves:
            drawn += _curve(curve, first, scale, top)
            top += _GRAPH
    drawn += [_text(_LEFT, top + 20, "0"), _text(_WIDTH - _LEFT, top + 20, format_time(last - first), "end")]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top + _AXIS}" font-family="sans-serif" '
    return f'{head}font-size="12">{"".join(drawn)}</svg>'


def _bars(bars: Sequence[Bar], first: float, scale: float, top: int) -> Iterator[str]:
    for bar in _visible(bars, 1 / scale):
        x, width = _LEFT + (bar.start - first) * scale, max((bar.end - bar.start) * scale, 0.5)
        color = _COLORS[crc32(bar.label.encode()) % len(_COLORS)]
        title = f"{escape(bar.label)}: {format_time(bar.end - bar.start)}"
        yield (
            f'<rect x="{x:.2f}" y="{top + bar.row * _ROW}" width="{width:.2f}" height="{_ROW - 2}" fill="{color}">'
            f"<title>{title}</title></rect>"
        )


def _visible(bars: Sequence[Bar], least: float) -> Iterator[Bar]:
    """The bars, but of those of one row and label within a pixel one: a million tasks still make a small picture."""
    latest: dict[tuple[int, str], Bar] = {}
    for bar in sorted(bars):
        which = bar.row, bar.label
        before = latest.get(which)
        if before is not None and max(bar.end, before.end) - before.start < least:
            latest[which] = before._replace(end=max(bar.end, before.end))
            continue
        if before is not None:
            yield before
        latest[which] = bar
    yield from latest.values()


def _curve(curve: Curve, first: float, scale: float, top: int) -> Iterator[str]:
    largest = max((value for _, value in curve.points), default=0.0)
    height = (_GRAPH - 30) / (largest or 1.0)
    bottom = top + _GRAPH - 10
    points = " ".join(f"{_LEFT + (t - first) * scale:.2f},{bottom - value * height:.2f}" for t, value in curve.points)
    color = _COLORS[crc32(curve.label.encode()) % len(_COLORS)]
    yield f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"/>'
    yield _text(_LEFT, top + 12, f"{curve.label}, at most {largest:,.6g}")


def _text(x: int, y: int, text: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
