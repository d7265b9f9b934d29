"""Element-wise work: one node, a function of blocks that broadcast against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from minidask.array.chunks import Chunks, Sizes, refine
from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import from_memory
from minidask.array.nodes.tiled import Tiled
from minidask.array.nodes.tiled import astype as astype
from minidask.array.small_blocks import warn_of_small_blocks
from minidask.expr.blocks import blockwise, function_name
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.sparse_blocks import elementwise as sparse_elementwise
from minidask.kernels.sparse_blocks import is_sparse


class BlockByBlock(Node):
    """`func(*args, **kwargs)` block by block.

    Fields
    ------
    func
        A ufunc, or another function that works element by element and broadcasts as NumPy does.
    args
        Array nodes whose chunks fit each other (see `align`), scalars, and arrays without axes.
    kwargs
        Literals.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = {}

    children: ClassVar[tuple[ArrayNode, ...]]

    @classmethod
    def children_in(cls, fields: Mapping[str, Any]) -> tuple[ArrayNode, ...]:
        return tuple([a for a in fields["args"] if isinstance(a, ArrayNode)])

    @property
    def operation(self) -> str:
        return function_name(self.func)

    @fact
    def chunks(self) -> Chunks:
        return _broadcast_chunks(self.children)


class Elementwise(BlockByBlock, ArrayNode):
    """Element-wise work that gives an array."""

    @property
    def summary(self) -> str:
        scalars = [repr(a) for a in self.args if isinstance(a, (int, float, complex, str, np.dtype))]
        return ", ".join([*scalars, *(f"{k}={v!r}" for k, v in self.kwargs.items())])

    @fact
    def cut_freely(self) -> bool:
        return all(a.cut_freely for a in self.children)

    @fact
    def meta(self) -> Any:
        return as_meta(_on_metas(self.func, self.args, self.kwargs), len(self.chunks))

    @property
    def spaces(self) -> tuple[Any, ...]:
        return _broadcast_spaces(self.children, len(self.chunks))


class Several(BlockByBlock):
    """Element-wise work that gives several arrays: the blocks are tuples."""

    @fact
    def metas(self) -> tuple[Any, ...]:
        """The meta of each output."""
        return tuple(as_meta(v, len(self.chunks)) for v in _on_metas(self.func, self.args, self.kwargs))

    @fact
    def grid(self) -> tuple[int, ...]:
        return tuple(map(len, self.chunks))


class Part(ArrayNode):
    """One of the arrays of a node whose blocks are tuples.

    Fields
    ------
    source
        Has `chunks` and `metas`.
    number
        Which of them.
    """

    source: Several
    number: int

    @property
    def operation(self) -> str:
        return f"{self.source.operation}-{self.number}"

    @fact
    def chunks(self) -> Chunks:
        return self.source.chunks

    @fact
    def meta(self) -> Any:
        return self.source.metas[self.number]


@lower(Elementwise, Several)
def elementwise_to_blockwise(node: Elementwise | Several) -> Node:
    """One task a block; the arguments broadcast over the grid."""
    label, together = node.operation, Tiled if isinstance(node, Elementwise) else None
    return blockwise(
        node.func,
        *node.args,
        grid=node.grid,
        kwargs=node.kwargs,
        name=node.name,
        label=label,
        cheap=True,
        together=together,
    )


@lower(Part)
def part_to_item(node: Part) -> Node:
    """The item of the tuple."""
    return blockwise(item, node.source, node.number, grid=node.grid, name=node.name, label=node.operation, cheap=True)


def item(block: Sequence[Any], number: int) -> Any:
    """One of the results of a block."""
    return block[number]


def elementwise(func: Callable[..., Any], *args: Any, **kwargs: Any) -> ArrayNode:
    """The node of `func` over array nodes, NumPy arrays and scalars; their chunks are made to fit.

    Raises
    ------
    ValueError
        The shapes do not broadcast.
    """
    metas = [a.meta for a in args if isinstance(a, ArrayNode)]
    func = Sparsely(func) if any(type(m) is not np.ndarray and is_sparse(m) for m in metas) else func
    return Elementwise(func, align(args), kwargs)


@dataclass(frozen=True)
class Sparsely:
    """A function of blocks some of which are of scipy.sparse."""

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return sparse_elementwise(self.func, *args, **kwargs)


def several(func: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[ArrayNode, ...]:
    """The nodes of the results of a `func` that gives a tuple; else as `elementwise`."""
    node = Several(func, align(args), kwargs)
    return tuple(Part(node, i) for i in range(len(node.metas)))


def align(args: Sequence[Any]) -> tuple[Any, ...]:
    """The arguments with chunks that fit each other along the axes that meet when they broadcast."""
    arrays = [a for a in args if isinstance(a, ArrayNode)]
    literals = len(arrays) < len(args) and any(isinstance(a, np.ndarray) and a.ndim for a in args)
    if not literals and (len(arrays) == 1 or _fit_already(arrays)):
        return tuple(args)
    ndim = max(len(_shape(a)) for a in args)
    if any(_undecided(args, axis) for axis in range(-ndim, 0)):
        args = tuple(known(a) if isinstance(a, ArrayNode) else a for a in args)
    np.broadcast_shapes(*(tuple(1 if n is None else n for n in _shape(a)) for a in args))  # NumPy's own error
    arrays = [a for a in args if isinstance(a, ArrayNode)]
    common = [_common(arrays, axis) for axis in range(-ndim, 0)]
    fitting = tuple(_fit(a, common) for a in args)
    warn_of_small_blocks((a.chunks, b.chunks) for a, b in zip(args, fitting) if isinstance(a, ArrayNode))
    return fitting


def _fit_already(arrays: Sequence[ArrayNode]) -> bool:
    """Whether arrays have the same chunks, of which all sizes are known."""
    first = arrays[0]
    return all(a.chunks == first.chunks for a in arrays) and first.is_known


def _undecided(args: Sequence[Any], axis: int) -> bool:
    """Whether axes meet of which it is not known whether their sizes are the same."""
    found = {(a.spaces[axis], a.chunks[axis]) for a in args if isinstance(a, ArrayNode) and _has(a, axis)}
    literal = any(isinstance(a, np.ndarray) and _has(a, axis) for a in args)
    return len(found) + literal > 1 and any(space is not None for space, _ in found)


def _has(arg: Any, axis: int) -> bool:
    """Whether an array has a say on the size of an axis, counted from the end."""
    return bool(arg.ndim >= -axis and arg.shape[axis] != 1)


def _shape(arg: Any) -> tuple[Any, ...]:
    return arg.shape if isinstance(arg, (ArrayNode, np.ndarray)) else ()


def _common(arrays: Sequence[ArrayNode], axis: int) -> Sizes | None:
    """The chunks along an axis (counted from the end) that all arrays are brought to; None: no array has a say."""
    found = dict.fromkeys(a.chunks[axis] for a in arrays if _has(a, axis))
    return refine(found) if found else None


def _fit(arg: Any, common: list[Sizes | None]) -> Any:
    shape = _shape(arg)
    if not shape:
        return arg
    wanted = common[len(common) - len(shape) :]
    chunks = tuple((n,) if n == 1 or sizes is None else sizes for n, sizes in zip(shape, wanted))
    if isinstance(arg, np.ndarray):
        return from_memory(arg, chunks)
    return rechunk(arg, chunks)


def _broadcast_chunks(arrays: Sequence[ArrayNode]) -> Chunks:
    """The chunks of arrays that fit each other, broadcast."""
    first = arrays[0].chunks
    if all(a.chunks == first for a in arrays):
        return first
    ndim = max(a.ndim for a in arrays)
    found: list[Sizes] = []
    for axis in range(-ndim, 0):
        sizes = [a.chunks[axis] for a in arrays if a.ndim >= -axis]
        found.append(next((s for s in sizes if s != (1,)), (1,)))
    return tuple(found)


def _broadcast_spaces(arrays: Sequence[ArrayNode], ndim: int) -> tuple[Any, ...]:
    found = []
    for axis in range(-ndim, 0):
        spaces = (a.spaces[axis] for a in arrays if a.ndim >= -axis)
        found.append(next((s for s in spaces if s is not None), None))
    return tuple(found)


def _on_metas(func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What a function gives of empty arrays like the arguments."""
    metas = [a.meta if isinstance(a, ArrayNode) else a for a in args]
    if type(func) is np.ufunc and not kwargs:
        kinds, ndim = [], 0
        for meta in metas:
            if type(meta) is np.ndarray:
                ndim = max(ndim, meta.ndim)
                kinds.append(meta.dtype)
            elif type(meta) is int or type(meta) is float:
                kinds.append(meta)
        if len(kinds) == len(metas):
            return _on_kinds(func, ndim, *kinds)
    with np.errstate(all="ignore"):
        found = func(*metas, **kwargs)
    if type(func) is np.ufunc and not isinstance(found, np.ndarray | np.generic | tuple):
        return np.asarray(found, object)  # of objects without axes NumPy gives one of them
    return found


@lru_cache(maxsize=1024, typed=True)
def _on_kinds(ufunc: np.ufunc, ndim: int, *kinds: Any) -> Any:
    """The same of a ufunc over arrays of these dtypes and numbers: most of them are met again and again."""
    with np.errstate(all="ignore"):
        return ufunc(*[np.ones((0,) * ndim, k) if isinstance(k, np.dtype) else k for k in kinds])
