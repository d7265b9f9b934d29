"""Frames of what other things give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask import delayed
from minidask.testing import assert_eq

from .frames import FRAMES, lazy


def part(n: int, start: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(start, start + n), "y": pd.Series(["a"] * n, dtype="str")})


def test_from_map() -> None:
    calls = []

    def make(n: int, start: int) -> pd.DataFrame:
        calls.append(n)
        return part(n, start)

    found = dd.from_map(make, [2, 0, 3], [0, 5, 10])
    assert calls == [2]
    assert_eq(found.compute(scheduler="synchronous"), pd.concat([part(2), part(0), part(3, 10)]))
    assert sorted(calls) == [0, 2, 3]
    assert_eq(dd.from_map(part, [2, 3], meta=part(0)), pd.concat([part(2), part(3)]))
    assert_eq(dd.from_map(part, [2, 3], args=[7]).x.sum(), 7 + 8 + 7 + 8 + 9)
    known = dd.from_map(lambda i: pd.Series([i], index=[i]), [1, 2, 3], divisions=[1, 2, 3, 3])
    assert_eq(known, pd.Series([1, 2, 3], index=[1, 2, 3]))


def test_from_map_errors() -> None:
    with pytest.raises(ValueError, match="one length"):
        dd.from_map(part, [1], [1, 2])
    with pytest.raises(TypeError, match="gave a int"):
        dd.from_map(lambda i: i, [1, 2])
    with pytest.raises(ValueError, match="divisions"):
        dd.from_map(part, [1, 2], divisions=[0, 1])
    with pytest.raises(ValueError, match="gave a Series"):
        dd.from_map(lambda i: part(i).x, [1, 2], meta=part(0)).compute()


def test_from_delayed() -> None:
    make = delayed(part)
    assert_eq(dd.from_delayed([make(2), make(3, 5)]), pd.concat([part(2), part(3, 5)]))
    assert_eq(dd.from_delayed(make(2), meta=part(0)), part(2))
    found = dd.from_delayed([make(2), make(3, 2)], meta=part(0), divisions=[0, 2, 4])
    assert found.x.sum().compute() == 10
    with pytest.raises(TypeError, match="delayed"):
        dd.from_delayed([part(2)])


def test_from_array() -> None:
    x = np.arange(10.0).reshape(5, 2)
    assert_eq(dd.from_array(x, chunksize=2, columns=["a", "b"]), pd.DataFrame(x, columns=["a", "b"]))
    assert_eq(dd.from_array(x[:, 0], chunksize=2, columns="a"), pd.Series(x[:, 0], name="a"))
    records = np.array([(1, 2.5), (3, 4.5)], dtype=[("p", "i8"), ("q", "f4")])
    assert_eq(dd.from_array(records, chunksize=1), pd.DataFrame(records))
    with pytest.raises(ValueError, match="3 dimensions"):
        dd.from_array(np.zeros((1, 1, 1)))


def test_from_lazy_array() -> None:
    da = pytest.importorskip("minidask.array")
    x = np.arange(12.0).reshape(6, 2)
    found = dd.from_dask_array(da.from_array(x, chunks=(4, 1)) + 1, columns=["a", "b"])
    assert_eq(found, pd.DataFrame(x + 1, columns=["a", "b"]))
    assert found.divisions == (0, 4, 5)


def test_from_bag_of_tuples_with_meta() -> None:
    import minidask.bag as db

    pairs = db.from_sequence([(1, 2.5), (3, 4.5)], npartitions=2)
    found = pairs.to_dataframe(meta={"x": int, "y": float}).compute(scheduler="synchronous")
    assert found.to_dict("list") == {"x": [1, 3], "y": [2.5, 4.5]}
    with pytest.raises(ValueError, match=r"meta has one column \('x'\), but the items have 2 values"):
        pairs.to_dataframe(meta={"x": int}).compute(scheduler="synchronous")


def test_from_bag() -> None:
    db = pytest.importorskip("minidask.bag")
    rows = [{"x": i, "y": str(i)} for i in range(6)]
    found = db.from_sequence(rows, npartitions=3).to_dataframe()
    assert_eq(found.compute(scheduler="synchronous").reset_index(drop=True), pd.DataFrame(rows))
    pairs = db.from_sequence([(1, 2.5), (3, 4.5)], npartitions=2)
    assert dd.from_bag(pairs, columns=["a", "b"]).b.sum().compute(scheduler="synchronous") == 7.0
    late = db.from_sequence([{"x": 1}, {"x": 2.5}], npartitions=2)
    with pytest.raises(ValueError, match="column 'x' of partition 1"):
        dd.from_bag(late).compute(scheduler="synchronous")


def test_from_pandas_partitions() -> None:
    data = pd.DataFrame({"x": range(10)})
    assert dd.from_pandas(data, chunksize=4).npartitions == 3
    assert dd.from_pandas(data).npartitions == 1
    assert_eq(dd.from_pandas(data, 20), data)
    shuffled = data.sample(frac=1, random_state=1)
    assert_eq(dd.from_pandas(shuffled, 3), data)
    assert_eq(dd.from_pandas(shuffled, 3, sort=False), shuffled)
    assert not dd.from_pandas(shuffled, 3, sort=False).known_divisions
    with pytest.raises(ValueError, match="not both"):
        dd.from_pandas(data, npartitions=2, chunksize=2)
    with pytest.raises(TypeError, match="list"):
        dd.from_pandas([1], npartitions=2)


def test_what_is_done_to_the_data_later_does_not_reach_the_frame() -> None:
    data = pd.DataFrame({"x": range(4)})
    frame = dd.from_pandas(data, 2)
    data["y"] = 1
    data.loc[0, "x"] = 100
    assert frame.compute().x.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("parts", [1, 3])
def test_to_bag(parts: int) -> None:
    data = FRAMES["labels"][["i", "s"]]
    ours = lazy(data, parts)
    rows = {
        "tuple": (data.itertuples(index=False, name=None), data.itertuples(name=None)),
        "dict": (data.to_dict("records"), data.reset_index().to_dict("records")),
    }
    for format, expected in rows.items():
        for index in (False, True):
            found = ours.to_bag(index, format)
            assert found.npartitions == ours.npartitions
            assert str(found.compute(scheduler="synchronous")) == str(list(expected[index]))
    assert ours.i.to_bag().compute(scheduler="synchronous") == data.i.tolist()
    assert ours.i.to_bag(index=True).compute(scheduler="synchronous") == list(data.i.items())
    assert ours.index.to_bag().sum().compute(scheduler="synchronous") == data.index.to_series().sum()
    assert ours.i.to_bag(format="dict").compute(scheduler="synchronous")[0] == {"i": data.i.iloc[0]}
    lengths = ours.to_bag(format="frame").map(len).compute(scheduler="synchronous")
    assert len(lengths) == ours.npartitions
    assert sum(lengths) == len(data)
    with pytest.raises(ValueError, match="format='list'"):
        ours.to_bag(format="list")


def test_get_dummies() -> None:
    data = FRAMES["plain"]
    told = data[["i", "c"]].assign(s=data.s.astype("category"))
    ours = lazy(data)[["i", "c"]].assign(s=lazy(data).s.astype("category").cat.as_known())
    assert_eq(dd.get_dummies(ours), pd.get_dummies(told))
    assert_eq(dd.get_dummies(ours.s, dummy_na=True, dtype="int8"), pd.get_dummies(told.s, dummy_na=True, dtype="int8"))
    options = {"columns": ["c"], "prefix": "is", "drop_first": True}
    assert_eq(dd.get_dummies(ours, **options), pd.get_dummies(told, **options))
    assert dd.get_dummies(data.c).equals(pd.get_dummies(data.c))
    with pytest.raises(NotImplementedError, match=r"of 's' depend on all rows; .*as_known"):
        dd.get_dummies(lazy(data).s.astype("category"))
    with pytest.raises(KeyError, match="no column 'z'"):
        dd.get_dummies(ours, columns=["z"])
    with pytest.raises(TypeError, match="data: expected"):
        dd.get_dummies([1])


def test_categories_in_another_order_are_other_categories() -> None:
    frames = [pd.DataFrame({"k": pd.Categorical(["x", "y"], categories=c)}) for c in (["x", "y"], ["y", "x"])]
    for frame in frames:
        found = dd.from_pandas(frame, npartitions=1)
        assert found.k.dtype.categories.tolist() == frame.k.dtype.categories.tolist()
        assert dd.get_dummies(found).columns.tolist() == pd.get_dummies(frame).columns.tolist()
