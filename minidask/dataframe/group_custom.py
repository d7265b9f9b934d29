"""Aggregations of a person's own, in the three steps in which ours go: blocks, partial results, answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from minidask.dataframe.asked import UNKNOWN, OfAll
from minidask.dataframe.base import new
from minidask.dataframe.blocks import concat
from minidask.dataframe.grouped import OfGroups
from minidask.dataframe.meta import Meta
from minidask.dataframe.node import Divisions, FrameNode, Partitionwise
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.expr.reduce import tree


@dataclass(frozen=True)
class Aggregation:
    """An aggregate of groups that is made of those of blocks: for `agg` of a group-by.

    Parameters
    ----------
    name
        What its column is called.
    chunk
        Takes the group-by of a column of a block; gives a Series with a value for each group, or a tuple of them.
    agg
        Takes the group-bys of what the chunks gave, one for each; gives as many Series. It may be called several times,
        with what it gave before.
    finalize
        Takes these Series; gives the answer. By default it is the only one.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import Aggregation, from_pandas
    >>> spread = Aggregation(
    ...     "spread",
    ...     chunk=lambda x: (x.max(), x.min()),
    ...     agg=lambda high, low: (high.max(), low.min()),
    ...     finalize=lambda high, low: high - low,
    ... )
    >>> df = from_pandas(pd.DataFrame({"k": [1, 2, 1], "x": [1.0, 2.0, 4.0]}), npartitions=2)
    >>> df.groupby("k").x.agg(spread).compute().to_dict()
    {1: 3.0, 2: 0.0}
    """

    name: str
    chunk: Callable[..., Any]
    agg: Callable[..., Any]
    finalize: Callable[..., Any] | None = None

    @property
    def __name__(self) -> str:
        return self.name

    def of(self, groups: Any) -> pd.DataFrame:
        """The partial results of a block, in numbered columns indexed by the keys."""
        return _numbered(self.chunk(groups))

    def together(self, partials: Sequence[pd.DataFrame], options: Mapping[str, Any]) -> pd.DataFrame:
        """Those of several blocks as those of one."""
        rows = concat([p for p in partials if len(p)] or partials[:1])
        groups = rows.groupby(level=list(range(rows.index.nlevels)), **options)
        return _numbered(self.agg(*(groups[i] for i in rows.columns)))

    def answer(self, partials: Sequence[pd.DataFrame], options: Mapping[str, Any], name: Any) -> pd.Series:
        """What comes out."""
        columns = [column for _, column in self.together(partials, options).items()]
        found: pd.Series = self.finalize(*columns) if self.finalize else columns[0]
        return found.rename(name)


def _numbered(found: Any) -> pd.DataFrame:
    return pd.DataFrame(dict(enumerate(found if isinstance(found, tuple) else (found,))))


class OwnAggregate(OfGroups):
    """A column of the answers of an `Aggregation`, which is the only one of `args`."""

    split_every: int | None = None

    @property
    def operation(self) -> str:
        return f"groupby-{self.own.name}"

    @property
    def own(self) -> Aggregation:
        """The aggregation."""
        found: Aggregation = self.args[0]
        return found

    @property
    def name_of_column(self) -> Any:
        """The name of the Series that comes out."""
        return self.grouping.select[0] if self.grouping.select else self.frame.meta.name

    @property
    def meta(self) -> Meta:
        return UNKNOWN  # its functions see real data only

    def answer(self, partials: Sequence[pd.DataFrame]) -> pd.Series:
        """What comes out of the partial results of blocks."""
        return self.own.answer(partials, self.merging, self.name_of_column)

    @property
    def merging(self) -> dict[str, Any]:
        """The options of the group-by of partial results."""
        return {k: self.grouping.options[k] for k in ("sort", "dropna", "observed")}

    @fact
    def divisions(self) -> Divisions:
        return None, None


@lower(OwnAggregate)
def aggregate_in_three_steps(node: OwnAggregate) -> Node:
    """Chunks of blocks, merged level by level."""
    labels = node.places_of_keys
    parts = blockwise(
        _chunk, node.frame, node.grouping, labels, node.own, *node.series,
        grid=node.frame.grid, name=f"{node.name}-chunk", label=f"{node.operation}-chunk", cheap=True,
    )  # fmt: skip
    merge = partial(node.own.together, options={**node.merging, "observed": True})
    last = partial(node.own.answer, options=node.merging, name=node.name_of_column)
    return tree(
        parts, merge, last, [0],
        name=node.name, keepdims=True, split_every=node.split_every, label=node.operation,
    )  # fmt: skip


def _chunk(block: Any, grouping: Any, labels: tuple[Any, ...], own: Aggregation, *series: pd.Series) -> pd.DataFrame:
    others = iter(series)
    keys = [next(others) if label is None else label[0] for label in labels]
    return own.of(grouping.of(block, keys, observed=True))


def has_aggregations(func: Any) -> bool:
    """Whether an `Aggregation` is among what is asked for."""
    if isinstance(func, Mapping):
        return any(map(has_aggregations, func.values()))
    if isinstance(func, list | tuple):
        return any(map(has_aggregations, func))
    return isinstance(func, Aggregation)


def in_their_own_way(groups: Any, func: Any, split_every: int | None) -> Any:
    """`agg(func)` of a group-by where `func` has an `Aggregation`: column by column, put side by side.

    Raises
    ------
    NotImplementedError
        The keys are to be columns.
    """
    if not groups._grouping.options.get("as_index", True):
        raise NotImplementedError("agg(Aggregation) with as_index=False: use reset_index() on what comes out")
    table = groups.ndim == 2
    columns = groups._columns() if table else [None]
    spec = func if isinstance(func, Mapping) else dict.fromkeys(columns, func)
    nested = any(isinstance(f, list | tuple) for f in spec.values())
    wanted = [(c, f) for c, funcs in spec.items() for f in (funcs if isinstance(funcs, list | tuple) else [funcs])]
    found = [_one(groups[c] if table else groups, f, split_every) for c, f in wanted]
    if not table and not nested:
        return new(OfAll(found[0]))
    names = [getattr(f, "__name__", f) for _, f in wanted]
    labels: Any = [c for c, _ in wanted]
    if nested:
        labels = pd.MultiIndex.from_tuples(list(zip(labels, names))) if table else names
    return new(OfAll(Partitionwise(_side_by_side, (tuple(found), labels), {}, given=UNKNOWN, label="groupby-agg")))


def _one(groups: Any, func: Any, split_every: int | None) -> FrameNode:
    if not isinstance(func, Aggregation):
        other: FrameNode = groups.agg(func).expr
        return other
    own: FrameNode = OwnAggregate(groups._frame, groups._by, groups._grouping, "agg", (func,), split_every=split_every)
    return own


def _side_by_side(columns: Sequence[pd.Series], labels: Any) -> pd.DataFrame:
    return pd.DataFrame(dict(enumerate(columns))).set_axis(labels, axis=1)
