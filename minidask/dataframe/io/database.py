"""What is asked of a database, by SQLAlchemy: a query, its parameters, and of what dtypes its values are to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from minidask.extras import import_extra


def sqlalchemy() -> Any:
    """The module.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    return import_extra("sqlalchemy", extra="sql", purpose="read and write databases")


@dataclass(frozen=True)
class Query:
    """Where rows come from.

    Fields
    ------
    uri, engine_kwargs
        Of the database, for `sqlalchemy.create_engine`.
    clause
        What stands behind FROM, as SQLAlchemy takes text: `:name` is a parameter.
    types
        The columns, with their types as far as they are known.
    params
        The values of parameters, by name.
    told
        What values are to become: `coerce_float`, `parse_dates`, `dtype` and `dtype_backend` of `pandas.read_sql`.
    """

    uri: str
    engine_kwargs: Mapping[str, Any]
    clause: str
    types: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)

    def __dask_tokenize__(self) -> Any:
        types = {name: repr(type) for name, type in self.types.items()}
        return self.uri, dict(self.engine_kwargs), self.clause, types, dict(self.params), dict(self.told)

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """A connection of one task, closed at the end."""
        with connected(self.uri, self.engine_kwargs) as connection:
            yield connection

    def column(self, name: str) -> Any:
        return sqlalchemy().column(name, self.types.get(name))

    def select(self, *what: Any) -> Any:
        """A selection of columns."""
        sa = sqlalchemy()
        return sa.select(*what).select_from(sa.text(self.clause).bindparams(**self.params))

    def ask(self, *what: Any) -> tuple[Any, ...]:
        """The first row of a selection."""
        with self.connection() as connection:
            return tuple(connection.execute(self.select(*what)).one())

    def read(self, selection: Any) -> pd.DataFrame:
        """The rows of a selection, of the dtypes that were told."""
        told = dict(self.told)
        dtype = told.pop("dtype", None)
        with self.connection() as connection:
            frame = pd.read_sql(selection, connection, **told)
        if isinstance(dtype, Mapping):
            dtype = {name: wanted for name, wanted in dtype.items() if name in frame.columns}
        return frame if dtype is None else frame.astype(dtype)

    def tells(self, name: str) -> bool:
        """Whether somebody said what the values of a column are to become."""
        dtype, dates = self.told.get("dtype"), self.told.get("parse_dates")
        of_all = "dtype_backend" in self.told or (dtype is not None and not isinstance(dtype, Mapping))
        return of_all or name in (dtype or ()) or (dates is not True and name in (dates or ()))


@contextmanager
def connected(uri: str, engine_kwargs: Mapping[str, Any], begin: bool = False) -> Iterator[Any]:
    """A connection to a database; `begin`: in a transaction, which is all or nothing also for the making of tables."""
    sa = sqlalchemy()
    engine = sa.create_engine(uri, **{"poolclass": sa.pool.NullPool, **engine_kwargs})
    try:
        with engine.begin() if begin else engine.connect() as connection:
            if begin and engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # Python's driver would begin one only when rows come
            yield connection
    finally:
        engine.dispose()


def plain(text: str) -> str:
    """Text in which nothing is a parameter."""
    return text.replace(":", r"\:")


_QUOTED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`"""
_COMMENT = r"--[^\n]*|/\*.*?\*/"
_BRACKETED = r"\[[^\]]*\]"
"""A name, in the databases that quote names so; others have indices there."""
_TOKENS = (
    rf"(?P<kept>{_QUOTED}|{_COMMENT}|::)|%\((?P<mapped>\w+)\)s|:(?P<named>[A-Za-z_]\w*)"
    r"|(?P<next>\?|%s)|(?P<percent>%%)|:"
)
_WORDS = re.compile(rf"(?P<word>{_QUOTED})|{_COMMENT}|[\s;]|(?P<letter>.)", re.DOTALL)


def backend(uri: str) -> str:
    """The kind of a database, such as "sqlite"."""
    return str(sqlalchemy().make_url(uri).get_backend_name())


def one_statement(text: str) -> str:
    """A query without what comes after it: semicolons, comments.

    Examples
    --------
    >>> one_statement("select ';' /* all; */ from t; -- done")
    "select ';' /* all; */ from t"
    """
    return text[: max([m.end() for m in _WORDS.finditer(text) if m["word"] or m["letter"]], default=0)]


def compiled(sql: Any, uri: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Text of an expression of SQLAlchemy, as text of SQLAlchemy takes it; and the values of its parameters.

    Parameters
    ----------
    sql
        A selection or a text.
    uri
        Of the database.
    params
        Values of parameters that have none, or another.

    Raises
    ------
    ValueError
        A parameter has no value.
    """
    sa = sqlalchemy()
    dialect = sa.make_url(uri).get_dialect()(paramstyle="named")
    told = sql.params(**params).compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    try:
        values = told.construct_params()
    except sa.exc.InvalidRequestError as error:
        raise ValueError(f"params: {error}") from None
    return with_params(one_statement(str(told)), values, dialect.name)


def with_params(text: str, params: Mapping[str, Any] | Sequence[Any], backend: str = "") -> tuple[str, dict[str, Any]]:
    """A query whose parameters stand as drivers and SQLAlchemy take them, as text of SQLAlchemy; and their values.

    Parameters
    ----------
    text, params
        The query, and the values by name or in their order.
    backend
        The kind of the database: in some `[a?]` is a name.

    Raises
    ------
    ValueError
        There are more or fewer parameters than values, or other ones.

    Examples
    --------
    >>> with_params("select ':a' where x > ? and y < ?", (1, 2))
    ("select '\\\\:a' where x > :minidask_0 and y < :minidask_1", {'minidask_0': 1, 'minidask_1': 2})
    >>> with_params("x > %(a)s and y like :b", {"a": 1, "b": "u%"})
    ('x > :minidask_a and y like :minidask_b', {'minidask_a': 1, 'minidask_b': 'u%'})
    """
    by_name = isinstance(params, Mapping)
    values = dict(params) if by_name else {str(i): value for i, value in enumerate(params)}
    found: list[str] = []

    def translated(match: re.Match[str]) -> str:
        name = match["mapped"] or match["named"] if by_name else match["next"] and str(len(found))
        if not name:
            return "%" if match["percent"] else plain(match[0])
        found.append(name)
        return f":minidask_{name}"  # SQLAlchemy has names of its own

    tokens = f"{_BRACKETED}|{_TOKENS}" if backend in ("sqlite", "mssql") else _TOKENS
    clause = re.sub(tokens, translated, text, flags=re.DOTALL)
    if set(found) != set(values):
        kinds = f"names {sorted(set(found))}" if by_name else f"has {len(found)} parameters"
        given = f"names {sorted(values)}" if by_name else f"has {len(values)} values"
        raise ValueError(f"params {given}, and the query {kinds}")
    return clause, {f"minidask_{name}": value for name, value in values.items()}
