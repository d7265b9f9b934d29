"""Bags over the sources of Python's standard library."""

import sysconfig
from collections import Counter
from operator import methodcaller
from pathlib import Path

from .engines import BOTH, module

SOURCES = sorted(str(p) for p in Path(sysconfig.get_path("stdlib")).glob("*.py"))


class Words:
    params = ["python", *BOTH]
    param_names = ["engine"]
    timeout = 300

    def setup(self, engine):
        if engine != "python":  # a first computation, so that worker processes are there
            module(engine, "bag").from_sequence(range(4)).map(abs).compute()

    def time_count(self, engine):
        if engine == "python":
            words: Counter = Counter()
            for path in SOURCES:
                words.update(Path(path).read_text(encoding="utf-8").split())
            return words.most_common(10)
        lines = module(engine, "bag").read_text(SOURCES, files_per_partition=20)
        return lines.map(methodcaller("split")).flatten().frequencies().topk(10, key=1).compute()

    def time_tiny(self, engine):
        if engine == "python":
            return sum(map(abs, range(10)))
        return module(engine, "bag").from_sequence(range(10), npartitions=2).map(abs).sum().compute()
