"""Dtypes that depend on data: those of a join's columns for whose rows the other side may have no partner.

pandas then has floats for whole numbers, and objects for truth values. Nobody knows before the rows have met, so that a
join's meta says what holds where all of them have partners. All partitions of one computation agree on what came out
(`agreed`), and who asks for the dtypes learns them from the data, as who asks for a size does (`types`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from minidask.dataframe.asked import Asked
from minidask.dataframe.at_home import shape_of
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.blocks import concat
from minidask.dataframe.merging import Merge, Met, merge_blocks
from minidask.dataframe.meta import Meta, remembered
from minidask.dataframe.node import FrameNode, Partitionwise, Projection, SameRows
from minidask.dataframe.partitions import Pick
from minidask.dataframe.reductions import one_row
from minidask.dataframe.schema import dtypes_by_place, with_dtypes
from minidask.dataframe.tallies import Condense
from minidask.expr.blocks import blockwise, everything, gather
from minidask.expr.node import Node, as_of, fact
from minidask.expr.pipeline import lower
from minidask.expr.rewrite import consumers, substitute, topological

logger = logging.getLogger("minidask.dataframe")

Shape = tuple[bool, Any]
"""Whether a block has rows, and the block without them."""


class Agreed(SameRows):
    """The rows of a frame with columns of one dtype in all partitions."""

    @property
    def operation(self) -> str:
        return "agree"

    @fact
    def meta(self) -> Meta:
        return self.frame.meta


@lower(Agreed)
def agree(node: Agreed) -> Node:
    """The dtypes of all blocks first, which wait for that; of a shuffled join those of the rows where keys meet."""
    source, name = node.frame, node.name
    met = Met(source) if isinstance(source, Merge) and source.way == "hash" else None
    rows, shape = (source, _shape) if met is None else (met, shape_of)
    shapes = blockwise(shape, rows, grid=rows.grid, name=f"{name}-types", label="types", cheap=True)
    places = None if met is None else met.places
    types = gather(_common, shapes, everything(rows.grid), places, grid=(), name=f"{name}-agreed", label="types")
    return blockwise(with_dtypes, source, types, grid=node.grid, name=name, label="agree", cheap=True)


def agreed(roots: list[Node], order: Sequence[Node]) -> list[Node]:
    """Frames whose dtypes depend on the rows of joins agree on them: these joins, and what is stacked of them.

    Where partitions of one are picked, these agree alone.
    """
    joins = [node for node in order if isinstance(node, Merge) and wider(node)]
    if not joins:
        return roots
    users = consumers(roots)
    stacks: list[Any] = [node for node in order if getattr(node, "unsettled", ())]
    seen = chain.from_iterable(_looked_at(node, [] if node in roots else users[node]) for node in (*joins, *stacks))
    chosen = {node for node in seen if node.npartitions > 1 and not _agrees(users.get(node, ()))}
    results: dict[Node, Node] = {}
    for node in order:
        with as_of(node):
            found: Any = substitute(node, results)
            results[node] = Agreed(found) if node in chosen else found
    return [results[root] for root in roots]


def _looked_at(frame: FrameNode, users: Sequence[Node]) -> Sequence[FrameNode]:
    picks = [node for node in users if isinstance(node, Pick)]
    return picks if picks and len(picks) == len(users) else [frame]


def _agrees(users: Sequence[Node]) -> bool:
    """Whether it does so already, in an expression that has come this way before."""
    return any(isinstance(node, Agreed) for node in users)


def wider(join: Merge) -> dict[int, Any]:
    """The columns, by position, that have other dtypes where rows have no partners, and these dtypes.

    Examples
    --------
    >>> import minidask.dataframe as dd
    >>> left, right = pd.DataFrame({"k": [1, 2], "x": [1, 2]}), pd.DataFrame({"k": [1, 3], "y": [1, 2]})
    >>> wider(Merge(dd.from_pandas(left).expr, dd.from_pandas(right).expr, {"how": "left", "on": "k"}, "broadcast"))
    {2: dtype('float64')}
    """
    dtypes = join.meta.dtypes
    if join.options["how"] in ("inner", "cross") or not any(getattr(d, "kind", "") in "biu" for d in dtypes):
        return {}
    asked = (join.left.meta, join.right.meta, tuple(join.options.items()), join.columns)
    found = remembered(_without_partners, asked)
    return {i: dtype for i, dtype in enumerate(found) if dtype != dtypes.iloc[i]}


def _without_partners(left: pd.DataFrame, right: pd.DataFrame, options: Any, columns: Any) -> list[Any]:
    """The dtypes of all columns where no row has a partner."""
    asked = [(left, right), (one_row(left), right), (left, one_row(right))]
    known, *found = (merge_blocks(*sides, dict(options), apart=False, columns=columns).dtypes for sides in asked)
    return [next((d for d in dtypes if d != usual), usual) for usual, *dtypes in zip(known, *found)]


def types(node: FrameNode) -> Meta:
    """The meta with the dtypes that come out: where these depend on data, they are found, once.

    Raises
    ------
    Exception
        Whatever computing raises.
    """
    if node not in _found:
        _found[node] = _asked(node)
    return _found[node]


_found: WeakKeyDictionary[FrameNode, Meta] = WeakKeyDictionary()


def _asked(node: FrameNode) -> Meta:
    doubtful = in_doubt(node)
    if not doubtful:
        return node.meta
    logger.info("the dtypes of %s depend on which rows have partners: computing", node.name)
    table = isinstance(node.meta, pd.DataFrame)
    apart = table and node.meta.columns.is_unique and node.meta.columns.nlevels == 1
    frame = Projection(node, [node.meta.columns[i] for i in doubtful]) if apart else node
    found = new(Condense(frame, _shape, _common_shape, _common, {}, labels=False, given=0)).compute()
    return with_dtypes(node.meta, dict(zip(doubtful, found.values())) if apart else found)


def in_doubt(node: FrameNode) -> list[int]:
    """The columns of a frame that have other dtypes where rows of joins have no partners."""
    order = topological([node])
    if not any(isinstance(join, Merge) and wider(join) for join in order):
        return []
    dtypes = dtypes_by_place(node.meta)
    try:
        other = dtypes_by_place(_as_if_without_partners(order).meta)
    except (TypeError, ValueError, KeyError):
        return [*dtypes]  # what is done to the columns cannot be done to others
    return [i for i, dtype in dtypes.items() if other.get(i) != dtype]


def _as_if_without_partners(order: Sequence[Node]) -> Any:
    """The last node of an expression in which no row of a join has a partner."""
    results: dict[Node, Node] = {}
    for node in order:
        found = results[node] = (
            node.answer if isinstance(node, Asked) else substitute(node, results)
        )  # it saw real rows
        dtypes = wider(found) if isinstance(found, Merge) else {}
        if dtypes:
            results[node] = Partitionwise(with_dtypes, (found,), {"dtypes": dtypes}, "rows")
    return results[order[-1]]


def _shape(block: Any) -> Shape:
    return len(block) > 0, block[:0]


def _common_shape(shapes: Sequence[Shape]) -> Shape:
    there = [shape for has_rows, shape in shapes if has_rows]
    return bool(there), concat(there or [shapes[0][1]])


def _common(shapes: Sequence[Shape], places: Sequence[int] | None = None) -> dict[int, Any]:
    """The dtypes of all rows together, for columns that have these places."""
    found = dtypes_by_place(_common_shape(shapes)[1])
    return found if places is None else dict(zip(places, found.values()))


class TableTypes(FrameCollection):
    """The dtypes of a DataFrame."""

    @property
    def dtypes(self) -> pd.Series:
        """The dtypes of the columns. Where they depend on which rows of a join have partners, that is found out."""
        found: pd.Series = types(self.expr).dtypes
        return found

    def select_dtypes(self, include: Any = None, exclude: Any = None) -> Any:
        """The columns of some dtypes.

        Parameters
        ----------
        include, exclude
            A dtype or a list of them, as pandas takes them.

        Examples
        --------
        >>> import minidask.dataframe as dd
        >>> dd.from_pandas(pd.DataFrame({"x": [1], "y": ["a"]})).select_dtypes("number").columns.tolist()
        ['x']
        """
        meta = types(self.expr)
        places = meta.set_axis(range(meta.shape[1]), axis=1).select_dtypes(include, exclude).columns.tolist()
        return new(self.expr).iloc[:, places]


class ColumnTypes(FrameCollection):
    """The dtype of a Series or an Index."""

    @property
    def dtype(self) -> Any:
        """The dtype of the values. Where it depends on which rows of a join have partners, that is found out."""
        return types(self.expr).dtype
