"""Running sums and products.

Each block runs on its own, and then takes up what all blocks before it add up to; see `expr.carries`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from minidask.array.node import ArrayNode, SameChunks
from minidask.array.nodes.elementwise import elementwise
from minidask.expr.blocks import blockwise
from minidask.expr.carries import before
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.sparse_blocks import refuse


class Scan(SameChunks):
    """An array accumulated along an axis.

    Fields
    ------
    ufunc
        `add`, `multiply`, or another that is associative.
    kind
        The dtype in which it is done.
    skip_nan
        Whether NaN counts as nothing.
    """

    ufunc: np.ufunc
    axis: int
    kind: np.dtype[Any]
    skip_nan: bool = False

    @property
    def operation(self) -> str:
        return f"{'nan' * self.skip_nan}cum{_NAMES.get(self.ufunc, self.ufunc.__name__)}"

    @fact
    def meta(self) -> Any:
        return self.source.meta.astype(self.kind)


_NAMES: dict[np.ufunc, str] = {np.add: "sum", np.multiply: "prod", np.maximum: "max", np.minimum: "min"}


@lower(Scan)
def scan_to_carries(node: Scan) -> Node:
    """Blocks run alone, then each takes up what came before it."""
    source, axis, name, label = node.source, node.axis, node.name, node.operation
    alone = source.grid[axis] == 1
    args = (source, node.ufunc, axis, node.kind, node.skip_nan)
    runs = blockwise(run, *args, grid=node.grid, name=name if alone else f"{name}-runs", label=label)
    if alone:
        return runs
    totals = blockwise(last, runs, axis, grid=node.grid, name=f"{name}-totals", label="last")
    carries = before(totals, axis, Fold(node.ufunc, axis), f"{name}-carry")
    return blockwise(carry, runs, carries, node.ufunc, grid=node.grid, name=name, label=label)


def run(block: Any, ufunc: np.ufunc, axis: int, dtype: Any, skip_nan: bool) -> Any:
    """A block accumulated on its own."""
    if skip_nan and block.dtype.kind in "fc":
        block = np.where(np.isnan(block), np.asarray(ufunc.identity, block.dtype), block)
    return ufunc.accumulate(block, axis=axis, dtype=None if dtype.kind == "m" else dtype)  # none that has a unit


def last(block: Any, axis: int) -> Any:
    """The last row along an axis; none of an empty block."""
    return block[(slice(None),) * axis + (slice(-1, None),)].copy()


def carry(block: Any, before: Any, ufunc: np.ufunc) -> Any:
    """A run after all that came before it; None for nothing."""
    return block if before is None else ufunc(before, block)


@dataclass(frozen=True)
class Fold:
    """Adds up totals, of which there may be none; empty ones do not count."""

    ufunc: np.ufunc
    axis: int

    def __call__(self, totals: Sequence[Any], before: Any = None) -> Any:
        filled = [t for t in (before, *totals) if t is not None and t.shape[self.axis]]
        return reduce(self.ufunc, filled) if filled else None


def scan(node: ArrayNode, ufunc: np.ufunc, axis: int, dtype: Any = None, skip_nan: bool = False) -> ArrayNode:
    """The array accumulated along an axis; in the dtype that NumPy would choose, unless one is given."""
    if isinstance(node.meta, np.ma.MaskedArray):  # what is masked counts nothing, and stays so
        nothing = elementwise(np.ma.filled, node, ufunc.identity)
        return elementwise(np.ma.masked_where, elementwise(np.ma.getmaskarray, node), scan(nothing, ufunc, axis, dtype))
    refuse(f"{ufunc.__name__}.accumulate", node)
    kind = ufunc.accumulate(node.meta, axis=axis, dtype=dtype).dtype
    return Scan(node, ufunc, axis, kind, skip_nan)
