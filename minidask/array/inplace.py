"""NumPy's functions that change their first argument, a lazy array: it stands for the result afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray, stacked
from minidask.array.manipulation import resize
from minidask.array.nodes.elementwise import astype, elementwise
from minidask.array.operators import assign, at_hand, operand


def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """Set the elements of a lazy array to those of another, which broadcast.

    Parameters
    ----------
    dst
        The array that is changed.
    src
        An array, lazy or not, or a scalar.
    casting
        What may be cast: "no", "equiv", "safe", "same_kind" or "unsafe".
    where
        Where it is changed: an array of booleans, lazy or not, that broadcasts.

    Raises
    ------
    TypeError
        `dst` is no lazy array, or `casting` forbids to cast to its dtype.
    ValueError
        The shapes do not broadcast to that of `dst`.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.arange(4, chunks=2)
    >>> copyto(x, 7, where=x > 1)
    >>> x.compute()
    array([0, 1, 7, 7])
    """
    _check(dst, "copyto")
    src = stacked(src)
    kind = (
        src.dtype if hasattr(src, "dtype") else np.min_scalar_type(src) if np.isscalar(src) else np.asarray(src).dtype
    )
    if not np.can_cast(kind, dst.dtype, casting):
        raise TypeError(f"copyto: cannot cast from {kind} to {dst.dtype} with casting={casting!r}")
    found = elementwise(np.where, operand(where), operand(src), dst.expr)
    assign(dst, Array.of(elementwise(astype, found, dst.dtype)), "copyto: the array")


def putmask(a: Any, mask: Any, values: Any) -> None:
    """Set the elements where a mask holds to those of `values` in the same place; repeated, where these are fewer.

    Parameters
    ----------
    a
        The lazy array that is changed.
    mask
        Booleans, lazy or not, of its shape.
    values
        An array, lazy or not, or a scalar.

    Raises
    ------
    TypeError
        `a` is no lazy array.
    ValueError
        The mask has another shape.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.arange(4, chunks=2)
    >>> putmask(x, x > 0, [-1, -2])
    >>> x.compute()
    array([ 0, -2, -1, -2])
    """
    _check(a, "putmask")
    _check_mask(a, mask, "putmask")
    values = asanyarray(values)
    copyto(a, values if values.size == 1 else resize(values, a.shape), "unsafe", mask)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """Set the elements where a mask holds to those of `vals` in turn, which are repeated.

    Parameters
    ----------
    arr
        The lazy array that is changed.
    mask
        Booleans, lazy or not, of its shape.
    vals
        An array, lazy or not.

    Raises
    ------
    TypeError
        `arr` is no lazy array.
    ValueError
        The mask has another shape; there are no values.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.arange(5, chunks=2)
    >>> place(x, x > 1, [-1, -2])
    >>> x.compute()
    array([ 0,  1, -1, -2, -1])
    """
    _check(arr, "place")
    _check_mask(arr, mask, "place")
    values = asanyarray(vals).ravel()
    if not values.size:
        raise ValueError("place: vals is empty")
    mask = asanyarray(mask).astype(bool)
    turns = (mask.ravel().cumsum() - 1) % values.size
    copyto(arr, values[turns].reshape(arr.shape), "unsafe", mask)


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """Set elements by their places in C order.

    Parameters
    ----------
    a
        The lazy array that is changed.
    ind
        Places: a number, a list or an array.
    v
        What they are set to, repeated where there is less.
    mode
        What is done with places beyond the array: "raise", "wrap" or "clip".

    Raises
    ------
    TypeError
        `a` is no lazy array.
    IndexError
        A place is beyond it.
    ValueError
        `mode` is none of these.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.zeros((2, 2), chunks=1)
    >>> put(x, [0, 3], [1, 2])
    >>> x.compute()
    array([[1., 0.],
           [0., 2.]])
    """
    _check(a, "put")
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f'put: mode={mode!r}; expected "raise", "wrap" or "clip"')
    places = np.asarray(at_hand(ind, "ind")).ravel()
    if mode != "raise":
        places = places % a.size if mode == "wrap" else np.clip(places, 0, a.size - 1)
    flat = a.ravel().copy()
    flat[places] = resize(asanyarray(v), (places.size,)).astype(a.dtype) if np.ndim(v) else v
    a.expr = flat.reshape(a.shape).expr


def _check(array: Any, called: str) -> None:
    if not isinstance(array, Array):
        raise TypeError(f"{called}: a {type(array).__name__} cannot hold lazy values; compute() them first")


def _check_mask(array: Array, mask: Any, called: str) -> None:
    if np.shape(mask) != array.shape:
        raise ValueError(f"{called}: the mask has the shape {np.shape(mask)}, the array {array.shape}")
