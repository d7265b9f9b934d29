"""Transforms along axes, one after the other: what is called with which blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import isqrt
from typing import Any, NamedTuple

import numpy as np

import minidask.config as config
from minidask.array.chunks import Sizes
from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.creation import Spaced
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.fourier_real import completed
from minidask.array.nodes.indexing import getitem
from minidask.array.nodes.joining import concatenate
from minidask.array.nodes.manipulation import transpose
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.padding import pad
from minidask.array.nodes.rechunk import in_one_block
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.source import Cuts
from minidask.quantities import parse_bytes

Transform = Callable[..., Any]
"""Like `numpy.fft.fft`: takes a block, n and an axis."""


class Parts(NamedTuple):
    """How the transform of a very long axis is made of those of shorter ones.

    Parameters
    ----------
    func
        A transform of complex numbers, whose first results these are.
    sign
        Of its exponents.
    power
        It is scaled by so much of 1 / n: 0, 0.5 or 1.
    mirrored
        Whether only one half of what it is called with is given, the other being the conjugate; and the real parts
        of the results are asked for.
    """

    func: Transform
    sign: int
    power: float
    mirrored: bool = False


class Step(NamedTuple):
    """A transform along an axis.

    Parameters
    ----------
    func
        What is called with a block.
    n
        How many elements of the axis it uses; a shorter axis is filled up with zeros.
    axis
        Which; not negative.
    size
        The size of the axis afterwards.
    free
        Whether the transforms along other axes may as well come before or after it.
    parts
        How it is made of shorter ones, if it can be.
    half
        What makes the first n // 2 + 1 elements of real numbers, if the others are the conjugates of these.
    """

    func: Transform
    n: int
    axis: int
    size: int
    free: bool
    parts: Parts | None = None
    half: Transform | None = None


def transformed(node: ArrayNode, steps: Sequence[Step], label: str) -> ArrayNode:
    """The array after these steps. All its sizes are known.

    Axes that are in one block go first, where the order is free; the others are brought into one block, together
    where that is little, else one after the other: so no block grows beyond what is usual. An axis that is longer
    than a block is transformed in parts, if the step tells how. Of real numbers half is made, where that is enough.
    """
    cut = _to_cut(node, steps)
    if cut is not None and cut.half:
        others = [step for step in steps if step is not cut]
        first = cut._replace(func=cut.half, size=cut.n // 2 + 1, free=False, half=None)
        half = transformed(node, [first, *others], label)
        return completed(half, cut.axis, cut.n, [step.axis for step in others])
    left = list(steps)
    while left:
        now = _ready(left, [axis for axis, blocks in enumerate(node.grid) if blocks == 1])
        if not now:
            parts = left[0].parts
            if parts and _is_long(node, left[0]):
                node = _in_parts(node, left.pop(0), parts, label)
                continue
            most = _most_bytes(node)
            together = in_one_block(node, sorted({step.axis for step in left}), most)
            node = together if together.largest_nbytes() <= most else in_one_block(node, [left[0].axis], most)
            continue
        node = _called(node, now, label)
        left = [step for step in left if step not in now]
    return node


def _to_cut(node: ArrayNode, steps: Sequence[Step]) -> Step | None:
    """The step of which half is enough, rather one whose axis is in one block; None: all is to be made."""
    axes = {step.axis for step in steps}
    if node.dtype.kind == "c" or len(axes) < len(steps) or not all(step.half for step in steps):
        return None
    short = [step for step in steps if not _is_long(node, step)]
    return min(short, key=lambda step: node.grid[step.axis], default=None)


def _ready(steps: Sequence[Step], whole: Sequence[int]) -> list[Step]:
    """Those that can be done now: their axes are in one block, and no step that must come before them is left."""
    found: list[Step] = []
    for i, step in enumerate(steps):
        waiting = [other for other in steps[:i] if other not in found]
        if waiting and not step.free:
            break
        if step.axis in whole and all(other.free and other.axis != step.axis for other in waiting):
            found.append(step)
    return found


def _is_long(node: ArrayNode, step: Step) -> bool:
    """Whether an axis, or what is made of it, is longer than a block may be."""
    size, limit = max(node.shape[step.axis], step.n), parse_bytes(config.get("array.chunk-size"))
    exact = node.dtype.char in "gG"  # more than the factors are
    return size * node.dtype.itemsize > limit and not exact


def _in_parts(node: ArrayNode, step: Step, parts: Parts, label: str) -> ArrayNode:
    axis, n = step.axis, step.n
    node = _of_size(node, axis, n // 2 + 1 if parts.mirrored else n)
    if not _is_long(node, step):
        return transformed(node, [step], label)
    if parts.mirrored:
        other = getitem(node, (*_all(axis), slice((n - 1) // 2, 0, -1)))
        node = concatenate([node, elementwise(np.conjugate, other)], axis)
    rows = next(rows for rows in range(isqrt(n), 0, -1) if n % rows == 0)
    made = _in_table(node, axis, parts, rows, label) if rows > 1 else _by_chirps(node, axis, parts, label)
    if parts.mirrored:
        return elementwise(_real, made)
    return made if step.size == n else getitem(made, (*_all(axis), slice(step.size)))


def _all(axes: int) -> tuple[slice, ...]:
    return (slice(None),) * axes


def _of_size(node: ArrayNode, axis: int, size: int) -> ArrayNode:
    """The first elements of an axis; behind those that there are, zeros."""
    there = node.shape[axis]
    if there >= size:
        return node if there == size else getitem(node, (*_all(axis), slice(size)))
    return pad(node, [(0, size - there if k == axis else 0) for k in range(node.ndim)], "constant")


def _real(block: Any) -> Any:
    return block.real.copy()


def _in_table(node: ArrayNode, axis: int, parts: Parts, rows: int, label: str) -> ArrayNode:
    """The transform of an axis as those of the columns and rows of a table (Bailey: FFTs in External Memory, 1990)."""
    n = node.shape[axis]
    columns, before, after = n // rows, node.shape[:axis], node.shape[axis + 1 :]
    plain = parts._replace(mirrored=False)
    table = reshape(node, (*before, rows, columns, *after))
    table = transformed(table, [Step(parts.func, rows, axis, rows, True, plain)], label)
    table = _times(_turned, table, label, axis=axis, angle=parts.sign * 2 * np.pi / n)
    table = transformed(table, [Step(parts.func, columns, axis + 1, columns, True, plain)], label)
    index = tuple(range(table.ndim))
    turned = transpose(table, (*index[:axis], axis + 1, axis, *index[axis + 2 :]))
    return reshape(turned, (*before, n, *after))


def _by_chirps(node: ArrayNode, axis: int, parts: Parts, label: str) -> ArrayNode:
    """The transform of an axis of prime size as a convolution, which those of another size make.

    Source: Bluestein, A Linear Filtering Approach to the Computation of Discrete Fourier Transform, 1970.
    """
    n = node.shape[axis]
    size = 1 << (2 * n - 2).bit_length()
    forth, back = Parts(np.fft.fft, -1, 0), Parts(np.fft.ifft, 1, 1)
    told = {"n": n, "sign": parts.sign}
    chirped = _of_size(_times(_chirped, node, label, axis=axis, **told), axis, size)
    found = transformed(chirped, [Step(forth.func, size, axis, size, True, forth)], label)
    kernel = elementwise(partial(_kernel, size=size, dtype=found.dtype, **told), _counted(found.chunks[axis]))
    kernel = transformed(kernel, [Step(forth.func, size, 0, size, True, forth)], label)
    spread = getitem(kernel, (slice(None), *(None,) * (node.ndim - axis - 1)))
    found = elementwise(np.multiply, found, spread)
    found = transformed(found, [Step(back.func, size, axis, size, True, back)], label)
    return _times(_chirped, _of_size(found, axis, n), label, axis=axis, scale=n**-parts.power, **told)


def _counted(sizes: Sizes) -> ArrayNode:
    return Spaced(0, 1, None, np.dtype(np.int64), (sizes,))


def _times(func: Callable[..., Any], node: ArrayNode, label: str, **kwargs: Any) -> ArrayNode:
    """Blocks as complex numbers, multiplied by what follows from their places."""
    index, dtype = tuple(range(node.ndim)), np.fft.fft(np.ones(1, node.dtype)).dtype
    meta = np.empty((0,) * node.ndim, dtype)
    args = node, Cuts(node.chunks)
    told = {**kwargs, "dtype": dtype}
    return call_blocks(func, args, (index, None), index, node.chunks, meta=meta, kwargs=told, label=label)


def _turned(block: Any, cut: tuple[slice, ...], axis: int, angle: float, dtype: Any) -> Any:
    """Elements turned by the angle times the numbers of their row and of their column."""
    rows, columns = (np.arange(cut[k].start, cut[k].stop) for k in (axis, axis + 1))
    turns = np.exp(1j * angle * np.outer(rows, columns))
    return block * turns.reshape(*turns.shape, *(1,) * (block.ndim - axis - 2)).astype(dtype)


def _chirped(block: Any, cut: tuple[slice, ...], axis: int, n: int, sign: int, dtype: Any, scale: float = 1.0) -> Any:
    """Elements along an axis turned by half the square of their number."""
    factors = _chirp(np.arange(cut[axis].start, cut[axis].stop), n, sign) * scale
    return block * factors.reshape(-1, *(1,) * (block.ndim - axis - 1)).astype(dtype)


def _kernel(numbers: Any, n: int, sign: int, size: int, dtype: Any) -> Any:
    """The conjugate of the chirp, forwards and backwards from 0."""
    away = np.minimum(numbers, size - numbers)
    return np.where(away < n, _chirp(away, n, -sign), 0).astype(dtype)


def _chirp(numbers: Any, n: int, sign: int) -> Any:
    """Whole turns are taken off first: squares are large."""
    return np.exp(1j * sign * np.pi / n * (numbers * numbers % (2 * n)))


def _most_bytes(node: ArrayNode) -> int:
    """Of a block: a sixteenth of the array keeps several workers busy."""
    usual = parse_bytes(config.get("array.chunk-size"))
    return min(usual, max(_FEW, node.nbytes // 16))


_FEW = 4 << 20
"""Bytes of a block below which it is not worth to have more of them."""


def _called(node: ArrayNode, steps: Sequence[Step], label: str) -> ArrayNode:
    sizes = list(node.chunks)
    out: list[Any] = list(range(node.ndim))
    for step in steps:
        sizes[step.axis], out[step.axis] = (step.size,), ("new", step.axis)
    tried = in_turn(np.ones_like(node.meta, shape=(1,) * node.ndim), [(s.func, 1, s.axis) for s in steps])
    func = partial(in_turn, calls=[(step.func, step.n, step.axis) for step in steps])
    meta, index = as_meta(tried, node.ndim), tuple(range(node.ndim))
    return call_blocks(func, (node,), (index,), tuple(out), tuple(sizes), meta=meta, label=label)


def in_turn(block: Any, calls: Sequence[tuple[Transform, int, int]]) -> Any:
    """A block after several transforms."""
    for func, n, axis in calls:
        block = func(block, n, axis)
    return block
