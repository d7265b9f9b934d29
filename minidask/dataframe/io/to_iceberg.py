"""Writing tables of Apache Iceberg: each task writes data files, and one commit makes them those of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from minidask.dataframe.agreement import settled
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.io.iceberg import catalog_of, pyiceberg
from minidask.dataframe.io.written import Written, only_numbers
from minidask.expr.blocks import Tasks
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.extras import import_extra

TOKEN = "minidask.written"
"""The property of a commit that names what was written."""


@dataclass(frozen=True)
class Target:
    """Where and how a frame is written.

    Fields
    ------
    identifier, catalog_name, catalog_properties, location
        Of the table.
    append
        Whether its rows stay.
    snapshot_properties
        Told of the commit.
    schema
        Of the frame, in Arrow's types.
    labels
        Whether the index is written.
    token
        Names what is written, in the commit: a task that runs twice commits once.
    """

    identifier: str
    catalog_name: str | None
    catalog_properties: Mapping[str, Any]
    location: str | None
    append: bool
    snapshot_properties: Mapping[str, str]
    schema: Any
    labels: bool
    token: str

    def start(self) -> tuple[Any, Any]:
        """How files of the table are written, which is made where it is not there."""
        with catalog_of(self.catalog_name, self.catalog_properties) as catalog:
            table = catalog.create_table_if_not_exists(self.identifier, schema=self.schema, location=self.location)
            return table.metadata, table.io

    def write(self, block: pd.DataFrame, how: tuple[Any, Any]) -> list[Any]:
        """Write a partition; gives what Iceberg has to know of its files."""
        arrow = _arrow().Table.from_pandas(block, schema=self.schema, preserve_index=self.labels)
        if not len(arrow):
            return []
        return list(pyiceberg("io.pyarrow")._dataframe_to_data_files(how[0], arrow, how[1]))

    def finish(self, *files: Sequence[Any]) -> None:
        """Make the files those of the table, in one commit, unless that has been done."""
        with catalog_of(self.catalog_name, self.catalog_properties) as catalog:
            table = catalog.load_table(self.identifier)
            if not any(told.get(TOKEN) == self.token for told in map(_told, table.metadata.snapshots)):
                self._commit(table, [file for of_part in files for file in of_part])

    def _commit(self, table: Any, files: list[Any]) -> None:
        told = {**self.snapshot_properties, TOKEN: self.token}
        with table.transaction() as change:
            if not self.append and table.current_snapshot() is not None:
                change.delete(pyiceberg("expressions").AlwaysTrue(), snapshot_properties=told)
            with change.update_snapshot(snapshot_properties=told).fast_append() as added:
                for file in files:
                    added.append_data_file(file)


def _told(snapshot: Any) -> Mapping[str, str]:
    """What was told of a commit."""
    return snapshot.summary.additional_properties if snapshot.summary else {}


class WriteIceberg(Written):
    """The partitions of a frame written to a table of Iceberg."""

    target: Target

    @property
    def operation(self) -> str:
        return "to_iceberg"

    def needs_labels(self, wanted: bool) -> bool:
        return self.target.labels


@lower(WriteIceberg)
def write(node: WriteIceberg) -> Node:
    """The partitions in any order; the commit after the last of them."""
    target, parts = node.target, range(node.frame.grid[0])
    tasks: dict[Any, Any] = {"start": (target.start,)}
    tasks |= {("part", i): (target.write, (0, i), "start") for i in parts}
    tasks["finish"] = (target.finish, *(("part", i) for i in parts))
    return Tasks.named(node.name, tasks, ("finish",), (), (node.frame,))


def to_iceberg(
    df: FrameCollection,
    table_identifier: str,
    catalog_name: str | None = None,
    *,
    catalog_properties: Mapping[str, Any] | None = None,
    location: str | None = None,
    append: bool = False,
    snapshot_properties: Mapping[str, str] | None = None,
    compute: bool = True,
    compute_kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """Write a frame to a table of Apache Iceberg, in one commit: whoever reads it sees all of it, or nothing.

    A table that is not there is made. If computing fails, its rows are what they were; data files of which the table
    does not know may be left in its folder.

    Parameters
    ----------
    df
        The frame.
    table_identifier
        Namespace and name, such as ``"sales.orders"``.
    catalog_name, catalog_properties
        For `pyiceberg.catalog.load_catalog`.
    location
        Of a new table; by default where the catalog puts it.
    append
        Whether the rows that are there stay.
    snapshot_properties
        Texts to tell of the commit, where `minidask.written` names this write.
    compute
        False returns a lazy value, which writes when it is computed: once, also if it is computed again.
    compute_kwargs
        For `compute`.

    Raises
    ------
    TypeError
        A column has Python objects, of which the type in the table is not known.
    ValueError, pyiceberg.exceptions.ResolveError
        The table has no such column, or one of another type.
    MissingExtraError
        pyiceberg is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import minidask.dataframe as dd
    >>> from pyiceberg.catalog import load_catalog
    >>> folder = tempfile.TemporaryDirectory()
    >>> properties = {"uri": f"sqlite:///{folder.name}/catalog.db", "warehouse": f"file://{folder.name}"}
    >>> load_catalog("here", **properties).create_namespace("sales")
    >>> frame = dd.from_pandas(pd.DataFrame({"price": [1, 5, 3]}), npartitions=2)
    >>> dd.to_iceberg(frame, "sales.orders", "here", catalog_properties=properties)
    >>> dd.read_iceberg("sales.orders", "here", catalog_properties=properties).price.sum().compute()
    np.int64(9)
    >>> folder.cleanup()
    """
    pyiceberg("catalog")
    frame = settled(df.expr)
    meta = frame.meta
    labels = not only_numbers(meta.index)
    schema = _schema(meta, labels)
    told = dict(catalog_properties or {}), location, append, dict(snapshot_properties or {})
    name = unique_name("to_iceberg")
    target = Target(table_identifier, catalog_name, *told, schema, labels, token=name)
    result = new(WriteIceberg.named(name, frame, target))
    return result.compute(**(compute_kwargs or {})) if compute else result


def _schema(meta: pd.DataFrame, labels: bool) -> Any:
    """The types of the columns, and of the index where it is written."""
    pa = _arrow()
    schema = pa.Schema.from_pandas(meta, preserve_index=labels)
    unknown = [field.name for field in schema if pa.types.is_null(field.type)]
    if unknown:
        raise TypeError(
            f"column {unknown[0]!r} has Python objects, of which the type in the table is not known; give it one with "
            f'astype(), such as "str", or a pd.ArrowDtype'
        )
    return schema.remove_metadata()


def _arrow() -> Any:
    return import_extra("pyarrow", extra="parquet", purpose="write tables of Iceberg")
