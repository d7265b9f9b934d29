"""Bags of the contents of files."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

import minidask
import minidask.bag as db
from minidask import config

TEXTS = {"a.txt": "one\ntwo\nthree\n", "b.txt": "", "c.txt": "vier\r\nfünf\nno end", "d.log": "skip\n"}
LINES = ["one\n", "two\n", "three\n", "vier\n", "fünf\n", "no end"]


@pytest.fixture(autouse=True, params=["synchronous", "processes"])
def local(request):
    with config.set(scheduler=request.param):
        yield


@pytest.fixture
def folder(tmp_path):
    for name, text in TEXTS.items():
        (tmp_path / name).write_bytes(text.encode())
    return tmp_path


@pytest.mark.parametrize("blocksize", [None, 1, 3, 5, "1kB"])
def test_lines_of_a_glob(folder, blocksize):
    b = db.read_text(f"{folder}/*.txt", blocksize=blocksize)
    assert b.compute() == LINES
    assert b.count().compute() == 6


@pytest.mark.parametrize("urlpath", [lambda f: str(f / "a.txt"), lambda f: f / "a.txt", lambda f: [f / "a.txt"]])
def test_names_of_files(folder, urlpath):
    b = db.read_text(urlpath(folder))
    assert b.npartitions == 1
    assert b.compute() == LINES[:3]


@pytest.mark.parametrize(("each", "npartitions"), [(1, 3), (2, 2), (5, 1)])
def test_files_per_partition(folder, each, npartitions):
    b = db.read_text(f"{folder}/*.txt", files_per_partition=each)
    assert b.npartitions == npartitions
    assert b.compute() == LINES


def test_paths_beside_lines(folder):
    pairs = db.read_text(f"{folder}/*.txt", include_path=True).compute()
    assert [line for line, _ in pairs] == LINES
    assert {Path(path).name for _, path in pairs} == {"a.txt", "c.txt"}


@pytest.mark.parametrize(("ending", "opened"), [("gz", gzip.open), ("bz2", bz2.open), ("xz", lzma.open)])
def test_compressed(tmp_path, ending, opened):
    with opened(tmp_path / f"a.{ending}", "wb") as stream:
        stream.write(b"one\ntwo\n")
    assert db.read_text(f"{tmp_path}/*").compute() == ["one\n", "two\n"]
    with pytest.raises(ValueError, match="compressed"):
        db.read_text(f"{tmp_path}/*", blocksize=3)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1", "utf-8-sig"])
@pytest.mark.parametrize("blocksize", [None, 7])
def test_encodings(tmp_path, encoding, blocksize):
    (tmp_path / "a").write_bytes("vier\nfünf\nö\n".encode(encoding))
    assert db.read_text(tmp_path / "a", blocksize, encoding=encoding).compute() == ["vier\n", "fünf\n", "ö\n"]


def test_a_delimiter_that_may_be_a_part_of_other_characters(tmp_path):
    text = "ポスト|ポ\n" * 5
    (tmp_path / "a").write_bytes(text.encode("shift_jis"))
    found = db.read_text(tmp_path / "a", encoding="shift_jis", linedelimiter="|").compute()
    assert found == [line + "|" for line in text.split("|")[:-1]] + ["ポ\n"]
    assert db.read_text(tmp_path / "a", 5, encoding="shift_jis").compute() == text.splitlines(keepends=True)
    with pytest.raises(ValueError, match=r"linedelimiter='|' may be a part .* in shift_jis"):
        db.read_text(tmp_path / "a", 5, encoding="shift_jis", linedelimiter="|")


def test_errors_and_delimiters(tmp_path):
    (tmp_path / "a").write_bytes(b"one;tw\xffo;")
    assert db.read_text(tmp_path / "a", linedelimiter=";", errors="replace").compute() == ["one;", "tw\ufffdo;"]
    with pytest.raises(UnicodeDecodeError):
        db.read_text(tmp_path / "a").compute()


def test_delayed_lines(folder):
    parts = db.read_text(f"{folder}/*.txt", collection=False)
    assert minidask.compute(*parts) == (LINES[:3], [], LINES[3:])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"blocksize": 5, "files_per_partition": 2}, ValueError, "either blocksize or files_per_partition"),
        ({"files_per_partition": 0}, ValueError, "files_per_partition=0"),
        ({"encoding": "none"}, LookupError, "none"),
        ({"errors": "whatever"}, LookupError, "whatever"),
        ({"compression": "rar"}, ValueError, "rar"),
        ({"linedelimiter": ""}, ValueError, "linedelimiter"),
    ],
)
def test_mistakes(folder, arguments, error, message):
    with pytest.raises(error, match=message):
        db.read_text(f"{folder}/*.txt", **arguments)


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        db.read_text(f"{tmp_path}/nothing-*.txt")


def test_equal_work_has_equal_names_until_a_file_changes(folder):
    before = db.read_text(f"{folder}/*.txt").name
    assert before == db.read_text(f"{folder}/*.txt").name != db.read_text(f"{folder}/*.txt", blocksize=5).name
    (folder / "a.txt").write_text("other\n")
    assert before != db.read_text(f"{folder}/*.txt").name


# writing


@pytest.mark.parametrize("last_endline", [True, False])
def test_written_and_read(tmp_path, last_endline):
    b = db.from_sequence(["one", "zwölf", "three"], npartitions=2)
    paths = b.to_textfiles(f"{tmp_path}/*.txt", last_endline=last_endline)
    assert [Path(p).name for p in paths] == ["0.txt", "1.txt"]
    assert Path(paths[1]).read_bytes() == "zwölf\nthree".encode() + b"\n" * last_endline
    assert db.read_text(paths).str.strip().compute() == ["one", "zwölf", "three"]


def test_empty_items_are_read_back(tmp_path):
    b = db.from_sequence(["one", "", "", ""], npartitions=2)
    paths = b.to_textfiles(f"{tmp_path}/*.txt", last_endline=True)
    assert db.read_text(paths).str.strip().compute() == ["one", "", "", ""]


def test_written_compressed_under_given_names(tmp_path):
    b = db.range(3, npartitions=3).map(str)
    paths = b.to_textfiles(f"{tmp_path}/deep/x-*.gz", name_function="abc".__getitem__)
    assert [Path(p).name for p in paths] == ["x-a.gz", "x-b.gz", "x-c.gz"]
    assert gzip.decompress(Path(paths[2]).read_bytes()) == b"2"
    assert db.read_text(paths).compute() == ["0", "1", "2"]


def test_written_later(tmp_path):
    later = db.range(2, npartitions=2).map(str).to_textfiles(str(tmp_path / "out"), compute=False, encoding="utf-16")
    assert not list(tmp_path.iterdir())
    (first,), _ = minidask.compute(*later)
    assert Path(first).read_bytes().decode("utf-16") == "0"


def test_what_is_no_text_is_not_written(tmp_path):
    with pytest.raises(TypeError, match="an item is int; use map"):
        db.range(3, npartitions=1).to_textfiles(f"{tmp_path}/*.txt")
    assert not list(tmp_path.iterdir())
    with pytest.raises(LookupError):
        db.range(3, npartitions=1).to_textfiles(f"{tmp_path}/*.txt", encoding="none")


def test_urls():
    assert db.from_url(["data:text/plain,a%0Ab", "data:text/plain,c"]).compute() == [b"a\n", b"b", b"c"]


# Avro

SCHEMA = {
    "name": "word",
    "type": "record",
    "fields": [{"name": "text", "type": "string"}, {"name": "length", "type": "int"}],
}
RECORDS = [{"text": text, "length": len(text)} for text in map(str, range(0, 100_000, 37))]


@pytest.mark.parametrize("codec", ["null", "deflate"])
@pytest.mark.parametrize("blocksize", [None, 1000, 100_000])
def test_avro(tmp_path, codec, blocksize):
    pytest.importorskip("fastavro")
    b = db.from_sequence(RECORDS, npartitions=2)
    paths = b.to_avro(f"{tmp_path}/*.avro", SCHEMA, codec=codec, sync_interval=500)
    assert [Path(p).name for p in paths] == ["0.avro", "1.avro"]
    found = db.read_avro(f"{tmp_path}/*.avro", blocksize=blocksize)
    assert found.compute() == RECORDS
    assert blocksize != 1000 or found.npartitions > 5


def test_wrong_schema(tmp_path):
    fastavro = pytest.importorskip("fastavro")
    with pytest.raises(fastavro.schema.UnknownType):
        db.from_sequence(RECORDS).to_avro(f"{tmp_path}/*.avro", {"type": "no such type"})
