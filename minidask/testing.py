"""Comparing collections with what NumPy and pandas give: for our tests, and our users'."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from minidask.collection import Collection


def assert_eq(a: Any, b: Any, *, check_dtype: bool = True, **options: Any) -> None:
    """Raise unless two values, lazy or not, are the same.

    A lazy one is computed with and without the optimizer, and its facts (shape, chunks, dtype) are held to its blocks.

    Parameters
    ----------
    a, b
        Arrays or scalars, lazy or not.
    check_dtype
        Whether the dtypes must be the same.
    **options
        For the comparison: of arrays `rtol` and `atol`.

    Raises
    ------
    AssertionError
        They differ, or a lazy one is not what it says.

    Examples
    --------
    >>> import minidask.array as da
    >>> assert_eq(da.ones(3, chunks=2) + 1, [2.0, 2.0, 2.0])
    """
    assert_array_eq(_value(a), _value(b), check_dtype=check_dtype, **options)


def _value(value: Any) -> Any:
    """What a value computes to, its facts checked; itself, where it is not lazy."""
    if not isinstance(value, Collection):
        return value
    return check_array(value)


def check_array(array: Any) -> Any:
    """What an array computes to, held to its facts.

    Raises
    ------
    AssertionError
        The optimizer changes it, or it is not what it says.
    """
    expr = array.expr
    found, plain = array.compute(scheduler="synchronous"), array.compute(scheduler="synchronous", optimize_graph=False)
    assert_array_eq(found, plain, rtol=1e-12)
    assert found.dtype == array.dtype, f"{expr.operation} says {array.dtype}, its value is {found.dtype}"
    assert found.shape == array.shape, f"{expr.operation} says {array.shape}, its value is {found.shape}"
    blocks = array.over(expr).persist(scheduler="synchronous").expr.source.values
    for block, sizes in zip(blocks, _block_shapes(array.chunks), strict=True):
        assert np.shape(block) == sizes, f"{expr.operation} says a block {sizes}, it is {np.shape(block)}"
        assert block.dtype == array.dtype, f"{expr.operation} says {array.dtype}, a block is {block.dtype}"
        assert isinstance(block, type(expr.meta)), f"{expr.operation} has a block of type {type(block).__name__}"
    return found


def _block_shapes(chunks: Any) -> list[tuple[int, ...]]:
    from itertools import product

    return list(product(*chunks))


def assert_array_eq(a: Any, b: Any, *, check_dtype: bool = True, rtol: float = 1e-7, atol: float = 1e-12) -> None:
    """Raise unless two NumPy arrays or scalars have one shape, one dtype, and the same elements, NaN and all."""
    a, b = np.asanyarray(a), np.asanyarray(b)
    if check_dtype:
        assert a.dtype == b.dtype, f"dtypes differ: {a.dtype} and {b.dtype}"
    assert a.shape == b.shape, f"shapes differ: {a.shape} and {b.shape}"
    if a.dtype.kind in "fc" or b.dtype.kind in "fc":
        low = min((np.finfo(x.dtype).eps for x in (a, b) if x.dtype.kind in "fc"), key=lambda eps: -eps)
        np.testing.assert_allclose(a, b, rtol=max(rtol, 16 * float(low)), atol=atol)
    else:
        np.testing.assert_array_equal(a, b)
