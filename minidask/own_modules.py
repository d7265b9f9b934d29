"""Which modules are a person's own, so that they may be edited while a session runs, and which version is imported."""

from __future__ import annotations

import sys
import sysconfig
from functools import cache
from hashlib import blake2b
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

_HOME: str = sys.modules["minidask"].__path__[0]
_PACKAGES = ("/site-packages/", "/dist-packages/")
_MAIN = ("__main__", "__mp_main__")
_known: dict[str, bool] = {**dict.fromkeys(_MAIN, True), "builtins": False}


def is_own(module: str | None) -> bool:
    """Whether a module is a person's own, rather than installed, of the standard library, or of minidask.

    Examples
    --------
    >>> is_own("__main__"), is_own("json"), is_own("minidask.task")
    (True, False, False)
    """
    if module is None:
        return False
    known = _known.get(module)
    if known is None:
        imported = sys.modules.get(module)
        if imported is None:
            return False
        known = _known[module] = is_own_file(getattr(imported, "__file__", None))
        if known:
            _version(module, imported)  # rather now than when it was edited
    return known


def is_own_file(file: str | None) -> bool:
    """Whether a file, of which a module was or would be made, is a person's own."""
    return file is not None and not file.startswith(_installed()) and not any(part in file for part in _PACKAGES)


@cache
def _installed() -> tuple[str, ...]:
    paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return tuple(f"{path}/" for path in (_HOME, *paths))


class Version(NamedTuple):
    """That of a file. Of a module: of its file when its import was first seen."""

    size: int
    changed: int
    """Nanoseconds since 1970."""


_seen: dict[str, tuple[ModuleSpec | None, Version | None]] = {}


def versions() -> dict[str, Version]:
    """The person's modules that are imported here, and in which version. `importlib.reload` makes it a new one."""
    found = {name: _version(name, module) for name, module in list(sys.modules.items()) if is_own(name)}
    return {name: version for name, version in found.items() if version is not None}


def edited() -> dict[str, ModuleType]:
    """The person's modules that are imported here in a version that their file has no more."""
    found = {name: sys.modules[name] for name in versions() if name in sys.modules}
    return {n: module for n, module in found.items() if _version(n, module) != file_version(module.__file__)}


def _version(name: str, module: ModuleType) -> Version | None:
    spec = getattr(module, "__spec__", None)
    known = _seen.get(name)
    if known is None or known[0] is not spec:
        file = None if name in _MAIN else getattr(module, "__file__", None)
        known = _seen[name] = spec, file_version(file)
    return known[1]


def file_version(file: str | None) -> Version | None:
    """The version of a file now; None where there is none."""
    if not file:
        return None
    try:
        status = Path(file).stat()
    except (OSError, ValueError):
        return None
    return Version(status.st_size, status.st_mtime_ns)


def file_token(module: str | None) -> str:
    """A hash of the file of a module; "" where it has none.

    Examples
    --------
    >>> file_token("__main__.nothing")
    ''
    """
    file = getattr(sys.modules.get(module or ""), "__file__", None)
    return path_token(file)


def path_token(file: str | None) -> str:
    """A hash of what is in a file; "" where there is none."""
    version = file_version(file)
    return "" if version is None or not file else _hash(file, version)


@cache
def _hash(file: str, version: Version) -> str:
    try:
        return blake2b(Path(file).read_bytes(), digest_size=8).hexdigest()
    except OSError:
        return ""
