"""Bytes and durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidask.quantities import format_bytes, format_time, parse_bytes, parse_timedelta


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100", 100),
        ("100 MB", 100_000_000),
        ("100M", 100_000_000),
        ("5.4 kB", 5400),
        ("1kiB", 1024),
        ("1KiB", 1024),
        ("128MiB", 2**27),
        ("128 mib", 2**27),
        ("2Gi", 2**31),
        ("1e6", 1_000_000),
        ("1e3 kB", 1_000_000),
        (".5 TB", 500_000_000_000),
        ("1PiB", 2**50),
        ("MB", 1_000_000),
        (" 12 B ", 12),
        (123, 123),
        (123.9, 123),
    ],
)
def test_parse_bytes(text, expected):
    assert parse_bytes(text) == expected


@pytest.mark.parametrize("bad", ["", "5 foos", "1.2.3", "-1", "five", "1 2", "nan", "-5kB", float("inf"), float("nan")])
def test_bad_sizes_are_named(bad):
    with pytest.raises(ValueError, match="blocksize="):
        parse_bytes(bad, name="blocksize")


@pytest.mark.parametrize("bad", [None, [], b"5", True])
def test_sizes_of_a_wrong_type_are_named(bad):
    with pytest.raises(TypeError, match="size="):
        parse_bytes(bad)


def test_format_bytes():
    given_numbers = [0, 1, 1023, 1024, 1536, 2**20, 10**9, 2**30, 2**40, 2**50, 2**60, -2048]
    assert [format_bytes(n) for n in given_numbers] == [
        "0 B", "1 B", "1023 B", "1.00 kiB", "1.50 kiB", "1.00 MiB", "953.67 MiB", "1.00 GiB", "1.00 TiB", "1.00 PiB",
        "1024.00 PiB", "-2.00 kiB",
    ]  # fmt: skip


@given(st.integers(0, 2**60))
def test_what_is_formatted_can_be_parsed(n):
    assert parse_bytes(format_bytes(n)) == pytest.approx(n, rel=0.01)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3s", 3),
        ("3.5 seconds", 3.5),
        ("300ms", 0.3),
        ("10us", 1e-5),
        ("10 µs", 1e-5),
        ("7ns", 7e-9),
        ("2 min", 120),
        ("2m", 120),
        ("1.5 hours", 5400),
        ("1 day", 86400),
        ("2w", 14 * 86400),
        ("minutes", 60),
        (5, 5),
        (0.25, 0.25),
        (timedelta(minutes=3), 180),
    ],
)
def test_parse_timedelta(text, expected):
    assert parse_timedelta(text) == expected


def test_a_bare_duration_has_the_default_unit():
    assert parse_timedelta("20", default="ms") == 0.02
    assert parse_timedelta(2, default="hours") == 7200


@pytest.mark.parametrize(("bad", "error"), [("3 foos", ValueError), ("", ValueError), (None, TypeError)])
def test_bad_durations_are_named(bad, error):
    with pytest.raises(error, match="timeout="):
        parse_timedelta(bad, name="timeout")


def test_format_time():
    given_seconds = [0, 5e-7, 0.00123, 0.999, 1, 59.994, 599, 600, 7199, 7200, 86400 * 2, 86400 * 400]
    assert [format_time(s) for s in given_seconds] == [
        "0.00 us", "0.50 us", "1.23 ms", "999.00 ms", "1.00 s", "59.99 s", "599.00 s", "10m 0s", "119m 59s", "2hr 0m",
        "2d 0hr", "400d 0hr",
    ]  # fmt: skip
