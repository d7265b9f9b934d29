"""Reductions of partitions: what becomes of one partition, and how partial results become one.

A partition without items has no partial result: the person's function is called with an empty partition only
where the whole bag is empty.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sized
from copy import deepcopy
from enum import Enum
from typing import Any, NamedTuple

from minidask.bag.steps import Items, as_items, materialised
from minidask.expr.streams import Callee, TakesStreams


class NoItems(Enum):
    EMPTY = "the partial result of a partition without items"


EMPTY = NoItems.EMPTY
Merge = Callable[[list[Any]], Any]


class OfList(Callee):
    """Makes the partial result of a partition, with a person's function of a list."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self.func = func
        self.called = func

    def __call__(self, items: Any) -> Any:
        first = next(iter(as_items(items)), EMPTY)
        return EMPTY if first is EMPTY else materialised(self.func(items))


class OfItems(TakesStreams):
    """Makes the partial result of a partition, with a function of ours that reads the items once."""

    def __init__(self, func: Callable[[Items], Any], called: Any = None) -> None:
        self.func = func
        self.called = called

    def __call__(self, items: Items) -> Any:
        if isinstance(items, Sized):
            return self.func(items) if len(items) else EMPTY
        iterator = iter(items)
        first = next(iterator, EMPTY)
        return EMPTY if first is EMPTY else self.func(itertools.chain((first,), iterator))


class Combine(Callee):
    """Merges partial results into one."""

    def __init__(self, merge: Merge) -> None:
        self.merge = merge

    def __call__(self, parts: list[Any]) -> Any:
        kept = [part for part in parts if part is not EMPTY]
        return materialised(self.merge(kept)) if kept else EMPTY


class Aggregate(Callee):
    """Merges partial results into the answer; that of an empty bag is made of one empty partition."""

    def __init__(self, merge: Merge, partial: Callable[[Any], Any]) -> None:
        self.merge = merge
        self.partial = partial

    def __call__(self, parts: list[Any]) -> Any:
        kept = [part for part in parts if part is not EMPTY]
        return materialised(self.merge(kept or [self.partial([])]))


# folds


def fold(items: Items, binop: Callable[[Any, Any], Any]) -> Any:
    """The items joined by an operator of two."""
    return functools.reduce(binop, items)


def fold_from(items: Items, binop: Callable[[Any, Any], Any], initial: Any) -> Any:
    """As `fold`, beginning with a copy of a value, which the operator may change."""
    return functools.reduce(binop, items, deepcopy(initial))


def fold_by(
    items: Items, key: Callable[[Any], Any], binop: Callable[[Any, Any], Any], initial: tuple[Any, ...]
) -> dict[Any, Any]:
    """For each key its items joined by an operator of two, beginning with a copy of what `initial` holds."""
    return _fold_pairs(((key(item), item) for item in items), binop, initial)


def merge_folds(
    parts: Iterable[dict[Any, Any]], combine: Callable[[Any, Any], Any], initial: tuple[Any, ...]
) -> dict[Any, Any]:
    """One dict of several, the values of a key combined."""
    return _fold_pairs((pair for part in parts for pair in part.items()), combine, initial)


def _fold_pairs(
    pairs: Iterable[tuple[Any, Any]], binop: Callable[[Any, Any], Any], initial: tuple[Any, ...]
) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, item in pairs:
        if key in found:
            found[key] = binop(found[key], item)
        else:
            found[key] = binop(deepcopy(initial[0]), item) if initial else item
    return found


def folded(parts: Iterable[dict[Any, Any]], merge: Merge) -> list[tuple[Any, Any]]:
    """The pairs of the merged dict."""
    return list(merge(list(parts)).items())


# counting


def count(items: Items) -> int:
    """How many there are."""
    return len(items) if isinstance(items, Sized) else sum(1 for _ in items)


def merge_counts(parts: list[Counter[Any]]) -> Counter[Any]:
    """One counter of several."""
    merged: Counter[Any] = Counter()
    for part in parts:
        if merged:
            get = merged.get
            for item, n in part.items():
                merged[item] = get(item, 0) + n
        else:
            merged = Counter(part)
    return merged


def frequencies(parts: list[Counter[Any]], sort: bool, normalize: bool) -> list[tuple[Any, Any]]:
    """Items with their numbers, or with their share of all."""
    merged = merge_counts(parts)
    pairs: list[tuple[Any, Any]] = merged.most_common() if sort else list(merged.items())
    if normalize:
        total = sum(merged.values())
        return [(item, n / total) for item, n in pairs]
    return pairs


def distinct(items: Items, key: Callable[[Any], Any] | None) -> list[Any]:
    """The first item of each key, in order."""
    if key is None:
        return list(dict.fromkeys(items))
    found: dict[Any, Any] = {}
    for item in items:
        found.setdefault(key(item), item)
    return list(found.values())


def merge_distinct(parts: list[list[Any]], key: Callable[[Any], Any] | None) -> list[Any]:
    """The first item of each key in several lists."""
    return distinct(itertools.chain.from_iterable(parts), key)


def largest(items: Items, k: int, key: Callable[[Any], Any] | None) -> list[Any]:
    """The k largest items, largest first."""
    return heapq.nlargest(k, items, key)


def merge_largest(parts: list[list[Any]], k: int, key: Callable[[Any], Any] | None) -> list[Any]:
    """The k largest items of several lists."""
    return largest(itertools.chain.from_iterable(parts), k, key)


# moments


class Moments(NamedTuple):
    """The number of values, their mean, and the sum of their squared distances from it."""

    n: int
    mean: Any
    squares: Any


def moments(items: Items) -> Moments:
    """Those of numbers, in two passes."""
    values = list(items)
    if not values:
        return Moments(0, 0.0, 0.0)
    mean = sum(values) / len(values)
    return Moments(len(values), mean, sum([(v - mean) ** 2 for v in values]))


def merge_moments(parts: Iterable[Moments]) -> Moments:
    """Those of all values, after Chan, Golub and LeVeque, "Updating formulae" (1979)."""
    (n, mean, squares), *others = parts
    for part in others:
        total, distance = n + part.n, part.mean - mean
        squares = squares + part.squares + distance * distance * n * part.n / total
        mean = mean + distance * part.n / total
        n = total
    return Moments(n, mean, squares)


def variance(parts: Iterable[Moments], ddof: int) -> Any:
    """The sum of squared distances from the mean by n - ddof; NaN for fewer values."""
    found = merge_moments(parts)
    return found.squares / (found.n - ddof) if found.n > ddof else math.nan


def deviation(parts: Iterable[Moments], ddof: int) -> Any:
    """The square root of the variance."""
    return variance(parts, ddof) ** 0.5


def total_and_count(items: Items) -> tuple[Any, int]:
    """The sum, and of how many."""
    n = 0

    def counted() -> Items:
        nonlocal n
        for item in items:
            n += 1
            yield item

    total = sum(counted())
    return total, n


def merge_totals(parts: Iterable[tuple[Any, int]]) -> tuple[Any, int]:
    """One sum and count of several."""
    totals, counts = zip(*parts)
    return sum(totals), sum(counts)


def mean(parts: Iterable[tuple[Any, int]]) -> Any:
    """The mean; NaN of nothing."""
    total, n = merge_totals(parts)
    return total / n if n else math.nan
