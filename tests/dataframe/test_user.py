"""Functions of the person's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

DATA = FRAMES["plain"]

SAME: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "map_partitions": (lambda d: d.map_partitions(lambda x: x.i + 1), lambda d: d.i + 1),
    "map_partitions, more": (
        lambda d: dd.map_partitions(lambda x, y, by: x * by + y, d.i, d.f, by=2),
        lambda d: d.i * 2 + d.f,
    ),
    "single partition goes everywhere": (
        lambda d: d.f.map_partitions(lambda x, m: x - m.iloc[0], d[["f"]].mean()),
        lambda d: d.f - d.f.mean(),
    ),
    "scalar goes everywhere": (
        lambda d: d.f.map_partitions(lambda x, m: x - m, d.f.mean()),
        lambda d: d.f - d.f.mean(),
    ),
    "apply rows": (
        lambda d: d.apply(lambda row: row.i * 2.5, axis=1),
        lambda d: d.apply(lambda row: row.i * 2.5, axis=1),
    ),
    "apply values": (lambda d: d.i.apply(lambda x: f"<{x}>"), lambda d: d.i.apply(lambda x: f"<{x}>")),
    "apply with args": (lambda d: d.i.apply(pow, args=(2,)), lambda d: d.i.apply(pow, args=(2,))),
    "map dict": (lambda d: d.s.map({"a": 1.0, "b": 2.0}), lambda d: d.s.map({"a": 1.0, "b": 2.0})),
    "map function": (lambda d: d.i.map(lambda x: -x), lambda d: d.i.map(lambda x: -x)),
    "map lazy series": (lambda d: d.i.map(d.f), lambda d: d.i.map(d.f)),
    "map frame": (lambda d: d[["i"]].map(str), lambda d: d[["i"]].map(str)),
    "pipe": (lambda d: d.pipe(lambda x, k: x[x.i > k], 2), lambda d: d[d.i > 2]),
    "filter of what came out": (lambda d: d[d.i.map(lambda x: x > 2)], lambda d: d[d.i > 2]),
}


@pytest.mark.parametrize(("ours", "theirs"), SAME.values(), ids=SAME)
@pytest.mark.parametrize("npartitions", [1, 3])
def test_as_pandas(ours: Callable[[Any], Any], theirs: Callable[[Any], Any], npartitions: int) -> None:
    assert_eq(ours(lazy(DATA, npartitions)), theirs(DATA))


def test_function_is_called_once_for_each_value() -> None:
    seen = []

    def double(x: int) -> int:
        seen.append(x)
        return 2 * x

    result = lazy(DATA).i.apply(double)
    assert result.dtype == "int64"
    result.compute(scheduler="synchronous")
    assert sorted(seen) == sorted(DATA.i)


def test_meta_is_taken() -> None:
    calls = []
    result = lazy(DATA).i.map_partitions(lambda x: calls.append(len(x)) or x.astype(float), meta=("i", "float64"))
    assert not calls
    assert_eq(result, DATA.i.astype(float))


def test_scalars_make_a_series() -> None:
    assert lazy(DATA, 3).map_partitions(len).compute().tolist() == [4, 4, 4]


def test_results_are_held_to_what_was_told() -> None:
    frame = lazy(DATA, 3)
    with pytest.raises(ValueError, match="expected a Series"):
        frame.map_partitions(lambda x: x, meta=("i", "int64")).compute()
    with pytest.raises(ValueError, match="clear_divisions=True"):
        frame.i.map_partitions(lambda x: x.reset_index(drop=True)).compute()
    kept = frame.i.map_partitions(lambda x: x.reset_index(drop=True), clear_divisions=True)
    assert not kept.known_divisions
    assert kept.compute().index.tolist() == [0, 1, 2, 3] * 3


def test_errors() -> None:
    with pytest.raises(NotImplementedError, match="axis=1"):
        lazy(DATA).apply(sum)
    with pytest.raises(TypeError, match="no frame"):
        dd.map_partitions(len, 1)
    with pytest.raises(ZeroDivisionError):
        lazy(DATA).i.apply(lambda x: x / 0 if isinstance(x, int) else 1)
