"""The nodes of a group-by: aggregates by a tree, whole groups by a shuffle, and rows brought back to their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from minidask.dataframe.group_plans import plan_of, with_dtypes
from minidask.dataframe.meta import Meta, empty, try_on_empty
from minidask.dataframe.node import Columns, Divisions, FrameNode, SameRows, unknown
from minidask.dataframe.reductions import one_row
from minidask.dataframe.shuffle import bring_back, by_hash, by_range, exchange, pack, send_back, together, unpack
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.expr.reduce import tree
from minidask.kernels.grouping import Plan, answer, chunk, merge


@dataclass(frozen=True)
class Grouping:
    """How rows are grouped, and which columns are looked at."""

    options: dict[str, Any]
    """As `groupby` of pandas takes them."""
    select: Any = None
    """None: all columns; a list of labels; or a tuple of one label, for a Series."""
    scalar: bool = False
    """Whether the key was not given in a list."""

    def of(self, block: Any, keys: Sequence[Any], **changes: Any) -> Any:
        """The group-by of a block."""
        grouped = block.groupby(keys[0] if self.scalar else list(keys), **{**self.options, **changes})
        if self.select is None:
            return grouped
        return grouped[list(self.select)] if isinstance(self.select, list) else grouped[self.select[0]]


class OfGroups(FrameNode):
    """A method of the group-by of a frame. Base of those below.

    Fields
    ------
    frame
        DataFrame or Series.
    by
        The keys: labels of columns, and Series nodes with the rows of the frame.
    method, args, kwargs
        Of the group-by of pandas.
    given
        The meta, where it is not to be found on a row of zeros.
    """

    frame: FrameNode
    by: tuple[Any, ...]
    grouping: Grouping
    method: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    given: Meta = None

    @property
    def operation(self) -> str:
        return f"groupby-{self.method}"

    @fact
    def meta(self) -> Meta:
        if self.given is not None:
            return empty(self.given)
        keys = tuple(k.meta if isinstance(k, FrameNode) else k for k in self.by)
        call = (self.grouping, self.frame.meta, keys, self.method, self.args, tuple(self.kwargs.items()))
        return empty(try_on_empty(_of_one_row, call))

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        if self.grouping.select is None or not isinstance(self.frame.meta, pd.DataFrame):
            return {}
        return {self.frame: frozenset([*self.labels, *self.grouping.select])}

    def needs_labels(self, wanted: bool) -> bool:
        return True  # a person's function may look at them

    @property
    def labels(self) -> list[Any]:
        """The keys that are columns."""
        return [k for k in self.by if not isinstance(k, FrameNode)]

    @property
    def series(self) -> list[FrameNode]:
        """The keys that are not."""
        return [k for k in self.by if isinstance(k, FrameNode)]

    @property
    def repeats(self) -> bool:
        """Whether every block of answers would name all categories of a key."""
        dtypes = [k.meta.dtype if isinstance(k, FrameNode) else self.frame.meta[k].dtype for k in self.by]
        return not self.grouping.options["observed"] and any(isinstance(d, pd.CategoricalDtype) for d in dtypes)

    @property
    def counts_categories(self) -> bool:
        """Whether categories are counted: pandas lists them in the order of their first places in all groups."""
        if self.method != "value_counts":
            return False
        meta, select = self.frame.meta, self.grouping.select
        columns = meta if select is None or isinstance(meta, pd.Series) else meta[list(select)]
        dtypes = columns.dtypes if isinstance(columns, pd.DataFrame) else [columns.dtype]
        return any(isinstance(d, pd.CategoricalDtype) for d in dtypes)


def _of_one_row(
    grouping: Grouping, meta: Meta, keys: tuple[Any, ...], method: str, args: tuple[Any, ...], kwargs: Any
) -> Any:
    keys = tuple(one_row(k) if isinstance(k, pd.Series) else k for k in keys)
    grouped = grouping.of(one_row(meta), keys, dropna=False, observed=True)
    return getattr(grouped, method)(*args, **dict(kwargs))


class Aggregated(OfGroups):
    """One row a group, by aggregates that can be made from those of blocks."""

    split_every: int | None = None
    split_out: int = 1

    @fact
    def meta(self) -> Meta:
        found = super().meta
        return empty(with_dtypes(found, self._plan_for(found)))

    @fact
    def plan(self) -> Plan | None:
        """What to compute; None where it takes whole groups."""
        return self._plan_for(self.meta)

    def _plan_for(self, result: Meta) -> Plan | None:
        keys = tuple(k.meta if isinstance(k, FrameNode) else k for k in self.by)
        return plan_of(self.frame.meta, keys, self.grouping, self.method, self.kwargs, result)

    @fact
    def divisions(self) -> Divisions:
        return unknown(self.split_out)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        if self.plan is None or not isinstance(self.frame.meta, pd.DataFrame):
            return super().needs(wanted)
        columns = [o.column for o in self.plan.outputs if o.column is not None]
        return {self.frame: frozenset([*self.labels, *(self.grouping.select or ()), *columns])}

    def needs_labels(self, wanted: bool) -> bool:
        return self.plan is None


@lower(Aggregated)
def aggregate_by_tree(node: Aggregated) -> Node:
    """States of blocks, merged level by level; or sent to several partitions by ranges of their keys."""
    plan = node.plan
    assert plan is not None
    series = iter(node.series)
    keys = tuple(next(series) if isinstance(k, FrameNode) else k for k in node.by)
    names: list[Any] = [k.meta.name if isinstance(k, FrameNode) else k for k in node.by]
    states = blockwise(
        _chunk_of,
        node.frame,
        plan,
        tuple(None if isinstance(k, FrameNode) else (k,) for k in keys),
        *node.series,
        grid=node.frame.grid,
        name=f"{node.name}-chunk",
        label=f"{node.operation}-chunk",
        cheap=True,
    )
    last = partial(
        _finish, plan=plan, names=names, as_index=node.grouping.options.get("as_index", True), meta=node.meta
    )
    if node.split_out == 1:
        return tree(
            states,
            partial(merge, plan=plan),
            last,
            [0],
            name=node.name,
            keepdims=True,
            split_every=node.split_every,
            label=node.operation,
        )
    rows = blockwise(_states_only, states, grid=states.grid, name=f"{node.name}-states", cheap=True)
    targets = by_range(rows, range(plan.keys), node.split_out, f"{node.name}-targets", strict=False)
    pieces = exchange(rows, targets, node.split_out, f"{node.name}-pieces")
    return blockwise(partial(_finish_pieces, last), pieces, grid=node.grid, name=node.name, label=node.operation)


def _chunk_of(block: Any, plan: Plan, labels: tuple[Any, ...], *series: pd.Series) -> list[pd.DataFrame]:
    others = iter(series)
    return chunk(block, [next(others) if label is None else label[0] for label in labels], plan)


def _finish(
    partials: Sequence[list[pd.DataFrame]], plan: Plan, names: list[Any], as_index: bool, meta: Meta
) -> pd.DataFrame | pd.Series:
    """The answer as pandas would give it."""
    found: Any = answer(partials, plan)
    found.index.names = names
    if isinstance(meta, pd.Series):
        return found[0].rename(meta.name)
    if not as_index:
        columns = [*range(len(plan.outputs))]
        found = found.rename_axis(_unique_names(found.index)).reset_index()
        found = found[columns] if len(meta.columns) == len(columns) else found
    found.columns = meta.columns
    return found


def _unique_names(index: pd.Index) -> list[str]:
    return [f"k{i}" for i in range(index.nlevels)]


def _states_only(partials: list[pd.DataFrame]) -> pd.DataFrame:
    return partials[0]


def _finish_pieces(last: Any, pieces: Sequence[pd.DataFrame]) -> Any:
    return last([[piece] for piece in pieces])


class WholeGroups(OfGroups):
    """Whatever pandas gives for whole groups, in the order of their keys."""

    count: int = 1
    """Partitions of the result."""

    @fact
    def divisions(self) -> Divisions:
        return unknown(self.count)


@dataclass(frozen=True)
class Call:
    """A method of a group-by, called on packed rows; see `shuffle.pack`."""

    grouping: Grouping
    frame: Meta
    labels: tuple[Any, ...]
    """For each key its label in a tuple; None for one that came as a Series."""
    names: tuple[Any, ...]
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def groups(self, rows: pd.DataFrame) -> Any:
        """The group-by."""
        block, series = unpack(rows, self.frame, self.names)
        others = iter(series)
        return self.grouping.of(block, [next(others) if label is None else label[0] for label in self.labels])

    def __call__(self, rows: pd.DataFrame) -> Any:
        return self.of(self.groups(rows))

    def of(self, groups: Any) -> Any:
        """What the method gives."""
        return getattr(groups, self.method)(*self.args, **self.kwargs)


def _call_of(node: OfGroups) -> tuple[Call, list[int]]:
    """The call, and where the keys are among the packed columns."""
    meta = node.frame.meta
    width = meta.shape[1] if isinstance(meta, pd.DataFrame) else 1
    labels = tuple(None if isinstance(k, FrameNode) else (k,) for k in node.by)
    places, extra = [], width
    for label in labels:
        places.append(extra if label is None else meta.columns.get_loc(label[0]))
        extra += label is None
    names: tuple[Any, ...] = tuple(k.meta.name for k in node.series)
    return Call(node.grouping, meta, labels, names, node.method, node.args, node.kwargs), places


def _packed(node: OfGroups) -> Node:
    return blockwise(
        pack, node.frame, *node.series, grid=node.frame.grid, name=f"{node.name}-pack", label="pack", cheap=True
    )


@lower(WholeGroups)
def gather_groups(node: WholeGroups) -> Node:
    """Groups to partitions by ranges of keys, so that each is whole, and all are in order."""
    call, places = _call_of(node)
    rows = _packed(node)
    targets = by_range(rows, places, node.count, f"{node.name}-targets", strict=False)
    pieces = exchange(rows, targets, node.count, f"{node.name}-pieces")
    return blockwise(_of_whole_groups, pieces, call, node.meta, grid=node.grid, name=node.name, label=node.operation)


def _of_whole_groups(pieces: Sequence[pd.DataFrame], call: Call, meta: Meta) -> Any:
    groups = call.groups(together(pieces))
    return call.of(groups) if groups.ngroups else meta  # rows without a key make no group


class RowsOfGroups(SameRows, OfGroups):
    """What a method gives for each row, knowing its group; rows stay where they are."""

    mask: bool = False
    """Whether the method selects rows, and what is wanted is which ones."""

    @fact
    def meta(self) -> Meta:
        return super().meta.set_axis(self.frame.meta.index)

    def needs_labels(self, wanted: bool) -> bool:
        return wanted or self.method == "transform"


@lower(RowsOfGroups)
def bring_rows_back(node: RowsOfGroups) -> Node:
    """Rows to partitions by hashes of keys, the method there, and the results back to where the rows came from."""
    call, places = _call_of(node)
    rows = _packed(node)
    count = node.frame.npartitions
    func = partial(_selected, call=call) if node.mask else partial(_of_rows, call=call, meta=node.meta)
    targets = by_hash(rows, places, count, f"{node.name}-targets")
    pieces = exchange(rows, targets, count, f"{node.name}-pieces")
    results = blockwise(send_back, pieces, func, grid=(count,), name=f"{node.name}-back", label=node.operation)
    return bring_back(results, targets, node.name, node.operation)


def _of_rows(rows: pd.DataFrame, call: Call, meta: Meta) -> Any:
    return call(rows) if len(rows) else meta.set_axis(rows.index)


def _selected(rows: pd.DataFrame, call: Call) -> pd.Series:
    """Whether the method selects each row."""
    places = pd.RangeIndex(len(rows))
    found = pd.Series(False, index=places)
    if len(rows):
        found.iloc[call(rows.set_axis(places)).index] = True
    return found.set_axis(rows.index)
