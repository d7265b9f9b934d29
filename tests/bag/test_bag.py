"""Every method of bags against plain Python."""

from __future__ import annotations

import functools
import itertools
import math
import operator
import pickle
import random
import statistics
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import toolz
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask
import minidask.bag as db
from minidask import config, delayed

WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "and", "the", "cat"]
PEOPLE = [{"name": "Ada", "born": 1815}, {"name": "Grace", "born": 1906}, {"name": "Alan"}]


@pytest.fixture(autouse=True, params=["synchronous", "threads"])
def local(request):
    with config.set(scheduler=request.param):
        yield


def is_odd(x):
    return x % 2 == 1


def add(x, y=0, z=0):
    return x + y + z


numbers = st.lists(st.integers(-20, 20), max_size=30)
partitions = st.integers(1, 7)

# (method, on a bag of ints; the same on a list)
SAME_AS_LIST = [
    ("map", lambda b: b.map(add, 1, z=2), lambda x: [i + 3 for i in x]),
    ("map-builtin", lambda b: b.map(str), lambda x: list(map(str, x))),
    ("map-bag", lambda b: b.map(add, b, z=b), lambda x: [3 * i for i in x]),
    ("map-delayed", lambda b: b.map(add, delayed(5), z=delayed(1)), lambda x: [i + 6 for i in x]),
    ("map-item", lambda b: b.map(add, b.count()), lambda x: [i + len(x) for i in x]),
    ("map-container", lambda b: b.map(lambda i, v: i + v[0]["k"], [{"k": delayed(2)}]), lambda x: [i + 2 for i in x]),
    ("starmap", lambda b: b.zip(b).starmap(add, z=delayed(1)), lambda x: [2 * i + 1 for i in x]),
    ("filter", lambda b: b.filter(is_odd), lambda x: [i for i in x if is_odd(i)]),
    ("remove", lambda b: b.remove(is_odd), lambda x: [i for i in x if not is_odd(i)]),
    ("flatten", lambda b: b.map(lambda i: [i] * (i % 3)).flatten(), lambda x: [i for i in x for _ in range(i % 3)]),
    ("pluck", lambda b: b.map(lambda i: (i, -i)).pluck(1), lambda x: [-i for i in x]),
    ("pluck-list", lambda b: b.map(lambda i: (i, -i)).pluck([1, 0]), lambda x: [(-i, i) for i in x]),
    ("pluck-one", lambda b: b.map(lambda i: (i, -i)).pluck([1]), lambda x: [(-i,) for i in x]),
    ("map_partitions", lambda b: b.map_partitions(lambda p, n: [i + n for i in p], 2), lambda x: [i + 2 for i in x]),
    ("map_partitions-generator", lambda b: b.map_partitions(lambda p: (i for i in p)), list),
    ("map_partitions-bags", lambda b: b.map_partitions(operator.add, b).count(), lambda x: 2 * len(x)),
    ("zip", lambda b: b.zip(b.map(str), b), lambda x: [(i, str(i), i) for i in x]),
    ("unzip", lambda b: b.map(lambda i: (i, str(i))).unzip(2)[1], lambda x: [str(i) for i in x]),
    ("concat", lambda b: db.concat([b, b.map(str), b]), lambda x: [*x, *map(str, x), *x]),
    ("product", lambda b: b.product(db.from_sequence("ab")).count(), lambda x: 2 * len(x)),
    ("accumulate", lambda b: b.accumulate(operator.add), lambda x: list(itertools.accumulate(x))),
    ("accumulate-initial", lambda b: b.accumulate(max, 3), lambda x: list(itertools.accumulate(x, max, initial=3))),
    (
        "accumulate-gaps",
        lambda b: b.filter(is_odd).accumulate(operator.sub),
        lambda x: list(itertools.accumulate(filter(is_odd, x), operator.sub)),
    ),
    ("repartition-few", lambda b: b.repartition(2), list),
    ("repartition-many", lambda b: b.repartition(11), list),
    ("repartition-size", lambda b: b.repartition(partition_size="100B"), list),
    ("count", lambda b: b.filter(is_odd).count(), lambda x: sum(map(is_odd, x))),
    ("sum", lambda b: b.filter(is_odd).sum(), lambda x: sum(filter(is_odd, x))),
    ("any", lambda b: b.any(), any),
    ("all", lambda b: b.all(), all),
    ("fold", lambda b: b.fold(add, initial=0), sum),
    ("fold-combine", lambda b: b.fold(lambda n, _: n + 1, operator.add, initial=0, split_every=2), len),
    ("reduction", lambda b: b.reduction(len, sum), len),
    ("reduction-bag", lambda b: b.reduction(sorted, lambda p: sorted(itertools.chain(*p)), out_type=db.Bag), sorted),
    ("frequencies", lambda b: b.frequencies(), lambda x: list(Counter(x).items())),
    ("frequencies-sort", lambda b: b.frequencies(2, sort=True), lambda x: Counter(x).most_common()),
    (
        "frequencies-normalize",
        lambda b: b.frequencies(normalize=True),
        lambda x: [(i, n / len(x)) for i, n in Counter(x).items()],
    ),
    ("topk", lambda b: b.topk(3), lambda x: sorted(x, reverse=True)[:3]),
    ("topk-key", lambda b: b.topk(3, abs, split_every=2), lambda x: sorted(x, key=abs, reverse=True)[:3]),
    ("distinct", lambda b: b.distinct(), lambda x: list(toolz.unique(x))),
    ("distinct-key", lambda b: b.distinct(abs), lambda x: list(toolz.unique(x, abs))),
    ("foldby", lambda b: b.foldby(is_odd, add), lambda x: list(toolz.reduceby(is_odd, add, x).items())),
    (
        "foldby-initial",
        lambda b: b.foldby(is_odd, lambda n, _: n + 1, 0, add, 0, split_every=2),
        lambda x: list(toolz.countby(is_odd, x).items()),
    ),
    ("groupby", lambda b: b.groupby(abs), lambda x: toolz.groupby(abs, x)),
    ("groupby-few", lambda b: b.groupby(is_odd, npartitions=2), lambda x: toolz.groupby(is_odd, x)),
    ("join", lambda b: b.join([2, 3, -3], abs), lambda x: [(j, i) for i in x for j in [2, 3, -3] if abs(j) == abs(i)]),
    ("join-bag", lambda b: b.join(b.distinct(), abs, on_other=lambda i: i), lambda x: [
        (j, i) for i in x for j in toolz.unique(x) if j == abs(i)
    ]),
    ("take-all", lambda b: b.take(4, npartitions=-1, compute=False, warn=False), lambda x: x[:4]),
    ("random_sample-all", lambda b: b.random_sample(1), list),
    ("random_sample-none", lambda b: b.random_sample(0), lambda x: []),
    ("str", lambda b: b.map(str).str.replace("-", "+").str.zfill(4), lambda x: [
        str(i).replace("-", "+").zfill(4) for i in x
    ]),
    ("str.match", lambda b: b.map(str).str.match("1?"), lambda x: [str(i) for i in x if 10 <= i < 20]),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs"), [row[1:] for row in SAME_AS_LIST], ids=[row[0] for row in SAME_AS_LIST])
@settings(max_examples=10, deadline=None)
@given(items=numbers, n=partitions)
def test_gives_what_python_gives(ours, theirs, items, n):
    expected = theirs(items)
    for bag in (db.from_sequence(items, npartitions=n), _with_empty_partitions(items, n)):
        found = ours(bag).compute()
        assert (dict(found) if isinstance(expected, dict) else found) == expected


def _with_empty_partitions(items, n):
    return db.from_delayed([delayed(list)(part) for part in ([], items[:n], [], items[n:], [])])


# (method, theirs, what it does to an empty bag)
STATISTICS = [
    ("mean", statistics.fmean),
    ("var", statistics.pvariance),
    ("std", statistics.pstdev),
    ("min", min),
    ("max", max),
]


@pytest.mark.parametrize(("method", "theirs"), STATISTICS)
@settings(max_examples=20, deadline=None)
@given(items=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), n=partitions)
def test_statistics(method, theirs, items, n):
    for bag in (db.from_sequence(items, npartitions=n), _with_empty_partitions(items, n)):
        assert getattr(bag, method)().compute() == pytest.approx(theirs(items), rel=1e-9, abs=1e-3)


def test_variance_with_degrees_of_freedom():
    items = [1.0, 2.0, 4.0, 9.0]
    b = db.from_sequence(items, npartitions=3)
    assert b.var(ddof=1).compute() == pytest.approx(statistics.variance(items))
    assert b.std(ddof=1).compute() == pytest.approx(statistics.stdev(items))
    assert math.isnan(b.var(ddof=4).compute())


def test_variance_of_numbers_far_from_zero():
    items = [1e9 + i for i in range(100)]
    assert db.from_sequence(items, npartitions=7).var().compute() == pytest.approx(statistics.pvariance(items))


def test_of_nothing():
    empty = db.from_sequence([])
    assert empty.npartitions == 1
    assert (empty.compute(), empty.count().compute(), empty.sum().compute()) == ([], 0, 0)
    assert math.isnan(empty.mean().compute())
    with pytest.raises(ValueError, match="empty") as caught:
        empty.max().compute()
    assert "argument 0[0]: NoItems" in "\n".join(caught.value.__notes__)
    with pytest.raises(TypeError, match="initial"):
        empty.fold(add).compute()
    assert empty.groupby(abs).compute() == empty.frequencies().compute() == empty.topk(3).compute() == []


# making bags


@pytest.mark.parametrize(
    ("arguments", "lengths"),
    [
        ({}, [1] * 10),
        ({"npartitions": 3}, [3, 3, 4]),
        ({"npartitions": 20}, [1] * 10),
        ({"partition_size": 4}, [4, 4, 2]),
        ({"partition_size": 100}, [10]),
    ],
)
def test_partitions_of_a_sequence(arguments, lengths):
    b = db.from_sequence(iter(range(10)), **arguments)
    assert b.npartitions == len(lengths)
    assert b.map_partitions(lambda p: [len(p)]).compute() == lengths
    assert list(b) == list(range(10))


def test_range_holds_no_items():
    assert db.range(10**12, npartitions=10**4).take(2) == (0, 1)
    assert db.bag_range(5, npartitions=2).map_partitions(lambda p: [len(p)]).compute() == [2, 3]


def test_many_items_have_about_a_hundred_partitions():
    assert db.from_sequence(range(100_000)).npartitions == 100


def test_from_delayed_takes_values_of_any_iterable():
    parts = [delayed(range)(2), delayed(lambda: (c for c in "ab"))(), {"x": 1}, [True]]
    b = db.from_delayed(parts)
    assert b.npartitions == 4
    assert b.compute() == [0, 1, "a", "b", "x", True]
    assert db.from_delayed(delayed(list)("ab")).map(str.upper).compute() == ["A", "B"]


def test_from_delayed_makes_only_what_is_needed():
    made = []
    b = db.from_delayed([delayed(lambda i: [made.append(i)])(i) for i in range(5)])
    assert b.take(1) == (None,)
    assert made == [0]


def test_ten_thousand_delayed_partitions():
    part = delayed(lambda i: [i])
    assert db.from_delayed([part(i) for i in range(10_000)]).sum().compute() == sum(range(10_000))


def test_from_a_plain_graph():
    b = db.Bag({("x", 0): [1, 2], ("x", 1): (list, (range, 3)), "other": 1}, "x", 2)
    assert b.map(add, 1).compute() == [2, 3, 1, 2, 3]
    with pytest.raises(KeyError, match="x"):
        db.Bag({("x", 0): [1]}, "x", 2)


def test_functions_of_several_bags():
    b = db.range(4, npartitions=2)
    assert db.map(add, 10, b, z=b).compute() == [10, 12, 14, 16]
    assert db.map_partitions(lambda n, p: p * n, 2, b).compute() == [0, 1, 0, 1, 2, 3, 2, 3]
    assert db.zip(b, b).compute() == [(i, i) for i in range(4)]
    assert db.concat([b, db.zip(b)]).npartitions == 4


# parts


def test_take():
    b = db.range(10, npartitions=4)  # 2, 3, 2, 3
    assert b.take(2) == (0, 1)
    assert b.take(5, npartitions=2) == (0, 1, 2, 3, 4)
    assert b.take(0) == ()
    with pytest.warns(UserWarning, match="found 2 items in 1 of 4 partitions") as caught:
        assert b.take(3) == (0, 1)
    assert caught[0].filename == __file__
    assert b.take(3, warn=False) == (0, 1)
    lazy = b.take(2, compute=False)
    assert (lazy.npartitions, lazy.compute()) == (1, [0, 1])
    with pytest.warns(UserWarning, match="found 2"):
        b.take(3, compute=False).compute()


def test_take_calls_a_function_no_more_than_needed():
    seen = []
    b = db.range(100, npartitions=2).map(lambda x: seen.append(x) or x).filter(is_odd)
    assert b.take(3) == (1, 3, 5)
    assert seen == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "method",
    [
        lambda b: b.accumulate(operator.add),
        lambda b: b.repartition(30),
        lambda b: b.product(db.range(2, npartitions=2)),
        lambda b: db.concat([b, b.map(str)]),
        lambda b: b.join([1, 2], abs),
        lambda b: b.map_partitions(sorted),
    ],
)
def test_take_makes_no_partition_that_it_does_not_look_at(method):
    calls = []
    b = db.range(100, npartitions=10).map(lambda x: calls.append(x) or x)
    assert len(method(b).take(1)) == 1
    assert set(calls) <= set(range(10))


def test_partitions_as_delayed_values():
    b = db.range(5, npartitions=2).map(add, 1)
    for optimize_graph in (True, False):
        parts = b.to_delayed(optimize_graph=optimize_graph)
        assert minidask.compute(*parts) == ([1, 2], [3, 4, 5])
        assert (parts[0] + parts[1]).compute() == [1, 2, 3, 4, 5]


def test_repartition_keeps_order_and_evens_out():
    lengths = db.range(100, npartitions=7).repartition(12).map_partitions(lambda p: [len(p)]).compute()
    assert len(lengths) == 12
    assert sum(lengths) == 100
    assert db.range(10, npartitions=3).repartition(3).name == db.range(10, npartitions=3).name


def test_repartition_by_size():
    b = db.from_sequence(["x" * 1000] * 10 + ["y"] * 20, npartitions=3).repartition(partition_size="3 kB")
    sizes = b.map_partitions(lambda p: [sum(map(len, p))]).compute()
    assert max(sizes) <= 3000
    assert b.compute() == ["x" * 1000] * 10 + ["y"] * 20


def test_random_sample_depends_on_the_seed_only():
    b = db.range(1000, npartitions=5)
    one = b.random_sample(0.3, random_state=1).compute()
    assert one == b.random_sample(0.3, random_state=1).compute(scheduler="sync")
    assert one != b.random_sample(0.3, random_state=2).compute()
    assert 200 < len(one) < 400
    assert b.random_sample(0.5).compute() != b.random_sample(0.5).compute()
    by_part = db.range(100, npartitions=2).map_partitions(lambda p: range(50)).random_sample(0.5, random_state=0)
    first, second = minidask.compute(*by_part.to_delayed())
    assert first != second


@pytest.mark.parametrize(
    ("state", "same"),
    [
        (lambda: np.int64(7), lambda: 7),
        (lambda: random.Random(7), lambda: random.Random(7)),
        (lambda: random.Random(7).getstate(), lambda: random.Random(7)),
    ],
)
def test_states_of_random_sample(state, same):
    b = db.range(100, npartitions=3)
    assert b.random_sample(0.5, state()).compute() == b.random_sample(0.5, same()).compute()


@pytest.mark.parametrize("split_every", [2, None])
def test_an_initial_value_may_be_changed_by_the_operator(split_every):
    b, initial = db.range(12, npartitions=4), []

    def append(seen, x):
        seen.append(x)
        return seen

    def extend(seen, more):
        seen.extend(more)
        return seen

    for _ in range(2):
        assert b.fold(append, extend, initial, split_every).compute() == list(range(12))
        pairs = b.foldby(is_odd, append, initial, extend, initial, split_every).compute()
        assert dict(pairs) == toolz.groupby(is_odd, range(12))
    assert initial == []


def test_a_frame_of_a_bag_that_begins_with_nothing():
    b = db.range(6, npartitions=3).filter(lambda i: i > 3).map(lambda i: {"a": i})
    assert b.to_dataframe().compute().to_dict("list") == {"a": [4, 5]}
    assert len(b.filter(lambda r: False).to_dataframe(columns=["a"]).compute()) == 0


@pytest.mark.parametrize("optimize_graph", [True, False])
def test_frames(optimize_graph):
    records = [{"a": i, "b": str(i)} for i in range(7)]
    frame = db.from_sequence(records, npartitions=3).to_dataframe(optimize_graph=optimize_graph)
    assert list(frame.columns) == ["a", "b"]
    assert frame.compute().reset_index(drop=True).equals(pd.DataFrame(records))
    pairs = db.range(4, npartitions=2).map(lambda i: (i, -i)).to_dataframe(columns=["x", "y"])
    assert pairs.y.sum().compute() == -6
    given = db.from_sequence(records, npartitions=3).to_dataframe(meta={"a": "f8"})
    assert given.compute().dtypes.to_dict() == {"a": "f8"}


# items


def test_items():
    total = db.range(5, npartitions=2).sum()
    assert total.apply(lambda x: x + 1).compute() == 11
    assert total.to_delayed().compute() == 10
    assert (total.to_delayed() + 1).compute() == 11
    assert (int(total), float(total), complex(total), bool(total), range(20)[total]) == (10, 10.0, 10 + 0j, True, 10)
    assert db.Item.from_delayed(delayed(3)).compute() == 3
    assert repr(total).startswith("minidask.bag.Item<sum-")
    assert delayed(add)(total, 1).compute() == 11
    with pytest.raises(TypeError, match="value must be a delayed value, not int"):
        db.Item.from_delayed(3)


# how the work is done


def test_a_chain_is_one_task_a_partition_in_one_pass():
    order = []
    b = db.range(4, npartitions=2)
    chain = b.map(lambda x: order.append(("a", x)) or x).filter(lambda x: True).map(lambda x: order.append(("b", x)))
    with config.set(scheduler="sync"):
        assert chain.compute() == [None] * 4
    assert order[:4] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert "2 tasks" in chain.explain()


def test_what_is_shared_is_made_once():
    calls = []
    b = db.range(6, npartitions=2).map(lambda x: calls.append(x) or x)
    pairs = b.map(add, 1).zip(b.map(add, 2))
    assert minidask.compute(pairs, b, b.sum()) == ([(i + 1, i + 2) for i in range(6)], [*range(6)], 15)
    assert sorted(calls) == [*range(6)]


def test_persisted():
    calls = []
    b = db.range(6, npartitions=2).map(lambda x: calls.append(x) or x).persist()
    assert b.map(add, 1).sum().compute() == 21
    assert b.compute() == [*range(6)]
    assert len(calls) == 6


def test_names_say_what_is_done_and_agree_for_equal_work():
    def chain():
        return db.from_sequence([1, 2, 3]).map(add, 5).filter(is_odd).groupby(abs).map(len).frequencies()

    assert chain().name == chain().name
    assert chain().expr is chain().expr
    assert chain().name.startswith("frequencies-")
    assert db.range(3, npartitions=1).map(add).name != db.range(3, npartitions=1).map(add, 1).name
    many = [db.from_sequence(["a", 1.5] * 1000).name for _ in range(2)]
    assert many[0] == many[1] != db.from_sequence(["a", 1] * 1000).name


def test_pickling():
    b = db.from_sequence(WORDS, npartitions=3).map(len).filter(is_odd)
    copy = pickle.loads(pickle.dumps(b))
    assert copy.name == b.name
    assert copy.compute() == b.compute()


def test_ten_thousand_partitions():
    b = db.range(20_000, npartitions=10_000).map(add, 1)
    assert b.sum().compute() == sum(range(1, 20_001))


def test_a_thousand_methods_in_a_chain():
    b = db.range(10, npartitions=2)
    for _ in range(500):
        b = b.map(add, 1).map_partitions(list)
    assert b.compute() == [i + 500 for i in range(10)]


# mistakes


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda b: b.map(3), TypeError, "func must be a function, not int"),
        (lambda b: b.filter("x"), TypeError, "predicate must be a function, not str"),
        (lambda b: b.map(add, db.range(3, npartitions=3)), ValueError, "2 and 3 partitions"),
        (lambda b: b.zip([1, 2]), TypeError, "zip takes bags, not list"),
        (lambda b: db.map(add, 1), TypeError, "at least one bag"),
        (lambda b: b.groupby(abs, method="disk"), NotImplementedError, "tasks"),
        (lambda b: b.groupby(abs, shuffle="p2p"), NotImplementedError, "tasks"),
        (lambda b: b.groupby(abs, max_branch=3), NotImplementedError, "max_branch=3"),
        (lambda b: b.groupby(abs, npartitions=0), ValueError, "npartitions=0"),
        (lambda b: b.topk(-1), ValueError, "k=-1"),
        (lambda b: b.take(1.5), ValueError, r"k=1\.5"),
        (lambda b: b.take(1, npartitions=9), ValueError, "the bag has 2 partitions"),
        (lambda b: b.repartition(), ValueError, "either"),
        (lambda b: b.repartition(1, "1MB"), ValueError, "either"),
        (lambda b: b.random_sample(2), ValueError, "prob=2"),
        (lambda b: b.random_sample(0.5, "x"), TypeError, "random_state"),
        (lambda b: b.fold(add, split_every=1), ValueError, "split_every=1"),
        (lambda b: b.reduction(sum, sum, out_type=list), TypeError, "out_type must be Item or Bag"),
        (lambda b: b.product([1]), TypeError, "other must be a bag"),
        (lambda b: b.join(3, abs), TypeError, "other must be an iterable"),
        (lambda b: db.concat([]), TypeError, "concat"),
        (lambda b: db.concat([b, [1]]), TypeError, "list"),
        (lambda b: db.from_sequence(b), TypeError, "from_delayed"),
        (lambda b: db.from_sequence([1], 1, 1), ValueError, "either"),
        (lambda b: db.from_sequence(3), TypeError, "not int"),
        (lambda b: db.read_text(3), TypeError, "a path or a list of paths"),
        (lambda b: db.from_sequence([1], npartitions=0), ValueError, "npartitions=0"),
        (lambda b: db.range(-1, 2), ValueError, "n=-1"),
        (lambda b: db.from_delayed([]), ValueError, "empty"),
        (lambda b: db.from_delayed([3]), TypeError, "not int"),
        (lambda b: b.str.no_such_method, AttributeError, "no_such_method"),
    ],
)
def test_mistakes_are_told_at_the_call(call, error, message):
    with pytest.raises(error, match=message):
        call(db.range(4, npartitions=2))


def test_bags_of_different_lengths():
    one, other = db.range(4, npartitions=2), db.range(6, npartitions=2)
    for pair in (one.zip(other), other.zip(one), one.map(add, other), other.map(add, z=one)):
        with pytest.raises(ValueError, match="different numbers of items"):
            pair.compute()


def test_stop_iteration_in_a_function_does_not_cut_the_bag():
    with pytest.raises(RuntimeError, match="StopIteration"):
        db.from_sequence([[1], [], [2]], npartitions=1).map(lambda x: next(iter(x))).compute()


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_the_step_that_failed_is_named(failing):
    def fails(x):
        return 1 // (x - 3)

    def works(x):
        return x + 0

    b = db.range(8, npartitions=2)
    for i in range(3):
        b = b.map(fails if i == failing else works)
    with pytest.raises(ZeroDivisionError) as error:
        b.map(str).count().compute()
    notes = "\n".join(error.value.__notes__)
    assert "in the step 'map-fails', asked for at" in notes
    assert "map-works" not in notes
    assert f"{__file__}:" in notes


def test_a_failing_builtin_is_among_the_suspects():
    with pytest.raises(ValueError, match="invalid literal") as error:
        db.from_sequence(["1", "x"]).map(int).map(add, 1).count().compute()
    notes = "\n".join(error.value.__notes__)
    assert "map-int" in notes
    assert "map-add" not in notes


def test_a_long_chain_does_not_recurse():
    b = functools.reduce(lambda b, i: b.map(add, 1).filter(bool), range(1000), db.range(4, npartitions=2))
    assert b.compute() == [1000, 1001, 1002, 1003]


def test_the_note_of_many_suspects_is_short():
    class Unclear:
        def __bool__(self):
            raise ValueError("unclear")

    one = db.from_sequence([Unclear()])
    same_line = functools.reduce(lambda b, i: b.filter(bool), range(50), one)
    with pytest.raises(ValueError, match="unclear") as error:
        same_line.compute()
    assert error.value.__notes__[0].count("filter-bool") == 1
    words = db.from_sequence(["x"])
    for name in ("upper", "lower", "strip", "title", "casefold", "swapcase", "lstrip", "rstrip"):
        words = words.map(getattr(str, name))
    with pytest.raises(ValueError, match="invalid literal") as error:
        words.map(int).filter(bool).compute()
    assert error.value.__notes__[0].splitlines()[0].endswith(" or one of 5 more")


def test_item_that_cannot_be_grouped():
    with pytest.raises(TypeError, match="unhashable"):
        db.from_sequence([[1]]).groupby(lambda x: x).compute()


def test_words():
    b = db.from_sequence(WORDS, npartitions=4)
    assert b.frequencies().topk(1, key=1).compute() == [("the", 3)]
    assert b.str.upper().take(2, npartitions=-1) == ("THE", "QUICK")
    assert "upper" in dir(b.str)
    assert (
        functools.reduce(lambda s, w: s | {w}, WORDS, set()) == b.fold(lambda s, w: s | {w}, set.union, set()).compute()
    )
    people = db.from_sequence(PEOPLE)
    assert people.pluck("born", default=0).compute() == [1815, 1906, 0]
    assert people.topk(1, key="name").pluck("name").compute() == ["Grace"]
    assert people.distinct(key="name").count().compute() == 3
