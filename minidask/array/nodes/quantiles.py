"""Quantiles of all elements of an array, exactly, without bringing the elements together.

Each block is read three times: a sample of it is drawn, the elements around the quantiles are counted and taken out,
and only if the sample has misled that is done once more; see `kernels.quantiles`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

import minidask.config as config
from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, meta_of
from minidask.array.nodes.indexing import getitem
from minidask.array.nodes.joining import stack
from minidask.array.nodes.manipulation import transpose
from minidask.array.nodes.reshape import reshape
from minidask.expr.blocks import blockwise, everything, gather
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.quantiles import (
    SAMPLE,
    SAMPLE_OF_BLOCK,
    Counted,
    Pair,
    Ranks,
    Sample,
    Search,
    count_around,
    found_in,
    pairs_of,
    ranks_of,
    rest_of,
    sample_of,
    values_of,
)
from minidask.quantities import parse_bytes


class Wanted(NamedTuple):
    """Which quantiles.

    Parameters
    ----------
    func
        NumPy's function; it answers for arrays without elements, and for NaN.
    q
        Which, between 0 and 1. None: the median.
    weak
        Whether `q` is a Python number, which does not change the dtype.
    method
        As of `numpy.quantile`.
    skip_nan
        Whether NaN counts as nothing.
    """

    func: Callable[..., Any]
    q: np.ndarray | None
    weak: bool = True
    method: str = "linear"
    skip_nan: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the answer."""
        return () if self.q is None else self.q.shape


class Quantile(ArrayNode):
    """Quantiles of all elements."""

    source: ArrayNode
    wanted: Wanted
    empty: Any

    @property
    def operation(self) -> str:
        return self.wanted.func.__name__ if hasattr(self.wanted.func, "__name__") else "quantile"

    @fact
    def chunks(self) -> Chunks:
        return tuple((n,) for n in self.wanted.shape)

    @fact
    def meta(self) -> Any:
        return self.empty


@lower(Quantile)
def select_quantiles(node: Quantile) -> Node:
    """Samples, the pairs around the quantiles, what lies between them, and the answer."""
    source, name, wanted, grid = node.source, node.name, node.wanted, node.source.grid
    size, every = max(SAMPLE_OF_BLOCK, SAMPLE // prod(grid)), everything(node.source.grid)
    samples = blockwise(sample_of, source, size, grid=grid, name=f"{name}-sample", label="sample")
    aim = gather(_aim, samples, every, wanted, grid=(), name=f"{name}-aim", label="aim")
    counted = blockwise(_count, source, aim, grid=grid, name=f"{name}-count", label="count")
    label = node.operation
    found = blockwise(_find, counted, aim, grid=(), reads={0: every}, name=f"{name}-found", label="found")
    rest = blockwise(rest_of, source, found, grid=grid, name=f"{name}-rest", label="rest", cheap=True)
    args = (rest, found, aim, wanted, node.dtype)
    return blockwise(_answer, *args, grid=node.grid, reads={0: every}, name=name, label=label)


class Aim(NamedTuple):
    """The ranks of the quantiles, and the pairs of values around them; no ranks: NumPy answers of `instead`."""

    ranks: Ranks | None
    between: list[tuple[int, int]]
    pairs: list[Pair]
    instead: Any = None


def _aim(samples: Sequence[Sample], wanted: Wanted) -> Aim:
    count, missing = (sum(getattr(sample, name) for sample in samples) for name in ("size", "missing"))
    if not count or (missing and not wanted.skip_nan):
        dtype = samples[0].values.dtype
        return Aim(None, [], [], np.full(1 if missing else 0, "NaT" if dtype.kind in "mM" else np.nan, dtype)
                   if dtype.kind in "fmM" else np.empty(0, dtype))  # fmt: skip
    if wanted.q is None:
        middle = np.array([(count - 1) // 2]), np.array([count // 2])
        ranks = Ranks(*middle, None)
    else:
        ranks = ranks_of(count, wanted.q.ravel(), wanted.method)
    between = list(zip(ranks.low.tolist(), ranks.high.tolist()))
    return Aim(ranks, between, pairs_of(samples, between))


def _count(block: Any, aim: Aim) -> list[Counted]:
    return count_around(block, aim.pairs)


def _find(counted: Sequence[list[Counted]], aim: Aim) -> Search:
    return found_in(counted, aim.pairs, aim.between)


def _answer(rest: Sequence[Any], search: Search, aim: Aim, wanted: Wanted, dtype: Any) -> Any:
    if aim.ranks is None:
        found = wanted.func(aim.instead) if wanted.q is None else wanted.func(aim.instead, wanted.q.ravel())
        return np.asarray(found, dtype).reshape(wanted.shape)
    found = _interpolated(values_of(rest, search), aim.ranks, wanted)
    return np.array(found, dtype).reshape(wanted.shape)


def _interpolated(values: Mapping[int, Any], ranks: Ranks, wanted: Wanted) -> list[Any]:
    """The quantiles; those between two values by NumPy, of these two, so that they have its bits."""
    pairs = [np.array([values[i], values[j]]) for i, j in zip(ranks.low.tolist(), ranks.high.tolist())]
    if wanted.q is None:
        return [np.median(pair[: 1 + (i != j)]) for pair, i, j in zip(pairs, ranks.low, ranks.high)]
    if ranks.part is None:
        return [pair[0] for pair in pairs]
    return [np.quantile(pair, float(t) if wanted.weak else np.asarray(t)) for pair, t in zip(pairs, ranks.part)]


def quantiles_along(node: ArrayNode, axes: Sequence[int], wanted: Wanted, meta: Any) -> ArrayNode | None:
    """Quantiles along some axes: their axes come first, then the others. None: blocks can be joined along the axes."""
    if node.dtype.kind not in "iufmM" or all(node.grid[axis] == 1 for axis in axes):
        return None
    others = [axis for axis in range(node.ndim) if axis not in axes]
    if not others:
        return Quantile(node, wanted, meta_of(meta.dtype, len(wanted.shape)))
    if None in node.shape:
        return None
    limit = parse_bytes(config.get("array.chunk-size"), "array.chunk-size")
    if prod(node.shape[axis] for axis in axes) * node.dtype.itemsize <= limit:
        return None
    shape = [node.shape[axis] for axis in others]
    lanes = reshape(transpose(node, (*others, *axes)), (prod(shape), -1)) if prod(shape) else node
    empty = meta_of(meta.dtype, len(wanted.shape))
    found = [Quantile(getitem(lanes, i), wanted, empty) for i in range(prod(shape))]
    return reshape(stack(found, len(wanted.shape)), (*wanted.shape, *shape))
