"""Functions that work element by element and are no ufuncs."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.interchange import check_device
from minidask.array.nodes.elementwise import elementwise
from minidask.array.operators import assign, at_hand, operand


def told_signature(func: Callable[..., Any]) -> Signature:
    """What a function of NumPy tells of its arguments; of one that does not, that there are any."""
    try:
        return signature(func)
    except ValueError:
        kinds = ("args", Parameter.VAR_POSITIONAL), ("kwargs", Parameter.VAR_KEYWORD)
        return Signature([Parameter(name, kind) for name, kind in kinds])


def _from_numpy(func: Callable[..., Any], count: int = 1) -> Callable[..., Array]:
    """The lazy form of a NumPy function, whose first `count` arguments are arrays that broadcast."""
    name, told = func.__name__, told_signature(func)
    names = list(told.parameters)[:count]

    def lazy(*args: Any, **kwargs: Any) -> Array:
        if len(args) + len({*kwargs} & {*names}) < count:
            raise TypeError(f"{name} takes {count} array{'s' * (count > 1)} before its options, not {len(args)}")
        arrays = [*args[:count], *(kwargs.pop(name) for name in names[len(args) :])]
        nodes = [asanyarray(arrays[0]).expr, *map(operand, arrays[1:])]
        out = kwargs.pop("out", None)
        options = [at_hand(value, "an option") for value in args[count:]]
        kwargs = {k: at_hand(value, k) for k, value in kwargs.items()}
        answer: Array = assign(out, Array.of(elementwise(func, *nodes, *options, **kwargs)))
        return answer

    lazy.__signature__ = told  # type: ignore[attr-defined]
    lazy.__name__ = lazy.__qualname__ = name
    lazy.__doc__ = f"`numpy.{name}`, element by element, of a lazy array or what can be made one; arguments as there."
    return lazy


angle = _from_numpy(np.angle)
busday_count = _from_numpy(np.busday_count, 2)
busday_offset = _from_numpy(np.busday_offset, 2)
datetime_as_string = _from_numpy(np.datetime_as_string)
fix = _from_numpy(np.fix)
i0 = _from_numpy(np.i0)
imag = _from_numpy(np.imag)
is_busday = _from_numpy(np.is_busday)
iscomplex = _from_numpy(np.iscomplex)
isneginf = _from_numpy(np.isneginf)
isposinf = _from_numpy(np.isposinf)
isreal = _from_numpy(np.isreal)
nan_to_num = _from_numpy(np.nan_to_num)
real = _from_numpy(np.real)
sinc = _from_numpy(np.sinc)


_NOT_GIVEN: Any = np._NoValue  # as NumPy's own signatures say it


def where(condition: Any, x: Any = _NOT_GIVEN, y: Any = _NOT_GIVEN) -> Any:
    """Elements of `x` where the condition holds, and of `y` elsewhere; without them the places where it holds.

    Parameters
    ----------
    condition, x, y
        Arrays, lazy or not, or scalars, that broadcast against each other.

    Examples
    --------
    >>> import minidask.array as da
    >>> a = da.arange(5, chunks=2)
    >>> where(a > 2, a, 0).compute()
    array([0, 0, 0, 3, 4])
    """
    if x is _NOT_GIVEN and y is _NOT_GIVEN:
        return asanyarray(condition).nonzero()
    if x is _NOT_GIVEN or y is _NOT_GIVEN:
        raise ValueError("where: either both x and y are given, or neither of them")
    nodes = [operand(a) for a in (condition, x, y)]
    if not any(isinstance(a, Array) for a in (condition, x, y)):
        nodes[0] = asanyarray(condition).expr
    return Array.of(elementwise(np.where, *nodes))


def elemwise(
    op: Callable[..., Any], *args: Any, out: Any = None, where: Any = True, dtype: Any = None, **kwargs: Any
) -> Any:
    """A function of elements called block by block with arrays that broadcast.

    Parameters
    ----------
    op
        A ufunc, or a function that works element by element and broadcasts as NumPy does.
    *args
        Arrays, lazy or not, and scalars.
    out
        A lazy array that is to stand for the result, too.
    where
        Where a ufunc is called; elsewhere stays what `out` holds.
    dtype
        Of the result. Default: what `op` gives.
    **kwargs
        For `op`.

    Raises
    ------
    NotImplementedError
        `where` is given and `op` is no ufunc, or without `out`.
    ValueError
        The shapes do not broadcast.

    Examples
    --------
    >>> import minidask.array as da
    >>> elemwise(np.hypot, da.asarray([3.0, 5.0]), [4.0, 12.0]).compute()
    array([ 5., 13.])
    """
    arrays = [a if isinstance(a, Array) or np.isscalar(a) else asanyarray(a) for a in args]
    if where is not True:
        if not isinstance(op, np.ufunc):
            raise NotImplementedError("elemwise with where= needs a ufunc; use where(mask, new, old)")
        found = op(*arrays, out=out, where=where, **kwargs)
        return found if dtype is None else found.astype(dtype)
    found = Array.of(elementwise(op, *map(operand, arrays), **kwargs))
    return assign(out, found if dtype is None else found.astype(dtype))


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Array:
    """Whether two arrays have the same shape and the same elements.

    Parameters
    ----------
    equal_nan
        Whether NaN equals NaN.

    Examples
    --------
    >>> import minidask.array as da
    >>> array_equal(da.ones(3), [1, 1, 1]).compute()
    np.True_
    """
    a, b = asanyarray(a1), asanyarray(a2)
    if a.shape != b.shape:
        return asanyarray(np.False_)
    same = a == b
    return ((same | ((a != a) & (b != b))) if equal_nan else same).all()


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Array:
    """The array with elements of another type. Parameters as of `Array.astype`, and `device` as of `asarray`.

    Examples
    --------
    >>> import minidask.array as da
    >>> astype(da.ones(2), int).compute()
    array([1, 1])
    """
    check_device(device)
    return asanyarray(x).astype(dtype, copy=copy)


def array_equiv(a1: Any, a2: Any) -> Array:
    """Whether two arrays have the same elements once they are broadcast against each other.

    Examples
    --------
    >>> array_equiv([1, 1], 1).compute()
    np.True_
    """
    a, b = asanyarray(a1), asanyarray(a2)
    try:
        return (a == b).all()
    except ValueError:
        return asanyarray(np.False_)


def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Array:
    """Which elements are nearly the same, by tolerances that may be arrays; parameters as of `numpy.isclose`.

    Examples
    --------
    >>> isclose([1.0, 2.0], [1.1, 2.1], rtol=[0.2, 0.01]).compute()
    array([ True, False])
    """
    nodes = [asanyarray(a).expr, *map(operand, (b, rtol, atol))]
    return Array.of(elementwise(np.isclose, *nodes, equal_nan=equal_nan))


def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Array:
    """Whether all elements are nearly the same; parameters as of `numpy.allclose`.

    Examples
    --------
    >>> import minidask.array as da
    >>> allclose(da.ones(3), 1 + 1e-9).compute()
    np.True_
    """
    return isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan).all()
