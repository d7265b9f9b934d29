"""Blocks of other kinds than NumPy's: how they are joined and cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minidask.kernels.sparse_blocks as sparse_blocks
from minidask.kernels.sparse_blocks import is_sparse, is_sparse_type

Concatenate = Callable[[Sequence[Any], int], Any]
_KINDS: list[type] = []
_CONCATENATES: dict[type, Concatenate] = {}
_PACKAGES = {"sparse"}
"""Packages whose arrays are known as blocks without being registered; besides scipy.sparse."""


def register(kind: type, concatenate: Concatenate | None = None) -> None:
    """Let objects of a type be blocks; `concatenate(blocks, axis)` joins them, which else NumPy's function does."""
    _KINDS.append(kind)
    if concatenate is not None:
        _CONCATENATES[kind] = concatenate


def is_registered(kind: type) -> bool:
    """Whether objects of a type are known as blocks."""
    package = kind.__module__.partition(".")[0]
    return issubclass(kind, (np.ndarray, *_KINDS)) or package in _PACKAGES or is_sparse_type(kind)


def is_of_another_kind(value: Any) -> bool:
    """Whether an object is an array that is known as a block, and none of NumPy's."""
    known = not isinstance(value, np.ndarray | np.generic) and is_registered(type(value))
    return known and hasattr(value, "shape")  # which of a lazy frame would count its rows


def concatenate(blocks: Sequence[Any], axis: int) -> Any:
    """Blocks one after the other along an axis, by the way of the kind that goes first.

    Examples
    --------
    >>> concatenate([np.ones(1), np.ma.masked_equal([2.0, 3.0], 3)], 0)
    masked_array(data=[1.0, 2.0, --],
                 mask=[False, False,  True],
           fill_value=...)
    """
    leading = leader(blocks)
    for kind in type(leading).__mro__:
        if kind in _CONCATENATES:
            return _CONCATENATES[kind](blocks, axis)
    if is_sparse(leading):
        return sparse_blocks.concatenate(blocks, axis)
    if isinstance(leading, np.ma.MaskedArray):
        return np.ma.concatenate(blocks, axis)
    made: Any = getattr(type(leading), "from_numpy", np.asanyarray)  # those of `sparse` take no others beside them
    return np.concatenate([made(b) if isinstance(b, np.ndarray) else b for b in blocks], axis)


def leader(blocks: Sequence[Any]) -> Any:
    """The block whose kind goes before those of the others, as operators between them would have it."""
    first = blocks[0]
    if len({type(block) for block in blocks}) == 1:
        return first
    return max(blocks, key=lambda block: getattr(block, "__array_priority__", 0.0))


def assemble(blocks: Sequence[Any], counts: Sequence[int]) -> Any:
    """The array of blocks of a box, given in C order, by concatenating along one axis after the other."""
    found = list(blocks)
    for axis, n in reversed(list(enumerate(counts))):
        if n > 1:
            found = [concatenate(found[i : i + n], axis) for i in range(0, len(found), n)]
    return found[0]


def cut(block: Any, index: tuple[Any, ...]) -> Any:
    """`block[index]`, of a block that is no NumPy array."""
    return sparse_blocks.cut(block, index) if is_sparse(block) else block[index]


def zeros_like(block: Any, shape: tuple[int, ...]) -> Any:
    """A block of zeros of the kind and dtype of another."""
    return type(block)(shape, dtype=block.dtype) if is_sparse(block) else np.zeros_like(block, shape=shape)


def as_block(value: Any) -> Any:
    """What a function of blocks gave, as a block: a plain NumPy array, unless its kind is none of NumPy's."""
    foreign = is_sparse(value) or (hasattr(value, "__array_function__") and not isinstance(value, np.ndarray))
    return value if foreign else np.asarray(value)


def empty(block: Any, ndim: int) -> Any:
    """An empty block of `ndim` axes of the kind and dtype of another, which has axes."""
    return sparse_blocks.empty(block, ndim) if is_sparse(block) else block.reshape(-1)[:0].reshape((0,) * ndim)


def dense(block: Any) -> np.ndarray[Any, Any]:
    """The block as a NumPy array."""
    fill = getattr(block, "toarray", None) or getattr(block, "todense", None)
    found: np.ndarray[Any, Any] = np.asarray(fill() if fill else block)
    return found
