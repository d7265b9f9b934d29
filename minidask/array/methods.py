"""The methods of arrays besides operators and reductions."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from operator import index
from typing import Any, Self

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

import minidask.array.overlapping as overlapping
from minidask.array.mapping import argument, map_blocks
from minidask.array.nodes.contract import dot
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.indexing import getitem
from minidask.array.nodes.manipulation import squeeze, transpose
from minidask.array.nodes.repetition import repeat, repeated
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.scan import scan
from minidask.array.nodes.searching import nonzero, top
from minidask.array.nodes.sizes import known
from minidask.array.operators import Operators, assign, at_hand, operand


class Methods(Operators):
    """Other forms of an array, products, running sums, and a person's functions over blocks."""

    # forms

    def reshape(
        self, *shape: Any, merge_chunks: bool = True, limit: Any = None, order: str = "C", copy: bool | None = None
    ) -> Self:
        """The same elements in the same order in another shape.

        Parameters
        ----------
        *shape
            Sizes, or one tuple of them; one may be -1: what the others leave.
        merge_chunks
            Whether blocks that do not lie in C order are joined to whole rows, rather than cut into pieces.
        limit
            Bytes of the blocks that are joined. Default: the option `array.chunk-size`.
        order
            In which the elements are taken, and placed: "C", the last index changing fastest; "F", the first.
        copy
            Not False: what is set in one array never shows in another.

        Raises
        ------
        ValueError
            The shape has another number of elements; another order; `copy=False`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(6, chunks=3).reshape(2, -1).compute()
        array([[0, 1, 2],
               [3, 4, 5]])
        """
        sizes = shape[0] if len(shape) == 1 and hasattr(shape[0], "__len__") else shape
        target = tuple(map(index, sizes))
        if copy is False:
            raise ValueError("copy=False: lazy arrays share no memory to write to; leave it out")
        if order == "C":
            return self.of(reshape(self.expr, target, merge_chunks, limit))
        if order != "F":
            raise ValueError(f'order={order!r}: expected "C" or "F"')
        return self.T.reshape(target[::-1], merge_chunks=merge_chunks, limit=limit).T

    def transpose(self, *axes: Any) -> Self:
        """The axes in another order; reversed, where none is given.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones((2, 3, 4)).transpose(0, 2, 1).shape
        (2, 4, 3)
        """
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return self.of(transpose(self.expr, order))

    @property
    def T(self) -> Self:  # noqa: N802
        """The array with its axes reversed."""
        return self.transpose()

    @property
    def mT(self) -> Self:  # noqa: N802
        """Matrices transposed: the last two axes exchanged.

        Raises
        ------
        ValueError
            The array has fewer than two axes.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones((2, 3, 4)).mT.shape
        (2, 4, 3)
        """
        if self.expr.ndim < 2:
            raise ValueError(f"mT: an array of {self.expr.ndim} axes; expected two, or more for a stack of matrices")
        return self.swapaxes(-1, -2)

    def ravel(self, order: str = "C") -> Self:
        """All elements along one axis; `order` as for `reshape`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.eye(2).ravel().compute()
        array([1., 0., 0., 1.])
        """
        return self if self.expr.ndim == 1 and order in ("C", "F") else self.reshape(-1, order=order)

    def flatten(self, order: str = "C") -> Self:
        """The same as `ravel`."""
        return self.ravel(order)

    def squeeze(self, axis: Any = None) -> Self:
        """Without the axes of size 1, or without those given.

        Raises
        ------
        ValueError
            One of the axes has another size.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones((1, 3, 1)).squeeze(0).shape
        (3, 1)
        """
        return self.of(squeeze(self.expr, axis))

    def swapaxes(self, axis1: int, axis2: int) -> Self:
        """With two axes in each other's place.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones((2, 3, 4)).swapaxes(0, -1).shape
        (4, 3, 2)
        """
        order = list(range(self.expr.ndim))
        i, j = normalize_axis_index(axis1, self.expr.ndim), normalize_axis_index(axis2, self.expr.ndim)
        order[i], order[j] = order[j], order[i]
        return self.of(transpose(self.expr, order))

    def repeat(self, repeats: Any, axis: int | None = None) -> Self:
        """Each element several times.

        Parameters
        ----------
        repeats
            How many times: one number, or one for each element along the axis. Where they are lazy, the size of the
            result depends on data.
        axis
            None: of all elements in C order.

        Raises
        ------
        ValueError
            `repeats` is negative, or has another size than the axis.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(3).repeat(2).compute()
        array([0, 0, 1, 1, 2, 2])
        """
        if axis is None:
            return self.ravel().repeat(repeats, 0)
        axis = normalize_axis_index(axis, self.expr.ndim)
        if isinstance(repeats, Operators):
            return self.of(getitem(self.expr, (slice(None),) * axis + (repeated(self.expr, repeats.expr, axis),)))
        repeats = at_hand(repeats, "repeats")
        counts = np.asarray(repeats, None if np.size(repeats) else np.intp)  # an empty list is of floats
        if counts.size == 1 and counts.item() >= 0:
            return self.of(repeat(self.expr, int(counts.item()), axis))
        places = np.repeat(np.arange(known(self.expr).shape[axis]), counts)
        return self.of(getitem(self.expr, (slice(None),) * axis + (places,)))

    # products and running sums

    def dot(self, other: Any, out: Any = None) -> Self:
        """As `numpy.dot`: over the last axis, and the last but one of `other`.

        Parameters
        ----------
        other
            An array, lazy or not, or a scalar.
        out
            A lazy array that is to stand for the result, too.

        Raises
        ------
        ValueError
            The axes have different sizes.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(4, chunks=2).dot(da.arange(4, chunks=3)).compute()
        np.int64(14)
        """
        node = operand(other)
        node = argument(node) if isinstance(node, np.ndarray) else node
        scalar = not self.expr.ndim or not np.ndim(getattr(node, "meta", node))
        answer = self.of(elementwise(np.multiply, self.expr, node) if scalar else dot(self.expr, node))
        return answer if out is None else assign(out, answer)

    def _scan(self, ufunc: np.ufunc, axis: Any, dtype: Any, out: Any, method: str, skip_nan: bool = False) -> Self:
        if method not in ("sequential", "blelloch"):
            raise ValueError(f'method={method!r}: expected "sequential" or "blelloch", which give the same here')
        if axis is None:
            return self.ravel()._scan(ufunc, 0, dtype, out, method, skip_nan)
        answer = self.of(scan(self.expr, ufunc, normalize_axis_index(axis, self.expr.ndim), dtype, skip_nan))
        return answer if out is None else assign(out, answer)

    def cumsum(self, axis: Any = None, dtype: Any = None, out: Any = None, *, method: str = "sequential") -> Self:
        """The running sum along an axis; None: of all elements in C order.

        Parameters
        ----------
        dtype
            In which to add.
        out
            A lazy array that is to stand for the result, too.
        method
            Named as in dask; blocks are always added up in groups.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(5, chunks=2).cumsum().compute()
        array([ 0,  1,  3,  6, 10])
        """
        return self._scan(np.add, axis, dtype, out, method)

    def cumprod(self, axis: Any = None, dtype: Any = None, out: Any = None, *, method: str = "sequential") -> Self:
        """The running product along an axis. Parameters as of `cumsum`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(1, 5, chunks=2).cumprod().compute()
        array([ 1,  2,  6, 24])
        """
        return self._scan(np.multiply, axis, dtype, out, method)

    def moment(
        self,
        order: int,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
        ddof: int = 0,
        split_every: Any = None,
        out: Any = None,
    ) -> Self:
        """The mean of a power of the deviations from the mean: a central moment.

        Parameters
        ----------
        order
            The power, not negative.
        axis, dtype, keepdims, ddof, split_every, out
            As of `var`, which is the moment of order 2.

        Raises
        ------
        ValueError
            The order is none.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.from_array([1, 2, 6]).moment(3).compute()
        np.float64(6.0)
        """
        if not isinstance(order, int | np.integer) or order < 0:
            raise ValueError(f"moment: order={order!r}; expected a whole number that is not negative")
        array: Any = self
        array = array if dtype is None else array.astype(dtype)
        if order < 2:  # exactly
            found = array.mean(axis=axis, keepdims=keepdims) * 0 + (1 - order)
        else:
            mean = array.mean(axis=axis, keepdims=True, split_every=split_every)
            sums = ((array - mean) ** order).sum(axis=axis, keepdims=keepdims, split_every=split_every)
            axes = range(array.ndim) if axis is None else normalize_axis_tuple(axis, array.ndim)
            found = sums / (prod(array.shape[k] for k in axes) - ddof)
        answer: Self = assign(out, found)
        return answer

    # places

    def topk(self, k: int, axis: int = -1, split_every: Any = None) -> Self:
        """The k largest elements along an axis, the largest first; of a negative k the -k smallest.

        Parameters
        ----------
        split_every
            How many partial results a task merges.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.asarray([5, 1, 3, 6]).topk(2).compute()
        array([6, 5])
        """
        return self.of(top(self.expr, index(k), normalize_axis_index(axis, self.expr.ndim), split_every, places=False))

    def argtopk(self, k: int, axis: int = -1, split_every: Any = None) -> Self:
        """The places of what `topk` gives.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.asarray([5, 1, 3, 6]).argtopk(-2).compute()
        array([1, 2])
        """
        return self.of(top(self.expr, index(k), normalize_axis_index(axis, self.expr.ndim), split_every, places=True))

    def nonzero(self) -> tuple[Self, ...]:
        """For each axis the places of what is not zero, in C order.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.asarray([0, 7, 0, 8]).nonzero()[0].compute()
        array([1, 3])
        """
        return tuple(self.of(node) for node in nonzero(self.expr))

    # functions of a person's own

    def map_blocks(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """The array of `func(block, *args)` for each block. Parameters as of `minidask.array.map_blocks`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(6, chunks=3).map_blocks(lambda block: block[::-1]).compute()
        array([2, 1, 0, 5, 4, 3])
        """
        return self.of(map_blocks(func, self, *args, **kwargs))

    def map_overlap(
        self, func: Callable[..., Any], depth: Any, boundary: Any = None, trim: bool = True, **kwargs: Any
    ) -> Self:
        """As `map_blocks`, of blocks that reach into their neighbours. Parameters as of `overlap.map_overlap`.

        Examples
        --------
        >>> import minidask.array as da
        >>> import numpy as np
        >>> x = da.arange(6, chunks=3)
        >>> x.map_overlap(lambda b: b + np.roll(b, 1), depth=1, boundary="none").compute()
        array([3, 1, 3, 5, 7, 9])
        """
        return self.of(overlapping.map_overlap(func, self, depth=depth, boundary=boundary, trim_result=trim, **kwargs))
