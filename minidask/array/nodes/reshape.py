"""Other shapes for the same elements in C order.

Axes are taken in the smallest groups that hold as many elements before as after. A group whose blocks lie in C order
merges into one axis block by block, and one axis splits into a group likewise; between the two that axis is cut anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import minidask.config as config
from minidask.array.chunks import Chunks, Shape, Sizes, blocks_of, check_count, even
from minidask.array.node import ArrayNode, InChunks
from minidask.array.nodes.creation import Filled, Shapes
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.expr.blocks import One, Read, blockwise
from minidask.expr.node import Node
from minidask.expr.pipeline import lower, simplify
from minidask.expr.reads import Numbered
from minidask.quantities import parse_bytes


class Reshape(InChunks):
    """Every block in another shape; the blocks are the same in C order."""


@simplify(Reshape)
def reshape_of_reshape(node: Reshape) -> Node | None:
    """The shape between them does not matter."""
    if isinstance(node.source, Reshape):
        source = node.source.source
        return source if source.chunks == node.chunks else Reshape(source, node.chunks)
    return None


@lower(Reshape)
def reshape_blocks(node: Reshape) -> Node:
    """A view of each block, mostly."""
    args, reads = (node.source, Shapes(node.chunks)), {0: _read(node.source.grid, node.grid)}
    return blockwise(reshape_block, *args, grid=node.grid, reads=reads, name=node.name, label="reshape", cheap=True)


def reshape_block(block: Any, shape: tuple[int, ...]) -> Any:
    """A block in another shape."""
    return block.reshape(shape)


def _read(source: tuple[int, ...], grid: tuple[int, ...]) -> Read:
    """Block for block in C order; axis for axis, where several blocks lie along the same axes before and after."""
    before = [axis for axis, n in enumerate(source) if n != 1]
    after = [axis for axis, n in enumerate(grid) if n != 1]
    if [source[axis] for axis in before] != [grid[axis] for axis in after]:
        return Numbered()
    follows = dict(zip(before, after))
    return One(tuple(follows.get(axis) for axis in range(len(source))))


def reshape(node: ArrayNode, shape: Sequence[int], merge_chunks: bool = True, limit: Any = None) -> ArrayNode:
    """The same elements in C order in another shape.

    Parameters
    ----------
    shape
        One of its sizes may be -1: what the others leave.
    merge_chunks
        Whether blocks that do not lie in C order are joined to whole rows (at most `limit` bytes), rather than cut.
    limit
        Bytes of a block. Default: the option `array.chunk-size`.

    Raises
    ------
    ValueError
        The shape has another number of elements.
    """
    node = known(node)
    new = _resolve(node.shape, tuple(shape))
    if new == node.shape:
        return node
    if 0 in new:
        return Filled(0, node.dtype, tuple((n,) for n in new))
    groups = list(axis_groups(node.shape, new))
    most = parse_bytes(config.get("array.chunk-size", override_with=limit), "limit") // max(node.dtype.itemsize, 1)
    rows: dict[int, Sizes] = {}
    for before, _ in groups:
        others = prod(max(sizes) for axis, sizes in enumerate(node.chunks) if axis not in before)
        found = _in_order([node.chunks[axis] for axis in before], most // max(others, 1) if merge_chunks else 0)
        rows.update(zip(before, found))
    node = rechunk(node, tuple(rows[axis] for axis in range(node.ndim)))
    flat = tuple(_merged([node.chunks[axis] for axis in before]) for before, _ in groups)
    split = [_split(sizes, [new[axis] for axis in after]) for sizes, (_, after) in zip(flat, groups)]
    node = rechunk(_reshaped(node, flat), tuple(_merged(parts) for parts in split))
    return _reshaped(node, tuple(sizes for parts in split for sizes in parts))


def reshape_blockwise(node: ArrayNode, shape: Sequence[int], chunks: Chunks | None) -> ArrayNode:
    """Each block in another shape: the order of the elements is not that of C where several blocks lie beside another.

    Raises
    ------
    ValueError
        The shape has another number of elements. Axes are cut into several, and `chunks` does not tell how, or tells
        other blocks than there are.
    """
    node = known(node)
    new = _resolve(node.shape, tuple(shape))
    if 0 in new:
        return reshape(node, new)
    found: list[Sizes] = []
    for before, after in axis_groups(node.shape, new):
        flat = _merged([node.chunks[axis] for axis in before])
        if chunks is None and len(after) > 1:
            raise ValueError(
                f"axes {list(after)} of shape={new} are several, made of one: chunks= must tell their blocks"
            )
        parts = [flat][: len(after)] if chunks is None else [chunks[axis] for axis in after]
        if _merged(parts) != flat:
            raise ValueError(f"chunks={chunks} make blocks of {_merged(parts)} elements, where there are {flat}")
        found += parts
    return _reshaped(node, tuple(found))


def _reshaped(node: ArrayNode, chunks: Chunks) -> ArrayNode:
    return node if node.chunks == chunks else Reshape(node, chunks)


def _resolve(old: Shape, new: tuple[int, ...]) -> tuple[int, ...]:
    """The new shape, with a size for -1."""
    size, rest = prod(old), prod(n for n in new if n != -1)
    if new.count(-1) == 1 and rest and size % rest == 0:
        new = tuple(size // rest if n == -1 else n for n in new)
    if any(n < 0 for n in new) or prod(new) != size:
        raise ValueError(f"cannot reshape an array of shape {old}, which has {size} elements, to {new}")
    return new


def axis_groups(old: Shape, new: Shape) -> Iterator[tuple[range, range]]:
    """The smallest runs of axes of as many elements before as after.

    Examples
    --------
    >>> list(axis_groups((6, 5), (2, 3, 5)))
    [(range(0, 1), range(0, 2)), (range(1, 2), range(2, 3))]
    """
    i = j = 0
    while i < len(old) or j < len(new):
        first, other = i, j
        i, j = min(i + 1, len(old)), min(j + 1, len(new))
        while (a := prod(old[first:i])) != (b := prod(new[other:j])):
            i, j = (i + 1, j) if a < b else (i, j + 1)
        if prod(old[i:]) == 1 and prod(new[j:]) == 1:  # axes of size 1 at the end
            i, j = len(old), len(new)
        yield range(first, i), range(other, j)


def _in_order(group: Sequence[Sizes], most: int) -> list[Sizes]:
    """Cuts of these axes whose blocks lie in C order: one axis is cut, single rows before it, whole axes after it."""
    blocks = [max(sizes) for sizes in group]
    shape = [sum(sizes) for sizes in group]
    cut = next((k for k, block in enumerate(blocks) if block > 1), max(len(group) - 1, 0))
    if all(len(sizes) == 1 for sizes in group[cut + 1 :]):
        return list(group)
    if blocks[0] * prod(shape[1:]) <= most:
        return [group[0], *((n,) for n in shape[1:])]
    room = prod(blocks)
    cut = next(k for k in range(len(group)) if prod(shape[k + 1 :]) <= room)
    each = room // prod(shape[cut + 1 :])
    kept = group[cut] if blocks[cut] <= each else even(shape[cut], each)
    return [*((1,) * n for n in shape[:cut]), kept, *((n,) for n in shape[cut + 1 :])]


def _merged(group: Sequence[Sizes]) -> Sizes:
    """The cuts of the one axis that axes in C order merge into.

    Examples
    --------
    >>> _merged([(1, 1), (2, 3)])
    (2, 3, 2, 3)
    """
    check_count(prod(map(len, group)))
    merged: Sizes = (1,)
    for sizes in group:
        merged = tuple(a * b for a in merged for b in sizes)
    return merged


def _split(flat: Sizes, shape: Sequence[int]) -> list[Sizes]:
    """Cuts in C order of the axes that one axis splits into: where it is cut already, if that will do.

    Examples
    --------
    >>> _split((6, 6), (4, 3))
    [(2, 2), (3,)]
    >>> _split((4, 8), (4, 3))
    [(2, 2), (3,)]
    """
    if not shape:
        return []
    for cut in range(len(shape)):
        found = _split_at(flat, shape, cut)
        if found is not None:
            return found
    room = max(flat)
    cut = next(k for k in range(len(shape)) if prod(shape[k + 1 :]) <= room)
    return _around(shape, cut, blocks_of(shape[cut], max(1, room // prod(shape[cut + 1 :]))))


def _split_at(flat: Sizes, shape: Sequence[int], cut: int) -> list[Sizes] | None:
    """The cuts where the blocks of one axis are runs of rows along axis `cut` already."""
    rows, row = prod(shape[:cut]), prod(shape[cut + 1 :])
    period = flat[: len(flat) // rows]
    if period * rows != flat or sum(period) != shape[cut] * row or any(n % row for n in period):
        return None
    return _around(shape, cut, tuple(n // row for n in period))


def _around(shape: Sequence[int], cut: int, sizes: Sizes) -> list[Sizes]:
    return [*((1,) * n for n in shape[:cut]), sizes, *((n,) for n in shape[cut + 1 :])]
