"""The lazy, chunked array."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import prod
from typing import Any, Self

import numpy as np

from minidask.array.assignment import setitem
from minidask.array.by_key import BlockView, ByKey, Flat
from minidask.array.chunks import Chunks, by_axis, even, normalize_chunks
from minidask.array.filled import Filled, is_worth_filling
from minidask.array.interchange import Interchange
from minidask.array.methods import Methods
from minidask.array.node import ArrayNode
from minidask.array.nodes.elementwise import astype, elementwise
from minidask.array.nodes.graph import from_graph
from minidask.array.nodes.indexing import blocks, getitem, vindex
from minidask.array.nodes.manipulation import transpose
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.nodes.views import fields, set_field, view_as
from minidask.array.operators import assign, operand
from minidask.array.ordered import Ordered
from minidask.array.parts import Parts
from minidask.array.picked import Picked
from minidask.array.protocol import Functions
from minidask.array.reductions import Reductions
from minidask.array.writing import Writing
from minidask.collection import Collection
from minidask.expr.assemble import Finish
from minidask.expr.node import Node
from minidask.kernels.arrays import join_alike, join_fresh
from minidask.quantities import parse_bytes
from minidask.signatures import like


def _nodes(key: Any) -> Any:
    """A key with nodes in the places of lazy arrays."""
    if isinstance(key, tuple):
        return tuple(_nodes(item) for item in key)
    return key.expr if isinstance(key, Array) else key


@like(np.ndarray)
class Array(Reductions, Methods, Parts, Picked, Ordered, Functions, Interchange, Writing):
    """An array in blocks, still to be made. Made by `from_array`, `ones`, ..., and by operations on arrays.

    Parameters
    ----------
    dask
        A graph: a dict of keys and tasks, such as ``{("a", 0): (np.ones, 3)}``.
    name
        Block `(i, j)` is the value of the key ``(name, i, j)``.
    chunks
        The sizes of the blocks, as for `normalize_chunks`.
    dtype, meta
        The type of the elements, or an empty array like the blocks: one of them is needed.
    shape
        Needed where `chunks` do not tell it.

    Raises
    ------
    KeyError
        The graph does not make all blocks.
    TypeError
        There is neither `dtype` nor `meta`.

    Examples
    --------
    >>> Array({("a", 0): (np.ones, 3), ("a", 1): (np.zeros, 2)}, "a", chunks=((3, 2),), dtype=float).compute()
    array([1., 1., 1., 0., 0.])
    >>> import minidask.array as da
    >>> x = da.ones((4, 6), chunks=(2, 3))
    >>> x.chunks
    ((2, 2), (3, 3))
    >>> (x + 1).sum(axis=0).compute()
    array([8., 8., 8., 8., 8., 8.])
    """

    expr: ArrayNode

    def __init__(
        self, dask: Mapping[Any, Any], name: str, chunks: Any, dtype: Any = None, meta: Any = None, shape: Any = None
    ) -> None:
        self.expr = from_graph(dask, name, chunks, dtype, meta, shape)

    @classmethod
    def of(cls, expr: ArrayNode) -> Self:
        """The array of an expression."""
        self = cls.__new__(cls)
        self.expr = expr
        return self

    def over(self, node: Node) -> Self:
        if isinstance(node, ArrayNode):
            return self.of(node)
        return self.of(self.expr.over(node))

    @property
    def finish(self) -> Finish:
        node = self.expr
        join = join_fresh if node.is_told else partial(join_alike, called=node.operation)
        return partial(join, grid=node.grid, shared=node.is_shared)

    def filled(self, most: Callable[[], float]) -> Collection:
        return Filled(self.expr, self.finish) if is_worth_filling(self.expr, most) else self

    # what is known of it

    def _known(self) -> ArrayNode:
        """The expression with all sizes counted, now kept."""
        self.expr = known(self.expr)
        return self.expr

    @property
    def chunks(self) -> Chunks:
        """For each axis the sizes of its blocks. Sizes that depend on data are counted when asked for, and kept."""
        return self._known().chunks

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis. Sizes that depend on data are counted when asked for, and kept."""
        return self._known().shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self.expr.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.expr.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.itemsize

    @property
    def numblocks(self) -> tuple[int, ...]:
        """The number of blocks along each axis."""
        return self.expr.grid

    @property
    def npartitions(self) -> int:
        """The number of blocks."""
        return prod(self.expr.grid)

    @property
    def chunksize(self) -> tuple[int, ...]:
        """The largest block size along each axis."""
        return tuple(max(sizes) for sizes in self.chunks)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of an array without axes")
        return self.shape[0]

    # elements

    def __getitem__(self, key: Any) -> Self:
        if isinstance(key, str) or (isinstance(key, list) and key and all(isinstance(name, str) for name in key)):
            return self.of(fields(self.expr, key))
        return self.of(getitem(self.expr, _nodes(key)))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, str):
            self.expr = set_field(self.expr, key, operand(value))
            return
        if self.dtype.names is not None and isinstance(value, tuple | list):
            value = np.array(value, self.dtype)  # the fields of an element, or of several
        self.expr = setitem(self.expr, _nodes(key), operand(value))

    @property
    def vindex(self) -> ByKey[Self]:
        """Points by arrays of integers that broadcast against each other: ``x.vindex[rows, columns]``.

        Examples
        --------
        >>> import minidask.array as da
        >>> x = da.arange(9, chunks=4).reshape(3, 3)
        >>> x.vindex[[0, 1, 2], [2, 1, 0]].compute()
        array([2, 4, 6])
        """
        return ByKey(lambda key: self.of(vindex(self.expr, _nodes(key))))

    @property
    def blocks(self) -> BlockView[Self]:
        """Whole blocks, by their numbers along each axis: ``x.blocks[0]``, ``x.blocks[:2, [1, 3]]``.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(10, chunks=4).blocks[1].compute()
        array([4, 5, 6, 7])
        """
        return BlockView(lambda key: self.of(blocks(self.expr, key)), self.numblocks)

    partitions = blocks

    @property
    def flat(self) -> Flat[Self]:
        """Elements by their places in C order, to take, to set and to go through: ``x.flat[3]``.

        Examples
        --------
        >>> import minidask.array as da
        >>> x = da.eye(2)
        >>> x.flat[1:].compute()
        array([0., 0., 1.])
        >>> x.flat[1:3] = 7
        >>> x.compute()
        array([[1., 7.],
               [7., 1.]])
        """
        return Flat(lambda key: self.ravel()[key], self._put_flat, lambda: self.size)

    def _put_flat(self, key: Any, value: Any) -> None:
        line = self.ravel()
        picked = line[key]
        if picked.ndim and np.ndim(value):  # repeated, or cut, to as many as are set: as NumPy
            if not np.size(value):
                raise ValueError("flat: there are no values to set")
            value = np.resize(value, picked.shape)
        line[key] = value
        self.expr = line.reshape(self.shape).rechunk(self.chunks).expr

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())

    def __iter__(self) -> Iterator[Self]:
        return (self[i] for i in range(len(self)))

    # other forms

    def copy(self, order: str = "C") -> Self:
        """The same array, which does not change where elements of this one are set.

        Parameters
        ----------
        order
            In which the elements of a block lie in memory: "F" for the first axis first; else as they do.

        Raises
        ------
        ValueError
            Another order than "C", "F", "A" and "K".

        Examples
        --------
        >>> import minidask.array as da
        >>> x = da.zeros(3)
        >>> y = x.copy()
        >>> x[0] = 1
        >>> y.compute()
        array([0., 0., 0.])
        """
        if order not in ("C", "F", "A", "K"):
            raise ValueError(f'order={order!r}: expected "C", "F", "A" or "K"')
        return self.of(elementwise(np.asanyarray, self.expr, order="F") if order == "F" else self.expr)

    def astype(self, dtype: Any, casting: Any = "unsafe", copy: bool = True) -> Self:
        """The array with elements of another type.

        Parameters
        ----------
        dtype
            The type.
        casting
            What may be cast: "no", "equiv", "safe", "same_kind" or "unsafe".
        copy
            Whether the blocks may be shared where nothing changes; lazily it makes no difference.

        Raises
        ------
        TypeError
            `casting` forbids it.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones(3).astype(int).compute()
        array([1, 1, 1])
        """
        dtype = np.dtype(dtype)
        if dtype == self.dtype:
            return self.copy()
        if not np.can_cast(self.dtype, dtype, casting):
            raise TypeError(f"cannot cast from {self.dtype} to {dtype} with casting={casting!r}")
        return self.of(elementwise(astype, self.expr, dtype))

    def view(self, dtype: Any = None, order: str = "C") -> Self:
        """The same bytes as elements of another type; where these have another size, so has the last axis.

        Parameters
        ----------
        dtype
            The type; None: that of the array.
        order
            "C"; or "F", where elements follow each other along the first axis, and it is the one that changes.

        Raises
        ------
        ValueError, TypeError
            The bytes along the axis are no whole number of elements, or one of the types holds objects.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones(2, chunks=1).view("u4").compute()
        array([         0, 1072693248,          0, 1072693248], dtype=uint32)
        """
        if order not in ("C", "F"):
            raise ValueError(f'order={order!r}: expected "C" or "F"')
        if order == "F":
            return self.of(transpose(view_as(transpose(self.expr, None), np.dtype(dtype or self.dtype)), None))
        return self.of(view_as(self.expr, np.dtype(dtype or self.dtype)))

    def round(self, decimals: int = 0, out: Any = None) -> Self:
        """The elements rounded to so many decimals; `out` is a lazy array that is to stand for the result, too.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.from_array([1.234, 5.678]).round(1).compute()
        array([1.2, 5.7])
        """
        answer = self.of(elementwise(np.round, self.expr, decimals=decimals))
        return answer if out is None else assign(out, answer)

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Self:
        """The elements, those beyond the bounds replaced by them.

        Parameters
        ----------
        min, max
            Scalars or arrays; None for no bound.
        out
            A lazy array that is to stand for the result, too.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(5, chunks=2).clip(1, 3).compute()
        array([1, 1, 2, 3, 3])
        """
        answer = self.of(elementwise(np.clip, self.expr, operand(min), operand(max)))
        return answer if out is None else assign(out, answer)

    def rechunk(
        self,
        chunks: Any = "auto",
        threshold: int | None = None,
        block_size_limit: int | str | None = None,
        balance: bool = False,
        method: str | None = None,
    ) -> Self:
        """The same array cut into other blocks.

        Parameters
        ----------
        chunks
            As for `normalize_chunks`; axes that a dict does not name, and None, keep their blocks.
        threshold
            How many pieces for each block, old or new, are moved at once; where there are more, the array is brought
            through blocks of other shapes, in several steps. Default: 256.
        block_size_limit
            Bytes of a block where "auto" leaves us the choice, and of the blocks between several steps. Default: the
            option `array.chunk-size`; between steps also as many as the blocks before and after have.
        balance
            Whether as many blocks are made of nearly one size, where the last would be much smaller.
        method
            Named as in dask; only None, and "tasks".

        Raises
        ------
        NotImplementedError
            `method` is another one.
        ValueError
            `chunks` do not fit the shape; `threshold` or `block_size_limit` is not positive.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones((4, 6), chunks=2).rechunk({1: -1}).chunks
        ((2, 2), (6,))
        """
        if method not in (None, "tasks"):
            raise NotImplementedError(f'rechunk with method={method!r} is not there; leave it out, or give "tasks"')
        if threshold is not None and not (isinstance(threshold, int) and threshold > 0):
            raise ValueError(f"threshold={threshold!r}: expected a number of pieces, 1 or more")
        limit = None if block_size_limit is None else parse_bytes(block_size_limit, "block_size_limit")
        if limit == 0:
            raise ValueError("block_size_limit=0 leaves no room for a block")
        node = self._known()
        if isinstance(chunks, dict):
            chunks = by_axis(chunks, node.ndim)
        if isinstance(chunks, (tuple, list)) and len(chunks) == node.ndim:
            chunks = [old if wish is None else wish for wish, old in zip(chunks, node.chunks)]
        sizes = normalize_chunks(chunks, node.shape, limit, node.dtype, node.chunks)
        if balance:
            sizes = tuple(even(sum(axis), max(axis)) for axis in sizes)
        return self.of(rechunk(node, sizes, threshold, limit))
