"""`corr` and `cov` of groups: moments of blocks, merged level by level."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.blocks import concat
from minidask.dataframe.grouped import OfGroups
from minidask.dataframe.node import Columns, Divisions, FrameNode
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.expr.reduce import tree
from minidask.kernels.group_moments import PARTS, covariances, merged_moments, moments_of
from minidask.kernels.grouping import keys_in, text_of
from minidask.kernels.row_groups import RowGroups, groups_of


class GroupCorrelation(OfGroups):
    """Matrices of correlations or covariances, one below the other."""

    columns: tuple[Any, ...] = ()
    least: int = 1
    freedom: int | None = None
    """What is taken from the number of rows; None: correlations."""

    @fact
    def divisions(self) -> Divisions:
        return None, None

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: frozenset([*self.labels, *self.columns])}

    def needs_labels(self, wanted: bool) -> bool:
        return False

    @property
    def looked_at(self) -> frozenset[Any] | None:
        return frozenset(self.columns)


def can_correlate(frame: FrameNode, columns: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """Whether these columns of groups can be correlated block by block."""
    meta = frame.meta
    plain = meta.columns.is_unique and all(getattr(meta[c].dtype, "kind", "O") in "iuf" for c in columns)
    numpy = plain and all(isinstance(meta[c].dtype, np.dtype) for c in columns)
    return bool(numpy and columns and options["as_index"])


@lower(GroupCorrelation)
def correlate_groups(node: GroupCorrelation) -> Node:
    """Moments of the groups of blocks."""
    labels = node.places_of_keys
    texts = tuple(isinstance(dtype, pd.StringDtype) for dtype in node.key_dtypes)
    sort, dropna = node.grouping.options["sort"], node.grouping.options["dropna"]
    parts = blockwise(
        _chunk, node.frame, labels, node.columns, texts, sort, dropna, node.freedom is None, *node.series,
        grid=node.frame.grid, name=f"{node.name}-chunk", label=f"{node.operation}-chunk", cheap=True,
    )  # fmt: skip
    merge = partial(_merge, width=len(node.columns), sort=sort)
    last = partial(
        _finish, sort=sort, columns=node.meta.columns, names=node.key_names, least=node.least, freedom=node.freedom
    )  # fmt: skip
    return tree(parts, merge, last, [0], name=node.name, keepdims=True, label=node.operation)


def _chunk(
    block: pd.DataFrame,
    labels: Sequence[Any],
    columns: Sequence[Any],
    texts: Sequence[bool],
    sort: bool,
    dropna: bool,
    finite: bool,
    *series: pd.Series,
) -> pd.DataFrame:
    others = iter(series)
    groups = groups_of([next(others) if label is None else block[label[0]] for label in labels], sort, dropna)
    values = [groups.of_rows(block[c].to_numpy()) for c in columns]
    values = [np.where(np.isfinite(v), v, np.nan) for v in values] if finite else values  # as pandas for correlations
    keys = [text_of(key, text) for key, text in zip(groups.keys, texts)]
    return _states(keys, moments_of(values, groups), groups.sizes[groups.present])


def _states(keys: Sequence[Any], moments: np.ndarray, sizes: np.ndarray) -> pd.DataFrame:
    """The keys, the sizes of groups, and their moments in numbered columns."""
    flat = pd.DataFrame(moments.reshape(len(moments), math.prod(moments.shape[1:])))
    return pd.concat([pd.DataFrame({f"k{i}": key for i, key in enumerate(keys)} | {"size": sizes}), flat], axis=1)


def _together(
    partials: Sequence[pd.DataFrame], width: int, sort: bool, ordered: bool
) -> tuple[RowGroups, np.ndarray, np.ndarray]:
    rows = concat([p for p in partials if len(p)] or partials[:1]).reset_index(drop=True)
    groups = groups_of(keys_in(rows), sort, dropna=False, ordered=ordered)
    moments = rows[list(range(PARTS * width * width))].to_numpy().reshape(len(rows), PARTS, width, width)
    sizes = np.bincount(groups.places, weights=rows["size"], minlength=groups.room)[groups.present]
    return groups, merged_moments(moments, groups), sizes


def _merge(partials: Sequence[pd.DataFrame], width: int, sort: bool) -> pd.DataFrame:
    groups, moments, sizes = _together(partials, width, sort, ordered=False)
    return _states(groups.keys, moments, sizes)


def _finish(
    partials: Sequence[pd.DataFrame],
    sort: bool,
    columns: pd.Index,
    names: Sequence[Any],
    least: int,
    freedom: int | None,
) -> pd.DataFrame:
    width = len(columns)
    groups, moments, sizes = _together(partials, width, sort, ordered=sort)
    found = covariances(moments, sizes, least, freedom).reshape(len(groups) * width, width)
    keys = [pd.Index(key).repeat(width) for key in groups.keys]
    inner = columns.take(np.tile(np.arange(width), len(groups)))
    return pd.DataFrame(found, pd.MultiIndex.from_arrays([*keys, inner], names=[*names, columns.name]), columns)
