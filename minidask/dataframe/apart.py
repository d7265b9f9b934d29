"""Partitions as such: what each takes, splits by chance, shuffles, and what is known of where they begin."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.blocks import is_increasing_within
from minidask.dataframe.divisions import Bounds
from minidask.dataframe.meta import Meta, columns_in
from minidask.dataframe.node import Columns, Divisions, FrameNode, Partitionwise, unknown
from minidask.dataframe.partitions import index_of
from minidask.dataframe.regrouped import Regrouped
from minidask.dataframe.shuffle import by_hash, exchange, together
from minidask.expr.blocks import BlockIndex, blockwise, unchanged
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Shuffled(Regrouped):
    """The rows of a frame, those with equal keys in one partition."""

    keys: FrameNode
    count: int

    @property
    def operation(self) -> str:
        return "shuffle"

    @fact
    def divisions(self) -> Divisions:
        return unknown(self.count)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: wanted}


@lower(Shuffled)
def shuffle_by_hash(node: Shuffled) -> Node:
    """Each row goes where the hash of its key says."""
    keys = blockwise(_numbered, node.keys, grid=node.keys.grid, name=f"{node.name}-keys", label="keys", cheap=True)
    width = range(len(node.keys.meta.columns))
    targets = by_hash(keys, width, node.count, f"{node.name}-targets")
    pieces = exchange(node.frame, targets, node.count, f"{node.name}-pieces")
    return blockwise(together, pieces, grid=node.grid, name=node.name, label="shuffle")


def _numbered(block: pd.DataFrame) -> pd.DataFrame:
    return block.set_axis(range(block.shape[1]), axis=1)


class Relabelled(FrameNode):
    """A frame of which other divisions are known."""

    frame: FrameNode
    parts: Divisions

    @property
    def operation(self) -> str:
        return self.frame.operation

    @fact
    def meta(self) -> Meta:
        return self.frame.meta

    @fact
    def divisions(self) -> Divisions:
        return self.parts

    @fact
    def rows(self) -> str:
        return self.frame.rows

    @fact
    def owned_by(self) -> FrameNode | None:
        return self.frame.owner

    @property
    def rowwise(self) -> bool:
        return True

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: wanted}

    def needs_labels(self, wanted: bool) -> bool:
        return wanted


@lower(Relabelled)
def as_they_are(node: Relabelled) -> Node:
    """The blocks are the same."""
    return blockwise(unchanged, node.frame, grid=node.grid, name=node.name, label=node.operation, cheap=True)


class Divided(FrameCollection):
    """What DataFrame, Series and Index have because their partitions are of pandas, and may be in order."""

    def clear_divisions(self) -> Any:
        """The same rows, without what is known of where partitions begin."""
        return new(Relabelled(self.expr, unknown(self.npartitions)))

    def compute_current_divisions(self, col: Any = None, set_divisions: bool = False) -> Any:
        """Where the partitions begin, and the last one ends, found now.

        Parameters
        ----------
        col
            The column that the divisions are of; by default the index.
        set_divisions
            Whether to give the frame with these divisions, instead of them.

        Raises
        ------
        ValueError
            The labels do not rise from partition to partition; a partition is empty.
        """
        frame: Any = self
        is_index = isinstance(self._meta, pd.Index)
        labels = frame[col] if col is not None else frame if is_index else frame.index
        ends = new(Partitionwise(_first_and_last, (labels.expr,), given=pd.Series([], dtype=object))).compute()
        pairs = ends.tolist()
        if any(pair is None for pair in pairs) or any(a[1] > b[0] for a, b in itertools.pairwise(pairs)):
            raise ValueError("the labels do not rise from partition to partition, or a partition has none; set_index()")
        divisions = (*(first for first, _ in pairs), pairs[-1][1])
        if not set_divisions:
            return divisions
        if col is not None:
            raise NotImplementedError("compute_current_divisions(col, set_divisions=True): set_index(col, sorted=True)")
        return new(Relabelled(self.expr, divisions))

    def to_backend(self, backend: str = "pandas") -> Any:
        """The frame itself.

        Parameters
        ----------
        backend
            Only "pandas".
        """
        if backend not in ("pandas", None):
            raise NotImplementedError(
                f"to_backend({backend!r}): blocks are of pandas; convert them with map_partitions"
            )
        return self


class Apart(Divided):
    """What DataFrame and Series do because they are in partitions."""

    def memory_usage_per_partition(self, index: bool = True, deep: bool = False) -> Any:
        """The bytes that each partition takes, as a lazy Series.

        Parameters
        ----------
        index
            Whether to count the index.
        deep
            Whether to look into Python objects.
        """
        meta = pd.Series([], dtype="int64")
        return new(Partitionwise(_bytes_of, (self.expr, index, deep), given=meta)).reset_index(drop=True)

    @property
    def nbytes(self) -> Any:
        """The bytes that the values take, as a lazy scalar."""
        return new(Partitionwise(_nbytes, (self.expr,), given=pd.Series([], dtype="int64"))).sum()

    def enforce_runtime_divisions(self) -> Any:
        """The same frame, whose partitions are checked to lie within their divisions when they are made.

        Raises
        ------
        ValueError
            The divisions are not known; or, then, a partition is not within its own.
        """
        if not self.known_divisions:
            raise ValueError("enforce_runtime_divisions(): the divisions are not known; set_index() makes them")
        bounds: Any = Bounds(self.divisions)
        return new(Partitionwise(_within, (self.expr, bounds), {}, "rows", given=self._meta))

    def random_split(self, frac: Sequence[float], random_state: Any = None, shuffle: bool = False) -> list[Any]:
        """Frames that have each row once, by chance.

        Parameters
        ----------
        frac
            The share of each, which add up to 1.
        random_state
            A seed.
        shuffle
            Whether the rows of each partition are put in a random order, too.

        Raises
        ------
        ValueError
            The shares do not add up to 1.
        """
        if not np.isclose(sum(frac), 1):
            raise ValueError(f"frac={list(frac)}: the shares have to add up to 1, not to {sum(frac)}")
        seed = int(np.random.default_rng(random_state).integers(2**62))
        edges = tuple(np.cumsum([0.0, *frac]).tolist())
        return [
            new(
                Partitionwise(
                    _share, (self.expr, BlockIndex(), seed, edges, i, shuffle), {}, "divisions", given=self._meta
                )
            )
            for i in range(len(frac))
        ]

    def shuffle(
        self, on: Any = None, ignore_index: bool = False, npartitions: int | None = None, on_index: bool = False
    ) -> Any:
        """The rows in partitions by their keys: rows with equal keys are in one.

        Parameters
        ----------
        on
            A column, a list of columns, or a Series with the same rows.
        ignore_index
            Whether the index of the result is numbers from 0 on.
        npartitions
            How many partitions; by default as many as now.
        on_index
            Whether the labels of the index are the keys.

        Raises
        ------
        KeyError, TypeError
            There is no such column; no key is given.
        """

        if (on is None) is not on_index:
            raise TypeError("shuffle() takes on=, or on_index=True")
        if on_index:
            keys = self.index.to_frame(index=True)  # type: ignore[attr-defined]
        elif isinstance(on, FrameCollection):
            keys = on if isinstance(on._meta, pd.DataFrame) else on.to_frame()  # type: ignore[attr-defined]
        else:
            table: Any = self if isinstance(self._meta, pd.DataFrame) else self.to_frame()  # type: ignore[attr-defined]
            keys = table[on if isinstance(on, list) else [on]]
        found = new(Shuffled(self.expr, keys.expr, npartitions or self.npartitions))
        return found.reset_index(drop=True) if ignore_index else found


def _bytes_of(block: Any, index: bool, deep: bool) -> pd.Series:
    return pd.Series([int(np.sum(block.memory_usage(index=index, deep=deep)))])


def _nbytes(block: Any) -> pd.Series:
    return pd.Series([sum(v.nbytes for v in columns_in(block))], dtype="int64")


def _first_and_last(labels: Any) -> pd.Series:
    values = pd.Index(labels)
    return pd.Series([(values.min(), values.max()) if len(values) else None], dtype=object)


def _within(block: Any, bounds: Any) -> Any:
    if not is_increasing_within(index_of(block), *bounds):
        raise ValueError(f"a partition is not within its divisions, {bounds[0]!r} to {bounds[1]!r}")
    return block


def _share(block: Any, index: tuple[int], seed: int, edges: Sequence[float], number: int, shuffle: bool) -> Any:
    """One of the shares of a block: the same numbers are drawn for all of them."""
    drawn = np.random.default_rng([seed, *index])
    place = np.searchsorted(edges, drawn.random(len(block)), side="right") - 1
    found = block[np.minimum(place, len(edges) - 2) == number]
    return found.take(drawn.permutation(len(found))) if shuffle else found
