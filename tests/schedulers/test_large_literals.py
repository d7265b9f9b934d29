"""Large literals in the graphs of other engines: each is there once, wherever in a call it stands."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd
from minidask import delayed
from minidask.schedulers.calls import calls
from minidask.schedulers.portable import Portable
from minidask.task import Graph

BIG = np.arange(100_000.0)
FRAME = pd.DataFrame({"a": np.arange(20.0)})
TASKS = 10


def scaled(block: Any, by: Any = 1, **others: Any) -> Any:
    """What is large may be anywhere in `by`, and is there once."""
    if isinstance(by, dict):
        (by,) = by["by"]
    return block * by[2]


def by_closure(big: Any) -> Callable[[Any], Any]:
    return lambda block: block * big[2]


def by_text(text: str) -> Callable[[Any], Any]:
    return lambda block: block * int(text[2])


def by_default() -> Callable[[Any], Any]:
    def scaled_by_default(block: Any, big: np.ndarray = BIG) -> Any:
        return block * big[2]

    return scaled_by_default


def blocks() -> da.Array:
    return da.arange(20.0, chunks=2)


def listed(lazy: list[Any]) -> Any:
    return delayed(list)(lazy)


LAZY = {
    "array keywords": lambda: blocks().map_blocks(scaled, by=BIG),
    "fused": lambda: (blocks() + 0).map_blocks(scaled, by=BIG) + 0,
    "frame keywords": lambda: dd.from_pandas(FRAME, npartitions=TASKS).map_partitions(scaled, by=BIG, meta=FRAME[:0]),
    "bag keywords": lambda: db.from_sequence(range(20), npartitions=TASKS).map(scaled, by=BIG),
    "bytes": lambda: blocks().map_blocks(scaled, by=bytes(range(200)) * 1000),
    "closure": lambda: blocks().map_blocks(by_closure(BIG)),
    "list in a closure": lambda: blocks().map_blocks(by_closure([*range(10_000)])),
    "dict in a closure": lambda: blocks().map_blocks(by_closure({n: float(n) for n in range(10_000)})),
    "text in a closure": lambda: blocks().map_blocks(by_text("2" * 800_000)),
    "default": lambda: blocks().map_blocks(by_default()),
    "delayed positional": lambda: listed([delayed(scaled)(i, BIG) for i in range(TASKS)]),
    "delayed keywords": lambda: listed([delayed(scaled)(i, by=BIG) for i in range(TASKS)]),
    "delayed containers": lambda: listed([delayed(scaled)(i, {"by": [BIG]}) for i in range(TASKS)]),
    "delayed closures": lambda: listed([delayed(by_closure(BIG))(i) for i in range(TASKS)]),
}


def travelled(found: dict[Any, Any]) -> dict[Any, Any]:
    """Calls as they come to workers."""
    return {key: (pickle.loads(cloudpickle.dumps(call)), *needs) for key, (call, *needs) in found.items()}


def ran(found: dict[Any, Any], key: Any) -> Any:
    call, *needs = found[key]
    return call(*[ran(found, need) for need in needs])


@pytest.mark.parametrize("lazy", LAZY.values(), ids=LAZY)
def test_a_large_literal_travels_once(lazy: Callable[[], Any]):
    collection = lazy()
    found = dict(collection.__dask_graph__())
    assert sum(len(cloudpickle.dumps(call)) for call, *_ in found.values()) < 1.5 * BIG.nbytes
    parts = [ran(travelled(found), key) for key in collection.__dask_keys__()]
    given, expected = collection.finish(parts), collection.compute(scheduler="synchronous")
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(given, expected)
    else:
        np.testing.assert_array_equal(given, expected)


def test_a_literal_of_many_functions_is_one_task():
    lazy = [delayed(scaled)(i, by=BIG) for i in range(3)] + [delayed(by_closure(BIG))(i) for i in range(3)]
    found = dict(listed(lazy).__dask_graph__())
    literals = [call for call, *_ in found.values() if call.task.args and call.task.args[0] is BIG]
    assert len(literals) == 1


def test_literals_of_a_plain_graph():
    tasks = {i: (scaled, i, [BIG]) for i in range(3)} | {"sum": (np.sum, [(np.ravel, BIG), BIG])}
    found = calls(Graph.from_dict(tasks))
    assert [call.task.args[0] is BIG for call, *_ in found.values()].count(True) == 1
    assert ran(travelled(found), "sum") == 2 * BIG.sum()


def test_small_data_stays_in_its_function():
    found = dict(blocks().map_blocks(by_closure(BIG[:100])).__dask_graph__())
    assert len(found) == TASKS
    assert [ran(travelled(found), key).tolist() for key in found][:2] == [[0, 2], [4, 6]]


def test_what_cannot_be_pickled_travels_as_it_is():
    lock = threading.Lock()
    function = Portable(lambda: (lock, BIG))
    function.send_apart(lambda obj: obj is BIG, pytest.fail)
    assert function.open()() == (lock, BIG)
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(function)


@pytest.mark.parametrize("kind", ["array keywords", "closure", "delayed containers"])
def test_every_engine_gives_large_literals_to_functions(scheduler: Any, kind: str):
    given = minidask.compute(LAZY[kind](), scheduler=scheduler)
    np.testing.assert_array_equal(given[0], LAZY[kind]().compute(scheduler="synchronous"))
