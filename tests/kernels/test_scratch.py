"""Results written over others are those of new arrays."""

import numpy as np
import pytest

from minidask.array.nodes.tiled import StepByStep, astype
from minidask.expr.program import Program, Step
from minidask.kernels.scratch import Scratch


def test_results_are_written_over():
    add = Scratch(np.add)
    one = add(np.arange(6.0), 1)
    two = add(np.arange(6.0), 2)
    assert two is one
    np.testing.assert_array_equal(two, np.arange(2.0, 8.0))
    assert add(np.arange(3.0), 2) is not one  # another shape
    assert one.size == 6


def test_spent_arguments_are_written_over():
    add = Scratch(np.add, spent=[1])
    for _ in range(3):
        x, y = np.ones((2, 3)), np.ones((2, 3))
        made = add(x, y)
        np.testing.assert_array_equal(made, np.full((2, 3), 2))
        np.testing.assert_array_equal(x, np.ones((2, 3)))
    assert made is y
    wide = Scratch(np.add, spent=[1])
    for _ in range(3):  # too small, or of another dtype
        assert wide(np.ones((2, 3)), np.ones(3)).shape == (2, 3)
        assert Scratch(np.less, spent=[0])(np.ones(3), 2).dtype == bool


def test_a_place_is_written_to():
    add, place = Scratch(np.add), np.zeros((4, 3))
    add(np.ones((2, 3)), 1)
    add.place = place[1:3]
    assert add(np.ones((2, 3)), 1) is add.place
    np.testing.assert_array_equal(place[:, 0], [0, 2, 2, 0])


def test_numbers_are_not_written_over():
    add = Scratch(np.add)
    assert [add(1.0, i) for i in range(3)] == [1, 2, 3]


def steps_of(*calls):
    return tuple(Step(func, tuple(sources.split()), {}, "f", None) for func, sources in calls)


@pytest.mark.parametrize(
    "calls",
    [
        [(np.add, "i0 c0"), (astype, "s0 c1"), (np.multiply, "s0 c0"), (np.subtract, "s1 s2")],  # s1 is s0
        [(np.add, "i0 c0"), (np.multiply, "s0 s0"), (np.subtract, "s1 i0")],
        [(np.add, "i0 c0"), (np.sqrt, "s0"), (np.multiply, "s0 s1"), (np.add, "s2 s0")],
        [(np.negative, "i0"), (np.where, "i1 s0 i0"), (np.add, "s1 s0")],
        [(np.sqrt, "i0"), (np.less, "s0 c0"), (np.where, "s1 s0 i0")],
        [(np.add, "i0 c0"), (astype, "s0 c1")],
        [(np.add, "i1 c0"), (np.multiply, "i0 s0")],
    ],
)
def test_step_by_step(calls):
    rng = np.random.default_rng(0)
    program = Program(2, (2.0, np.dtype("f8")), steps_of(*calls))
    for_tiles, results = StepByStep(program), []
    for rows in (5, 5, 5, 2):
        args = rng.random((rows, 4)), rng.random(4) > 0.5
        before = args[0].copy()
        results.append((for_tiles(*args).copy(), program(*args)))
        np.testing.assert_array_equal(args[0], before)
    for made, expected in results:
        np.testing.assert_array_equal(made, expected)
        assert made.dtype == expected.dtype
