"""The nodes of a group-by: what they share, and aggregates by a tree. See `whole_groups` for the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from minidask.dataframe.group_plans import columns_of, plan_of, with_dtypes
from minidask.dataframe.meta import Meta, empty, remembered
from minidask.dataframe.node import Columns, Divisions, FrameNode, Projection, unknown
from minidask.dataframe.reductions import one_row, stand_ins
from minidask.dataframe.shuffle import by_hash, by_range, exchange, together
from minidask.expr.blocks import blockwise, everything, gather
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.expr.reduce import SPLIT_EVERY, level, tree
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
    via
        Windows of the group-by that have the method: "rolling", "resample" or the like, and its arguments.
    """

    frame: FrameNode
    by: tuple[Any, ...]
    grouping: Grouping
    method: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    given: Meta = None
    via: tuple[Any, ...] | None = None

    @property
    def operation(self) -> str:
        return f"groupby-{self.via[0]}-{self.method}" if self.via else f"groupby-{self.method}"

    @fact
    def meta(self) -> Meta:
        if self.given is not None:
            return empty(self.given)
        asked = (self.via, self.method, self.args, tuple(self.kwargs.items()))
        return remembered(_of_one_row, (self.grouping, self.used_meta, self.key_metas, asked))

    @property
    def used(self) -> Columns:
        """The columns of the frame that matter."""
        return None if self.grouping.select is None else frozenset([*self.labels, *self.grouping.select])

    @property
    def used_meta(self) -> Meta:
        """The meta of the frame without the columns that do not matter, so that it is the same once they are gone."""
        meta, used = self.frame.meta, self.used
        if used is None or not isinstance(meta, pd.DataFrame):
            return meta
        there = [c in used for c in meta.columns]
        return meta if all(there) else remembered(_some_columns, (meta, there))

    @property
    def key_metas(self) -> tuple[Any, ...]:
        """The keys: labels, and metas of Series."""
        return tuple(k.meta if isinstance(k, FrameNode) else k for k in self.by)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: self.used} if isinstance(self.frame.meta, pd.DataFrame) else {}

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
    def places_of_keys(self) -> tuple[tuple[Any] | None, ...]:
        """For each key the label of its column, in a tuple; None: it is a Series."""
        return tuple(None if isinstance(k, FrameNode) else (k,) for k in self.by)

    @property
    def key_nodes(self) -> list[FrameNode]:
        """The keys as Series."""
        return [k if isinstance(k, FrameNode) else Projection(self.frame, k) for k in self.by]

    @property
    def key_names(self) -> list[Any]:
        """What the keys are called."""
        return [k.meta.name if isinstance(k, FrameNode) else k for k in self.by]

    @property
    def repeats(self) -> bool:
        """Whether every block of answers would name all categories of a key."""
        categories = any(isinstance(dtype, pd.CategoricalDtype) for dtype in self.key_dtypes)
        return not self.grouping.options["observed"] and categories

    @property
    def key_dtypes(self) -> list[Any]:
        """The dtypes of the keys."""
        return [k.meta.dtype if isinstance(k, FrameNode) else self.frame.meta[k].dtype for k in self.by]

    @property
    def looked_at(self) -> frozenset[Any] | None:
        """The columns whose values matter, where strings that are keys may come as categories; None: they may not."""
        return None

    @property
    def counts_categories(self) -> bool:
        """Whether categories are counted: pandas lists them in the order of their first places in all groups."""
        if self.method != "value_counts":
            return False
        meta, select = self.frame.meta, self.grouping.select
        columns = meta if select is None or isinstance(meta, pd.Series) else meta[list(select)]
        dtypes = columns.dtypes if isinstance(columns, pd.DataFrame) else [columns.dtype]
        return any(isinstance(d, pd.CategoricalDtype) for d in dtypes)


def _some_columns(meta: pd.DataFrame, there: list[bool]) -> pd.DataFrame:
    return meta.loc[:, there]


def _of_one_row(grouping: Grouping, meta: Meta, keys: tuple[Any, ...], asked: tuple[Any, ...]) -> Meta:
    """What a method gives for groups of one row, without that."""
    rows = one_row(meta)
    for k in keys:
        if not isinstance(k, pd.Series):
            rows[k] = _any_object(rows[k])
    keys = tuple(_any_object(one_row(k)) if isinstance(k, pd.Series) else k for k in keys)
    via, method, args, kwargs = asked
    if method == "cov" and not via:
        method, kwargs = "corr", ()  # which looks alike, and does not mind that there is one row
    groups = grouping.of(rows, keys, dropna=False, observed=True)
    return _forgetful(empty(called(groups, via, method, stand_ins(args), stand_ins(dict(kwargs)))))


def _any_object(key: Any) -> Any:
    """The one row of a key: for one of objects something that labels have no better dtype for, as zeros would."""
    of_objects = isinstance(key, pd.Series) and key.dtype == object
    return pd.Series([object()], key.index, name=key.name) if of_objects else key


def _forgetful(meta: Meta) -> Meta:
    """The meta without the labels of the row that it was found on: several levels keep them."""
    index = meta.index
    return meta.set_axis(index.remove_unused_levels()) if isinstance(index, pd.MultiIndex) else meta


def called(
    groups: Any, via: tuple[Any, ...] | None, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """What a method, or a property, of a group-by of pandas gives; or one of its windows."""
    if via:
        kind, options, *chosen = via
        groups = getattr(groups, kind)(**options)
        for key in chosen:
            groups = groups[key]
    found = getattr(groups, method)
    return found(*args, **kwargs) if callable(found) else found


class Aggregated(OfGroups):
    """One row a group, by aggregates that can be made from those of blocks."""

    split_every: int | None = None
    split_out: int = 1

    @fact
    def meta(self) -> Meta:
        return self._planned[1]

    @fact
    def plan(self) -> Plan | None:
        """What to compute; None where it takes whole groups."""
        return self._planned[0]

    @fact
    def _planned(self) -> tuple[Plan | None, Meta]:
        asked = (self.used_meta, self.key_metas, self.grouping, self.method, self.kwargs, super().meta)
        return remembered(_planned, asked)

    @property
    def used(self) -> Columns:
        columns = columns_of(self.method, self.kwargs) if self.grouping.select is None else None
        return super().used if columns is None else frozenset([*self.labels, *columns])

    @fact
    def divisions(self) -> Divisions:
        return unknown(self.split_out)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        if self.plan is None or not isinstance(self.frame.meta, pd.DataFrame):
            return super().needs(wanted)
        kept = self._kept(wanted)
        return super().needs(wanted) if kept is None else {self.frame: frozenset([*self.labels, *kept])}

    def narrow(self, wanted: frozenset[Any]) -> FrameNode:
        kept = self._kept(wanted)
        if kept is None or len(kept) == len(self._columns):
            return self
        return self.replace(grouping=replace(self.grouping, select=kept))

    @property
    def _columns(self) -> list[Any]:
        """The columns of the result that are not keys."""
        return [c for c in self.meta.columns if c not in self.labels]

    def _kept(self, wanted: Columns) -> list[Any] | None:
        """The columns whose aggregates are wanted, one at least; None where they cannot be told apart."""
        several = isinstance(self.meta, pd.DataFrame) and isinstance(self.frame.meta, pd.DataFrame)
        if wanted is None or not several or self.plan is None or self.given is not None or self.via is not None:
            return None
        columns = self._columns
        if self.meta.columns.nlevels > 1 or columns != [o.column for o in self.plan.outputs]:
            return None
        return [c for c in columns if c in wanted] or columns[:1]

    def needs_labels(self, wanted: bool) -> bool:
        return self.plan is None

    @property
    def looked_at(self) -> frozenset[Any] | None:
        if self.plan is None or self.plan.whole:
            return None
        return frozenset(o.column for o in self.plan.outputs if o.column is not None)


def _planned(
    meta: Meta, keys: tuple[Any, ...], grouping: Grouping, method: str, kwargs: dict[str, Any], found: Meta
) -> tuple[Plan | None, Meta]:
    """The plan, and what comes of it where pandas gives `found`."""
    plan = plan_of(meta, keys, grouping, method, kwargs, found)
    return plan, empty(with_dtypes(found, plan))


@lower(Aggregated)
def aggregate_by_tree(node: Aggregated) -> Node:
    """States of blocks, merged level by level; or sent to several partitions by ranges of their keys."""
    assert node.plan is not None
    plan = replace(node.plan, many=node.split_out > 1)
    labels = node.places_of_keys
    rows, told = (_whole_rows(node, plan, labels), ()) if plan.whole else (node.frame, tuple(node.series))
    func, name = _chunk_of_pieces if plan.whole else _chunk_of, f"{node.name}-chunk"
    cheap = node.split_out == 1  # else they are looked at twice: to find ranges of keys, and to send them there
    states = blockwise(
        func, rows, plan, labels, *told, grid=rows.grid, name=name, label=f"{node.operation}-chunk", cheap=cheap
    )
    as_index = node.grouping.options.get("as_index", True)
    last = partial(_finish, plan=plan, names=node.key_names, as_index=as_index, meta=node.meta)
    combine, label = partial(merge, plan=plan), node.operation
    if node.split_out > 1:
        return _spread(states, plan, last, node.split_out, node.name, label)
    if node.split_every or node.repeats or plan.distinct or not plan.sort or states.grid[0] <= SPLIT_EVERY:
        return tree(
            states, combine, last, [0], name=node.name, keepdims=True, split_every=node.split_every, label=label
        )
    merged = states if plan.whole else level(states, combine, [0], name=f"{node.name}-1", label=label)
    spread = _spread(merged, plan, last, min(_MOST_RANGES, merged.grid[0]), f"{node.name}-spread", label, _FEW)
    return gather(_one, spread, everything(spread.grid), as_index, grid=node.grid, name=node.name, label=label)


_FEW = 500_000
"""Groups of blocks that one task merges."""
_MOST_RANGES = 64


def _spread(
    states: Node, plan: Plan, last: Callable[..., Any], count: int, name: str, label: str, fewest: int = 0
) -> Node:
    """The answer by ranges of keys, so that no task has all groups; fewer rows than `fewest` are in the first."""
    rows = blockwise(_states_only, states, grid=states.grid, name=f"{name}-states", cheap=True)
    targets = by_range(rows, range(plan.keys), count, f"{name}-targets", strict=False, fewest=fewest)
    pieces = exchange(rows, targets, count, f"{name}-pieces", labels=False)
    return blockwise(partial(_finish_pieces, last), pieces, grid=(count,), name=name, label=label)


def _one(ranges: Sequence[Any], labelled: bool) -> Any:
    """The answers of all ranges of keys as one, with the keys as labels or with numbers."""
    found: Any = together(ranges)
    return found if labelled else found.set_axis(pd.RangeIndex(len(found)))


def _chunk_of(block: Any, plan: Plan, labels: tuple[Any, ...], *series: pd.Series) -> list[pd.DataFrame]:
    others = iter(series)
    return chunk(block, [next(others) if label is None else label[0] for label in labels], plan)


def _finish(
    partials: Sequence[list[pd.DataFrame]], plan: Plan, names: list[Any], as_index: bool, meta: Meta
) -> pd.DataFrame | pd.Series:
    """The answer as pandas would give it."""
    found: Any = answer(partials, plan)
    if as_index:
        found.index = _inferred(found.index)
    found.index.names = names
    if isinstance(meta, pd.Series):
        return found[0].rename(meta.name)
    if not as_index:
        columns = [*range(len(plan.outputs))]
        found = found.rename_axis(_unique_names(found.index)).reset_index()
        found = found[columns] if len(meta.columns) == len(columns) else found
    found.columns = meta.columns
    return found


def _inferred(index: pd.Index) -> pd.Index:
    """Labels that are objects with the dtype that their values have, as pandas tells labels of groups."""
    if isinstance(index, pd.MultiIndex):
        levels: Any = [level.infer_objects() for level in index.levels]
        return index.set_levels(levels, verify_integrity=False)
    return index.infer_objects()


def _unique_names(index: pd.Index) -> list[str]:
    return [f"k{i}" for i in range(index.nlevels)]


def _whole_rows(node: Aggregated, plan: Plan, labels: tuple[Any, ...]) -> Node:
    """Pieces of rows that have their keys and what is aggregated; those with equal keys are in one partition."""
    grid, count = node.frame.grid, node.frame.npartitions
    rows = blockwise(
        _keyed, node.frame, plan, labels, *node.series, grid=grid, name=f"{node.name}-rows", label="pack", cheap=True
    )
    targets = by_hash(rows, range(plan.keys), count, f"{node.name}-hash")
    return exchange(rows, targets, count, f"{node.name}-whole", labels=False)


def _keyed(block: Any, plan: Plan, labels: tuple[Any, ...], *series: pd.Series) -> pd.DataFrame:
    """The keys, then the columns, all by number."""
    others = iter(series)
    keys = [next(others) if label is None else block[label[0]] for label in labels]
    values = [block if isinstance(block, pd.Series) else block[column] for column in plan.columns]
    return pd.DataFrame({i: column.array for i, column in enumerate([*keys, *values])}, copy=False)


def _chunk_of_pieces(pieces: Sequence[pd.DataFrame], plan: Plan, labels: tuple[Any, ...]) -> list[pd.DataFrame]:
    rows = together(pieces).reset_index(drop=True)
    return chunk(rows.iloc[:, plan.keys :].set_axis(plan.columns, axis=1), [rows[i] for i in range(plan.keys)], plan)


def _states_only(partials: list[pd.DataFrame]) -> pd.DataFrame:
    return partials[0]


def _finish_pieces(last: Any, pieces: Sequence[Any]) -> Any:
    return last([[together(pieces)]])
