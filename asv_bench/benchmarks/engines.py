"""The same work for different engines: their modules by name."""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path
from types import ModuleType

BOTH = ["minidask", "dask"]


def module(engine: str, part: str) -> ModuleType:
    """`minidask.array`, `dask.array`, ...: the modules have the same names in both."""
    return importlib.import_module(f"{engine}.{part}" if part else engine)


class Uncompiled:
    """Mixed into a benchmark: without the loops that Numba compiles, as where it is not installed."""

    def setup(self, engine):  # type: ignore[no-untyped-def]
        super().setup(engine)  # type: ignore[misc]
        if engine == "minidask":
            module(engine, "config").set({"array.compile": False})


def folder() -> Path:
    """Where benchmarks keep the files they make: they are made once, and kept between runs."""
    path = Path(os.environ.get("MINIDASK_BENCH_DIR", Path(tempfile.gettempdir()) / "minidask-bench"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def get(engine: str, scheduler: str):  # type: ignore[no-untyped-def]
    """The get function of a scheduler."""
    if engine == "dask":
        return module("dask", "threaded").get if scheduler == "threads" else module("dask", "").get
    return module("minidask.schedulers", "threads" if scheduler == "threads" else "synchronous").get
