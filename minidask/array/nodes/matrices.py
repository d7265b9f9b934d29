"""Functions of matrices, each of which is in one block: they may give several results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import minidask.config as config
from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.elementwise import item
from minidask.array.nodes.mapped import Symbols, call_blocks, follow, unify
from minidask.array.nodes.rechunk import in_one_block
from minidask.expr.blocks import Read, blockwise, function_name
from minidask.expr.grid import Grid
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.quantities import parse_bytes


class Results(Node):
    """A function called with blocks; what it gives is left as it is: a tuple, say.

    Fields
    ------
    func
        The function.
    args
        Nodes, and literals.
    indices
        For each node the symbols of its axes; there is one block along those that `out` does not have. None: a literal.
    out
        The symbols of the result.
    blocks
        Its grid.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    indices: tuple[Symbols | None, ...]
    out: Symbols
    blocks: Grid

    @property
    def operation(self) -> str:
        return function_name(self.func).strip("_").replace("_", "-")

    @property
    def summary(self) -> str:
        return ""

    @property
    def grid(self) -> Grid:
        return self.blocks


@lower(Results)
def call_for_results(node: Results) -> Node:
    """One task a block."""
    pairs = enumerate(zip(node.args, node.indices))
    reads: dict[int, Read] = {
        i: follow(index, arg.grid, node.out, node.grid) for i, (arg, index) in pairs if index is not None
    }
    return blockwise(node.func, *node.args, grid=node.grid, reads=reads, name=node.name, label=node.operation)


def part(results: Results, number: int, out: Symbols, sizes: Chunks, meta: Any) -> ArrayNode:
    """The array that is one of the results; it has more axes than they, of one block each."""
    label = f"{results.operation}-{number}"
    return call_blocks(item, (results, number), (results.out, None), out, sizes, meta=meta, label=label)


Core = tuple[int, ...]
"""The last axes of a result, whatever stack it belongs to."""


def per_matrix(
    func: Callable[..., Any],
    nodes: Sequence[ArrayNode],
    cores: Sequence[Core],
    dtypes: Sequence[Any] | None = None,
    **options: Any,
) -> list[ArrayNode]:
    """The results of a function of stacks of matrices, called with whole matrices.

    Parameters
    ----------
    func
        Called with a block of each array; gives an array or, where there are several `cores`, a tuple.
    nodes
        Arrays whose last two axes are matrices; those before them broadcast.
    cores
        For each result the sizes of its last axes.
    dtypes
        Of the results. Default: what the function gives for matrices of one element.
    **options
        Keywords of the function.
    """
    func = partial(func, **options) if options else func
    stack = max(node.ndim for node in nodes) - 2
    ends = [(f"row{i}", f"column{i}") for i in range(len(nodes))]
    indices = [(*range(stack - (node.ndim - 2), stack), *end) for node, end in zip(nodes, ends)]
    common, fitting = unify([_whole(node) for node in nodes], indices)
    sizes = tuple(common[symbol] for symbol in range(stack))
    metas = _metas(func, fitting, len(cores)) if dtypes is None else [np.empty((), dtype) for dtype in dtypes]
    outs = [(*range(stack), *(f"core{i}" for i in range(len(core)))) for core in cores]
    chunks = [(*sizes, *((n,) for n in core)) for core in cores]
    if len(cores) == 1:
        return [
            call_blocks(
                func, fitting, indices, outs[0], chunks[0], meta=as_meta(metas[0], len(outs[0])), label=_called(func)
            )
        ]
    batch = tuple(range(stack))
    results = Results(func, tuple(fitting), tuple(indices), batch, tuple(map(len, sizes)))
    triples = zip(outs, chunks, metas)
    return [part(results, i, out, c, as_meta(meta, len(out))) for i, (out, c, meta) in enumerate(triples)]


def _called(func: Any) -> str:
    return function_name(func).strip("_").replace("_", "-")


def _metas(func: Callable[..., Any], nodes: Sequence[ArrayNode], count: int) -> Sequence[Any]:
    """What a function gives for matrices of one element."""
    with np.errstate(all="ignore"):
        given = func(*(np.ones_like(node.meta, shape=(1,) * node.ndim) for node in nodes))
    return [given] if count == 1 else given


def _whole(node: ArrayNode) -> ArrayNode:
    """A stack of matrices, each in one block; where blocks grow beyond the usual size, less of them in each."""
    limit = max(parse_bytes(config.get("array.chunk-size")), node.largest_nbytes())
    return in_one_block(node, (node.ndim - 2, node.ndim - 1), limit)
