"""What a person's modules hold in their global names, told to worker processes: these import the modules anew, and
would not know of what was set since, such as ``settings.THRESHOLD = 5``.

Told are numbers, texts, truth values and None, and small containers of them. Functions, arrays and all other objects
are there as the import makes them.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Told = dict[str, dict[str, bytes]]
"""For each module the pickles of its values, by their names."""

_ATOMS = frozenset((type(None), bool, int, float, complex, str, bytes))
_SEQUENCES = frozenset((tuple, list, set, frozenset))
_LONGEST = 10_000
"""Of texts, in characters."""
_MOST_ITEMS = 100
_DEEPEST = 3


def current_globals(modules: Iterable[str]) -> Told:
    """Those of some modules, as they are now; functions of `__main__` take theirs along.

    Examples
    --------
    >>> pickle.loads(current_globals(["string"])["string"]["digits"])
    '0123456789'
    """
    return {name: _plain_values(sys.modules[name]) for name in modules if name in sys.modules}


def _plain_values(module: ModuleType) -> dict[str, bytes]:
    found = list(vars(module).items())
    return {name: pickle.dumps(value) for name, value in found if not name.startswith("__") and _is_plain(value)}


def _is_plain(value: Any, depth: int = _DEEPEST) -> bool:
    kind = type(value)
    if kind in _ATOMS:
        return kind not in (str, bytes) or len(value) <= _LONGEST
    if depth and (kind in _SEQUENCES or kind is dict) and len(value) <= _MOST_ITEMS:
        parts = [*value, *value.values()] if kind is dict else value
        return all(_is_plain(part, depth - 1) for part in parts)
    return False


class Adopted:
    """In a worker: enters what it is told into the modules that are imported, and into others when they will be."""

    def __init__(self) -> None:
        self._told: Mapping[str, Mapping[str, bytes]] = {}
        sys.meta_path.insert(0, self)

    def adopt(self, told: Told) -> None:
        """Enter what is new. What a module here has set itself stays, as long as it stays the same there."""
        before, self._told = self._told, told
        for name, values in told.items():
            module, known = sys.modules.get(name), before.get(name, {})
            if module is not None:
                _enter(module, {n: data for n, data in values.items() if known.get(n) != data})

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """As the import system asks: that of the other finders, and what it makes is told the values."""
        if name not in self._told:
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        found = next((spec for finder in others if (spec := finder.find_spec(name, path, target)) is not None), None)
        if found is not None and found.loader is not None:
            self._follow(found.loader)
        return found

    def _follow(self, loader: Any) -> None:
        """Enter the values when this loader has run the code of a module; one may load several."""
        with suppress(AttributeError):  # one that is written in C
            run = loader.exec_module

            def run_and_enter(module: ModuleType) -> None:
                run(module)
                _enter(module, self._told.get(module.__name__, {}))

            loader.exec_module = run_and_enter


def _enter(module: ModuleType, values: Mapping[str, bytes]) -> None:
    here = vars(module)
    for name, data in values.items():
        if name not in here or not _is_plain(here[name]) or pickle.dumps(here[name]) != data:
            here[name] = pickle.loads(data)
