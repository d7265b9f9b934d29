"""Frames with arrays, delayed values, bags, and data in memory; rows by place and by mask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd
from minidask import delayed
from minidask.dataframe.places import within
from minidask.testing import assert_eq

ROWS = 20
FRAME = pd.DataFrame(
    {"a": np.arange(ROWS) % 7, "b": np.arange(ROWS) * 1.5 - 4, "c": np.arange(ROWS)},
    index=pd.Index(np.arange(ROWS) * 2, name="k"),
)
VALUES = np.arange(ROWS) * 2.0


class Given(NamedTuple):
    """The operands of a call: lazy, or as NumPy and pandas have them."""

    d: Any
    x: Any
    """One value a row."""
    one: Any
    """An array without axes."""
    row: Any
    """One value a column."""
    three: Any
    """A delayed value."""
    six: Any
    """An item of a bag."""


def theirs() -> Given:
    return Given(FRAME, VALUES, np.float64(3), np.arange(3), 3, 6)


def ours(known: bool) -> Given:
    frame = dd.from_pandas(FRAME, npartitions=3)
    lengths = (6, 7, 7)
    array = da.from_array(VALUES, chunks=6 if known else (lengths,))
    item = db.from_sequence([1, 2, 3], npartitions=2).sum()
    return Given(frame if known else frame[frame.a >= 0], array, da.ones(3).sum(), da.arange(3), delayed(3), item)


CALLS: dict[str, Callable[[Given], Any]] = {
    "assign array": lambda g: g.d.assign(z=g.x),
    "assign in memory": lambda g: g.d.assign(z=VALUES),
    "assign list": lambda g: g.d.assign(z=list(map(str, VALUES))),
    "assign Series in memory": lambda g: g.d.assign(z=FRAME.b[::-1]),
    "assign delayed": lambda g: g.d.assign(z=g.three),
    "add array": lambda g: g.d.a + g.x,
    "array and Series": lambda g: g.x + g.d.a,
    "in memory and Series": lambda g: VALUES + g.d.a,
    "add list": lambda g: g.d.a + list(VALUES),
    "add Series in memory": lambda g: g.d.a + FRAME.b,
    "Series in memory and Series": lambda g: FRAME.b + g.d.a,
    "DataFrame in memory and DataFrame": lambda g: FRAME - g.d,
    "array without axes": lambda g: g.d.a * g.one,
    "reflected array without axes": lambda g: g.one / (g.d.a + 1),
    "DataFrame and array without axes": lambda g: g.d * g.one,
    "mask by array without axes": lambda g: g.d[g.d.a > g.one],
    "delayed": lambda g: g.d.a + g.three,
    "fillna delayed": lambda g: g.d.b.where(g.d.b > 2).fillna(g.three),
    "item": lambda g: g.d.a * g.six,
    "reflected item": lambda g: g.six * g.d.a,
    "table": lambda g: g.d + np.ones((ROWS, 3)),
    "row": lambda g: g.d + g.row,
    "row in memory": lambda g: g.d + np.arange(3),
    "along the index": lambda g: g.d.add(g.x, axis=0),
    "mask in memory": lambda g: g.d[VALUES > 9],
    "mask of a column": lambda g: g.d.b[VALUES > 9],
    "mask list": lambda g: g.d[(VALUES > 9).tolist()],
    "mask array": lambda g: g.d[g.x > 9],
    "mask Series in memory": lambda g: g.d[FRAME.a > 2],
    "mask loc": lambda g: g.d.loc[VALUES > 9, "b"],
    "function": lambda g: g.d[lambda d: d.a == 1],
    "function of a Series": lambda g: g.d.a[lambda a: a == 1],
    "masks one after the other": lambda g: g.d[g.d.a > 2][g.d.b > 0][g.d.c < 15].c,
    "assign to what is filtered": lambda g: g.d[g.d.a > 2].assign(z=g.d.b * 2),
    "slices meet": lambda g: g.d[3:9].a + g.d.b[3:9],
    "scalar and array": lambda g: g.d.a.sum() * g.row,
    "array and scalar": lambda g: g.row - g.d.a.sum(),
    "scalar and memory": lambda g: np.arange(3) * g.d.a.sum(),
    "scalar and Series in memory": lambda g: FRAME.a - g.d.a.mean(),
    "np.sum": lambda g: np.sum(g.d.b),
    "np.sum of all": lambda g: np.sum(g.d),
    "np.mean of all": lambda g: np.mean(g.d),
    "np.std": lambda g: np.std(g.d.b),
    "np.max of all": lambda g: np.max(g.d),
    "np.cumsum": lambda g: np.cumsum(g.d.a),
    "np.clip": lambda g: np.clip(g.d.a, 1, 3),
    "index renamed": lambda g: g.d.index.rename("z"),
}


@pytest.mark.filterwarnings("ignore:Boolean Series key will be reindexed")
@pytest.mark.parametrize("known", [True, False], ids=["known lengths", "unknown lengths"])
@pytest.mark.parametrize("name", CALLS)
def test_mixing(name: str, known: bool) -> None:
    assert_eq(CALLS[name](ours(known)), CALLS[name](theirs()))


@pytest.mark.parametrize("known", [True, False], ids=["known lengths", "unknown lengths"])
@pytest.mark.parametrize(
    "rows",
    [(3, 6), (None, 3), (-5, None), (2, -2, 4), (5, 5), (8, 100, 3), (None, None, 2), (-100, -15), (None, None)],
    ids=str,
)
def test_slices_go_by_place(rows: tuple[int | None, ...], known: bool) -> None:
    frame = ours(known).d
    assert_eq(frame[slice(*rows)], FRAME[slice(*rows)])
    assert_eq(frame.b[slice(*rows)], FRAME.b[slice(*rows)])


def test_a_slice_reads_the_partitions_that_it_needs() -> None:
    frame = dd.from_pandas(FRAME, npartitions=10)
    assert frame[3:6].npartitions == 2
    assert len(frame[3:6]) == 3


def test_slices_of_labels_that_are_no_integers_go_by_label() -> None:
    frame = FRAME.set_axis(list("abcdefghijklmnopqrst"))
    assert_eq(dd.from_pandas(frame, npartitions=3)["c":"h"], frame["c":"h"])


def test_places_within_blocks_are_those_of_the_whole() -> None:
    for picks in (slice(None), slice(3, -2, 4), slice(-7, None), slice(1, 2), slice(9, 3), slice(0, 12, 5)):
        found = [range(start, start + 3)[within((start, 12), 3, picks)] for start in range(0, 12, 3)]
        assert [i for part in found for i in part] == list(range(12)[picks])


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, "3 values by place for 20 rows", lambda g: g.d.a + np.ones(3)),
        (ValueError, "3 values by place for 20 rows", lambda g: g.d.assign(z=[1, 2, 3])),
        (ValueError, "3 values by place for 20 rows", lambda g: g.d.a + da.ones(3)),
        (ValueError, "4 values by place for 3 columns", lambda g: g.d + da.ones(4)),
        (ValueError, "2 values by place for 3 columns", lambda g: g.d + np.ones((ROWS, 2))),
        (TypeError, "Bag is no operand", lambda g: g.d.a + db.range(3, npartitions=1)),
        (TypeError, "2 axes is no operand of a Series", lambda g: g.d.a + np.ones((2, 2))),
        (TypeError, "by a boolean Series or array", lambda g: g.d[g.three]),
        (NotImplementedError, "forwards only", lambda g: g.d[::-1]),
        (ValueError, "x is lazy already", lambda g: da.from_array(g.d.a)),
        (TypeError, "from_delayed", lambda g: da.from_array(g.three)),
        (TypeError, "unexpected argument 'out'", lambda g: g.d.a.sum(out=1)),
    ],
)
def test_errors_come_at_the_call(error: type[Exception], message: str, call: Callable[[Given], Any]) -> None:
    with pytest.raises(error, match=message):
        call(ours(known=True))


def test_values_of_another_length_are_an_error_when_counted() -> None:
    g = ours(known=False)
    with pytest.raises(ValueError, match="3 values by place for 20 rows in all"):
        g.d.assign(z=[1, 2, 3]).compute()
    with pytest.raises(ValueError, match="rechunk the array to a block for each partition"):
        g.d.a + da.ones(ROWS, chunks=ROWS)


def test_array_functions_take_frames_lazily() -> None:
    calls: list[int] = []

    def seen(block: pd.DataFrame) -> pd.DataFrame:
        calls.append(len(block))
        return block

    frame = dd.from_pandas(FRAME, npartitions=2).map_partitions(seen, meta=FRAME)
    found = da.where(frame.a > 1, 1, 0)
    assert not calls
    np.testing.assert_array_equal(found.compute(scheduler="sync"), np.where(FRAME.a > 1, 1, 0))
    assert len(calls) == 2
    assert_eq(da.stack([frame.a, frame.c]), np.stack([FRAME.a, FRAME.c]))


def test_the_index_has_its_name() -> None:
    index = ours(known=True).d.index
    assert (index.name, list(index.names), index.rename("z").name) == ("k", ["k"], "z")


def test_scalars_convert_to_numbers() -> None:
    total = ours(known=True).d.a.sum()
    assert (float(total), int(total), f"{total:.1f}", bool(total > 3)) == (57.0, 57, "57.0", True)
    assert f"{da.ones(4).mean():.2f}" == "1.00"
    with pytest.raises(TypeError):
        format(ours(known=True).d, ".2f")


def test_items_have_operators() -> None:
    six = ours(known=True).six
    assert [x.compute(scheduler="sync") for x in (six + 1, 1 - six, -six, six / six, six == 6)] == [
        7,
        -5,
        -6,
        1.0,
        True,
    ]
    assert f"{six:03d}" == "006"


@pytest.mark.parametrize("known", [True, False], ids=["known divisions", "unknown divisions"])
def test_one_label_gives_what_pandas_gives(known: bool) -> None:
    data = FRAME.set_axis(pd.Index([*range(ROWS - 1), ROWS - 2], name="k"))
    frame = dd.from_pandas(data, npartitions=3) if known else dd.from_pandas(data, npartitions=3, sort=False)
    if not known:
        frame = frame.map_partitions(lambda block: block, meta=data, clear_divisions=True)
    pd.testing.assert_series_equal(frame.loc[5].compute(), data.loc[5])
    pd.testing.assert_series_equal(frame.loc[5].persist().compute(), data.loc[5])
    pd.testing.assert_frame_equal(frame.loc[[5]].compute(), data.loc[[5]])
    pd.testing.assert_frame_equal(frame.loc[ROWS - 2].compute(), data.loc[ROWS - 2])
    assert frame.a.loc[7].compute() == frame.loc[7, "a"].compute() == data.a.loc[7]
    assert frame.a[7].compute() == data.a[7]
    assert frame.loc[5].a.compute().tolist() == [data.a[5]]
