"""Things exchanged inside containers, and results that pass as iterators."""

from __future__ import annotations

import functools
import itertools
from collections import namedtuple
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidask.expr.containers import Template, exchange
from minidask.expr.program import Program, Step
from minidask.expr.streams import GivesStreams, Streamed, TakesStreams, functions

Pair = namedtuple("Pair", "a b")


@dataclass
class Holder:
    x: object


class Mark:
    """What is looked for."""

    def __init__(self, number):
        self.number = number


keys = st.text(max_size=2)
nested = st.recursive(
    st.integers(0, 5).map(Mark) | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(keys, inner, max_size=3)
        | st.builds(Pair, inner, inner)
        | st.builds(Holder, inner)
    ),
    max_leaves=12,
)


def plain(obj):
    """The container with, for each mark, its number times ten."""
    if isinstance(obj, Mark):
        return obj.number * 10
    if isinstance(obj, Pair):
        return Pair(*map(plain, obj))
    if isinstance(obj, (list, tuple)):
        return type(obj)(map(plain, obj))
    if isinstance(obj, dict):
        return {k: plain(v) for k, v in obj.items()}
    return Holder(plain(obj.x)) if isinstance(obj, Holder) else obj


@given(nested)
def test_templates(obj):
    template = Template.of(obj, Mark)
    assert all(isinstance(found, Mark) for found in template.found)
    filled = template.fill([10 * found.number for found in template.found])
    assert filled == plain(obj)
    assert type(filled) is type(plain(obj))
    assert template.empty().found == []
    assert template.empty().fill([10 * found.number for found in template.found]) == filled
    if not template.found:
        assert template.shape is obj


def test_what_does_not_change_is_not_copied():
    inner, mark = [1, {"a": 2}], Mark(1)
    shape = Template.of([inner, mark], Mark).fill([5])
    assert shape[0] is inner
    assert exchange(inner, lambda leaf: leaf) is inner


def test_iterators_become_lists():
    assert exchange((i for i in range(3)), lambda leaf: leaf + 1) == [1, 2, 3]
    endless = itertools.count()
    assert exchange(endless, lambda leaf: leaf) is endless
    values = {"a": 1}.values()
    assert exchange(values, lambda leaf: leaf) is values
    assert exchange(values, lambda leaf: leaf + 1) == [2]


# streams


class Count(GivesStreams):
    def stream(self, *blocks):
        yield from range(*blocks)


class Each(Streamed):
    def __init__(self, called):
        self.called = called

    def stream(self, *blocks):
        for row in zip(*blocks):
            yield self.called(*row)


class Total(TakesStreams):
    def __call__(self, *blocks):
        return sum(itertools.chain(*blocks))


def program(*steps):
    return Program(1, (), tuple(Step(func, sources, {}, f"step{i}", None) for i, (func, sources) in enumerate(steps)))


def test_a_chain_makes_one_pass():
    order = []

    def note(label, x):
        order.append((label, x))
        return x + 1

    one, two = functools.partial(note, "one"), functools.partial(note, "two")
    run = program((Count(), ("i0",)), (Each(one), ("s0",)), (Each(two), ("s1",)), (Total(), ("s2",)))
    assert run(3) == 2 + 3 + 4
    assert order == [("one", 0), ("two", 1), ("one", 1), ("two", 2), ("one", 2), ("two", 3)]


def test_the_last_result_is_a_list():
    assert program((Count(), ("i0",)), (Each(str), ("s0",)))(3) == ["0", "1", "2"]


def test_what_is_read_twice_is_a_list():
    twice = program((Count(), ("i0",)), (Each(max), ("s0", "s0")), (Total(), ("s1",)))
    assert twice(3) == 3
    diamond = program((Count(), ("i0",)), (Each(abs), ("s0",)), (Each(str), ("s0",)), (Each(list), ("s2",)),
                      (Each(lambda a, b: (a, b)), ("s1", "s3")))  # fmt: skip
    assert diamond(2) == [(0, ["0"]), (1, ["1"])]


def test_others_get_lists():
    assert program((Count(), ("i0",)), (type, ("s0",)))(3) is list
    steps = program((Count(), ("i0",)), (len, ("s0",)), (abs, ("s1",))).steps
    assert functions(steps) == [step.func for step in steps]


@pytest.mark.parametrize("fails", [0, 1, 2])
def test_the_step_whose_function_fails_is_named(fails):
    def bad(x):
        raise ValueError(x)

    def good(x):
        return x

    funcs = [bad if i == fails else good for i in range(3)]
    run = program((Count(), ("i0",)), *((Each(f), (f"s{i}",)) for i, f in enumerate(funcs)), (Total(), ("s3",)))
    with pytest.raises(ValueError, match="0") as error:
        run(3)
    assert error.value.__notes__ == [f"in the step 'step{fails + 1}'\n  input 0 of the task: int"]
