"""Methods of whole groups: rows go to partitions by their keys, and where there is one for each row, back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.asked import alike
from minidask.dataframe.base import new
from minidask.dataframe.grouped import Grouping, OfGroups, called
from minidask.dataframe.keeping import keeping
from minidask.dataframe.meta import Meta, describe, empty
from minidask.dataframe.node import Columns, Divisions, FrameNode, SameRows, unknown
from minidask.dataframe.partitions import Pick
from minidask.dataframe.shuffle import bring_back, by_hash, by_range, exchange, pack, send_back, together, unpack
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower

NOTHING = pd.Series([], dtype=object, name="no groups")
"""What stands for the answer of a partition without groups, while nobody knows what it looks like."""


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
    via: tuple[Any, ...] | None
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
        return called(groups, self.via, self.method, self.args, self.kwargs)


def _call_of(node: OfGroups) -> tuple[Call, list[int]]:
    """The call, and where the keys are among the packed columns."""
    meta = node.frame.meta
    width = meta.shape[1] if isinstance(meta, pd.DataFrame) else 1
    labels = node.places_of_keys
    places, extra = [], width
    for label in labels:
        places.append(extra if label is None else meta.columns.get_loc(label[0]))
        extra += label is None
    names: tuple[Any, ...] = tuple(k.meta.name for k in node.series)
    return Call(node.grouping, meta, labels, names, node.via, node.method, node.args, node.kwargs), places


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
    if not groups.ngroups:  # rows without a key make no group
        return meta
    found = call.of(groups)
    if call.method == "apply" and _is_of_rows(found, groups, meta):
        found = found.stack().rename(None if _is_nothing(meta) else meta.name)
    if not _is_nothing(meta) and not alike(found, meta):
        raise ValueError(
            f"groupby.{call.method}() gave {describe(found)} for some groups, and {describe(meta)} for others; with "
            f"meta= say which, or let the function give the same for all"
        )
    return found


def _is_of_rows(found: Any, groups: Any, meta: Meta) -> bool:
    """Whether pandas made columns of labels that are those of rows, because there happened to be one set of them."""
    if not isinstance(meta, pd.Series) or not isinstance(found, pd.DataFrame):
        return False
    return not _is_nothing(meta) or (groups.ngroups == 1 and found.columns.equals(groups.obj.index))


def with_functions(node: WholeGroups) -> FrameNode:
    """A node that calls a person's functions: what they give for the groups of one partition tells what comes out.

    These groups are not looked at again.
    """
    for i in range(node.count):
        block = new(Pick(node.replace(given=NOTHING), range(i, i + 1))).compute()
        if not _is_nothing(block):
            return keeping(node.replace(given=empty(block)), block, i)
    keys = [k.meta if isinstance(k, FrameNode) else k for k in node.by]
    bare = called(node.grouping.of(node.frame.meta, keys), node.via, node.method, node.args, node.kwargs)
    return node.replace(given=empty(bare))


def _is_nothing(block: Any) -> bool:
    return isinstance(block, pd.Series) and block.name == NOTHING.name and not len(block)


class ResultsOfRows(OfGroups):
    """What a method gives for each row, where its group is: for each partition the rows sorted by whence they came."""

    mask: bool = False
    """Whether the method selects rows, and what is wanted is which ones."""
    ordered: bool = False
    """Whether groups are in the order of their keys, so that the first partition has some."""

    @fact
    def meta(self) -> Meta:
        return super().meta.set_axis(self.frame.meta.index)

    @fact
    def divisions(self) -> Divisions:
        return unknown(self.frame.npartitions)

    def needs_labels(self, wanted: bool) -> bool:
        return wanted or self.method in ("transform", "filter")  # whose functions may look at them

    def exchanged(self) -> tuple[Node, Node, Call]:
        """The rows with equal keys in one partition, to which partition each goes, and what is to be called."""
        call, places = _call_of(self)
        rows, count, name = _packed(self), self.frame.npartitions, f"{self.name}-targets"
        targets = (
            by_range(rows, places, count, name, strict=False) if self.ordered else by_hash(rows, places, count, name)
        )
        return exchange(rows, targets, count, f"{self.name}-pieces"), targets, call


@lower(ResultsOfRows)
def results_of_rows(node: ResultsOfRows) -> Node:
    """The method, in the partition that has the whole group."""
    pieces, _, call = node.exchanged()
    func = partial(_selected, call=call) if node.mask else partial(_of_rows, call=call, meta=node.meta)
    return blockwise(send_back, pieces, func, grid=node.grid, name=node.name, label=node.operation)


class RowsOfGroups(SameRows):
    """What a method gives for each row, knowing its group; rows stay where they are."""

    frame: FrameNode
    results: FrameNode
    """Its `ResultsOfRows`, or that with a partition that is known already."""
    source: FrameNode
    """Its `ResultsOfRows`."""

    @property
    def operation(self) -> str:
        return self.source.operation

    @fact
    def meta(self) -> Meta:
        return self.source.meta

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: frozenset()}  # which tells the rows only

    def needs_labels(self, wanted: bool) -> bool:
        return wanted


@lower(RowsOfGroups)
def bring_rows_back(node: RowsOfGroups) -> Node:
    """The results go back to where the rows came from."""
    source: Any = node.source
    _, targets, _ = source.exchanged()
    return bring_back(node.results, targets, node.name, node.operation)


def rows_of(results: ResultsOfRows) -> FrameNode:
    """For each row of a frame its result."""
    node: FrameNode = RowsOfGroups(results.frame, results, results)
    return node


def rows_with_functions(results: ResultsOfRows) -> FrameNode:
    """The same where a person's function is called: what it gives for some groups tells what comes out."""
    told = results.replace(ordered=True)
    for i in range(results.npartitions):
        block = new(Pick(told.replace(given=results.frame.meta), range(i, i + 1))).compute()
        rows = together([block[target] for target in range(len(block))])
        if len(rows):
            told = told.replace(given=empty(rows))
            return RowsOfGroups(results.frame, keeping(told, block, i), told)
    return rows_of(results.replace(given=results.frame.meta))


def _of_rows(rows: pd.DataFrame, call: Call, meta: Meta) -> Any:
    if not len(rows):
        return meta.set_axis(rows.index)
    groups = call.groups(rows)
    if call.method == "transform" and not groups.ngroups:  # which is an error in pandas for some reductions
        return meta.reindex(range(len(rows))).set_axis(rows.index)
    return call.of(groups)


def _selected(rows: pd.DataFrame, call: Call) -> pd.Series:
    """Whether the method selects each row."""
    if call.method == "filter":
        return pd.Series(_kept(call.groups(rows), *call.args, **call.kwargs), index=rows.index)
    places = pd.RangeIndex(len(rows))
    found = pd.Series(False, index=places)
    if len(rows):
        found.iloc[call(rows.set_axis(places)).index] = True
    return found.set_axis(rows.index)


def _kept(groups: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> np.ndarray:
    """For each row whether a function of its group is true."""
    flags = [_flag(func(group, *args, **kwargs)) for _, group in groups if len(group)]
    numbers = groups.ngroup().fillna(-1).to_numpy(dtype="int64")
    there = np.unique(numbers[numbers >= 0])  # categories without rows are no groups here
    return np.isin(numbers, there[np.array(flags, dtype=bool)])


def _flag(found: Any) -> bool:
    found = found.squeeze() if hasattr(found, "squeeze") else found
    if not pd.api.types.is_bool(found) and not (pd.api.types.is_scalar(found) and pd.isna(found)):
        raise TypeError(f"filter function returned a {type(found).__name__}, but expected a scalar bool")
    return not pd.isna(found) and bool(found)


def has_functions(given: Any) -> bool:
    """Whether a person's function is among what is to be applied."""
    found = [given]
    while found:
        value = found.pop()
        if isinstance(value, Mapping):
            found += value.values()
        elif isinstance(value, list | tuple):
            found += value
        elif isinstance(value, pd.NamedAgg):
            found.append(value.aggfunc)
        elif callable(value):
            return True
    return False
