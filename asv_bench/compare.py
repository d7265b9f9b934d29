"""Print how minidask compares with NumPy, pandas and dask, measured in one run.

    python asv_bench/compare.py [--repeat 3] [TOPIC[.Class[.method]] ...]

Each benchmark runs for each engine in a process of its own; the best of several runs counts, after one that
warms up. Peak memory is that of the whole process, without its children.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
SHORTEST, MANY = 3.0, 300
"""What takes milliseconds is repeated for so many seconds, or so many times: the first runs are never the best."""
LONGEST = 20.0
"""Seconds that the repetitions of one benchmark may take together."""


def benchmarks(wanted: list[str]) -> Iterator[tuple[str, type]]:
    """The full names of the benchmarks that were asked for, and their classes."""
    for path in sorted((HERE / "benchmarks").glob("*.py")):
        if path.stem in ("__init__", "engines"):
            continue
        module = importlib.import_module(f"benchmarks.{path.stem}")
        for name, kind in vars(module).items():
            if not inspect.isclass(kind) or kind.__module__ != module.__name__ or "minidask" not in kind.params:
                continue
            for method in (m for m in dir(kind) if m.startswith(("time_", "track_"))):
                full = f"{path.stem}.{name}.{method}"
                if not wanted or any(full == w or full.startswith(f"{w}.") for w in wanted):
                    yield full, kind


def measure(full: str, engine: str, repeat: int) -> dict[str, Any]:
    """Seconds and peak memory of one benchmark with one engine, in this process; or what it tracks, as text."""
    topic, name, method = full.split(".")
    warnings.simplefilter("ignore")
    case = getattr(importlib.import_module(f"benchmarks.{topic}"), name)()
    case.setup(engine)
    run = getattr(case, method)
    if method.startswith("track_"):
        try:
            return {"text": f"{run(engine):.2f} {case.unit}"}
        finally:
            getattr(case, "teardown", lambda _: None)(engine)
    seconds = []
    begin = time.perf_counter()
    while len(seconds) <= repeat or (time.perf_counter() - begin < SHORTEST and len(seconds) < MANY):
        start = time.perf_counter()
        run(engine)
        seconds.append(time.perf_counter() - start)
        if time.perf_counter() - begin > LONGEST:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": min(seconds[1:] or seconds), "peak": peak}


def apart(full: str, engine: str, repeat: int) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--one", engine, "--repeat", str(repeat), full]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def row(full: str, engines: list[str], repeat: int) -> list[str]:
    """One line of the table."""
    found = {engine: apart(full, engine, repeat) for engine in engines}
    plain = next((e for e in engines if e not in ("minidask", "dask")), None)
    ours = found["minidask"]

    def shown(engine: str | None) -> str:
        result = found.get(engine or "", {})
        return (
            time_text(result["seconds"]) if "seconds" in result else result.get("text", result.get("error", "-"))[:60]
        )

    def ratio(engine: str | None) -> str:
        result = found.get(engine or "", {})
        return f"{result['seconds'] / ours['seconds']:.1f} x" if "seconds" in result and "seconds" in ours else "-"

    def peak(engine: str) -> str:
        result = found.get(engine, {})
        return f"{result['peak'] / 2**20:,.0f}" if "peak" in result else "-"

    memory = f"{peak('minidask')} / {peak('dask')}"
    others = [f"{e} {shown(e)}, {ratio(e)}" for e in engines if e not in ("minidask", "dask", plain)]
    return [
        full,
        shown(plain),
        shown("dask"),
        shown("minidask"),
        ratio(plain),
        ratio("dask"),
        memory,
        "; ".join(others),
    ]


def time_text(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.2f} ms"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("topics", nargs="*", metavar="TOPIC")
    parser.add_argument("--repeat", type=int, default=3, help="runs, after the one that warms up")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path[:0] = [str(ROOT), str(HERE)]
    if options.one:
        print(json.dumps(measure(options.topics[0], options.one, options.repeat)))
        return
    header = [
        "benchmark",
        "NumPy/pandas/Python",
        "dask",
        "minidask",
        "plain / ours",
        "dask / ours",
        "peak MB ours / dask",
        "others, others / ours",
    ]
    print("| " + " | ".join(header) + " |")
    print("| " + " | ".join("---" for _ in header) + " |", flush=True)
    for full, kind in benchmarks(options.topics):
        print("| " + " | ".join(row(full, kind.params, options.repeat)) + " |", flush=True)


if __name__ == "__main__":
    main()
