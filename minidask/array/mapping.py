"""Functions of the person's own over blocks: what becomes of their arguments, and of the chunks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from minidask.array.chunks import Chunks, Sizes, offsets
from minidask.array.node import ArrayNode
from minidask.array.nodes.mapped import Call, Symbols, call_blocks, unify
from minidask.array.nodes.source import from_memory
from minidask.array.operators import Operators
from minidask.collection import with_values
from minidask.expr.assemble import call
from minidask.expr.blocks import BlockIndex, PerBlock, function_name, unchanged
from minidask.expr.grid import Index
from minidask.expr.node import Node


def argument(value: Any) -> Any:
    """What stands in a node for an argument: the node of an array; else as `by_value`."""
    if isinstance(value, Operators):
        return value.expr
    if isinstance(value, np.ndarray) and value.ndim:
        return from_memory(value, tuple((n,) for n in value.shape))
    return by_value(value)


def by_value(value: Any) -> Any:
    """The node of one block of a collection's value, or of a container with collections in it; else as it is."""
    held = with_values(value)
    return held if held is value or isinstance(held, Node) else call(unchanged, (held,), {}, "container")


def _checked(func: Any) -> None:
    if not callable(func):
        raise TypeError(f"func must be a function of blocks, not {type(func).__name__}")


@dataclass(frozen=True)
class Enforced:
    """A function whose blocks must have a number of axes."""

    func: Callable[..., Any]
    ndim: int

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = Call(self.func, {})(*args, **kwargs)
        if result.ndim != self.ndim:
            raise ValueError(f"{self.__name__} gave a block of {result.ndim} axes, where {self.ndim} are expected")
        return result


def map_blocks(
    func: Callable[..., Any],
    *args: Any,
    name: str | None = None,
    token: str | None = None,
    dtype: Any = None,
    chunks: Any = None,
    drop_axis: Any = None,
    new_axis: Any = None,
    enforce_ndim: bool = False,
    meta: Any = None,
    **kwargs: Any,
) -> ArrayNode:
    """The array of `func` called with each block.

    Without `dtype` and `meta` nobody knows of which dtype the result is, and to compute it nobody has to. Who asks has
    the first block made, and that is kept.

    Parameters
    ----------
    func
        Gives a block. It may take `block_id`, the index of the block, and `block_info`: for each array by its
        position, and for the result by None, a dict of where the block lies.
    *args
        Arrays, whose last axes meet: they have as many blocks there, or one; and other arguments, as they are.
        Collections among them are given as values, also those in lists and dicts.
    name
        Of the result, where equal names mean equal values. Default: from the operands.
    token
        What the result is called, in place of the function's name.
    dtype
        Of the result.
    chunks
        Of the result, where the function changes the shape of blocks: for each axis one size or all of them.
    drop_axis
        Axes that the result does not have; the function gets all blocks along them as one.
    new_axis
        Places of axes that are new.
    enforce_ndim
        Whether a block with another number of axes than the result is an error.
    meta
        An empty array of the kind of the blocks.
    **kwargs
        For the function.

    Raises
    ------
    ValueError
        The arrays have different numbers of blocks where they meet, or `chunks` do not fit.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.arange(6, chunks=3)
    >>> da.map_blocks(lambda b, block_id: b + 10 * block_id[0], x).compute()
    array([ 0,  1,  2, 13, 14, 15])
    >>> da.map_blocks(lambda b: b.sum(keepdims=True), x, chunks=(1,)).compute()
    array([ 3, 12])
    """
    _checked(func)
    nodes = [argument(arg) for arg in args]
    indices = [_trailing(node) for node in nodes]
    ndim = max((node.ndim for node in nodes if isinstance(node, ArrayNode)), default=0)
    out, new = _out_symbols(ndim, drop_axis, new_axis, chunks)
    counts = _counts(nodes, indices)
    sizes = _sizes_met(nodes, indices, counts)
    found = _override(chunks, [sizes.get(symbol, (1,)) for symbol in out], new)
    options = {k: by_value(v) for k, v in kwargs.items()}
    wanted = _keywords(func)
    if "block_id" in wanted:
        options["block_id"] = BlockIndex()
    if "block_info" in wanted:
        inputs = tuple(
            (i, node.chunks, node.dtype, tuple(out.index(s) if s in out else None for s in index or ()))
            for i, (node, index) in enumerate(zip(nodes, indices))
            if isinstance(node, ArrayNode)
        )
        options["block_info"] = BlockInfo(found, dtype, inputs)
    called = Enforced(func, len(out)) if enforce_ndim else func
    label = token or function_name(func)
    return call_blocks(
        called,
        nodes,
        indices,
        out,
        found,
        meta=meta,
        dtype=dtype,
        kwargs=options,
        checked=True,
        label=label,
        name=name,
    )


def _trailing(node: Any) -> Symbols | None:
    """Symbols of which the last axes meet, as in broadcasting."""
    if isinstance(node, ArrayNode):
        return tuple(range(node.ndim))[::-1]
    return () if isinstance(node, Node) else None


def _out_symbols(ndim: int, drop_axis: Any, new_axis: Any, chunks: Any) -> tuple[Symbols, list[int]]:
    """The symbols of the result, and which of its axes are new."""
    dropped = normalize_axis_tuple(() if drop_axis is None else drop_axis, ndim, "drop_axis")
    out: list[Hashable] = [ndim - 1 - axis for axis in range(ndim) if axis not in dropped]
    if new_axis is None and isinstance(chunks, (tuple, list)) and len(chunks) > len(out):
        new_axis = range(len(chunks) - len(out))
    new = [new_axis] if isinstance(new_axis, int) else list(new_axis or ())
    places = sorted(normalize_axis_tuple(new, len(out) + len(new), "new_axis"))
    for axis in places:
        out.insert(axis, ("new", axis))
    return tuple(out), places


def _counts(nodes: Sequence[Any], indices: Sequence[Symbols | None]) -> dict[Hashable, int]:
    """How many blocks there are along each symbol."""
    counts: dict[Hashable, int] = {}
    for node, index in zip(nodes, indices):
        for symbol, n in zip(index or (), getattr(node, "grid", ())):
            if n != 1 and counts.get(symbol, 1) not in (1, n):
                raise ValueError(
                    f"the arrays have different numbers of blocks along axes that meet: {counts[symbol]} and {n}; "
                    "rechunk them to the same chunks"
                )
            counts[symbol] = max(n, counts.get(symbol, 1))
    return counts


def _sizes_met(
    nodes: Sequence[Any], indices: Sequence[Symbols | None], counts: Mapping[Hashable, int]
) -> dict[Hashable, Sizes]:
    """The sizes of the blocks along each symbol: those of an array that has all the blocks."""
    sizes: dict[Hashable, Sizes] = {}
    for node, index in zip(nodes, indices):
        for symbol, found in zip(index or (), getattr(node, "chunks", ())):
            if len(found) == counts[symbol] and sizes.get(symbol, (1,)) == (1,):
                sizes[symbol] = found
    return sizes


def _override(chunks: Any, sizes: list[Sizes], new: Sequence[int]) -> Chunks:
    """The chunks of the result: as the arguments have them, or as the person says."""
    if chunks is None:
        return tuple(sizes)
    given = list(chunks) if isinstance(chunks, (tuple, list)) else [chunks]
    if len(given) != len(sizes):
        raise ValueError(f"chunks={chunks!r} have {len(given)} axes, but the result has {len(sizes)}")
    found: list[Sizes] = []
    for axis, (wish, old) in enumerate(zip(given, sizes)):
        wish = tuple(wish) if isinstance(wish, (tuple, list)) else (wish,) * len(old)
        if len(wish) != len(old) and axis not in new:
            raise ValueError(f"chunks={chunks!r} tell {len(wish)} blocks along axis {axis}, but there are {len(old)}")
        found.append(tuple(None if n is None or n != n else int(n) for n in wish))
    return tuple(found)


def _keywords(func: Any) -> set[str]:
    """The names of the arguments of a function, as far as it tells them."""
    try:
        return set(inspect.signature(func).parameters)
    except (TypeError, ValueError):
        return set()


@dataclass(frozen=True)
class BlockInfo(PerBlock):
    """What a function is told of its block: of each array by its position, and of the result by None.

    Parameters
    ----------
    chunks, dtype
        Of the result; the dtype is None where it is not known yet.
    inputs
        For each array its position, chunks, dtype, and for each axis the output axis that it follows.
    """

    chunks: Chunks
    dtype: Any
    inputs: tuple[tuple[int, Chunks, Any, tuple[int | None, ...]], ...]

    def block(self, index: Index) -> dict[int | None, dict[str, Any]]:
        told: dict[int | None, dict[str, Any]] = {}
        for position, chunks, dtype, axes in self.inputs:
            at = [None if k is None else index[k] if len(c) > 1 else 0 for k, c in zip(axes, chunks)]
            told[position] = {**_place(chunks, at), "dtype": dtype}
        shape = tuple(sizes[i] for sizes, i in zip(self.chunks, index))
        dtype = None if self.dtype is None else np.dtype(self.dtype)
        told[None] = {**_place(self.chunks, index), "chunk-shape": shape, "dtype": dtype}
        return told


def _place(chunks: Chunks, index: Sequence[int | None]) -> dict[str, Any]:
    """Where a block lies; None: all blocks along that axis."""
    bounds = [None if None in sizes else offsets(sizes) for sizes in chunks]
    location = [
        None if at is None else (at[0], at[-1]) if i is None else (at[i], at[i + 1]) for at, i in zip(bounds, index)
    ]
    return {
        "shape": tuple(None if at is None else at[-1] for at in bounds),
        "num-chunks": tuple(map(len, chunks)),
        "array-location": location,
        "chunk-location": tuple(index),
    }


def blockwise(
    func: Callable[..., Any],
    out_ind: Any,
    *args: Any,
    name: str | None = None,
    token: str | None = None,
    dtype: Any = None,
    adjust_chunks: Mapping[Hashable, Any] | None = None,
    new_axes: Mapping[Hashable, Any] | None = None,
    align_arrays: bool = True,
    concatenate: bool | None = None,
    meta: Any = None,
    **kwargs: Any,
) -> ArrayNode:
    """The array of `func` called with blocks told in index notation: each axis has a symbol.

    Parameters
    ----------
    func
        Gives a block of the result.
    out_ind
        The symbols of the result, a string or a tuple.
    *args
        Pairs of an array and its symbols; of another argument and None.
    name, token, dtype, meta
        As of `map_blocks`.
    adjust_chunks
        For some symbols how the function changes the sizes of blocks: a function of a size, one size, or all.
    new_axes
        For symbols that no array has the size of the axis; of several blocks: a tuple of their sizes.
    align_arrays
        Whether arrays are first cut alike; else they must have as many blocks where they meet.
    concatenate
        Whether blocks along symbols that the result does not have are given as one; else as nested lists.
    **kwargs
        For the function.

    Raises
    ------
    ValueError
        Sizes do not fit, an index has another number of symbols than its array has axes, or a symbol of the result is
        nowhere.

    Examples
    --------
    >>> import minidask.array as da
    >>> x, y = da.arange(4, chunks=2), da.arange(3, chunks=2)
    >>> da.blockwise(np.multiply.outer, "ij", x, "i", y, "j").compute()
    array([[0, 0, 0],
           [0, 1, 2],
           [0, 2, 4],
           [0, 3, 6]])
    """
    _checked(func)
    if len(args) % 2:
        raise ValueError("blockwise takes pairs of an array and its index, such as x, 'ij'; one has no partner")
    out = tuple(out_ind)
    pairs = [_indexed(value, index) for value, index in zip(args[::2], args[1::2])]
    nodes, indices = [node for node, _ in pairs], [index for _, index in pairs]
    arrays = [i for i, index in enumerate(indices) if index]
    given, symbols = [nodes[i] for i in arrays], [indices[i] for i in arrays]
    if align_arrays:
        sizes, given = unify(given, symbols)
        nodes = [given[arrays.index(i)] if i in arrays else node for i, node in enumerate(nodes)]
    else:
        sizes = _sizes_met(given, symbols, _counts(given, symbols))
    for symbol, size in (new_axes or {}).items():
        sizes[symbol] = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    missing = [symbol for symbol in out if symbol not in sizes]
    if missing:
        raise ValueError(f"the indices {missing} of the result are in no argument; new_axes tells sizes of new ones")
    adjust = adjust_chunks or {}
    chunks = tuple(_adjusted(adjust[s], sizes[s], s) if s in adjust else sizes[s] for s in out)
    options = {k: by_value(v) for k, v in kwargs.items()}
    label = token or function_name(func)
    return call_blocks(
        func,
        nodes,
        indices,
        out,
        chunks,
        meta=meta,
        dtype=dtype,
        kwargs=options,
        joined=bool(concatenate),
        checked=True,
        label=label,
        name=name,
    )


def _indexed(value: Any, index: Any) -> tuple[Any, Symbols | None]:
    if index is None:
        node = by_value(value)
        return node, () if isinstance(node, Node) else None
    node = argument(value if isinstance(value, Operators) else np.asarray(value))
    ndim = node.ndim if isinstance(node, ArrayNode) else 0
    if len(index) != ndim:
        raise ValueError(f"the index {index!r} has {len(index)} symbols, but its array has {ndim} axes")
    return node, tuple(index) if isinstance(node, Node) else None


def _adjusted(how: Any, sizes: Sizes, symbol: Hashable) -> Sizes:
    """Chunks changed by a function of each size, to one size, or to these sizes."""
    found = tuple(map(how, sizes)) if callable(how) else (how,) * len(sizes) if isinstance(how, int) else tuple(how)
    if len(found) != len(sizes):
        raise ValueError(f"adjust_chunks tells {len(found)} blocks along {symbol!r}, but there are {len(sizes)}")
    return found
