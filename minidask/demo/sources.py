"""Bags: the text of Python's own standard library."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from heapq import nlargest
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import minidask.bag as db
from minidask.demo.data import library_sources
from minidask.demo.questions import Question, Size

WORD = re.compile(r"[A-Za-z]+")
PARTS = 16
PARSER = Lock()
"""`ast.parse` of several threads at once raises SystemError now and then: CPython's issue 106905."""


class Functions(NamedTuple):
    """What a module defines."""

    number: int
    longest: int
    """Lines of the longest function."""
    path: str


def questions(folder: Path, size: Size) -> Sequence[Question]:
    """Words, lines, functions."""
    files = [str(path) for path in library_sources(size.sources)]
    each = -(-len(files) // PARTS)

    def lines() -> Any:
        return db.read_text(files, files_per_partition=each, include_path=True, errors="replace")

    return [
        Question(
            f"Which words does the standard library use most? ({len(files)} files)",
            lambda: {"most used": lines().map(itemgetter(0)).map(words).flatten().frequencies().topk(5, key=by_count)},
            "Python",
            lambda: {"most used": nlargest(5, count_words(files).items(), key=by_count)},
            lambda answer: ", ".join(f"{word} {n:,}" for word, n in answer["most used"]),
        ),
        Question(
            "Which lines are the longest?",
            lambda: {"longest": lines().topk(3, key=length)},
            "Python",
            lambda: {"longest": nlargest(3, read_lines(files), key=length)},
            lambda answer: ", ".join(f"{len(line)} in {Path(path).name}" for line, path in answer["longest"]),
        ),
        Question(
            "Which modules define the most functions?",
            lambda: most_functions(db.from_sequence(files, npartitions=PARTS).map(functions)),
            "Python",
            lambda: most_functions_of([functions(file) for file in files]),
            lambda answer: f"{answer['all']:,}; {', '.join(f'{Path(f.path).name} {f.number}' for f in answer['most'])}",
        ),
    ]


def words(line: str) -> list[str]:
    return WORD.findall(line)


def by_count(item: tuple[str, int]) -> tuple[int, str]:
    return item[1], item[0]


def length(item: tuple[str, str]) -> tuple[int, str, str]:
    line, path = item
    return len(line), path, line


def functions(path: str) -> Functions:
    """Count the functions of a module from its syntax tree."""
    with PARSER:
        tree = ast.parse(Path(path).read_bytes())
    sizes = [
        node.end_lineno - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    ]
    return Functions(len(sizes), max(sizes, default=0), path)


def most_functions(modules: Any) -> dict[str, Any]:
    return {"all": modules.pluck(0).sum(), "most": modules.topk(4), "longest": modules.pluck(1).max()}


def most_functions_of(modules: list[Functions]) -> dict[str, Any]:
    return {
        "all": sum(m.number for m in modules),
        "most": sorted(modules, reverse=True)[:4],
        "longest": max(m.longest for m in modules),
    }


def read_lines(files: list[str]) -> list[tuple[str, str]]:
    found = []
    for path in files:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            found += [(line, path) for line in file]
    return found


def count_words(files: list[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in files:
        found.update(WORD.findall(Path(path).read_text(encoding="utf-8", errors="replace")))
    return found
