"""Moments of pairs of columns within groups: what correlations and covariances are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from minidask.kernels.group_loops import products_off, totals
from minidask.kernels.row_groups import RowGroups

PARTS = 4
"""For each pair of columns, over the rows where both have values: how many rows, the mean of the first column, its
squared deviations added up, and the products of both deviations."""


def moments_of(columns: Sequence[np.ndarray], groups: RowGroups) -> np.ndarray:
    """Those of rows in groups.

    Parameters
    ----------
    columns
        Arrays of numbers, the values of the rows that are in groups.
    groups
        The groups.

    Returns
    -------
    ndarray
        Of shape (groups, `PARTS`, columns, columns).
    """
    width = len(columns)
    found = np.zeros((len(groups), PARTS, width, width))
    there = [None if column.dtype.kind in "iu" else ~np.isnan(column) for column in columns]
    if all(mask is None or mask.all() for mask in there):
        _enter(found, list(range(width)), columns, groups.places, groups.sizes, groups.present)
        return found
    for i in range(width):
        for j in range(width - 1, i - 1, -1):  # one column last: a pair enters theirs, too
            masks = [mask for mask in (there[i], there[j]) if mask is not None]
            both = np.logical_and.reduce(masks) if masks else slice(None)
            values, places = [columns[k][both] for k in ((i, j) if j > i else (i,))], groups.places[both]
            counts = np.bincount(places, minlength=groups.room)
            _enter(found, [i, j] if j > i else [i], values, places, counts, groups.present)
    return found


def _enter(
    found: np.ndarray,
    numbers: Sequence[int],
    columns: Sequence[np.ndarray],
    places: np.ndarray,
    counts: np.ndarray,
    present: np.ndarray,
) -> None:
    """The moments of columns, by these numbers, over rows where all have values."""
    means = [totals(column, places, len(counts)) / np.maximum(counts, 1) for column in columns]
    both = [(column, mean) for column, mean in zip(columns, means)]
    products = {
        (a, b): products_off(*both[a], *both[b], places) for a in range(len(numbers)) for b in range(a, len(numbers))
    }
    for a, i in enumerate(numbers):
        for b, j in enumerate(numbers):
            parts = counts, means[a], products[a, a], products[min(a, b), max(a, b)]
            for part, values in enumerate(parts):
                found[:, part, i, j] = values[present]


def merged_moments(moments: np.ndarray, groups: RowGroups) -> np.ndarray:
    """Moments of blocks, a row each, as those of groups.

    As in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    """
    width = moments.shape[-1]

    def added(values: np.ndarray) -> np.ndarray:
        columns = values.reshape(len(values), width * width).T
        sums = [totals(column, groups.places, groups.room) for column in columns]
        return np.stack(sums, axis=1).reshape(groups.room, width, width)

    counts, means, squares, products = (moments[:, part] for part in range(PARTS))
    total = added(counts)
    mean = added(counts * means) / np.maximum(total, 1)
    off = means - mean[groups.places]
    parts = total, mean, added(squares + counts * off**2), added(products + counts * off * off.swapaxes(1, 2))
    return np.stack(parts, axis=1)[groups.present]


def gaps_of(columns: Sequence[np.ndarray], groups: RowGroups) -> np.ndarray:
    """For each group how many values are NaN, then for each column how many are infinite."""
    missing: np.ndarray = np.sum([np.isnan(column) for column in columns], axis=0)
    return _added([missing, *map(np.isinf, columns)], groups)


def merged_gaps(gaps: np.ndarray, groups: RowGroups) -> np.ndarray:
    """Those of blocks, a row each, as those of groups."""
    return _added(gaps.T, groups) if gaps.shape[1] else np.zeros((len(groups), 0))


def _added(columns: Iterable[np.ndarray], groups: RowGroups) -> np.ndarray:
    sums = [np.bincount(groups.places, weights=column, minlength=groups.room) for column in columns]
    return np.stack(sums, axis=1)[groups.present]


def correlations(moments: np.ndarray, least: int) -> np.ndarray:
    """The matrices of correlations. Parameters as for `covariances`."""
    counts, _, squares, products = (moments[:, part] for part in range(PARTS))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(squares * squares.swapaxes(1, 2))
        found = np.clip(np.where(scale > 0, products / scale, np.nan), -1, 1)
    found[counts < least] = np.nan
    return found


def covariances(moments: np.ndarray, gaps: np.ndarray, least: int, freedom: int) -> np.ndarray:
    """The matrices of covariances.

    Parameters
    ----------
    moments
        Of the finite values of groups.
    gaps
        Which other values they have: those of `gaps_of`.
    least
        How many rows in which both have values a pair must have.
    freedom
        What is taken from the number of rows.

    Returns
    -------
    ndarray
        Of shape (groups, columns, columns).

    Notes
    -----
    As in pandas `freedom` is heeded only in groups without NaN; and there infinite values make NaN, while in others
    they count as missing.
    """
    counts, _, _, products = (moments[:, part] for part in range(PARTS))
    partly, endless = gaps[:, 0] > 0, gaps[:, 1:] > 0
    free = np.where(partly, 1, freedom)[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(counts > free, products / (counts - free), np.nan)
    found[counts < least] = np.nan
    found[(endless[:, :, None] | endless[:, None, :]) & ~partly[:, None, None]] = np.nan
    return found
