"""Comparing collections with what NumPy and pandas give: for our tests, and our users'."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from minidask.collection import Collection
from minidask.dataframe.agreement import types
from minidask.dataframe.base import FrameCollection
from minidask.dataframe.blocks import is_increasing_within
from minidask.dataframe.node import FrameNode
from minidask.expr.blocks import Blocks
from minidask.expr.node import Node

_PANDAS = (pd.DataFrame, pd.Series, pd.Index)


def assert_eq(a: Any, b: Any, *, check_dtype: bool = True, **options: Any) -> None:
    """Raise unless two values, lazy or not, are the same.

    A lazy one is computed with and without the optimizer, and its facts (shape, chunks, dtype) are held to its blocks.

    Parameters
    ----------
    a, b
        Arrays, frames or scalars, lazy or not.
    check_dtype
        Whether the dtypes must be the same.
    **options
        For the comparison: of arrays `rtol` and `atol`, of frames those of `pandas.testing.assert_frame_equal`.

    Raises
    ------
    AssertionError
        They differ, or a lazy one is not what it says.

    Examples
    --------
    >>> import minidask.array as da
    >>> assert_eq(da.ones(3, chunks=2) + 1, [2.0, 2.0, 2.0])
    """
    a, b = _value(a), _value(b)
    if isinstance(a, _PANDAS) or isinstance(b, _PANDAS):
        assert_pandas_eq(a, b, check_dtype=check_dtype, **options)
    elif _is_pandas_scalar(a) or _is_pandas_scalar(b):
        assert type(a) is type(b), f"{a!r} and {b!r} differ"
        assert a is b or a == b or (pd.isna(a) and pd.isna(b)), f"{a!r} and {b!r} differ"
    else:
        assert_array_eq(a, b, check_dtype=check_dtype, **options)


def _is_pandas_scalar(value: Any) -> bool:
    return isinstance(value, str) or type(value).__module__.startswith("pandas")


def _value(value: Any) -> Any:
    """What a value computes to, its facts checked; itself, where it is not lazy."""
    if not isinstance(value, Collection):
        return value
    return check_frame(value) if isinstance(value, FrameCollection) else check_array(value)


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
    blocks = array.over(expr).persist(scheduler="synchronous").expr.source.opened
    for block, sizes in zip(blocks, _block_shapes(array.chunks), strict=True):
        assert np.shape(block) == sizes, f"{expr.operation} says a block {sizes}, it is {np.shape(block)}"
        assert block.dtype == array.dtype, f"{expr.operation} says {array.dtype}, a block is {block.dtype}"
        assert isinstance(np.asanyarray(block), type(expr.meta)), (
            f"{expr.operation} has a block of type {type(block).__name__}"
        )
    return found


def _block_shapes(chunks: Any) -> list[tuple[int, ...]]:
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


def assert_pandas_eq(a: Any, b: Any, *, check_dtype: bool = True, **options: Any) -> None:
    """Raise unless two pandas objects have the same type, values, dtypes, order, names and index."""
    assert type(a) is type(b), f"types differ: {type(a).__name__} and {type(b).__name__}"
    if isinstance(a, pd.Index):
        pd.testing.assert_index_equal(a, b, exact=check_dtype, rtol=options.get("rtol", 1e-5))
    elif isinstance(a, pd.Series):
        pd.testing.assert_series_equal(a, b, check_dtype=check_dtype, check_freq=False, **options)
    else:
        pd.testing.assert_frame_equal(a, b, check_dtype=check_dtype, check_freq=False, **options)


def check_frame(frame: Any) -> Any:
    """What a frame or scalar of one computes to, held to its facts.

    Raises
    ------
    AssertionError
        The optimizer changes it, or it is not what it says.
    """
    found, plain = frame.compute(scheduler="synchronous"), frame.compute(scheduler="synchronous", optimize_graph=False)
    if not isinstance(found, _PANDAS):
        assert not isinstance(frame._meta, _PANDAS), f"{frame.expr.operation} says {type(frame._meta).__name__}"
        return found
    assert_pandas_eq(found, plain, rtol=1e-12)
    meta = types(frame.expr)
    _check_like(found, meta, frame.expr)
    blocks = _blocks(frame.persist(scheduler="synchronous").expr)
    last = len(blocks) - 1
    lengths = frame.expr.owner.lengths()
    assert lengths is None or list(lengths) == [len(b) for b in blocks], f"{frame.expr.operation} has other lengths"
    for i, block in enumerate(blocks):
        _check_like(block, meta, frame.expr)
        if frame.known_divisions:
            index = block if isinstance(block, pd.Index) else block.index
            low, high = frame.divisions[i : i + 2]
            assert is_increasing_within(index, low, high, i == last), f"partition {i} is not in {low!r} to {high!r}"
    return found


def _blocks(node: Node) -> tuple[Any, ...]:
    while not isinstance(node, Blocks):
        (node,) = node.children
    return node.opened


def _check_like(found: Any, meta: Any, expr: FrameNode) -> None:
    """Whether a pandas object has the schema that was told of it."""
    what = f"{expr.operation} says"
    assert type(found) is type(meta) or isinstance(found, pd.Index), f"{what} {type(meta)}, it is {type(found)}"
    if isinstance(meta, pd.DataFrame):
        pd.testing.assert_index_equal(found.columns, meta.columns, exact="equiv")
        pd.testing.assert_series_equal(found.dtypes, meta.dtypes)
    else:
        assert found.dtype == meta.dtype, f"{what} {meta.dtype}, it is {found.dtype}"
        assert found.name == meta.name or pd.isna(found.name), f"{what} {meta.name!r}, it is {found.name!r}"
    if not isinstance(meta, pd.Index):
        assert found.index.names == meta.index.names, f"{what} {meta.index.names}, it is {found.index.names}"
