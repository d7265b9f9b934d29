"""Bags of the records of Avro files, by fastavro."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from minidask.bag.io.text import Parts
from minidask.bag.io.written import WriteParts
from minidask.bag.node import Partitionwise
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.streams import GivesStreams
from minidask.extras import import_extra
from minidask.files import FileBlock, Waiting, find_files, read_block, target_files

_SYNC = 16  # bytes of the marker that ends the header and each block of records


class Records(GivesStreams):
    """Reads the records of parts of files."""

    def stream(self, *blocks: Any) -> Iterator[Any]:
        (parts,) = blocks
        return chain.from_iterable(map(_records, parts))


def _records(part: FileBlock) -> Iterator[Any]:
    fastavro = import_extra("fastavro", "avro", "read Avro")
    if part.length is None:
        return iter(fastavro.reader(io.BytesIO(read_block(part))))
    with part.file.open() as stream:
        fastavro.reader(stream)  # reads the header
        end = stream.tell()
        stream.seek(0)
        header = stream.read(end)
    data = read_block(part, header[-_SYNC:])
    return iter(fastavro.reader(io.BytesIO(data if part.offset == 0 else header + data)))


def read_node(
    urlpath: Any,
    blocksize: int | str | None,
    storage_options: Mapping[str, Any] | None,
    compression: str | None,
) -> Node:
    """The expression that `read_avro` makes."""
    import_extra("fastavro", "avro", "read Avro")
    files = tuple(find_files(urlpath, storage_options, compression))
    parts = Parts(files, None if compression else blocksize, None, 1)
    return Partitionwise(Records(), (parts,), parts.npartitions, "read_avro", recompute="late")


def write_node(
    source: Node,
    path: Any,
    schema: Mapping[str, Any],
    name_function: Callable[[int], str] | None,
    storage_options: Mapping[str, Any] | None,
    options: dict[str, Any],
) -> Node:
    """The expression that `to_avro` makes: a bag of the paths written."""
    fastavro = import_extra("fastavro", "avro", "write Avro")
    fastavro.parse_schema(dict(schema))  # a wrong one is an error now
    n = source.grid[0]
    files = target_files(path, n, ".avro", name_function, storage_options, None)
    told = {"schema": dict(schema), "options": options}
    return WriteParts.named(unique_name("to_avro"), source, write_records, Waiting(files), told, "to_avro")


def write_records(
    items: Iterable[Any], i: int, waiting: Waiting, schema: dict[str, Any], options: dict[str, Any]
) -> None:
    """Write a partition."""
    fastavro = import_extra("fastavro", "avro", "write Avro")
    with waiting.open(i) as stream:
        fastavro.writer(stream, schema, items, **options)
