"""Elements of arrays in random order: all, some, or each slice on its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

import minidask.config as config
from minidask.array.array import Array
from minidask.array.chunks import normalize_chunks
from minidask.array.creation import asanyarray
from minidask.array.drawing import Source, shape_of
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.random import Stream
from minidask.array.nodes.rechunk import in_one_block
from minidask.array.nodes.sizes import known
from minidask.array.operators import assign
from minidask.expr.blocks import BlockIndex
from minidask.expr.grid import Index
from minidask.quantities import parse_bytes


class Shuffler(Source):
    """A source that also puts elements into random order."""

    def choice(
        self,
        a: Any,
        size: Any = None,
        replace: bool = True,
        p: Any = None,
        axis: int = 0,
        shuffle: bool = True,
        chunks: Any = "auto",
    ) -> Array:
        """Elements drawn from an array along one axis, or from a range.

        Parameters
        ----------
        a
            What is drawn from, lazy or not; an integer stands for `arange(a)`.
        replace
            Whether an element may be drawn again. If not, all elements get random keys, of which the smallest win.
        p
            For each element the probability; NumPy's.
        axis
            Only 0.
        shuffle
            Named as in NumPy; what is drawn is always in random order.

        Raises
        ------
        ValueError
            `a` has more than one axis, there are too few elements, or `p` are no probabilities.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.random.default_rng(0).choice(3, size=5, chunks=2).shape
        (5,)
        """
        if axis != 0:
            raise NotImplementedError("choice draws along the first axis")
        pool = int(a) if isinstance(a, int | np.integer) else asanyarray(a)
        if isinstance(pool, Array) and pool.ndim != 1:
            raise ValueError(f"choice draws from an array of one axis, not {pool.ndim}")
        count = pool if isinstance(pool, int) else pool.size
        if count <= 0 and size != 0:
            raise ValueError(f"choice draws from something, not from {count} elements")
        odds = None if p is None else _odds(p, count)
        if replace:
            drawn = a if isinstance(a, np.ndarray) else pool
            return self._draw("choice", {"a": drawn, "p": odds}, size, chunks, whole=("a", "p"))
        return self._without_replacement(pool, count, odds, size, chunks)

    def _without_replacement(self, pool: Any, count: int, odds: Any, size: Any, chunks: Any) -> Array:
        shape = shape_of(size, [])
        wanted = int(np.prod(shape, dtype=int))
        if wanted > (count if odds is None else np.count_nonzero(odds)):
            raise ValueError(f"cannot draw {wanted} elements of {count} without replacement (or too many have p=0)")
        keys = self.exponential(size=count)
        if odds is not None:
            with np.errstate(divide="ignore"):
                keys = keys * (1 / odds)
        few = wanted <= max(keys.expr.chunks[0], default=0)
        places = (keys.argtopk(-wanted) if few else keys.argsort()[:wanted]).reshape(shape)
        places = places.rechunk(normalize_chunks(chunks, shape, dtype=places.dtype))
        return places if isinstance(pool, int) else pool[places.ravel()].reshape(shape)

    def permutation(self, x: Any, axis: int = 0) -> Array:
        """The rows of an array, or the numbers before an integer, in random order.

        Parameters
        ----------
        x
            An array, or an integer for `arange(x)`.
        axis
            Whose slices are permuted.

        Raises
        ------
        numpy.exceptions.AxisError
            There is no such axis.

        Examples
        --------
        >>> import minidask.array as da
        >>> sorted(da.random.default_rng(0).permutation(4).compute().tolist())
        [0, 1, 2, 3]
        """
        if isinstance(x, int | np.integer):
            return asanyarray(self._order(int(x)))
        a = asanyarray(x)
        axis = normalize_axis_index(axis, a.ndim)
        found: Array = a[(*(slice(None),) * axis, self._order(a.shape[axis]))]
        return found

    def _order(self, size: int) -> Any:
        """The numbers before `size` in random order; lazy, if they are too many for a block."""
        if size * np.dtype(np.intp).itemsize > parse_bytes(config.get("array.chunk-size"), "array.chunk-size"):
            return self.uniform(size=size).argsort()
        return self._next().source().permutation(size)

    def shuffle(self, x: Array, axis: int = 0) -> None:
        """Let a lazy array stand for its rows in random order.

        Parameters
        ----------
        x
            Changed in place: from now on it is another expression, in the same chunks.
        axis
            Whose slices are shuffled.

        Raises
        ------
        TypeError
            `x` is no lazy array.
        numpy.exceptions.AxisError
            There is no such axis.

        Examples
        --------
        >>> import minidask.array as da
        >>> x = da.arange(4, chunks=2)
        >>> da.random.default_rng(0).shuffle(x)
        >>> sorted(x.compute().tolist())
        [0, 1, 2, 3]
        """
        if not isinstance(x, Array):
            raise TypeError(
                f"shuffle changes lazy arrays, not {type(x).__name__}; NumPy's generators change its arrays"
            )
        assign(x, self.permutation(x, axis).rechunk(x.chunks))


def permuted(stream: Stream, a: Array, axis: int) -> Array:
    """The array with each slice along an axis permuted on its own."""
    axis = normalize_axis_index(axis, a.ndim)
    node = known(a.expr)
    most = max(parse_bytes(config.get("array.chunk-size")), node.largest_nbytes())
    node = in_one_block(node, (axis,), most)
    index = tuple(range(a.ndim))
    args, indices = (node, BlockIndex(), stream, axis), (index, None, None, None)
    return a.of(call_blocks(_permute, args, indices, index, node.chunks, meta=node.meta, label="permuted"))


def _permute(block: Any, place: Index, stream: Stream, axis: int) -> Any:
    return stream.source(place).permuted(block, axis=axis)


def _odds(p: Any, count: int) -> Any:
    odds = np.asarray(p, float)
    if odds.shape != (count,):
        raise ValueError(f"p has the shape {odds.shape}, but there are {count} elements")
    if np.any(odds < 0) or not np.isclose(odds.sum(), 1):
        raise ValueError("p must be probabilities: not negative, with the sum 1")
    return odds
