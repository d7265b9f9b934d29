"""The table of reductions.

Sums, products and extremes merge by their own ufunc. Means and variances carry count, total and sum of squared
deviations, merged as in Chan, Golub, LeVeque: Updating Formulae and a Pairwise Algorithm for Computing Sample
Variances (1979). Argmin and argmax carry the extreme and its place in the whole array.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import prod
from typing import Any, NamedTuple

import numpy as np

import minidask.kernels.moments as moments
from minidask.array.nodes.masked import OfValid, Placed
from minidask.array.nodes.reduction import Axes, Reducer, Sums
from minidask.kernels.sparse_blocks import reduce as sparse_reduce
from minidask.kernels.sparse_blocks import squared_distances


@dataclass(frozen=True)
class ByUfunc:
    """Partial results of a ufunc, such as `add`, that has a value for no elements."""

    ufunc: np.ufunc
    prepare: Callable[[Any], Any] | None = None

    def partial(self, block: Any, axes: Axes, dtype: Any = None, initial: Any = None, where: Any = True) -> Any:
        block = self.prepare(block) if self.prepare else block
        if where is True:  # blocks of other kinds than NumPy's know of no more
            return self.ufunc.reduce(block, axis=axes, dtype=dtype, keepdims=True)
        nothing = {"initial": self.ufunc.identity} if block.dtype == object else {}  # NumPy knows none for objects
        return self.ufunc.reduce(block, axis=axes, dtype=dtype, keepdims=True, where=where, **nothing)

    def combine(self, partials: Sequence[Any], axes: Axes, dtype: Any = None, initial: Any = None) -> Any:
        return reduce(self.ufunc, partials)

    def aggregate(self, merged: Any, axes: Axes, dtype: Any = None, initial: Any = None) -> Any:
        return merged if initial is None else self.ufunc(merged, np.asarray(initial).astype(merged.dtype))


@dataclass(frozen=True)
class Extreme:
    """Partial results of a ufunc, such as `minimum`, that has none: empty blocks say nothing."""

    ufunc: np.ufunc
    warns: bool = False

    def partial(self, block: Any, axes: Axes, initial: Any = None, where: Any = True) -> Any:
        if initial is None and _is_empty(block, axes):
            return block
        with np.errstate(invalid="ignore"):
            if initial is None and where is True:
                return self.ufunc.reduce(block, axis=axes, keepdims=True)
            return self.ufunc.reduce(block, axis=axes, keepdims=True, initial=initial, where=where)

    def combine(self, partials: Sequence[Any], axes: Axes, initial: Any = None) -> Any:
        return reduce(self.ufunc, [p for p in partials if not _is_empty(p, axes)] or partials[:1])

    def aggregate(self, merged: Any, axes: Axes, initial: Any = None) -> Any:
        if _is_empty(merged, axes):
            return self.ufunc.reduce(merged, axis=axes, keepdims=True)  # NumPy's error, or nothing of nothing
        if self.warns and merged.dtype.kind in "fc" and np.isnan(merged).any():
            warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=2)
        return merged


def _is_empty(block: Any, axes: Axes) -> bool:
    return any(block.shape[axis] == 0 for axis in axes)


class Moments(NamedTuple):
    """How many values, their sum, and (of variances) the sum of their squared distances from their mean."""

    count: Any
    total: Any
    squares: Any = None

    @property
    def mean(self) -> Any:
        return self.total / np.maximum(self.count, 1)


@dataclass(frozen=True)
class ByMoments:
    """Means, variances and standard deviations, with or without NaN among the values; `silent` where of none."""

    spread: bool = False
    root: bool = False
    skip_nan: bool = False
    silent: bool = False

    def partial(self, block: Any, axes: Axes, dtype: Any = None, ddof: float = 0, where: Any = None) -> Moments:
        kind = _accumulator(block.dtype, dtype)
        count: Any = prod(block.shape[axis] for axis in axes)
        valid = None if where is None else np.broadcast_to(where, block.shape)
        if self.skip_nan and block.dtype.kind in "fcO":
            valid = ~_is_nan(block) if valid is None else ~_is_nan(block) & valid
        if valid is not None:
            count = np.add.reduce(valid, axis=axes, keepdims=True)
            block = np.where(valid, block, np.zeros((), block.dtype))
        if valid is None and type(block) is np.ndarray and (made := self.stacked(block[None], axes, dtype)):
            return made[0]
        total = np.add.reduce(block, axis=axes, dtype=kind, keepdims=True)
        if not self.spread:
            return Moments(count, total)
        mean, dtype = total / np.maximum(count, 1), np.result_type(kind, total.dtype)
        with np.errstate(invalid="ignore"):
            if valid is None and dtype.kind == "f":
                return Moments(count, total, moments.squared_distances(block, mean, axes, dtype))
            squares = _squares(np.subtract(block, mean, dtype=dtype))
        if valid is not None:
            squares = np.where(valid, squares, 0)
        return Moments(count, total, np.add.reduce(squares, axis=axes, keepdims=True))

    def stacked(self, stack: Any, axes: Axes, dtype: Any = None, ddof: float = 0) -> list[Moments] | None:
        """Of several blocks at once, of which the columns are reduced; None where that cannot be."""
        if not self.spread or self.skip_nan or axes != (0,) or _accumulator(stack.dtype, dtype) != stack.dtype:
            return None
        made = moments.of_columns(stack)
        return [Moments(stack.shape[1], *both) for both in zip(*made)] if made else None

    def combine(self, partials: Sequence[Moments], axes: Axes, dtype: Any = None, ddof: float = 0) -> Moments:
        count = reduce(np.add, [p.count for p in partials])
        total = reduce(np.add, [p.total for p in partials])
        if not self.spread:
            return Moments(count, total)
        mean = Moments(count, total).mean
        with np.errstate(invalid="ignore"):
            between = [p.count * _squares(p.mean - mean) for p in partials]
        return Moments(count, total, reduce(np.add, [*(p.squares for p in partials), *between]))

    def aggregate(self, merged: Moments, axes: Axes, dtype: Any = None, ddof: float = 0) -> Any:
        over = merged.count - ddof
        if not self.silent and np.any(np.less_equal(over, 0)):
            _warn_of_none(self)
        if self.skip_nan and np.ndim(over):
            over = np.where(over > 0, over, np.nan)  # else NumPy's deviations of too few values are infinite
        with np.errstate(all="ignore"):
            if self.spread:
                answer = merged.squares / np.maximum(over, 0)
                answer = _root(answer) if self.root else answer
            else:
                answer = merged.total / over
        return answer


def _accumulator(given: np.dtype[Any], dtype: Any) -> Any:
    """In what sums are made: float64 of integers and booleans, float32 at least of floats."""
    if dtype is not None:
        return np.dtype(dtype)
    if given.kind in "iub":
        return np.dtype(float)
    if given.kind == "m":
        return None  # ufuncs take no dtype that has a unit, and keep it
    return np.dtype(np.float32) if given == np.float16 else given.newbyteorder("=")


def _squares(values: Any) -> Any:
    if values.dtype == object:
        return (values * np.conjugate(values)).real
    return (values.real**2 + values.imag**2) if values.dtype.kind == "c" else values * values


def _root(values: Any) -> Any:
    """The square roots; of objects as of the numbers that they are."""
    return np.sqrt(np.array(values.tolist()) if values.dtype == object else values)


def _warn_of_none(how: ByMoments) -> None:
    text = "Degrees of freedom <= 0 for slice." if how.spread else "Mean of empty slice"
    warnings.warn(text, RuntimeWarning, stacklevel=3)


class Place(NamedTuple):
    """Extremes and where they are: numbers along the axis, or in C order of the whole array."""

    value: Any
    at: Any


@dataclass(frozen=True)
class ByPlace:
    """argmin and argmax: the first of several, a NaN before all others."""

    arg: Callable[..., Any]
    skipping: np.ufunc
    skip_nan: bool = False

    def partial(self, block: Any, cut: tuple[slice, ...], shape: tuple[int, ...], axes: Axes) -> Place:
        if _is_empty(block, axes):
            return Place(block, np.empty(block.shape, np.intp))
        axis = axes[0] if len(axes) == 1 else None
        at = self._find(block, axis)
        if axis is not None:
            value = np.take_along_axis(block, at, axis)
            return Place(value, at + cut[axis].start)
        value = block[np.unravel_index(at.ravel(), block.shape)].reshape(at.shape)
        local = np.unravel_index(at, block.shape)
        return Place(value, np.ravel_multi_index(tuple(i + c.start for i, c in zip(local, cut)), shape))

    def combine(self, partials: Sequence[Place], axes: Axes) -> Place:
        filled = [p for p in partials if not _is_empty(p.value, axes)] or partials[:1]
        values, places = np.stack([p.value for p in filled]), np.stack([p.at for p in filled])
        best = self._best(values)
        ties = (values == best) | ((values != values) & (best != best))
        return Place(best[0], np.where(ties, places, np.iinfo(places.dtype).max).min(axis=0))

    def aggregate(self, merged: Place, axes: Axes) -> Any:
        if self.skip_nan and merged.value.dtype.kind in "fc" and np.any(np.isnan(merged.value)):
            raise ValueError("All-NaN slice encountered")
        return merged.at

    def _best(self, values: Any) -> Any:
        """The extremes along the first axis; a NaT comes first, as it does to NumPy's nanargmin."""
        if self.skip_nan and values.dtype.kind in "fc":
            return self.skipping.reduce(values, axis=0, keepdims=True)
        return np.take_along_axis(values, self.arg(values, axis=0, keepdims=True), 0)

    def _find(self, block: Any, axis: int | None) -> Any:
        if self.skip_nan and block.dtype.kind in "fc":
            worst = np.inf if self.arg is np.argmin else -np.inf
            block = np.where(np.isnan(block), worst, block)
        return self.arg(block, axis=axis, keepdims=True)


@dataclass(frozen=True)
class OfSparse:
    """Partial results, which are dense, of blocks of scipy.sparse."""

    by: ByUfunc | Extreme

    def partial(self, block: Any, axes: Axes, dtype: Any = None, initial: Any = None) -> Any:
        if isinstance(self.by, Extreme) and _is_empty(block, axes):
            return np.empty(block.shape, block.dtype)
        return sparse_reduce(self.by.ufunc, block, axes, dtype)


@dataclass(frozen=True)
class MomentsOfSparse:
    """The same for means and variances."""

    spread: bool

    def partial(self, block: Any, axes: Axes, dtype: Any = None, ddof: float = 0) -> Moments:
        count = prod(block.shape[axis] for axis in axes)
        total = sparse_reduce(np.add, block, axes, _accumulator(block.dtype, dtype))
        found = Moments(count, total)
        return found._replace(squares=squared_distances(block, axes, found.mean)) if self.spread else found


def _row(name: str, whole: Callable[..., Any], by: ByUfunc | Extreme | ByMoments | ByPlace) -> Reducer:
    folds = isinstance(by, Extreme | ByPlace)
    late = ("ddof",) if isinstance(by, ByMoments) and by.spread else ()
    kinds = {"masked": _of_masked(name, whole, by), "sparse": _of_sparse(name, whole, by)}
    own: dict[str, Any] = {kind: found and replace(found, late=late) for kind, found in kinds.items()}
    if isinstance(by, ByMoments):
        own |= {
            "passes": True,
            "stacked": by.stacked,
            "kin": "nanmoments" if by.skip_nan else "moments",
            "rank": int(by.spread),
        }
        own["sums"] = None if by.spread or by.skip_nan else Sums(_accumulator, _mean_of_sum)
    if isinstance(by, ByUfunc):
        own["passes"] = by.prepare is not None
        own["sums"] = Sums(_kind_of_sum, _sum_of_sum) if by == ByUfunc(np.add) else None
    return Reducer(name, whole, by.partial, by.combine, by.aggregate, isinstance(by, ByPlace), folds, late=late, **own)


def _mean_of_sum(total: Any, count: int) -> Moments:
    return Moments(count, total)


def _sum_of_sum(total: Any, count: int) -> Any:
    return total


def _kind_of_sum(given: np.dtype[Any], dtype: Any) -> np.dtype[Any]:
    kind: np.dtype[Any] = np.add.reduce(np.empty(0, given), dtype=dtype).dtype
    return kind


def _of_sparse(name: str, whole: Callable[..., Any], by: ByUfunc | Extreme | ByMoments | ByPlace) -> Reducer | None:
    """The same reduction of arrays of scipy.sparse, where it needs no more than the elements that are stored."""
    if isinstance(by, ByPlace) or getattr(by, "prepare", None) or getattr(by, "skip_nan", False):
        return None
    found = MomentsOfSparse(by.spread) if isinstance(by, ByMoments) else OfSparse(by)
    return Reducer(name, whole, found.partial, by.combine, by.aggregate)


def _of_masked(name: str, whole: Callable[..., Any], by: ByUfunc | Extreme | ByMoments | ByPlace) -> Reducer:
    """The same reduction of masked arrays."""
    if isinstance(by, ByPlace):
        fill = np.ma.minimum_fill_value if by.arg is np.argmin else np.ma.maximum_fill_value
        return Reducer(name, whole, Placed(by, fill).partial, by.combine, by.aggregate, placed=True)
    if isinstance(by, Extreme):
        least = by.ufunc in (np.minimum, np.fmin)
        valid = OfValid(by, np.ma.minimum_fill_value if least else np.ma.maximum_fill_value)
    else:
        valid = OfValid(replace(by, silent=True) if isinstance(by, ByMoments) else by)
    return Reducer(name, whole, valid.partial, valid.combine, valid.aggregate)


def _is_nan(block: Any) -> Any:
    """Where a block of floats, complex numbers or objects is NaN."""
    return np.not_equal(block, block, dtype=bool) if block.dtype == object else np.isnan(block)


def _zero_nan(block: Any) -> Any:
    if block.dtype == object:
        return np.where(_is_nan(block), 0, block)
    return np.nan_to_num(block, nan=0.0, posinf=np.inf, neginf=-np.inf) if block.dtype.kind in "fc" else block


def _one_nan(block: Any) -> Any:
    return np.where(_is_nan(block), np.ones((), block.dtype), block) if block.dtype.kind in "fcO" else block


REDUCERS: dict[str, Reducer] = {
    row.name: row
    for row in (
        _row("sum", np.sum, ByUfunc(np.add)),
        _row("prod", np.prod, ByUfunc(np.multiply)),
        _row("any", np.any, ByUfunc(np.logical_or)),
        _row("all", np.all, ByUfunc(np.logical_and)),
        _row("nansum", np.nansum, ByUfunc(np.add, _zero_nan)),
        _row("nanprod", np.nanprod, ByUfunc(np.multiply, _one_nan)),
        _row("min", np.min, Extreme(np.minimum)),
        _row("max", np.max, Extreme(np.maximum)),
        _row("nanmin", np.nanmin, Extreme(np.fmin, warns=True)),
        _row("nanmax", np.nanmax, Extreme(np.fmax, warns=True)),
        _row("mean", np.mean, ByMoments()),
        _row("var", np.var, ByMoments(spread=True)),
        _row("std", np.std, ByMoments(spread=True, root=True)),
        _row("nanmean", np.nanmean, ByMoments(skip_nan=True)),
        _row("nanvar", np.nanvar, ByMoments(spread=True, skip_nan=True)),
        _row("nanstd", np.nanstd, ByMoments(spread=True, root=True, skip_nan=True)),
        _row("argmin", np.argmin, ByPlace(np.argmin, np.fmin)),
        _row("argmax", np.argmax, ByPlace(np.argmax, np.fmax)),
        _row("nanargmin", np.nanargmin, ByPlace(np.argmin, np.fmin, skip_nan=True)),
        _row("nanargmax", np.nanargmax, ByPlace(np.argmax, np.fmax, skip_nan=True)),
    )
}
"""Every reduction of the table by its name."""
