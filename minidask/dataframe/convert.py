"""Frames of what other functions, delayed values, arrays and bags give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import minidask.dataframe.divisions as cuts
from minidask.collection import Collection
from minidask.dataframe.base import new
from minidask.dataframe.meta import PANDAS, Meta, describe, empty, make_meta
from minidask.dataframe.node import Divisions, FrameNode, unknown, wrap
from minidask.dataframe.numbering import numbered
from minidask.dataframe.partitions import Pick
from minidask.dataframe.schema import conform
from minidask.dataframe.user import UserFunction, WithFirst, no_default
from minidask.expr.blocks import Beside, BlockIndex, Blocks, One, PerBlock, blockwise, function_name
from minidask.expr.grid import Index
from minidask.expr.naming import tokenize
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class FromMap(FrameNode):
    """A partition for each call of a function."""

    func: Callable[..., Any]
    items: tuple[Sequence[Any], ...]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    given: Meta
    parts: Divisions
    label: str

    @property
    def operation(self) -> str:
        return self.label

    @fact
    def meta(self) -> Meta:
        return self.given

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return self.parts


@dataclass(frozen=True)
class Item(PerBlock):
    """The item of a sequence for each partition."""

    items: Sequence[Any]

    def block(self, index: Index) -> Any:
        return self.items[index[0]]


@lower(FromMap)
def call_for_each(node: FromMap) -> Node:
    """One task a call."""
    items = [Item(sequence) for sequence in node.items]
    func = UserFunction(node.func, node.meta)
    return blockwise(func, *items, *node.args, grid=node.grid, kwargs=node.kwargs, name=node.name, label=node.operation)


def from_map(
    func: Callable[..., Any],
    *iterables: Any,
    args: Sequence[Any] = (),
    meta: Any = no_default,
    divisions: Sequence[Any] | None = None,
    label: str | None = None,
    enforce_metadata: bool = True,
    **kwargs: Any,
) -> Any:
    """A frame with a partition for each call of a function.

    Parameters
    ----------
    func
        Called with an item of each iterable; returns a pandas object.
    *iterables
        Of one length: the number of partitions.
    args, **kwargs
        More arguments for each call.
    meta
        What `func` gives; by default the first call tells, whose result is kept.
    divisions
        The divisions, where they are known.
    label
        What to call it.
    enforce_metadata
        True: results are always held to `meta`.

    Raises
    ------
    TypeError, ValueError
        There are no items; iterables of different lengths; the function gives no pandas object.

    Examples
    --------
    >>> import pandas as pd
    >>> from_map(lambda n: pd.DataFrame({"x": range(n)}), [2, 3]).x.sum().compute()
    np.int64(4)
    """
    items = tuple(i if isinstance(i, Sequence) else list(i) for i in iterables)
    counts = {len(i) for i in items}
    if len(counts) != 1 or not items or not counts.pop():
        raise ValueError("from_map needs iterables of one length, with at least one item each")
    if not enforce_metadata:
        raise NotImplementedError("enforce_metadata=False: results are always held to meta")
    parts = unknown(len(items[0])) if divisions is None else cuts.check(divisions)
    if len(parts) != len(items[0]) + 1:
        raise ValueError(f"divisions: {len(items[0])} partitions have {len(items[0]) + 1}, got {len(parts)}")
    block = None
    if meta is no_default:
        block = func(*(i[0] for i in items), *args, **kwargs)
        if not isinstance(block, PANDAS):
            raise TypeError(f"{function_name(func)} gave {describe(block)}, expected a pandas object")
        meta = block
    name = label or function_name(func)
    node: FrameNode = FromMap(func, items, tuple(args), kwargs, make_meta(meta), parts, name)
    return new(node if block is None else keeping_first(node, block))


def keeping_first(node: FrameNode, block: Any) -> FrameNode:
    """The node with its first block, which is known already."""
    made = Blocks.named(f"{node.name}-first", (block,), (1,))
    if node.npartitions == 1:
        return wrap(made, node.meta, node.divisions)
    return WithFirst(node, made)


def from_delayed(
    dfs: Any,
    meta: Any = None,
    divisions: Sequence[Any] | None = None,
    prefix: str | None = None,
    verify_meta: bool = True,
) -> Any:
    """A frame whose partitions are delayed values.

    Parameters
    ----------
    dfs
        Delayed pandas objects: one, or a list.
    meta
        What they are; by default the first one is computed, and kept.
    divisions
        The divisions, where they are known.
    prefix
        What to call it.
    verify_meta
        Whether to check that the columns are those of `meta`.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask import delayed
    >>> load = delayed(lambda n: pd.Series(range(n)))
    >>> from_delayed([load(2), load(3)]).sum().compute()
    np.int64(4)
    """
    values = [dfs] if isinstance(dfs, Collection) else list(dfs)
    if not values or not all(isinstance(v, Collection) for v in values):
        raise TypeError("dfs: expected delayed values, at least one")
    nodes = [v.as_value() for v in values]
    if meta is None:
        block = values[0].compute()
        meta = empty(block)
        nodes[0] = Blocks.named(f"{nodes[0].name}-known", (block,), ())
    meta = make_meta(meta)
    label = prefix or "from_delayed"
    name = f"{label}-{tokenize([n.name for n in nodes], meta, verify_meta)}"
    parts = unknown(len(nodes)) if divisions is None else cuts.check(divisions)
    if len(parts) != len(nodes) + 1:
        raise ValueError(f"divisions: {len(nodes)} partitions have {len(nodes) + 1}, got {len(parts)}")
    values_beside: Node = Beside.named(f"{name}-values", tuple(nodes), 0, True)
    func = UserFunction(from_delayed_value, meta, advice=_ADVICE) if verify_meta else from_delayed_value
    return new(wrap(blockwise(func, values_beside, grid=(len(nodes),), name=name, label=label), meta, parts))


_ADVICE = "all delayed values must be like the first, or as meta= says"


def from_delayed_value(value: Any) -> Any:
    """The delayed value itself, which is a partition."""
    return value


class FromItems(FrameNode):
    """Lists of records, such as the partitions of a bag, as rows."""

    source: Node
    given: Meta
    columns: tuple[Any, ...] | None
    told: bool
    """Whether a person gave the meta."""

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
    told = (node.given, node.columns, node.told)
    return blockwise(records, node.source, *told, BlockIndex(), grid=node.grid, name=node.name, label="from_bag")


def records(items: Any, meta: Meta, columns: Sequence[Any] | None, told: bool, index: tuple[int]) -> Any:
    """Records as a pandas object; the first ones tell the schema, where `meta` is None.

    `told`: whether a person gave the meta, and with it chose columns; else it is that of the first partition.
    """
    rows = list(items)
    if isinstance(meta, pd.Series):
        return pd.Series(rows, name=meta.name, dtype=meta.dtype)
    if meta is not None and not rows:
        return meta
    frame = pd.DataFrame(rows, columns=None if columns is None else list(columns))
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
    source = bag.expr
    names = None if columns is None else tuple(columns)
    if meta is not None:
        return new(numbered(FromItems(source, make_meta(meta), names, True)))
    trial = FirstItems(FromItems(source, pd.DataFrame(), names, False))
    blocks = (new(Pick(trial, range(i, i + 1))).compute() for i in range(source.grid[0]))
    first = next(blocks)
    told = first if len(first) else next((block for block in blocks if len(block)), first)
    rows = FromItems(source, empty(told), names, columns is not None)
    return new(numbered(keeping_first(rows, first if len(first) else empty(told))))


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
    source = node.frame.source
    columns = node.frame.columns
    return blockwise(records, source, None, columns, False, BlockIndex(), grid=node.grid, name=node.name)


class FromArray(FrameNode):
    """The rows of an array as those of a frame.

    Fields
    ------
    array
        A node of blocks, or what can be sliced.
    cuts
        Where the partitions begin, and the number of rows.
    given
        The meta.
    """

    array: Any
    cuts: tuple[int, ...]
    given: Meta

    @property
    def operation(self) -> str:
        return "from_array"

    @fact
    def meta(self) -> Meta:
        return self.given

    @fact
    def divisions(self) -> Divisions:
        rows = self.cuts[-1]
        increasing = all(a < b for a, b in zip(self.cuts, self.cuts[1:]))
        return (*self.cuts[:-1], rows - 1) if rows and increasing else unknown(len(self.cuts) - 1)

    def lengths(self) -> tuple[int, ...] | None:
        return tuple(b - a for a, b in zip(self.cuts, self.cuts[1:]))


@dataclass(frozen=True)
class Rows(PerBlock):
    """The place of each partition: first row, and the one after the last."""

    cuts: tuple[int, ...]

    def block(self, index: Index) -> tuple[int, int]:
        return self.cuts[index[0]], self.cuts[index[0] + 1]


@dataclass(frozen=True)
class View(PerBlock):
    """The rows of each partition, cut from an array in memory."""

    array: Any
    cuts: tuple[int, ...]

    def block(self, index: Index) -> Any:
        return self.array[self.cuts[index[0]] : self.cuts[index[0] + 1]]


@lower(FromArray)
def cut_array(node: FromArray) -> Node:
    """Blocks of an array, views of one in memory, or slices read where they are needed."""
    array, place = node.array, Rows(node.cuts)
    options: dict[str, Any] = {"grid": node.grid, "name": node.name, "label": "from_array"}
    if isinstance(array, Node):
        reads = {0: One((0, None)[: len(array.grid)])}
        return blockwise(rows_of_array, array, place, node.given, reads=reads, **options)
    if isinstance(array, np.ndarray):
        return blockwise(rows_of_array, View(array, node.cuts), place, node.given, recompute="always", **options)
    return blockwise(slice_of_array, array, place, node.given, recompute="late", **options)


def rows_of_array(block: Any, place: tuple[int, int], meta: Meta) -> Any:
    """A block as a pandas object, numbered by its place."""
    index = pd.RangeIndex(*place)
    if isinstance(meta, pd.Series):
        return pd.Series(block, index=index, name=meta.name)
    return pd.DataFrame(block, index=index, columns=meta.columns)


def slice_of_array(array: Any, place: tuple[int, int], meta: Meta) -> Any:
    """Rows read from what can be sliced."""
    return rows_of_array(np.asarray(array[slice(*place)]), place, meta)


def from_array(x: Any, chunksize: int = 50_000, columns: Any = None, meta: Any = None) -> Any:
    """A frame of an array of one or two dimensions, or of records.

    Parameters
    ----------
    x
        A NumPy array; a lazy one of known shape; or anything with shape, dtype and slicing, such as a dataset of h5py.
    chunksize
        Rows of one partition. The blocks of a lazy array are partitions as they are.
    columns
        The names of the columns; for one dimension that of the Series.
    meta
        What comes out, by default by the dtype.

    Raises
    ------
    ValueError
        More than two dimensions, another number of columns, or unknown lengths.

    Examples
    --------
    >>> import numpy as np
    >>> from_array(np.arange(6).reshape(3, 2), columns=["a", "b"]).b.sum().compute()
    np.int64(9)
    """
    if x.ndim not in (1, 2):
        raise ValueError(f"x has {x.ndim} dimensions; a frame is made of 1 or 2")
    sample = np.empty((0, *x.shape[1:]), dtype=x.dtype)
    records = x.dtype.names is not None
    if meta is None and columns is not None and x.ndim == 2 and len(columns) != x.shape[1]:
        raise ValueError(f"columns: there are {len(columns)} names ({columns!r}) for {x.shape[1]} columns")
    if meta is None:
        meta = pd.Series(sample, name=columns) if x.ndim == 1 and not records else pd.DataFrame(sample, columns=columns)
    if isinstance(x, Collection):
        return _from_lazy_array(x, empty(meta))
    at = cuts.even_cuts(len(x), -(-len(x) // chunksize))
    return new(FromArray(x, at, empty(meta)))


def _from_lazy_array(x: Any, meta: Meta) -> Any:
    if x.ndim == 2 and x.numblocks[1] > 1:
        x = x.rechunk({1: -1})
    lengths = x.chunks[0]
    at = (0, *np.cumsum(lengths).tolist())
    return new(FromArray(x.expr, at, meta))


def from_dask_array(x: Any, columns: Any = None, index: Any = None, meta: Any = None) -> Any:
    """A frame of a lazy array of one or two dimensions. Parameters as for `from_array`.

    Parameters
    ----------
    index
        Only None: rows are numbered from 0 on.
    """
    if index is not None:
        raise NotImplementedError("from_dask_array(index=): assign the index as a column, and use set_index()")
    return from_array(x, columns=columns, meta=meta)
