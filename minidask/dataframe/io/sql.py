"""Tables and queries of databases, by SQLAlchemy: each partition is a query for a range of an index column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import minidask.dataframe.divisions as cuts
from minidask.dataframe.base import new
from minidask.dataframe.io.database import (
    Query,
    backend,
    compiled,
    connected,
    one_statement,
    plain,
    sqlalchemy,
    with_params,
)
from minidask.dataframe.io.parts import ReadParts
from minidask.dataframe.meta import make_meta
from minidask.dataframe.node import Divisions, unknown
from minidask.dataframe.numbering import numbered
from minidask.expr.naming import unique_name
from minidask.quantities import parse_bytes
from minidask.signatures import like


class Range(NamedTuple):
    """The labels of a partition: from `low` on, and before `high` or (at the end) up to it; all of them, if None."""

    low: Any = None
    high: Any = None
    last: bool = True

    def __str__(self) -> str:
        return "the query" if self.low is None else f"the rows from {self.low} to {self.high}"


def read_range(part: Range, columns: list[Any], query: Query, index: str | None) -> pd.DataFrame:
    """The rows of one partition."""
    names = list(dict.fromkeys([*columns, *([] if index is None else [index])])) or list(query.types)[:1]
    told = query.select(*map(query.column, names))
    if part.low is not None and index is not None:
        label = query.column(index)
        told = told.where(label >= part.low, label <= part.high if part.last else label < part.high)
    frame = query.read(told)
    return frame if index is None else frame.set_index(index).sort_index(kind="stable")


@like(pd)
def read_sql_table(
    table_name: str,
    con: str,
    index_col: str | Sequence[str] | None = None,
    divisions: Sequence[Any] | None = None,
    npartitions: int | None = None,
    limits: tuple[Any, Any] | None = None,
    columns: Sequence[str] | None = None,
    bytes_per_chunk: str | int = "256MiB",
    head_rows: int = 5,
    schema: str | None = None,
    meta: Any = None,
    engine_kwargs: Mapping[str, Any] | None = None,
    parse_dates: Any = None,
    dtype: Any = None,
    coerce_float: bool = True,
    dtype_backend: str | None = None,
) -> Any:
    """A lazy DataFrame of a table in a database. The columns that are not needed are not asked for.

    Parameters
    ----------
    table_name
        The table or view.
    con
        The URI of the database, for `sqlalchemy.create_engine`: each task connects for itself.
    index_col
        The column that becomes the index, by whose ranges the rows fall into partitions. None: the rows are
        numbered, in one partition. Of several columns the labels are made in one partition.
    divisions
        Labels at which to divide: the least, those at which partitions begin, the greatest.
    npartitions
        How many partitions, of equal ranges where `index_col` is of numbers or times, else of equally many rows.
    limits
        The least and greatest label, by default those in the table; rows beyond are left out.
    columns
        The columns to give; None: all.
    bytes_per_chunk
        How large partitions are, where neither `divisions` nor `npartitions` tell.
    head_rows
        How many rows tell dtypes and sizes.
    schema
        Of the database, in which the table is.
    meta
        The columns and dtypes, by default found from the first rows, and from what is missing in the others.
    engine_kwargs
        For `sqlalchemy.create_engine`.
    parse_dates, dtype, coerce_float, dtype_backend
        What values become, as for `pandas.read_sql_query`.

    Raises
    ------
    TypeError, ValueError
        `con` is no URI; there is no such table; labels are missing.
    KeyError
        There is no such column.
    MissingExtraError
        SQLAlchemy is not installed.

    Examples
    --------
    >>> import sqlite3, tempfile, contextlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> with contextlib.closing(sqlite3.connect(f"{folder.name}/a.db")) as db, db:
    ...     _ = db.executescript("create table t (k integer, x real); insert into t values (1, 2.5), (2, 4.5)")
    >>> read_sql_table("t", f"sqlite:///{folder.name}/a.db", "k", npartitions=2).x.sum().compute()
    np.float64(7.0)
    >>> folder.cleanup()
    """
    sa = sqlalchemy()
    _check_con(con)
    with connected(con, engine_kwargs or {}) as connection:
        try:
            table = sa.Table(table_name, sa.MetaData(), autoload_with=connection, schema=schema)
        except sa.exc.NoSuchTableError:
            raise ValueError(f"table_name: there is no table {table_name!r} in the database") from None
        clause = connection.dialect.identifier_preparer.format_table(table)
    types = {c.name: c.type for c in table.columns}
    told = _told(parse_dates, dtype, coerce_float, dtype_backend)
    query = Query(con, dict(engine_kwargs or {}), plain(clause), types, {}, told)
    planned = (index_col, divisions, npartitions, limits, bytes_per_chunk, head_rows, meta)
    return _read(query, "read_sql_table", columns, *planned)


@like(pd)
def read_sql_query(
    sql: Any,
    con: str,
    index_col: str | Sequence[str] | None = None,
    divisions: Sequence[Any] | None = None,
    npartitions: int | None = None,
    limits: tuple[Any, Any] | None = None,
    bytes_per_chunk: str | int = "256MiB",
    head_rows: int = 5,
    meta: Any = None,
    engine_kwargs: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | Sequence[Any] | None = None,
    parse_dates: Any = None,
    dtype: Any = None,
    coerce_float: bool = True,
    dtype_backend: str | None = None,
) -> Any:
    """A lazy DataFrame of what a query gives; for each partition the query is asked for a range of its labels.

    Parameters are those of `read_sql_table`, and:

    Parameters
    ----------
    sql
        Text of one SELECT, or such an expression of SQLAlchemy, in which parameters may have values already.
    params
        Values of the query's parameters: a dict for those with names (`:name`, or `%(name)s`), a list for those
        without (`?` or `%s`).

    Raises
    ------
    TypeError, ValueError, KeyError, MissingExtraError
        As for `read_sql_table`.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> read_sql_query("select 1 as k, 2.5 as x", f"sqlite:///{folder.name}/a.db", "k").x.sum().compute()
    np.float64(2.5)
    >>> folder.cleanup()
    """
    sa = sqlalchemy()
    _check_con(con)
    if params is not None and not isinstance(params, Mapping | list | tuple):
        raise TypeError(f"params={params!r}: expected a dict of values by name, or a list or tuple of them")
    kwargs = dict(engine_kwargs or {})
    values: Mapping[str, Any] = {}
    types = dict[str, Any]()
    if isinstance(sql, sa.sql.expression.SelectBase | sa.TextClause):
        if isinstance(params, list | tuple):
            raise TypeError("params: expressions of SQLAlchemy have parameters with names; pass a dict")
        text, values = compiled(sql, con, params or {})
        types = {} if isinstance(sql, sa.TextClause) else {c.name: c.type for c in sql.selected_columns}
    elif isinstance(sql, str):
        text = one_statement(sql)
        text, values = (plain(text), {}) if params is None else with_params(text, params, backend(con))
    else:
        raise TypeError(
            f"sql: expected the text of a query, or an expression of SQLAlchemy, got a {type(sql).__name__}"
        )
    told = _told(parse_dates, dtype, coerce_float, dtype_backend)
    query = Query(con, kwargs, f"({text}\n) AS minidask_query", types, values, told)
    planned = (index_col, divisions, npartitions, limits, bytes_per_chunk, head_rows, meta)
    return _read(query, "read_sql_query", None, *planned)


def read_sql(sql: Any, con: str, index_col: str | Sequence[str] | None = None, **kwargs: Any) -> Any:
    """A lazy DataFrame of a table, if `sql` is one word, or else of a query.

    Parameters
    ----------
    sql
        The name of a table, for `read_sql_table`; or a query, for `read_sql_query`.
    con, index_col, **kwargs
        For these.

    Raises
    ------
    TypeError, ValueError, KeyError, MissingExtraError
        As for these.
    """
    one_word = isinstance(sql, str) and len(sql.split()) == 1
    read: Callable[..., Any] = read_sql_table if one_word else read_sql_query
    return read(sql, con, index_col, **kwargs)


def _told(parse_dates: Any, dtype: Any, coerce_float: bool, dtype_backend: str | None) -> dict[str, Any]:
    """What values become, as far as it is not as ever."""
    given = {"parse_dates": parse_dates, "dtype": dtype, "dtype_backend": dtype_backend}
    return {"coerce_float": coerce_float, **{name: value for name, value in given.items() if value is not None}}


def _check_con(con: Any) -> None:
    if not isinstance(con, str):
        raise TypeError(
            f"con: expected the URI of a database, as text, got a {type(con).__name__}; each task connects for itself"
        )


def _read(
    query: Query,
    label: str,
    columns: Sequence[str] | None,
    index_col: str | Sequence[str] | None,
    divisions: Sequence[Any] | None,
    npartitions: int | None,
    limits: tuple[Any, Any] | None,
    bytes_per_chunk: str | int,
    head_rows: int,
    meta: Any,
) -> Any:
    levels = [index_col] if isinstance(index_col, str) else list(index_col or ())
    index = levels[0] if len(levels) == 1 else None
    head = _head(query, head_rows)
    query = replace(query, types={c: query.types.get(c) for c in head.columns})
    dtype = query.told.get("dtype")
    for name in [*(columns or []), *(dtype if isinstance(dtype, Mapping) else []), *levels]:
        if name not in head.columns:
            raise KeyError(f"{label}: there is no column {name!r}; there are {list(head.columns)}")
    kept = list(columns) if columns is not None else [c for c in head.columns if c not in levels]
    if index is None and (divisions is not None or limits is not None or (npartitions or 1) > 1):
        raise ValueError(f"index_col={index_col!r}: several partitions are ranges of one column; tell which")
    wanted = list(dict.fromkeys([*kept, *levels]))
    count, schema = _schema(query, head[wanted])
    if meta is not None:
        schema = make_meta(meta)
        kept = list(schema.columns)
    elif index is not None:
        schema = schema.set_index(index)[kept]
    size = int(head.memory_usage(index=False, deep=True).sum() / max(len(head), 1))
    parts = npartitions or max(1, -(-size * count // parse_bytes(bytes_per_chunk, "bytes_per_chunk")))
    ranges = [Range()] if index is None else _ranges(query, index, divisions, parts, limits)
    node = ReadParts.named(
        unique_name(label),
        schema,
        None,
        read_range,
        ranges,
        {"query": query, "index": index},
        unknown(len(ranges)) if index is None or query.tells(index) else _divisions(ranges),
        label,
    )
    frame = new(numbered(node) if index is None else node)
    return frame.set_index(levels, sort=False) if len(levels) > 1 else frame


def _divisions(ranges: Sequence[Range]) -> Divisions:
    return unknown(1) if ranges[0].low is None else (*(r.low for r in ranges), ranges[-1].high)


def _head(query: Query, rows: int) -> pd.DataFrame:
    sa = sqlalchemy()
    what = [query.column(name) for name in query.types] or [sa.text("*")]
    try:
        return query.read(query.select(*what).limit(rows))
    except (sa.exc.SQLAlchemyError, pd.errors.DatabaseError) as error:
        raise ValueError(f"the database refuses the query: {error}") from None


def _schema(query: Query, head: pd.DataFrame) -> tuple[int, pd.DataFrame]:
    """The number of rows; and the dtypes that pandas finds for all of them: whether some are missing is counted."""
    sa = sqlalchemy()
    counted = [c for c in head.columns if head[c].dtype.kind in "ib" and not query.tells(c)]
    count, *there = query.ask(sa.func.count(), *(sa.func.count(query.column(c)) for c in counted))
    schema = head.iloc[:0].copy()
    for name, present in zip(counted, there):
        if present < count:
            schema[name] = schema[name].astype("float64" if head[name].dtype.kind == "i" else object)
    for name in head.columns:
        if isinstance(head[name].dtype, pd.CategoricalDtype) and query.told.get("dtype") is not None:
            schema[name] = pd.Series(dtype="category")  # the categories are those of all rows
        if not head[name].notna().any() and not query.tells(name):
            schema[name] = _of_type(query.types.get(name), schema[name])
    return int(count), schema


def _of_type(type: Any, column: pd.Series) -> pd.Series:
    """The column in the dtype that a type of SQL gives, where the first rows miss it."""
    try:
        found = type.python_type
    except (AttributeError, NotImplementedError):
        return column
    dtypes: dict[Any, Any] = {str: "str", int: "float64", float: "float64"}
    return column.astype(dtypes[found]) if found in dtypes else column


def _ranges(
    query: Query, index: str, divisions: Sequence[Any] | None, parts: int, limits: tuple[Any, Any] | None
) -> list[Range]:
    label, sa = query.column(index), sqlalchemy()
    if divisions is not None:
        return _between(cuts.check(divisions))
    low, high, count, there = query.ask(sa.func.min(label), sa.func.max(label), sa.func.count(), sa.func.count(label))
    if there < count:
        raise ValueError(f"index_col={index!r}: {count - there} of {count} rows have no label there; choose another")
    if limits is not None:
        low, high = limits
    if low is None:
        return [Range()]
    if low == high or parts == 1:
        return _between((low, high))
    return _between(_evenly(low, high, parts) or _by_rows(query, label, low, high, parts))


def _between(labels: Sequence[Any]) -> list[Range]:
    last = len(labels) - 2
    return [Range(a, b, i == last) for i, (a, b) in enumerate(pairwise(labels))]


def _evenly(low: Any, high: Any, parts: int) -> tuple[Any, ...] | None:
    """Labels at equal distances; None if they are neither numbers nor times."""
    if isinstance(low, int) and isinstance(high, int):
        return tuple(dict.fromkeys(low + (high - low) * i // parts for i in range(parts + 1)))
    if isinstance(low, float | int) and isinstance(high, float | int):
        return tuple(np.linspace(low, high, parts + 1).tolist())
    if hasattr(low, "hour"):
        times = pd.date_range(low, high, parts + 1)
        return (low, *(t.to_pydatetime() for t in times[1:-1].floor("us")), high)
    return None


def _by_rows(query: Query, label: Any, low: Any, high: Any, parts: int) -> tuple[Any, ...]:
    """Labels at which as many rows begin: the database sorts them."""
    sa = sqlalchemy()
    tiles = query.select(label.label("label"), sa.func.ntile(parts).over(order_by=label).label("tile"))
    tiles = tiles.where(label >= low, label <= high).subquery()
    first = sa.func.min(tiles.c.label)
    with query.connection() as connection:
        starts = connection.execute(sa.select(first).group_by(tiles.c.tile).order_by(first)).scalars().all()
    return (*dict.fromkeys([low, *starts[1:]]), high)
