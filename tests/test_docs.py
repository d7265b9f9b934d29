"""What is written for people runs: examples in docstrings, the README, the notebooks."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from minidask.config import OPTIONS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "minidask").rglob("*.py")
)
OVER = {
    "minidask.dataframe.frame.DataFrame.to_hdf": "tables",
    "minidask.dataframe.frame.DataFrame.to_iceberg": "pyiceberg",
    "minidask.dataframe.frame.Series.to_hdf": "tables",
    "minidask.dataframe.io.hdf": "tables",
    "minidask.dataframe.io.html": "lxml",
    "minidask.dataframe.io.iceberg": "pyiceberg",
    "minidask.dataframe.io.to_hdf": "tables",
    "minidask.dataframe.io.to_iceberg": "pyiceberg",
    "minidask.distributed": "distributed",
    "minidask.schedulers.ray": "ray",
    "minidask.integrations.xarray": "xarray",
    "minidask.integrations.joblib": "joblib",
}
"""Modules, and examples in them, that are nothing without a package that may not be installed."""
NEEDED = {"06_cluster": "distributed"}
"""Notebooks that are nothing without a package that may not be installed."""
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name in OVER:
        pytest.importorskip(OVER[name])
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    report = io.StringIO()
    for example in doctest.DocTestFinder(exclude_empty=True).find(module, name):
        if example.name not in OVER or importlib.util.find_spec(OVER[example.name]):
            runner.run(example, out=report.write)
    assert not runner.failures, report.getvalue()


def python_of(markdown: str) -> str:
    """The code in the text's ```python fences, each line at its own line number, blank where there is none.

    A fence after the comment ``<!-- not run: reason -->`` is left out.
    """
    lines, taken, before = [], False, ""
    for line in markdown.splitlines():
        if line.startswith("```"):
            skipped = before.startswith("<!-- not run: ")
            taken = not taken and line.strip() == "```python" and not skipped
            lines.append("")
        else:
            lines.append(line if taken else "")
        before = line if line.strip() else before
    return "\n".join(lines) + "\n"


def test_only_fences_that_are_to_run_are_taken():
    text = "a\n```python\nx = 1\n\ny = x\n```\n"  # 6 lines
    text += "<!-- not run: slow -->\n\n```python\nz\n```\n"  # 5
    text += "```\nsh\n```\n```python\ny\n```"  # 6
    assert python_of(text).split("\n") == ["", "", "x = 1", "", "y = x", *[""] * 10, "y", "", ""]


def run(*command: str | Path, cwd: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-5000:]}\n{done.stderr[-10000:]}"


@pytest.mark.skipif(not README.exists(), reason="there is no README yet")
@pytest.mark.timeout(600)
def test_readme(tmp_path):
    script = tmp_path / "README.py"  # lines are numbered as in the README
    script.write_text(python_of(README.read_text(encoding="utf-8")), encoding="utf-8")
    run(sys.executable, script, cwd=tmp_path)


def test_the_readme_tells_all_options_and_rooms():
    text = README.read_text(encoding="utf-8")
    defaults = {name: repr(option.default).replace("'", '"') for name, option in OPTIONS.items()}
    rows = [f"| `{name}` | `{defaults[name]}` | {option.meaning} |" for name, option in OPTIONS.items()]
    rooms = [p.name + "/" * p.is_dir() for p in (ROOT / "minidask").iterdir() if not p.name.startswith("_")]
    assert not [row for row in [*rows, *(f"`{room}`" for room in rooms)] if row not in text]


@pytest.mark.skipif(not README.exists(), reason="notebooks come with the README")
def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stored_without_output(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    stored = [cell for cell in cells if cell["cell_type"] == "code" and (cell["outputs"] or cell["execution_count"])]
    assert not stored, "clear the outputs of the notebook before it is committed"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(path, tmp_path):
    for package in ("nbclient", NEEDED.get(path.stem, "minidask")):
        pytest.importorskip(package, reason=f"the notebook needs {package}")
    copy = shutil.copy(path, tmp_path)
    run(sys.executable, "-c", "from nbclient.cli import main; main()", "--timeout=600", copy, cwd=tmp_path)
