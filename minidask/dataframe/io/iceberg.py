"""Tables of Apache Iceberg, whose data files are partitions; their catalogs and metadata are pyiceberg's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.io.fields import Fields
from minidask.dataframe.io.parts import ReadParts
from minidask.dataframe.node import unknown
from minidask.dataframe.numbering import numbered
from minidask.extras import import_extra


def pyiceberg(module: str) -> Any:
    """A module of the package.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    return import_extra(f"pyiceberg.{module}", extra="iceberg", purpose="read and write tables of Iceberg")


@contextmanager
def catalog_of(name: str | None, properties: Mapping[str, Any] | None) -> Iterator[Any]:
    """The catalog that is configured under a name, or by properties; closed in the end."""
    catalog = pyiceberg("catalog").load_catalog(name, **(properties or {}))
    try:
        yield catalog
    finally:
        catalog.close()


@dataclass(frozen=True)
class Part:
    """A data file of a table, with what was deleted of it; None: a table without files."""

    task: Any

    def __str__(self) -> str:
        return str(self.task.file.file_path) if self.task else "a table without data"


@dataclass(frozen=True)
class Scan:
    """What is read of each data file.

    Fields
    ------
    metadata, io
        Of the table.
    schema
        The columns, as Iceberg has them.
    row_filter
        Which rows.
    case_sensitive
        Whether names in that are.
    """

    metadata: Any
    io: Any
    schema: Any
    row_filter: Any
    case_sensitive: bool

    def read(self, part: Part, names: Sequence[str]) -> Any:
        """Some columns of a data file, as an Arrow table."""
        schema = self.schema.select(*names)
        scan = pyiceberg("io.pyarrow").ArrowScan(self.metadata, self.io, schema, self.row_filter, self.case_sensitive)
        return scan.to_table([part.task] if part.task else [])


def read_data_file(part: Part, columns: list[Any], scan: Scan, stored: Fields) -> pd.DataFrame:
    """Columns of a data file."""
    names = stored.names(columns)
    table = scan.read(part, names or stored.schema.names[:1])  # so that rows are counted
    return stored.frame(stored.table(table, names)) if names else pd.DataFrame(index=pd.RangeIndex(len(table)))


def read_iceberg(
    table_identifier: str,
    catalog_name: str | None = None,
    *,
    catalog_properties: Mapping[str, Any] | None = None,
    columns: Sequence[str] | None = None,
    row_filter: Any = None,
    case_sensitive: bool = True,
    snapshot_id: int | None = None,
    limit: int | None = None,
    scan_properties: Mapping[str, Any] | None = None,
) -> Any:
    """A lazy DataFrame of a table of Apache Iceberg, as it is now: one partition a data file.

    Only those files are read in which `row_filter` may hold, by the statistics that the table has of them, and only
    the columns that are needed. Where a file that is read has missing values, its whole numbers are floats, as in
    pandas.

    Parameters
    ----------
    table_identifier
        Namespace and name, such as ``"sales.orders"``.
    catalog_name, catalog_properties
        For `pyiceberg.catalog.load_catalog`.
    columns
        The columns to give, in the order of the table; None: all.
    row_filter
        Which rows: text such as ``"price > 3"``, or an expression of pyiceberg.
    case_sensitive
        Whether names of columns are.
    snapshot_id
        Of an earlier state of the table; None: the current one.
    limit
        The number of rows to give, at most.
    scan_properties
        More options for the scan, by their names.

    Raises
    ------
    pyiceberg.exceptions.NoSuchTableError
        There is no such table.
    ValueError
        There is no such column or snapshot, or `limit` is negative.
    MissingExtraError
        pyiceberg is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from pyiceberg.catalog import load_catalog
    >>> folder = tempfile.TemporaryDirectory()
    >>> properties = {"uri": f"sqlite:///{folder.name}/catalog.db", "warehouse": f"file://{folder.name}"}
    >>> load_catalog("here", **properties).create_namespace("sales")
    >>> told = {"catalog_name": "here", "catalog_properties": properties}
    >>> pd.DataFrame({"price": [1, 5]}).to_iceberg("sales.orders", append=True, **told)
    >>> read_iceberg("sales.orders", row_filter="price > 3", **told).compute()
       price
    0      5
    >>> folder.cleanup()
    """
    if limit is not None and limit < 0:
        raise ValueError(f"limit={limit}: expected a number of rows, 0 or more, or None")
    with catalog_of(catalog_name, catalog_properties) as catalog:
        table = catalog.load_table(table_identifier)
    if snapshot_id is not None and table.snapshot_by_id(snapshot_id) is None:
        known = [snapshot.snapshot_id for snapshot in table.snapshots()]
        raise ValueError(f"snapshot_id={snapshot_id}: the table has the snapshots {known}")
    planned = table.scan(
        row_filter=row_filter if row_filter is not None else pyiceberg("expressions").AlwaysTrue(),
        selected_fields=("*",) if columns is None else tuple(columns),
        case_sensitive=case_sensitive,
        snapshot_id=snapshot_id,
        options=dict(scan_properties or {}),
    )
    schema, tasks = planned.projection(), list(planned.plan_files())
    scan = Scan(table.metadata, table.io, schema, planned.row_filter, case_sensitive)
    stored = Fields(_plain(schema), False, _missing(schema, tasks), {})
    parts = [Part(task) for task in tasks] or [Part(None)]
    told = {"scan": scan, "stored": stored}
    node = ReadParts(stored.meta, None, read_data_file, parts, told, unknown(len(parts)), "read_iceberg")
    found = new(numbered(node))
    return found if limit is None else found.head(limit, npartitions=-1, compute=False)


def _plain(schema: Any) -> Any:
    """The schema in Arrow's types, without Iceberg's numbers of the fields."""
    pa = import_extra("pyarrow", extra="parquet", purpose="read tables of Iceberg")
    made = pyiceberg("io.pyarrow").schema_to_pyarrow(schema, include_field_ids=False)
    return pa.schema([pa.field(field.name, field.type) for field in made])


def _missing(schema: Any, tasks: Sequence[Any]) -> set[str]:
    """The columns that have missing values in some of the files, or may have."""
    return {
        field.name
        for field in schema.fields
        if not field.required and any(_lacks(task.file, field.field_id) for task in tasks)
    }


def _lacks(file: Any, number: int) -> bool:
    """Whether values of a field are missing in a data file, or the whole field is."""
    counts = file.null_value_counts or {}
    return counts.get(number, 1) > 0
