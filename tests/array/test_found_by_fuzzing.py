"""What differed from NumPy in random expressions: each the smallest case, for ours and for NumPy."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from tests.tables import compare

NAN = float("nan")

BARE = [
    lambda xp, array: array(np.arange(16).astype(object).reshape(4, 4), 4)[-3, -4, ...],
    lambda xp, array: array(np.array([["a", "bcd"], ["", "e"]]), 2)[1, -2],
    lambda xp, array: array(np.array(["a", "bcd"]), 2)[1] + array(np.array("x"), ()),
    lambda xp, array: array(np.array(b"ab"), ()) + array(np.array(b"ab"), ()),
    lambda xp, array: array(np.array(7.5), ()).astype("U3"),
]
"""One element of what is no number."""

CASES = [
    # other orders of bytes
    lambda xp, array: array(np.arange(6.0).astype(">f8"), 4).var(),
    lambda xp, array: array(np.arange(6.0).astype(">f4").reshape(2, 3), 1).std(axis=0),
    lambda xp, array: array(np.arange(6.0).astype(">f8"), 4).mean(),
    lambda xp, array: xp.unique(array(np.array([3, 1, 3], ">i4"), 1)),
    lambda xp, array: xp.delete(array(np.array([3, 1, 3], ">i4"), 1), 1),
    # scalars
    lambda xp, array: np.multiply.outer(array(np.array(2j), ()), array(np.array(3), ())),
    lambda xp, array: np.add.outer(array(np.arange(3), 2), array(np.array(3), ())),
    lambda xp, array: np.add.outer(2, array(np.arange(3), 2)),
    lambda xp, array: np.maximum.reduce(array(np.arange(3), 2).max()),
    lambda xp, array: np.hypot.reduce(array(np.arange(3), 2).max()),
    lambda xp, array: np.logical_or.reduce(array(np.array(3), ()), axis=-1),
    # axes of size 1 in several blocks
    lambda xp, array: xp.squeeze(array(np.ones((1, 5)), ((0, 1), (4, 1)))),
    lambda xp, array: xp.broadcast_to(array(np.ones((1, 5)), ((0, 1), (4, 1))), (3, 5)),
    lambda xp, array: xp.broadcast_to(array(np.arange(4), 1)[array(np.arange(4), 1) == 2], (2, 3)),
    # the rest
    lambda xp, array: xp.nonzero(array(np.array(["1970-01-01", "2000-01-01", "NaT"], "M8[D]"), 2)),
    lambda xp, array: xp.cov(array(np.array([1.0, 2.0]), 1)[array(np.array([1.0, 2.0]), 1) > 5]),
    lambda xp, array: xp.extract(array(np.array([True, False, True]), 2), array(np.arange(12).reshape(3, 4), 2)),
    lambda xp, array: xp.unique(
        array(np.array([1 + 1j, complex(NAN, 1), complex(1, NAN), complex(NAN, 1)]), 2), return_inverse=True
    ),
]


def name_of(case: Any) -> str:
    """The case as it is written."""
    return inspect.getsource(case).partition(": ")[2].strip().rstrip(",")[:70]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_same_as_numpy(case: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compare(case(da, da.from_array), case(np, lambda values, chunks: values))


@pytest.mark.parametrize("case", BARE, ids=name_of)
def test_one_element(case: Any) -> None:
    ours, theirs = case(da, da.from_array), case(np, lambda values, chunks: values)
    assert ours.shape == np.shape(theirs) == ()
    assert np.asarray(ours.compute()).tolist() == np.asarray(theirs).tolist()


@pytest.mark.parametrize(
    ("left", "right"), [("M8[s]", "f8"), ("m8[s]", "m8[s]"), ("U3", "f8"), ("i4,i4", "f8")], ids=str
)
def test_products_of_what_has_none(left: str, right: str) -> None:
    a, b = (np.zeros((2, 2), kind) for kind in (left, right))
    with pytest.raises(TypeError):
        np.matmul(a, b)
    with pytest.raises(TypeError):
        da.matmul(da.from_array(a, chunks=1), b)


def test_places_in_a_scalar() -> None:
    with pytest.raises(ValueError, match="atleast_1d"):
        da.nonzero(da.ones(3).sum())
