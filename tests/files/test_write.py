"""Files are written whole or not at all, under names that sort."""

from __future__ import annotations

import gzip
import pickle

import fsspec
import pytest

from minidask.files import block_names, find_files, read_block, split_files, target_files, write_atomically


def names(files):
    return [file.path.rpartition("/")[2] for file in files]


def test_a_pattern(tmp_path):
    files = target_files(tmp_path / "out-*.csv", 12)
    assert names(files) == [f"out-{i:02d}.csv" for i in range(12)]
    assert sorted(names(files)) == names(files)
    assert not list(tmp_path.iterdir())


def test_a_directory(tmp_path):
    assert names(target_files(tmp_path / "out", 2, suffix=".csv")) == ["part.0.csv", "part.1.csv"]
    assert target_files(f"{tmp_path}/out/", 1, suffix=".csv") == target_files(tmp_path / "out", 1, suffix=".csv")


def test_a_list_and_a_single_file(tmp_path):
    assert names(target_files([tmp_path / "x", tmp_path / "y"], 2)) == ["x", "y"]
    assert names(target_files(tmp_path / "all.csv", 1, single=True)) == ["all.csv"]
    with pytest.raises(ValueError, match="1 files for 2 blocks"):
        target_files([tmp_path / "x"], 2)


def test_two_stars(tmp_path):
    with pytest.raises(ValueError, match=r"at most one \*"):
        target_files(tmp_path / "*" / "*.csv", 2)


def test_own_names(tmp_path):
    assert names(target_files(tmp_path / "*.csv", 2, name_function=lambda i: f"day-{i}")) == ["day-0.csv", "day-1.csv"]
    with pytest.raises(ValueError, match="twice"):
        block_names(2, lambda i: "same")
    with pytest.raises(TypeError, match="must give text, but gave 0"):
        block_names(2, lambda i: i)
    with pytest.warns(UserWarning, match="sort in another order"):
        block_names(11, str)


def test_written_files_are_read_back(tmp_path):
    for i, file in enumerate(target_files(tmp_path / "deep" / "er" / "*.txt.gz", 3)):
        with write_atomically(pickle.loads(pickle.dumps(file)), "wt", encoding="utf-8", newline="") as stream:
            stream.write(f"é{i}\n")
    found = find_files(tmp_path / "deep" / "er")
    assert [read_block(block).decode() for block in split_files(found)] == ["é0\n", "é1\n", "é2\n"]
    assert gzip.decompress((tmp_path / "deep" / "er" / "0.txt.gz").read_bytes()).decode() == "é0\n"


def write(file, data, error=None):
    with write_atomically(file) as stream:
        stream.write(data)
        if error:
            raise error


@pytest.mark.parametrize("url", ["local", "memory"])
def test_a_failed_write_leaves_what_was_there(tmp_path, url):
    place = f"{tmp_path}/a" if url == "local" else "memory://failed/a"
    (file,) = target_files(place, 1, single=True)
    with pytest.raises(KeyboardInterrupt):
        write(file, b"half", KeyboardInterrupt())
    assert not file.fs.exists(file.path)
    write(file, b"whole")
    with pytest.raises(ZeroDivisionError):
        write(file, b"half", ZeroDivisionError())
    assert file.fs.cat(file.path) == b"whole"
    assert file.fs.ls(file.path.rpartition("/")[0], detail=False) == [file.path]
    write(file, b"new")
    assert file.fs.cat(file.path) == b"new"


def test_the_part_is_beside_and_hidden(tmp_path):
    (file,) = target_files(tmp_path / "a.csv", 1, single=True)
    with write_atomically(file) as stream:
        stream.write(b"x")
        (part,) = tmp_path.iterdir()
        assert part.name.startswith(".a.csv.")
        assert part.name.endswith(".part")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_folder_is_not_replaced(tmp_path):
    (tmp_path / "a").mkdir()
    (file,) = target_files(tmp_path / "a", 1, single=True)
    with pytest.raises(IsADirectoryError):
        write(file, b"x")
    assert [path.name for path in tmp_path.rglob("*")] == ["a"]


def test_refusing_to_replace(tmp_path):
    (tmp_path / "out-1.csv").write_text("old")
    with pytest.raises(FileExistsError, match=r"out-1\.csv"):
        target_files(tmp_path / "out-*.csv", 2, mode="x")
    with pytest.raises(ValueError, match="mode='a'"):
        target_files(tmp_path / "out-*.csv", 2, mode="a")


def test_older_files_that_would_be_mixed_in_are_told(tmp_path):
    for i in range(4):
        (tmp_path / f"part.{i}.csv").write_text("old")
    target_files(tmp_path, 4, suffix=".csv")
    with pytest.warns(UserWarning, match=r"does not replace: .*part\.2\.csv, .*part\.3\.csv"):
        target_files(tmp_path, 2, suffix=".csv")


def test_memory_is_left_clean():
    assert not [path for path in fsspec.filesystem("memory").find("/") if path.endswith(".part")]
