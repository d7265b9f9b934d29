"""`nlargest` and `nsmallest` of groups: those of blocks, then those of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.blocks import concat
from minidask.dataframe.grouped import OfGroups
from minidask.dataframe.node import Columns, Divisions
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.expr.reduce import tree
from minidask.kernels.group_tops import top_rows
from minidask.kernels.grouping import VALUE, keys_in, text_of
from minidask.kernels.row_groups import groups_of


class LargestOfGroups(OfGroups):
    """The most extreme values of each group of a Series of numbers, under their keys and labels."""

    n: int = 5

    @fact
    def divisions(self) -> Divisions:
        return None, None

    @property
    def column(self) -> Any:
        """The column that is looked at; None where the frame is a Series."""
        return self.grouping.select[0] if self.grouping.select else None

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: frozenset([*self.labels, *self.grouping.select])} if self.grouping.select else {}

    @property
    def looked_at(self) -> frozenset[Any] | None:
        return frozenset(self.grouping.select or ())


def can_compare(values: Any, options: Mapping[str, Any]) -> bool:
    """Whether these values of groups can be compared block by block."""
    plain = isinstance(values.dtype, np.dtype) and values.dtype.kind in "iuf"
    return plain and all(options.get(name, True) for name in ("as_index", "group_keys", "sort"))


@lower(LargestOfGroups)
def largest_by_tree(node: LargestOfGroups) -> Node:
    """The rows of blocks, merged level by level."""
    labels = node.places_of_keys
    texts = tuple(isinstance(dtype, pd.StringDtype) for dtype in node.key_dtypes)
    how: dict[str, Any] = {"n": node.n, "largest": node.method == "nlargest"}
    parts = blockwise(
        _chunk, node.frame, node.column, labels, texts, node.grouping.options["dropna"], *node.series, kwargs=how,
        grid=node.frame.grid, name=f"{node.name}-chunk", label=f"{node.operation}-chunk", cheap=True,
    )  # fmt: skip
    merge = partial(_merge, ordered=False, **how)
    last = partial(_finish, names=node.key_names, name=node.meta.name, **how)
    return tree(parts, merge, last, [0], name=node.name, keepdims=True, label=node.operation)


def _chunk(
    block: Any, column: Any, labels: Sequence[Any], texts: Sequence[bool], dropna: bool, *series: pd.Series, **how: Any
) -> pd.DataFrame:
    others = iter(series)
    keys = [next(others) if label is None else block[label[0]] for label in labels]
    values = block if column is None else block[column]
    found = {f"k{i}": key.array for i, key in enumerate(keys)} | {VALUE: values.array}
    rows = _top(pd.DataFrame(found, index=block.index, copy=False), dropna, ordered=False, **how)
    return rows.assign(**{f"k{i}": text_of(rows[f"k{i}"].array, text) for i, text in enumerate(texts)})


def _top(rows: pd.DataFrame, dropna: bool, ordered: bool, n: int, largest: bool) -> pd.DataFrame:
    groups = groups_of(keys_in(rows), True, dropna, ordered)
    top = top_rows(groups.of_rows(rows[VALUE].to_numpy()), groups, n, largest)
    if not ordered:
        top.sort()  # of equal values the first row counts
    return rows.take(top if groups.kept is None else np.flatnonzero(groups.kept)[top])


def _merge(partials: Sequence[pd.DataFrame], ordered: bool, **how: Any) -> pd.DataFrame:
    return _top(concat([p for p in partials if len(p)] or partials[:1]), dropna=False, ordered=ordered, **how)


def _finish(partials: Sequence[pd.DataFrame], names: Sequence[Any], name: Any, **how: Any) -> pd.Series:
    rows = _merge(partials, ordered=True, **how)
    levels = [rows.index.get_level_values(i) for i in range(rows.index.nlevels)]
    keys = [pd.Index(key.array) for key in keys_in(rows)]
    index = pd.MultiIndex.from_arrays([*keys, *levels], names=[*names, *rows.index.names])
    return pd.Series(rows[VALUE].array, index=index, name=name)
