"""Arrays in files and stores."""

from __future__ import annotations

from minidask.array.io import files
from minidask.array.io.files import *  # noqa: F403
from minidask.array.io.hdf5 import to_hdf5
from minidask.array.io.npy import from_npy_stack, to_npy_stack
from minidask.array.io.store import store
from minidask.array.io.tiledb import from_tiledb, to_tiledb
from minidask.array.io.zarr import from_zarr, to_zarr

__all__ = ["from_npy_stack", "from_tiledb", "from_zarr", "store", "to_hdf5", "to_npy_stack", "to_tiledb", "to_zarr"]
__all__ += files.__all__
