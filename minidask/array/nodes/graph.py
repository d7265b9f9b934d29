"""Blocks that a person's own graph makes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from minidask.array.chunks import normalize_chunks
from minidask.array.node import ArrayNode, Given, as_meta, meta_of
from minidask.array.nodes.mapped import BlockShapes
from minidask.expr.blocks import Tasks, blockwise
from minidask.kernels.arrays import held


def from_graph(dask: Mapping[Any, Any], name: str, chunks: Any, dtype: Any, meta: Any, shape: Any) -> ArrayNode:
    """The array whose block `(i, j)` is the value of the key `(name, i, j)`. Parameters as of `Array`.

    Raises
    ------
    KeyError
        A block has no key.
    TypeError
        There is neither a dtype nor a meta.
    """
    if dtype is None and meta is None:
        raise TypeError("an array of a graph needs its dtype, or meta, an empty array like its blocks")
    sizes = normalize_chunks(chunks, shape, dtype=dtype)
    empty = meta_of(dtype, len(sizes)) if meta is None else as_meta(meta, len(sizes))
    grid = tuple(map(len, sizes))
    outputs = tuple((name, *index) for index in product(*map(range, grid)))
    missing = [key for key in outputs if key not in dask]
    if missing:
        raise KeyError(f"the graph has no key {missing[0]!r}")
    tasks = Tasks.named(f"{name}-given", dict(dask), outputs, grid)
    block = blockwise(_held, tasks, BlockShapes(sizes), empty.dtype, grid=grid, name=name, label="graph", cheap=True)
    return Given.named(f"{name}-array", block, sizes, empty)


def _held(block: Any, shape: tuple[int | None, ...], dtype: np.dtype[Any]) -> Any:
    array = block if hasattr(block, "dtype") and hasattr(block, "ndim") else np.asarray(block)
    return held(array, shape, dtype, "the graph")
