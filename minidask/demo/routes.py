"""Delayed calls: they join a bag that parses airports, an array that measures the earth, and a frame of routes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd
from minidask import delayed
from minidask.demo.data import flights_tables
from minidask.demo.questions import Question, Size

RADIUS = 3958.8
"""Of the earth, in miles."""


class Airport(NamedTuple):
    """Where an airport is, in degrees."""

    code: str
    latitude: float
    longitude: float


def questions(folder: Path, size: Size) -> Sequence[Question]:
    """Whether the distances in the table of flights are those on the globe."""
    paths = {name: str(path) for name, path in flights_tables(folder, size.flights).items()}
    return [
        Question(
            "Are the distances in the table of flights those on the globe? (bag, array, frame and delayed calls)",
            lambda: from_collections(paths),
            "pandas and math",
            lambda: from_loops(paths),
            lambda found: (
                f"{len(found)} routes, off by {found['off'].mean():.2f} miles on average; "
                f"most {found.index[0][0]}-{found.index[0][1]}: {found['off'].iloc[0]:.1f}"
            ),
        )
    ]


def from_collections(paths: dict[str, str]) -> Any:
    """The routes by how far they are off, furthest first: a delayed frame that holds all other collections."""
    airports = db.read_text(paths["airports"]).map_partitions(parse_airports)
    codes = delayed(list)(airports.pluck(0))
    degrees = da.from_delayed(delayed(positions)(airports), shape=(count_lines(paths["airports"]), 2), dtype=float)
    flown = dd.read_csv(paths["flights"], blocksize="4MiB").groupby(["origin", "dest"])["distance"].mean()
    return delayed(compare)(flown, codes, globe(degrees.rechunk((400, 2))))


def parse_airports(lines: Any) -> list[Airport]:
    """Airports from lines of CSV; the head of the file is none."""
    rows = csv.reader(lines)
    return [Airport(row[0], float(row[2]), float(row[3])) for row in rows if row[0] != "faa"]


def positions(airports: Sequence[Airport]) -> np.ndarray:
    return np.array([(a.latitude, a.longitude) for a in airports])


def count_lines(path: str) -> int:
    with Path(path).open(encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def globe(degrees: da.Array) -> da.Array:
    """Great-circle distances in miles of all points from all, by the haversine formula."""
    latitude, longitude = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    up = np.sin((latitude[:, None] - latitude) / 2) ** 2
    along = np.sin((longitude[:, None] - longitude) / 2) ** 2
    return 2 * RADIUS * np.arcsin(np.sqrt(up + np.cos(latitude[:, None]) * np.cos(latitude) * along))


def compare(flown: pd.Series, codes: list[str], miles: np.ndarray) -> pd.DataFrame:
    """How far each route's distance in the table is from that on the globe; where an airport's place is known."""
    place = {code: i for i, code in enumerate(codes)}
    known = flown[[origin in place and dest in place for origin, dest in flown.index]]
    there = miles[[place[o] for o, _ in known.index], [place[d] for _, d in known.index]]
    found = pd.DataFrame({"table": known, "globe": there, "off": (known - there).abs()})
    return found.sort_values("off", ascending=False, kind="stable")


def from_loops(paths: dict[str, str]) -> pd.DataFrame:
    """The same route by route."""
    with Path(paths["airports"]).open(encoding="utf-8", newline="") as file:
        where = {row["faa"]: (float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)}
    flights = pd.read_csv(paths["flights"])
    rows = {}
    for (origin, dest), routes in flights.groupby(["origin", "dest"]):
        if origin in where and dest in where:
            table, on_globe = routes["distance"].mean(), haversine(*where[origin], *where[dest])
            rows[origin, dest] = {"table": table, "globe": on_globe, "off": abs(table - on_globe)}
    found = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["origin", "dest"])
    return found.sort_values("off", ascending=False, kind="stable")


def haversine(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Great-circle distance in miles of two points in degrees."""
    a, b = radians(latitude), radians(to_latitude)
    along = sin(radians(to_longitude - longitude) / 2) ** 2
    return 2 * RADIUS * asin(sqrt(sin((b - a) / 2) ** 2 + cos(a) * cos(b) * along))
