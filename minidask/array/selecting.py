"""Elements chosen: by conditions, by number, by what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.functions import function
from minidask.array.joining import stack
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.searching import filled

argtopk = function(Array.argtopk)
nonzero = function(Array.nonzero)
searchsorted = function(Array.searchsorted)
shuffle = function(Array.shuffle)
take = function(Array.take)
topk = function(Array.topk)


def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Array:
    """For each element of integers the element of the choice of that number. Parameters as of `Array.choose`.

    Examples
    --------
    >>> choose([0, 1, 0], [[1, 2, 3], [10, 20, 30]]).compute()
    array([ 1, 20,  3])
    """
    return asanyarray(a).choose(choices, out, mode)


def compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Array:
    """The rows along an axis where a condition holds. Parameters as of `Array.compress`.

    Examples
    --------
    >>> compress([False, True], [[1, 2], [3, 4]], axis=0).compute()
    array([[3, 4]])
    """
    return asanyarray(a).compress(condition, axis, out)


def flatnonzero(a: Any) -> Array:
    """The places, in C order, of what is not zero.

    Examples
    --------
    >>> flatnonzero([[0, 1], [2, 0]]).compute()
    array([1, 2])
    """
    return asanyarray(a).ravel().nonzero()[0]


def argwhere(a: Any) -> Array:
    """For what is not zero, in C order, its places along all axes.

    Examples
    --------
    >>> argwhere([[0, 1], [2, 0]]).compute()
    array([[0, 1],
           [1, 0]])
    """
    a = asanyarray(a)
    if a.ndim == 0:
        return stack([a.reshape(1).nonzero()[0]], axis=1)[:, :0]
    return stack(a.nonzero(), axis=1)


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Array:
    """How many elements along some axes are not zero.

    Examples
    --------
    >>> count_nonzero([0, 3, 5]).compute()
    np.int64(2)
    """
    a = asanyarray(a)
    return a.of(filled(a.expr)).sum(axis=axis, keepdims=keepdims)


def extract(condition: Any, arr: Any) -> Array:
    """The elements, in C order, where a condition holds.

    Examples
    --------
    >>> extract([True, False, True], [1, 2, 3]).compute()
    array([1, 3])
    """
    return asanyarray(arr).compress(asanyarray(condition).ravel())


@dataclass(frozen=True)
class Selected:
    """`numpy.select`, of so many conditions and as many choices after them."""

    count: int
    default: Any

    def __call__(self, *blocks: Any) -> Any:
        return np.select(list(blocks[: self.count]), list(blocks[self.count :]), self.default)


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Array:
    """Elements of the first choice whose condition holds.

    Parameters
    ----------
    condlist
        Conditions, arrays of truth values.
    choicelist
        For each condition an array or a scalar.
    default
        Where no condition holds.

    Raises
    ------
    ValueError
        There are not as many choices as conditions.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.arange(5, chunks=2)
    >>> select([x < 2, x > 3], [x, 10 * x]).compute()
    array([ 0,  1,  0,  0, 40])
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(
            f"{len(condlist)} conditions and {len(choicelist)} choices: there must be as many, one at least"
        )
    given = [*map(asanyarray, condlist), *map(asanyarray, choicelist)]
    return Array.of(elementwise(Selected(len(condlist), default), *(a.expr for a in given)))


@dataclass(frozen=True)
class Piecewise:
    """`numpy.piecewise`, of a block and one of each condition."""

    functions: tuple[Any, ...]
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]

    def __call__(self, block: Any, *conditions: Any) -> Any:
        return np.piecewise(block, list(conditions), list(self.functions), *self.args, **dict(self.kwargs))


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """Functions of the elements, each where its condition holds.

    Parameters
    ----------
    condlist
        Arrays of truth values of the shape of `x`.
    funclist
        For each condition a function of elements, or a scalar; one more is for where no condition holds.
    *args, **kw
        For the functions.

    Raises
    ------
    ValueError
        There are neither as many functions as conditions nor one more.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.arange(4, chunks=2)
    >>> piecewise(x, [x < 2], [-1, lambda v: 10 * v]).compute()
    array([-1, -1, 20, 30])
    """
    a = asanyarray(x)
    conditions = [asanyarray(c) for c in (condlist if isinstance(condlist, (list, tuple)) else [condlist])]
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise ValueError(f"{len(conditions)} conditions and {len(funclist)} functions: as many or one more are needed")
    func = Piecewise(tuple(funclist), args, tuple(kw.items()))
    return a.of(elementwise(func, a.expr, *(c.astype(bool).expr for c in conditions)))
