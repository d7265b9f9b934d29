"""What bags promise, in worker processes, which are their default."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import toolz

import minidask.bag as db

PROGRAM = """
import minidask.bag as db
from collections import namedtuple

class Point:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return self.x == other.x
    def __hash__(self): return hash(self.x)
    def __dask_tokenize__(self): return self.x

Pair = namedtuple("Pair", "a b")
keys = ["a", "bb", None, 1, 1.0, True, (1, "x"), Pair(1.0, "x"), b"a", frozenset("ab"), Point("q"), Point("q")]
b = db.from_sequence(keys * 3, npartitions=4)
groups = b.groupby(lambda k: k, npartitions=5).map_partitions(lambda part: [sorted(len(v) for _, v in part)])
print(groups.compute(), b.map(lambda k: 1).sum().compute())
"""


def words():
    return [f"word{i * i % 97}" for i in range(2000)]


def test_processes_are_the_default():
    pids = set(db.range(20, npartitions=4).map(lambda _: os.getpid()).compute())
    assert os.getpid() not in pids


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda b: b.map(len).sum(), lambda x: sum(map(len, x))),
        (lambda b: b.frequencies(), lambda x: list(Counter(x).items())),
        (lambda b: dict(b.groupby(len).compute()), lambda x: toolz.groupby(len, x)),
        (lambda b: b.foldby(len, lambda a, b: max(a, b)), lambda x: list(toolz.reduceby(len, max, x).items())),
        (lambda b: b.accumulate(lambda a, b: a + b[-1]).topk(1, len).map(len), lambda x: [len(x) + len(x[0]) - 1]),
        (lambda b: b.distinct().product(b.take(2, compute=False)).count(), lambda x: 2 * len(set(x))),
        (lambda b: b.join(["word4", "word9"], lambda w: w).count(), lambda x: x.count("word4") + x.count("word9")),
        (lambda b: b.random_sample(0.5, 1).count(), lambda x: db.from_sequence(x, npartitions=5)
            .random_sample(0.5, 1).count().compute(scheduler="sync")),
    ],
)  # fmt: skip
def test_gives_what_python_gives(ours, theirs):
    found = ours(db.from_sequence(words(), npartitions=5))
    assert (found if isinstance(found, dict) else found.compute()) == theirs(words())


def test_functions_and_classes_of_this_test():
    class Word:
        def __init__(self, text):
            self.text = text

    shouted = db.from_sequence(words(), npartitions=3).map(Word).map(lambda w: w.text.upper())
    assert shouted.take(1) == ("WORD0",)
    lengths = db.from_sequence(words(), npartitions=3).map(Word).groupby(lambda w: len(w.text)).map(lambda g: len(g[1]))
    assert sum(lengths.compute()) == 2000


def test_errors_come_back_with_the_step():
    with pytest.raises(ZeroDivisionError) as error:
        db.range(10, npartitions=2).map(lambda x: 1 // (x - 7)).filter(bool).sum().compute()
    assert any("map-lambda" in note and __file__ in note for note in error.value.__notes__)


@pytest.mark.parametrize("seed", ["0", "1"])
def test_groups_do_not_depend_on_the_seed_of_hashes(tmp_path, seed):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    root = str(Path(__file__).parent.parent.parent)
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    groups, count = done.stdout.strip().rsplit(" ", 1)
    assert count == "36"
    assert sorted(n for part in eval(groups) for n in part) == [3, 3, 3, 3, 3, 6, 6, 9]
