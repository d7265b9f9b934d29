"""Formulas compiled by Numba, where that is installed and pays.

The first blocks are made step by step; once a formula has had enough work, it is compiled in the background, and kept
on disk for later sessions. Who asks before it is ready goes on step by step, and gets the same bits.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import minidask.config as config
from minidask.kernels.formulas import NAMES

_log = logging.getLogger(__name__)

WORK = 5e8
"""Elements times steps after which a formula is worth the second that its compilation takes."""
WORK_IF_KEPT = 5e7
"""The same where an earlier session has compiled it, and loading is all."""


MOST = 500
"""Formulas that are remembered."""


class Source(Protocol):
    """What can be compiled: the source of a function `formula`, and of what it calls."""

    @property
    def source(self) -> str: ...
    @property
    def signature(self) -> str: ...

    def compile(self, numba: Any, func: Callable[..., Any], cache: bool) -> Callable[..., Any]: ...


class _Entry:
    """What is known of one formula."""

    def __init__(self, formula: Source) -> None:
        self.formula = formula
        self.path = _path(formula)
        self.work = 0.0
        self.made: Callable[..., Any] | None = None
        self.started = False
        self.enough = WORK_IF_KEPT if self.path.exists() else WORK


_entries: dict[tuple[str, str], _Entry] = {}
_lock = threading.Lock()
_compiling = threading.Lock()  # Numba's compiler is not safe in threads
_running: set[threading.Thread] = set()


def compiled(formula: Source, work: float) -> Callable[..., Any] | None:
    """The function of a formula, if it is there by now.

    Parameters
    ----------
    formula
        What to compute.
    work
        Elements times steps for which it is asked now.
    """
    if not config.get("array.compile"):
        return None
    entry = _entries.get((formula.source, formula.signature)) or _entered(formula)
    if entry.made is not None or entry.started:
        return entry.made
    with _lock:
        entry.work += work
        if entry.started or entry.work < entry.enough:
            return None
        entry.started = True
    if find_spec("numba") is not None:
        thread = threading.Thread(target=_compile, args=(entry,), name="minidask-compile", daemon=True)
        with _lock:
            _running.difference_update([t for t in _running if not t.is_alive()])
            _running.add(thread)
            thread.start()
    return None


def _entered(formula: Source) -> _Entry:
    """What is known of a formula, which may be new."""
    with _lock:
        entry = _entries.setdefault((formula.source, formula.signature), _Entry(formula))
        while len(_entries) > MOST:
            del _entries[next(iter(_entries))]
    return entry


def wait() -> None:
    """Until what is being compiled is ready."""
    with _lock:
        running = list(_running)
    for thread in running:
        thread.join()


def _compile(entry: _Entry) -> None:
    try:
        with _compiling:
            entry.made = _made(entry)
    except Exception as error:
        _log.info("a formula is computed step by step, as Numba cannot compile it: %s", error)


def _made(entry: _Entry) -> Callable[..., Any]:
    import numba

    from minidask.kernels.intrinsics import upper_half, zeros_above, zeros_below

    formula = entry.formula
    names: dict[str, Any] = {"__name__": __name__, "sqrt": np.sqrt, "empty": np.empty}
    names |= {"upper_half": upper_half, "zeros_above": zeros_above, "zeros_below": zeros_below}
    names |= {name: np.dtype(name).type for name in NAMES.values()}
    try:
        _write(entry.path, formula.source)
        exec(compile(formula.source, str(entry.path), "exec"), names)
        return formula.compile(numba, names["formula"], True)
    except Exception as error:  # no place to keep it, or what was kept there is broken
        _log.info("a formula is compiled for this session only: %s", error)
    exec(compile(formula.source, "formula", "exec"), names)
    return formula.compile(numba, names["formula"], False)


def _path(formula: Source) -> Path:
    """Where the source stands; Numba keeps what it compiles beside it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    told = f"{formula.source}{formula.signature}{np.__version__}{__name__}"
    return cache / "minidask" / f"formula_{hashlib.blake2b(told.encode(), digest_size=12).hexdigest()}.py"


def _write(path: Path, text: str) -> None:
    """Write a file that nobody else can write, all at once; one that is there stays, as Numba looks at its time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)
