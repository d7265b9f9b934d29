"""Variances, covariances and correlations of all rows up to each: the moments of earlier partitions are carried on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.correlation import Moments, merged, moments
from minidask.dataframe.meta import Meta
from minidask.dataframe.node import SameRows
from minidask.expr.blocks import blockwise
from minidask.expr.carries import before
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class RunningPairs(SameRows):
    """A column for each pair of columns, over the rows up to each in which both have finite values.

    Fields
    ------
    frame
        Columns of numbers.
    pairs
        The positions of the columns of each pair.
    method
        "var", "std", "cov" or "corr".
    least
        How many rows there must be.
    ddof
        What is taken from their number.
    given
        The meta.
    """

    pairs: tuple[tuple[int, int], ...]
    method: str
    least: int
    ddof: int
    given: Meta

    @property
    def operation(self) -> str:
        return self.method

    @fact
    def meta(self) -> Meta:
        return self.given.set_axis(self.frame.meta.index)


@lower(RunningPairs)
def carry_moments(node: RunningPairs) -> Node:
    """The moments of each block, those of all before it, and what its rows make of these."""
    source, name = node.frame, node.name
    found = blockwise(_moments, source, grid=source.grid, name=f"{name}-moments", label="moments", cheap=True)
    earlier = before(found, 0, _fold, f"{name}-before")
    told = {"pairs": node.pairs, "method": node.method, "least": node.least, "ddof": node.ddof, "meta": node.meta}
    return blockwise(_go_on, source, earlier, grid=node.grid, kwargs=told, name=name, label=node.operation)


def _table(block: Any) -> pd.DataFrame:
    return block.to_frame() if isinstance(block, pd.Series) else block


def _moments(block: Any) -> Moments:
    return moments(_table(block))


def _fold(blocks: Sequence[Moments], before: Moments | None = None) -> Moments | None:
    found = [*([] if before is None else [before]), *blocks]
    return merged(found) if found else None


def _go_on(
    block: Any,
    earlier: Moments | None,
    pairs: Sequence[tuple[int, int]],
    method: str,
    least: int,
    ddof: int,
    meta: Meta,
) -> Any:
    values = _table(block).to_numpy(dtype=np.float64, na_value=np.nan)
    columns = [running(values, pair, earlier, method, ddof, least) for pair in pairs]
    if isinstance(meta, pd.Series):
        return pd.Series(columns[0], index=block.index, name=meta.name)
    found = pd.DataFrame(dict(enumerate(columns)), index=block.index, columns=range(len(columns)))
    return found.set_axis(meta.columns, axis=1)


def running(
    values: np.ndarray, pair: tuple[int, int], earlier: Moments | None, method: str, ddof: int, least: int
) -> np.ndarray:
    """What a method gives of two columns for the rows up to each.

    Parameters
    ----------
    values
        Of shape (rows, columns), float64.
    pair
        The numbers of the columns.
    earlier
        The moments of all rows before; None: there are none.
    method, ddof, least
        As for `RunningPairs`.

    Examples
    --------
    >>> running(np.array([[1.0], [2.0], [6.0]]), (0, 0), None, "var", 1, 1).tolist()
    [nan, 0.5, 7.0]
    """
    (i, j), there = pair, np.isfinite(values[:, pair]).all(axis=1)
    sides = [(i, j), (j, i)]
    known = earlier is not None and earlier.counts[pair] > 0
    first = values[there.argmax()] if there.any() else np.zeros(values.shape[1])
    means = [earlier.means[side] if known else first[side[0]] for side in sides]  # type: ignore[union-attr]
    off = [np.where(there, values[:, side[0]] - mean, 0.0) for side, mean in zip(sides, means)]
    counts = there.cumsum() + (earlier.counts[pair] if known else 0)  # type: ignore[union-attr]

    def added_up(a: np.ndarray, b: np.ndarray, start: float) -> np.ndarray:
        """The products of the deviations from the means of all rows up to each."""
        added: np.ndarray = start + (a * b).cumsum() - a.cumsum() * b.cumsum() / counts
        return added

    with np.errstate(all="ignore"):
        products = added_up(off[0], off[1], earlier.products[pair] if known else 0.0)  # type: ignore[union-attr]
        if method == "corr":
            squares = [added_up(a, a, earlier.squares[side] if known else 0.0) for a, side in zip(off, sides)]  # type: ignore[union-attr]
            found = products / np.sqrt(squares[0] * squares[1])
        else:
            products = products if method == "cov" else np.maximum(products, 0.0)
            found = np.where(counts > ddof, products / (counts - ddof), np.nan)
            found = np.sqrt(found) if method == "std" else found
    return np.where(counts >= max(least, 1), found, np.nan)


def pairs_of(left: Meta, right: Meta, found: Meta) -> tuple[tuple[int, int], ...] | None:
    """The pairs that an answer of pandas for two frames has, of columns counted through both, by its rows and columns.

    None: there are columns of which nobody has a partner, or some were left out.
    """
    own, others = (range(side.shape[1]) if isinstance(side, pd.DataFrame) else None for side in (left, right))
    start = 1 if own is None else len(own)
    if found.index.nlevels > left.index.nlevels:
        pairs = [(i, start + j) for j in others or () for i in own or ()]
    elif own is None or others is None:
        pairs = [(i, start + j) for i in (own or [0]) for j in (others or [0])]
    elif left.columns.equals(right.columns):
        pairs = [(i, start + i) for i in own]
    else:
        return None
    return tuple(pairs) if found.size == len(pairs) else None
