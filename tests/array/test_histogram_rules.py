"""Numbers of bins by rules: NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from tests.tables import compare, lazily

RNG = np.random.default_rng(0)
SAMPLES = [
    RNG.normal(size=500), RNG.gamma(1, size=(30, 20)), RNG.integers(0, 50, 300), RNG.integers(0, 3, 99).astype("u1"),
    np.ones(9), np.arange(2.0), np.array([3.5]), np.zeros(0), RNG.random(40) > 0.5, np.r_[np.zeros(90), 1, 50],
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Converting input from bool")
@pytest.mark.parametrize("rule", ["auto", "doane", "fd", "rice", "scott", "sqrt", "sturges"])
@pytest.mark.parametrize("sample", range(len(SAMPLES)))
def test_as_numpy(sample, rule):
    a = SAMPLES[sample]
    x = lazily(a, 100)
    compare(da.histogram(x, rule), np.histogram(a, rule))
    compare(da.histogram_bin_edges(x, rule, (0, 1)), np.histogram_bin_edges(a, rule, (0, 1)))
    assert isinstance(da.histogram(x, rule)[0], da.Array)


def test_numpys_function_asks_ours():
    compare(np.histogram(lazily(SAMPLES[0]), "auto"), np.histogram(SAMPLES[0], "auto"))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"bins": "best"}, ValueError, "bins='best': no such rule"),
        ({"bins": "stone"}, NotImplementedError, "many histograms"),
        ({"bins": "auto", "weights": SAMPLES[0]}, TypeError, "without weights"),
    ],
)
def test_bad_input(arguments, error, words):
    with pytest.raises(error, match=words):
        da.histogram(lazily(SAMPLES[0]), **arguments)
