"""What all collections have in common: computing several at once, persisting, optimizing, explaining."""

from __future__ import annotations

import inspect
import json
import os
import pickle
import subprocess
import sys
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd
from minidask import annotate, config, delayed
from minidask.collection import Collection
from minidask.schedulers.synchronous import get as synchronous_get

Pair = namedtuple("Pair", "a b")
FRAME = pd.DataFrame({"a": [1, 2, 3, 4], "b": list("xyxy")})


@dataclass
class Holder:
    x: object
    label: str = "l"


def inc(x):
    return x + 1


def array():
    return da.ones((4, 4), chunks=2) + 1


def frame():
    return dd.from_pandas(FRAME, npartitions=2)


def bag():
    return db.range(6, npartitions=3).map(inc)


def item():
    return bag().sum()


def value():
    return delayed(inc, pure=True)(41)


KINDS = {"array": array, "frame": frame, "series": lambda: frame().a, "bag": bag, "item": item, "delayed": value}


@pytest.fixture(params=list(KINDS))
def collection(request):
    return KINDS[request.param]()


def same(one, other):
    if isinstance(one, (pd.DataFrame, pd.Series)):
        return one.equals(other)
    return np.array_equal(one, other)


# each kind alone


def test_is_a_collection(collection):
    assert isinstance(collection, Collection)
    assert minidask.is_minidask_collection(collection)
    assert not minidask.is_minidask_collection(type(collection))


@pytest.mark.parametrize("scheduler", ["synchronous", "threads", "processes"])
def test_computes_on_all_schedulers(collection, scheduler):
    expected = collection.compute(scheduler="sync")
    assert not isinstance(expected, Collection)
    assert same(collection.compute(scheduler=scheduler, num_workers=2), expected)
    assert same(minidask.compute(collection, scheduler=scheduler)[0], expected)


def test_computes_the_same_unoptimized(collection):
    with config.set(scheduler="sync"):
        assert same(collection.compute(optimize_graph=False), collection.compute())


def test_persists(collection):
    with config.set(scheduler="sync"):
        kept = collection.persist()
        assert isinstance(kept, Collection)
        assert same(kept.compute(), collection.compute())
        assert same(minidask.persist([collection])[0][0].compute(), collection.compute())
        assert "1 sources" not in kept.explain()


@pytest.mark.parametrize("stage", ["simplify", "needs", "lower", "fuse"])
def test_optimizes_up_to_a_stage(collection, stage):
    better = collection.optimize(until=stage)
    with config.set(scheduler="sync"):
        assert same(better.compute(), collection.compute())
        assert same(minidask.optimize({"k": collection}, until=stage)[0]["k"].compute(), collection.compute())
    with pytest.raises(ValueError, match="the stages are simplify, needs, agree, lower, fuse"):
        collection.optimize(until="no such stage")


def test_is_named_by_its_work(collection, request):
    kind = request.node.callspec.params["collection"]
    assert collection.expr.name == KINDS[kind]().expr.name
    assert minidask.tokenize(collection) == minidask.tokenize(KINDS[kind]())


def test_pickles(collection):
    copy = pickle.loads(pickle.dumps(collection))
    assert copy.expr.name == collection.expr.name
    assert same(copy.compute(scheduler="sync"), collection.compute(scheduler="sync"))


def test_explains(collection):
    text = collection.explain()
    assert text.startswith("as written\n")
    assert "\nto run\n" in text
    assert text.rstrip().endswith(("dependency", "dependencies"))
    assert repr(text) == text == minidask.explain(collection)


def test_counts_in_plain_words():
    one = delayed(inc)(1)
    assert one.explain().endswith("\n1 task, 0 dependencies")
    assert minidask.explain(db.range(4, npartitions=2).map(inc)).endswith("2 tasks, 2 of them sources, 0 dependencies")


def test_visualizes_as_text(collection, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = collection.visualize(engine="text", filename=None)
    assert text.startswith("#1 ")
    assert not list(tmp_path.iterdir())
    with config.set({"visualization.engine": "text"}):
        assert str(minidask.visualize(collection, filename=None)) == text


def test_is_an_argument_of_delayed_calls(collection):
    found = delayed(lambda x: x["k"][0])({"k": [collection]}).compute(scheduler="sync")
    assert same(found, collection.compute(scheduler="sync"))


def test_is_an_argument_of_bags(collection):
    found = db.range(1, npartitions=1).map(lambda _, x: x[0], [collection]).compute(scheduler="sync")
    assert same(found[0], collection.compute(scheduler="sync"))


# several at once


def test_several_kinds_in_containers():
    shape = [array(), (frame(), {"b": bag()}), Pair(item(), 5), Holder(value()), {value()}, "rest"]
    (found,) = minidask.compute(shape)
    assert found[0].tolist() == (np.ones((4, 4)) + 1).tolist()
    assert found[1][0].equals(FRAME)
    assert found[1][1] == {"b": [1, 2, 3, 4, 5, 6]}
    assert found[2:] == [Pair(21, 5), Holder(42), {42}, "rest"]


def test_without_traversing():
    inner = [value()]
    found, direct = minidask.compute(inner, value(), traverse=False)
    assert found is inner
    assert direct == 42


def test_nothing_to_compute():
    assert minidask.compute() == ()
    assert minidask.compute(1, [2]) == (1, [2])
    assert minidask.persist(1) == (1,)
    for function in (minidask.explain, minidask.visualize):
        with pytest.raises(TypeError, match="no collection"):
            function(1)


def test_work_shared_by_several_kinds_is_done_once():
    calls = []

    def source():
        calls.append(1)
        return [1, 2, 3]

    start = delayed(source)()
    b = db.from_delayed([start])
    x = da.from_delayed(delayed(np.array)(start), shape=(3,), dtype=int) if hasattr(da, "from_delayed") else start
    results = minidask.compute(start, b.map(inc), b.sum(), delayed(len)(start), x, scheduler="threads")
    assert results[:4] == ([1, 2, 3], [2, 3, 4], 6, 3)
    assert calls == [1]


def test_the_same_collection_twice():
    calls = []
    once = delayed(lambda: calls.append(1))()
    assert minidask.compute(once, once, [once]) == (None, None, [None])
    assert calls == [1]


def test_two_collections_of_one_expression():
    b = bag()
    assert minidask.compute(b, delayed(sum)(b), b.filter(None or bool)) == ([*range(1, 7)], 21, [*range(1, 7)])


# which scheduler


def recording(log, name):
    def get(graph, keys, **options):
        log.append((name, options))
        return synchronous_get(graph, keys)

    return get


def test_precedence_of_schedulers(monkeypatch):
    log = []
    monkeypatch.setattr("minidask.schedulers.threads.get", recording(log, "threads"))
    monkeypatch.setattr("minidask.schedulers.processes.get", recording(log, "processes"))
    array().compute()
    frame().compute()
    value().compute()
    bag().compute()
    item().compute()
    minidask.compute(bag(), item())
    minidask.compute(bag(), array())
    assert [name for name, _ in log] == ["threads"] * 3 + ["processes"] * 3 + ["threads"]
    log.clear()
    with config.set(scheduler=recording(log, "config")):
        bag().compute()
        bag().compute(scheduler="threads", num_workers=3)
        bag().compute(scheduler=recording(log, "argument"))
    bag().persist(scheduler="threads")
    assert log == [("config", {}), ("threads", {"num_workers": 3}), ("argument", {}), ("threads", {})]


def test_executors():
    with ThreadPoolExecutor(2) as executor:
        assert bag().compute(scheduler=executor) == [*range(1, 7)]


def test_wrong_schedulers():
    with pytest.raises(ValueError, match=r"'threads'.*'processes'.*'single-threaded'"):
        bag().compute(scheduler="thread")
    with pytest.raises(TypeError, match="not int"):
        bag().compute(scheduler=3)
    with pytest.raises(TypeError, match="not the class ThreadPoolExecutor: call it"):
        bag().compute(scheduler=ThreadPoolExecutor)


@pytest.mark.parametrize(("made", "text"), [([1], "1 values came"), ([], "0 values"), (None, "NoneType came")])
def test_get_functions_that_return_something_else(made, text):
    def short(graph, keys):
        return made

    with pytest.raises(TypeError, match=rf"short must return a list of 2 values, one per key: {text}"):
        db.range(4, npartitions=2).compute(scheduler=short)


@pytest.mark.parametrize("act", [lambda **options: bag().compute(**options), lambda **o: minidask.persist(bag(), **o)])
def test_unknown_options(act):
    with pytest.raises(TypeError, match=r"compute\(\) and persist\(\) know no option 'foo'; .*num_workers.*retries"):
        act(foo=1)

    def get(graph, keys, size=1):
        return synchronous_get(graph, keys)

    act(scheduler=get, size=2)
    with pytest.raises(TypeError, match=r"no option 'num_workers'; .*, size$"):
        act(scheduler=get, num_workers=2)


def test_a_collection_takes_traverse():
    assert bag().compute(traverse=False) == bag().compute(traverse=True) == bag().compute()


# hints


def test_annotations():
    with annotate(priority=1):
        assert minidask.get_annotations() == {"priority": 1}
        with annotate(retries=2):
            inner = delayed(inc, pure=True)(1)
        outer = delayed(inc, pure=True)(1)
    assert minidask.get_annotations() == {}
    assert inner.expr.annotations == {"priority": 1, "retries": 2}
    assert outer.expr.annotations == {"priority": 1}
    assert delayed(inc)(1).expr.annotations == {}


def test_annotations_reach_the_tasks():
    seen = []

    def get(graph, keys, **options):
        seen.extend(graph.annotations(i) for i in range(len(graph)))
        return synchronous_get(graph, keys)

    b = db.range(4, npartitions=2)
    with annotate(retries=3):
        b = b.map(inc)
    total = b.map(inc).sum()
    assert total.compute(scheduler=get) == 14
    assert {"retries": 3} in seen
    assert {} in seen


def test_annotations_are_left_when_the_block_fails():
    with pytest.raises(KeyError), annotate(priority=1):
        raise KeyError
    assert minidask.get_annotations() == {}


@pytest.mark.parametrize(
    ("hints", "error", "text"),
    [
        ({"resources": {"GPU": 0}}, ValueError, r"resources=\{'GPU': 0\}.*positive numbers by name"),
        ({"resources": "db"}, ValueError, r"resources='db'.*positive numbers by name"),
        (
            {"retrys": 3},
            TypeError,
            "no hint 'retrys'; the hints are allow_other_workers, priority, resources, retries, retry_on, workers",
        ),
        ({"retries": -1}, ValueError, "retries must be a whole number of at least 0, not -1"),
        ({"retry_on": OSError("x")}, TypeError, "retry_on must be an exception class, or a tuple of them"),
        ({"retry_on": KeyboardInterrupt}, TypeError, "retry_on must be an exception class"),
        ({"priority": "high"}, ValueError, r"priority='high'.*a number"),
    ],
)
def test_wrong_hints(hints, error, text):
    with pytest.raises(error, match=text), annotate(**hints):
        pass
    assert minidask.get_annotations() == {}


def test_priority_is_the_order_of_ready_tasks():
    log = []
    values = []
    for priority in (0, 2, -1, 1):
        with annotate(priority=priority):
            values.append(delayed(log.append)(priority))
    minidask.compute(values, scheduler="sync")
    assert log == [2, 1, 0, -1]


def test_annotated_work_is_other_work():
    with annotate(priority=1):
        hinted = bag()
    assert hinted.name != bag().name
    assert minidask.compute(hinted, bag()) == (bag().compute(), bag().compute())


# names

PROGRAM = """
import json, sys
import numpy as np, pandas as pd
import minidask, minidask.array as da, minidask.bag as db, minidask.dataframe as dd
from minidask import delayed
frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.to_datetime(["2020", "2021"])})
tokens = [minidask.tokenize(x) for x in (
    1, 1.0, "a", b"a", None, [1], (1,), {"k": {1, "b", None}}, np.arange(5), np.float32(1), frame, frame.a, len,
    json.dumps, slice(1, 2), range(3), frozenset("abc"), np.array(["a", None], dtype=object), pd.Timestamp("2020"),
)]
names = [x.expr.name for x in (
    (da.ones((4, 4), chunks=2) + 1).sum(axis=0), dd.from_pandas(frame, npartitions=2).a,
    db.from_sequence(["a", "b"] * 1000).map(str.upper).groupby(len), db.range(5, npartitions=2).sum(),
    delayed(json.dumps, pure=True)({"a": 1}),
)]
print(json.dumps([tokens, names]))
"""


def test_names_are_the_same_in_every_process():
    root = str(Path(__file__).parent.parent)
    outputs = []
    for seed in "01":
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    tokens, names = json.loads(outputs[0])
    assert len(set(tokens)) == len(tokens)
    assert len(set(names)) == len(names)


DIFFERENT = [
    (1, 1.0), (1, True), ("1", 1), ([1, 2], [2, 1]), ([1], (1,)), ({"a": 1}, {"a": 2}), ({1: 2, 3: 4}, {3: 4, 1: 2}),
    (np.arange(4), np.arange(4.0)), (np.arange(4), np.arange(4).reshape(2, 2)), (np.zeros(3), np.zeros(4)),
    (pd.Series([1], name="a"), pd.Series([1], name="b")), (lambda x: x + 1, lambda x: x + 2), (min, max),
    (np.dtype("i4"), np.dtype("i8")), (slice(1), slice(2)), ("", b""), ((), []), (None, "None"), (["a", "b"], ["a,b"]),
    (Pair(1, 2), (1, 2)), (Holder(1), Holder(2)),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_objects_have_different_tokens(one, other):
    assert minidask.tokenize(one) != minidask.tokenize(other)
    assert minidask.tokenize(one) == minidask.tokenize(one)


# where things come from


def test_the_line_that_asked_is_kept():
    b = bag().map(inc)
    file, line = b.expr.where
    assert file == __file__
    assert line == inspect.currentframe().f_lineno - 3


def test_errors_have_few_frames_of_ours():
    def fails(x):
        raise KeyError("mine")

    for failing in (bag().map(fails), delayed(fails)(1)):
        with pytest.raises(KeyError) as error:
            failing.compute(scheduler="threads")
        ours = [f for f in error.traceback if f"{os.sep}minidask{os.sep}" in str(f.path) and "tests" not in str(f.path)]
        assert len(ours) <= 2


def test_what_is_persisted_is_used_beside_what_lives_on_unpersisted():
    calls = []

    def seen(block):
        calls.append(1)
        return block

    x = da.ones(6, chunks=2).map_blocks(seen, dtype=float)
    lazy = x.sum()
    held = x.persist(scheduler="threads")
    made = len(calls)
    assert held.sum().compute() == 6
    assert len(calls) == made  # the blocks that are there
    assert lazy.compute() == 6
    assert len(calls) == made + 3  # and the lazy one is lazy still
    assert x.sum().expr is lazy.expr
    both = held.sum(), held.sum()
    assert both[0].expr is both[1].expr is not lazy.expr
    assert minidask.compute(held.sum() * 2, lazy + 1, (held + x).sum()) == (12, 7, 12)
