"""Where bags come from."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from minidask.bag.bag import Bag
from minidask.bag.base import BagBase, positive
from minidask.bag.elementwise import map_node, map_partitions_node, zip_node
from minidask.bag.io import avro, text
from minidask.bag.node import Concat, Partitionwise
from minidask.bag.steps import Transform, materialised
from minidask.collection import Collection
from minidask.expr.blocks import Blocks, PerBlock, unchanged
from minidask.expr.grid import Index
from minidask.expr.naming import unique_name
from minidask.expr.node import Node

builtin_range = range
MOST_PARTITIONS = 100
"""Of a sequence, unless told otherwise."""


def from_sequence(seq: Iterable[Any], partition_size: int | None = None, npartitions: int | None = None) -> Bag:
    """A bag of the items of a Python sequence.

    The items are held in memory. A bag of file names, of which the files are then read, costs less than one of the
    files' contents.

    Parameters
    ----------
    seq
        The items; an iterator is read now.
    partition_size
        How many items a partition has.
    npartitions
        How many partitions, of about equal length. By default about 100; for few items one each.

    Raises
    ------
    ValueError
        Both are given, or not positive.

    Examples
    --------
    >>> import minidask.bag as db
    >>> db.from_sequence(["Ada", "Bo", "Cy"], partition_size=2)
    minidask.bag<from_sequence, npartitions=2>
    """
    if isinstance(seq, Collection):
        raise TypeError("seq must be a Python iterable; a lazy value becomes a bag by from_delayed([...])")
    if partition_size is not None and npartitions is not None:
        raise ValueError("from_sequence takes either partition_size or npartitions")
    if not isinstance(seq, Iterable):
        raise TypeError(f"seq must be a Python iterable, not {type(seq).__name__}; range(n, npartitions) counts")
    items = list(seq)
    if partition_size is not None:
        n = -(-len(items) // positive(partition_size, "partition_size"))
    else:
        n = min(MOST_PARTITIONS if npartitions is None else positive(npartitions, "npartitions"), len(items))
    cut = Cut(items, max(n, 1), partition_size)
    return Bag.of(
        Partitionwise(Transform(unchanged, unchanged), (cut,), cut.npartitions, "from_sequence", recompute="always")
    )


@dataclass(frozen=True)
class Cut(PerBlock):
    """The part of a sequence that each partition has: `size` items, or an equal share."""

    items: Any
    npartitions: int
    size: int | None = None

    def block(self, index: Index) -> Any:
        (i,) = index
        if self.size is not None:
            return self.items[i * self.size : (i + 1) * self.size]
        n = len(self.items)
        return self.items[i * n // self.npartitions : (i + 1) * n // self.npartitions]

    def __dask_tokenize__(self) -> Any:
        return _content(self.items), self.npartitions, self.size


def _content(items: Any) -> Any:
    """What names the items: for many, a hash of their pickle, which takes a tenth of the time."""
    if isinstance(items, builtin_range) or len(items) < 1000:
        return items
    try:
        return blake2b(pickle.dumps(items, protocol=5), digest_size=16).hexdigest()
    except Exception:  # what pickle refuses is named item by item
        return items


def range(n: int, npartitions: int) -> Bag:
    """A bag of the numbers from 0 to n - 1.

    Parameters
    ----------
    n
        How many.
    npartitions
        How many partitions, of about equal length.

    Examples
    --------
    >>> import minidask.bag as db
    >>> db.range(5, npartitions=2).compute()
    [0, 1, 2, 3, 4]
    """
    if type(n) is not int or n < 0:
        raise ValueError(f"n={n!r} must be a number of items, 0 or more")
    cut = Cut(builtin_range(n), positive(npartitions, "npartitions"))
    return Bag.of(Partitionwise(Transform(unchanged, unchanged), (cut,), cut.npartitions, "range", recompute="always"))


def from_delayed(values: Any) -> Bag:
    """A bag of delayed values, each of which gives the items of a partition.

    Parameters
    ----------
    values
        Delayed values of iterables, or one of them; other iterables are partitions as they are.

    Examples
    --------
    >>> import minidask.bag as db
    >>> from minidask import delayed
    >>> db.from_delayed([delayed(sorted)("ba"), delayed(list)("cd")]).compute()
    ['a', 'b', 'c', 'd']
    """
    parts = [values] if isinstance(values, Collection) else list(values)
    if not parts:
        raise ValueError("values is empty; expected at least one delayed value")
    together = Concat(tuple(_partition(part) for part in parts), stacked=True)
    return Bag.of(Partitionwise(Transform(unchanged, unchanged), (together,), len(parts), "from_delayed"))


def _partition(part: Any) -> Node:
    if isinstance(part, Collection):
        return part.as_value()
    if not isinstance(part, Iterable):
        raise TypeError(
            f"values must be delayed values or iterables, not {type(part).__name__}; "
            "minidask.distributed.from_future makes them of futures"
        )
    return Blocks.named(unique_name("partition"), (materialised(part),), ())


def concat(bags: Iterable[BagBase]) -> Bag:
    """The items of several bags, one bag after the other.

    Examples
    --------
    >>> import minidask.bag as db
    >>> db.concat([db.range(2, npartitions=1), db.from_sequence("ab")]).compute()
    [0, 1, 'a', 'b']
    """
    bags = list(bags)
    wrong = [type(bag).__name__ for bag in bags if not isinstance(bag, BagBase)]
    if wrong or not bags:
        raise TypeError(f"concat takes a list of bags, not {f'of {wrong[0]}' if wrong else 'an empty one'}")
    return Bag.of(Concat(tuple(bag.expr for bag in bags)))


def map(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Bag:
    """Call a function with the items of bags side by side; see `Bag.map`.

    Examples
    --------
    >>> import minidask.bag as db
    >>> db.map(pow, 2, db.range(4, npartitions=2)).compute()
    [1, 2, 4, 8]
    """
    return Bag.of(map_node(func, args, kwargs))


def map_partitions(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Bag:
    """Call a function with the partitions of bags side by side; see `Bag.map_partitions`.

    Examples
    --------
    >>> import minidask.bag as db
    >>> db.map_partitions(lambda part, n: part * n, db.range(4, npartitions=2), 2).compute()
    [0, 1, 0, 1, 2, 3, 2, 3]
    """
    return Bag.of(map_partitions_node(func, args, kwargs))


def zip(*bags: BagBase) -> Bag:
    """Tuples of an item of each bag; all have partitions of the same lengths.

    Examples
    --------
    >>> import minidask.bag as db
    >>> db.zip(db.range(2, npartitions=1), db.from_sequence("ab", npartitions=1)).compute()
    [(0, 'a'), (1, 'b')]
    """
    return Bag.of(zip_node(bags))


def read_text(
    urlpath: Any,
    blocksize: int | str | None = None,
    compression: str | None = "infer",
    encoding: str = "utf-8",
    errors: str = "strict",
    linedelimiter: str | None = None,
    collection: bool = True,
    storage_options: Mapping[str, Any] | None = None,
    files_per_partition: int | None = None,
    include_path: bool = False,
) -> Any:
    r"""A bag of the lines of text files, each with what ends it.

    Parameters
    ----------
    urlpath
        A path or URL, a glob, a directory, or a list of these.
    blocksize
        The largest part of a file in one partition, in bytes (``"64MiB"``); None: whole files.
    compression
        "gzip", "bz2", "xz", "zip", "zstd", "lz4", None; "infer" goes by the ends of the names.
    encoding, errors
        As in `bytes.decode`.
    linedelimiter
        What ends a line. With None ``"\n"``, ``"\r\n"`` and ``"\r"`` do, and the lines end with ``"\n"``.
    collection
        False gives a list of delayed values, one for each partition, rather than a bag.
    storage_options
        For the file system.
    files_per_partition
        How many whole files a partition has; not with `blocksize`.
    include_path
        Whether to give pairs of a line and the path of its file.

    Raises
    ------
    FileNotFoundError
        A file is missing, or a pattern matches none.

    Examples
    --------
    >>> import fsspec
    >>> import minidask.bag as db
    >>> fsspec.filesystem("memory").pipe("/poem", b"Tyger Tyger,\nburning bright,\n")
    >>> db.read_text("memory://poem").str.split().flatten().compute(scheduler="threads")
    ['Tyger', 'Tyger,', 'burning', 'bright,']
    """
    node = text.read_node(
        urlpath,
        blocksize,
        compression,
        encoding,
        errors,
        linedelimiter,
        storage_options,
        files_per_partition,
        include_path,
    )
    bag = Bag.of(node)
    return bag if collection else bag.to_delayed()


def from_url(urls: str | Iterable[str]) -> Bag:
    """A bag of the lines (bytes) of what is behind URLs, a partition for each.

    Parameters
    ----------
    urls
        One or several, of a kind that `urllib.request.urlopen` knows.

    Examples
    --------
    >>> import minidask.bag as db
    >>> db.from_url("data:text/plain,first").compute()
    [b'first']
    """
    listed = [urls] if isinstance(urls, str) else list(urls)
    return from_sequence(listed, partition_size=1).map_partitions(_lines_of_url)


def _lines_of_url(urls: list[str]) -> Iterator[bytes]:
    from urllib.request import urlopen  # takes 60 ms to load

    for url in urls:
        with urlopen(url) as stream:
            yield from stream


def read_avro(
    urlpath: Any,
    blocksize: int | str | None = 100_000_000,
    storage_options: Mapping[str, Any] | None = None,
    compression: str | None = None,
) -> Bag:
    """A bag of the records of Avro files, as dicts. Needs fastavro.

    Parameters
    ----------
    urlpath
        A path or URL, a glob, a directory, or a list of these.
    blocksize
        The largest part of a file in one partition, in bytes; None: whole files.
    storage_options
        For the file system.
    compression
        Of the files as a whole, which then are not divided; Avro's own codecs need nothing said.
    """
    return Bag.of(avro.read_node(urlpath, blocksize, storage_options, compression))
