"""Other partitions of the same rows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pandas as pd

import minidask.dataframe.divisions as cuts
from minidask.dataframe.align import Divide
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.blocks import concat, take_rows
from minidask.dataframe.create import from_pandas
from minidask.dataframe.node import Divisions, FrameNode, Partitionwise, unknown
from minidask.dataframe.numbering import numbered
from minidask.dataframe.regrouped import AllRows
from minidask.expr.blocks import BlockIndex, Box, One, PerBlock, blockwise, gather
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.quantities import parse_bytes


class Join(AllRows):
    """Neighbouring partitions put together: the old ones from `starts[i]` to before `starts[i + 1]` are the new i."""

    starts: tuple[int, ...]

    @fact
    def divisions(self) -> Divisions:
        old = self.frame.divisions
        return tuple(old[i] for i in self.starts)


@lower(Join)
def join(node: Join) -> Node:
    """Each task reads its old partitions."""
    read = Box((0,), (node.starts[:-1],), (node.starts[1:],))
    return gather(concat, node.frame, read, grid=node.grid, name=node.name, label="repartition")


class Split(AllRows):
    """Each old partition cut by position into `counts[i]` new ones of about equal size."""

    counts: tuple[int, ...]

    @fact
    def divisions(self) -> Divisions:
        return unknown(sum(self.counts))


class Share(PerBlock):
    """For each new partition which share it is of its old one, and how many there are."""

    def __init__(self, owners: Sequence[int], counts: Sequence[int]) -> None:
        self.owners = owners
        self.counts = counts
        self.starts = [0, *accumulate(counts)]

    def block(self, index: Index) -> tuple[int, int]:
        owner = self.owners[index[0]]
        return index[0] - self.starts[owner], self.counts[owner]


def take_share(block: Any, share: tuple[int, int]) -> Any:
    """One of several parts of a block."""
    i, n = share
    return take_rows(block, i * len(block) // n, (i + 1) * len(block) // n)


@lower(Split)
def split(node: Split) -> Node:
    """Each task takes its share of one old partition."""
    owners = tuple(i for i, n in enumerate(node.counts) for _ in range(n))
    share, read = Share(owners, node.counts), One((0,), (owners,))
    return blockwise(
        take_share, node.frame, share, grid=node.grid, reads={0: read}, name=node.name, label="repartition"
    )


def into(node: FrameNode, npartitions: int) -> FrameNode:
    """The frame in so many partitions: at labels where these are numbers or times, else by position."""
    have = node.npartitions
    if npartitions == have:
        return node
    if npartitions < have:
        return Join(node, cuts.even_cuts(have, npartitions))
    between = _interpolated(node.divisions, npartitions) if node.known else None
    if between is not None:
        return Divide(node, between)
    ends = [i * npartitions // have for i in range(have + 1)]
    return Split(node, tuple(b - a for a, b in pairwise(ends)))


def _interpolated(divisions: Divisions, npartitions: int) -> Divisions | None:
    """Divisions in between, where the labels can be counted; None where there is no room."""
    first: Any = divisions[0]
    times = isinstance(first, pd.Timestamp)
    if isinstance(first, bool | np.bool_) or not (times or isinstance(first, int | float | np.number)):
        return None
    old = pd.DatetimeIndex(divisions).asi8 if times else np.asarray(divisions)
    places = np.interp(np.linspace(0, len(old) - 1, npartitions + 1), np.arange(len(old)), old)
    if times:
        unit = pd.DatetimeIndex(divisions).unit
        found: list[Any] = [pd.Timestamp(int(p), unit=unit, tz=first.tz) for p in places]
    else:
        found = [int(p) for p in places] if old.dtype.kind in "iu" else places.tolist()
    found[0], found[-1] = divisions[0], divisions[-1]
    return tuple(found) if all(a < b for a, b in pairwise(found)) else None


def by_divisions(node: FrameNode, divisions: Sequence[Any], force: bool) -> FrameNode:
    """The frame divided at these labels.

    Raises
    ------
    ValueError
        Its divisions are not known; or the new ones leave labels out, or go beyond them without `force`.
    """
    parts = cuts.check(divisions)
    if not node.known:
        raise ValueError("repartition(divisions=) needs known divisions; set_index(divisions=) makes them")
    low, high = node.divisions[0], node.divisions[-1]
    if parts[0] > low or parts[-1] < high:
        raise ValueError(
            f"divisions from {parts[0]!r} to {parts[-1]!r} leave out labels: they go from {low!r} to {high!r}"
        )
    if not force and (parts[0] != low or parts[-1] != high):
        raise ValueError(f"divisions go beyond the labels, from {low!r} to {high!r}; force=True allows that")
    return Divide(node, parts)


def by_size(node: FrameNode, nbytes: int) -> FrameNode:
    """The frame in partitions of at most so many bytes, as far as rows are of one size; their sizes are computed."""
    sizes: list[int] = new(Partitionwise(_size, (node,), {}, given=pd.Series(dtype="int64"))).compute().tolist()
    counts = tuple(max(1, -(-size // nbytes)) for size in sizes)
    if any(n > 1 for n in counts):
        node = Split(node, counts)
        sizes = [size // n for size, n in zip(sizes, counts) for _ in range(n)]
    starts, total = [0], 0
    for i, size in enumerate(sizes):
        if total + size > nbytes and i > starts[-1]:
            starts.append(i)
            total = 0
        total += size
    return Join(node, (*starts, len(sizes)))


def _size(block: Any) -> pd.Series:
    usage = block.memory_usage(deep=True)
    return pd.Series([int(usage if isinstance(block, pd.Index | pd.Series) else usage.sum())])


class Repartition(FrameCollection):
    """Other partitions: DataFrame, Series and Index."""

    def repartition(
        self,
        divisions: Sequence[Any] | None = None,
        npartitions: int | None = None,
        partition_size: str | int | None = None,
        freq: Any = None,
        force: bool = False,
    ) -> Any:
        """The same rows in other partitions. Give one of the first three.

        Parameters
        ----------
        divisions
            The labels at which partitions begin, and the last label; divisions must be known.
        npartitions
            How many. Fewer: neighbours are put together. More: partitions are cut, at labels where these are numbers
            or times, else by position, so that divisions are not known afterwards.
        partition_size
            Bytes of a partition, such as "100MB"; the sizes that there are will be computed.
        freq
            Not supported.
        force
            Whether `divisions` may go beyond the labels there are.

        Raises
        ------
        ValueError, TypeError
            None or several are given, or what is given does not fit.
        """
        if freq is not None:
            raise NotImplementedError("repartition(freq=): pass divisions=pandas.date_range(...)")
        given = [a for a in (divisions, npartitions, partition_size) if a is not None]
        if len(given) != 1:
            raise ValueError("repartition takes one of divisions, npartitions and partition_size")
        if divisions is not None:
            return new(by_divisions(self.expr, divisions, force))
        if partition_size is not None:
            return new(by_size(self.expr, max(1, parse_bytes(partition_size, "partition_size"))))
        if not isinstance(npartitions, int) or npartitions < 1:
            raise ValueError(f"npartitions={npartitions!r}: expected a whole number, at least 1")
        return new(into(self.expr, npartitions))


class Sampling(FrameCollection):
    """Rows chosen by chance: DataFrame and Series."""

    def sample(
        self,
        n: int | None = None,
        frac: float | None = None,
        replace: bool = False,
        weights: Any = None,
        random_state: Any = None,
        axis: int | str | None = None,
        ignore_index: bool = False,
    ) -> Any:
        """Rows chosen by chance.

        Parameters
        ----------
        n
            How many, of all rows together, which are counted now where their number is not known.
        frac
            The fraction of rows, of each partition the same.
        replace
            Whether a row may come several times.
        weights
            How likely rows are to be chosen, in proportion: a column, or a Series. They are looked at now, and `frac`
            is then of all rows together.
        random_state
            A whole number makes the choice the same each time.
        axis
            With 1, columns are chosen.
        ignore_index
            Whether to number the rows from 0.

        Raises
        ------
        ValueError
            Both `n` and `frac`, or neither; more rows than there are, without `replace`; weights that are negative, not
            finite, or all 0.
        """
        if along_columns(self._pandas, "sample", 0 if axis is None else axis):
            return self._sampled_columns(n, frac, replace, weights, random_state, ignore_index)
        if (n is None) is (frac is None):
            raise ValueError("sample() takes n=, how many rows, or frac=, the fraction of them")
        if (n if frac is None else frac) < 0:  # type: ignore[operator]
            raise ValueError(f"sample(n={n!r}, frac={frac!r}): expected no negative number of rows")
        seed = np.random.SeedSequence(random_state).entropy
        likely = None if weights is None else self._likelihoods(weights)
        if n is not None or likely is not None:
            total = len(self) if likely is None else len(likely)  # type: ignore[arg-type]
            count = round(frac * total) if n is None else n  # type: ignore[operator]
            numbers = np.random.default_rng(seed).choice(total, count, replace=replace, p=likely)
            chosen = self.iloc[numbers]  # type: ignore[attr-defined]
            return new(numbered(chosen.expr)) if ignore_index else chosen
        told = {"frac": frac, "replace": replace, "seed": seed}
        keeps = "" if replace else "divisions"
        sampled = Partitionwise(choose, (self.expr, BlockIndex()), told, keeps, given=self._meta)
        return new(numbered(sampled) if ignore_index else sampled)

    def _likelihoods(self, weights: Any) -> np.ndarray:
        """How likely each row is to be chosen."""
        if isinstance(weights, Hashable) and not isinstance(weights, FrameCollection):
            weights = self[weights]  # type: ignore[index]
        elif isinstance(weights, pd.Series):
            weights = weights.reindex(self.index.compute())  # type: ignore[attr-defined]
        given = weights.compute() if isinstance(weights, FrameCollection) else weights
        found = np.nan_to_num(np.asarray(given, dtype=np.float64), posinf=np.inf)
        if len(found) != len(self):  # type: ignore[arg-type]
            raise ValueError(f"weights: {len(found)} values for {len(self)} rows")  # type: ignore[arg-type]
        if not np.isfinite(found).all() or (found < 0).any() or not found.sum() > 0:
            raise ValueError("weights: expected finite values, none of them negative, and some above 0")
        likely: np.ndarray = found / found.sum()
        return likely

    def _sampled_columns(
        self, n: Any, frac: Any, replace: bool, weights: Any, random_state: Any, ignore_index: bool
    ) -> Any:
        columns = self._meta.columns.to_series(index=range(len(self._meta.columns)))
        told = {"n": n, "frac": frac, "replace": replace, "weights": weights, "random_state": random_state}
        found = self.iloc[:, columns.sample(**told).index.tolist()]  # type: ignore[attr-defined]
        return found.set_axis(range(found._meta.shape[1]), axis=1) if ignore_index else found


def repartition(df: Any, divisions: Any = None, force: bool = False) -> Any:
    """A frame in other partitions; one in memory becomes lazy.

    Parameters
    ----------
    df
        Lazy, or of pandas.
    divisions
        The labels at which partitions begin, and the last one.
    force
        Whether the first and last label may differ from those now.
    """
    lazy: Any = df if isinstance(df, FrameCollection) else from_pandas(df, npartitions=1)
    return lazy.repartition(divisions=divisions, force=force)


def choose(block: Any, index: tuple[int], frac: float, replace: bool, seed: int) -> Any:
    """Rows of a block chosen by chance, in their order."""
    chance = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=index))
    count = round(frac * len(block))
    return block.iloc[np.sort(chance.choice(len(block), count, replace=replace))] if len(block) else block
