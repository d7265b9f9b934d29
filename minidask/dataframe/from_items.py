"""Frames of the items of bags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.keeping import keeping
from minidask.dataframe.meta import Meta, empty, make_meta
from minidask.dataframe.node import Divisions, FrameNode, unknown
from minidask.dataframe.numbering import numbered
from minidask.dataframe.partitions import Pick
from minidask.dataframe.schema import conform
from minidask.expr.blocks import BlockIndex, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class FromItems(FrameNode):
    """Lists of records, such as the partitions of a bag, as rows."""

    source: Node
    given: Meta
    columns: tuple[Any, ...] | None
    told: bool
    """Whether a person gave the meta."""
    make: Callable[[list[Any]], pd.DataFrame] = pd.DataFrame
    """Makes a DataFrame of the records."""

    @property
    def operation(self) -> str:
        return "from_bag"

    @fact
    def meta(self) -> Meta:
        return self.given

    @fact
    def divisions(self) -> Divisions:
        return unknown(self.source.grid[0])


@lower(FromItems)
def make_rows(node: FromItems) -> Node:
    """One task a list."""
    told = (node.given, node.columns, node.told, node.make)
    return blockwise(records, node.source, *told, BlockIndex(), grid=node.grid, name=node.name, label="from_bag")


def records(
    items: Any,
    meta: Meta,
    columns: Sequence[Any] | None,
    told: bool,
    make: Callable[..., pd.DataFrame],
    index: tuple[int],
) -> Any:
    """Records as a pandas object; the first ones tell the schema, where `meta` is None.

    `told`: whether a person gave the meta, and with it chose columns; else it is that of the first partition.
    """
    rows = list(items)
    if isinstance(meta, pd.Series):
        return pd.Series(rows, name=meta.name, dtype=meta.dtype)
    if meta is not None and not rows:
        return meta
    frame = make(rows) if columns is None else pd.DataFrame(rows, columns=list(columns))
    if meta is None:
        return frame
    if columns is None and isinstance(rows[0], tuple | list) and frame.columns.equals(pd.RangeIndex(frame.shape[1])):
        frame = _with_names(frame, meta)
    where = f"partition {index[0]} of the bag"
    _check_names(frame, meta, where, told)
    expected = "meta= says" if told else "the first partition with items says"
    return conform(frame.reindex(columns=meta.columns), meta, where, expected, "meta")


def _check_names(frame: pd.DataFrame, meta: Any, where: str, told: bool) -> None:
    """Refuse to drop what nobody said is not wanted, and to make up a column of nothing.

    Raises
    ------
    ValueError
        Keys that the schema does not have, where a person did not choose some; or none of those that it has.
    """
    found, known = ", ".join(map(repr, frame.columns)), ", ".join(map(repr, meta.columns))
    if told and len(meta.columns) and not frame.columns.isin(meta.columns).any():
        raise ValueError(f"the items of {where} have the keys {found}, and none of those that meta= names: {known}")
    more = [] if told else [c for c in frame.columns if c not in meta.columns]
    if more:
        raise ValueError(
            f"the items of {where} have the key {more[0]!r}, but the first partition with items has only {known}; "
            f"name the columns, with their dtypes, in meta="
        )


def _with_names(frame: pd.DataFrame, meta: Any) -> pd.DataFrame:
    """The values of tuples under the names of `meta`, which go by place."""
    if len(frame.columns) != len(meta.columns):
        names = ", ".join(map(repr, meta.columns))
        many = "one column" if len(meta.columns) == 1 else f"{len(meta.columns)} columns"
        raise ValueError(f"meta has {many} ({names}), but the items have {len(frame.columns)} values")
    return frame.set_axis(meta.columns, axis=1)


def from_bag(bag: Any, meta: Any = None, columns: Sequence[Any] | None = None) -> Any:
    """A DataFrame with a row for each item of a bag: dicts, tuples, or single values; its index counts them.

    Parameters
    ----------
    bag
        The bag.
    meta
        The columns and dtypes; by default those of the first partition with items, which is computed. Other keys of
        dicts are left out.
    columns
        The names of the columns, where items are tuples.

    Raises
    ------
    ValueError
        Later: values of a partition that contradict the schema, or keys that it does not have.
    """
    return rows_of(bag.expr, meta, None if columns is None else tuple(columns))


def rows_of(
    source: Node,
    meta: Any = None,
    names: tuple[Any, ...] | None = None,
    make: Callable[[list[Any]], pd.DataFrame] = pd.DataFrame,
) -> Any:
    """The frame of the lists of records that are the blocks of a node; for the arguments see `FromItems`."""
    if meta is not None:
        return new(numbered(FromItems(source, make_meta(meta), names, True, make)))
    trial = FirstItems(FromItems(source, pd.DataFrame(), names, False, make))
    blocks = (new(Pick(trial, range(i, i + 1))).compute() for i in range(source.grid[0]))
    first = next(blocks)
    told = first if len(first) else next((block for block in blocks if len(block)), first)
    rows = FromItems(source, empty(told), names, names is not None, make)
    return new(numbered(keeping(rows, first if len(first) else empty(told))))


class FirstItems(FrameNode):
    """Lists of records whose schema nobody knows yet."""

    frame: FromItems

    @property
    def meta(self) -> Meta:
        return self.frame.meta

    @fact
    def divisions(self) -> Divisions:
        return self.frame.divisions


@lower(FirstItems)
def infer_rows(node: FirstItems) -> Node:
    """As pandas makes of the records."""
    of = node.frame
    told = (None, of.columns, False, of.make)
    return blockwise(records, of.source, *told, BlockIndex(), grid=node.grid, name=node.name)
