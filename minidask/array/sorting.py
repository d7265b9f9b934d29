"""Arrays sorted, and the places of their elements in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

import minidask.array.nodes.sorting as sorting
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.functions import function
from minidask.array.nodes.elementwise import elementwise
from minidask.array.ordered import along, partitioned, sorted_node

argpartition = function(Array.argpartition)
argsort = function(Array.argsort)


def sort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: bool | None = None) -> Array:
    """The elements sorted along an axis; the chunks are those of the array, whatever its size.

    Parameters
    ----------
    axis
        Along which; None: all elements along one axis.
    kind, order, stable
        As of `Array.sort`.

    Raises
    ------
    ValueError
        Another `kind`, `kind` and `stable` together, or fields that are not there.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> sort([3, 1, 2]).compute()
    array([1, 2, 3])
    """
    a = asanyarray(a)
    node, place = along(a.expr, axis)
    return a.of(sorted_node(node, place, kind, order, stable))


def partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None) -> Array:
    """The elements sorted so far that number `kth` is where it would be if all were. As `Array.partition`.

    Examples
    --------
    >>> partition([3, 1, 2], 1)[1].compute()
    np.int64(2)
    """
    a = asanyarray(a)
    node, place = along(a.expr, axis)
    return a.of(partitioned(node, kth, place, kind, order))


def sort_complex(a: Any) -> Array:
    """The elements as complex numbers, sorted along the last axis.

    Examples
    --------
    >>> sort_complex([2, 1]).compute()
    array([1.+0.j, 2.+0.j])
    """
    ordered = sort(a)
    return ordered.astype(np.sort_complex(np.empty(1, ordered.dtype)).dtype)


def lexsort(keys: Any, axis: int = -1) -> Array:
    """The places of the elements along an axis, sorted by several keys: the last one counts most.

    Parameters
    ----------
    keys
        Arrays of one shape; or one array, whose first axis tells them apart.
    axis
        Of each of the keys.

    Raises
    ------
    TypeError, ValueError
        There are no keys, or their shapes differ.

    Examples
    --------
    >>> lexsort([[1, 0, 0], [2, 2, 1]]).compute()
    array([2, 1, 0])
    """
    given = [asanyarray(key) for key in keys]
    if not given:
        raise TypeError("lexsort needs one key at least")
    if len({key.shape for key in given}) > 1:
        raise ValueError(f"the keys have different shapes: {[key.shape for key in given]}")
    if not given[0].ndim:
        return asanyarray(np.zeros((), np.intp))
    axis = normalize_axis_index(axis, given[0].ndim)
    if len(given) == 1:
        return given[0].argsort(axis)
    table = Packed(tuple((f"k{i}", key.dtype) for i, key in enumerate(reversed(given))))
    node = elementwise(table, *(key.expr for key in reversed(given)))
    return Array.of(sorting.argsort(node, axis))


@dataclass(frozen=True)
class Packed:
    """Structured elements of one element of each block."""

    fields: Sequence[tuple[str, Any]]

    def __call__(self, *blocks: Any) -> Any:
        found = np.empty(blocks[0].shape, list(self.fields))
        for (name, _), block in zip(self.fields, blocks):
            found[name] = block
        return found
