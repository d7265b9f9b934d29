"""Moving rows between partitions: each block is split into one object sorted by target, of which targets take slices.

::

    source --pack--> rows with keys --split--> sorted rows --receive--> pieces for one target, in the order they had
                          \\--hash or range--> targets

Rows for one target keep the order of the frame, so that "first", "last" and stable sorts mean what they mean in pandas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.blocks import concat
from minidask.expr.blocks import Beside, blockwise, everything, exchanged, gather
from minidask.expr.node import Node
from minidask.kernels.columns import Rows, joined, joined_column, same_layout
from minidask.kernels.row_hashes import hash_targets
from minidask.kernels.row_ranges import range_targets, sample_rows, splitters_of
from minidask.kernels.sorted_rows import Sent, order_of, sent_by_target, split_rows
from minidask.kernels.tables import as_it_is

MOST = 65_536
"""Partitions that a shuffle can make: their numbers have 16 bits."""


def by_hash(rows: Node, keys: Sequence[int], count: int, name: str) -> Node:
    """For each block of rows the targets of its rows: equal keys have one.

    Parameters
    ----------
    rows
        A node of DataFrames.
    keys
        The columns that are keys, by position.
    count
        How many targets.
    name
        Of the node.
    """
    return blockwise(_hashed, rows, list(keys), _checked(count), grid=rows.grid, name=name, label="hash", cheap=True)


def _hashed(rows: pd.DataFrame, keys: Sequence[int], count: int) -> np.ndarray:
    return hash_targets([rows.iloc[:, k] for k in keys], count)


def _checked(count: int) -> int:
    if not 0 < count <= MOST:
        raise ValueError(f"a shuffle makes 1 to {MOST} partitions, not {count}")
    return count


def by_range(
    rows: Node,
    keys: Sequence[int],
    count: int,
    name: str,
    ascending: Sequence[bool] | None = None,
    na_position: str = "last",
    strict: bool = True,
    fewest: int = 0,
) -> Node:
    """For each block of rows the targets of its rows, in the order of their keys; equal keys have one.

    Parameters
    ----------
    rows, keys, count, name
        As for `by_hash`.
    ascending
        For each key; default: all.
    na_position
        Where rows with missing keys go: "first" or "last".
    strict
        False: keys that have no order all go to the first target.
    fewest
        Fewer rows all go to the first target.
    """
    splitters = ranges([rows], keys, count, f"{name}-ranges", ascending, na_position, strict, fewest)
    return target_ranges(rows, keys, splitters, name, ascending, na_position)


def ranges(
    sides: Sequence[Node],
    keys: Sequence[int],
    count: int,
    name: str,
    ascending: Sequence[bool] | None = None,
    na_position: str = "last",
    strict: bool = True,
    fewest: int = 0,
) -> Node:
    """The keys at which ranges of about equally many rows begin, found with samples of all blocks.

    Parameters
    ----------
    sides
        Nodes of DataFrames with keys in the same columns.
    keys, count, name, ascending, na_position, strict, fewest
        As for `by_range`.
    """
    up = list(ascending or [True] * len(keys))
    samples = [
        blockwise(_sample, rows, list(keys), grid=rows.grid, name=f"{name}-sample-{i}", label="sample", cheap=True)
        for i, rows in enumerate(sides)
    ]
    source = samples[0] if len(samples) == 1 else Beside.named(f"{name}-samples", tuple(samples))
    options = (_checked(count), up, na_position, strict, fewest)
    return gather(_split_at, source, everything(source.grid), *options, grid=(), name=name, label="ranges")


def target_ranges(
    rows: Node,
    keys: Sequence[int],
    splitters: Any,
    name: str,
    ascending: Sequence[bool] | None = None,
    na_position: str = "last",
) -> Node:
    """For each block of rows the targets of its rows, given where ranges begin."""
    up = list(ascending or [True] * len(keys))
    return blockwise(
        _ranged, rows, list(keys), splitters, up, na_position, grid=rows.grid, name=name, label="range", cheap=True
    )


def _sample(rows: pd.DataFrame, keys: list[int]) -> tuple[pd.DataFrame, float]:
    return sample_rows(_columns(rows, keys))


def _columns(rows: pd.DataFrame, keys: list[int]) -> pd.DataFrame:
    found = rows.iloc[:, keys]
    return found.set_axis(range(len(keys)), axis=1)


def _split_at(
    samples: Sequence[tuple[pd.DataFrame, float]],
    count: int,
    ascending: list[bool],
    na_position: str,
    strict: bool,
    fewest: int,
) -> pd.DataFrame:
    whole: pd.DataFrame = concat([frame for frame, _ in samples]).reset_index(drop=True)
    weights = np.repeat([weight for _, weight in samples], [len(frame) for frame, _ in samples])
    if weights.sum() < fewest:
        return whole.iloc[:0]
    try:
        return splitters_of(whole, weights, count, ascending, na_position)
    except TypeError:
        if strict:
            raise
        return whole.iloc[:0]


def _ranged(
    rows: pd.DataFrame, keys: list[int], splitters: pd.DataFrame, ascending: list[bool], na_position: str
) -> np.ndarray:
    return range_targets(_columns(rows, keys), splitters, ascending, na_position)


def exchange(rows: Node, targets: Node, count: int, name: str, labels: bool = True) -> Node:
    """For each target the list of pieces that the blocks send it, in the order of the blocks.

    Parameters
    ----------
    rows
        A node of DataFrames or Series.
    targets
        A node over the same grid: for each row of a block its target.
    count
        How many targets.
    name
        Of the node.
    labels
        Whether the labels of the rows are wanted; else others may come.
    """
    sent = blockwise(
        split_rows, rows, targets, count, labels, grid=rows.grid, name=f"{name}-split", label="split", cheap=True
    )
    return gather(_receive, sent, exchanged(rows.grid, count), grid=(count,), name=name, label="receive")


def _receive(pieces: list[Any]) -> list[Any]:
    return pieces


def together(pieces: Sequence[Any], order: np.ndarray | None = None) -> Any:
    """Pieces one under the other, as a frame; those without rows do not count.

    Parameters
    ----------
    pieces
        What a target receives.
    order
        Where the rows are, counted through all pieces, in the order in which they are wanted; None: as they are.
    """
    found, alike = _with_rows(pieces)
    if alike:
        return joined(found, order)
    frame = concat([_opened(piece) for piece in found])
    return frame if order is None else frame.take(order)


def column_of(pieces: Sequence[Any], at: int) -> pd.Series:
    """One column of the pieces, by its position, as in their frame; the labels of the rows are others."""
    found, alike = _with_rows(pieces)
    if alike:
        return joined_column(found, at)
    frames = [_opened(piece) for piece in found]
    return concat([frame if isinstance(frame, pd.Series) else frame.iloc[:, at] for frame in frames])


def _with_rows(pieces: Sequence[Any]) -> tuple[Sequence[Any], bool]:
    """The pieces that have rows, or one; and whether all are `Rows` of one layout."""
    found = [piece for piece in pieces if len(piece)] or pieces[:1]
    return found, all(type(piece) is Rows and same_layout(piece.layout, found[0].layout) for piece in found)


def _opened(piece: Any) -> Any:
    return joined([piece]) if type(piece) is Rows else piece


def send_back(pieces: Sequence[Any], func: Callable[..., Any], *args: Any, labels: bool = True) -> Sent:
    """`func(rows, *args)`, which gives a row for each, sorted by the block that each came from.

    Without `labels` those of the rows are not sent: `bring_back` is told of them.
    """
    offsets = np.cumsum([0, *map(len, pieces)])
    result = func(together(pieces), *args)
    if len(result) != offsets[-1]:
        raise ValueError(f"expected a result for each of {offsets[-1]} rows, got {len(result)}")
    return sent_by_target(result, offsets, labels=labels)


def bring_back(results: Node, targets: Node, name: str, label: str, labels: Node | None = None) -> Node:
    """The rows where they were before an exchange.

    Parameters
    ----------
    results
        For each target what `send_back` gives.
    targets
        Those of the exchange.
    labels
        The index of each block; None: it comes with the results.
    """
    return blockwise(
        _in_place,
        results,
        targets,
        labels,
        grid=targets.grid,
        reads={0: exchanged(results.grid, targets.grid[0])},
        name=name,
        label=label,
    )


def _in_place(results: Sequence[Any], targets: np.ndarray, labels: pd.Index | None) -> Any:
    order = order_of(targets)
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    found = together(results, places)
    return found if labels is None else found.set_axis(labels)


def pack(block: Any, *keys: pd.Series) -> pd.DataFrame:
    """The rows of a block and their keys as one DataFrame, whose columns are numbered."""
    frame = block.to_frame() if isinstance(block, pd.Series) else block.copy(deep=False)
    frame.columns = range(frame.shape[1])
    for key in keys:
        frame[frame.shape[1]] = as_it_is(key, frame.index)
    return frame


def unpack(frame: Any, meta: Any, names: Sequence[Any]) -> tuple[Any, list[pd.Series]]:
    """The rows that look like `meta`, and the keys by these names."""
    width = 1 if isinstance(meta, pd.Series) else meta.shape[1]
    keys = [frame.iloc[:, width + i].rename(name) for i, name in enumerate(names)]
    if isinstance(meta, pd.Series):
        return frame.iloc[:, 0].rename(meta.name), keys
    return frame.iloc[:, :width].set_axis(meta.columns, axis=1), keys
