"""Arrays: a map of heights, repeated until it takes more than a gigabyte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, prod, radians, sqrt
from pathlib import Path
from typing import Any

import numpy as np

import minidask.array as da
from minidask.demo.data import topography
from minidask.demo.questions import Question, Size

SLOPES = np.linspace(0, 1, 21)
"""Edges of the histogram of slopes."""


class Repeated:
    """A small array, repeated along both axes: made where it is asked for, never as a whole.

    It has what `from_array` needs of a source: shape, dtype and slicing.
    """

    def __init__(self, tile: np.ndarray, times: int) -> None:
        self.tile = tile
        self.shape = tuple(n * times for n in tile.shape)
        self.dtype = tile.dtype
        self.ndim = tile.ndim

    def __getitem__(self, index: tuple[slice, ...]) -> np.ndarray:
        rows, columns = (np.arange(n)[i] for n, i in zip(self.shape, index))
        height, width = self.tile.shape
        return self.tile[rows % height][:, columns % width]


def questions(folder: Path, size: Size) -> Sequence[Question]:
    """Slope, anomaly from the mean of the row, and a histogram."""
    heights, latitudes, longitudes = topography()
    source = Repeated(heights, times=1 + int(sqrt(size.points / heights.size)))
    dy = np.diff(latitudes).mean() * 111_195.0
    dx = np.diff(longitudes).mean() * 111_195.0 * cos(radians(latitudes.mean()))
    shape = " x ".join(f"{n:,}" for n in source.shape)
    gigabytes = prod(source.shape) * source.dtype.itemsize / 1e9

    def ours() -> da.Array:
        return da.from_array(source, chunks=(100, -1))

    return [
        Question(
            f"How steep is the land? ({shape} heights, {gigabytes:.1f} GB)",
            lambda: steepness(ours(), dy, dx),
            "NumPy, in bands",
            lambda: steepness_in_bands(source, dy, dx),
            lambda found: (
                f"mean {found['mean']:.4f}, steepest {found['steepest']:.3f}, nearly flat {found['histogram'][0]:,}"
            ),
        ),
        Question(
            "How far from the mean of their row are the heights?",
            lambda: anomaly(ours()),
            "NumPy, in bands",
            lambda: anomaly_in_bands(source),
            lambda found: (
                f"from {found['lowest']:,.0f} to {found['highest']:,.0f} m, deviation {found['deviation']:.2f} m"
            ),
        ),
    ]


def steepness(heights: da.Array, dy: float, dx: float) -> dict[str, Any]:
    """Mean, maximum and histogram of the slope (metres per metre), inside the edges."""
    north = (heights[2:, 1:-1] - heights[:-2, 1:-1]) / (2 * dy)
    east = (heights[1:-1, 2:] - heights[1:-1, :-2]) / (2 * dx)
    slope = np.hypot(north, east)
    counts, _ = da.histogram(slope, bins=SLOPES)
    return {"mean": slope.mean(), "steepest": slope.max(), "histogram": counts}


def anomaly(heights: da.Array) -> dict[str, Any]:
    """Extent and standard deviation of the heights less the mean of their row."""
    differences = heights - heights.mean(axis=1, keepdims=True)
    return {"lowest": differences.min(), "highest": differences.max(), "deviation": differences.std()}


def bands(source: Repeated, margin: int = 0, height: int = 500) -> Iterator[np.ndarray]:
    """The whole width of the source, some rows at a time, with `margin` more rows on either side."""
    for start in range(margin, source.shape[0] - margin, height):
        stop = min(start + height, source.shape[0] - margin)
        yield source[start - margin : stop + margin, :]


def steepness_in_bands(source: Repeated, dy: float, dx: float) -> dict[str, Any]:
    """The same by `np.gradient`, with a loop such as one writes by hand."""
    total, steepest, counts = 0.0, 0.0, np.zeros(len(SLOPES) - 1, dtype=np.int64)
    for band in bands(source, margin=1):
        north, east = np.gradient(band, dy, dx)
        slope = np.sqrt(north**2 + east**2)[1:-1, 1:-1]
        total += slope.sum()
        steepest = max(steepest, slope.max())
        counts += np.histogram(slope, bins=SLOPES)[0]
    inside = prod(n - 2 for n in source.shape)
    return {"mean": total / inside, "steepest": steepest, "histogram": counts}


def anomaly_in_bands(source: Repeated) -> dict[str, Any]:
    """The same with a loop: the mean of a row's anomaly is 0, so its squares are enough for the deviation."""
    lowest, highest, squares = np.inf, -np.inf, 0.0
    for band in bands(source):
        differences = band - band.mean(axis=1)[:, None]
        lowest, highest = min(lowest, differences.min()), max(highest, differences.max())
        squares += (differences**2).sum()
    return {"lowest": lowest, "highest": highest, "deviation": sqrt(squares / prod(source.shape))}
