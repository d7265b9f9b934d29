"""Random data to try things out with: the same for the same seed, made when it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask import bag
from minidask.dataframe.base import new
from minidask.dataframe.io.parts import ReadParts

NAMES = (
    "Ada", "Bruno", "Chidi", "Dara", "Elif", "Farid", "Gita", "Hugo", "Ines", "Jonas", "Kaede", "Lina", "Milan",
    "Nora", "Omar", "Paula", "Quentin", "Rosa", "Sven", "Tariq", "Uma", "Vera", "Wanda", "Xenia", "Yusuf", "Zoe",
)  # fmt: skip
"""The values of columns of text."""


class Period(NamedTuple):
    """One partition: its number, and from when on, until before when, it has rows."""

    number: int
    start: Any
    stop: Any

    def __str__(self) -> str:
        return f"the rows from {self.start} on"


def _text(rng: np.random.Generator, n: int) -> pd.Series:
    return _category(rng, n).astype("str")


def _category(rng: np.random.Generator, n: int) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(rng.integers(0, len(NAMES), n), pd.Index(NAMES)))


def _whole(rng: np.random.Generator, n: int, lam: float = 1000) -> pd.Series:
    return pd.Series(rng.poisson(lam, n))


def _float(rng: np.random.Generator, n: int) -> pd.Series:
    return pd.Series(rng.random(n) * 2 - 1)


_MAKERS: dict[Any, Any] = {str: _text, "str": _text, "string": _text, "category": _category, int: _whole, float: _float}


def make_rows(
    part: Period, columns: list[str], freq: str, seed: int, dtypes: Mapping[str, Any], options: Mapping[str, Any]
) -> pd.DataFrame:
    """The rows of a partition: a column is the same whichever others are made."""
    index = pd.date_range(part.start, part.stop, freq=freq, inclusive="left", name="timestamp")
    made = {}
    for place, (name, dtype) in enumerate(dtypes.items()):
        if name in columns:
            rng = np.random.default_rng([seed, part.number, place])
            made[name] = _MAKERS[dtype](rng, len(index), **options.get(name, {})).set_axis(index)
    return pd.DataFrame(made, index=index)


def timeseries(
    start: Any = "2000-01-01",
    end: Any = "2000-01-31",
    freq: str = "1s",
    partition_freq: str = "1D",
    dtypes: Mapping[str, Any] | None = None,
    seed: int | None = None,
    **kwargs: Any,
) -> Any:
    """A lazy DataFrame of random values over time. Columns that are not needed are not made.

    Parameters
    ----------
    start, end
        Of the index `timestamp`.
    freq
        The time from row to row, as in `pandas.date_range`.
    partition_freq
        The time of each partition.
    dtypes
        The columns: float (uniform between -1 and 1), int (Poisson distributed), str (of 26 names) or "category".
        Default: `name`, `id`, `x` and `y`.
    seed
        The same seed gives the same values.
    **kwargs
        `<column>_lam`: the mean of a column of int, 1000 by default.

    Raises
    ------
    TypeError, ValueError
        Another dtype or argument; no time between `start` and `end`.

    Examples
    --------
    >>> frame = timeseries(end="2000-01-03", freq="1h", seed=1)
    >>> frame.npartitions, len(frame), list(frame.columns)
    (2, 48, ['name', 'id', 'x', 'y'])
    >>> bool(frame.x.abs().max().compute() <= 1)
    True
    """
    dtypes = {"name": str, "id": int, "x": float, "y": float} if dtypes is None else dict(dtypes)
    for name, dtype in dtypes.items():
        if dtype not in _MAKERS:
            raise TypeError(f'dtypes: column {name!r} is of {dtype!r}; expected float, int, str or "category"')
    known = {f"{name}_lam": name for name, dtype in dtypes.items() if dtype is int}
    for name in kwargs:
        if name not in known:
            raise TypeError(f"timeseries() got an argument {name!r}; expected one of {sorted(known)}, or known ones")
    times = pd.date_range(start, end, freq=partition_freq)
    if len(times) < 2:
        raise ValueError(f"start={start!r}, end={end!r}: there is no whole partition ({partition_freq}) between them")
    options = {known[name]: {"lam": value} for name, value in kwargs.items()}
    state = int(np.random.default_rng(seed).integers(2**31))
    told: dict[str, Any] = {"freq": freq, "seed": state, "dtypes": dtypes, "options": options}
    parts = [Period(i, a, b) for i, (a, b) in enumerate(pairwise(times))]
    meta = make_rows(parts[0]._replace(stop=times[0]), list(dtypes), **told)
    return new(ReadParts(meta, None, make_rows, parts, told, tuple(times), "timeseries"))


_TOWNS = ("Aachen", "Bergen", "Cork", "Delft", "Evora", "Faro", "Ghent", "Hobart", "Izmir", "Jaipur", "Kyoto", "Lima")
_STREETS = ("Bridge", "Church", "Garden", "Harbour", "Hill", "Market", "Mill", "River", "School", "Station")
_OCCUPATIONS = (
    "baker", "carpenter", "driver", "electrician", "farmer", "gardener", "judge", "librarian", "mason", "nurse",
    "painter", "sailor", "tailor", "teacher", "translator", "weaver",
)  # fmt: skip
_FAMILIES = (
    "Abara", "Bianchi", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Horvat", "Ivanova", "Jansen", "Kimura",
    "Lopez", "Moreau", "Nowak", "Okafor", "Petrov", "Rossi", "Sato", "Tanaka", "Weber",
)  # fmt: skip


def make_people(
    npartitions: int = 10, records_per_partition: int = 1000, seed: int | None = None, locale: str = "en"
) -> Any:
    """A lazy bag of records of people who do not exist: nested dicts.

    Parameters
    ----------
    npartitions, records_per_partition
        How many partitions, and how many people in each.
    seed
        The same seed gives the same people.
    locale
        "en".

    Raises
    ------
    NotImplementedError
        Another `locale`.

    Examples
    --------
    >>> people = make_people(npartitions=2, records_per_partition=3, seed=1)
    >>> people.count().compute(scheduler="threads")
    6
    >>> sorted(people.take(1)[0])
    ['address', 'age', 'credit-card', 'name', 'occupation', 'telephone']
    """
    if locale != "en":
        raise NotImplementedError(f'make_people(locale={locale!r}): there are names of locale="en" only')
    state = int(np.random.default_rng(seed).integers(2**31))
    numbers = bag.from_sequence(range(npartitions), npartitions=npartitions)
    return numbers.map_partitions(_people, records_per_partition, state)


def _people(numbers: Any, n: int, seed: int) -> list[dict[str, Any]]:
    """The people of one partition, by its number."""
    return [_person(rng) for number in numbers for rng in [np.random.default_rng([seed, number])] for _ in range(n)]


def _person(rng: np.random.Generator) -> dict[str, Any]:
    def one(words: Sequence[str]) -> str:
        return words[int(rng.integers(len(words)))]

    def digits(n: int) -> str:
        return "".join(map(str, rng.integers(10, size=n)))

    return {
        "age": int(rng.integers(16, 90)),
        "name": (one(NAMES), one(_FAMILIES)),
        "occupation": one(_OCCUPATIONS),
        "telephone": f"+00 {digits(3)} {digits(6)}",
        "address": {"address": f"{int(rng.integers(1, 200))} {one(_STREETS)} Street", "city": one(_TOWNS)},
        "credit-card": {
            "number": " ".join(digits(4) for _ in range(4)),
            "expiration-date": f"{int(rng.integers(1, 13)):02}/{int(rng.integers(25, 35))}",
        },
    }
