"""xarray with minidask as its chunk manager: answers as with NumPy's arrays, lazily, and without dask."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

xr = pytest.importorskip("xarray")

import minidask.array as da  # noqa: E402  # after the check that xarray is there
import minidask.config as config  # noqa: E402
from minidask.integrations.xarray import DuckArray, Manager, held  # noqa: E402

try:
    distribution("minidask")
except PackageNotFoundError:
    pytest.skip("minidask is not installed, so xarray cannot find it", allow_module_level=True)

RNG = np.random.default_rng(0)
DAYS = pd.date_range("2020-01-01", periods=40, unit="ns")
A = RNG.normal(size=(40, 6, 8))
A[RNG.random(A.shape) < 0.1] = np.nan
PLAIN = xr.Dataset(
    {"a": (("t", "y", "x"), A), "b": (("t", "y"), RNG.integers(0, 10, size=(40, 6))), "s": ("x", list("abcdefgh"))},
    coords={"t": DAYS, "y": np.arange(6.0) * 10, "x": np.arange(8), "k": ("t", np.arange(40) % 3)},
)
OURS: dict[str, Any] = {"chunked_array_type": "minidask"}
LAZY = PLAIN.chunk({"t": 7, "y": 4, "x": 3}, **OURS).assign_coords(k=PLAIN.k)
BESIDE_DASK = find_spec("dask") is not None
"""`.ci/run` tests that in an environment of its own."""


@pytest.fixture(autouse=True)
def chosen() -> Iterator[None]:
    """What a person says where another chunk manager is installed, too."""
    with xr.set_options(chunk_manager="minidask"):
        yield


def points(*places: int) -> Any:
    return xr.DataArray(list(places), dims="p")


def set_by_places(d: Any) -> Any:
    c = d.a.copy()
    c[{"t": 0}] = 5
    c.loc[{"x": [1, 2]}] = 0
    return c


def mean_of_rows(d: Any, **options: Any) -> Any:
    return xr.apply_ufunc(
        lambda a: a.mean(-1),
        d.a,
        input_core_dims=[["x"]],
        dask="parallelized",
        output_dtypes=[float],
        dask_gufunc_kwargs={"allow_rechunk": True},
        **options,
    )


def extremes_of_rows(d: Any) -> Any:
    low, high = xr.apply_ufunc(
        lambda a: (a.min(-1), a.max(-1)),
        d.a.chunk(x=-1) if d is LAZY else d.a,
        input_core_dims=[["x"]],
        output_core_dims=[[], []],
        dask="parallelized",
        output_dtypes=[float, float],
    )
    return high - low


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "arithmetic": lambda d: 2 * d.a + d.b**2 - 3,
    "ufunc": lambda d: np.sin(d.a),
    "where": lambda d: xr.where(d.a > 0, d.a, 0.0),
    "fillna": lambda d: d.a.fillna(0),
    "isnull": lambda d: d.a.isnull(),
    "clip": lambda d: d.a.clip(-1, 1).round(1).astype("f4"),
    "isin": lambda d: d.b.isin([1, 2]),
    "sum": lambda d: d.a.sum("t"),
    "mean": lambda d: d.a.mean(["t", "x"]),
    "mean of all": lambda d: d.a.mean(),
    "std": lambda d: d.a.std("x", ddof=1),
    "median": lambda d: d.a.median("t"),
    "quantile": lambda d: d.a.chunk(t=-1).quantile([0.2, 0.5], "t"),
    "min": lambda d: d.a.min("y"),
    "argmax": lambda d: d.a.fillna(0).argmax("t"),
    "count": lambda d: d.a.count("t"),
    "any": lambda d: (d.a > 0).any("t"),
    "cumsum": lambda d: d.a.cumsum("t"),
    "reduce": lambda d: d.a.reduce(np.nanmax, "t"),
    "diff": lambda d: d.a.diff("t"),
    "shift": lambda d: d.a.shift(t=2),
    "roll": lambda d: d.a.roll(x=3, roll_coords=True),
    "pad": lambda d: d.a.pad(x=2, mode="reflect"),
    "isel": lambda d: d.a.isel(t=slice(3, 20, 2), x=[4, 1]),
    "isel of points": lambda d: d.a.isel(t=points(0, 5, 3), x=points(1, 2, 7)),
    "sel": lambda d: d.a.sel(t="2020-01-05T00", y=[11.0, 29.0], method="nearest"),
    "mask of an axis": lambda d: d.a[np.arange(40) % 2 == 0],
    "set": set_by_places,
    "transpose": lambda d: d.a.transpose("x", "t", "y"),
    "stack": lambda d: d.a.stack(z=("y", "x")).unstack("z"),
    "concat": lambda d: xr.concat([d.a, d.a + 1], "t"),
    "concat new": lambda d: xr.concat([d.a, d.a + 1], "n"),
    "merge": lambda d: xr.merge([d.a, d.b.rename("c")]),
    "reindex": lambda d: d.a.reindex(x=[1, 3, 20]),
    "broadcast": lambda d: d.b.broadcast_like(d.a),
    "sortby": lambda d: d.a.sortby("x", ascending=False),
    "groupby mean": lambda d: d.a.groupby("k").mean(),
    "groupby month": lambda d: d.a.groupby("t.month").mean(),
    "groupby first": lambda d: d.a.groupby("k").first(),
    "anomaly": lambda d: d.a.groupby("k") - d.a.groupby("k").mean(),
    "groupby map": lambda d: d.a.groupby("k").map(lambda g: g - g.mean("t")),
    "groupby bins": lambda d: d.a.groupby_bins("y", [0, 25, 60]).sum(),
    "groupby two": lambda d: d.a.groupby(["k", "t.month"]).mean(),
    "resample": lambda d: d.a.resample(t="7D").mean(),
    "resample up": lambda d: d.a.resample(t="12h").ffill(),
    "resample interpolate": lambda d: d.a.resample(t="12h").interpolate("linear"),
    "rolling mean": lambda d: d.a.rolling(t=5).mean(),
    "rolling centered": lambda d: d.a.rolling(t=5, center=True, min_periods=1).sum(),
    "rolling two": lambda d: d.a.rolling(t=3, y=2).max(),
    "rolling construct": lambda d: d.a.rolling(t=4).construct("w"),
    "coarsen": lambda d: d.a.coarsen(t=4, x=2).mean(),
    "coarsen trim": lambda d: d.a.coarsen(t=7, boundary="trim").max(),
    "interp": lambda d: d.a.interp(y=[5.0, 25.0], x=[0.5, 2.5]),
    "interp of times": lambda d: d.a.interp(t=DAYS[:5] + pd.Timedelta("6h")),
    "dot": lambda d: xr.dot(d.a.fillna(0), d.b, dim="y"),
    "weighted": lambda d: d.a.weighted(d.b).mean("t"),
    "cov": lambda d: xr.cov(d.a, d.b, dim="t"),
    "polyfit": lambda d: d.a.fillna(0).polyfit("t", 2),
    "integrate": lambda d: d.a.integrate("y"),
    "differentiate": lambda d: d.a.differentiate("y"),
    "apply_ufunc": mean_of_rows,
    "apply_ufunc vectorized": lambda d: mean_of_rows(d, vectorize=True),
    "apply_ufunc of two": extremes_of_rows,
    "map_blocks": lambda d: d.a.map_blocks(lambda block: block + 1),
    "full_like": lambda d: xr.full_like(d.a, 3),
    "strings": lambda d: d.s.str.upper(),
    "deep copy": lambda d: d.a.copy(deep=True),
    "ffill": lambda d: d.a.ffill("t", limit=2),
    "rank": lambda d: (d.a.chunk(t=-1) if d is LAZY else d.a).rank("t"),
    "sum of enough": lambda d: d.a.sum("x", min_count=8),
    "median of two": lambda d: d.a.median(["y", "x"]),
    "where drop": lambda d: d.a.where(d.x > 3, drop=True),
    "pad wrap": lambda d: d.a.pad(x=3, mode="wrap"),
    "isel of a box": lambda d: d.a.isel(
        t=xr.DataArray([[0, 5], [3, 2]], dims=("p", "q")), y=points(1, 2).rename(p="q")
    ),
    "groupby median": lambda d: d.a.groupby("k").median(),
    "groupby std": lambda d: d.a.groupby("t.season").std(),
    "groupby cumsum": lambda d: d.a.fillna(0).groupby("k").cumsum(),
    "resample median": lambda d: d.a.resample(t="9D").median(),
    "resample nearest": lambda d: d.a.resample(t="12h").nearest(),
    "rolling std": lambda d: d.a.rolling(t=5).std(),
    "rolling median": lambda d: d.a.rolling(t=5).median(),
    "rolling long": lambda d: d.a.rolling(t=30, min_periods=3).mean(),
    "rolling stride": lambda d: d.a.rolling(t=4).construct("w", stride=3).mean("w"),
    "cumulative": lambda d: d.a.cumulative("t").sum(),
    "coarsen construct": lambda d: d.a.coarsen(t=8).construct(t=("c", "w")),
    "weighted std": lambda d: d.a.weighted(d.b).std("t"),
    "polyval": lambda d: xr.polyval(d.a.x, d.a.fillna(0).polyfit("x", 1).polyfit_coefficients),
    "corr": lambda d: xr.corr(d.a, d.b, "t"),
    "cumulative_integrate": lambda d: d.a.cumulative_integrate("y"),
    "combine by coords": lambda d: xr.combine_by_coords([d[["a"]].isel(t=part) for part in (slice(20), slice(20, 40))]),
    "align": lambda d: xr.align(d.a, d.b[3:9], join="outer")[1],
    "to_array": lambda d: d[["a", "b"]].to_array(),
    "chunks of months": lambda d: d.chunk(t=xr.groupers.TimeResampler("MS")).a if d is LAZY else d.a,
    "combine_first": lambda d: d.a.combine_first(xr.ones_like(d.a)),
}
NEED = {
    **dict.fromkeys(["interp", "interp of times", "resample interpolate"], "scipy"),
    **dict.fromkeys(["bfill", "ffill", "rank"], "bottleneck"),
}
"""What xarray itself needs for some operations."""


def variables(value: Any) -> dict[str, Any]:
    if isinstance(value, xr.Dataset):
        return {name: value.variables[name] for name in value.data_vars}
    return {"": value.variable}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(name: str) -> None:
    if name in NEED:
        pytest.importorskip(NEED[name])
    func = OPERATIONS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # xarray warns of its own future, NumPy of rows of NaN
        wanted, found = func(PLAIN), func(LAZY)
        assert any(isinstance(v._data, DuckArray) for v in variables(found).values())
        assert not any(type(v._data) is da.Array for v in variables(found).values())
        computed = found.compute()
    xr.testing.assert_allclose(wanted, computed)
    for ours, theirs in zip(variables(computed).values(), variables(wanted).values()):
        assert ours.dtype == theirs.dtype


def test_nothing_is_computed_on_the_way() -> None:
    touched = []

    def counted(block: Any) -> Any:
        touched.append(block.shape)
        return block

    lazy = LAZY.assign(a=LAZY.a.copy(data=LAZY.a.data.map_blocks(counted, dtype=float)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("arithmetic", "groupby mean", "rolling mean", "coarsen", "isel of points", "apply_ufunc", "pad"):
            OPERATIONS[name](lazy)
    assert not touched
    lazy.a.isel(t=0, y=0, x=0).compute()
    assert touched == [(7, 4, 3)]


def test_chunks() -> None:
    assert LAZY.a.chunks == ((7, 7, 7, 7, 7, 5), (4, 2), (3, 3, 2))
    assert LAZY.a.chunk({"t": -1}).chunks == ((40,), (4, 2), (3, 3, 2))
    assert PLAIN.a.chunk().chunks == ((40,), (6,), (8,))
    assert PLAIN.a.chunk("auto").chunks == ((40,), (6,), (8,))
    assert PLAIN.a.isel(t=slice(0)).chunk("auto").chunks == ((0,), (6,), (8,))
    assert xr.unify_chunks(LAZY.a, LAZY.b.chunk(y=3))[0].chunks[1] == (3, 1, 2)
    x = da.ones((4, 4), chunks=2)
    assert xr.DataArray(held(x) if BESIDE_DASK else x).chunk({"dim_0": 4}).chunks == ((4,), (2, 2))


def test_persist_computes_once() -> None:
    kept = LAZY.persist()
    assert all(isinstance(v._data, DuckArray) for v in variables(kept).values())
    xr.testing.assert_identical(kept.compute(), PLAIN)


@pytest.mark.parametrize("scheduler", ["synchronous", "threads", "processes"])
def test_options_go_to_the_scheduler(scheduler: str) -> None:
    xr.testing.assert_allclose(LAZY.a.mean("t").compute(scheduler=scheduler), PLAIN.a.mean("t"))


def test_values_without_axes_are_arrays() -> None:
    manager = Manager()
    whole, mixed = manager.compute(DuckArray.of(da.ones(3, chunks=2).sum().expr), np.ones(2))
    assert isinstance(whole, np.ndarray)
    assert whole.shape == ()
    assert mixed.shape == (2,)
    thing = da.map_blocks(lambda: np.array({"a": 1}, object), chunks=(), dtype=object)
    assert manager.compute(thing)[0].item() == {"a": 1}


def test_hooks() -> None:
    manager, x = Manager(), LAZY.a.data
    assert manager.get_auto_chunk_size() == 128 * 2**20
    with config.set({"array.chunk-size": "1MiB"}):
        assert manager.get_auto_chunk_size() == 2**20
    assert manager.normalize_chunks(("auto", 3), (10, 6), dtype=float, previous_chunks=(5, 3)) == ((10,), (3, 3))
    total = manager.reduction(x, np.nansum, axis=0, dtype=float)
    np.testing.assert_allclose(total.compute(), np.nansum(A, 0))
    running = manager.scan(np.nancumsum, np.add, 0, x, axis=0, dtype=float)
    np.testing.assert_allclose(running.compute(), np.nancumsum(A, 0))
    order = [[3, 1], [0, 2], [5], [4]]
    shuffled = manager.shuffle(x, order, 1, None)
    np.testing.assert_array_equal(shuffled.compute(), A[:, [3, 1, 0, 2, 5, 4]])
    doubled = manager.blockwise(np.add, "ijk", x, "ijk", x, "ijk", dtype=float)
    np.testing.assert_array_equal(doubled.compute(), A + A)
    chunks, (one, other) = manager.unify_chunks(x, "ijk", x.rechunk(5), "ijk")
    assert one.chunks == other.chunks == tuple(chunks[i] for i in "ijk")
    made = manager.array_api.ones(3, chunks=2)
    assert all(isinstance(a, DuckArray) for a in (total, running, shuffled, doubled, one, other, made))


def test_an_array_for_xarray_speaks_numpy_only() -> None:
    x = LAZY.a.data
    assert not hasattr(x, "__array_namespace__")
    assert x.__dask_graph__ is None  # dask's manager would take it for its own
    assert isinstance(np.concatenate([x, x]), DuckArray)
    assert isinstance(np.linalg.qr(x[:, :, 0].rechunk({1: -1}))[0], DuckArray)


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4", "scipy"])
def test_netcdf(engine: str, tmp_path: Path) -> None:
    pytest.importorskip({"netcdf4": "netCDF4"}.get(engine, engine))
    path = tmp_path / "data.nc"
    LAZY.to_netcdf(path, engine=engine)
    with xr.open_dataset(path, engine=engine, chunks={"t": 8}) as opened:
        assert opened.a.chunks == ((8,) * 5, (6,), (8,))
        xr.testing.assert_identical(opened.compute(), PLAIN)
        xr.testing.assert_allclose(opened.a.mean("t").compute(), PLAIN.a.mean("t"))


@pytest.mark.parametrize("version", [2, 3])
def test_zarr(version: int, tmp_path: Path) -> None:
    pytest.importorskip("zarr", "3")
    path = tmp_path / "data.zarr"
    lazy, plain = LAZY.drop_vars("s"), PLAIN.drop_vars("s")
    lazy.to_zarr(path, zarr_format=version, consolidated=False)
    opened = xr.open_zarr(path, consolidated=False)
    assert opened.a.chunks == lazy.a.chunks
    xr.testing.assert_identical(opened.compute(), plain)
    xr.testing.assert_identical(opened.compute(scheduler="processes"), plain)
    more = lazy.isel(t=slice(0, 7))
    (more[["a"]] * 2).drop_vars(["x", "y", "k"]).to_zarr(path, region={"t": slice(7, 14)}, consolidated=False)
    np.testing.assert_array_equal(xr.open_zarr(path, consolidated=False).a[7:14].values, A[:7] * 2)


def test_several_files(tmp_path: Path) -> None:
    pytest.importorskip("h5netcdf")
    for i in range(4):
        PLAIN[["a"]].isel(t=slice(i * 10, i * 10 + 10)).to_netcdf(tmp_path / f"{i}.nc", engine="h5netcdf")
    with xr.open_mfdataset(str(tmp_path / "*.nc"), engine="h5netcdf", data_vars=None) as opened:
        assert opened.a.chunks[0] == (10,) * 4
        xr.testing.assert_identical(opened.a.compute(), PLAIN.a)


@pytest.mark.skipif(not BESIDE_DASK, reason="dask is not installed")
def test_arrays_beside_those_of_dask() -> None:
    import dask.array

    x = da.from_array(A, chunks=5)
    data = xr.DataArray(held(x), dims=PLAIN.a.dims, coords=PLAIN.a.coords)
    assert isinstance(data.chunk(t=3).data, DuckArray)
    xr.testing.assert_allclose((data + 1).mean("t").compute(), (PLAIN.a + 1).mean("t"))
    with pytest.raises(TypeError, match=r"hand it over as .*held"):
        xr.DataArray(x).compute()
    theirs = PLAIN.a.chunk(t=4, chunked_array_type="dask")
    assert isinstance(theirs.data, dask.array.Array)
    xr.testing.assert_identical((theirs + 1).compute(), PLAIN.a + 1)


@pytest.mark.skipif(BESIDE_DASK, reason="xarray imports dask where that is installed")
def test_dask_is_not_imported() -> None:
    code = (
        "import sys, numpy as np, xarray as xr\n"
        "x = xr.DataArray(np.arange(6.0), dims='t').chunk(t=2, chunked_array_type='minidask')\n"
        "assert type(x.data).__module__ == 'minidask.integrations.xarray'\n"
        "assert x.rolling(t=2).mean().sum().compute() == 12.5\n"
        "assert not {'dask', 'distributed'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
