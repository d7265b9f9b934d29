"""One dtype in all partitions, where it depends on data.

Where rows of a join have no partners, or a string has no length because it is missing, pandas has floats for whole
numbers, and objects for truth values (`doubts.py`). Nobody knows before the rows are there, so that the meta says what
holds where nothing is missing. All partitions of one computation agree on what came out (`agreed`), and who asks for
the dtypes learns them from the data, as who asks for a size does (`types`). What a person's function gives for values
one by one has the dtype that pandas gives all of them together, which one partition does not tell either.
"""

from __future__ import annotations

import logging
import operator
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from minidask.dataframe.asked import Asked, OfEach
from minidask.dataframe.at_home import shape_of
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.blocks import concat
from minidask.dataframe.doubts import is_by_value, wider
from minidask.dataframe.keeping import WithKept
from minidask.dataframe.merging import Merge, Met
from minidask.dataframe.meta import Meta
from minidask.dataframe.node import Assign, Filter, FrameNode, Partitionwise, Projection, SameRows
from minidask.dataframe.partitions import Pick
from minidask.dataframe.reductions import Reduction
from minidask.dataframe.schema import dtypes_by_place, with_dtypes
from minidask.dataframe.tallies import Condense
from minidask.dataframe.value_dtypes import of_values, telling_rows
from minidask.dataframe.whole_groups import RowsOfGroups
from minidask.expr.blocks import blockwise, everything, gather
from minidask.expr.node import Node, as_of, fact
from minidask.expr.pipeline import agree as agree_pass
from minidask.expr.pipeline import lower
from minidask.expr.rewrite import consumers, substitute, topological

logger = logging.getLogger("minidask.dataframe")

Shape = tuple[bool, Any]
"""Whether a block has rows, and those that tell its dtypes: none of them, or one for each kind of value."""
_NUMBERS = frozenset("iuf")


class Agreed(SameRows):
    """The rows of a frame with columns of one dtype in all partitions.

    Fields
    ------
    by_value
        Whether the dtype follows from the values of all partitions together, rather than from the dtypes of each.
    """

    by_value: bool = False

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
    args: tuple[Any, ...] = (_shape, source, node.by_value) if met is None else (shape_of, met)
    rows = args[1].grid
    shapes = blockwise(*args, grid=rows, name=f"{name}-types", label="types", cheap=True)
    told = node.by_value, None if met is None else met.places
    types = gather(_common, shapes, everything(rows), *told, grid=(), name=f"{name}-agreed", label="types")
    return blockwise(with_dtypes, source, types, grid=node.grid, name=name, label="agree", cheap=True)


@agree_pass
def agreed(roots: Sequence[Node]) -> list[Node]:
    """Frames whose dtypes depend on data agree on them, and so does what is stacked of them.

    Where partitions of one are picked, these agree alone. Nobody waits for numbers that are only added up.
    """
    order = topological(roots)
    if not any(map(wider, order)):
        return list(roots)
    users = consumers(roots)
    chosen: dict[Any, bool] = {}
    for node in order:
        if _has_to_agree(node, roots, users):
            chosen |= dict.fromkeys(_looked_at(node, roots, users), is_by_value(node))
    results: dict[Node, Node] = {}
    for node in order:
        with as_of(node):
            found: Any = substitute(node, results)
            apart = node in chosen and found.npartitions > 1 and not _agrees(users.get(node, ()))
            results[node] = Agreed(found, chosen[node]) if apart else found
    return [results[root] for root in roots]


def _has_to_agree(node: Node, roots: Sequence[Node], users: Mapping[Node, Sequence[Node]]) -> bool:
    if getattr(node, "unsettled", ()) or is_by_value(node):
        return True
    found = wider(node)
    return bool(found) and not (_only_numbers(node, found) and not _told_apart(node, roots, users))


def _looked_at(frame: Any, roots: Sequence[Node], users: Mapping[Node, Sequence[Node]]) -> Iterable[Any]:
    """The nodes that others look at: of a frame of which only some partitions are taken, or one is known, these."""
    above = users.get(frame, ())
    if frame in roots or not above or not all(isinstance(node, Pick | WithKept) for node in above):
        return [frame]
    return chain.from_iterable(_looked_at(node, roots, users) for node in above)


def _only_numbers(node: Any, found: Mapping[int, Any]) -> bool:
    """Whether columns are of numbers in any case."""
    dtypes = dtypes_by_place(node.meta)
    kinds = {getattr(d, "kind", "") for i in found for d in (dtypes[i], found[i])}
    return isinstance(node, Partitionwise | RowsOfGroups) and kinds <= _NUMBERS


def _told_apart(node: Node, roots: Sequence[Node], users: Mapping[Node, Sequence[Node]]) -> bool:
    """Whether anybody may tell whole numbers from floats: what is done to them but arithmetic and reductions."""
    seen = [node]
    for found in seen:  # which grows meanwhile
        if found in roots:
            return True
        for user in users.get(found, ()):
            if isinstance(user, Reduction) or (isinstance(user, Filter) and user.frame is not found):
                continue
            if not isinstance(user, Projection | Assign | Filter) and not _is_arithmetic(user):
                return True
            if user not in seen:
                seen.append(user)
    return False


def _is_arithmetic(node: Node) -> bool:
    return isinstance(node, Partitionwise) and getattr(node.func, "__module__", "") == operator.add.__module__


def _agrees(users: Sequence[Node]) -> bool:
    """Whether it does so already, in an expression that has come this way before."""
    return any(isinstance(node, Agreed) for node in users)


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
    logger.info("the dtypes of %s depend on the data: computing", node.name)
    for asked in topological([node]):
        if isinstance(asked, OfEach) and is_by_value(asked):
            asked.keep_all()
    table = isinstance(node.meta, pd.DataFrame)
    apart = table and node.meta.columns.is_unique and node.meta.columns.nlevels == 1
    frame = Projection(node, [node.meta.columns[i] for i in doubtful]) if apart else node
    found = new(Condense(frame, _shape, _common_shape, _common, {}, labels=False, given=0)).compute()
    return with_dtypes(node.meta, dict(zip(doubtful, found.values())) if apart else found)


def settled(node: FrameNode) -> FrameNode:
    """A frame by whose meta one may go: the dtypes of what functions gave value by value are found out.

    The meta of joins, and of where values may be missing, holds the values that are there: it stays.

    Raises
    ------
    Exception
        Whatever computing raises.
    """
    if not _in_doubt_by_values(node):
        return node
    meta = types(node)
    made: FrameNode = Partitionwise(with_dtypes, (node, dtypes_by_place(meta)), {}, "rows", given=meta)
    return made


def as_objects(node: FrameNode) -> Meta:
    """The meta with objects, of which nobody knows the type, where functions gave value by value: nothing is made."""
    return with_dtypes(node.meta, dict.fromkeys(_in_doubt_by_values(node), object))


def _in_doubt_by_values(node: FrameNode) -> list[int]:
    """The columns in doubt of a frame below which a function gave value by value."""
    return in_doubt(node) if any(map(is_by_value, topological([node]))) else []


def in_doubt(node: FrameNode) -> list[int]:
    """The columns of a frame that may come with other dtypes than its meta has (`doubts.wider`)."""
    order = topological([node])
    if not any(map(wider, order)):
        return []
    dtypes = dtypes_by_place(node.meta)
    try:
        other = dtypes_by_place(_with_doubts_come_true(order).meta)
    except (TypeError, ValueError, KeyError, AttributeError, NotImplementedError):
        return [*dtypes]  # what is done to the columns cannot be done to others
    return [i for i, dtype in dtypes.items() if other.get(i) != dtype]


def _with_doubts_come_true(order: Sequence[Node]) -> Any:
    """The last node of an expression in which no row of a join has a partner, and values are missing everywhere."""
    results: dict[Node, Node] = {}
    for node in order:
        saw_rows = node if isinstance(node, Asked) else None
        found = results[node] = substitute(node, results) if saw_rows is None else saw_rows.answer
        dtypes = wider(saw_rows or found)
        if dtypes:
            results[node] = Partitionwise(with_dtypes, (found,), {"dtypes": dtypes}, "rows")
    return results[order[-1]]


def _shape(block: Any, by_value: bool = False) -> Shape:
    return len(block) > 0, telling_rows(block) if by_value else block[:0]


def _common_shape(shapes: Sequence[Shape]) -> Shape:
    there = [shape for has_rows, shape in shapes if has_rows]
    return bool(there), concat(there or [shapes[0][1]])


def _common(shapes: Sequence[Shape], by_value: bool = False, places: Sequence[int] | None = None) -> dict[int, Any]:
    """The dtypes of all rows together, for columns that have these places."""
    found = of_values([rows for _, rows in shapes]) if by_value else dtypes_by_place(_common_shape(shapes)[1])
    return found if places is None else dict(zip(places, found.values()))


class TableTypes(FrameCollection):
    """The dtypes of a DataFrame."""

    @property
    def dtypes(self) -> pd.Series:
        """The dtypes of the columns. Where they depend on the data, as in joins, they are found out."""
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
        """The dtype of the values. Where it depends on the data, as in joins, it is found out."""
        return types(self.expr).dtype
