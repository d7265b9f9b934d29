"""Products summed over axes that arrays share: matrices, tensors, Einstein's summation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

import minidask.array.nodes.contract as contract
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.nodes.contract import Einsum, contraction
from minidask.array.operators import assign
from minidask.kernels.sparse_blocks import refuse


def dot(a: Any, b: Any, out: Any = None) -> Array:
    """As `numpy.dot`: over the last axis of `a`, and the last but one of `b`.

    Parameters
    ----------
    out
        A lazy array that is to stand for the result, too.

    Raises
    ------
    ValueError
        The axes have different sizes.

    Examples
    --------
    >>> dot([1, 2, 3], [1, 0, 2]).compute()
    np.int64(7)
    """
    return asanyarray(a).dot(b, out)


def matmul(
    a: Any, b: Any, out: Any = None, *, axes: Any = None, dtype: Any = None, casting: Any = "same_kind"
) -> Array:
    """The product of matrices, of stacks of them, or of a matrix and a vector: `a @ b`.

    Parameters
    ----------
    a, b
        Arrays, lazy or not.
    out
        A lazy array that is to stand for the result, too.
    axes
        Which axes are those of the matrices, of `a`, `b` and the result: a list of three pairs. Default: the last ones.
    dtype, casting
        The dtype in which the products are made, and what may be cast to it.

    Raises
    ------
    ValueError
        An argument has no axes, or the axes that meet have different sizes.
    TypeError
        `casting` forbids it.

    Examples
    --------
    >>> matmul([[1, 2], [3, 4]], [1, 1]).compute()
    array([3, 7])
    """
    found = Array.of(contract.matmul_with(asanyarray(a).expr, asanyarray(b).expr, axes, dtype, casting))
    return found if out is None else assign(out, found)


def tensordot(lhs: Any, rhs: Any, axes: Any = 2) -> Array:
    """The sum of products over axes of both arrays.

    Parameters
    ----------
    axes
        How many: the last ones of `lhs` meet the first ones of `rhs`; or a pair of the axes of each.

    Raises
    ------
    ValueError
        The axes that meet have different sizes, or are not as many.

    Examples
    --------
    >>> tensordot([[1, 2], [3, 4]], [[1, 0], [0, 1]]).compute()
    np.int64(5)
    """
    a, b = asanyarray(lhs), asanyarray(rhs)
    if hasattr(axes, "__len__"):
        left, right = (tuple(axis) if hasattr(axis, "__len__") else (axis,) for axis in axes)
    else:
        left, right = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    if len(left) != len(right):
        raise ValueError(f"axes={axes!r} must name as many axes of both arrays")
    pairs = normalize_axis_tuple(left, a.ndim, "axes"), normalize_axis_tuple(right, b.ndim, "axes")
    return Array.of(contract.tensordot(a.expr, b.expr, pairs, "tensordot"))


def vdot(a: Any, b: Any) -> Array:
    """The sum of products of all elements, those of the first conjugated.

    Examples
    --------
    >>> vdot([1j, 2], [1j, 2]).compute()
    np.complex128(5+0j)
    """
    return dot(asanyarray(a).conj().ravel(), asanyarray(b).ravel())


def inner(a: Any, b: Any) -> Array:
    """The sum of products over the last axes.

    Examples
    --------
    >>> inner([1, 2], [3, 4]).compute()
    np.int64(11)
    """
    a, b = asanyarray(a), asanyarray(b)
    return a * b if not a.ndim or not b.ndim else tensordot(a, b, (-1, -1))


def outer(a: Any, b: Any, out: Any = None) -> Array:
    """All products of an element of one array and an element of another, both in C order.

    Parameters
    ----------
    out
        A lazy array that is to stand for the result, too.

    Examples
    --------
    >>> outer([1, 2], [3, 4]).compute()
    array([[3, 4],
           [6, 8]])
    """
    answer = asanyarray(a).reshape(-1, 1) * asanyarray(b).reshape(1, -1)
    return answer if out is None else assign(out, answer)


def einsum(
    subscripts: Any,
    *operands: Any,
    dtype: Any = None,
    optimize: Any = False,
    split_every: Any = None,
    order: str = "K",
    casting: str = "safe",
    out: Any = None,
) -> Any:
    """Einstein's summation.

    Parameters
    ----------
    subscripts
        As `numpy.einsum` takes them, with "..." or without; or arrays and lists of integers in turn.
    *operands
        Arrays.
    dtype, order, casting
        Of the blocks, as for NumPy.
    optimize
        How each block is summed, as for NumPy.
    split_every
        How many partial sums a task adds up.
    out
        A lazy array that is to stand for the result, too.

    Raises
    ------
    ValueError
        The subscripts do not fit the arrays.

    Examples
    --------
    >>> einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1]).compute()
    array([3, 7])
    """
    if not isinstance(subscripts, str):
        subscripts, operands = _spelled(subscripts, *operands)
    arrays = [asanyarray(a) for a in operands]
    terms, result = _terms(subscripts.replace(" ", ""), [a.ndim for a in arrays])
    options = {"optimize": optimize, "order": order, "casting": casting}
    summed = Einsum(f"{','.join(terms)}->{result}", options if dtype is None else {**options, "dtype": np.dtype(dtype)})
    nodes = [a.expr for a in arrays]
    refuse("einsum", *nodes)
    found = contraction(summed, nodes, list(map(tuple, terms)), tuple(result), split_every, "einsum")
    return assign(out, Array.of(found))


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _spelled(*given: Any) -> tuple[str, tuple[Any, ...]]:
    """Arrays and lists of integers, in turn, as subscripts and arrays."""
    operands, lists = given[: len(given) // 2 * 2 : 2], list(given[1::2])
    if len(given) % 2:
        lists.append(given[-1])
    terms = ["".join("..." if i is Ellipsis else _LETTERS[i] for i in places) for places in lists]
    inputs = ",".join(terms[: len(operands)])
    return (f"{inputs}->{terms[-1]}" if len(given) % 2 else inputs), operands


def _terms(subscripts: str, ndims: Sequence[int]) -> tuple[list[str], str]:
    """The symbols of each array and of the result, in full.

    Examples
    --------
    >>> _terms("...ij,jk", [3, 2])
    (['aij', 'jk'], 'aik')
    """
    inputs, arrow, result = subscripts.partition("->")
    given = inputs.split(",")
    if len(given) != len(ndims):
        raise ValueError(f"einsum: {len(given)} terms in {subscripts!r} for {len(ndims)} arrays")
    free = [letter for letter in _LETTERS if letter not in subscripts]
    dots = [ndim - len(term.replace("...", "")) for term, ndim in zip(given, ndims)]
    if any(n < 0 or (n and "..." not in term) for n, term in zip(dots, given)):
        raise ValueError(f"einsum: the terms of {subscripts!r} do not fit arrays of {list(ndims)} axes")
    most = max(dots, default=0)
    front = "".join(free[:most])
    terms = [term.replace("...", front[most - n :]) for term, n in zip(given, dots)]
    if not arrow:
        letters = "".join(given).replace("...", "")
        once = sorted(letter for letter in set(letters) if letters.count(letter) == 1)
        return terms, front * ("..." in inputs) + "".join(once)
    if front and "..." not in result:
        raise ValueError(f"einsum: the result of {subscripts!r} has no '...' for the axes that the arrays have there")
    full = result.replace("...", front)
    if set(full) - set("".join(terms)) or len(set(full)) < len(full):
        raise ValueError(f"einsum: the result of {subscripts!r} has symbols that no array has, or one of them twice")
    return terms, full
