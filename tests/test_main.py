"""The command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import minidask
from minidask.__main__ import OPTIONAL, REQUIRED, installed, main

ROOT = Path(__file__).parent.parent


def test_info_says_what_a_bug_report_needs():
    run = subprocess.run(
        [sys.executable, "-m", "minidask", "info"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = run.stdout.splitlines()
    words = {line.split()[0] for line in lines}
    assert {"minidask", "python", *REQUIRED, "cores", "memory", "schedulers"} <= words
    assert minidask.__version__ in lines[0]
    assert len([line for line in lines if line.startswith("extra")]) == len(OPTIONAL)
    assert "threads, processes, synchronous" in run.stdout


def test_extras_are_those_of_the_project_file():
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = [requirement.partition(">")[0] for requirement in project["dependencies"]]
    assert required == list(REQUIRED)
    extras = project["optional-dependencies"]
    assert {*OPTIONAL} == {*extras} - {"all", "local", "test"}
    for extra, package in OPTIONAL.items():
        assert any(requirement.startswith(package) for requirement in extras[extra])


def test_what_is_not_installed_says_how_to_get_it():
    assert installed("no-such-package", "minidask[visualize]") == 'not found: pip install "minidask[visualize]"'
    assert installed("pytest") == pytest.__version__


def test_the_demo_gets_its_own_options(monkeypatch):
    called = []
    monkeypatch.setitem(sys.modules, "minidask.demo", SimpleNamespace(main=called.append))
    assert main(["demo", "--help", "--small", "x"]) == 0
    assert called == [["--help", "--small", "x"]]


@pytest.mark.parametrize("wrong", [[], ["dance"], ["info", "--now"]])
def test_wrong_commands_are_refused(wrong, capsys):
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 2
    assert "usage: python -m minidask" in capsys.readouterr().err


def test_help_and_version(capsys):
    for option, expected in (("--help", "demo"), ("--version", minidask.__version__)):
        with pytest.raises(SystemExit):
            main([option])
        assert expected in capsys.readouterr().out
