"""Running sums and products.

Blocks are folded into totals first, and then each runs after what all blocks before it come to; see `expr.carries`.
So each is read twice, and written once; and of a slice only those blocks run that it is of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from minidask.array.node import ArrayNode, SameChunks
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.tiled import Tiled
from minidask.expr.blocks import blockwise
from minidask.expr.carries import before
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.running import running
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
    """Each block is folded; then it runs after what all before it come to, and is written once."""
    source, grid, name, label = node.source, node.grid, node.name, node.operation
    options = (node.ufunc, node.axis, node.kind, node.skip_nan)
    if source.grid[node.axis] == 1:
        return blockwise(run, source, None, *options, grid=grid, name=name, label=label)
    total = Total(*options)
    totals = blockwise(total, source, grid=grid, name=f"{name}-totals", label="total", together=Tiled)
    carries = before(totals, node.axis, Fold(node.ufunc, node.axis), f"{name}-carry")
    return blockwise(run, source, carries, *options, grid=grid, name=name, label=label)


def run(block: Any, before: Any, ufunc: np.ufunc, axis: int, dtype: Any, skip_nan: bool) -> Any:
    """A block accumulated after all that came before it; None for nothing."""
    return running(_counting(block, ufunc, skip_nan), before, ufunc, axis, dtype)


def _counting(block: Any, ufunc: np.ufunc, skip_nan: bool) -> Any:
    """A block whose NaN count as nothing, where they are to be skipped."""
    if not skip_nan or block.dtype.kind not in "fc":
        return block
    return np.where(np.isnan(block), np.asarray(ufunc.identity, block.dtype), block)


@dataclass(frozen=True)
class Total:
    """What a block comes to along an axis: one row; none of an empty block."""

    ufunc: np.ufunc
    axis: int
    kind: np.dtype[Any]
    skip_nan: bool
    __name__ = "total"

    @property
    def axes(self) -> tuple[int, ...]:
        return (self.axis,)

    def __call__(self, block: Any) -> Any:
        block = _counting(block, self.ufunc, self.skip_nan)
        if not block.shape[self.axis]:
            return block.astype(self.kind)
        kind = None if self.kind.kind in "mM" else self.kind  # ufuncs take none that has a unit
        return self.ufunc.reduce(block, axis=self.axis, dtype=kind, keepdims=True)

    def merge(self, partials: list[Any]) -> Any:
        """The total of several, which follow each other."""
        return reduce(self.ufunc, partials)


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
