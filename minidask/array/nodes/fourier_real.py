"""Fourier transforms of real numbers: half of them is made, and the other half are its conjugates.

Element -k, counted along all axes that are transformed, is the conjugate of element k. So one of these axes is cut in
half, which halves the work, and what has to be held between axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from minidask.array.node import ArrayNode
from minidask.array.nodes.indexing import getitem
from minidask.array.nodes.joining import concatenate
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import rechunk

_ENDS = ((slice(0, 1), slice(0, 1)), (slice(1, None), slice(None, 0, -1)))
"""Along an axis: where elements go that are taken from -k, and from where."""


def completed(half: ArrayNode, axis: int, n: int, others: Sequence[int]) -> ArrayNode:
    """All elements of a transform.

    Parameters
    ----------
    half
        The first n // 2 + 1 of them along `axis`.
    axis, n
        Which axis is cut, and its size when it is whole.
    others
        The other axes that are transformed.
    """
    if all(half.grid[k] == 1 for k in (axis, *others)):
        sizes = (*half.chunks[:axis], (n,), *half.chunks[axis + 1 :])
        index = tuple(range(half.ndim))
        out = (*index[:axis], "whole", *index[axis + 1 :])
        told = {"axis": axis, "n": n, "others": tuple(others)}
        return call_blocks(whole_of_half, (half,), (index,), out, sizes, meta=half.meta, kwargs=told)
    mirrored = getitem(half, (*(slice(None),) * axis, slice((n - 1) // 2, 0, -1)))
    for k in others:
        if half.grid[k] > 1:
            mirrored = _turned(mirrored, k)
    whole = tuple(k for k in others if half.grid[k] == 1)
    return concatenate([half, _conjugates(mirrored, whole)], axis)


def _turned(node: ArrayNode, axis: int) -> ArrayNode:
    """The elements -k along an axis, in the same chunks."""
    parts = [getitem(node, (*(slice(None),) * axis, source)) for _, source in _ENDS]
    return rechunk(concatenate(parts, axis), node.chunks)


def _conjugates(node: ArrayNode, axes: tuple[int, ...]) -> ArrayNode:
    index = tuple(range(node.ndim))
    return call_blocks(conjugates, (node,), (index,), index, node.chunks, meta=node.meta, kwargs={"axes": axes})


def conjugates(block: Any, axes: Sequence[int], out: Any = None) -> Any:
    """The conjugates of the elements -k along some axes, of which a block has all.

    Examples
    --------
    >>> conjugates(np.array([1j, 2j, 3j]), (0,))
    array([0.-1.j, 0.-3.j, 0.-2.j])
    """
    out = np.empty_like(block) if out is None else out
    for ends in product(_ENDS, repeat=len(axes)):
        target, source = ([slice(None)] * block.ndim for _ in range(2))
        for axis, (to, taken) in zip(axes, ends):
            target[axis], source[axis] = to, taken
        given, made = block[tuple(source)], out[tuple(target)]
        made.real = given.real
        np.subtract(0, given.imag, out=made.imag)  # no negative zeros, as NumPy has none there
    return out


def whole_of_half(half: Any, axis: int, n: int, others: Sequence[int]) -> Any:
    """All elements of a block, of which the first n // 2 + 1 along an axis are given."""
    made = half.shape[axis]
    whole = np.empty_like(half, shape=(*half.shape[:axis], n, *half.shape[axis + 1 :]))
    before = (slice(None),) * axis
    whole[(*before, slice(made))] = half
    conjugates(half[(*before, slice((n - 1) // 2, 0, -1))], others, whole[(*before, slice(made, None))])
    return whole
