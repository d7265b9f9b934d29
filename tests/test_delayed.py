"""Delayed values."""

from __future__ import annotations

import collections
import inspect
import operator
import pickle
import threading
import types
from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field
from functools import partial

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask
import minidask.bag as db
from minidask import config, delayed
from minidask.delayed import Delayed

Pair = namedtuple("Pair", "a b")


@pytest.fixture(autouse=True, params=["synchronous", "threads"])
def local(request):
    with config.set(scheduler=request.param):
        yield


def add(x, y=1):
    """Adds."""
    return x + y


@dataclass
class Holder:
    x: object
    many: list = field(default_factory=list)


@dataclass(frozen=True)
class Frozen:
    x: object
    derived: int = field(init=False, default=7)


# functions


def test_decorator():
    @delayed
    def double(x):
        return 2 * x

    @delayed(pure=True)
    def triple(x):
        return 3 * x

    @delayed(nout=2)
    def both(x):
        return x, -x

    assert double(4).compute() == 8
    assert triple(4).compute() == 12
    assert triple(4).key == triple(4).key
    one, other = both(3)
    assert (one + other).compute() == 0


def test_a_delayed_function_looks_like_the_function():
    f = delayed(add)
    assert (f.__name__, f.__doc__, f.__wrapped__) == ("add", "Adds.", add)
    assert inspect.signature(f) == inspect.signature(add)
    assert f.compute() is add


def test_methods_and_classes():
    class Counter:
        def __init__(self, start):
            self.start = start

        @delayed
        def up(self, n=1):
            return self.start + n

        @staticmethod
        @delayed
        def static(x):
            return x + 1

    c = Counter(5)
    assert c.up().compute() == 6
    assert c.up(n=delayed(3)).compute() == 8
    assert Counter.up(c, 2).compute() == 7
    assert c.static(1).compute() == 2
    made = delayed(Counter)(9)
    assert made.start.compute() == 9


def test_partial_builtins_and_lambdas():
    assert delayed(partial(add, y=3))(1).compute() == 4
    assert delayed(sum)([1, delayed(2)]).compute() == 3
    assert delayed(lambda: 5)().compute() == 5
    assert delayed(delayed(add))(1).compute() == 2


def test_functions_that_tasks_make():
    assert delayed(lambda n: lambda x: x + n)(3)(4).compute() == 7


def test_pure_and_impure():
    assert delayed(add)(1).key != delayed(add)(1).key
    assert delayed(add, pure=True)(1).key == delayed(add, pure=True)(1).key
    assert delayed(add)(1, pure=True).key == delayed(add)(1, pure=True).key
    assert delayed(add, pure=True)(1, pure=False).key != delayed(add, pure=True)(1, pure=False).key
    assert delayed(add, pure=True)(1).key != delayed(add, pure=True)(1.0).key
    x = delayed(add)(1)
    assert (x + 1).key == (x + 1).key == x.__add__(1).key
    assert x.real.key == x.real.key


def test_equal_calls_run_once():
    calls = []

    @delayed(pure=True)
    def f(x):
        calls.append(x)
        return x

    assert minidask.compute(f(1), [f(1), f(2)], f(1) + f(2)) == (1, [1, 2], 3)
    assert sorted(calls) == [1, 2]


def test_names():
    assert delayed(add)(1, dask_key_name="mine").key == "mine"
    assert delayed(3, name="three").key == "three"
    assert delayed([delayed(3)], name="three").key == "three"
    assert delayed(add)(1).key.startswith("add-")
    assert delayed(lambda: 1)().key.startswith("lambda-")
    assert delayed(str)(1).upper().key.startswith("upper-")
    assert repr(delayed(3, name="three")) == "Delayed('three')"


def test_arguments_called_as_ours_are():
    names = ["self", "func", "obj", "args", "kwargs", "name", "nout", "traverse", "label", "method", "instance"]
    given = dict.fromkeys(names, 1)
    assert delayed(dict)(**given).compute() == given
    assert delayed(lambda: dict)()(**given).compute() == given
    assert delayed(types.SimpleNamespace(make=dict)).make(**given).compute() == given


@pytest.mark.parametrize("make", [lambda: delayed(add)(1, dask_key_name=3), lambda: delayed(add, name=3)])
def test_names_are_text(make):
    with pytest.raises(TypeError, match="name=3 must be text"):
        make()


@pytest.mark.parametrize("nout", [-1, 1.5, True, "2"])
def test_wrong_nout(nout):
    with pytest.raises(ValueError, match="nout="):
        delayed(add, nout=nout)


# values


def test_values():
    assert delayed(3).compute() == 3
    assert delayed([1, delayed(2)]).compute() == [1, 2]
    assert delayed([1, delayed(2)], traverse=False).compute()[1].compute() == 2
    assert delayed(db.range(3, npartitions=2)).compute() == [0, 1, 2]
    x = delayed(3)
    assert delayed(x) is x


def test_a_plain_graph():
    x = Delayed("y", {"x": 1, "y": (add, "x", 2)})
    assert (x + 1).compute() == 4
    with pytest.raises(KeyError, match="z"):
        Delayed("z", {"x": 1})
    a, b = Delayed("pair", {"pair": (divmod, 7, 2)}, length=2)
    assert minidask.compute(a, b) == (3, 1)


BINARY = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
    operator.lshift, operator.rshift, operator.and_, operator.or_, operator.xor, operator.lt, operator.le, operator.eq,
    operator.ne, operator.gt, operator.ge, divmod,
]  # fmt: skip


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.__name__)
def test_operators(op):
    expected = op(7, 3)
    assert op(delayed(7), 3).compute() == expected
    assert op(7, delayed(3)).compute() == expected
    assert op(delayed(7), delayed(3)).compute() == expected


@pytest.mark.parametrize("op", [operator.neg, operator.pos, operator.invert, abs, round], ids=lambda op: op.__name__)
def test_unary_operators(op):
    assert op(delayed(-7)).compute() == op(-7)


def test_more_operators():
    x = np.arange(6).reshape(2, 3)
    assert (delayed(x) @ x.T).compute().tolist() == (x @ x.T).tolist()
    assert (x @ delayed(x.T)).compute().tolist() == (x @ x.T).tolist()
    assert (x + delayed(1)).compute().tolist() == (x + 1).tolist()
    assert (np.float64(1) + delayed(1)).compute() == 2
    assert round(delayed(1.234), 2).compute() == 1.23
    assert pow(delayed(10), 3, delayed(7)).compute() == pow(10, 3, 7)
    x = delayed(1)
    x += 2
    assert x.compute() == 3
    with pytest.raises(TypeError, match="ufunc"):
        np.sin(delayed(1))


def test_items_and_attributes():
    text = delayed("a-b")
    assert text.split("-")[1].compute() == "b"
    assert text[delayed(0) : delayed(2)].compute() == "a-"
    assert delayed({"k": 3})[delayed("k")].compute() == 3
    assert delayed(1 + 2j).imag.compute() == 2
    assert delayed(pd.Series([1], name="s")).name.compute() == "s"
    assert text.replace("-", delayed("+"), dask_key_name="mine").key == "mine"
    frame = delayed(pd.DataFrame)({"a": [1, 2]})
    assert frame.a.sum().compute() == 3
    assert frame.sum(axis=1).tolist().compute() == [1, 2]


def test_hidden_attributes_are_not_delayed():
    for name in ("_hidden", "__array__", "__len_hint__", "_repr_html_"):
        assert not hasattr(delayed(1), name)
        assert not hasattr(delayed(add)(1), name)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (bool, "truth"),
        (lambda x: 1 in x, "only after compute"),
        (len, "length"),
        (iter, "iterated"),
        (lambda x: list(x), "iterated"),
        (lambda x: setattr(x, "a", 1), "immutable"),
        (lambda x: operator.setitem(x, 0, 1), "immutable"),
    ],
)
def test_what_cannot_be_known_or_done(call, message):
    with pytest.raises(TypeError, match=message):
        call(delayed([1, 2]))


@pytest.mark.parametrize("nout", [0, 1, 3])
def test_unpacking(nout):
    values = delayed(lambda: tuple(range(nout)), nout=nout)()
    assert len(values) == nout
    assert minidask.compute(*values) == tuple(range(nout))
    assert len(values.persist()) == nout


def test_a_single_one_of_many_outputs():
    quotient, rest = delayed(divmod, nout=2)(7, 2)
    assert quotient.compute() == 3
    assert rest.compute() == 1
    assert {quotient: 1}[quotient] == 1


# arguments

three = delayed(3)
CONTAINERS = [
    ([1, three], [1, 3]),
    ((1, three), (1, 3)),
    ({"a": three}, {"a": 3}),
    ({three: [three]}, {3: [3]}),
    ({1, three}, {1, 3}),
    (frozenset([three]), frozenset([3])),
    (Pair(three, 1), Pair(3, 1)),
    (Holder(three, [three]), Holder(3, [3])),
    (Frozen(three), Frozen(3)),
    (slice(three, None, 1), slice(3, None, 1)),
    (OrderedDict(a=three), OrderedDict(a=3)),
    (defaultdict(list, a=three), defaultdict(list, a=3)),
    ([{"a": [(three, {three})]}], [{"a": [(3, {3})]}]),
    (db.range(3, npartitions=2), [0, 1, 2]),
    ({"b": db.range(3, npartitions=2).sum()}, {"b": 3}),
]


@pytest.mark.parametrize(("argument", "expected"), CONTAINERS, ids=lambda a: type(a).__name__)
def test_collections_anywhere_in_arguments(argument, expected):
    seen = []
    delayed(seen.append)(argument).compute()
    delayed(lambda *, k: seen.append(k))(k=argument).compute()
    delayed(lambda x: seen.append(x))([argument]).compute()
    assert seen == [expected, expected, [expected]]
    assert type(seen[0]) is type(expected)
    assert minidask.compute(argument) == (expected,)


def test_a_default_factory_stays():
    found = delayed(lambda d: d)(defaultdict(list, a=three)).compute()
    assert found["new"] == []


ITERATORS = [
    lambda: (x for x in (1, three)),
    lambda: iter([1, three]),
    lambda: map(operator.pos, [1, three]),
    lambda: filter(lambda x: x is not None, [1, three]),
    lambda: reversed([three, 1]),
    lambda: iter({1: 0, three: 0}),
    lambda: {"a": 1, "b": three}.values(),
]


@pytest.mark.parametrize("make", ITERATORS)
def test_iterators_are_read_once_and_computed_as_often_as_one_likes(make):
    total = delayed(sum)(make())
    assert (total.compute(), total.compute()) == (4, 4)
    assert delayed(lambda x: sum(x["k"]))({"k": make()}).compute() == 4


def test_an_iterator_of_plain_values():
    total = delayed(sum)(x for x in range(3))
    assert (total.compute(), total.compute()) == (3, 3)
    assert minidask.compute(x for x in range(3)) == ([0, 1, 2],)
    assert minidask.compute([0, 1, 2], traverse=False) == ([0, 1, 2],)
    assert minidask.persist(x for x in range(3)) == ([0, 1, 2],)


def test_open_files_are_no_iterators_to_be_read(tmp_path):
    (tmp_path / "a").write_text("one\ntwo\n")
    with (tmp_path / "a").open() as stream:
        assert delayed(lambda s: s.read())(stream).compute() == "one\ntwo\n"


def test_literals_pass_as_they_are():
    obj, items = object(), [1, 2]
    assert delayed(lambda *a, **k: (a, k))(obj, items, k=items).compute() == ((obj, items), {"k": items})
    assert delayed(lambda a: a is items)(items).compute()


@settings(max_examples=30, deadline=None)
@given(
    st.recursive(
        st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=2), inner) | st.tuples(inner, inner),
        max_leaves=20,
    )
)
def test_containers_of_delayed_leaves_compute_to_themselves(obj):
    def postponed(value):
        if isinstance(value, dict):
            return {k: postponed(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(postponed(v) for v in value)
        return delayed(value)

    assert minidask.compute(postponed(obj)) == (obj,)
    assert delayed(lambda x: x)(postponed(obj)).compute() == obj


# size


def test_ten_thousand_calls_in_a_chain():
    x = start = delayed(add)(0)
    for _ in range(10_000):
        x = delayed(add)(x) if len(x.key) % 2 else x + 1
    assert x.compute() == 10_001
    assert pickle.loads(pickle.dumps(x)).compute() == 10_001
    assert start.compute() == 1


def test_sums_of_ten_thousand():
    assert delayed(sum)([delayed(add)(i) for i in range(10_000)]).compute() == sum(range(10_001))
    assert sum(delayed(1) for _ in range(3_000)).compute() == 3_000


def test_branches_run_side_by_side():
    barrier = threading.Barrier(2, timeout=20)
    with config.set(scheduler="threads", num_workers=2):
        assert (delayed(barrier.wait)() + delayed(barrier.wait)()).compute() == 1


# elsewhere


def test_pickling():
    f, x = delayed(add, pure=True, nout=2), delayed(add)(1)
    for value in (f, x, x + 1, x.real, delayed(lambda: 1)()):
        copy = pickle.loads(cloudpickle.dumps(value))
        assert copy.key == value.key
        assert type(copy) is type(value)
    assert pickle.loads(pickle.dumps(f))(1).key == f(1).key
    assert pickle.loads(pickle.dumps(x.conjugate))().compute() == 2


def test_errors_keep_type_and_tell_the_line():
    class Mine(Exception):
        pass

    def fails(x):
        raise Mine(f"with {x}")

    value = delayed(fails)(delayed(add)(1))
    with pytest.raises(Mine, match="with 2") as error:
        (value + 1).compute()
    notes = "\n".join(error.value.__notes__)
    assert "fails" in notes
    assert f"{__file__}:{inspect.getsourcelines(test_errors_keep_type_and_tell_the_line)[1] + 7}" in notes


def test_in_processes():
    def local(x):
        return {"x": x, "n": Local(x).x}

    class Local:
        def __init__(self, x):
            self.x = x

    value = delayed(local)(delayed(add)(1, y=np.arange(3)))
    found = value.compute(scheduler="processes")
    assert found["n"].tolist() == [1, 2, 3]


def test_the_module_and_the_function():
    from minidask.delayed import delayed as function

    assert minidask.delayed is function is delayed
    assert minidask.delayed.Delayed is Delayed
    assert isinstance(delayed(1), Delayed)
    assert minidask.is_minidask_collection(delayed(1))
    assert not minidask.is_minidask_collection(add)


def test_persisted():
    calls = []
    value = delayed(lambda: calls.append(1) or [1, 2], nout=2)().persist()
    one, two = value
    assert minidask.compute(value, one, two) == ([1, 2], 1, 2)
    assert calls == [1]


def test_collections_abc_is_not_fooled():
    assert isinstance(delayed(1), collections.abc.Hashable)
    assert not isinstance(delayed(1), collections.abc.Mapping)
