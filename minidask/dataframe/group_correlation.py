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
from minidask.kernels.group_moments import (
    PARTS,
    correlations,
    covariances,
    gaps_of,
    merged_gaps,
    merged_moments,
    moments_of,
)
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
    alike: bool,
    *series: pd.Series,
) -> pd.DataFrame:
    others = iter(series)
    groups = groups_of([next(others) if label is None else block[label[0]] for label in labels], sort, dropna)
    values = [groups.of_rows(block[c].to_numpy()) for c in columns]
    gaps = np.zeros((len(groups), 0)) if alike else gaps_of(values, groups)
    values = [v if v.dtype.kind in "iu" else np.where(np.isfinite(v), v, np.nan) for v in values]
    keys = [text_of(key, text) for key, text in zip(groups.keys, texts)]
    return _states(keys, moments_of(values, groups), gaps)


def _states(keys: Sequence[Any], moments: np.ndarray, gaps: np.ndarray) -> pd.DataFrame:
    """The keys; in numbered columns the moments of groups, then what their gaps are."""
    flat = moments.reshape(len(moments), math.prod(moments.shape[1:]))
    return pd.concat(
        [pd.DataFrame({f"k{i}": key for i, key in enumerate(keys)}), pd.DataFrame(np.hstack([flat, gaps]))], axis=1
    )


def _together(
    partials: Sequence[pd.DataFrame], width: int, sort: bool, ordered: bool
) -> tuple[RowGroups, np.ndarray, np.ndarray]:
    rows = concat([p for p in partials if len(p)] or partials[:1]).reset_index(drop=True)
    keys = keys_in(rows)
    groups = groups_of(keys, sort, dropna=False, ordered=ordered)
    found = rows.iloc[:, len(keys) :].to_numpy()
    moments, gaps = np.hsplit(found, [PARTS * width * width])
    return groups, merged_moments(moments.reshape(len(rows), PARTS, width, width), groups), merged_gaps(gaps, groups)


def _merge(partials: Sequence[pd.DataFrame], width: int, sort: bool) -> pd.DataFrame:
    groups, moments, gaps = _together(partials, width, sort, ordered=False)
    return _states(groups.keys, moments, gaps)


def _finish(
    partials: Sequence[pd.DataFrame],
    sort: bool,
    columns: pd.Index,
    names: Sequence[Any],
    least: int,
    freedom: int | None,
) -> pd.DataFrame:
    width = len(columns)
    groups, moments, gaps = _together(partials, width, sort, ordered=sort)
    matrices = correlations(moments, least) if freedom is None else covariances(moments, gaps, least, freedom)
    found = matrices.reshape(len(groups) * width, width)
    keys = [pd.Index(key).repeat(width) for key in groups.keys]
    inner = columns.take(np.tile(np.arange(width), len(groups)))
    return pd.DataFrame(found, pd.MultiIndex.from_arrays([*keys, inner], names=[*names, columns.name]), columns)
