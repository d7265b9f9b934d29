"""`set_index`: sorting by what becomes the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import minidask.dataframe.divisions as cuts
from minidask.dataframe.align import align
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.blocks import concat, increases, is_increasing_within
from minidask.dataframe.extremes import known_extremes
from minidask.dataframe.meta import Meta, try_on_empty
from minidask.dataframe.node import Columns, Divisions, FrameNode, Method, Partitionwise, is_frame, unknown
from minidask.dataframe.once import made_before
from minidask.dataframe.shuffle import column_of, exchange, pack, target_ranges, together, unpack
from minidask.expr.blocks import blockwise, everything, gather
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.ordering import order_of_key
from minidask.kernels.row_ranges import sample_rows, splitters_of


class Labelled(FrameNode):
    """A DataFrame under a Series with its rows as the index; the rows stay where they are.

    Fields
    ------
    frame, key
        The DataFrame, which has no longer the column that the key was, and the key.
    parts
        The divisions.
    checked
        Whether to hold the keys to the divisions.
    """

    frame: FrameNode
    key: FrameNode
    parts: Divisions
    checked: bool = False

    @property
    def operation(self) -> str:
        return "set_index"

    @fact
    def meta(self) -> Meta:
        return try_on_empty(_with_index, (self.frame.meta, self.key.meta))

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return self.parts

    @property
    def bounds(self) -> cuts.Bounds | None:
        """Between which labels each partition must be; None: it is known to be."""
        return cuts.Bounds(self.parts) if self.checked else None

    def lengths(self) -> tuple[int, ...] | None:
        return self.frame.owner.lengths()

    def extremes_of_labels(self) -> list[tuple[Any, Any]] | None:
        """The least and the greatest label in each partition of the frame; None where its source does not tell."""
        return known_extremes(self.key)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: wanted}

    def needs_labels(self, wanted: bool) -> bool:
        return False

    def without_labels(self) -> FrameNode:
        """The same rows with other labels."""
        return self.frame


class Keyed(Labelled):
    """The same sorted by the key.

    Fields
    ------
    splitters
        A DataFrame of the keys at which partitions begin, but for the first.
    """

    splitters: Any = None

    def lengths(self) -> tuple[int, ...] | None:
        return None

    def without_labels(self) -> FrameNode:
        return self  # which rows are where tells the key


def _with_index(frame: pd.DataFrame, key: pd.Series) -> pd.DataFrame:
    return frame.set_axis(pd.Index(key.array, dtype=key.dtype, name=key.name))


def _within(frame: pd.DataFrame, bounds: tuple[Any, Any, bool] | None, told: str) -> pd.DataFrame:
    """The frame, once it is known that its index increases within bounds, where there are any."""
    index = frame.index
    if bounds is None or is_increasing_within(index, *bounds):
        return frame
    keys = "the keys from {!r} to {!r}".format(*index[[0, -1]].tolist())
    raise ValueError(f"set_index: {keys} are not within {bounds[:2]}, or do not increase: {told}")


@lower(Labelled)
def label_rows(node: Labelled) -> Node:
    """One task a block."""
    args = (node.frame, node.key, node.bounds)
    return blockwise(_label, *args, grid=node.grid, name=node.name, label="set_index", cheap=True)


def _label(frame: pd.DataFrame, key: pd.Series, bounds: Any) -> pd.DataFrame:
    return _within(_with_index(frame, key), bounds, "omit sorted=True")


@lower(Keyed)
def sort_by_key(node: Keyed) -> Node:
    """Rows to partitions by ranges of the key, and sorted there."""
    grid, meta = node.frame.grid, node.frame.meta
    rows = blockwise(pack, node.frame, node.key, grid=grid, name=f"{node.name}-pack", label="pack", cheap=True)
    targets = target_ranges(rows, [meta.shape[1]], node.splitters, f"{node.name}-targets")
    pieces = exchange(rows, targets, node.npartitions, f"{node.name}-pieces", labels=False)
    args = (pieces, meta, node.key.meta.name, node.bounds)
    return blockwise(_sort_by_key, *args, grid=node.grid, name=node.name, label="set_index")


def _sort_by_key(pieces: Sequence[pd.DataFrame], meta: Meta, name: Any, bounds: Any) -> pd.DataFrame:
    at = meta.shape[1]
    order = order_of_key(column_of(pieces, at))
    rows = together(pieces, order)
    rows = rows.sort_values(at, kind="stable") if order is None else rows
    frame, (key,) = unpack(rows, meta, [name])
    told = "the first of the divisions must be the least key, and the last one the greatest"
    return _within(_with_index(frame, key), bounds, told)


class KeyRange(NamedTuple):
    """What set_index has to know of the keys before it can tell the divisions."""

    splitters: pd.DataFrame
    low: Any
    high: Any
    missing: bool


class KeyRanges(FrameNode):
    """The keys at which partitions begin, found with samples; their least and greatest value; as a `KeyRange`."""

    key: FrameNode
    count: int

    @property
    def operation(self) -> str:
        return "ranges"

    @property
    def meta(self) -> Meta:
        return None

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return ()

    def needs_labels(self, wanted: bool) -> bool:
        return False


@lower(KeyRanges)
def find_key_ranges(node: KeyRanges) -> Node:
    """Samples and extremes of all blocks."""
    parts = blockwise(_key_sample, node.key, grid=node.key.grid, name=f"{node.name}-sample", label="sample", cheap=True)
    return gather(_key_range, parts, everything(parts.grid), node.count, grid=(), name=node.name, label="ranges")


def _key_sample(key: pd.Series) -> tuple[pd.DataFrame, float, pd.Series, bool]:
    present = key.dropna()
    codes = present.cat.codes.reset_index(drop=True) if isinstance(key.dtype, pd.CategoricalDtype) else None
    places = [] if not len(present) else _extremes(present if codes is None else codes)
    return *sample_rows(present.to_frame(0)), present.iloc[places], len(present) < len(key)


def _extremes(values: pd.Series) -> list[int]:
    values = values.reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(values.dtype) or values.dtype.kind in "mM":
        return [int(values.argmin()), int(values.argmax())]
    return [int(i) for i in values.drop_duplicates().sort_values().index[[0, -1]]]


def _key_range(parts: Sequence[Any], count: int) -> KeyRange:
    samples, weights, extremes, missing = zip(*parts)
    present = [e for e in extremes if len(e)] or extremes[:1]
    ends = concat(present).sort_values()
    rows = concat([s for s in samples if len(s)] or samples[:1]).reset_index(drop=True)
    weight = np.repeat(weights, [len(sample) for sample in samples])
    splitters = splitters_of(rows, weight, count, [True])
    low, high = (ends.iloc[0], ends.iloc[-1]) if len(ends) else (None, None)
    beyond = _ranks(splitters[0]) > _ranks(ends)[0] if len(ends) else slice(None)
    return KeyRange(splitters[beyond], low, high, any(missing))


def _ranks(keys: pd.Series) -> Any:
    """What tells the order of keys: of categories their numbers."""
    return (keys.cat.codes if isinstance(keys.dtype, pd.CategoricalDtype) else keys).array


def divisions_of(found: KeyRange) -> Divisions:
    """The divisions that ranges of keys make; unknown, where a key is missing, and of categories."""
    count = len(found.splitters) + 1
    if found.missing or found.low is None or isinstance(found.splitters[0].dtype, pd.CategoricalDtype):
        return unknown(count)
    inner = found.splitters[0].tolist()
    low, high = (v.item() if isinstance(v, np.generic) else v for v in (found.low, found.high))
    return (low, *inner, high)


class SetIndex(FrameCollection):
    """`set_index` of a DataFrame."""

    def set_index(
        self,
        other: Any = None,
        drop: bool = True,
        sorted: bool = False,
        npartitions: int | None = None,
        divisions: Sequence[Any] | None = None,
        sort: bool = True,
        append: bool = False,
        verify_integrity: bool = False,
        keys: Any = None,
    ) -> Any:
        """The DataFrame sorted by a column, which becomes the index; its divisions are known.

        To tell the divisions, the column (and nothing else) is read at once, unless `divisions` are given.

        Parameters
        ----------
        other
            The label of a column, or a Series with the same rows. With a list of several labels the rows stay where
            they are, as in pandas, under an index of as many levels.
        drop
            Whether the column is no longer among the columns.
        sorted
            Whether the column is known to increase: its first and last value in each partition are then the
            divisions, and no rows are moved. They are read now, unless the statistics of Parquet files tell them;
            then it is an error when labels are read that do not increase.
        npartitions
            How many partitions the result has; default: as many as now.
        divisions
            Labels at which to divide the rows: the least label, those at which partitions begin, the greatest.
        sort
            False: as pandas does it, the rows stay where they are. Nothing is known of the divisions.
        append
            Whether the columns become levels after those of the index; the rows stay where they are.
        verify_integrity
            Whether to look now for labels that are there twice.
        keys
            pandas' name for `other`.

        Raises
        ------
        KeyError, TypeError, ValueError
            There is no such column; it cannot be an index; the divisions do not increase; labels are there twice.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"k": [3, 1, 2, 0], "x": [1, 2, 3, 4]}), npartitions=2)
        >>> df.set_index("k").compute().x.to_dict()
        {0: 4, 1: 2, 2: 3, 3: 1}
        """
        if (other is None) is (keys is None):
            raise TypeError("set_index() takes the label of a column, a list of them, or a Series")
        other = keys if other is None else other
        if verify_integrity:
            (kept,) = made_before(self.expr)
            told = {"sorted": sorted, "npartitions": npartitions, "divisions": divisions, "sort": sort}
            return _without_duplicates(new(kept).set_index(other, drop, **told, append=append))
        if append or (isinstance(other, list) and (not sort or len(other) > 1)):
            if isinstance(other, FrameCollection):
                raise NotImplementedError("set_index(append=True) takes labels of columns; assign() the Series first")
            if append and (sorted or npartitions is not None or divisions is not None):
                raise TypeError(
                    "set_index(append=True) leaves rows where they are: no sorted=, npartitions=, divisions="
                )
            return new(Partitionwise(Method("set_index"), (self.expr, other), {"drop": drop, "append": append}))
        frame, key = self._key(other, drop)
        if not sort:
            return new(Labelled(frame, key, unknown(frame.npartitions)))
        if divisions is not None:
            parts = cuts.check(divisions)
            inner = pd.DataFrame({0: pd.Series(parts[1:-1], dtype=key.meta.dtype)})
            return new(Keyed(frame, key, parts, True, inner))
        if sorted:
            return self._sorted_already(frame, key)
        frame, key = made_before(frame, key)
        found: KeyRange = new(KeyRanges(key, npartitions or self.npartitions)).compute()
        return new(Keyed(frame, key, divisions_of(found), False, found.splitters))

    def _key(self, other: Any, drop: bool) -> tuple[FrameNode, FrameNode]:
        """The frame without the key, and the key."""
        if isinstance(other, list):
            other = other[0]
        if isinstance(other, FrameCollection):
            (frame, key), _ = align("set_index", [self.expr, other.expr])
            if not is_frame(key) or not isinstance(key.meta, pd.Series):
                raise TypeError(f"other: expected the label of a column or a Series, got a {type(other).__name__}")
            return frame, key
        if other not in self._meta.columns:
            raise KeyError(f"set_index: there is no column {other!r}; the columns are {self._meta.columns.tolist()}")
        table: Any = self
        return (table.drop(columns=[other]) if drop else self).expr, table[other].expr

    def _sorted_already(self, frame: FrameNode, key: FrameNode) -> Any:
        told = known_extremes(key)
        frame, key = made_before(frame, key) if told is None else (frame, key)
        parts = Partitionwise(_ends, (key,), given=pd.Series([], dtype=object), label="set_index")
        pairs = new(parts).compute().tolist() if told is None else told
        ends = [pair for pair in pairs if pair is not None]
        if any(b < a for a, b in ends) or any(b[0] < a[1] for a, b in pairwise(ends)):
            raise ValueError(f"set_index(sorted=True): the column {key.meta.name!r} does not increase; omit sorted=")
        divisions = cuts.divisions_between(ends) if len(ends) == len(pairs) else ()
        if divisions or not ends:
            return new(Labelled(frame, key, divisions or unknown(frame.npartitions), told is not None))
        firsts, high = [first for first, _ in ends], ends[-1][1]
        inner = [first for first in dict.fromkeys(firsts) if first > firsts[0]]
        splitters = pd.DataFrame({0: pd.Series(inner, dtype=key.meta.dtype)})
        return new(Keyed(frame, key, (firsts[0], *inner, high), False, splitters))


def _without_duplicates(frame: Any) -> Any:
    """The frame, once it is known that no label is there twice."""
    labels = frame.index
    twice = labels[labels.duplicated()].unique().compute()
    if len(twice):
        raise ValueError(f"Index has duplicate keys: {twice}")
    return frame


def _ends(key: pd.Series) -> pd.Series:
    """First and last value of a block that increases; None where there is none."""
    if not len(key):
        return pd.Series([None], dtype=object)
    if not increases(key):
        raise ValueError(f"set_index(sorted=True): the column {key.name!r} does not increase; omit sorted=")
    return pd.Series([(key.iloc[0], key.iloc[-1])], dtype=object)
