"""Pictures in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask.testing import assert_eq


@pytest.fixture
def pictures(tmp_path: Path) -> Any:
    found = np.random.default_rng(0).integers(0, 255, (4, 5, 6), dtype="u1")
    for i, picture in enumerate(found):
        np.save(tmp_path / f"{i}.npy", picture)
    return found


def test_a_block_is_a_picture(pictures: Any, tmp_path: Path) -> None:
    x = da.image.imread(tmp_path / "*.npy", imread=np.load)
    assert x.chunks == ((1,) * 4, (5,), (6,))
    assert_eq(x, pictures)
    assert_eq(x[1:3].mean(0), pictures[1:3].mean(0))
    gray = da.image.imread(tmp_path / "*.npy", imread=np.load, preprocess=lambda p: p[:2] / 255)
    assert_eq(gray, pictures[:, :2] / 255)
    assert gray.sum().compute(scheduler="processes", num_workers=1) == gray.sum().compute(scheduler="synchronous")


def test_bad_pictures(pictures: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no file matches"):
        da.image.imread(tmp_path / "*.png")
    np.save(tmp_path / "4.npy", pictures[0][:3])
    with pytest.raises(ValueError, match="gave a block of shape"):
        da.image.imread(tmp_path / "*.npy", imread=np.load).compute()


def test_imageio(pictures: Any, tmp_path: Path) -> None:
    imageio = pytest.importorskip("imageio.v3")
    for i, picture in enumerate(pictures):
        imageio.imwrite(tmp_path / f"{i}.png", picture)
    assert_eq(da.image.imread(tmp_path / "*.png"), pictures)
