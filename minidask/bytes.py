"""Files as delayed blocks of bytes."""

from __future__ import annotations

from itertools import islice
from typing import Any

from minidask.delayed import delayed
from minidask.files import File, FileBlock, find_files, read_block, split_files
from minidask.files.paths import Paths
from minidask.quantities import parse_bytes

_SAMPLE = 10 << 10


def read_bytes(
    urlpath: Paths,
    delimiter: bytes | None = None,
    not_zero: bool = False,
    blocksize: str | int | None = "128 MiB",
    sample: str | int | bool = "10 kiB",
    compression: str | None = None,
    include_path: bool = False,
    **kwargs: Any,
) -> Any:
    r"""Files as blocks of bytes that are read when they are needed.

    Parameters
    ----------
    urlpath
        A path, URL, glob, directory, or list of them.
    delimiter
        Ends each record: blocks begin and end between records. None: they are of the very size.
    not_zero
        Whether the first record of each file is left out, such as a header.
    blocksize
        The largest length of a block; None makes each file one block.
    sample
        How many bytes of the first file to read now, to the end of a record; True: 10 kiB, False: none.
    compression
        "gzip", "bz2", "xz", "zip", "zstd", None; "infer" goes by the end of the name.
    include_path
        Whether the paths are returned as well.
    **kwargs
        Arguments of the fsspec file system.

    Returns
    -------
    sample
        The first bytes; those of a header too. False, if none are asked for.
    blocks
        For each file a list of delayed bytes.
    paths
        Where they are asked for.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no file; `blocksize` for a compressed file; `not_zero` without `delimiter`.

    Examples
    --------
    >>> import fsspec
    >>> fsspec.filesystem("memory").pipe("/lines.txt", b"one\ntwo\nthree\n")
    >>> sample, (blocks,) = read_bytes("memory://lines.txt", b"\n", blocksize=6, sample=2)
    >>> sample, [block.compute() for block in blocks]
    (b'one\n', [b'one\n', b'two\nthree\n', b''])
    """
    if not_zero and not delimiter:
        raise ValueError("not_zero=True leaves out the first record; tell with delimiter= what ends it")
    files = find_files(urlpath, kwargs, compression)
    blocks = split_files(files, blocksize)
    read = delayed(_read, pure=True)
    made = (read(block, delimiter, not_zero and block.offset == 0) for block in blocks)
    found = [list(islice(made, count)) for count in blocks.counts]
    first = _sample(files[0], delimiter, _SAMPLE if sample is True else sample) if sample is not False else False
    return (first, found, [file.path for file in files]) if include_path else (first, found)


def _read(block: FileBlock, delimiter: bytes | None, not_first: bool) -> bytes:
    """The records of a block, or all but the first."""
    data = read_block(block, delimiter)
    return data.partition(delimiter)[2] if not_first and delimiter else data


def _sample(file: File, delimiter: bytes | None, sample: str | int) -> bytes:
    """The first bytes of a file, to the end of a record."""
    nbytes = parse_bytes(sample, "sample")
    if file.size is not None and not file.compression:
        return read_block(FileBlock(file, 0, min(nbytes, file.size)), delimiter)
    data = read_block(FileBlock(file))
    end = data.find(delimiter, max(0, nbytes - len(delimiter))) if delimiter else nbytes
    return data if end < 0 else data[: end + len(delimiter or b"")]
