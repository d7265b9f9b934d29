"""Frames: the flights that left New York City in 2013, with their planes and the weather."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import minidask.dataframe as dd
from minidask.demo.data import flights_tables
from minidask.demo.questions import Question, Size

DELAYS = ["carrier", "month", "dep_delay", "arr_delay"]


def questions(folder: Path, size: Size) -> Sequence[Question]:
    """By carrier and month, by the age of the plane, by the weather; from CSV, and through Parquet and CSV written."""
    paths = {name: str(path) for name, path in flights_tables(folder, size.flights).items()}

    def ours() -> Any:
        return dd.read_csv(paths["flights"], blocksize="4MiB")

    def theirs() -> pd.DataFrame:
        return pd.read_csv(paths["flights"])

    return [
        Question(
            "Which carriers were late, month by month?",
            lambda: by_month(ours()),
            "pandas",
            lambda: by_month(theirs()),
            tell_worst_month,
        ),
        Question(
            "Are older planes later? (joined with the planes)",
            lambda: by_age(ours(), dd.read_csv(paths["planes"])),
            "pandas",
            lambda: by_age(theirs(), pd.read_csv(paths["planes"])),
            tell_ages,
        ),
        Question(
            "How much does bad visibility cost? (joined with the weather of the hour)",
            lambda: by_visibility(ours(), dd.read_csv(paths["weather"])),
            "pandas",
            lambda: by_visibility(theirs(), pd.read_csv(paths["weather"])),
            tell_visibility,
        ),
        Question(
            "The same months from Parquet, a folder for each origin, and only the columns needed",
            lambda: by_month(through_parquet(ours(), folder / "parquet")[DELAYS]),
            "pandas",
            lambda: by_month(theirs()),
            tell_worst_month,
        ),
        Question(
            "Hours lost by each plane, written as CSV and read back",
            lambda: through_csv(hours_lost(ours()), folder / "csv"),
            "pandas",
            lambda: hours_lost(theirs()).reset_index(drop=True),
            tell_hours,
        ),
    ]


def by_month(flights: Any) -> Any:
    """Mean, worst and number of arrival delays in minutes, by carrier and month."""
    return flights.groupby(["carrier", "month"])["arr_delay"].agg(["mean", "max", "count"])


def by_age(flights: Any, planes: Any) -> Any:
    """Mean arrival delay in minutes and mean seats, by the year in which the plane was built."""
    built = planes[["tailnum", "year", "seats"]].rename(columns={"year": "built"})
    return flights.merge(built, on="tailnum").groupby("built")[["arr_delay", "seats"]].mean()


def by_visibility(flights: Any, weather: Any) -> Any:
    """Mean departure delay in minutes and number of flights, by the miles that one could see at the airport."""
    there = flights.merge(weather[["origin", "time_hour", "visib"]], on=["origin", "time_hour"])
    return there.groupby("visib")["dep_delay"].agg(["mean", "count"])


def hours_lost(flights: Any) -> Any:
    """The flights that came more than an hour late, and the hours."""
    late = flights[flights["arr_delay"] > 60][["month", "day", "carrier", "flight", "tailnum", "arr_delay"]]
    return late.assign(hours=late["arr_delay"] / 60)


def through_parquet(frame: Any, folder: Path) -> Any:
    """The frame written as Parquet, a folder for each origin, and read back."""
    frame.to_parquet(str(folder), partition_on=["origin"], write_index=False, overwrite=True)
    return dd.read_parquet(str(folder))


def through_csv(frame: Any, folder: Path) -> Any:
    """The frame written as CSV, a file for each partition, and read back as one pandas frame would be."""
    frame.to_csv(str(folder / "late-*.csv"), index=False)
    return dd.read_csv(str(folder / "late-*.csv"))


def tell_worst_month(answer: pd.DataFrame) -> str:
    worst: Any = answer["mean"].idxmax()
    carrier, month = worst
    row = answer.loc[worst]
    return f"{len(answer)} carrier-months; worst {carrier} in month {month}: {row['mean']:.1f} minutes on average"


def tell_ages(answer: pd.DataFrame) -> str:
    delay = answer["arr_delay"]
    return (
        f"built before 1990: {delay.loc[:1989].mean():.1f} minutes, since 2010: {delay.loc[2010:].mean():.1f} minutes"
    )


def tell_visibility(answer: pd.DataFrame) -> str:
    return f"under {answer.index[1]:g} miles {answer['mean'].iloc[0]:.1f} minutes, clear {answer['mean'].iloc[-1]:.1f}"


def tell_hours(answer: pd.DataFrame) -> str:
    return f"{len(answer):,} flights, {answer['hours'].sum():,.0f} hours"
