"""Elements counted: in bins, and by value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.bin_rules import bin_count
from minidask.array.creation import asanyarray
from minidask.array.node import ArrayNode, meta_of
from minidask.array.nodes.elementwise import astype, elementwise
from minidask.array.nodes.mapped import Symbols, call_blocks, unify
from minidask.array.nodes.merged import Merged
from minidask.array.nodes.reducers import REDUCERS
from minidask.array.nodes.reduction import reduction
from minidask.array.operators import at_hand
from minidask.expr.node import Node
from minidask.kernels.histogram import histogram as histogram_of


@dataclass(frozen=True)
class Binned:
    """Counts a block in bins.

    Parameters
    ----------
    bins
        How many, or their edges; None: the edges come last.
    weighted
        Whether weights come with the block.
    """

    bins: Any
    weighted: bool

    def __call__(self, block: Any, *rest: Any) -> Any:
        weights, limits = (rest[0], rest[1:]) if self.weighted else (None, rest)
        if self.bins is None:
            return np.histogram(block, limits[0], weights=weights)[0]
        if weights is None and len(limits) == 2:
            return histogram_of(block, self.bins, *limits)
        return np.histogram(block, self.bins, limits or None, weights=weights)[0]


def histogram(
    a: Any, bins: Any = 10, range: Any = None, normed: bool = False, weights: Any = None, density: bool = False
) -> tuple[Array, Any]:
    """How many elements fall into each bin.

    Parameters
    ----------
    a
        Of any shape.
    bins
        How many, of equal width; or their edges, also lazy ones; or the name of a rule: "auto", "doane", "fd", "rice",
        "scott", "sqrt" or "sturges", which looks at the data now.
    range
        The lower and the upper end of the bins, if their number is given, also lazy ones. Default: the extremes of
        the array.
    normed
        Gone from NumPy: use `density`.
    weights
        Added up in place of ones; of the shape of `a`.
    density
        Whether to give the density of probability, whose integral is 1, in place of counts.

    Returns
    -------
    Array, and the edges
        A NumPy array, unless they depend on data.

    Raises
    ------
    ValueError
        The edges do not ascend, the ends are not finite, or there is no such rule.
    TypeError
        There are weights, and a rule.
    NotImplementedError
        The rule "stone".

    Examples
    --------
    >>> counts, edges = histogram([0.5, 1.5, 1.7], bins=2, range=(0, 2))
    >>> counts.compute(), edges
    (array([1, 2]), array([0., 1., 2.]))
    """
    if normed:
        raise NotImplementedError("normed is gone from NumPy, too; use density=True")
    a = asanyarray(a)
    _check_ordered(a, bins)
    node = elementwise(astype, a.expr, np.dtype("u1")) if a.dtype == bool else a.expr
    if isinstance(bins, str):
        bins = bin_count(Array.of(node), bins, range, weights)
    if isinstance(bins, Array):
        if bins.ndim != 1:
            raise ValueError(f"bins must be a number or edges along one axis, not an array of {bins.ndim} axes")
        counts = _counted(node, None, bins.size - 1, [bins.as_value()], weights)
        return _density(counts, bins, density), bins
    bins = at_hand(bins, "bins")
    if np.ndim(bins) == 0 and (_is_lazy(range) or (range is None and 0 not in node.shape)):
        limits = [asanyarray(end).expr for end in range] if _is_lazy(range) else _extremes(node)
        edges = _lazy_edges(node.dtype, int(bins), limits)
        return _density(_counted(node, int(bins), int(bins), limits, weights), edges, density), edges
    cuts = np.histogram_bin_edges(np.empty(0, node.dtype), bins, range)
    ends = [] if np.ndim(bins) else [float(cuts[0]), float(cuts[-1])]
    how = cuts if np.ndim(bins) else int(bins)
    return _density(_counted(node, how, len(cuts) - 1, ends, weights), cuts, density), cuts


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """The edges of the bins of `histogram`.

    Parameters
    ----------
    a, bins, range
        As of `histogram`.
    weights
        Only checked: their shape must be that of `a`.

    Returns
    -------
    numpy.ndarray, or Array where they depend on data

    Raises
    ------
    ValueError, TypeError, NotImplementedError
        As of `histogram`.

    Examples
    --------
    >>> histogram_bin_edges([0.5, 1.5, 1.7], bins=2, range=(0, 2))
    array([0., 1., 2.])
    """
    return histogram(a, bins, range, weights=weights)[1]


def _check_ordered(a: Array, bins: Any) -> None:
    if a.dtype.kind == "c" and not isinstance(bins, Array) and np.ndim(bins) == 0:
        raise TypeError("there are no bins of one width for complex numbers; count abs(x), x.real or x.imag")


def _counted(node: ArrayNode, bins: Any, count: int, limits: Sequence[Any], weights: Any) -> Array:
    """The counts in bins: told by a number and `limits`, numbers or nodes; or by edges, also a node in `limits`."""
    index: Symbols = tuple(_axes(node.ndim))
    args: list[Any] = [node]
    indices: list[Symbols | None] = [index]
    if weights is not None:
        given = asanyarray(weights)
        if given.shape != Array.of(node).shape:
            raise ValueError(f"weights have the shape {given.shape}, the array has {Array.of(node).shape}")
        args, indices = unify([node, given.expr], [index, index])[1], [index, index]
    dtype = np.intp if weights is None else args[1].dtype
    args += limits
    indices += [() if isinstance(limit, Node) else None for limit in limits]
    func = Binned(bins, weights is not None)
    chunks, meta = ((count,),), meta_of(dtype, 1)
    return Array.of(Merged(func, tuple(args), tuple(indices), ("bin",), chunks, meta, label="histogram"))


def _is_lazy(ends: Any) -> bool:
    return ends is not None and any(isinstance(end, Array) for end in ends)


def _extremes(node: ArrayNode) -> list[ArrayNode]:
    return [reduction(node, REDUCERS[name]) for name in ("min", "max")]


def _axes(ndim: int) -> list[int]:
    return list(range(ndim))


def _lazy_edges(kind: np.dtype[Any], bins: int, limits: Sequence[ArrayNode]) -> Array:
    dtype = np.histogram_bin_edges(np.empty(0, kind), bins, (kind.type(0), kind.type(1))).dtype
    kwargs = {"bins": bins}
    chunks = ((bins + 1,),)
    return Array.of(call_blocks(edges_within, limits, ((), ()), ("bin",), chunks, dtype=dtype, kwargs=kwargs))


def edges_within(low: Any, high: Any, bins: int) -> Any:
    """The edges of bins between two extremes."""
    return np.histogram_bin_edges(np.stack([low, high]), bins)


def _density(counts: Array, edges: Any, density: bool) -> Array:
    if not density:
        return counts
    widths = edges[1:] - edges[:-1]
    return counts / (widths if isinstance(widths, Array) else widths.astype(float)) / counts.sum()


def histogramdd(
    sample: Any, bins: Any, range: Any = None, normed: bool = False, weights: Any = None, density: bool = False
) -> tuple[Array, list[Any]]:
    """How many points fall into each bin of several coordinates.

    Parameters
    ----------
    sample
        Points along the first axis, coordinates along the second; or a list of the coordinates.
    bins
        How many along all coordinates, or for each how many or the edges.
    range
        For each coordinate the lower and the upper end, if the number of its bins is given. Default: its extremes.
    weights, density
        As of `histogram`.

    Returns
    -------
    Array, and a list of the edges along each coordinate
        NumPy arrays, unless they depend on data.

    Raises
    ------
    ValueError
        `bins` or `range` are not for each of the coordinates, or the edges do not ascend.

    Examples
    --------
    >>> counts, edges = histogramdd([[0, 0, 1], [0, 1, 1]], bins=2, range=[(0, 1), (0, 1)])
    >>> counts.compute()
    array([[1., 1.],
           [0., 1.]])
    """
    if normed:
        raise NotImplementedError("normed is gone from NumPy, too; use density=True")
    if isinstance(sample, (tuple, list)):
        points = [asanyarray(x) for x in sample]
    else:
        table = asanyarray(sample)
        points = [table[:, k] for k in _axes(table.shape[1])]
    wishes = list(bins) if isinstance(bins, (tuple, list)) else [bins] * len(points)
    ends = [None] * len(points) if range is None else list(range)
    if len(wishes) != len(points) or len(ends) != len(points):
        raise ValueError(f"bins and range must be for each of the {len(points)} coordinates")
    edges = [_edges(wish, end, x) for wish, end, x in zip(wishes, ends, points)]
    given = [*points, *([] if weights is None else [asanyarray(weights)])]
    indices: list[Symbols] = [("point",)] * len(given)
    args = unify([x.expr for x in given], indices)[1]
    out = tuple(("bin", k) for k in _axes(len(points)))
    chunks = tuple((len(e) - 1,) for e in edges)
    lazy = [e.as_value() for e in edges if isinstance(e, Array)]
    func = Crossed(tuple(None if isinstance(e, Array) else e for e in edges), weights is not None)
    args, indices = [*args, *lazy], [*indices, *(() for _ in lazy)]
    node = Merged(func, tuple(args), tuple(indices), out, chunks, meta_of(float, len(out)), label="histogramdd")
    counts = Array.of(node)
    if density:
        for k, e in enumerate(edges):
            counts = counts / (e[1:] - e[:-1]).reshape((-1,) + (1,) * (len(edges) - 1 - k))
        counts = counts / Array.of(node).sum()
    return counts, edges


@dataclass(frozen=True)
class Crossed:
    """Counts points in bins of several coordinates, of which these are the edges; None: they come last.

    The weights come after the coordinates.
    """

    edges: tuple[Any, ...]
    weighted: bool

    def __call__(self, *blocks: Any) -> Any:
        count = len(self.edges)
        lazy = iter(blocks[count + self.weighted :])
        edges = [next(lazy) if e is None else e for e in self.edges]
        weights = blocks[count] if self.weighted else None
        return np.histogramdd(list(blocks[:count]), edges, weights=weights)[0]


def _edges(wish: Any, ends: Any, x: Array) -> Any:
    _check_ordered(x, wish)
    if isinstance(wish, Array):
        return wish
    if np.ndim(wish) == 0 and (_is_lazy(ends) or (ends is None and x.size)):
        limits = [asanyarray(end).expr for end in ends] if _is_lazy(ends) else _extremes(x.expr)
        return _lazy_edges(
            np.dtype(float), int(wish), [elementwise(astype, limit, np.dtype(float)) for limit in limits]
        )
    return np.histogram_bin_edges(np.empty(0, x.dtype), wish, ends)


def histogram2d(
    x: Any,
    y: Any,
    bins: Any = 10,
    range: Any = None,
    normed: bool = False,
    weights: Any = None,
    density: bool = False,
) -> tuple[Array, Any, Any]:
    """How many points fall into each bin of two coordinates. Parameters as of `histogramdd`.

    Examples
    --------
    >>> counts, xedges, yedges = histogram2d([0, 0, 1], [0, 1, 1], bins=2, range=[(0, 1), (0, 1)])
    >>> counts.compute().sum()
    np.float64(3.0)
    """
    both = bins if isinstance(bins, (tuple, list)) and len(bins) == 2 else (bins, bins)
    counts, edges = histogramdd([x, y], both, range, normed, weights, density)
    return counts, edges[0], edges[1]


def bincount(x: Any, weights: Any = None, minlength: int = 0, split_every: Any = None) -> Array:
    """How often each number is there. How many numbers there are depends on the data.

    Parameters
    ----------
    x
        Integers along one axis, none negative.
    weights
        Added up in place of ones.
    minlength
        How many numbers are counted at least.
    split_every
        How many partial results a task merges.

    Raises
    ------
    ValueError
        `x` has more than one axis, or the weights have another shape.
    TypeError
        `x` does not hold integers.

    Examples
    --------
    >>> bincount([0, 2, 2], minlength=5).compute()
    array([1, 0, 2, 0, 0])
    """
    a = asanyarray(x)
    if a.ndim != 1:
        raise ValueError(f"bincount counts along one axis, but the array has {a.ndim}")
    if a.dtype.kind not in "iub":
        raise TypeError(f"bincount counts integers, not {a.dtype}")
    if minlength < 0:
        raise ValueError(f"minlength={minlength} must not be negative")
    args, indices = [a.expr], [("x",)]
    if weights is not None:
        if asanyarray(weights).shape != a.shape:
            raise ValueError(f"weights of shape {asanyarray(weights).shape} do not fit an array of shape {a.shape}")
        args, indices = unify([a.expr, asanyarray(weights).expr], [("x",)] * 2)[1], [("x",)] * 2
    meta = meta_of(np.intp if weights is None else float, 1)
    func = Counted(minlength)
    fields = (func, tuple(args), tuple(indices), ("number",), ((None,),), meta, "bincount", add_padded)
    return a.of(Merged(*fields, split_every=split_every))


@dataclass(frozen=True)
class Counted:
    """Counts the numbers of a block, at least so many."""

    minlength: int

    def __call__(self, block: Any, weights: Any = None) -> Any:
        return np.bincount(block, weights, self.minlength)


def add_padded(parts: Sequence[Any]) -> Any:
    """The sum of vectors of different lengths, all from the same start."""
    total = np.zeros(max(map(len, parts)), parts[0].dtype)
    for part in parts:
        total[: len(part)] += part
    return total
