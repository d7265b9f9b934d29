"""Which modules are a person's own, so that they may be edited while a session runs, and which version is imported."""

from __future__ import annotations

import sys
import sysconfig
from functools import cache
from hashlib import blake2b
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import NamedTuple

_HOME: str = sys.modules["minidask"].__path__[0]
_PACKAGES = ("/site-packages/", "/dist-packages/")
_known: dict[str, bool] = {"__main__": True, "__mp_main__": True, "builtins": False}


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
    return known


def is_own_file(file: str | None) -> bool:
    """Whether a file, of which a module was or would be made, is a person's own."""
    return file is not None and not file.startswith(_installed()) and not any(part in file for part in _PACKAGES)


@cache
def _installed() -> tuple[str, ...]:
    paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return tuple(f"{path}/" for path in (_HOME, *paths))


class Version(NamedTuple):
    """That of a module's file when its import was first seen."""

    size: int
    changed: int
    """Nanoseconds since 1970."""


_seen: dict[str, tuple[ModuleSpec | None, Version | None]] = {}


def versions() -> dict[str, Version]:
    """The person's modules that are imported here, and in which version. `importlib.reload` makes it a new one."""
    found = {}
    for name, module in list(sys.modules.items()):
        if not is_own(name) or name in ("__main__", "__mp_main__"):
            continue
        spec = getattr(module, "__spec__", None)
        known = _seen.get(name)
        if known is None or known[0] is not spec:
            known = _seen[name] = spec, file_version(getattr(module, "__file__", None))
        if known[1] is not None:
            found[name] = known[1]
    return found


def file_version(file: str | None) -> Version | None:
    """The version of a file now; None where there is none."""
    try:
        status = Path(file or "").stat()
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
