"""Which files a person means, and how they are decompressed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import pickle
import zipfile
from pathlib import Path

import fsspec
import pytest

from minidask.errors import MissingExtraError
from minidask.files import File, compression_of, find_files, read_block, split_files


def names(files: list[File]) -> list[str]:
    return [file.path.rpartition("/")[2] for file in files]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.csv", "a.csv", "c10.csv", "c9.csv", "_meta", ".hidden", "note.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "d.csv").write_text("d")
    return tmp_path


def test_one_file(folder):
    (file,) = find_files(str(folder / "a.csv"))
    assert file == find_files(folder / "a.csv")[0]
    assert (file.size, file.compression) == (5, None)
    assert file.url == f"file://{folder}/a.csv"
    with file.open() as stream:
        assert stream.read() == b"a.csv"
    with file.open("rt", encoding="utf-8") as stream:
        assert stream.read() == "a.csv"


def test_globs_are_sorted(folder):
    assert names(find_files(folder / "*.csv")) == ["a.csv", "b.csv", "c10.csv", "c9.csv"]
    assert names(find_files(folder / "c?.csv")) == ["c9.csv"]
    assert names(find_files(folder / "[ab].csv")) == ["a.csv", "b.csv"]
    assert names(find_files(folder / "**" / "d.csv")) == ["d.csv"]


def test_a_list_keeps_its_order(folder):
    paths = [folder / "note.txt", str(folder / "c*.csv"), folder / "a.csv"]
    assert names(find_files(paths)) == ["note.txt", "c10.csv", "c9.csv", "a.csv"]
    assert names(find_files(iter(paths[:1]))) == ["note.txt"]


def test_a_directory_is_its_visible_files(folder):
    assert names(find_files(folder)) == ["a.csv", "b.csv", "c10.csv", "c9.csv", "note.txt"]


def test_a_name_with_wildcards_in_it_is_found(tmp_path):
    (tmp_path / "data[1].csv").write_text("x")
    (tmp_path / "data1.csv").write_text("y")
    assert names(find_files(tmp_path / "data[1].csv")) == ["data[1].csv"]


@pytest.mark.parametrize("missing", ["no.csv", "*.no", "nowhere/*.csv", "nowhere"])
def test_what_is_missing_is_named(folder, missing):
    with pytest.raises(FileNotFoundError, match=missing.replace("*", r"\*")):
        find_files([folder / "a.csv", folder / missing])


def test_an_empty_directory_is_missing_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="matches no file"):
        find_files(tmp_path)


@pytest.mark.parametrize(("bad", "error"), [([], ValueError), (3, TypeError), ([3], TypeError), (None, TypeError)])
def test_what_is_no_path(bad, error):
    with pytest.raises(error, match=r"urlpath|iterable"):
        find_files(bad)


def test_urls_and_storage_options(tmp_path):
    fsspec.filesystem("memory").pipe("/urls/x.csv", b"far")
    (file,) = find_files("memory://urls/*.csv")
    assert file.url == "memory:///urls/x.csv" or file.url == "memory://urls/x.csv"
    (tmp_path / "a").write_text("local")
    options = {"auto_mkdir": True}
    assert find_files(f"file://{tmp_path}/a", storage_options=options)[0].fs.auto_mkdir
    with pytest.raises(ValueError, match="another file system"):
        find_files([tmp_path / "a", "memory://urls/x.csv"])


def test_the_version_changes_with_the_file(tmp_path):
    path = tmp_path / "a"
    path.write_text("one")
    first, again = find_files(path)[0], find_files(path)[0]
    assert first.version == again.version
    path.write_text("other")
    os.utime(path, (1, 1))
    assert find_files(path)[0].version != first.version


COMPRESS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "GZ": gzip.compress}


@pytest.mark.parametrize("end", COMPRESS)
def test_compressed_files(tmp_path, end):
    path = tmp_path / f"a.{end}"
    path.write_bytes(COMPRESS[end](b"one\ntwo\n"))
    (block,) = split_files(find_files(path))
    assert read_block(pickle.loads(pickle.dumps(block))) == b"one\ntwo\n"
    (raw,) = split_files(find_files(path, compression=None))
    assert read_block(raw) == path.read_bytes()


def test_the_compression_may_be_said(tmp_path):
    path = tmp_path / "plain-name"
    path.write_bytes(gzip.compress(b"text"))
    (file,) = find_files(path, compression="gzip")
    with file.open("rt", encoding="ascii") as stream:
        assert stream.read() == "text"
    with pytest.raises(ValueError, match=r"compression='rar'.*'gzip'"):
        find_files(path, compression="rar")


@pytest.mark.parametrize("members", [0, 1, 2])
def test_a_zip_archive_has_one_file(tmp_path, members):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for i in range(members):
            archive.writestr(f"{i}.txt", "inside")
    (block,) = split_files(find_files(tmp_path / "a.zip"))
    if members == 1:
        assert read_block(block) == b"inside"
    else:
        with pytest.raises(ValueError, match=f"holds {members} files"):
            read_block(block)


def test_zstandard_is_read_or_says_what_is_missing():
    from fsspec.compression import compr

    if "zstd" in compr:
        assert compression_of("a.zst") == "zstd"
    else:
        with pytest.raises(MissingExtraError, match="pip install zstandard"):
            compression_of("a.zst")


def test_a_buffer_is_no_path():
    with pytest.raises(TypeError, match="expected a path or a list of paths, got the open file or buffer StringIO"):
        find_files(io.StringIO("a\n1"))


def test_globs_pass_hidden_files_over(tmp_path):
    for name in ("a.csv", ".a.csv", ".b.csv.part"):
        (tmp_path / name).write_bytes(b"")
    assert [Path(file.path).name for file in find_files(tmp_path / "*")] == ["a.csv"]
    assert [Path(file.path).name for file in find_files(tmp_path / ".a*")] == [".a.csv"]
