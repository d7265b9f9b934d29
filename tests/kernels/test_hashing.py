"""Hashes that are the same in all processes."""

from __future__ import annotations

import datetime as dt
import enum
import os
import subprocess
import sys
import uuid
from collections import Counter, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidask.kernels.hashing import stable_hash, target

Pair = namedtuple("Pair", "a b")


class Colour(enum.Enum):
    RED = 1


class Number(enum.IntEnum):
    ONE = 1


@dataclass(frozen=True)
class Point:
    x: float
    label: str


class Plain:
    pass


class Tokenized:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return self.x == other.x

    def __hash__(self):
        return hash(self.x)

    def __dask_tokenize__(self):
        return ("tokenized", self.x)


class Unknown:
    """Nothing tells which are equal but its own method."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1


EAST = dt.timezone(dt.timedelta(hours=2))

EQUAL = [
    (1, 1.0, True, Decimal(1), Fraction(1), np.int8(1), np.float32(1), np.True_, 1 + 0j, Number.ONE),
    (0, 0.0, -0.0, False, Decimal("-0.0"), np.uint64(0)),
    (0.5, Fraction(1, 2), Decimal("0.5"), np.float16(0.5)),
    (2**70, float(2**70), Decimal(2**70)),
    (float("inf"), Decimal("inf"), np.float32("inf")),
    ("a", np.str_("a")),
    (b"a", np.bytes_(b"a")),
    ((1, "x"), (1.0, "x"), Pair(True, "x")),
    (frozenset("ab"), frozenset("ba")),
    (dt.datetime(2020, 1, 1), pd.Timestamp("2020-01-01")),
    (dt.datetime(2020, 1, 1, 2, tzinfo=EAST), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)),
    (dt.time(2, tzinfo=EAST), dt.time(0, tzinfo=dt.UTC)),
    (dt.timedelta(1), pd.Timedelta("24h")),
    (Point(1, "a"), Point(1.0, "a")),
    (Colour.RED, Colour(1)),
    (range(0), range(5, 5)),
    (range(1, 2), range(1, 3, 2)),
    (range(0, 4, 3), range(0, 5, 3)),
    (uuid.UUID(int=5), uuid.UUID(int=5)),
    (PurePosixPath("a/b"), PurePosixPath("a//b")),
    (np.datetime64("2020"), np.datetime64("2020")),
    (Tokenized("a"), Tokenized("a")),
    (None, None),
    (dt.date(2020, 1, 1), dt.date(2020, 1, 1)),
    (int, int),
    (Plain(), Plain()),  # not equal, but free to go anywhere
]


@pytest.mark.parametrize("group", EQUAL, ids=lambda group: type(group[0]).__name__)
def test_equal_objects_have_equal_hashes(group):
    assert len({stable_hash(obj) for obj in group}) == 1
    assert len({stable_hash((obj, "more")) for obj in group}) == 1


def test_missing_values_go_together():
    assert stable_hash(float("nan")) == stable_hash(np.float64("nan")) == stable_hash(Decimal("nan"))
    assert stable_hash(pd.NaT) == stable_hash(pd.NaT)


@pytest.mark.parametrize("bad", [[1], {}, (1, [2]), Unknown()], ids=lambda obj: type(obj).__name__)
def test_what_has_no_hash(bad):
    with pytest.raises(TypeError, match=r"unhashable|__dask_tokenize__"):
        stable_hash(bad)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=8,
)


@given(values, values)
def test_equality_is_kept(one, other):
    if one == other:
        assert stable_hash(one) == stable_hash(other)


@given(values, st.integers(1, 100))
def test_targets_are_in_range(obj, n):
    assert 0 <= target(obj, n) < n


@pytest.mark.parametrize(
    "keys",
    [
        range(8000),
        range(0, 80000, 10),
        [f"key{i}" for i in range(8000)],
        [(i % 80, str(i // 80)) for i in range(8000)],
        [i / 7 for i in range(8000)],
        [dt.date.fromordinal(700_000 + i) for i in range(8000)],
    ],
    ids=["numbers", "multiples", "texts", "tuples", "floats", "dates"],
)
@pytest.mark.parametrize("n", [7, 10, 64])
def test_keys_are_spread_evenly(keys, n):
    counts = Counter(target(key, n) for key in keys)
    assert max(counts.values()) < 1.5 * 8000 / n
    assert min(counts.values()) > 0.5 * 8000 / n


def test_the_same_in_other_processes():
    program = "from minidask.kernels.hashing import stable_hash as h; print([h(k) for k in %r])"
    keys = ["a", b"b", 1.5, None, (1, "a"), frozenset("abc")]
    found = set()
    for seed in "012":
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
        done = subprocess.run([sys.executable, "-c", program % keys], env=environment, capture_output=True, check=True)
        found.add(done.stdout)
    assert found == {f"{[stable_hash(k) for k in keys]}\n".encode()}
