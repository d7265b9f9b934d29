"""Reductions: one node, and how blocks become partial results and these the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.elementwise import align, astype, elementwise
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import Cuts, from_memory
from minidask.array.nodes.tiled import Tiled
from minidask.array.quiet import quiet
from minidask.expr.blocks import One, blockwise, function_name
from minidask.expr.naming import tokenize
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.expr.reduce import tree
from minidask.kernels.kinds import as_block
from minidask.kernels.sparse_blocks import INSTEAD, is_sparse
from minidask.kernels.tiles import Fresh, by_tiles

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Reducer:
    """How an array is reduced. Partial results keep the reduced axes, with size 1 (or 0, where a block is empty).

    Parameters
    ----------
    name
        What a person calls it.
    whole
        `whole(array, axis=, keepdims=, **options)`: NumPy's own function. It tells the dtype and the errors, and
        serves where an array is one block along the axes.
    partial
        `partial(block, axes, **options)` gives the partial result of a block.
    combine
        `combine(list of partial results, axes, **options)` gives one.
    aggregate
        `aggregate(partial result, axes, **options)` gives the answer, axes kept.
    placed
        Whether `partial` takes the place of the block, as slices, and the shape of the array besides.
    folds
        Whether the answer depends on the order of the elements where they are objects, some of which may be NaN.
    masked
        How masked arrays are reduced; None: this is how.
    sparse
        How arrays of scipy.sparse are reduced; None: not at all.
    passes
        Whether `partial` goes over the block several times.
    stacked
        `stacked(stack, axes, **options)` gives those of several blocks, one after another along an axis in front, by
        one pass; or None, as it does not always go. None: never.
    kin
        Names those whose partial results serve for each other: those of a higher rank for those of a lower one.
    rank
        Among its kin.
    sums
        Whether sums are enough.
    late
        The options that only `aggregate` looks at.
    """

    name: str
    whole: Callable[..., Any]
    partial: Callable[..., Any]
    combine: Callable[..., Any]
    aggregate: Callable[..., Any]
    placed: bool = False
    folds: bool = False
    masked: Reducer | None = None
    sparse: Reducer | None = None
    passes: bool = False
    stacked: Callable[..., Sequence[Any] | None] | None = None
    kin: str = ""
    rank: int = 0
    sums: Sums | None = None
    late: tuple[str, ...] = ()

    @cached_property
    def _token(self) -> str:
        functions = (self.whole, self.partial, self.combine, self.aggregate, self.placed, self.folds)
        return tokenize(self.name, *functions)

    def __dask_tokenize__(self) -> str:
        return self._token


class Sums(NamedTuple):
    """Tells of a reduction whose partial result is made of the sum of the elements, and their number, alone."""

    kind: Callable[[np.dtype[Any], Any], Any]
    """The dtype in which elements of a dtype are added, given the option `dtype`."""
    partial: Callable[[Any, int], Any]
    """The partial result, given both."""


class Reduction(ArrayNode):
    """An array reduced along some axes.

    Fields
    ------
    source
        The array.
    how
        The functions that do it.
    axes
        The axes that are reduced: not negative, in order.
    keepdims
        Whether they stay, with size 1.
    options
        Keywords of the functions: `dtype`, `ddof`, `initial`.
    split_every
        How many partial results a task merges.
    axis
        As NumPy's function takes it.
    mask
        Which elements count, in chunks that fit those of the array; None: all.
    """

    source: ArrayNode
    how: Reducer
    axes: Axes
    keepdims: bool
    options: Mapping[str, Any]
    split_every: Any
    axis: Any
    mask: ArrayNode | None = None

    @property
    def operation(self) -> str:
        return self.how.name

    @fact
    def chunks(self) -> Chunks:
        chunks = enumerate(self.source.chunks)
        if self.keepdims:
            return tuple((1,) if axis in self.axes else sizes for axis, sizes in chunks)
        return tuple(sizes for axis, sizes in chunks if axis not in self.axes)

    @fact
    def meta(self) -> Any:
        source = self.source
        filling = self.options.get("initial", 0) if source.dtype == object else 0
        like = np.empty((), source.dtype) if is_sparse(source.meta) else source.meta
        one = np.full_like(like, filling, shape=(1,) * source.ndim) if source.ndim else source.meta
        options = {k: v for k, v in self.options.items() if k not in self.how.late}  # one value has no spread
        if self.mask is not None and not is_masked(source):
            options["where"] = np.ones((1,) * self.mask.ndim, bool)
        with np.errstate(all="ignore"):
            value = _as_array(self.how.whole(one, axis=self.axis, keepdims=self.keepdims, **options))
        if is_masked(source) and not self.how.placed:
            value = np.ma.asarray(value)
        if source.dtype == object and "dtype" not in options and value.dtype.kind not in "bi":
            value = value.astype(object)  # means of objects may be complex, decimal, ...: the values decide
        return as_meta(value, len(self.chunks))

    @property
    def spaces(self) -> tuple[Any, ...]:
        kept = [
            (axis, space) for axis, space in enumerate(self.source.spaces) if self.keepdims or axis not in self.axes
        ]
        return tuple(None if axis in self.axes else space for axis, space in kept)


def is_masked(node: ArrayNode) -> bool:
    """Whether the blocks are masked arrays."""
    return isinstance(node.meta, np.ma.MaskedArray)


def reduction(
    source: ArrayNode,
    how: Reducer,
    axis: Any = None,
    keepdims: bool = False,
    split_every: Any = None,
    where: Any = True,
    **options: Any,
) -> ArrayNode:
    """The node of a reduction, of those elements for which `where` holds: a node, an array or a scalar.

    Raises
    ------
    numpy.exceptions.AxisError
        There is no such axis.
    TypeError
        The elements have none, an argument is of another type than expected, or `dtype` cannot hold it.
    ValueError
        `split_every` merges nothing. No elements are left to reduce, and the reduction has no value for none.
        `where` does not broadcast to the array, or needs `initial`.
    """
    _check_arguments(axis, keepdims, split_every, source.ndim)
    if how.placed:
        source = known(source)
    every = axis is None or (not source.ndim and axis in (0, -1))  # NumPy takes these of a scalar, too
    axes = tuple(range(source.ndim)) if every else tuple(sorted(normalize_axis_tuple(axis, source.ndim)))
    options = {k: v for k, v in options.items() if v is not None}
    how = _of_kind(how, source, where)
    if how.late and "dtype" in options:
        kind = np.dtype(options.pop("dtype"))
        if source.dtype.kind == "c" and kind.kind != "c":
            raise TypeError(
                f"{how.name} of complex numbers with dtype={str(kind)!r}; expected a complex dtype, or none"
            )
        if kind.kind in "iub":  # as spread it is a float, cast at the end
            how.whole(np.ones_like(source.meta, shape=(1,)), dtype=kind)  # NumPy's error
            return elementwise(astype, reduction(source, how, axis, keepdims, split_every, where, **options), kind)
        options["dtype"] = kind
    if any(source.shape[axis] == 0 for axis in axes):
        _check_empty(source, how, axis, options)
    if source.dtype == object and _takes_order(source, how, axes, options, where):
        source = rechunk(
            source, tuple((n,) if i in axes else c for i, (n, c) in enumerate(zip(source.shape, source.chunks)))
        )
    mask = None
    if where is not True:
        source, mask = _masked(source, where)
    return Reduction(source, how, axes, bool(keepdims), options, split_every, axis, mask)


def _of_kind(how: Reducer, source: ArrayNode, where: Any) -> Reducer:
    """How arrays with blocks of this kind are reduced."""
    if not is_sparse(source.meta):
        return how.masked or how if is_masked(source) else how
    if how.sparse is None or where is not True:
        raise NotImplementedError(
            f"{how.name}{'' if where is True else ' with where='} of blocks of scipy.sparse is not there; {INSTEAD}"
        )
    return how.sparse


def _takes_order(source: ArrayNode, how: Reducer, axes: Axes, options: Mapping[str, Any], where: Any) -> bool:
    """Whether the answer may depend on the order of objects, so that they have to be reduced all at once."""
    cut = any(source.grid[axis] > 1 for axis in axes)
    return cut and (how.folds or len(axes) > 1 or "initial" in options or where is not True)


def _masked(source: ArrayNode, where: Any) -> tuple[ArrayNode, ArrayNode]:
    """The array and which of its elements count, in chunks that fit."""
    where = where if isinstance(where, ArrayNode) else from_memory(np.asarray(where))
    source, mask = align((source, where))
    theirs = source.shape[source.ndim - mask.ndim :]
    if mask.ndim > source.ndim or any(m not in (1, n) for m, n in zip(mask.shape, theirs)):
        raise ValueError(
            f"where= has the shape {mask.shape}, which does not broadcast to that of the array, {source.shape}"
        )
    return source, mask if mask.dtype == bool else elementwise(astype, mask, np.dtype(bool))


def _check_arguments(axis: Any, keepdims: Any, split_every: Any, ndim: int) -> None:
    axes = axis if isinstance(axis, tuple | list) else () if axis is None else (axis,)
    if not all(hasattr(a, "__index__") for a in axes):
        raise TypeError(f"axis={axis!r}: expected an integer, a tuple of integers, or None")
    if not (hasattr(keepdims, "__index__") or isinstance(keepdims, np.bool)) or keepdims not in (False, True):
        raise TypeError(f"keepdims={keepdims!r}: expected True or False")
    widths = list(split_every.values()) if isinstance(split_every, dict) else [split_every]
    named = split_every if isinstance(split_every, dict) else ()
    if any(w is not None and (not isinstance(w, int | np.integer) or w < 2) for w in widths):
        raise ValueError(f"split_every={split_every!r}: expected a number of blocks to merge, 2 or more, or a dict")
    if any(not isinstance(a, int) or not 0 <= a < ndim for a in named):
        raise ValueError(f"split_every={split_every!r} names an axis that an array of {ndim} axes has not")


def _check_empty(source: ArrayNode, how: Reducer, axis: Any, options: Mapping[str, Any]) -> None:
    """Raise what NumPy raises of an array of this shape, without making one of its size."""
    shape = tuple(1 if n is None else min(n, 1) for n in source.shape)
    with quiet():
        how.whole(np.zeros_like(source.meta, shape=shape), axis=axis, **options)


@lower(Reduction)
def reduction_to_tree(node: Reduction) -> Node:
    """Partial results of all blocks, merged as a tree; directly, where the axes are in one block."""
    source, how, name = node.source, node.how, node.name
    if in_one_block(node):
        return _whole(node)
    args: tuple[Any, ...] = (Cuts(source.chunks), source.shape) if how.placed else ()
    first: Callable[..., Any] = Partial(how, node.axes, node.options, node.mask is not None)
    if how.placed:
        first = partial(how.partial, axes=node.axes, **node.options)
    elif node.mask is not None:
        args = (node.mask,)
    partials = blockwise(
        first,
        source,
        *args,
        grid=source.grid,
        name=f"{name}-partial",
        label=f"{how.name}-partial",
        together=None if how.placed else Tiled,
    )
    return tree(
        partials,
        Merge(how.combine, node.axes, node.options),
        Merge(how.combine, node.axes, node.options, Last(how.aggregate, node.dtype, node.keepdims)),
        node.axes,
        name=name,
        keepdims=node.keepdims,
        split_every=node.split_every,
        label=how.name,
    )


def in_one_block(node: Reduction) -> bool:
    """Whether NumPy's own function can do it, as all elements that are reduced are in the same block."""
    return all(node.source.grid[axis] == 1 for axis in node.axes) and type(node.source.meta) is np.ndarray


def _whole(node: Reduction) -> Node:
    kwargs = {"axis": node.axis, "keepdims": node.keepdims, **node.options}
    whole = Whole(node.how.whole, node.dtype)
    args = (node.source,) if node.mask is None else (node.source, node.mask)
    func = whole if node.mask is None else Where(whole)
    reads = {i: _read(node, arg) for i, arg in enumerate(args)}
    return blockwise(func, *args, grid=node.grid, reads=reads, kwargs=kwargs, name=node.name, label=node.how.name)


def _read(node: Reduction, arg: ArrayNode) -> One:
    """How the blocks of the array, or of what broadcasts to it, are read by those of the result."""
    ndim = node.source.ndim
    kept = [axis for axis in range(ndim) if node.keepdims or axis not in node.axes]
    places = {axis: i for i, axis in enumerate(kept)}
    own = zip(range(ndim - arg.ndim, ndim), arg.grid)
    return One(tuple(None if n != node.source.grid[axis] else places.get(axis) for axis, n in own))


@dataclass(frozen=True)
class Partial:
    """Makes the partial result of a block; with `masked` of those elements for which the second argument holds."""

    how: Reducer
    axes: Axes
    options: Mapping[str, Any]
    masked: bool = False

    @property
    def __name__(self) -> str:
        return f"{self.how.name}-partial"

    def __call__(self, block: Any, mask: Any = True) -> Any:
        if not self.how.passes:
            return self._of(block, mask)
        return by_tiles(self._of, (block, mask), self, lambda: Fresh(self._of, self.stacked))

    def _of(self, block: Any, mask: Any) -> Any:
        chosen = {"where": mask} if self.masked else {}
        return self.how.partial(block, axes=self.axes, **self.options, **chosen)

    def stacked(self, stack: Any, mask: Any = True) -> Sequence[Any] | None:
        """The partial results of several blocks at once, if that is possible."""
        if self.masked or self.how.stacked is None:
            return None
        return self.how.stacked(stack, axes=self.axes, **self.options)

    def merge(self, partials: list[Any]) -> Any:
        """One partial result of several."""
        return self.how.combine(partials, self.axes, **self.options)

    def sums_in(self, dtype: np.dtype[Any], ndim: int) -> np.dtype[Any] | None:
        """In which dtype elements are added as they are; None where their sum is not all that is asked."""
        if self.how.sums is None or self.masked or len(self.axes) < ndim:
            return None
        kind = np.dtype(self.how.sums.kind(dtype, self.options.get("dtype")))
        return kind if kind == dtype or (kind.kind in "iu" and dtype.kind in "biu") else None

    def of_sum(self, total: Any, count: int) -> Any:
        """The partial result, given the sum of so many elements."""
        assert self.how.sums is not None
        return self.how.sums.partial(np.reshape(total, (1,) * len(self.axes)), count)


@dataclass(frozen=True)
class Where:
    """Calls a reduction with the block of the mask, which comes second."""

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, block: Any, mask: Any, **kwargs: Any) -> Any:
        return self.func(block, where=mask, **kwargs)


class Whole:
    """NumPy's function, whose results are arrays also where they have no axes."""

    def __init__(self, func: Callable[..., Any], dtype: np.dtype[Any]) -> None:
        self.func = func
        self.dtype = dtype

    def __call__(self, block: Any, **kwargs: Any) -> Any:
        return _as_array(self.func(block, **kwargs)).astype(self.dtype, copy=False)


def _as_array(value: Any) -> Any:
    """What a function of NumPy returned, as an array; what comes out of an array of objects is an object."""
    if hasattr(value, "ndim"):
        return value if isinstance(value, np.ndarray) else as_block(value)
    found = np.empty((), object)
    found[()] = value
    return found


class Last(NamedTuple):
    """What is done at the root of the tree."""

    aggregate: Callable[..., Any]
    dtype: np.dtype[Any]
    keepdims: bool

    def answer(self, merged: Any, axes: Axes, options: Mapping[str, Any]) -> Any:
        """What the merged partial results of all blocks come to."""
        answer = self.aggregate(merged, axes, **options).astype(self.dtype, copy=False)
        return answer if self.keepdims else answer.squeeze(axes)


@dataclass(frozen=True)
class Merge:
    """Merges a list of partial results; with `last` into the answer."""

    combine: Callable[..., Any]
    axes: Axes
    options: Mapping[str, Any]
    last: Last | None = None

    def __call__(self, partials: Sequence[Any]) -> Any:
        merged = self.combine(partials, self.axes, **self.options)
        return merged if self.last is None else self.last.answer(merged, self.axes, self.options)
