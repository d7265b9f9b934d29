"""Where rows go in a shuffle: equal keys together, whatever their dtype; ranges in the order of pandas."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from minidask.kernels.row_hashes import hash_column, hash_targets
from minidask.kernels.row_ranges import range_targets, sample_rows, splitters_of

TIMES = pd.Series(pd.to_datetime(["2020-01-01 00:00:01", "2021-01-01 00:00:00", None]))
TEXT = ["a", None, "b"]

EQUAL = {
    "int and float": ([1, 2, -3], [1.0, 2.0, -3.0]),
    "small and large": (np.array([1, -2], np.int8), [1, -2]),
    "unsigned": (np.array([1, 2], np.uint64), [1, 2]),
    "nullable": (pd.array([1, None], dtype="Int64"), [1, np.nan]),
    "bool": ([True, False], [1, 0]),
    "zeros": ([0.0], [-0.0]),
    "halves": ([0.5, 1.5], np.array([0.5, 1.5], np.float32)),
    "arrow": (pd.array([1, 2], dtype="int64[pyarrow]"), [1, 2]),
    "text": (TEXT, pd.Series(TEXT, dtype=object)),
    "nullable text": (TEXT, pd.Series(TEXT, dtype="string")),
    "categories": (TEXT, pd.Categorical(TEXT, categories=["b", "a", "z"])),
    "categories of numbers": ([3, 1], pd.Categorical([3, 1])),
    "units": (TIMES.astype("M8[ns]"), TIMES.astype("M8[s]")),
    "times as objects": (TIMES, TIMES.astype(object)),
    "zones": (TIMES.dt.tz_localize("UTC"), TIMES.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")),
    "spans": (pd.to_timedelta([1, 2], unit="s"), pd.to_timedelta([1000, 2000], unit="ms")),
    "numbers as objects": (pd.Series([1, 2.5, None], dtype=object), [1, 2.5, np.nan]),
    "part of mixed objects": (pd.Series([1, 2, "a"], dtype=object).iloc[:2], [1, 2]),
}


@pytest.mark.parametrize("case", EQUAL)
def test_equal_keys_have_equal_hashes(case):
    one, two = (hash_column(pd.Series(values)) for values in EQUAL[case])
    assert one.tolist() == two.tolist()


@pytest.mark.parametrize(
    "values",
    [pd.period_range("2020", periods=3, freq="D"), pd.interval_range(0, 3), [(1, 2), None, (2, 1)], TIMES, TEXT],
)
def test_different_keys_have_different_hashes(values):
    assert len(set(hash_column(pd.Series(values)))) == 3


def test_hashes_are_the_same_in_every_process():
    code = (
        "import pandas as pd; from minidask.kernels.row_hashes import hash_rows;"
        "print(hash_rows([pd.Series(['a', 'b', None]), pd.Series([1.5, 2, 3])]).tolist())"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout


def test_hashes_spread():
    counts = np.bincount(hash_targets([pd.Series(range(10_000))], 8))
    assert len(counts) == 8
    assert counts.min() > 1000


@pytest.mark.parametrize("seed", range(20))
def test_ranges_are_in_the_order_of_pandas(seed):
    rng = np.random.default_rng(seed)
    keys = pd.DataFrame(
        {
            0: rng.integers(0, 5, 200).astype(float),
            1: rng.choice(list("xyzw"), 200),
            2: pd.Categorical(rng.choice(list("pqr"), 200), categories=list("rqp")),
        }
    )
    for column in keys:
        keys.loc[rng.integers(0, 200, 10), column] = None
    up = rng.integers(0, 2, 3).astype(bool).tolist()
    na = str(rng.choice(["first", "last"]))
    sample, weight = sample_rows(keys)
    splitters = splitters_of(sample, np.full(len(sample), weight), 7, up, na)
    targets = range_targets(keys, splitters, up, na)
    ordered = keys.sort_values([0, 1, 2], ascending=up, na_position=na)
    assert pd.Series(targets)[ordered.index].is_monotonic_increasing
    assert len(np.unique(targets)) >= 6


def test_many_keys_are_cut_short():
    keys = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 12)))
    splitters = splitters_of(keys, np.ones(500), 100, [True] * 12)
    targets = range_targets(keys, splitters, [True] * 12)
    assert pd.Series(targets)[keys.sort_values(list(keys.columns)).index].is_monotonic_increasing
