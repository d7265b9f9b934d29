"""A name follows all that a person's code reaches: edited code has another, and nothing else does."""

from __future__ import annotations

import functools
import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import minidask
import minidask.array as da
from minidask import tokenize

MODULE = """
import abc, dataclasses, enum, functools, threading
import {name}_helper
from {name}_helper import helper as imported

V = {n}
TABLE = {{"a": [{n}]}}
LOCK = threading.Lock()

def direct(x): return x * {n}
def constant(x): return x * V
def table(x): return x * TABLE["a"][0]
def through(x): return direct(x)
def twice(x): return through(x)
def default(x, k={n}): return x * k
def keyword(x, *, k={n}): return x * k
def default_function(x, f=direct): return f(x)
def nested(x): return (lambda y: y * {n})(x)
def comprehension(x): return sum(x * k for k in [{n}])
def guarded(x):
    with LOCK: return x * {n}
def other_module(x): return {name}_helper.helper(x)
def other_name(x): return imported(x)
def local_import(x):
    import {name}_helper as h
    return h.helper(x)
def even(x): return x * {n} if x is None else odd(x)
def odd(x): return even(None) if x is None else x * V

def decorator(f):
    @functools.wraps(f)
    def inner(x): return f(x)
    return inner

@decorator
def decorated(x): return x * {n}

@functools.lru_cache
def cached(x): return x * {n}

@functools.singledispatch
def dispatched(x): return x * {n}

def made_by(n):
    def inner(x): return x * n
    return inner
closure = made_by({n})
part = functools.partial(direct)
nameless = lambda x: x * {n}

class Base:
    def of_base(self, x): return x * {n}

class K(Base):
    FACTOR = {n}
    LOCK = LOCK
    def __init__(self, k=1): self.k = k
    def method(self, x): return x * self.k * {n}
    def attribute(self, x): return x * self.FACTOR
    @property
    def factor(self): return {n}
    def by_property(self, x): return x * self.factor
    @classmethod
    def of_class(cls, x): return x * {n}
    @staticmethod
    def static(x): return x * {n}

class C:
    def __call__(self, x): return x * {n}

class A(abc.ABC):
    def __call__(self, x): return self.one(x)
    @abc.abstractmethod
    def one(self, x): ...

class B(A):
    def one(self, x): return x * {n}

@dataclasses.dataclass
class D:
    k: int = {n}
    def __call__(self, x): return x * self.k

class E(enum.Enum):
    ONE = {n}
    def of(self, x): return x * self.value

KEPT = K()
HANDLERS = {{"direct": direct}}
def kept(x): return KEPT.method(x)
def handled(x): return HANDLERS["direct"](x)
"""

CHANGED: dict[str, Callable[[Any], Any]] = {
    "direct": lambda m: m.direct,
    "constant": lambda m: m.constant,
    "table": lambda m: m.table,
    "through": lambda m: m.through,
    "twice": lambda m: m.twice,
    "default": lambda m: m.default,
    "keyword": lambda m: m.keyword,
    "default function": lambda m: m.default_function,
    "nested": lambda m: m.nested,
    "comprehension": lambda m: m.comprehension,
    "with a lock": lambda m: m.guarded,
    "other module": lambda m: m.other_module,
    "other module's function": lambda m: m.other_name,
    "local import": lambda m: m.local_import,
    "one another": lambda m: m.even,
    "decorated": lambda m: m.decorated,
    "cached": lambda m: m.cached,
    "dispatched": lambda m: m.dispatched,
    "closure": lambda m: m.closure,
    "partial": lambda m: m.part,
    "own partial": lambda m: functools.partial(m.through),
    "lambda": lambda m: m.nameless,
    "class": lambda m: m.K,
    "method": lambda m: m.K(3).method,
    "inherited method": lambda m: m.K(3).of_base,
    "class attribute": lambda m: m.K(3).attribute,
    "property": lambda m: m.K(3).by_property,
    "class method": lambda m: m.K.of_class,
    "static method": lambda m: m.K.static,
    "callable object": lambda m: m.C(),
    "abstract class": lambda m: m.B(),
    "dataclass": lambda m: m.D(2),
    "enum": lambda m: m.E.ONE.of,
    "kept object": lambda m: m.kept,
    "handlers": lambda m: m.handled,
    "in a list": lambda m: [m.direct],
    "in an object": lambda m: Holds(m.direct),
    "vectorized": lambda m: np.vectorize(m.direct),
    "lambda that calls": lambda m: lambda b: m.direct(b),
    "lambda that reads": lambda m: lambda b: b * m.V,
    "module as value": lambda m: Holds(m),
}


TOLD_BY_FILE = {"dispatched", "local import", "module as value"}
"""Where comments make a difference, too."""


class Holds:
    def __init__(self, value: Any) -> None:
        self.value = value


class Written:
    """A module in a file, and another that it uses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = f"edited_{folder.name.replace('-', '_')}"
        self.helper = f"{self.name}_helper"

    def write(self, n: int, more: str = "") -> None:
        (self.folder / f"{self.name}.py").write_text(more + MODULE.format(n=n, name=self.name))
        (self.folder / f"{self.helper}.py").write_text(f"{more}def helper(x): return x * {n}\n")

    def load(self) -> ModuleType:
        """As a new session does."""
        for name in (self.name, self.helper):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module(self.name)

    def reload(self) -> ModuleType:
        importlib.reload(sys.modules[self.helper])
        return importlib.reload(sys.modules[self.name])


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(tmp_path)
    module = Written(tmp_path)
    yield module
    minidask.cache.clear()
    for name in (module.name, module.helper):
        sys.modules.pop(name, None)


def test_edited_code_has_other_names(written):
    written.write(3)
    first = {what: tokenize(of(written.load())) for what, of in CHANGED.items()}
    written.write(3, more="# a comment\n\nother = 3\n")
    again = {what: tokenize(of(written.load())) for what, of in CHANGED.items()}
    assert {what for what in first if first[what] != again[what]} == TOLD_BY_FILE
    written.write(5)
    other = {what: tokenize(of(written.load())) for what, of in CHANGED.items()}
    assert {what for what in first if first[what] == other[what]} == set()
    written.write(7)
    written.reload()
    third = {what: tokenize(of(sys.modules[written.name])) for what, of in CHANGED.items()}
    assert {what for what in first if third[what] in (first[what], other[what])} == set()


@pytest.mark.parametrize("how", ["checkpoint", "cache"])
@pytest.mark.parametrize("what", ["constant", "table", "decorated", "method", "callable object", "lambda that calls"])
def test_edited_code_is_run_again(what, how, written, tmp_path):
    def total() -> float:
        x = da.ones((40, 40), chunks=20).map_blocks(slowly(CHANGED[what](sys.modules[written.name])), dtype=float)
        options = {"checkpoint": tmp_path / "keep"} if how == "checkpoint" else {}
        with minidask.cache("10MB" if how == "cache" else 0):
            return x.sum().compute(**options)

    written.write(1)
    written.load()
    factor = total()
    written.write(5)
    written.reload()
    assert total() in (5 * factor, 25 * factor)
    sys.modules[written.name].V = 7
    assert total() in ((7 * factor,) if what == "constant" else (5 * factor, 25 * factor))


def slowly(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """As long as the cache wants a block to take."""

    def slow(block: Any) -> Any:
        threading.Event().wait(0.002)
        return function(block)

    return slow


SESSION = """
import sys
sys.dont_write_bytecode = True
import threading, {name} as m
from minidask import tokenize
from tests.expr.test_source import CHANGED, Holds

LIMIT, NAMES = 3, {{"b", "a"}}
class Own:
    def __init__(self, k): self.k = k
    def method(self, x): return x in NAMES or self.k
def function(x): return x * LIMIT if x in {{"some", "names"}} else m.K(x)
for what, of in CHANGED.items():
    print(tokenize(of(m)))
print(tokenize(function), tokenize(Own(3).method), tokenize(Own(3)), tokenize(lambda x: function(x)), tokenize(Own))
"""


def test_names_are_the_same_in_all_sessions(written, tmp_path):
    written.write(3)
    (tmp_path / "session.py").write_text(SESSION.format(name=written.name))
    said = set()
    for seed in ("1", "2"):
        path = os.pathsep.join([str(Path.cwd()), str(tmp_path)])
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        order = [sys.executable, str(tmp_path / "session.py")]
        said.add(subprocess.run(order, env=env, capture_output=True, text=True, check=True).stdout)
    assert len(said) == 1


def test_values_without_a_name_keep_theirs_for_the_session():
    lock, event = threading.Lock(), threading.Event()
    locks = [lock]
    functions = [lambda: lock, lambda: event, lambda: locks]
    assert [tokenize(f) for f in functions] == [tokenize(f) for f in functions]
    assert len({tokenize(f) for f in functions}) == 3

    def waits(event: threading.Event) -> Callable[[], Any]:
        return lambda: event.wait()

    assert tokenize(waits(event)) == tokenize(waits(event))
    assert tokenize(waits(event)) != tokenize(waits(threading.Event()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda a, b: a, lambda b, a: b),
        (lambda *a: a, lambda a: a),
        (lambda a, *, b=1: b, lambda a, *, b=2: b),
        (lambda x: x + 1, lambda x: x + 1.0),
        (lambda x: x + 1, lambda x: x + True),
        (lambda x: x in {1}, lambda x: x in {2}),
        (functools.partial(pow, 2), functools.partial(pow, 3)),
        (Holds(1), Holds(2)),
        (Holds(1).__init__, Holds(2).__init__),
        (type("T", (), {"a": 1}), type("T", (), {"a": 2})),
    ],
)
def test_tells_functions_apart(one, other):
    assert tokenize(one) != tokenize(other)
    assert tokenize(one) == tokenize(one)


def test_a_class_that_changes_has_another_name():
    class Own:
        def method(self) -> int:
            return 1

    first = tokenize(Own()), tokenize(Own)
    Own.method = lambda self: 2  # type: ignore[method-assign,assignment]
    assert tokenize(Own()) != first[0]
    assert tokenize(Own) != first[1]


def test_circles_end():
    handlers: dict[str, Any] = {}
    for i in range(30):
        handlers[str(i)] = lambda x, i=i: handlers[x](i)
    assert tokenize(handlers["3"]) != tokenize(handlers["4"])
