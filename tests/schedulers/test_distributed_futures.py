"""Futures of a cluster among the arguments of our collections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("distributed", reason="comes with dask, without which xarray is tested")

import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd
from minidask import delayed
from minidask.distributed import Client

FRAME = pd.DataFrame({"value": [0.0]})


def sums(block: Any, *others: Any, **more: Any) -> Any:
    """Block with the sum of all that came with it, which are values by now."""
    return block + sum(np.asarray(v).sum() for v in [*others, *more.values()])


TAKES_FUTURE = {
    "delayed": lambda a: delayed(np.sum)(a),
    "delayed of it": lambda a: delayed(a).sum(),
    "delayed, in a list": lambda a: delayed(np.sum)([a, a]) / 2,
    "array": lambda a: da.zeros(1, chunks=1).map_blocks(sums, a, dtype=float)[0],
    "array, by name": lambda a: da.zeros(1, chunks=1).map_blocks(sums, w=a, dtype=float)[0],
    "frame": lambda a: (
        dd.from_pandas(FRAME[:1] * 0.0, npartitions=1).map_partitions(sums, a, meta=FRAME[:0]).value.sum()
    ),
    "frame, by name": lambda a: dd.from_pandas(FRAME[:1] * 0.0, npartitions=1).map_partitions(sums, w=a).value.sum(),
    "bag": lambda a: db.from_sequence([0]).map(sums, w=a).sum(),
}


@pytest.mark.parametrize("take", TAKES_FUTURE.values(), ids=TAKES_FUTURE)
def test_futures_as_arguments_are_their_values(cluster: Client, take: Any):
    future = cluster.scatter(np.arange(5.0), hash=False)
    for scheduler in (cluster, "threads"):
        assert take(future).compute(scheduler=scheduler) == 10


def test_blocks_are_made_of_futures_by_from_future(cluster: Client):
    future = cluster.scatter(np.arange(5.0), hash=False)
    for make in (dd.from_delayed, db.from_delayed):
        with pytest.raises(TypeError, match="from_future"):
            make([future])
    with pytest.raises(TypeError, match="from_future"):
        da.from_delayed(future, (5,), float)
