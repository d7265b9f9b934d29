"""Lazy, chunked NumPy, pandas and Python for data that has outgrown them.

The collections live in sub-modules that are loaded when first used::

    import minidask.array as da
    import minidask.dataframe as dd
    import minidask.bag as db
    from minidask import delayed
"""

from __future__ import annotations

import importlib
from typing import Any

from minidask import config
from minidask._version import __version__
from minidask.collection import (
    compute,
    compute_async,
    explain,
    is_minidask_collection,
    optimize,
    persist,
    submit,
    visualize,
)
from minidask.delayed import delayed
from minidask.expr.naming import tokenize
from minidask.hints import annotate, get_annotations

__all__ = [
    "__version__",
    "annotate",
    "cache",
    "compute",
    "compute_async",
    "config",
    "delayed",
    "explain",
    "get",
    "get_annotations",
    "is_minidask_collection",
    "multiprocessing",
    "optimize",
    "persist",
    "submit",
    "threaded",
    "tokenize",
    "visualize",
]

_LAZY = {
    "array": "minidask.array",
    "bag": "minidask.bag",
    "bytes": "minidask.bytes",
    "dataframe": "minidask.dataframe",
    "datasets": "minidask.datasets",
    "diagnostics": "minidask.diagnostics",
    "testing": "minidask.testing",
    "threaded": "minidask.threaded",
    "multiprocessing": "minidask.multiprocessing",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(_LAZY[name])
    if name == "cache":
        return importlib.import_module("minidask.schedulers.cache").cache
    if name == "get":
        return importlib.import_module("minidask.schedulers.synchronous").get
    raise AttributeError(f"module 'minidask' has no attribute {name!r}")
