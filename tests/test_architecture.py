"""The house stands as design.md draws it: who imports whom, how long files are, what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "minidask"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 450  # lines of a file

ANYONE_MAY = {"errors", "described", "quantities", "extras", "own_modules", "signatures", "pickling", "_version"}
"""Rooms that know nothing of the rest, and that all may import."""

COLLECTIONS = {"collection", "expr", "kernels", "task", "files", "config"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "described": set(),
    "quantities": set(),
    "own_modules": set(),
    "signatures": set(),
    "pickling": set(),
    "extras": {"errors"},
    "_version": set(),
    "task": set(),
    "config": set(),
    "events": {"task"},
    "files": set(),
    "expr": {"task", "config"},
    "store": {"config", "task"},
    "kernels": {"config"},
    "schedulers": {"task", "config", "store", "events", "futures"},
    "futures": {"schedulers"},
    "threaded": {"schedulers"},
    "multiprocessing": {"schedulers"},
    "hints": {"expr", "schedulers", "config"},
    "protocol": {"expr", "schedulers"},
    "running": {"expr", "schedulers", "config"},
    "collection": {"running", "expr", "hints", "schedulers", "config", "task", "protocol"},
    "distributed": {"collection", "delayed", "protocol", "schedulers"},
    "delayed": COLLECTIONS,
    "array": COLLECTIONS,
    "dataframe": COLLECTIONS,
    "bag": COLLECTIONS,
    "diagnostics": {"config", "task", "events"},
    "__init__": {"collection", "config", "delayed", "expr", "hints"},
    "bytes": {"delayed", "files"},
    "datasets": {"bag", "dataframe"},
    "__main__": {"config", "schedulers", "demo"},
}
"""Room -> the rooms that it may import, beside its own and those that anyone may."""

ANYTHING = {"integrations", "testing", "demo"}
"""Rooms that may import all others."""

LOCAL_IMPORTS = {
    ("minidask.collection", "minidask.diagnostics.pictures"): "pictures are drawn rarely, and no collection needs them",
    ("minidask.collection", "minidask.futures"): "loads logging, and few sessions compute in the background",
    ("minidask.schedulers.local", "minidask.schedulers.pending"): "loads logging; few compute in the background",
    ("minidask.schedulers.engine", "minidask.store.frames"): "loaded with what is on disk: most computations have none",
    ("minidask.schedulers.engine", "minidask.store.blocks"): "loaded with the first spill: most computations have none",
    ("minidask.schedulers.known", "minidask.store.checkpoint"): "loaded with the first checkpoint: few have one",
    ("minidask.store.kept", "minidask.store.blocks"): "loaded with the first kept block that is stored",
    ("minidask.store.kept", "minidask.store.frames"): "as above",
    ("minidask.kernels.compiled", "minidask.kernels.intrinsics"): "needs Numba",
    ("minidask.protocol", "minidask.schedulers.calls"): "for other engines only",
    ("minidask.protocol", "minidask.schedulers.held"): "for other engines only",
    ("minidask.protocol", "minidask.schedulers.layer"): "for other engines only",
    ("minidask.array.io.store", "minidask.delayed"): "store(compute=False); collections do not import each other",
    ("minidask.array.writing", "minidask.array.io.zarr"): "Array.to_zarr; writers import arrays",
    ("minidask.array.writing", "minidask.array.io.hdf5"): "Array.to_hdf5; writers import arrays",
    ("minidask.array.writing", "minidask.array.io.store"): "Array.store; writers import arrays",
    ("minidask.array.writing", "minidask.array.io.tiledb"): "Array.to_tiledb; writers import arrays",
    ("minidask.array.writing", "minidask.array.io.files"): "Array.tofile; writers import arrays",
    ("minidask.array.writing", "minidask.dataframe.convert"): "to_dask_dataframe; collections do not import each other",
    ("minidask.bag.bag", "minidask.dataframe"): "Bag.to_dataframe; loads pandas, which bags do without",
    ("minidask.bag.bag", "minidask.delayed"): "Bag.to_delayed; collections do not import each other",
    ("minidask.bag.item", "minidask.delayed"): "Item.to_delayed; collections do not import each other",
    ("minidask.array.values", "minidask.delayed"): "Array.to_delayed; collections do not import each other",
    ("minidask.dataframe.exchange", "minidask.delayed"): "to_delayed; collections do not import each other",
    ("minidask.dataframe.exchange", "minidask.bag.bag"): "to_bag; collections do not import each other",
    ("minidask.dataframe.exchange", "minidask.array.array"): "to_dask_array; collections do not import each other",
    ("minidask.dataframe.exchange", "minidask.array.node"): "to_dask_array; collections do not import each other",
    ("minidask.expr.node", "minidask.expr.rewrite"): "pickling a deep expression takes it apart by rules over nodes",
}
"""(importer, imported) -> why inside a function. All other imports are at the top of their file."""

TOP_LEVEL = {
    "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "minidask", "tests", "notebooks", "asv_bench",
}  # fmt: skip


class Import(NamedTuple):
    importer: str
    imported: str
    local: bool

    def __str__(self) -> str:
        return f"{self.importer} imports {self.imported}"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts).removesuffix(".__init__")


NAMES = {module_name(path): path for path in MODULES}


def imports_of(path: Path) -> Iterator[Import]:
    """Our own modules that a file imports; not those for type checkers, nor those of a file that is run as a script."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, local = stack.pop()
        if isinstance(node, ast.If) and {"TYPE_CHECKING", "__name__"} & {*names_in(node.test)}:
            stack += [(child, local) for child in node.orelse]
            continue
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they lead"
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            targets = [name if name in NAMES else str(node.module) for name in whole]
        else:
            targets = []
        for target in targets:
            if target.split(".")[0] == "minidask":
                yield Import(module_name(path), target, local)
        inside = local or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        stack += [(child, inside) for child in ast.iter_child_nodes(node)]


def names_in(expression: ast.expr) -> Iterator[str]:
    return (node.id for node in ast.walk(expression) if isinstance(node, ast.Name))


IMPORTS = [found for path in MODULES for found in imports_of(path)]


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def test_rooms_import_only_whom_they_may():
    wrong = [
        str(found)
        for found in IMPORTS
        if (here := room(found.importer)) not in ANYTHING
        and (there := room(found.imported)) != here
        and there not in ANYONE_MAY | MAY_IMPORT.get(here, set())
        and (found.importer, found.imported) not in LOCAL_IMPORTS
    ]
    assert not wrong


def test_every_room_is_in_the_table():
    assert {room(name) for name in NAMES} <= {*MAY_IMPORT, *ANYTHING}


def test_nothing_but_the_demo_imports_diagnostics_at_its_top():
    others = [i for i in IMPORTS if room(i.importer) not in {"diagnostics", "demo"}]
    assert not [str(i) for i in others if room(i.imported) == "diagnostics" and not i.local]


def test_local_imports_are_listed_with_a_reason():
    local = {(i.importer, i.imported) for i in IMPORTS if i.local and room(i.importer) not in ANYTHING}
    assert sorted(local) == sorted(LOCAL_IMPORTS)


def test_no_module_imports_itself_through_others():
    needs: dict[str, set[str]] = {name: set() for name in NAMES}
    for found in IMPORTS:
        if not found.local:
            needs[found.importer].add(found.imported)
    free: set[str] = set()
    while ready := {name for name in needs if name not in free and needs[name] <= free}:
        free |= ready
    circular = sorted({*NAMES} - free)
    assert not circular, "each of these is in a circle of imports, or needs one that is"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_files_are_short(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST


def test_every_file_is_named_for_its_job():
    vague = {"core", "utils", "util", "helpers", "common", "misc", "compat"}
    assert not [str(path) for path in ROOT.rglob("*.py") if vague & {path.stem, path.parent.name} and ours(path)]


def ours(path: Path) -> bool:
    return path.relative_to(ROOT).parts[0] in TOP_LEVEL


def test_the_top_level_is_as_designed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL


def test_the_test_folder_mirrors_the_package():
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"} <= rooms


def fresh(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


HEAVY = ("numpy", "pandas", "pyarrow", "scipy", "numba", "IPython", "fsspec", "psutil", "tqdm", "graphviz", "asyncio")


def test_importing_minidask_is_light():
    loaded = fresh("import sys, minidask; print(*sys.modules)").split()
    assert not [name for name in HEAVY if name in loaded]


@pytest.mark.parametrize("module", ["delayed", "schedulers", "files", "diagnostics", "expr", "store"])
def test_rooms_that_know_neither_numpy_nor_pandas(module):
    loaded = fresh(f"import sys, minidask.{module}; print(*sys.modules)").split()
    assert not {"numpy", "pandas"} & {*loaded}
