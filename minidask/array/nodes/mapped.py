"""Functions called with blocks: a person's own, and those of NumPy that need whole axes.

Which blocks a call gets is told in index notation: every axis has a symbol. Axes of one symbol meet; symbols that the
result does not have are contracted: the function gets all blocks along them, as nested lists or joined.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, Sizes, refine
from minidask.array.node import ArrayNode, as_meta, meta_of, told
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.nodes.untold import untold
from minidask.array.small_blocks import warn_of_small_blocks
from minidask.described import Caller
from minidask.expr.blocks import Box, One, PerBlock, Read, blockwise, function_name
from minidask.expr.grid import Grid, Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.arrays import held, join

Symbols = tuple[Hashable, ...]
"""One for each axis."""


class Called(ArrayNode):
    """A function called with blocks that are told in index notation.

    Fields
    ------
    func
        The function.
    args
        Nodes, `PerBlock` rules and literals.
    indices
        For each of `args` that has axes their symbols; None for the others.
    out
        The symbols of the result.
    sizes, empty
        Its chunks and its meta; None: nobody knows that (see `untold.py`).
    label
        What a person calls it; by default the function's name.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    indices: tuple[Symbols | None, ...]
    out: Symbols
    sizes: Chunks
    empty: Any
    label: str = ""

    @property
    def operation(self) -> str:
        return self.label or function_name(self.func)

    @property
    def summary(self) -> str:
        return ""

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        return told(self.empty, len(self.sizes))


class Mapped(Called):
    """`func(*args, **kwargs)` for each block: an array, or what NumPy can make one of.

    Fields
    ------
    kwargs
        Nodes of one block, rules and literals.
    joined
        Whether blocks along contracted axes are joined; else nested lists.
    checked
        Whether blocks are held to the chunks and the dtype.
    """

    kwargs: Mapping[str, Any] = {}
    joined: bool = True
    checked: bool = False

    def tried_on_empty(self) -> Any:
        args = [_empty(arg, index, self) for arg, index in zip(self.args, self.indices)]
        result = Call(self.func, {})(*args, **{k: _empty(v, None, self) for k, v in self.kwargs.items()})
        return result if result.ndim == self.ndim else None


@lower(Mapped)
def call_with_blocks(node: Mapped) -> Node:
    """One task a block; arguments by keyword that differ from block to block come last."""
    moving = {k: v for k, v in node.kwargs.items() if isinstance(v, (Node, PerBlock))}
    kwargs = {k: v for k, v in node.kwargs.items() if k not in moving}
    reads: dict[int, Read] = {}
    contracted: dict[int, Contracted] = {}
    for position, (arg, index) in enumerate(zip(node.args, node.indices)):
        if index is not None:
            reads[position] = follow(index, arg.grid, node.out, node.grid)
            if any(symbol not in node.out for symbol in index):
                contracted[position] = Contracted.of(index, arg.grid, node.out)
    call: Callable[..., Any] = Call(node.func, contracted, tuple(moving), node.joined)
    args = (*node.args, *moving.values())
    if node.checked:
        dtype = None if node.empty is None else node.dtype
        call, args = Checked(call, dtype), (*args, BlockShapes(node.chunks))
    return blockwise(call, *args, grid=node.grid, reads=reads, kwargs=kwargs, name=node.name, label=node.operation)


def follow(index: Symbols, source: Grid, out: Symbols, grid: Grid) -> Read:
    """How an argument with these symbols is read: axes of one block serve all, contracted ones are read whole."""
    places = [out.index(symbol) if symbol in out else None for symbol in index]
    axes = tuple(None if k is None or (n == 1 and grid[k] != 1) else k for k, n in zip(places, source))
    if all(k is not None or n == 1 for k, n in zip(places, source)):
        return One(axes)
    starts = tuple((0,) if k is None else range(n) for k, n in zip(axes, source))
    stops = tuple((n,) if k is None else range(1, n + 1) for k, n in zip(axes, source))
    return Box(axes, starts, stops)


@dataclass(frozen=True)
class Contracted:
    """Which axes of an argument are contracted, and how many blocks come along each axis."""

    axes: tuple[int, ...]
    counts: Grid

    @classmethod
    def of(cls, index: Symbols, source: Grid, out: Symbols) -> Contracted:
        axes = tuple(axis for axis, symbol in enumerate(index) if symbol not in out)
        return cls(axes, tuple(n if axis in axes else 1 for axis, n in enumerate(source)))

    def joined(self, blocks: Any) -> Any:
        """One block of all."""
        return join(blocks, self.counts) if isinstance(blocks, list) else blocks

    def nested(self, blocks: Any) -> Any:
        """Lists in lists, one level for each contracted axis."""
        blocks = blocks if isinstance(blocks, list) else [blocks]
        for axis in self.axes[:0:-1]:
            n = self.counts[axis]
            blocks = [blocks[i : i + n] for i in range(0, len(blocks), n)]
        return blocks


@dataclass(frozen=True)
class Call:
    """Calls a function in a task.

    Parameters
    ----------
    func
        The function.
    contracted
        By position the arguments that come as blocks along contracted axes.
    names
        Of the last arguments, which are given by keyword.
    joined
        Whether blocks along contracted axes are joined.
    """

    func: Callable[..., Any]
    contracted: Mapping[int, Contracted]
    names: tuple[str, ...] = ()
    joined: bool = True

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        last = len(args) - len(self.names)
        found = list(args[:last])
        for position, how in self.contracted.items():
            found[position] = (how.joined if self.joined else how.nested)(found[position])
        result = self.func(*found, **dict(zip(self.names, args[last:])), **kwargs)
        return result if hasattr(result, "dtype") and hasattr(result, "ndim") else np.asarray(result)


@dataclass(frozen=True)
class BlockShapes(PerBlock):
    """The shape of each block; None for sizes that are not known."""

    chunks: Chunks

    def block(self, index: Index) -> tuple[int | None, ...]:
        return tuple([sizes[i] for sizes, i in zip(self.chunks, index)])


@dataclass(frozen=True)
class Checked(Caller):
    """Holds what a function gives to a shape, its last argument, and to a dtype."""

    call: Any
    dtype: Any

    @property
    def __name__(self) -> str:
        return function_name(self.call)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return held(self.call(*args[:-1], **kwargs), args[-1], self.dtype, self.__name__)

    def called_with(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Without the shape."""
        return args[:-1], kwargs


def unify(args: Sequence[Any], indices: Sequence[Symbols | None]) -> tuple[dict[Hashable, Sizes], list[Any]]:
    """The chunks along each symbol that all arguments are brought to, and the arguments in them.

    Axes of size 1 meet all others.

    Raises
    ------
    ValueError
        Axes of one symbol have different sizes.
    """
    places = _places(args, indices)
    if any(len({(a.spaces[k], a.chunks[k]) for a, k in found}) > 1 and _is_open(found) for found in places.values()):
        args = [a if index is None else known(a) for a, index in zip(args, indices)]
        places = _places(args, indices)
    common: dict[Hashable, Sizes] = {}
    for symbol, found in places.items():
        sizes = {a.shape[k] for a, k in found} - {1}
        if len(sizes) > 1:
            raise ValueError(f"axes that meet (index {symbol!r}) have different sizes: {sorted(sizes, key=str)}")
        common[symbol] = refine([a.chunks[k] for a, k in found if a.shape[k] != 1] or [(1,)])
    fitting = [_cut_as(a, index, common) for a, index in zip(args, indices)]
    warn_of_small_blocks((a.chunks, b.chunks) for a, b, index in zip(args, fitting, indices) if index is not None)
    return common, fitting


def _cut_as(arg: Any, index: Symbols | None, common: Mapping[Hashable, Sizes]) -> Any:
    if index is None:
        return arg
    return rechunk(arg, tuple((1,) if n == 1 else common[symbol] for symbol, n in zip(index, arg.shape)))


def _places(args: Sequence[Any], indices: Sequence[Symbols | None]) -> dict[Hashable, list[tuple[ArrayNode, int]]]:
    places: dict[Hashable, list[tuple[ArrayNode, int]]] = {}
    for arg, index in zip(args, indices):
        for axis, symbol in enumerate(index or ()):
            places.setdefault(symbol, []).append((arg, axis))
    return places


def _is_open(found: Sequence[tuple[ArrayNode, int]]) -> bool:
    """Whether the size of one of the axes is not known."""
    return any(node.shape[axis] is None for node, axis in found)


def call_blocks(
    func: Callable[..., Any],
    args: Sequence[Any],
    indices: Sequence[Symbols | None],
    out: Symbols,
    sizes: Chunks,
    *,
    meta: Any = None,
    dtype: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    joined: bool = True,
    checked: bool = False,
    label: str = "",
    name: str | None = None,
) -> ArrayNode:
    """The node of a function called with blocks; as `Mapped`.

    Without `meta` and `dtype` the first block tells them, when somebody asks.
    """
    fields = (func, tuple(args), tuple(indices), out, sizes)
    rest = (label, kwargs or {}, joined)
    if meta is not None:
        meta = as_meta(meta, len(sizes))
        meta = meta if dtype is None else meta.astype(dtype)
    elif dtype is not None:
        meta = meta_of(dtype, len(sizes))
    made = (*rest, checked)
    node: ArrayNode = Mapped(*fields, meta, *made) if name is None else Mapped.named(name, *fields, meta, *made)
    return untold(node) if meta is None else node


def _empty(arg: Any, index: Symbols | None, node: Mapped) -> Any:
    """What stands for an argument where no data is made."""
    if isinstance(arg, PerBlock):
        return arg.block((0,) * node.ndim)
    if not isinstance(arg, Node):
        return arg
    if not isinstance(arg, ArrayNode):
        raise TypeError("there is no empty form of a delayed value")
    value = arg.meta
    for symbol in () if node.joined else index or ():
        value = value if symbol in node.out else [value]
    return value
