"""Writing frames to databases: to a table beside the one meant, which takes all rows at the end, or none."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from minidask.dataframe.agreement import settled
from minidask.dataframe.base import new
from minidask.dataframe.io.database import connected, sqlalchemy
from minidask.dataframe.io.written import Written
from minidask.dataframe.meta import Meta
from minidask.expr.blocks import Tasks
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.pipeline import lower


@dataclass(frozen=True)
class Table:
    """Where and how a frame is written.

    Fields
    ------
    uri, engine_kwargs
        Of the database.
    name, schema
        Of the table.
    if_exists
        "fail", "replace" or "append".
    meta
        The schema of the frame.
    options
        For `to_sql` of pandas.
    aside
        The name of the table that takes the partitions first.
    """

    uri: str
    engine_kwargs: Mapping[str, Any]
    name: str
    schema: str | None
    if_exists: str
    meta: Any
    options: Mapping[str, Any]
    aside: str = field(default_factory=lambda: f"minidask_{uuid.uuid4().hex}")

    def start(self) -> None:
        """Make the table aside."""
        self._write(self.meta, self.aside, "fail")

    def add(self, block: Any, *before: Any) -> int:
        """Write a partition aside; `before` is what must have been done. Gives the number of rows."""
        if len(block):
            self._write(block, self.aside, "append")
        return len(block)

    def finish(self, *rows: int) -> int:
        """Move all rows to the table, in one transaction. Gives their number."""
        sa = sqlalchemy()
        with connected(self.uri, self.engine_kwargs, begin=True) as connection:
            there = sa.inspect(connection).has_table(self.name, schema=self.schema)
            if there and self.if_exists == "fail":
                raise exists(self.name)
            if not (there and self.if_exists == "append"):
                self.meta.to_sql(self.name, connection, schema=self.schema, if_exists="replace", **self.options)
            names = [c["name"] for c in sa.inspect(connection).get_columns(self.aside, schema=self.schema)]
            source = sa.table(self.aside, *map(sa.column, names), schema=self.schema)
            target = sa.table(self.name, *map(sa.column, names), schema=self.schema)
            connection.execute(target.insert().from_select(names, sa.select(*source.columns)))
            self._drop(connection)
        return sum(rows)

    def clear(self) -> None:
        """Remove the table aside."""
        with connected(self.uri, self.engine_kwargs, begin=True) as connection:
            self._drop(connection)

    def _write(self, block: Any, name: str, if_exists: Any) -> None:
        with connected(self.uri, self.engine_kwargs, begin=True) as connection:
            block.to_sql(name, connection, schema=self.schema, if_exists=if_exists, **self.options)

    def _drop(self, connection: Any) -> None:
        sa = sqlalchemy()
        sa.Table(self.aside, sa.MetaData(), schema=self.schema).drop(connection, checkfirst=True)


def exists(name: str) -> ValueError:
    """The error for a table that is there."""
    return ValueError(f'name: there is a table {name!r} already; pass if_exists="append" or "replace"')


class WriteSQL(Written):
    """The partitions of a frame written to a table; its value is the number of rows."""

    table: Table
    parallel: bool

    @property
    def operation(self) -> str:
        return "to_sql"

    @property
    def meta(self) -> Meta:
        return 0

    def needs_labels(self, wanted: bool) -> bool:
        return bool(self.table.options["index"])

    def give_up(self) -> None:
        self.table.clear()


@lower(WriteSQL)
def write(node: WriteSQL) -> Node:
    """One partition after the other, in their order; or, if parallel, as they come."""
    table, n = node.table, node.frame.grid[0]
    tasks: dict[Any, Any] = {"start": (table.start,)}
    for i in range(n):
        before = "start" if node.parallel or i == 0 else ("part", i - 1)
        tasks["part", i] = (table.add, (0, i), before)
    tasks["finish"] = (table.finish, *(("part", i) for i in range(n)))
    return Tasks.named(node.name, tasks, ("finish",), (), (node.frame,))


def to_sql(
    df: Any,
    name: str,
    uri: str,
    schema: str | None = None,
    if_exists: str = "fail",
    index: bool = True,
    index_label: Any = None,
    chunksize: int | None = None,
    dtype: Any = None,
    method: Any = None,
    compute: bool = True,
    parallel: bool = False,
    engine_kwargs: Mapping[str, Any] | None = None,
    compute_kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """Write a frame to a table of a database, whole or not at all.

    The partitions are written to a table of another name; in the end one transaction moves their rows. If computing
    fails, the table that is meant is as it was, and that of the other name is removed.

    Parameters
    ----------
    df
        The frame.
    name
        The table.
    uri
        Of the database, for `sqlalchemy.create_engine`: each task connects for itself.
    schema
        Of the database, in which the table is.
    if_exists
        "fail", "replace" or "append".
    index, index_label, chunksize, dtype, method
        As in `to_sql` of pandas.
    compute
        False returns a lazy value, which writes when it is computed; should that fail, the table of the other name,
        ``minidask_...``, is left.
    parallel
        Whether partitions are written as they come, several at a time, instead of in their order.
    engine_kwargs
        For `sqlalchemy.create_engine`.
    compute_kwargs
        For `compute`.

    Returns
    -------
    int, or Scalar
        The number of rows.

    Raises
    ------
    TypeError, ValueError
        `uri` is no text; a wrong `if_exists`; the table is there.
    MissingExtraError
        SQLAlchemy is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import minidask.dataframe as dd
    >>> folder = tempfile.TemporaryDirectory()
    >>> dd.to_sql(dd.from_pandas(pd.DataFrame({"x": [1, 2]}), 2), "t", f"sqlite:///{folder.name}/a.db")
    2
    >>> folder.cleanup()
    """
    sa = sqlalchemy()
    if not isinstance(uri, str):
        raise TypeError(f"uri: expected that of a database, as text, got a {type(uri).__name__}")
    if if_exists not in ("fail", "replace", "append"):
        raise ValueError(f'if_exists={if_exists!r}: expected "fail", "replace" or "append"')
    kwargs = dict(engine_kwargs or {})
    with connected(uri, kwargs) as connection:
        if if_exists == "fail" and sa.inspect(connection).has_table(name, schema=schema):
            raise exists(name)
    options = {"index": index, "index_label": index_label, "chunksize": chunksize, "dtype": dtype, "method": method}
    frame = settled(df.expr)
    table = Table(uri, kwargs, name, schema, if_exists, frame.meta, options)
    result = new(WriteSQL.named(unique_name("to_sql"), frame, table, parallel))
    return result.compute(**(compute_kwargs or {})) if compute else result
