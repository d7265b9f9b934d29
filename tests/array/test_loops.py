"""Python functions of elements and of places: NumPy's answers for any chunks."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from minidask.testing import assert_eq
from tests.tables import compare, lazily

RNG = np.random.default_rng(0)
M = RNG.integers(0, 9, (5, 7))
R = RNG.normal(size=7)


def greater(a, b):
    """The greater of two."""
    return a if a > b else b


CALLS = [
    (np.vectorize(greater), da.vectorize(greater), (M, 4)), (np.vectorize(greater), da.vectorize(greater), (M, R)),
    (np.vectorize(greater, otypes="f"), da.vectorize(greater, otypes="f"), (M[:, :1], R)),
    (np.vectorize(greater, [complex]), da.vectorize(greater, [complex]), (M[:0], 3)),
    (np.vectorize(lambda a: (a, a / 2)), da.vectorize(lambda a: (a, a / 2)), (M,)),
    (np.vectorize(lambda a: (a, str(a)), "iU"), da.vectorize(lambda a: (a, str(a)), "iU"), (M,)),
    (np.vectorize(np.dot, signature="(i),(i)->()"), da.vectorize(np.dot, signature="(i),(i)->()"), (M, R)),
    (np.vectorize(np.cumsum, [float], signature="(i)->(i)"), da.vectorize(np.cumsum, [float], signature="(i)->(i)"),
     (M,)),
    (np.vectorize(abs), da.vectorize(abs), (-3,)), (np.vectorize(len, "i"), da.vectorize(len, "i"), (M.astype("U3"),)),
    (np.frompyfunc(greater, 2, 1), da.frompyfunc(greater, 2, 1), (M, R)),
    (np.frompyfunc(lambda a: (a, [a]), 1, 2), da.frompyfunc(lambda a: (a, [a]), 1, 2), (M,)),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(CALLS)))
def test_as_numpy(case):
    theirs, ours, args = CALLS[case]
    compare(ours(*map(lazily, args)), theirs(*args))


def test_keywords_and_excluded_arguments():
    def power(a, coefficients, shift=0):
        return sum(c * a**k for k, c in enumerate(coefficients)) + shift

    theirs = np.vectorize(power, excluded=[1, "coefficients"])
    ours = da.vectorize(power, excluded=[1, "coefficients"])
    assert_eq(ours(lazily(M), [1, 2]), theirs(M, [1, 2]))
    assert_eq(ours(lazily(M), coefficients=[1, 2.5], shift=lazily(R)), theirs(M, coefficients=[1, 2.5], shift=R))
    assert_eq(ours(lazily(M), lazily(R)), theirs(M, R))


def test_decorator_and_help():
    @da.vectorize(otypes=[float], doc="Half of it.")
    def half(a):
        return a / 2

    assert half.__doc__ == "Half of it."
    assert_eq(half(lazily(M)), M / 2)
    assert da.vectorize(greater).__doc__ == "The greater of two."


def test_objects_without_axes():
    assert da.frompyfunc(lambda a: [a, a], 1, 1)(da.from_array(np.array(3))).compute() == [3, 3]


def test_processes_run_functions_of_elements():
    x = da.frompyfunc(lambda a: a + 1, 1, 1)(lazily(M))
    assert_eq(x.compute(scheduler="processes"), (M + 1).astype(object))


@pytest.mark.parametrize("chunks", ["auto", 2, (1, 3), -1])
def test_functions_of_places(chunks):
    for func in (lambda i, j: i * 10 + j, lambda i, j: i, lambda i, j: 1.5, lambda i, j: (i == j).astype("u1")):
        found = da.fromfunction(func, chunks, (5, 4))
        assert found.chunks == da.normalize_chunks(chunks, (5, 4), dtype=float)
        assert_eq(found, np.broadcast_to(np.fromfunction(func, (5, 4)), (5, 4)))


def test_more_of_places():
    assert_eq(da.fromfunction(lambda i: i, shape=5, dtype=int), np.arange(5))
    assert_eq(da.fromfunction(lambda i, j: i + j, (3, 4), dtype="f4"), np.fromfunction(np.add, (3, 4), dtype="f4"))
    assert_eq(da.fromfunction(lambda i, by: i * by, shape=(5,), by=3), np.arange(5) * 3.0)
    assert_eq(da.fromfunction(lambda: 7, shape=()), np.array(7))
    assert da.fromfunction(lambda i: i, shape=(0,)).shape == (0,)


@pytest.mark.parametrize("optimize", ["greedy", "optimal", False])
def test_einsum_path(optimize):
    arrays = [np.ones((20, 30)), np.ones((30, 4)), np.ones((4, 50))]
    lazy = [da.from_array(a, chunks=7) for a in arrays]
    expected = np.einsum_path("ij,jk,kl->il", *arrays, optimize=optimize)
    assert da.einsum_path("ij,jk,kl->il", *lazy, optimize=optimize) == expected
    assert np.einsum_path("ij,jk,kl->il", *lazy, optimize=optimize) == expected


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: da.vectorize(greater)(M[:0], 3), ValueError, "give otypes"),
        (lambda: da.vectorize(greater, cache=True), NotImplementedError, "cache"),
        (lambda: da.vectorize(greater, excluded=[1], signature="(i),()->()"), NotImplementedError, "excluded"),
        (lambda: da.vectorize(greater, "d")(M, R[:3]), ValueError, "sizes"),
        (lambda: da.frompyfunc(3, 1, 1), TypeError, "callable"),
        (lambda: da.frompyfunc(greater, 0, 1), ValueError, "0 inputs"),
        (lambda: da.frompyfunc(greater, 2, 1)(M), ValueError, "2 inputs"),
        (lambda: da.fromfunction(greater, shape=(-1, 2)), ValueError, "negative"),
        (lambda: da.fromfunction(greater, 3), ValueError, "without a shape"),
        (lambda: da.einsum_path("ij,jk", da.ones((2, 3)), da.ones((4, 5))), ValueError, "label 'j'"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()
