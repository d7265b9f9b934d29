"""Arrays as a folder of .npy files, one for each block along an axis."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.node import ArrayNode, Given, meta_of
from minidask.array.nodes.files import Stamp
from minidask.collection import Collection
from minidask.expr.assemble import Finish
from minidask.expr.blocks import BlockIndex, blockwise
from minidask.expr.naming import tokenize, unique_name
from minidask.expr.node import Node


def to_npy_stack(dirname: Any, x: Any, axis: int = 0) -> None:
    """Write an array as a folder of .npy files. What fails while blocks are made leaves the stack that was there.

    Parameters
    ----------
    dirname
        Path of the folder; it is made.
    x
        An array, lazy or not.
    axis
        The axis whose blocks become files; the others are made whole.

    Examples
    --------
    >>> import minidask.array as da
    >>> da.to_npy_stack("stack", da.ones((4, 4), chunks=2))
    >>> from pathlib import Path
    >>> sorted(p.name for p in Path("stack").iterdir())
    ['0.npy', '1.npy', 'info']
    """
    x = asanyarray(x)
    if not x.ndim:
        raise ValueError("a stack needs an array of one axis or more")
    axis = normalize_axis_index(axis, x.ndim)
    array = x.rechunk({a: -1 for a in range(x.ndim) if a != axis})
    folder = Path(dirname)
    folder.mkdir(parents=True, exist_ok=True)
    part = f".{uuid4().hex}.part"
    name = unique_name("to_npy")
    blocks = blockwise(
        _save, array.expr, BlockIndex(), axis, str(folder), part, grid=array.numblocks, name=name, label="to_npy"
    )
    try:
        _Written(blocks).compute()
        _put(folder, part, {"chunks": array.chunks, "dtype": array.dtype, "axis": axis})
    finally:
        for file in folder.glob(f"*{part}"):
            file.unlink()


def _save(block: Any, index: tuple[int, ...], axis: int, folder: str, part: str) -> None:
    with (Path(folder) / f"{index[axis]}.npy{part}").open("wb") as file:
        np.save(file, block)


def _put(folder: Path, part: str, info: Any) -> None:
    """Put files in their places. Without `info`, that goes first and comes last, there is no stack."""
    (folder / f"info{part}").write_bytes(pickle.dumps(info))
    (folder / "info").unlink(missing_ok=True)
    for i in range(len(info["chunks"][info["axis"]])):
        (folder / f"{i}.npy{part}").replace(folder / f"{i}.npy")
    (folder / f"info{part}").replace(folder / "info")


def from_npy_stack(dirname: Any, mmap_mode: str | None = "r") -> Array:
    """The lazy array of a folder that `to_npy_stack` wrote. The folder's `info` is a pickle: read only what you trust.

    Parameters
    ----------
    dirname
        Path of the folder.
    mmap_mode
        How blocks are mapped, as for `numpy.load`; None: they are read.

    Raises
    ------
    FileNotFoundError
        There is no stack, it was not written to its end, or one of its files is gone.

    Examples
    --------
    >>> import minidask.array as da
    >>> da.to_npy_stack("numbers", da.arange(6, chunks=4))
    >>> da.from_npy_stack("numbers").sum().compute()
    np.int64(15)
    """
    folder = Path(dirname)
    if not (folder / "info").is_file():
        raise FileNotFoundError(f"there is no stack in {folder}: nothing was written there, or not all of it")
    info = pickle.loads((folder / "info").read_bytes())
    grid = tuple(map(len, info["chunks"]))
    files = tuple(Stamp.of(str(folder / f"{i}.npy")) for i in range(grid[info["axis"]]))
    load = partial(_load, axis=info["axis"], folder=str(folder.absolute()), mode=mmap_mode)
    source = blockwise(
        load, Stack(files), grid=grid, name=f"npy-{tokenize(files, mmap_mode)}", label="read", recompute="late"
    )
    node: ArrayNode = Given(source, info["chunks"], meta_of(info["dtype"], len(grid)))
    return Array.of(node)


@dataclass(frozen=True)
class Stack(BlockIndex):
    """The index of the block, in files."""

    outside: tuple[Stamp, ...] = ()


def _load(index: tuple[int, ...], axis: int, folder: str, mode: Any) -> Any:
    return np.asarray(np.load(Path(folder) / f"{index[axis]}.npy", mmap_mode=mode))


class _Written(Collection):
    """What `compute` needs to know of blocks that are written."""

    def __init__(self, expr: Node) -> None:
        self.expr = expr

    @property
    def finish(self) -> Finish:
        return itemgetter(slice(0, 0))
