"""A real analysis with each collection and each scheduler: ``python -m minidask demo``.

Each question is answered twice, by minidask and by what people use without it, and the answers must be equal.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from minidask.errors import MissingExtraError

ANALYSES = {
    "arrays": "minidask.demo.heights",
    "frames": "minidask.demo.flights",
    "bags": "minidask.demo.sources",
    "delayed": "minidask.demo.routes",
}
"""Collection -> the module that shows it."""

SCHEDULERS = ("synchronous", "threads", "processes")


SIZES: dict[str, dict[str, Any]] = {
    "small": {"flights": 20_000, "points": 400_000, "sources": 30},
    "large": {"flights": None, "points": 134_217_728, "sources": None},
}
"""How much data the questions are asked of: the fields of `questions.Size`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration, and print how it went.

    Parameters
    ----------
    arguments
        As on the command line; None takes those of the process.

    Returns
    -------
    The exit status of the process: 0, 1 where answers differ, 2 where a package is missing.
    """
    options = _parser().parse_args(arguments)
    start = perf_counter()
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(TemporaryDirectory(prefix="minidask-demo-")))
        try:
            asked, wrong = _run(options, folder)
        except MissingExtraError as error:
            sys.stderr.write(f"{error}\n")
            return 2
    verdict = f"{wrong} with DIFFERENT ANSWERS" if wrong else "all answers equal"
    _print(f"\n{asked} questions, {verdict}, {perf_counter() - start:.0f} s")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m minidask demo", description="Run a real analysis with each collection and each scheduler."
    )
    add = parser.add_argument
    add("--collection", action="append", choices=ANALYSES, help="may be repeated; default: all")
    add("--scheduler", action="append", choices=SCHEDULERS, help="may be repeated; default: all")
    add("--size", choices=SIZES, default="large", help="small takes seconds, large a minute or two (default)")
    add("--folder", type=Path, help="where to keep the files; default: a temporary folder, removed at the end")
    add("--no-progress", action="store_true", help="show no progress bars")
    return parser


def _run(options: argparse.Namespace, folder: Path) -> tuple[int, int]:
    """Ask all questions; how many there were, and how many had different answers."""
    questions = import_module("minidask.demo.questions")
    size = questions.Size(**SIZES[options.size])
    asked = wrong = 0
    for collection in options.collection or ANALYSES:
        module = import_module(ANALYSES[collection])
        _print(f"\n{str(module.__doc__).strip()}")
        for question in module.questions(folder, size):
            asked += 1
            try:
                for line in questions.ask(question, options.scheduler or SCHEDULERS, not options.no_progress):
                    _print(line)
            except AssertionError as error:
                wrong += 1
                _print(f"  DIFFERENT: {error}")
    return asked, wrong


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
