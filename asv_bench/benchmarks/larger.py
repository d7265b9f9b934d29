"""Computations of ten times as much data as the budget, each in a process of its own.

``python larger.py NAME LIMIT`` prints as JSON the seconds, the most bytes of memory that the process had, and the
bytes that were written to disk. LIMIT is in bytes; 0: none.
"""

import json
import os
import re
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

SCALE = float(os.environ.get("MINIDASK_BENCH_SCALE", "1"))
"""Of the limit, the rows and their keys; 5: a limit of 500 MB."""
LIMIT = int(SCALE * 100 * 2**20)
PARTS, ROWS, KEYS = 160, int(SCALE * 163_840), int(SCALE * 10_000_000)
DATA = PARTS * ROWS * 5 * 8
"""Bytes of five columns: ten times the limit."""


def part(i: int, keys: int = KEYS) -> pd.DataFrame:
    """A partition, a 16th of the limit."""
    random = np.random.default_rng(i)
    columns = {name: random.random(ROWS) for name in "abc"}
    return pd.DataFrame({"k": random.integers(0, keys, ROWS), "g": random.integers(0, 50, ROWS), **columns})


def opaque(rows: pd.DataFrame) -> pd.DataFrame:
    """What no optimizer can see through, or make twice."""
    return rows.copy()


def frame(parts: int = PARTS):
    import minidask.dataframe as dd

    meta = part(0).iloc[:0]
    return dd.from_map(part, range(parts), meta=meta).map_partitions(opaque, meta=meta)


def widest(rows: pd.DataFrame) -> pd.Series:
    """Something that looks at all columns, in their order."""
    return rows.diff().max()


def of_each(rows):
    """The largest of what `widest` gives for each partition; who is not told of its kind runs all for the first one."""
    return rows.map_partitions(widest, meta=pd.Series(dtype="float64"), clear_divisions=True).max()


def set_index():
    return of_each(frame().set_index("k"))


def sort_values():
    return of_each(frame().sort_values("k"))


def merge():
    left, right = frame(PARTS // 2), frame(PARTS).partitions[PARTS // 2 :]
    return of_each(left.merge(right, on="k"))


def many_groups():
    return frame().groupby("k")[["a", "b", "c"]].sum().max()


def transform():
    rows = frame()
    return (rows.a - rows.groupby("k").a.transform("mean")).std()


def drop_duplicates():
    return frame().drop_duplicates("k").a.sum()


NAMES = ("set_index", "sort_values", "merge", "many_groups", "transform", "drop_duplicates")


def main(name: str, limit: int) -> None:
    import minidask
    from minidask.events import Listener

    class Written(Listener):
        nbytes = 0

        def spill(self, i: int, nbytes: int) -> None:
            self.nbytes += nbytes

    written = Written()
    start = time.perf_counter()
    with minidask.config.set(memory_limit=limit or False):  # also for what is looked at while it is built
        value = globals()[name]().compute(callbacks=[written], num_workers=2)
    seconds = time.perf_counter() - start
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
    found = [float(v).hex() for v in np.ravel(value)]
    print(json.dumps([seconds, peak, written.nbytes, found]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
