"""The node of a join, and the four ways to do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.at_home import ROW, away, send_home, settle
from minidask.dataframe.joined import Column, as_text, columns_of, joined_by_keys, key_labels
from minidask.dataframe.lineage import only
from minidask.dataframe.meta import Meta, try_on_empty
from minidask.dataframe.node import Columns, Divisions, FrameNode, unknown
from minidask.dataframe.row_counts import added, lengths_of
from minidask.dataframe.shuffle import by_hash, exchange, ranges, target_ranges, together
from minidask.dataframe.statistics import missing
from minidask.expr.blocks import One, blockwise, everything, exchanged, gather
from minidask.expr.grid import Grid
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.sorted_rows import counts_by_target


class Merge(FrameNode):
    """The join of two DataFrames.

    Fields
    ------
    options
        As `merge` of pandas takes them.
    way
        "broadcast": the side with one partition goes to all partitions of the other. "aligned": both are divided
        alike. "hash": rows of equal keys meet in a partition, and go from there to where the side that gives the
        order had them. "range": as for an outer join, whose rows are sorted by key.
    columns
        Those that are made, in this order; None: all.
    """

    left: FrameNode
    right: FrameNode
    options: dict[str, Any]
    way: str
    columns: tuple[Column, ...] | None = None

    @property
    def summary(self) -> str:
        made = "" if self.columns is None else f", columns={list(self.meta.columns)}"
        return f"options={self.options}, way={self.way!r}{made}"

    @fact
    def meta(self) -> Meta:
        items = tuple(self.options.items())
        return try_on_empty(_merge_by_items, (self.left.meta, self.right.meta, items, self.columns))

    @property
    def first(self) -> FrameNode:
        """The side that gives the order."""
        return self.right if self.ordering == "right" else self.left

    @property
    def ordering(self) -> str:
        """Its name."""
        return "right" if self.options["how"] == "right" else "left"

    @fact
    def divisions(self) -> Divisions:
        if self.way == "aligned":
            return self.left.divisions
        if self.way == "range":
            return unknown(max(self.left.npartitions, self.right.npartitions))
        on_index = self.options.get("left_index") and self.options.get("right_index")
        return self.first.divisions if self.way == "broadcast" and on_index else unknown(self.first.npartitions)

    def keys(self, side: str) -> list[Any] | None:
        """The labels of the key columns of a side; None: its index."""
        if self.options.get(f"{side}_index"):
            return None
        return key_labels(self.options)[side == "right"]

    @property
    def sources(self) -> tuple[Column, ...] | None:
        """Where the columns come from; None where pandas makes some of both sides, or a new one."""
        if self.columns is not None:
            return self.columns
        found = columns_of(self.left.meta.columns, self.right.meta.columns, self.options)
        return tuple(found) if len(found) == len(self.meta.columns) else None

    def narrow(self, wanted: frozenset[Any]) -> FrameNode:
        if self.sources is None:
            return self
        kept = tuple(source for label, source in zip(self.meta.columns, self.sources) if label in wanted)
        return self if len(kept) == len(self.sources) else self.replace(columns=kept)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        if wanted is None:
            return {}
        suffixes = [suffix or "" for suffix in self.options.get("suffixes", ("_x", "_y"))]
        both = set(self.left.meta.columns) & set(self.right.meta.columns)
        always = {*(self.keys("left") or ()), *(self.keys("right") or ())}
        found: dict[Node, Columns] = {}
        for side in (self.left, self.right):
            kept = {
                c
                for c in side.meta.columns
                if c in always or c in wanted or (c in both and any(f"{c}{s}" in wanted for s in suffixes))
            }
            found[side] = frozenset(kept) | (found.get(side) or frozenset())
        return found

    def looked_at(self, side: FrameNode, asked: Columns) -> Columns:
        """The columns of a side whose values matter, where others look at the `asked` ones of the result; None: all.

        Of the others strings may come as categories.
        """
        if asked is None or self.way != "broadcast" or self.options["how"] not in ("inner", "left", "right"):
            return None
        left, right = self.keys("left"), self.keys("right")
        if left is None or right is None:
            return None
        once = {one for one, other in zip(left, right) if one == other}
        both = set(self.left.meta.columns) & set(self.right.meta.columns)
        others = {*left, *right}.difference(*self.texts)
        return frozenset(c for c in side.meta.columns if c in asked or c in others or (c in both and c not in once))

    @property
    def texts(self) -> list[tuple[Any, Any]]:
        """The pairs of keys that are strings on both sides, which a block may have as categories."""
        pairs = zip(self.keys("left") or (), self.keys("right") or ())
        kinds = [(self.left.meta.dtypes, one, self.right.meta.dtypes, other) for one, other in pairs]
        return [(one, other) for mine, one, its, other in kinds if _is_text(mine.get(one)) and _is_text(its.get(other))]

    def needs_labels(self, wanted: bool) -> bool:
        return self.keys("left") is None or self.keys("right") is None

    def filtered(self, columns: Columns, below: Callable[[FrameNode], FrameNode]) -> FrameNode | None:
        """The join of sides of which `below` leaves out rows by these columns; None where they are not those of a side.

        A side may lose rows that are left out later, unless the other side would get missing values for them.
        """
        if self.options.get("validate") is not None:
            return None
        free = {"inner": ("left", "right"), "cross": ("left", "right"), "left": ("left",), "right": ("right",)}
        sides = [side for side in free.get(self.options["how"], ()) if self._gives(side, columns)]
        return self.replace(**{side: below(getattr(self, side)) for side in sides}) if sides else None

    def row_counts(self) -> Node:
        """The rows of each partition: where keys meet they are known before the rows are put in their order."""
        if self.way != "hash":
            return lengths_of(self)
        met = Met(self)
        sizes = blockwise(counts_by_target, met, grid=met.grid, name=f"{met.name}-counts", label="len", cheap=True)
        return gather(added, sizes, everything(met.grid), grid=(), name=f"{self.name}-counts", label="len")

    def _gives(self, side: str, columns: Columns) -> bool:
        """Whether a side has these columns, as the result has them."""
        mine, other = self.left.meta, self.right.meta
        mine, other = (mine, other) if side == "left" else (other, mine)
        on = self.options.get("on")
        shared = set() if on is None else set(on if isinstance(on, list) else [on])
        there = [c in mine.columns and (c in shared or c not in other.columns) for c in columns or ()]
        return bool(there) and all(there) and all(mine[c].dtype == self.meta[c].dtype for c in columns or ())


def _merge_by_items(left: pd.DataFrame, right: pd.DataFrame, options: Any, columns: Any) -> Any:
    return merge_blocks(left, right, dict(options), columns=columns)


def _is_text(dtype: Any) -> bool:
    return isinstance(dtype, pd.StringDtype)


def merge_blocks(
    left: pd.DataFrame,
    right: pd.DataFrame,
    options: Mapping[str, Any],
    apart: bool = True,
    texts: Sequence[tuple[Any, Any]] = (),
    columns: Sequence[Column] | None = None,
) -> Any:
    """`merge` of pandas, with an index that does not depend on which rows are there.

    Of two sides of which one is joined by its index, the rows have the labels of the other one; for pandas those of
    the first where the other is empty. `apart`: the rows may be part of more, so that this would say nothing.
    `texts`: keys of strings, which may come as categories. `columns`: those wanted; None: all.
    """
    found = joined_by_keys(left, right, options, texts, columns)
    if found is not None:
        return found
    left, right = (as_text(side, keys) for side, keys in zip((left, right), list(zip(*texts)) or [(), ()]))
    found = left.merge(right, **options)
    if columns is not None:
        there = columns_of(left.columns, right.columns, options)
        found = found.iloc[:, [there.index(column) for column in columns]]
    giver = _gives_labels(left, right, options)
    if giver is None:
        return found
    index = found.index
    by_one = not all(_by_index(options))
    if by_one and not len(found):
        index = giver.index[:0]
    elif (by_one and apart and not len(giver)) or index.nlevels != giver.index.nlevels:
        index = _without_labels(giver.index, len(found))
    if index is found.index and index.names == giver.index.names:
        return found
    return found.set_axis(index.set_names(giver.index.names))


def _without_labels(like: pd.Index, count: int) -> pd.Index:
    """The labels of so many rows that have none."""
    if isinstance(like, pd.MultiIndex):
        levels: Any = like.levels
        return pd.MultiIndex(levels, [[-1] * count] * like.nlevels, names=like.names)
    return like[:0].append(pd.Index([missing(like.dtype)])).take([0] * count)


def _by_index(options: Mapping[str, Any]) -> tuple[bool, bool]:
    return bool(options.get("left_index")), bool(options.get("right_index"))


def _gives_labels(left: pd.DataFrame, right: pd.DataFrame, options: Mapping[str, Any]) -> pd.DataFrame | None:
    """The side whose labels the rows have: the one that is joined by columns; else the first one. None: neither."""
    by_index = _by_index(options)
    if not any(by_index):
        return None
    return right if (options["how"] == "right" if all(by_index) else by_index[0]) else left


@lower(Merge)
def merge(node: Merge) -> Node:
    """As its `way` says."""
    return _WAYS[node.way](node)


def _block_by_block(node: Merge) -> Node:
    sides = node.left, node.right
    reads = {i: One((None if side.npartitions == 1 else 0,)) for i, side in enumerate(sides)}
    options: dict[str, Any] = {"grid": node.grid, "reads": reads, "name": node.name, "label": "merge"}
    columns = node.right if node.options.get("left_index") else node.left
    return blockwise(merge_blocks, *sides, node.options, columns.npartitions > 1, node.texts, node.columns, **options)


def _key_frames(node: Merge, sides: Mapping[str, FrameNode]) -> list[Node]:
    """For each side the keys alone."""
    numbers = _by_numbers(node)
    return [
        blockwise(
            _keys_of, frame, node.keys(side), numbers, grid=frame.grid, name=f"{node.name}-keys-{side}", cheap=True
        )
        for side, frame in sides.items()
    ]


def _by_numbers(node: Merge) -> dict[int, pd.Index | None]:
    """The keys that pandas orders by numbers: those of the same categories on both sides; and moments (None).

    Missing ones are then the least.
    """
    left, right = (_keys_of(f.meta, node.keys(s), {}) for s, f in (("left", node.left), ("right", node.right)))
    pairs = zip(left.dtypes, right.dtypes)
    return {i: getattr(a, "categories", None) for i, (a, b) in enumerate(pairs) if a == b and _is_numbered(a)}


def _is_numbered(dtype: Any) -> bool:
    numpy = isinstance(dtype, np.dtype | pd.DatetimeTZDtype)
    return isinstance(dtype, pd.CategoricalDtype) or (numpy and dtype.kind in "mM")


def _keys_of(block: Any, labels: list[Any] | None, numbers: Mapping[int, pd.Index | None]) -> pd.DataFrame:
    """The keys in numbered columns."""
    if labels is None:
        keys = block.index.to_frame(index=False)
    else:
        keys = pd.DataFrame({i: block[label].array for i, label in enumerate(labels)}, copy=False)
    keys = keys.set_axis(range(keys.shape[1]), axis=1)
    for i, known in numbers.items():
        keys[i] = keys[i].astype("int64") if known is None else keys[i].cat.set_categories(known).cat.codes
    return keys


def _by_hash(node: Merge) -> Node:
    """The keys of the side that gives the order meet the rows of the other one, which come back with their numbers."""
    stay = _places_at_home(node)
    block: tuple[Any, ...] = ()
    if stay:
        home = only(node.first, stay)
        block = home, [home.meta.columns.get_loc(label) for label in stay]
    met, grid = Met(node), node.first.grid
    reads = {0: exchanged(met.grid, grid[0])}
    args = (met, node.meta.columns, list((stay or {}).values()), *block)
    return blockwise(settle, *args, grid=grid, reads=reads, name=node.name, label="order")


class Met(Node):
    """The rows of a join where equal keys have met: sorted by the partition to which each goes."""

    join: Merge

    @property
    def operation(self) -> str:
        return "merge"

    @fact
    def grid(self) -> Grid:
        return (max(self.join.left.npartitions, self.join.right.npartitions),)

    @property
    def places(self) -> list[int]:
        """The positions that the columns which come back have in the result."""
        stay = {*(_places_at_home(self.join) or {}).values()}
        return [i for i in range(len(self.join.meta.columns)) if i not in stay]


@lower(Met)
def meet(met: Met) -> Node:
    """Rows of both sides go where the hash of their key says, and are joined there."""
    node, (count,) = met.join, met.grid
    sides = {"left": node.left, "right": node.right}
    stay = _places_at_home(node)
    travel = [label for label in node.first.meta.columns if stay is None or label in (node.keys(node.ordering) or ())]
    sides[node.ordering] = only(node.first, travel)
    labels = any(_by_index(node.options))
    pieces = []
    for (side, frame), keys in zip(sides.items(), _key_frames(node, sides)):
        rows: Node = frame
        if side == node.ordering:
            of = [i for i, label in enumerate(frame.meta.columns) if label in travel]
            rows = blockwise(away, frame, of, grid=frame.grid, name=f"{node.name}-away", label="away", cheap=True)
        width = range(len(node.keys(side) or frame.meta.index.names))
        targets = by_hash(keys, width, count, f"{node.name}-targets-{side}")
        pieces.append(exchange(rows, targets, count, f"{node.name}-{side}", labels=labels))
    told = (node.ordering, node.options, _sent_home(node, stay), labels)
    return blockwise(_merge_and_send, *pieces, *told, grid=met.grid, name=met.name, label="merge")


def _places_at_home(node: Merge) -> dict[Any, int] | None:
    """The columns that stay where they are, and their positions in the result; None: none may.

    Keys stay if they are numbers on both sides: others may come out in another dtype.
    """
    if node.sources is None or not node.first.meta.columns.is_unique:
        return None
    aside, other = ("left", node.left) if node.ordering == "right" else ("right", node.right)
    keys = node.keys(node.ordering) or []
    others = node.keys(aside) or [None] * len(keys)
    change = {one for one, its in zip(keys, others) if not (_is_number(node.first, one) and _is_number(other, its))}
    return {label: i for i, (side, label) in enumerate(node.sources) if side == node.ordering and label not in change}


def _is_number(frame: FrameNode, label: Any) -> bool:
    dtype = frame.meta.dtypes.get(label)
    return isinstance(dtype, np.dtype) and dtype.kind in "iuf"


def _sent_home(node: Merge, stay: Mapping[Any, int] | None) -> list[Column] | None:
    """The columns of the join that do not stay, and the numbers of rows; None: all."""
    if stay is None:
        return None
    places = {*stay.values()}
    return [(node.ordering, ROW), *(source for i, source in enumerate(node.sources or ()) if i not in places)]


def _merge_and_send(
    left: Sequence[Any],
    right: Sequence[Any],
    ordering: str,
    options: Mapping[str, Any],
    columns: Sequence[Column] | None,
    labels: bool,
) -> Any:
    """The join of the rows that met here, which keeps the order of one side, and so the order of its partitions."""
    if ordering == "right":
        other = together(left)
        return send_home(right, lambda rows: merge_blocks(other, rows, options, columns=columns), labels)
    other = together(right)
    return send_home(left, lambda rows: merge_blocks(rows, other, options, columns=columns), labels)


def _by_range(node: Merge) -> Node:
    count = node.npartitions
    keys = _key_frames(node, {"left": node.left, "right": node.right})
    width = list(range(len(node.keys("left") or node.left.meta.index.names)))
    splitters = ranges(keys, width, count, f"{node.name}-ranges", strict=False)
    pieces = []
    for side, rows, key in zip(("left", "right"), (node.left, node.right), keys):
        targets = target_ranges(key, width, splitters, f"{node.name}-targets-{side}")
        pieces.append(exchange(rows, targets, count, f"{node.name}-{side}", labels=any(_by_index(node.options))))
    told = (node.options, node.columns)
    return blockwise(_merge_pieces, *pieces, *told, grid=node.grid, name=node.name, label="merge")


def _merge_pieces(
    left: Sequence[Any], right: Sequence[Any], options: Mapping[str, Any], columns: Sequence[Column] | None
) -> pd.DataFrame:
    found: pd.DataFrame = merge_blocks(together(left), together(right), options, columns=columns)
    return found


_WAYS: dict[str, Callable[[Merge], Node]] = {
    "broadcast": _block_by_block,
    "aligned": _block_by_block,
    "hash": _by_hash,
    "range": _by_range,
}
