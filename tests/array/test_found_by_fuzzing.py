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
    # strings and times that are not empty, or not zero
    lambda xp, array: xp.argwhere(array(np.array([["a", ""], ["", "b"]]), 1)),
    lambda xp, array: xp.flatnonzero(array(np.array([b"", b"c"]), 1)),
    lambda xp, array: xp.flatnonzero(array(np.array([0, None, 2, "", "a"], object), 1)),
    lambda xp, array: xp.count_nonzero(array(np.array([["a", ""], ["c", "b"]]), 1), axis=0),
    lambda xp, array: xp.trim_zeros(array(np.array(["1970-01-01", "NaT", "2000-01-01", "1970-01-01"], "M8[D]"), 2)),
    lambda xp, array: xp.diagflat(array(np.array(["a", "bcd"]), 1), 1),
    # axes of size 1, or of no elements, in several blocks
    lambda xp, array: xp.meshgrid(array(np.ones(1), ((1, 0),)), array(np.arange(3), 2), indexing="ij")[1],
    lambda xp, array: xp.median(array(np.arange(9.0), ((0, 9),)), axis=()),
    lambda xp, array: xp.convolve(array(np.arange(4.0), ((1, 0, 3),)), [-1.5], "same"),
    lambda xp, array: xp.repeat(array(np.ones((2, 0)), 1), [], axis=1),
    lambda xp, array: xp.sort(xp.partition(array(np.ones((1, 0)), 1), 3, axis=0)),
    # other orders of bytes
    lambda xp, array: xp.insert(array(np.arange(4.0).astype(">f8"), 2), [2, 2], 1.0),
    lambda xp, array: xp.insert(array(np.arange(4.0).astype(">f8"), 2), 2, 1.0),
    lambda xp, array: xp.pad(array(np.arange(4.0).astype(">f8"), 2), 1, mode="maximum"),
    # the rest, once more
    lambda xp, array: xp.cumulative_sum(array(np.array(3), ()), include_initial=True),
    lambda xp, array: xp.nanvar(array(np.array([[1.0, NAN, 3], [2.0, NAN, NAN]]), 1), axis=0, ddof=1),
    lambda xp, array: xp.nanstd(array(np.array([[1, 2], [2, 3]]), 1), axis=0, ddof=2),
    lambda xp, array: changed(array(np.arange(4.0), 2)[-1:].sum(), ..., 5),
    lambda xp, array: changed(array(np.arange(4.0), 2)[-1:].sum(), (), array(np.array(7), ())),
]


def changed(x: Any, places: Any, values: Any) -> Any:
    """An array with other elements at some places."""
    x = np.array(x) if isinstance(x, np.generic) else x.copy()
    x[places] = values
    return x


REFUSED = [
    lambda xp, array: xp.einsum("...i,i->i", array(np.ones((2, 3)), 2), array(np.ones(3), 2)),
    lambda xp, array: xp.tril(array(np.array(3), ())),
    lambda xp, array: xp.pad(array(np.ones(0), 1), 2, mode="linear_ramp"),
    lambda xp, array: xp.concatenate([array(np.zeros(2, "M8[s]"), 1), array(np.zeros(2, "m8[s]"), 1)]),
]
"""What NumPy does not do, either."""


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: name_of(case))
def test_refused_as_by_numpy(case: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        case(np, lambda values, chunks: values)
    with pytest.raises((TypeError, ValueError)):
        case(da, da.from_array)


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


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
def test_several_quantiles_of_nothing() -> None:
    found = da.nanquantile(da.from_array(np.empty(0), chunks=1), [0.0, 0.5, 1.0], axis=0, keepdims=True)
    assert found.shape == (3, 1)
    np.testing.assert_array_equal(found.compute(), np.full((3, 1), NAN))
