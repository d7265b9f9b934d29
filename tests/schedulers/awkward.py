"""Awkward computations, of ten times as much data as fits into the budget.

Run in a process of its own: ``python awkward.py NAME LIMIT SCHEDULER`` prints the answer and the peak of memory.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import minidask
import minidask.array as da

SIDE = 3600
"""Of an array of 99 MiB in blocks of 2.8 MiB."""


def opaque(block: np.ndarray) -> np.ndarray:
    """What no optimizer can see through, or make twice."""
    return block + 0.0


def blocks(chunks: tuple[int, int] = (100, SIDE)) -> Any:
    x = da.random.default_rng(1).random((SIDE, SIDE), chunks=chunks)
    return x.map_blocks(opaque, dtype=float)


def apply(func: Callable[..., np.ndarray], x: Any) -> Any:
    return x.map_blocks(func, dtype=float)


def mean_then_anomaly() -> Any:
    x = blocks()
    return ((x - x.mean(axis=0)) ** 2).mean()


def several_outputs() -> Any:
    x = blocks()
    return x.sum(), x.std(), x.max(axis=0).sum(), (x - x.mean()).min(axis=1).sum()


def diamond() -> Any:
    x = blocks()
    return (apply(np.sqrt, x) * apply(np.square, x)).sum()


def transposed_sum() -> Any:
    x = blocks((360, 360))
    return (x + x.T).sum()


def transposed_rows() -> Any:
    x = blocks()
    return (x + x.T.rechunk((100, SIDE))).sum()


def rechunk_rows_to_columns() -> Any:
    return blocks().rechunk((SIDE, 100)).sum(axis=0).max()


def rechunk_back_and_forth() -> Any:
    return apply(opaque, blocks().rechunk((SIDE, 100))).rechunk((100, SIDE)).sum()


def all_pairs() -> Any:
    x = blocks()
    n = x.numblocks[0]
    pairs = [(i, j) for i in range(0, n, 6) for j in range(i, n, 6)]
    return sum((x.blocks[i] * x.blocks[j]).sum() for i, j in pairs)


def dot() -> Any:
    x = blocks((360, 360))
    return x.dot(x.T).sum()


def standardize_columns() -> Any:
    x = blocks()
    return ((x - x.mean(axis=0)) / x.std(axis=0)).max()


def normalise_rows_and_columns() -> Any:
    x = blocks()
    x = x / x.sum(axis=0)
    return (x / x.sum(axis=1, keepdims=True)).sum()


def reversed_order() -> Any:
    x = blocks()
    return (x - x[::-1]).std()


def shifted() -> Any:
    x = blocks()
    return (x[1:] - x[:-1]).max()


def cumulated() -> Any:
    return blocks().cumsum(axis=0)[-1].sum()


def wide_fan_out() -> Any:
    x = blocks()
    return *[(x * i).sum() for i in range(6)], x.mean()


def chain_of_means() -> Any:
    x = blocks()
    for _ in range(3):
        x = apply(opaque, x - x.mean())
    return x.std()


def used_early_and_late() -> Any:
    x = blocks()
    return x.sum() + (x * 2).sum(), (x - x.max()).sum()


def concatenated() -> Any:
    x = da.concatenate([blocks(), blocks() + 1], axis=1)
    return (x - x.mean(axis=0)).std()


def boolean_selection() -> Any:
    x = blocks()
    return (x[x.sum(axis=1) > SIDE / 2] - x.mean()).sum()


def difference_of_halves() -> Any:
    x = blocks()
    return (x[: SIDE // 2] - x[SIDE // 2 :]).std()


GRAPHS: tuple[Callable[[], Any], ...] = (
    mean_then_anomaly, several_outputs, diamond, transposed_sum, transposed_rows, rechunk_rows_to_columns,
    rechunk_back_and_forth, all_pairs, dot, standardize_columns, normalise_rows_and_columns, reversed_order, shifted,
    cumulated, wide_fan_out, chain_of_means, used_early_and_late, concatenated, boolean_selection, difference_of_halves,
)  # fmt: skip


def answer(name: str, **options: Any) -> list[str]:
    """The values of one of them, so that no bit is lost."""
    (value,) = minidask.compute(globals()[name](), **options)
    return [float(v).hex() for v in np.ravel(value)]


def peak() -> int:
    """The most bytes of memory that this process had; what getrusage says includes its parent's before the exec."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


if __name__ == "__main__":
    name, limit, scheduler = sys.argv[1:]
    with minidask.config.set(memory_limit=int(limit)):  # also for what is counted while the expression is built
        found = answer(name, scheduler=scheduler)
    print(json.dumps([found, peak()]))  # noqa: T201
