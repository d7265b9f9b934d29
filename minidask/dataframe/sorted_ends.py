"""The first or last rows of a sort, for which not all rows need be sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from minidask.dataframe.blocks import concat
from minidask.dataframe.partitions import Ends, First, Pick, first_rows
from minidask.dataframe.sorting import Sorted, keys_of, levels_of, pandas_call
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node
from minidask.expr.pipeline import lower, simplify
from minidask.expr.reduce import tree
from minidask.kernels.ordering import rows_up_to


class SortedEnds(Ends):
    """Those of a `Sorted` frame."""


@simplify(First)
def ends_without_a_sort(node: First) -> Node | None:
    """Not all rows are sorted where few of them are wanted, however many partitions were to be looked at for them."""
    picked = node.frame if isinstance(node.frame, Pick) else None
    ordered = picked.frame if picked else node.frame
    if not isinstance(ordered, Sorted) or abs(node.count) > ordered.ends_at_once:
        return None
    numbers, total = range(ordered.count), ordered.count
    parts = len(picked.picks) if picked else total
    outermost = numbers[:parts] if node.count >= 0 else numbers[total - parts :]
    return SortedEnds(ordered, node.count) if picked is None or [*picked.picks] == [*outermost] else None


@lower(SortedEnds)
def ends_by_tree(node: SortedEnds) -> Node:
    """Those of each block, then those of several blocks: equal rows stay in their order."""
    ordered: Any = node.frame
    method, options = pandas_call(ordered)
    keys = (ordered.by[:1], ordered.on_index, levels_of(ordered))
    ends = partial(_ends, count=node.count, keys=keys, up=ordered.ascending[0], method=method, options=options)
    source = ordered.frame
    parts = blockwise(_ends_of_block, source, ends, grid=source.grid, name=f"{node.name}-part", label=node.operation)
    return tree(parts, ends, ends, [0], name=node.name, keepdims=True, label=node.operation)


def _ends_of_block(block: Any, ends: Any) -> Any:
    return ends([block])


def _ends(
    blocks: Sequence[Any], count: int, keys: tuple[Any, ...], up: bool, method: str, options: Mapping[str, Any]
) -> Any:
    rows = concat(blocks)
    backwards, missing_first = count < 0, options["na_position"] == "first"
    few = rows_up_to(keys_of(rows, *keys)[0], abs(count), up is not backwards, missing_first is not backwards)
    rows = rows if few is None else rows.take(few)
    return first_rows(getattr(rows, method)(**options), count)
