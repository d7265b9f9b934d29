"""Which rows of two frames have equal keys: by their hashes in compiled loops; without, both are sorted together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from minidask.kernels.hashed import matched, paired
from minidask.kernels.lookup import Pairs
from minidask.kernels.packing import stable_order
from minidask.kernels.row_codes import places_dtype
from minidask.kernels.text_codes import factorized

_Places = np.ndarray


def matches(left: np.ndarray, right: np.ndarray, outer: bool = False) -> Pairs:
    """The rows with equal keys: those of the left side in their order, for each of them those of the right.

    Parameters
    ----------
    left, right
        Whole numbers of one dtype, or others of which none is missing.
    outer
        Whether rows of the left side that have no match are there, too.

    Examples
    --------
    >>> found = matches(np.array([7, 5, 9]), np.array([5, 7, 5]), outer=True)
    >>> found.left.tolist(), found.right.tolist()
    ([0, 1, 1, 2], [1, 0, 2, -1])
    """
    if not len(right):
        at = np.arange(len(left) if outer else 0)
        return Pairs(at, np.full(len(at), -1), len(at) > 0)
    first, counts, places = matched(left, right) or _matched(left, right)
    if counts.max(initial=0) > 1:
        return _several(first, counts, places, outer)
    at = np.flatnonzero(counts)
    if len(at) == len(left):
        return Pairs(None, places[first])
    found = places[first[at]]
    if not outer:
        return Pairs(at, found)
    of = np.full(len(left), -1)
    of[at] = found
    return Pairs(None, of, True)


def _matched(left: np.ndarray, right: np.ndarray) -> tuple[_Places, np.ndarray, _Places]:
    """For each row of the left side the first of its matches and how many there are, among the places of the right."""
    keys = np.concatenate([left, right])
    order = stable_order(keys)
    keys = keys[order]
    begins = np.append(True, keys[1:] != keys[:-1])
    del keys
    of_right = order >= len(left)
    dtype = places_dtype(len(order) + 1)
    before = np.zeros(len(order) + 1, dtype)  # rows of the right side before each
    np.cumsum(of_right, out=before[1:])
    start = np.maximum.accumulate(np.where(begins, before[:-1], dtype(0)))  # before the first of the equal ones
    stops = np.where(np.append(begins[1:], True), before[1:], dtype(len(order)))
    stop = np.minimum.accumulate(stops[::-1])[::-1]  # before the first that is greater
    first, counts = np.empty(len(left), dtype), np.empty(len(left), dtype)
    of_left = ~of_right
    rows = order[of_left]
    first[rows] = start[of_left]
    counts[rows] = (stop - start)[of_left]
    return first, counts, order[of_right] - len(left)


def _several(first: _Places, counts: np.ndarray, places: _Places, outer: bool) -> Pairs:
    """Rows of the left side are there once for each of their matches."""
    missing = outer and not counts.all()
    pairs = paired(first, counts, places, outer)
    if pairs is not None:
        return Pairs(*pairs, missing)
    times = np.maximum(counts, 1) if outer else counts
    at = np.repeat(np.arange(len(first)), times)
    within = np.arange(len(at)) - np.repeat(np.cumsum(times, dtype=np.intp) - times, times)
    of = places.take(first[at] + within, mode="clip")
    if missing:
        of[counts[at] == 0] = -1
    return Pairs(at, of, missing)


def numbers_alike(left: pd.Series, right: pd.Series) -> tuple[np.ndarray, np.ndarray] | None:
    """Two keys as numbers, equal where the keys are; None where they cannot be told so.

    Examples
    --------
    >>> numbers_alike(pd.Series([1.5]), pd.Series([2.5]))
    (array([1.5]), array([2.5]))
    >>> numbers_alike(pd.Series([1.5]), pd.Series([2]))
    """
    dtype = left.dtype
    if dtype != right.dtype or not isinstance(dtype, np.dtype | pd.DatetimeTZDtype) or dtype.kind not in "iufmM":
        return None
    found = [np.asarray(getattr(side.array, "asi8", side.to_numpy())) for side in (left, right)]
    if dtype.kind == "f" and any(np.isnan(values).any() for values in found):
        return None
    return found[0], found[1]


def text_numbers(left: pd.Series, right: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Two keys of strings as whole numbers, equal where the keys are, if one has categories; else as they are.

    Examples
    --------
    >>> one, other = text_numbers(pd.Series(["b", "a", "b"], dtype="category"), pd.Series(["b", None]))
    >>> one.tolist(), other.tolist()
    ([1, 0, 1], [1, -1])
    """
    sides = left, right
    coded = [isinstance(side.dtype, pd.CategoricalDtype) for side in sides]
    if not any(coded):
        return sides
    labels = [pd.Series(side.cat.categories if known else side.array) for side, known in zip(sides, coded)]
    numbers, _ = factorized(pd.concat(labels, ignore_index=True).array)
    found = []
    for side, known, own in zip(sides, coded, np.split(numbers, [len(labels[0])])):
        found.append(pd.Series(np.append(own, -1)[side.cat.codes.to_numpy()] if known else own))
    return found[0], found[1]
