"""Dense arrays of TileDB."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from minidask.errors import MissingExtraError
from minidask.testing import assert_eq

M = np.arange(30.0).reshape(5, 6)


def test_what_to_install_is_told(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tiledb", None)
    with pytest.raises((MissingExtraError, ModuleNotFoundError), match="tiledb"):
        da.from_tiledb("nowhere")


@pytest.fixture
def tiledb():
    return pytest.importorskip("tiledb")


@pytest.mark.parametrize("dtype", ["f8", "i4", "M8[s]"])
def test_there_and_back(tiledb, tmp_path, dtype):
    values = M.astype("i8").astype(dtype)
    uri = str(tmp_path / "array")
    assert da.from_array(values, chunks=(2, 3)).to_tiledb(uri) is None
    found = da.from_tiledb(uri)
    assert found.chunks == ((2, 2, 1), (3, 3))
    assert_eq(found, values)
    assert_eq(da.from_tiledb(uri, chunks=4)[1:, ::2], values[1:, ::2])


def test_later_and_returned(tiledb, tmp_path):
    later = da.to_tiledb(M, tmp_path / "later", compute=False)
    later.compute()
    assert_eq(da.from_tiledb(tmp_path / "later"), M)
    assert_eq(da.to_tiledb(M, tmp_path / "returned", return_stored=True), M)


def test_mistakes(tiledb, tmp_path):
    uri = str(tmp_path / "array")

    def fail(block):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        da.from_array(M, chunks=2).map_blocks(fail, dtype=float).to_tiledb(uri)
    da.to_tiledb(M, uri)  # nothing is left of it
    with pytest.raises(ValueError, match="there is something at"):
        da.to_tiledb(M, uri)
    with pytest.raises(ValueError, match="expected one with axes and elements"):
        da.to_tiledb(M[:0], tmp_path / "empty")
    with pytest.raises(tiledb.TileDBError):
        da.from_tiledb(tmp_path / "nowhere")
