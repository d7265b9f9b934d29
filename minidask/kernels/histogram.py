"""Numbers counted in bins of equal width: NumPy's counts, by fewer passes over tiles that stay in the cache.

The bin is told by the distance from the lower end, unless rounding may have moved a number across an edge: tiles with
such numbers are NumPy's, which compares them with the edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_ELEMENTS = 2**16
_SURELY_SMALL = 1e-3


@dataclass(frozen=True)
class Bins:
    """Bins of equal width between two ends."""

    count: int
    low: float
    high: float

    def counts(self, values: Any) -> Any:
        """As NumPy counts them."""
        return np.histogram(values, self.count, (self.low, self.high))[0]


def histogram(values: Any, count: int, low: float, high: float) -> Any:
    """How many of some numbers fall into each bin.

    Parameters
    ----------
    values
        An array of any shape.
    count
        Of bins.
    low, high
        The ends of the first and the last one.

    Examples
    --------
    >>> histogram(np.array([0.1, 0.2, 0.9]), 2, 0, 1)
    array([2, 1])
    """
    bins = Bins(count, float(low), float(high))
    width = bins.high - bins.low
    scale = count / width if np.isfinite(width) and width > 0 else 0.0
    close = 8 * np.finfo(float).eps * (count + max(abs(bins.low), abs(bins.high)) * scale)
    if type(values) is not np.ndarray or values.dtype != np.float64 or not 0 < close < _SURELY_SMALL:
        return bins.counts(values)
    flat = values.ravel(order="K")
    total = np.zeros(count, np.intp)
    places, away = np.empty((2, min(_ELEMENTS, flat.size)))
    for start in range(0, flat.size, _ELEMENTS):
        tile = flat[start : start + _ELEMENTS]
        found = _by_distance(tile, bins, scale, close, places[: tile.size], away[: tile.size])
        if found is None and start == 0:
            return bins.counts(flat)  # the others will be like this one
        total += bins.counts(tile) if found is None else found
    return total


def _by_distance(tile: Any, bins: Bins, scale: float, close: float, places: Any, away: Any) -> Any:
    """The counts by how many widths each number is from the lower end; None where one is too close to an edge."""
    with np.errstate(invalid="ignore"):
        if not (bins.low <= tile.min() and tile.max() <= bins.high):
            return None
    np.subtract(tile, bins.low, out=places)
    np.multiply(places, scale, out=places)
    np.rint(places, out=away)
    np.subtract(away, places, out=away)
    if np.absolute(away, out=away).min() <= close:
        return None
    return np.bincount(places.astype(np.intp), minlength=bins.count)
