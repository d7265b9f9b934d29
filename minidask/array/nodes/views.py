"""The same bytes as elements of another type."""

from __future__ import annotations

from math import gcd
from typing import Any

import numpy as np

from minidask.array.chunks import Sizes
from minidask.array.node import ArrayNode
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known


def view_as(node: ArrayNode, dtype: np.dtype[Any]) -> ArrayNode:
    """The node of a view; where elements get another size, so does the last axis, and blocks are cut between them.

    Raises
    ------
    ValueError, TypeError
        The bytes along the last axis are no whole number of elements, or one of the types holds objects.
    """
    old, new = node.dtype.itemsize, dtype.itemsize
    if not node.ndim or new in (0, old):
        return elementwise(view, node, dtype)
    node = known(node)
    together = new // gcd(old, new)
    np.empty(node.shape[-1] % together + together, node.dtype).view(dtype)  # NumPy's own error
    sizes = _multiples(node.chunks[-1], together)
    node = rechunk(node, (*node.chunks[:-1], sizes))
    symbols = tuple(range(node.ndim))
    chunks = (*node.chunks[:-1], tuple(n * old // new for n in sizes))
    meta = node.meta.view(dtype)
    return call_blocks(view, (node, dtype), (symbols, None), symbols, chunks, meta=meta, label="view")


def _multiples(sizes: Sizes, of: int) -> Sizes:
    """Chunks that end at the last multiple before the end of these."""
    ends = [int(end) // of * of for end in np.cumsum(sizes)]
    found = tuple(b - a for a, b in zip([0, *ends], ends) if b > a)
    return found or (0,)


def view(block: Any, dtype: np.dtype[Any]) -> Any:
    """A block whose bytes are taken for elements of another type."""
    contiguous = block.dtype.itemsize == dtype.itemsize or block.flags.c_contiguous
    return (block if contiguous else block.copy()).view(dtype)


def fields(node: ArrayNode, key: str | list[str]) -> ArrayNode:
    """The node of a field of structured elements, or of several; the axes of fields that have some come last.

    Raises
    ------
    KeyError, ValueError, IndexError
        There is no such field, or the elements have none.
    """
    meta = node.meta[key]
    inner = meta.shape[node.ndim :]
    if not inner:
        return elementwise(field, node, key)
    symbols, out = tuple(range(node.ndim)), tuple(range(meta.ndim))
    chunks = (*node.chunks, *((n,) for n in inner))
    return call_blocks(field, (node, key), (symbols, None), out, chunks, meta=meta, label="field")


def field(block: Any, key: str | list[str]) -> Any:
    """A field of a block of structured elements."""
    return block[key]


def set_field(node: ArrayNode, key: str, value: Any) -> ArrayNode:
    """The node of structured elements with another value, which broadcasts, in one field.

    Raises
    ------
    KeyError, ValueError, IndexError
        There is no such field, the elements have none, or the value does not broadcast to them.
    NotImplementedError
        The field holds arrays.
    """
    meta = node.meta[key]
    if meta.ndim > node.ndim:
        raise NotImplementedError(f"the field {key!r} holds arrays: set it with map_blocks")
    if not isinstance(value, ArrayNode) and np.ndim(value) == 0:
        np.empty(1, meta.dtype)[0] = value  # what cannot be of that type is an error now
    found = elementwise(with_field, node, value, key)
    if found.ndim != node.ndim or known(found).shape != known(node).shape:
        raise ValueError(f"{key}: cannot broadcast an array of shape {np.shape(value)} to {node.shape}")
    return found


def with_field(block: Any, value: Any, key: str) -> Any:
    """A copy of a block of structured elements with another field."""
    new = np.array(np.broadcast_to(block, np.broadcast_shapes(block.shape, np.shape(value))))
    new[key] = value
    return new
