"""The methods of arrays that sort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

import minidask.array.nodes.sorting as sorting
from minidask.array.node import ArrayNode
from minidask.array.nodes.elementwise import astype, elementwise
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.views import fields
from minidask.array.operators import at_hand

_KINDS = (None, "quicksort", "mergesort", "heapsort", "stable")
_SELECTIONS = ("introselect",)


class Ordered:
    """Sorting along an axis. Equal elements keep their order, whatever `kind` is."""

    expr: ArrayNode

    @classmethod
    def of(cls, expr: ArrayNode) -> Self:
        """The array of an expression."""
        raise NotImplementedError

    def sort(self, axis: int = -1, kind: Any = None, order: Any = None, *, stable: bool | None = None) -> None:
        """Sort the array in place: from now on it stands for its sorted elements.

        Parameters
        ----------
        axis
            Along which.
        kind
            "quicksort", "mergesort", "heapsort" or "stable": the order is that of a stable sort, which serves for all.
        order
            Of structured elements the field, or the list of fields, to compare first.
        stable
            As `kind`; only one of them may be given.

        Raises
        ------
        ValueError
            Another `kind`, `kind` and `stable` together, or fields that are not there.
        numpy.exceptions.AxisError
            There is no such axis.

        Examples
        --------
        >>> import minidask.array as da
        >>> x = da.asarray([3, 1, 2])
        >>> x.sort()
        >>> x.compute()
        array([1, 2, 3])
        """
        axis = normalize_axis_index(axis, self.expr.ndim)
        self.expr = sorted_node(self.expr, axis, kind, order, stable)

    def argsort(
        self, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: bool | None = None
    ) -> Self:
        """The places of the sorted elements along an axis; None: of all elements in C order. Parameters as of `sort`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.asarray([3, 1, 2]).argsort().compute()
        array([1, 2, 0])
        """
        node, axis = along(self.expr, axis)
        check_kind(kind, stable)
        return self.of(sorting.argsort(compared(node, order), axis))

    def partition(self, kth: Any, axis: int = -1, kind: str = "introselect", order: Any = None) -> None:
        """Sort the array in place so far that element number `kth` is where it would be if all were sorted.

        Parameters
        ----------
        kth
            A number, or several.
        axis, order
            As of `sort`.
        kind
            "introselect"; where the axis has several blocks, they are sorted.

        Raises
        ------
        ValueError
            `kth` is out of bounds, or another `kind`.

        Examples
        --------
        >>> import minidask.array as da
        >>> x = da.asarray([3, 1, 2])
        >>> x.partition(1)
        >>> x[1].compute()
        np.int64(2)
        """
        axis = normalize_axis_index(axis, self.expr.ndim)
        self.expr = partitioned(self.expr, kth, axis, kind, order)

    def argpartition(self, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None) -> Self:
        """The places of the elements that `partition` would give. Parameters as of `partition`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.asarray([3, 1, 2]).argpartition(0)[0].compute()
        np.int64(1)
        """
        node, axis = along(self.expr, axis)
        check_kth(node, kth, axis, kind)
        return self.of(sorting.argsort(compared(node, order), axis))


def sorted_node(
    node: ArrayNode, axis: int, kind: Any = None, order: Any = None, stable: bool | None = None
) -> ArrayNode:
    """The node of an array sorted along an axis."""
    check_kind(kind, stable)
    if order is None:
        return sorting.sort(node, axis)
    back = fields(sorting.sort(compared(node, order), axis), list(node.dtype.names or ()))
    return elementwise(astype, back, node.dtype)  # whose fields lie in their own order


def partitioned(node: ArrayNode, kth: Any, axis: int, kind: str, order: Any) -> ArrayNode:
    """The node of an array sorted as far as `kth` needs it."""
    check_kth(node, kth, axis, kind)
    return sorted_node(node, axis, order=order)


def along(node: ArrayNode, axis: int | None) -> tuple[ArrayNode, int]:
    """The array and the axis; of no axis, all elements in C order."""
    if axis is None:
        return (node if node.ndim == 1 else reshape(node, (-1,))), 0
    return node, normalize_axis_index(axis, node.ndim)


def compared(node: ArrayNode, order: Any) -> ArrayNode:
    """Structured elements with the fields first that are compared first."""
    if order is None:
        return node
    names = node.dtype.names
    if names is None:
        raise ValueError(f"order={order!r} needs elements with fields, the array has the dtype {node.dtype}")
    first = [order] if isinstance(order, str) else list(order)
    missing = [name for name in first if name not in names]
    if missing or len(set(first)) != len(first):
        raise ValueError(f"order={order!r}: expected fields of {list(names)}, each once")
    return fields(node, [*first, *(name for name in names if name not in first)])


def check_kind(kind: Any, stable: bool | None) -> None:
    """Refuse what NumPy does not know."""
    if kind not in _KINDS:
        raise ValueError(f"kind={kind!r}: expected one of {', '.join(map(str, _KINDS[1:]))}")
    if kind is not None and stable is not None:
        raise ValueError("kind= and stable= say the same; give one of them")


def check_kth(node: ArrayNode, kth: Any, axis: int, kind: str) -> None:
    """Refuse numbers of elements that are not there."""
    if kind not in _SELECTIONS:
        raise ValueError(f'kind={kind!r}: expected "introselect"')
    wanted: Sequence[Any] = np.atleast_1d(np.asarray(at_hand(kth, "kth")))  # type: ignore[assignment]
    if np.asarray(kth).dtype.kind not in "iu":
        raise TypeError(f"kth={kth!r} must be an integer, or several")
    size = node.shape[axis]
    some = size is not None and 0 not in node.shape  # of no elements NumPy takes any
    wrong = [int(k) for k in wanted if some and not -size <= k < size]
    if wrong:
        raise ValueError(f"kth={wrong[0]} is out of bounds for axis {axis} with size {size}")
