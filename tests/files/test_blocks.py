"""Blocks of files: every record in exactly one of them."""

from __future__ import annotations

import pickle
from unittest.mock import patch

import fsspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minidask.files import File, FileBlock, find_files, read_block, read_lines, read_pieces, read_text, split_files

MEMORY = fsspec.filesystem("memory")


def file_of(data: bytes) -> File:
    MEMORY.pipe("/blocks/data", data)
    (file,) = find_files("memory://blocks/data")
    return file


def split_at(data: bytes, delimiter: bytes) -> list[bytes]:
    """The records, each with its delimiter, by Python's own split."""
    *records, last = data.split(delimiter)
    return [record + delimiter for record in records] + ([last] if last else [])


@given(
    data=st.lists(st.sampled_from([b"a", b"b", b"\n", b"\r\n", b"ab", b"\n\n"])).map(b"".join),
    delimiter=st.sampled_from([b"\n", b"\r\n", b"ab", b"aba", b"\n\n", b"aa", b"\n\n\n"]),
    blocksize=st.integers(1, 40),
)
@example(data=b"x\n\n\ny", delimiter=b"\n\n", blocksize=4)
@example(data=b"\n" * 17, delimiter=b"\n\n", blocksize=3)
def test_each_record_is_in_exactly_one_block(data, delimiter, blocksize):
    blocks = split_files([file_of(data)], blocksize)
    parts = [read_block(block, delimiter) for block in blocks]
    assert b"".join(parts) == data
    assert [record for part in parts for record in split_at(part, delimiter)] == split_at(data, delimiter)
    starts = [0]
    for record in split_at(data, delimiter):
        starts.append(starts[-1] + len(record))
    for block, part in zip(blocks, parts):
        mine = [s for s in starts[:-1] if block.offset <= s < block.offset + block.length]
        assert len(split_at(part, delimiter)) == len(mine)


@given(data=st.binary(max_size=200), delimiter=st.binary(min_size=1, max_size=3), blocksize=st.integers(1, 60))
def test_random_bytes(data, delimiter, blocksize):
    parts = [read_block(block, delimiter) for block in split_files([file_of(data)], blocksize)]
    assert b"".join(parts) == data
    assert [record for part in parts for record in split_at(part, delimiter)] == split_at(data, delimiter)


@given(data=st.binary(max_size=100), blocksize=st.integers(1, 30))
def test_without_delimiter_blocks_are_their_very_bytes(data, blocksize):
    blocks = split_files([file_of(data)], blocksize)
    assert b"".join(read_block(block, None) for block in blocks) == data
    assert all(0 < block.length <= blocksize for block in blocks) or not data


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_bytes_as_arrays(tmp_path, compression):
    path = tmp_path / "lines.txt"
    with fsspec.open(path, "wb", compression=compression) as stream:
        stream.write(b"one\ntwo\n\nthree")
    blocks = split_files(find_files(path, compression=compression), None if compression else 5)
    for block in blocks:
        pieces = [piece.tobytes() for piece in read_pieces(block, b"\n", size=4, spare=3)]
        assert b"".join(piece[:-3] for piece in pieces) == read_block(block, b"\n")
        assert pieces[-1].endswith(bytes(3))
        assert all(piece[:-3].endswith(b"\n") for piece in pieces[:-1])


def test_a_file_that_has_become_shorter(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_bytes(b"one\ntwo\n")
    (block,) = split_files(find_files(path))
    path.write_bytes(b"one\n")
    (piece,) = read_pieces(FileBlock(block.file, 0, 8), b"\n", spare=2)
    assert piece.tobytes() == b"one\n\0\0"


@given(
    data=st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"abcdefgh"])).map(b"".join),
    delimiter=st.sampled_from([b"\n", b"\r\n"]),
    size=st.integers(1, 20),
)
def test_pieces_of_whole_records(data, delimiter, size):
    (block,) = split_files([file_of(data)])
    pieces = [piece.tobytes() for piece in read_pieces(block, delimiter, size=size)]
    assert b"".join(pieces) == data
    assert all(piece.endswith(delimiter) for piece in pieces[:-1])
    longest = max(map(len, split_at(data, delimiter)), default=0)
    assert all(len(piece) <= 2 * max(size, longest) for piece in pieces)


@pytest.mark.parametrize("record", [100_000, 65_535, 65_536, 65_537, 131_072])
def test_records_longer_than_what_is_read_at_a_time(record):
    data = (b"x" * record + b"\r\n") * 3 + b"tail"
    parts = [read_block(block, b"\r\n") for block in split_files([file_of(data)], record // 3)]
    assert b"".join(parts) == data
    assert all(part.endswith(b"\r\n") for part in parts if part and part != b"tail")


@pytest.mark.parametrize("probe", [1, 2, 3, 7])
@given(
    data=st.lists(st.sampled_from([b"a", b"b", b"ab", b"aba"]), max_size=30).map(b"".join),
    delimiter=st.sampled_from([b"ab", b"aba", b"bb", b"abb"]),
    blocksize=st.integers(1, 10),
)
def test_delimiters_cut_by_the_end_of_what_is_read_at_a_time(probe, data, delimiter, blocksize):
    with patch("minidask.files.blocks._PROBE", probe):
        parts = [read_block(block, delimiter) for block in split_files([file_of(data)], blocksize)]
    assert [record for part in parts for record in split_at(part, delimiter)] == split_at(data, delimiter)


ENCODINGS = ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "cp1252"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(
    lines=st.lists(st.text("aé\u00f6 \xa0", max_size=6), max_size=12),
    ending=st.sampled_from(["\n", "\r\n"]),
    blocksize=st.integers(1, 50),
)
def test_text_in_blocks(encoding, lines, ending, blocksize):
    text = ending.join(lines)
    blocks = split_files([file_of(text.encode(encoding))], blocksize, encoding)
    assert "".join(read_text(block, encoding) for block in blocks) == text
    expected = text.replace("\r\n", "\n").splitlines(keepends=True)
    assert [line for block in blocks for line in read_lines(block, encoding)] == expected


@pytest.mark.parametrize(
    "text", ["\u0a00\u000a\u0a0a\u000a\u010a", "\u0a0a\u0a0a\n\u000b\u0a00\nx", "\ufeff\n\u0a0d\r\n"]
)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-32-le"])
@pytest.mark.parametrize("blocksize", range(1, 8))
def test_half_of_one_character_and_half_of_the_next_are_no_delimiter(text, encoding, blocksize):
    blocks = split_files([file_of(text.encode(encoding))], blocksize)
    assert "".join(read_text(block, encoding) for block in blocks) == text


def test_a_byte_order_mark_counts_for_all_blocks():
    file = file_of(b"\xfe\xff" + "one\ntwo\nthree\n".encode("utf-16-be"))
    blocks = split_files([file], 6)
    assert [line for block in blocks for line in read_lines(block, "utf-16")] == ["one\n", "two\n", "three\n"]


def test_lines_end_as_in_pythons_text_files(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"a\rb\r\nc\nd\x0be\xe2\x80\xa8f\n\n")
    blocks = split_files(find_files(path), blocksize=3)
    with path.open(encoding="utf-8") as stream:
        assert [line for block in blocks for line in read_lines(block)] == list(stream)


def test_lines_end_where_the_person_says():
    blocks = split_files([file_of(b"a|b\n|c||d")], blocksize=2)
    assert [r for block in blocks for r in read_lines(block, linedelimiter="|")] == ["a|", "b\n|", "c|", "|", "d"]


def test_decoding_errors():
    block = FileBlock(file_of(b"caf\xe9\n"))
    assert read_text(block, "utf-8", "replace") == "caf\ufffd\n"
    with pytest.raises(UnicodeDecodeError):
        read_text(block)
    with pytest.raises(LookupError, match="no-such"):
        read_text(block, "no-such")


def test_blocks_are_even_small_and_made_on_demand():
    size = 10**15
    blocks = split_files([File(None, "big", size=size), File(None, "empty", size=0)], "1 kB")
    assert len(blocks) == 10**12 + 1
    assert blocks[0] == FileBlock(blocks.files[0], 0, 1000)
    assert blocks[-1] == FileBlock(blocks.files[1], 0, 0)
    assert blocks[-2].offset + blocks[-2].length == size
    assert [block.file.path for block in blocks[10**12 - 1 :]] == ["big", "empty"]
    with pytest.raises(IndexError):
        blocks[10**12 + 1]
    small = split_files([file_of(b"x" * 100)], 10)[3]
    assert pickle.loads(pickle.dumps(small)) == small
    assert len(pickle.dumps(small)) < 600


@pytest.mark.parametrize("blocksize", [0, "0 B"])
def test_a_block_has_at_least_one_byte(blocksize):
    with pytest.raises(ValueError, match="blocksize="):
        split_files([file_of(b"x")], blocksize)


def test_what_cannot_be_divided_says_so():
    with pytest.raises(ValueError, match=r"a\.gz is compressed \(gzip\).*blocksize=None"):
        split_files([File(None, "a.gz", "gzip", 100)], 10)
    with pytest.raises(ValueError, match=r"size of far is not known.*blocksize=None"):
        split_files([File(None, "far")], 10)
    with pytest.raises(ValueError, match=r"iso-2022-jp.*blocksize=None"):
        split_files([file_of(b"x")], 10, "iso-2022-jp")
    with pytest.raises(ValueError, match="delimiter is empty"):
        read_block(FileBlock(file_of(b"x"), 0, 1), b"")


def test_no_files_no_blocks():
    assert len(split_files([], 10)) == 0
    assert split_files([])[:] == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize("blocksize", [None, 8])
def test_a_byte_order_mark_that_is_missing(encoding, blocksize):
    for block in split_files([file_of(b"neither of them, but ASCII")], blocksize):
        with pytest.raises(UnicodeError, match="has no byte order mark"):
            read_text(block, encoding)
    assert read_text(FileBlock(file_of(b"")), encoding) == ""
