"""Files as delayed blocks of bytes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import minidask as md
from minidask.bytes import read_bytes

LINES = b"".join(b"line %d\n" % i for i in range(20))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name in "ab":
        (tmp_path / f"{name}.txt").write_bytes(name.encode() + LINES)
    return [tmp_path / "a.txt", tmp_path / "b.txt"]


@pytest.mark.parametrize("delimiter", [None, b"\n", b"ne 1"])
@pytest.mark.parametrize("blocksize", [None, 30, "1kB"])
def test_blocks_are_the_files(files: list[Path], delimiter: bytes | None, blocksize: int | str | None) -> None:
    sample, blocks = md.bytes.read_bytes(files, delimiter, blocksize=blocksize, sample=10)
    found = md.compute(blocks)[0]
    assert [b"".join(parts) for parts in found] == [file.read_bytes() for file in files]
    assert (len(found[0]) > 1) == (blocksize == 30)
    assert (b"a" + LINES).startswith(sample)
    if delimiter:
        assert all(part.endswith(delimiter) for parts in found for part in parts[:-1] if part)
        assert sample.endswith(delimiter)
    else:
        assert len(sample) == 10


def test_headers(files: list[Path]) -> None:
    sample, blocks, paths = read_bytes(files, b"\n", not_zero=True, blocksize=30, include_path=True)
    assert sample == b"a" + LINES
    assert paths == [str(file) for file in files]
    assert [b"".join(parts) for parts in md.compute(blocks)[0]] == [LINES.partition(b"\n")[2]] * 2
    with pytest.raises(ValueError, match="not_zero"):
        read_bytes(files, not_zero=True)


def test_compressed(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(LINES))
    sample, [[block]] = read_bytes(tmp_path / "a.gz", b"\n", blocksize=None, compression="infer", sample=3)
    assert (sample, block.compute()) == (b"line 0\n", LINES)
    assert read_bytes(tmp_path / "a.gz", blocksize=None, compression="gzip", sample=3)[0] == b"lin"
    assert read_bytes(tmp_path / "a.gz", blocksize=None, sample=False)[0] is False
    with pytest.raises(ValueError, match="compressed"):
        read_bytes(tmp_path / "a.gz", compression="gzip")
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "none")
