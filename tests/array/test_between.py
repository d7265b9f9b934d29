"""Elements between points that are more than a block may have: NumPy's bins, and its values between."""

import numpy as np
import pytest

import minidask.array as da
import minidask.config as config
from minidask.testing import assert_eq

RNG = np.random.default_rng(0)
POINTS = np.sort(RNG.integers(-60, 60, 90)).astype(float)
VALUES = RNG.normal(size=90)
VALUES[[3, 40]] = np.nan, np.inf
X = np.concatenate([POINTS[:20], RNG.normal(size=279) * 40, [np.nan, np.inf, -np.inf, 0.0]]).reshape(3, 101)


@pytest.fixture(autouse=True)
def small_blocks():
    with config.set({"array.chunk-size": "200 B", "scheduler": "synchronous"}):
        yield


def lazily(values, chunks=13):
    return da.from_array(values, chunks=chunks)


@pytest.mark.parametrize(
    "values", [VALUES, np.nan_to_num(VALUES) * 1j + 2, np.arange(90)], ids=["real", "complex", "whole"]
)
@pytest.mark.parametrize("options", [{}, {"left": -5, "right": 7}, {"period": 50.0}, {"period": -7.5, "left": 3}])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_interpolated(values, options):
    points = RNG.permutation(POINTS + RNG.random(90)) if "period" in options else POINTS
    found = da.interp(lazily(X), lazily(points), lazily(values, 30), **options)
    assert_eq(found, np.interp(X, points, values, **options))


@pytest.mark.parametrize("bins", [POINTS, POINTS[::-1], np.full(90, 3.0)], ids=["up", "down", "flat"])
@pytest.mark.parametrize("right", [False, True])
def test_digitized(bins, right):
    assert_eq(da.digitize(lazily(X), lazily(bins), right), np.digitize(X, bins, right))


def test_bins_in_no_order():
    with pytest.raises(ValueError, match="bins must be monotonically"):
        da.digitize(lazily(X), lazily(np.append(POINTS, POINTS))).compute()


@pytest.mark.parametrize("points", [POINTS, POINTS[:20]], ids=["many", "few"])
def test_complex_numbers_have_no_order(points):
    values, lazy = points * 2, lazily(points)
    for call in (
        lambda: da.digitize(lazily(X) * 1j, lazy),
        lambda: da.digitize(lazily(X), lazy * 1j),
        lambda: da.interp(lazily(X) * 1j, lazy, values),
        lambda: da.interp(lazily(X), lazy * 1j, values),
        lambda: da.interp(lazily(X), lazy, values, left=1j),
    ):
        with pytest.raises(TypeError, match="complex"):
            call()
