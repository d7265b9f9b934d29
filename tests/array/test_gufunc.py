"""Generalized ufuncs of a person's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask.testing import assert_eq

A = np.random.default_rng(0).normal(size=(5, 6, 7))
CHUNKS = [(5, 6, 7), (2, 3, 7), (1, 4, 7)]


@pytest.fixture(params=CHUNKS, ids=str)
def x(request: pytest.FixtureRequest) -> Any:
    return da.from_array(A, chunks=request.param)


def spread(a: Any) -> Any:
    return a.min(-1), a.max(-1)


def test_one_output(x: Any) -> None:
    assert_eq(da.apply_gufunc(lambda a: a.mean(-1), "(i)->()", x), A.mean(-1))
    assert_eq(da.apply_gufunc(lambda a: a.mean(-1), "(i)->()", x, output_dtypes=float), A.mean(-1))
    assert_eq(da.apply_gufunc(np.add, "(),()->()", x, 3.0), A + 3)
    assert_eq(da.apply_gufunc(np.add, "(),()->()", x, A[0]), A + A[0])


def test_several_outputs(x: Any) -> None:
    low, high = da.apply_gufunc(spread, "(i)->(),()", x, output_dtypes=[float, float])
    assert_eq(low, A.min(-1))
    assert_eq(high, A.max(-1))
    low, high = da.apply_gufunc(spread, "(i)->(),()", x)
    assert_eq(high - low, np.ptp(A, -1))
    (only,) = da.apply_gufunc(lambda a: (a.sum(-1),), "(i)->(),", x)
    assert_eq(only, A.sum(-1))


def test_axes_are_moved(x: Any) -> None:
    assert_eq(da.apply_gufunc(lambda a: a.sum(-1), "(i)->()", x, axis=1, allow_rechunk=True), A.sum(1))
    kept = da.apply_gufunc(lambda a: a.sum(-1), "(i)->()", x, axis=1, allow_rechunk=True, keepdims=True)
    assert_eq(kept, A.sum(1, keepdims=True))
    kept = da.apply_gufunc(lambda a: a.sum((-1, -2)), "(i,j)->()", x, keepdims=True, allow_rechunk=True)
    assert_eq(kept, A.sum((1, 2), keepdims=True))
    square = x[:4, :, :6].rechunk({1: -1, 2: -1})
    moved = da.apply_gufunc(np.linalg.inv, "(i,i)->(i,i)", square, axes=[(1, 2), (0, 1)])
    assert_eq(moved, np.moveaxis(np.linalg.inv(A[:4, :, :6]), [1, 2], [0, 1]))
    assert_eq(da.apply_gufunc(lambda a: a.sum(-1), "(i)->()", x, axes=[0], allow_rechunk=True), A.sum(0))


def test_new_axes(x: Any) -> None:
    first = da.apply_gufunc(lambda a: a[..., :2], "(i)->(k)", x, output_sizes={"k": 2})
    assert_eq(first, A[..., :2])
    outer = da.apply_gufunc(lambda u, v: u[..., :, None] * v, "(i),(j)->(i,j)", x, np.arange(3.0))
    assert_eq(outer, A[..., None] * np.arange(3.0))


def test_vectorize(x: Any) -> None:
    low, two = da.apply_gufunc(
        lambda row: (row.min(), row[:2]), "(i)->(),(k)", x, vectorize=True, output_sizes={"k": 2}
    )
    assert_eq(low, A.min(-1))
    assert_eq(two, A[..., :2])
    counted = da.apply_gufunc(lambda row: (row > 0).sum(), "(i)->()", x, vectorize=True, output_dtypes=int)
    assert_eq(counted, (A > 0).sum(-1))


def test_arguments_by_keyword_may_be_lazy(x: Any) -> None:
    moved = da.apply_gufunc(lambda a, by: a.sum(-1) + by, "(i)->()", x, by=x.sum(), output_dtypes=float)
    assert_eq(moved, A.sum(-1) + A.sum())


def test_sizes_that_depend_on_data() -> None:
    x = da.from_array(A[:, 0], chunks=(2, 7))
    kept = x[x[:, 0] > 0]
    assert_eq(da.apply_gufunc(lambda a: a.sum(-1), "(i)->()", kept), A[:, 0][A[:, 0, 0] > 0].sum(-1))


@pytest.mark.parametrize("scheduler", ["synchronous", "threads", "processes"])
def test_each_scheduler(scheduler: str) -> None:
    x = da.from_array(A, chunks=(2, 3, 7))
    low, high = da.apply_gufunc(spread, "(i)->(),()", x)
    found = da.compute(low, high, scheduler=scheduler)
    np.testing.assert_array_equal(found, spread(A))


def test_decorated() -> None:
    @da.as_gufunc("(i)->()", output_dtypes=float, vectorize=True)
    def length(row: Any) -> Any:
        """The length of a row."""
        return np.sqrt((row**2).sum())

    assert length.__doc__ == "The length of a row."
    assert_eq(length(da.from_array(A, chunks=(2, 3, 7))), np.sqrt((A**2).sum(-1)))
    assert_eq(length(da.from_array(A, chunks=3), allow_rechunk=True), np.sqrt((A**2).sum(-1)))


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("signature='i->j'", lambda x: da.apply_gufunc(np.sum, "i->j", x)),
        ("has 2 inputs, but 1", lambda x: da.apply_gufunc(np.add, "(),()->()", x)),
        ("output_sizes", lambda x: da.apply_gufunc(np.sum, "(i)->(k)", x)),
        ("several blocks", lambda x: da.apply_gufunc(np.sum, "(i,j)->()", x)),
        ("sizes 7 and 3", lambda x: da.apply_gufunc(np.dot, "(i),(i)->()", x, np.ones(3))),
        ("axis= and axes=", lambda x: da.apply_gufunc(np.sum, "(i)->()", x, axis=0, axes=[(0,), ()])),
        ("single axis", lambda x: da.apply_gufunc(np.sum, "(i,j)->()", x, axis=0)),
        ("keepdims=", lambda x: da.apply_gufunc(np.sum, "(i)->(i)", x, keepdims=True)),
        ("places for", lambda x: da.apply_gufunc(np.sum, "(i)->()", x, axes=[(0, 1), ()])),
        ("tells of 2 outputs", lambda x: da.apply_gufunc(np.sum, "(i)->()", x, output_dtypes=[int, int])),
        ("0 has 3 axes", lambda x: da.apply_gufunc(np.sum, "(i,j,k,l)->()", x)),
        ("2 outputs", lambda x: da.apply_gufunc(np.sum, "(i)->(),()", x, output_dtypes=float)[0].compute()),
        ("gave a block of shape", lambda x: da.apply_gufunc(np.sum, "(i)->()", x, output_dtypes=float).compute()),
    ],
)
def test_bad_input(message: str, call: Any) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace(")", r"\)")):
        call(da.from_array(A, chunks=(2, 3, 7)))


def test_ufuncs_of_whole_axes(x: Any) -> None:
    assert_eq(np.vecdot(x, x, axis=1), (A * A).sum(1))
    assert_eq(np.vecdot(A, x, keepdims=True), (A * A).sum(-1, keepdims=True))


def test_ufuncs_of_somebody_elses(x: Any) -> None:
    numba = pytest.importorskip("numba")

    @numba.guvectorize(["void(float64[:], float64[:], float64[:])"], "(n)->(),()")
    def extremes(row: Any, low: Any, high: Any) -> None:
        low[0], high[0] = row.min(), row.max()

    low, high = extremes(x)
    assert_eq(low, A.min(-1))
    assert_eq(high, A.max(-1))
