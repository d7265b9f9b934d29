"""The methods of arrays that pick elements: by numbers, conditions and choices, along diagonals, in an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

import minidask.array.nodes.diagonals as diagonals
from minidask.array.assignment import setitem
from minidask.array.node import ArrayNode, meta_of
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.indexing import getitem
from minidask.array.nodes.manipulation import transpose
from minidask.array.nodes.merged import Merged
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.reducers import REDUCERS
from minidask.array.nodes.reduction import reduction
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import from_memory
from minidask.array.operators import Operators, assign, operand


def _node(value: Any) -> ArrayNode:
    """The node of an array, lazy or not."""
    found = operand(value)
    return found if isinstance(found, ArrayNode) else from_memory(np.asanyarray(value))


class Picked(Operators):
    """What NumPy's arrays have besides square brackets."""

    def take(self, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Self:
        """Elements by their numbers along an axis.

        Parameters
        ----------
        indices
            Integers: a number, or an array of them.
        axis
            None: the array is taken as flat, in C order.
        out
            A lazy array that is to stand for the result, too.
        mode
            What is done with numbers out of bounds: "raise"; "wrap" counts on from the other end; "clip" takes the
            nearest.

        Raises
        ------
        numpy.exceptions.AxisError
            There is no such axis.
        IndexError
            A number is out of bounds.
        ValueError
            There is no such mode.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(10, chunks=4).take([8, 1, 12], mode="wrap").compute()
        array([8, 1, 2])
        """
        if mode not in ("raise", "wrap", "clip"):
            raise ValueError(f'mode={mode!r}: expected "raise", "wrap" or "clip"')
        found = operand(indices)
        lazy = isinstance(found, ArrayNode)
        places: Any = self.of(found) if lazy else np.asarray(indices)
        places = places.astype(np.intp) if places.dtype == bool else places  # 0 and 1 here, and no mask
        node, axis = _along(self.expr, axis)
        if mode != "raise":
            size = known(node).shape[axis]
            places = places % size if mode == "wrap" else np.clip(places, 0, size - 1)
        key = places.expr if lazy else places
        answer = self.of(getitem(node, (*(slice(None),) * axis, key)))
        return answer if out is None else assign(out, answer)

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Self:
        """The rows along an axis where a condition holds.

        Parameters
        ----------
        condition
            Along one axis; where it ends before the array, it does not hold.
        axis
            None: elements in C order.
        out
            A lazy array that is to stand for the result, too.

        Raises
        ------
        ValueError
            The condition has more than one axis.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(4, chunks=2).reshape(2, 2).compress([False, True], axis=0).compute()
        array([[2, 3]])
        """
        mask = _node(condition)
        if mask.ndim != 1:
            raise ValueError(f"condition must have one axis, not {mask.ndim}")
        node, axis = _along(self.expr, axis)
        rows, size = (slice(None),) * axis, known(mask).shape[0]
        if size < known(node).shape[axis]:
            node = getitem(known(node), (*rows, slice(0, size)))
        mask = mask if mask.dtype == bool else elementwise(np.not_equal, mask, 0)
        answer = self.of(getitem(node, (*rows, mask)))
        return answer if out is None else assign(out, answer)

    def choose(self, choices: Any, out: Any = None, mode: str = "raise") -> Self:
        """For each element of integers the element of the choice of that number.

        Parameters
        ----------
        choices
            Arrays that broadcast against this one; or one, whose first axis tells them apart.
        out
            A lazy array that is to stand for the result, too.
        mode
            What is done with numbers out of bounds: "raise", "wrap" or "clip".

        Raises
        ------
        TypeError
            The elements are no integers.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.asarray([0, 1, 0]).choose([[1, 2, 3], [10, 20, 30]]).compute()
        array([ 1, 20,  3])
        """
        if self.expr.dtype.kind not in "iub":
            raise TypeError(f"choose needs integers, not {self.expr.dtype}")
        order = choices.dtype.byteorder if hasattr(choices, "dtype") else "="
        answer = self.of(elementwise(Chosen(mode, order), self.expr, *map(operand, choices)))
        return answer if out is None else assign(out, answer)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        """Diagonals over two axes, as the last axis: column - row is `offset`.

        Raises
        ------
        ValueError
            The array has fewer than two axes.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(9, chunks=4).reshape(3, 3).diagonal(1).compute()
        array([1, 5])
        """
        ndim = self.expr.ndim
        if ndim < 2:
            raise ValueError(f"a diagonal needs two axes at least, not {ndim}")
        pair = normalize_axis_tuple((axis1, axis2), ndim)
        order = (*(k for k in range(ndim) if k not in pair), *pair)
        return self.of(diagonals.diagonal(transpose(self.expr, order), offset))

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Self:
        """The sum along diagonals; parameters as of `diagonal`, and those of `sum`.

        Raises
        ------
        ValueError
            The array has fewer than two axes.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(9, chunks=4).reshape(3, 3).trace().compute()
        np.int64(12)
        """
        along = self.diagonal(offset, axis1, axis2).expr
        answer = self.of(reduction(along, REDUCERS["sum"], -1, dtype=dtype))
        return answer if out is None else assign(out, answer)

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Self:
        """Where elements would have to be put into a sorted array to keep it sorted.

        Parameters
        ----------
        v
            The elements, of any shape.
        side
            "left": before equal ones; "right": after them.
        sorter
            The places of the elements of the array in ascending order, as `argsort` gives them; None: it is sorted.

        Raises
        ------
        ValueError
            The array has more than one axis, there is no such side, or `sorter` has not the size of the array.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.asarray([1, 3, 5]).searchsorted([3, 4]).compute()
        array([1, 2])
        """
        if side not in ("left", "right"):
            raise ValueError(f'side={side!r}: expected "left" or "right"')
        node, wanted = self.expr, _node(v)
        if node.ndim != 1:
            raise ValueError(f"searchsorted searches along one axis, but the array has {node.ndim}")
        if sorter is not None:
            node, order = known(node), known(_node(sorter))
            if order.shape != node.shape:
                raise ValueError(f"sorter has the shape {order.shape}, but the array {node.shape}")
            node = getitem(node, (order,))
        index = tuple(range(wanted.ndim))
        fields = (
            Before(side),
            (node, wanted),
            (("sorted",), index),
            index,
            wanted.chunks,
            meta_of(np.intp, wanted.ndim),
        )
        return self.of(Merged(*fields, label="searchsorted"))

    def shuffle(self, indexer: Sequence[Sequence[int]], axis: int, chunks: str = "auto") -> Self:
        """The elements along an axis in the order of groups of places, of which each is within one block.

        Parameters
        ----------
        indexer
            Groups of places along the axis.
        chunks
            Only "auto": small groups share blocks, as large as the largest one that the array has.

        Raises
        ------
        TypeError, IndexError
            The places are no integers, or out of bounds.
        NotImplementedError
            Other `chunks`.

        Examples
        --------
        >>> import minidask.array as da
        >>> y = da.arange(6, chunks=3).shuffle([[0, 2, 4], [1], [3, 5]], axis=0)
        >>> y.compute(), y.chunks
        (array([0, 2, 4, 1, 3, 5]), ((3, 3),))
        """
        if chunks != "auto":
            raise NotImplementedError(f"shuffle with chunks={chunks!r} is not there; leave it out, then rechunk")
        node = known(self.expr)
        axis = normalize_axis_index(axis, node.ndim)
        groups = [np.asarray(group, np.intp) if not len(group) else np.asarray(group) for group in indexer]
        wrong = [g for g in groups if g.ndim != 1 or g.dtype.kind not in "iu"]
        if wrong:
            raise TypeError(f"indexer must be a list of lists of integers; one of them is {wrong[0]!r}")
        places = np.concatenate(groups) if groups else np.zeros(0, np.intp)
        most = max(node.chunks[axis])
        sizes: list[int] = []
        for group in filter(len, groups):
            if sizes and sizes[-1] + len(group) <= most:
                sizes[-1] += len(group)
            else:
                sizes.append(len(group))
        found = getitem(node, (*(slice(None),) * axis, places))
        wanted = (*found.chunks[:axis], tuple(sizes or (0,)), *found.chunks[axis + 1 :])
        return self.of(rechunk(found, wanted))

    def fill(self, value: Any) -> None:
        """Set all elements to a scalar; the dtype stays.

        Raises
        ------
        ValueError
            The value is no scalar.

        Examples
        --------
        >>> import minidask.array as da
        >>> x = da.zeros(2)
        >>> x.fill(3)
        >>> x.compute()
        array([3., 3.])
        """
        if np.ndim(value):
            raise ValueError(f"fill takes a scalar, not an array of {np.ndim(value)} axes")
        self.expr = setitem(self.expr, (Ellipsis,), operand(value))


def _along(node: ArrayNode, axis: int | None) -> tuple[ArrayNode, int]:
    """The array and the number of an axis; None: of all elements in C order."""
    if axis is not None:
        return node, normalize_axis_index(axis, node.ndim)
    return (node if node.ndim == 1 else reshape(node, (-1,))), 0


@dataclass(frozen=True)
class Chosen:
    """`numpy.choose`, of a block and one of each choice.

    Parameters
    ----------
    mode
        As of `numpy.choose`.
    order
        Of the bytes of the result: that of an array of all choices is kept, that of a list is the machine's.
    """

    mode: Any
    order: str

    def __call__(self, block: Any, *choices: Any) -> Any:
        found = np.choose(block, choices, mode=self.mode)
        return found.astype(found.dtype.newbyteorder(self.order), copy=False)


@dataclass(frozen=True)
class Before:
    """How many elements of a sorted block lie before each of others: these numbers add up over blocks."""

    side: Any

    def __call__(self, block: Any, elements: Any) -> Any:
        return np.asarray(np.searchsorted(block, elements, self.side))
