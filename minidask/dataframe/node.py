"""The base of frame expressions, and the nodes that most operations are.

A frame's grid is `(npartitions,)`, a scalar's `()`. Its facts:

============== ==========================================================================================
`meta`         an empty pandas object with its columns, names and dtypes; for a scalar some scalar
`divisions`    npartitions + 1 index values; partition i holds those from number i up to (but for the last
               partition without) number i + 1, and the index increases throughout. All None: unknown.
`rows`         names the row space: frames with equal `rows` have the same index, block by block
============== ==========================================================================================
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from minidask.dataframe.blocks import rows_where
from minidask.dataframe.guesses import NoLarger
from minidask.dataframe.meta import PANDAS, Meta, try_on_empty
from minidask.dataframe.operands import call_per_block, exchange_nodes, labels_in, meta_of
from minidask.expr.blocks import One, function_name, unchanged
from minidask.expr.blocks import blockwise as physical
from minidask.expr.grid import Grid
from minidask.expr.naming import tokenize
from minidask.expr.node import Node, Over, fact
from minidask.expr.pipeline import lower

Divisions = tuple[Any, ...]
Columns = frozenset[Any] | None
"""Labels of columns that are needed; None: all."""


class FrameNode(Node):
    """A DataFrame, Series, Index or scalar still to be made."""

    meta: ClassVar[Meta]
    divisions: ClassVar[Divisions]
    guesses_nbytes = True

    @property
    def grid(self) -> Grid:
        return (len(self.divisions) - 1,) if self.divisions else ()

    @property
    def npartitions(self) -> int:
        return max(len(self.divisions) - 1, 1)

    @property
    def known(self) -> bool:
        """Whether the divisions are known."""
        return bool(self.divisions) and self.divisions[0] is not None

    @property
    def kind(self) -> type:
        """What its collection goes by: the class of the meta, most often."""
        return type(self.meta)

    @property
    def rows(self) -> str:
        return self.name

    @property
    def example(self) -> Any:
        """The meta; for a Series whose labels are known (the columns of what was reduced) one with these labels."""
        return self.meta

    @property
    def owned_by(self) -> FrameNode | None:
        """The node that defines the row space; None: this one."""
        return None

    @property
    def owner(self) -> FrameNode:
        """The node that defines the row space."""
        return self.owned_by or self

    def lengths(self) -> tuple[int, ...] | None:
        """The rows of each partition, where they are known without reading data; asked of the `owner`."""
        return None

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        """Which columns of its children it needs to give the `wanted` ones; all of those it does not mention."""
        return {}

    def narrow(self, wanted: frozenset[Any]) -> FrameNode:
        """The same node giving no more than it must to give the `wanted` columns."""
        return self

    def needs_labels(self, wanted: bool) -> bool:
        """Whether the index labels of its children matter, when somebody wants its own, or nobody does."""
        return True

    @property
    def rowwise(self) -> bool:
        """Whether each row comes from the same row of each child that has rows."""
        return False


def unknown(npartitions: int) -> Divisions:
    """The divisions of so many partitions of which nothing is known."""
    return (None,) * (npartitions + 1)


class Wrap(Over, FrameNode):
    """Blocks of any other node that are known to be pandas objects: persisted, delayed, of another collection."""

    given: Meta
    parts: Divisions
    space: str = ""
    """The row space, where it is shared with others."""

    @property
    def operation(self) -> str:
        return self.source.name.partition("-")[0]

    @fact
    def meta(self) -> Meta:
        return self.given

    @fact
    def divisions(self) -> Divisions:
        return self.parts

    @property
    def rows(self) -> str:
        return self.space or self.name


def wrap(source: Node, meta: Meta, divisions: Divisions = (), space: str = "") -> Wrap:
    """A frame over any node, under its name."""
    node: Wrap = Wrap.named(source.name, source, meta, divisions, space)
    return node


@lower(Wrap)
def unwrap(node: Wrap) -> Node:
    """The blocks are those of the source, whose grid may be `()` for a frame of one partition."""
    if node.source.grid == node.grid:
        return node.source
    return physical(unchanged, node.source, grid=node.grid, reads={0: One(())}, name=f"{node.name}-0", cheap=True)


class Method:
    """Calls a method of pandas on a block.

    Examples
    --------
    >>> Method("round")(pd.Series([1.26]), 1).tolist()
    [1.3]
    """

    __slots__ = ("__name__",)
    __name__: str
    _known: ClassVar[dict[str, Method]] = {}

    def __new__(cls, name: str) -> Method:
        known = cls._known.get(name)
        if known is None:
            known = cls._known[name] = super().__new__(cls)
            known.__name__ = name
        return known

    def __call__(self, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        for name in self.__name__.split("."):
            obj = getattr(obj, name)
        return obj(*args, **kwargs)

    def __reduce__(self) -> Any:
        return Method, (self.__name__,)

    def __dask_tokenize__(self) -> str:
        return self.__name__


@dataclass(frozen=True)
class AsIndex:
    """Calls a function of an index and gives an Index, where pandas gives a bare array: it has to stay a frame."""

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self.func(*args, **kwargs)
        return pd.Index(result) if isinstance(result, np.ndarray | ExtensionArray) else result


class Partitionwise(FrameNode):
    """A function of the blocks of one number of its operands, which broadcast where they have one partition.

    Fields
    ------
    func
        Called with `args` and `kwargs`, blocks in the places of nodes, also inside tuples and dicts.
    keeps
        "rows": the result has the rows of the first operand; "divisions": some of them, or in another order, but
        in their partitions; "": nothing is known of its rows.
    columnwise
        Whether each column of the result comes from the same column of the operands.
    given
        The meta, where it is not to be found by calling `func` on the metas of the operands.
    label
        What a person would call it; by default the name of the function.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = {}
    keeps: str = ""
    columnwise: bool = False
    given: Meta = None
    label: str = ""

    @property
    def operation(self) -> str:
        return self.label or function_name(self.func).rpartition(".")[2].strip("_")

    @property
    def summary(self) -> str:
        plain = [a for a in self.args if type(a) in (str, int, float, bool, list)]
        named = [f"{k}={v!r}" for k, v in self.kwargs.items() if type(v) in (str, int, float, bool, list)]
        text = ", ".join([*map(repr, plain), *named])
        return text if len(text) <= 60 else f"{text[:57]}..."

    @fact
    def first(self) -> FrameNode:
        """The operand whose partitions are those of the result."""
        frames = [c for c in self.children if c.grid] or self.children
        if len(frames) == 1:
            return frames[0]  # type: ignore[return-value]
        first: Any = max(frames, key=lambda c: len(c.grid) and c.grid[0])
        odd = [c for c in frames if c.grid and c.grid[0] not in (1, first.grid[0])]
        if odd:
            raise ValueError(
                f"{self.operation}: operands have {first.grid[0]} and {odd[0].grid[0]} partitions; "
                f"repartition one of them, or align them on known divisions (set_index)"
            )
        return first

    @fact
    def meta(self) -> Meta:
        if self.given is not None:
            return self.given
        args, kwargs = exchange_nodes((self.args, self.kwargs), meta_of)
        return try_on_empty(self.func, args, kwargs)

    @fact
    def example(self) -> Any:
        known = any(getattr(c, "example", None) is not getattr(c, "meta", None) for c in self.children)
        if self.given is not None or not known:
            return self.meta
        args, kwargs = exchange_nodes((self.args, self.kwargs), lambda node: node.example)
        return self.func(*args, **kwargs)

    @fact
    def divisions(self) -> Divisions:
        relabelled = isinstance(self.first.meta, pd.Index)  # what is done to an index makes other labels
        if (self.keeps and not relabelled) or not self.first.divisions:
            return self.first.divisions
        return unknown(self.first.npartitions)

    @fact
    def rows(self) -> str:
        return self.first.rows if self.keeps == "rows" else self.name

    @fact
    def owned_by(self) -> FrameNode | None:
        return self.first.owner if self.keeps == "rows" else None

    @property
    def rowwise(self) -> bool:
        return self.columnwise and self.keeps == "rows"

    def needs_labels(self, wanted: bool) -> bool:
        return wanted or not self.rowwise

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        if not self.columnwise or wanted is None:
            return {}
        named = wanted | frozenset(labels_in((self.args, self.kwargs)))
        return {c: named for c in self.children if isinstance(getattr(c, "meta", None), pd.DataFrame)}


@lower(Partitionwise)
def partition_by_partition(node: Partitionwise) -> Node:
    """One task a block."""
    told = {"name": node.name, "label": node.operation, "cheap": node.keeps == "rows"}
    return call_per_block(node.func, node.args, node.kwargs, node.grid, **told)


class SameRows(FrameNode):
    """Base of nodes with a row for each row of a frame, in the same order and partitions."""

    frame: FrameNode

    @fact
    def divisions(self) -> Divisions:
        return self.frame.divisions

    @fact
    def rows(self) -> str:
        return self.frame.rows

    @fact
    def owned_by(self) -> FrameNode | None:
        return self.frame.owner


class Rowwise(SameRows):
    """Base of nodes that change the columns of a frame, and leave its rows as they are."""

    @property
    def rowwise(self) -> bool:
        return True

    def needs_labels(self, wanted: bool) -> bool:
        return wanted


class Projection(NoLarger, Rowwise):
    """Some columns of a DataFrame, or one of them as a Series."""

    columns: Any
    """A label, or a list of them."""

    @fact
    def meta(self) -> Meta:
        if not isinstance(self.frame.meta, pd.DataFrame):
            raise TypeError(f"columns are selected from a DataFrame, not from {type(self.frame.meta).__name__}")
        try:
            return try_on_empty(operator.getitem, (self.frame.meta, self.columns))
        except KeyError as error:
            there = ", ".join(map(repr, self.frame.meta.columns[:20]))
            raise KeyError(f"{error.args[0]}: the columns are {there}") from None

    @property
    def operation(self) -> str:
        return "getitem"

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        columns = self.columns if isinstance(self.columns, list) else [self.columns]
        if wanted is not None and isinstance(self.columns, list):
            columns = [c for c in columns if c in wanted]
        return {self.frame: frozenset(columns)}

    def narrow(self, wanted: frozenset[Any]) -> FrameNode:
        if not isinstance(self.columns, list):
            return self
        columns = [c for c in self.columns if c in wanted]
        return self if columns == self.columns else Projection(self.frame, columns)


class Filter(NoLarger, FrameNode):
    """The rows where a boolean Series with the same rows is true."""

    frame: FrameNode
    predicate: FrameNode

    @fact
    def meta(self) -> Meta:
        return try_on_empty(operator.getitem, (self.frame.meta, self.predicate.meta))

    @fact
    def divisions(self) -> Divisions:
        return self.frame.divisions

    @fact
    def rows(self) -> str:
        return f"filter-{tokenize(self.frame.rows, self.predicate.name)}"

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: wanted}

    def needs_labels(self, wanted: bool) -> bool:
        return wanted


class Assign(Rowwise):
    """A DataFrame with columns added or exchanged."""

    columns: tuple[Any, ...]
    values: tuple[Any, ...]
    """For each column a Series with the rows of the frame, or a literal."""

    @fact
    def meta(self) -> Meta:
        values = exchange_nodes(self.values, meta_of)
        return try_on_empty(assign, (self.frame.meta, self.columns, *values))

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {} if wanted is None else {self.frame: wanted - frozenset(self.columns)}

    def narrow(self, wanted: frozenset[Any]) -> FrameNode:
        kept = [(c, v) for c, v in zip(self.columns, self.values) if c in wanted]
        if len(kept) == len(self.columns):
            return self
        return Assign(self.frame, *map(tuple, zip(*kept))) if kept else self.frame


def assign(frame: pd.DataFrame, columns: Sequence[Any], *values: Any) -> pd.DataFrame:
    """A shallow copy of the frame with columns added or exchanged."""
    frame = frame.copy(deep=False)
    for column, value in zip(columns, values):
        frame[column] = value
    return frame


@lower(Projection)
def project(node: Projection) -> Node:
    """Select in each block."""
    return physical(
        operator.getitem, node.frame, node.columns, grid=node.grid, name=node.name, label="getitem", cheap=True
    )


@lower(Filter)
def filter_rows(node: Filter) -> Node:
    """Filter each block."""
    return physical(rows_where, node.frame, node.predicate, grid=node.grid, name=node.name, label="filter", cheap=True)


@lower(Assign)
def assign_columns(node: Assign) -> Node:
    """Assign in each block."""
    return physical(
        assign, node.frame, node.columns, *node.values, grid=node.grid, name=node.name, label="assign", cheap=True
    )


def is_frame(node: Any) -> bool:
    """Whether a value is a node of pandas objects, rather than of a scalar or something else."""
    return isinstance(node, FrameNode) and isinstance(node.meta, PANDAS)
