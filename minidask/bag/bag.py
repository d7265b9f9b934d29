"""The lazy bag: Python objects in partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from minidask.bag.elementwise import Elementwise
from minidask.bag.grouping import Grouping
from minidask.bag.io import avro, text
from minidask.bag.reductions import Reductions
from minidask.expr.blocks import Blockwise, One, Tasks
from minidask.expr.node import Node
from minidask.task import Key


class Bag(Elementwise, Reductions, Grouping):
    """Python objects in partitions, still to be made; an ordered collection that may repeat items.

    Parameters
    ----------
    dsk
        A graph in the plain form, such as ``{("b", 0): [1, 2], ("b", 1): (list, "ab")}``.
    name
        Partition i is the value of the key ``(name, i)``; an iterable, as a list.
    npartitions
        How many.

    Examples
    --------
    >>> import minidask.bag as db
    >>> b = db.from_sequence([1, 2, 3, 4], npartitions=2)
    >>> b
    minidask.bag<from_sequence, npartitions=2>
    >>> b.filter(lambda x: x % 2).map(lambda x: x**2).compute()
    [1, 9]
    """

    def __init__(self, dsk: Mapping[Key, Any], name: str, npartitions: int) -> None:
        outputs = tuple((name, i) for i in range(npartitions))
        missing = [key for key in outputs if key not in dsk]
        if missing:
            raise KeyError(f"the graph has no key {missing[0]!r}")
        self.expr = Tasks.named(name, dict(dsk), outputs, (npartitions,))

    def __repr__(self) -> str:
        return f"minidask.bag<{self.expr.operation}, npartitions={self.npartitions}>"

    def __iter__(self) -> Iterator[Any]:
        return iter(self.compute())

    def to_delayed(self, optimize_graph: bool = True) -> list[Any]:
        """A delayed value for each partition: the list of its items.

        Parameters
        ----------
        optimize_graph
            Whether to optimize the expression now; it is optimized in any case when it is computed.

        Examples
        --------
        >>> import minidask.bag as db
        >>> [part.compute() for part in db.range(4, npartitions=2).to_delayed()]
        [[0, 1], [2, 3]]
        """
        from minidask.delayed import Delayed  # delayed values know nothing of bags, nor need bags know of them to work

        expr = self.optimize().expr if optimize_graph else self.expr
        return [Delayed.of(_partition(expr, i)) for i in range(self.npartitions)]

    def to_dataframe(self, meta: Any = None, columns: Any = None, optimize_graph: bool = True) -> Any:
        """A frame with a row for each item.

        Parameters
        ----------
        meta
            An empty pandas frame, or names and dtypes of the columns. By default those of the first partition
            with items, which is computed now.
        columns
            The names of the columns, where items are tuples.
        optimize_graph
            Whether to optimize the expression now; it is optimized in any case when it is computed.

        Examples
        --------
        >>> import minidask.bag as db
        >>> people = db.from_sequence([{"name": "Ada", "born": 1815}, {"name": "Grace", "born": 1906}])
        >>> float(people.to_dataframe().born.mean().compute())
        1860.5
        """
        from minidask.dataframe import from_bag  # loads pandas, which bags do without

        bag = self.optimize() if optimize_graph else self
        return from_bag(bag, meta=meta, columns=columns)

    def to_textfiles(
        self,
        path: Any,
        name_function: Callable[[int], str] | None = None,
        compression: str | None = "infer",
        encoding: str = "utf-8",
        compute: bool = True,
        storage_options: Mapping[str, Any] | None = None,
        last_endline: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Write each partition to a text file, an item a line.

        Parameters
        ----------
        path
            With a ``*`` for the partition's name; or a directory; or as many paths as there are partitions.
        name_function
            Names partition i; by default its number.
        compression
            "gzip", "bz2", "xz", "zstd", "lz4", None; "infer" goes by the end of the name.
        encoding
            Of the files.
        compute
            False gives delayed values, one for each file; to compute any of them writes all files, so compute them
            together.
        storage_options
            For the file system.
        last_endline
            Whether to end the last line too, as reading back an empty last item needs; not by default, as in dask.
        **kwargs
            For `compute`.

        Returns
        -------
        list
            The paths written.

        Raises
        ------
        TypeError
            An item is no string (when written).

        Examples
        --------
        >>> import minidask.bag as db
        >>> paths = db.range(4, npartitions=2).map(str).to_textfiles("numbers-*.txt")
        >>> db.read_text(paths).map(str.strip).compute()
        ['0', '1', '2', '3']
        """
        node = text.write_node(
            self.expr, path, name_function, compression, encoding, storage_options, last_endline=last_endline
        )
        return self._written(node, compute, kwargs)

    def to_avro(
        self,
        filename: Any,
        schema: Mapping[str, Any],
        name_function: Callable[[int], str] | None = None,
        storage_options: Mapping[str, Any] | None = None,
        codec: str = "null",
        sync_interval: int = 16000,
        metadata: Mapping[str, str] | None = None,
        compute: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Write each partition to an Avro file; the items are dicts. Needs fastavro.

        Parameters
        ----------
        filename
            With a ``*`` for the partition's name; or a directory; or as many paths as there are partitions.
        schema
            The Avro schema of an item.
        name_function
            Names partition i; by default its number.
        storage_options
            For the file system.
        codec
            "null", "deflate", or another that fastavro knows.
        sync_interval
            The size of the files' blocks, in bytes.
        metadata
            For the files' headers.
        compute
            False gives delayed values, one for each file; to compute any of them writes all files, so compute them
            together.
        **kwargs
            For `compute`.

        Returns
        -------
        list
            The paths written.
        """
        options = {"codec": codec, "sync_interval": sync_interval, "metadata": metadata}
        node = avro.write_node(self.expr, filename, schema, name_function, storage_options, options)
        return self._written(node, compute, kwargs)

    def _written(self, node: Node, compute: bool, options: dict[str, Any]) -> Any:
        paths = self.of(node)
        if compute:
            return paths.compute(**options)
        if options:
            raise TypeError(f"with compute=False there is no use for {', '.join(options)}")
        return paths.to_delayed(optimize_graph=False)  # the node is asked to give up where they fail


def _partition(expr: Node, i: int) -> Node:
    """The value of partition i."""
    return Blockwise.named(f"{expr.name}-{i}", _as_list, (expr,), (One((None,), ((i,),)),), (), {}, "partition")


def _as_list(items: Any) -> Any:
    return items
