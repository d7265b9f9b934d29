"""Functions of a person's own over the blocks of arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

import minidask.array.mapping as mapping
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.mapping import by_value
from minidask.array.node import ArrayNode, Given
from minidask.array.nodes.mapped import Mapped, call_blocks, unify
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.nodes.untold import First, first_of, with_first
from minidask.expr.blocks import function_name
from minidask.expr.node import Node

P = ParamSpec("P")


def _of_node(func: Callable[P, ArrayNode]) -> Callable[P, Array]:
    """The function that gives the array of the node that `func` gives."""

    @wraps(func)
    def array_of(*args: P.args, **kwargs: P.kwargs) -> Array:
        return Array.of(func(*args, **kwargs))

    array_of.__module__ = __name__
    return array_of


map_blocks = _of_node(mapping.map_blocks)

blockwise = _of_node(mapping.blockwise)


def unify_chunks(*args: Any) -> tuple[dict[Any, Any], list[Any]]:
    """Arrays cut alike along axes of one symbol.

    Parameters
    ----------
    *args
        Pairs of an array and its symbols, or of another argument and None.

    Returns
    -------
    dict, list
        The chunks along each symbol, and the arrays.

    Examples
    --------
    >>> import minidask.array as da
    >>> chunks, arrays = unify_chunks(da.ones(10, chunks=5), "i", da.ones(10, chunks=2), "i")
    >>> chunks
    {'i': (2, 2, 1, 1, 2, 2)}
    """
    values, given = list(args[::2]), list(args[1::2])
    nodes = [value if index is None else asanyarray(value).expr for value, index in zip(values, given)]
    chunks, found = unify(nodes, [None if index is None else tuple(index) for index in given])
    return chunks, [a if index is None else Array.of(a) for a, index in zip(found, given)]


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, dtype: Any = None, shape: Any = None, **kwargs: Any
) -> Array:
    """The array of a function of each vector along an axis.

    Parameters
    ----------
    func1d
        Takes a vector; gives a scalar or an array.
    axis
        Which; the blocks are joined along it.
    *args, **kwargs
        For the function.
    dtype, shape
        Of what the function gives. Default: it is called with the vectors of the first block, now, and what that
        gives is kept; as in NumPy the first vector tells.

    Raises
    ------
    ValueError
        There is no vector, and not both are given.

    Examples
    --------
    >>> import minidask.array as da
    >>> apply_along_axis(np.ptp, 0, da.arange(6, chunks=3).reshape(3, 2)).compute()
    array([4, 4])
    """
    a = asanyarray(arr)
    axis = normalize_axis_index(axis, a.ndim)
    node = known(a.expr)
    node = rechunk(node, tuple((sum(s),) if k == axis else s for k, s in enumerate(node.chunks)))
    index = tuple(range(a.ndim))
    given = (node, *map(by_value, args))
    indices = (index, *(() if isinstance(arg, Node) else None for arg in given[1:]))
    options = {k: by_value(v) for k, v in kwargs.items()}
    first = First(None, None)
    if dtype is None or shape is None:
        if not all(n for k, n in enumerate(node.shape) if k != axis):
            raise ValueError("apply_along_axis: there is no vector to call the function with; give dtype and shape")
        as_it_comes = Mapped(OfVectors(func1d, axis), given, indices, index, node.chunks, None, "", options)
        first = first_of(as_it_comes, node.chunks)
        dtype = first.block.dtype if dtype is None else dtype
        shape = first.block.shape[axis : axis + first.block.ndim - a.ndim + 1] if shape is None else shape
    out = (*index[:axis], *(("new", k) for k in range(len(shape))), *index[axis + 1 :])
    chunks = (*node.chunks[:axis], *((n,) for n in shape), *node.chunks[axis + 1 :])
    call = OfVectors(func1d, axis, np.dtype(dtype), tuple(shape))
    answer = call_blocks(call, given, indices, out, chunks, dtype=dtype, kwargs=options, checked=True)
    if first.at is not None:
        at = (*first.at[:axis], *(0 for _ in shape), *first.at[axis + 1 :])
        answer = Given(with_first(answer, First(first.block.astype(dtype), at)), chunks, answer.meta)
    return a.of(answer)


@dataclass(frozen=True)
class OfVectors:
    """`numpy.apply_along_axis` of a block.

    Parameters
    ----------
    func
        Takes a vector.
    axis
        Along which these lie.
    dtype, shape
        Of what the function gives. None: the first vector tells.
    """

    func: Callable[..., Any]
    axis: int
    dtype: np.dtype[Any] | None = None
    shape: tuple[int, ...] = ()

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, block: Any, *args: Any, **kwargs: Any) -> Any:
        if self.dtype is None:
            return np.apply_along_axis(self.func, self.axis, block, *args, **kwargs)
        if not all(n for k, n in enumerate(block.shape) if k != self.axis):
            return np.empty((*block.shape[: self.axis], *self.shape, *block.shape[self.axis + 1 :]), self.dtype)
        return np.apply_along_axis(self._cast, self.axis, block, *args, **kwargs)

    def _cast(self, vector: Any, *args: Any, **kwargs: Any) -> Any:
        return np.asanyarray(self.func(vector, *args, **kwargs)).astype(self.dtype)


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Array:
    """A function such as `sum`, called with the array and an axis, for several axes in turn.

    Parameters
    ----------
    func
        Takes an array and an axis; gives an array, with that axis or without.

    Raises
    ------
    ValueError
        The function gives an array of another number of axes.

    Examples
    --------
    >>> import minidask.array as da
    >>> apply_over_axes(da.sum, da.ones((2, 3, 4)), [0, 2]).shape
    (1, 3, 1)
    """
    a = asanyarray(a)
    for axis in (axes,) if isinstance(axes, int) else tuple(axes):
        axis = normalize_axis_index(axis, a.ndim)
        answer = func(a, axis)
        if answer.ndim == a.ndim - 1:
            answer = answer[(slice(None),) * axis + (None,)]
        if answer.ndim != a.ndim:
            raise ValueError(f"func gave an array of {answer.ndim} axes of one that has {a.ndim}")
        a = answer
    return a
