"""The function that reads Parquet: what a person says, and what the files tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.conditions import Condition
from minidask.dataframe.io.dataset import ENDINGS, Dataset, Span, find_dataset
from minidask.dataframe.io.expressions import columns_of, is_expression, where
from minidask.dataframe.io.fields import Fields, to_pandas_options
from minidask.dataframe.io.hive import conditions_left
from minidask.dataframe.io.parquet import ReadParquet
from minidask.dataframe.io.pruning import Filters, expression, wanted_groups
from minidask.dataframe.io.row_groups import divisions_of_index, divisions_of_numbers, partitions
from minidask.dataframe.io.unified import unified
from minidask.dataframe.node import Divisions, FrameNode, Partitionwise, Projection
from minidask.dataframe.numbering import numbered
from minidask.extras import import_extra
from minidask.quantities import parse_bytes

_OPERATORS = ("==", "=", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not")


def read_parquet(
    path: Any,
    columns: Any = None,
    filters: Any = None,
    categories: Sequence[Any] | None = None,
    index: Any = None,
    storage_options: Mapping[str, Any] | None = None,
    dtype_backend: str | None = None,
    calculate_divisions: bool = False,
    ignore_metadata_file: bool = False,
    metadata_task_size: int | None = None,
    split_row_groups: bool | int | str = "infer",
    blocksize: str | int | None = "256MiB",
    aggregate_files: bool | str | None = None,
    parquet_file_extension: str | Sequence[str] | None = ENDINGS,
    filesystem: Any = "fsspec",
    engine: str | None = "pyarrow",
    arrow_to_pandas: Mapping[str, Any] | None = None,
) -> Any:
    """A lazy DataFrame of Parquet files. Only columns and row groups that are needed are read.

    Files may have different schemas: a column that some do not have is missing there, numbers widen as when pandas
    concatenates.

    Parameters
    ----------
    path
        A file, a directory (with hive partitions in the names of its folders), a glob, a list; or URLs.
    columns
        Those to read: a list, or one label for a Series. Default: all, and in any case no more than are used.
    filters
        Conditions on rows: tuples (column, operator, value) in a list that must all hold, or a list of such lists.
        The operators are ``==, !=, <, <=, >, >=, in, not in``, and ``is, is not`` with None. Partitions without
        any row that could be wanted are left out. Or an expression of Arrow, for which all rows are looked at.
    categories
        Columns that are read as categories.
    index
        The column that becomes the index, or a list of them; False for none; None for that which pandas wrote.
    storage_options
        Arguments of the fsspec file system.
    dtype_backend
        "numpy_nullable" or "pyarrow": the dtypes of pandas that know missing values of all kinds. Default: NumPy's.
    calculate_divisions
        Whether the footers of the files tell the divisions: of an index that counts the rows, and of one that is a
        column of the files, where it increases from partition to partition, and no `filters` leave rows of a
        counting index out. That it increases within partitions is checked when they are read.
    ignore_metadata_file
        Whether to read the footers of all files though the directory has a file `_metadata` with them. It is
        ignored in any case where it does not name just the files that are there.
    metadata_task_size
        Of how many files a thread reads the footers before others have a turn; 0: no threads are used. Default: 1 for
        files that are far away, 0 for near ones.
    split_row_groups
        Whether each row group is a partition; a number, how many are; "adaptive": as many as fit into `blocksize`;
        "infer": so where the first file has more than that.
    blocksize
        The bytes of a partition, as they are in memory; None: there is no limit.
    aggregate_files
        Whether small files share a partition of at most `blocksize`; the name of a hive partition: those do that
        have the same value of it, and of those before it.
    parquet_file_extension
        How the names of the files in a directory end, where any do; None: all files count.
    filesystem
        One of fsspec or `pyarrow.fs`, that the paths are on; "fsspec": URLs tell.
    engine
        "pyarrow", "auto" or None.
    arrow_to_pandas
        Arguments of `pyarrow.Table.to_pandas`.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no file; one is no Parquet file, or cut short; a column is not there, or of types that have nothing
        in common.
    TypeError
        `filters` is neither a list nor an expression.
    MissingExtraError
        pyarrow is not installed.
    """
    if engine not in ("pyarrow", "auto", None):
        raise ValueError(f"engine={engine!r}: expected 'pyarrow', which reads the files of all engines")
    dataset = find_dataset(path, storage_options, parquet_file_extension, not ignore_metadata_file, filesystem)
    _read_footers(dataset, metadata_task_size)
    stored = _stored(dataset, index, categories, to_pandas_options(dtype_backend, arrow_to_pandas))
    schema = _schema(dataset, stored.meta)
    wanted = _columns(columns, schema)
    looked_at = columns_of(filters, schema) if is_expression(filters) else []
    conditions = () if looked_at else _filters(filters, schema)
    _check_filters(conditions, dataset, stored)
    size = float("inf") if blocksize is None else parse_bytes(blocksize, "blocksize")

    def may_have(span: Span) -> bool:
        left = conditions_left(conditions, dataset.values(span.file))
        groups, footer = range(span.start, span.stop), dataset.footer(span.file)
        return left is not None and (not left or bool(wanted_groups(footer, groups, stored.name, left)))

    plan = partitions(dataset, split_row_groups, size, aggregate_files or False, may_have)
    counts = not stored.index
    parts: Divisions = ()
    if calculate_divisions and counts:
        parts = () if conditions or looked_at or _range_of(dataset) else divisions_of_numbers(dataset, plan)
    elif calculate_divisions and len(stored.index) == 1:
        parts = divisions_of_index(dataset, plan, stored.index[0], schema.index)
    known = counts and bool(parts)
    read = wanted and tuple(dict.fromkeys([*wanted, *looked_at]))
    node: FrameNode = ReadParquet(schema, read, dataset, plan, stored, conditions, number=known, parts=parts)
    if looked_at:
        node = where(node, filters, looked_at)
        node = node if wanted is None else Projection(node, list(wanted))
    if counts and not known:
        node = numbered(node)
    told = None if conditions or looked_at or index is not None else _range_of(dataset)
    if told is not None:
        node = Partitionwise(told, (node,), {}, "rows", True, label="read_parquet")
    if columns is not None and not isinstance(columns, list | tuple):
        node = Projection(node, columns)
    return new(node)


def _read_footers(dataset: Dataset, each: int | None) -> None:
    if each is not None and (not isinstance(each, int) or each < 0):
        raise ValueError(f"metadata_task_size={each!r}: expected a number of files, or None")
    dataset.footers(each)


@dataclass(frozen=True)
class CountedFrom:
    """Gives rows that are numbered from 0 the numbers and the name that pandas wrote.

    Examples
    --------
    >>> CountedFrom(10, 2, None)(pd.DataFrame({"x": [1, 2]})).index
    RangeIndex(start=10, stop=14, step=2)
    """

    start: int
    step: int
    name: Any

    def __call__(self, block: Any) -> Any:
        return block.set_axis((block.index * self.step + self.start).rename(self.name))


def _range_of(dataset: Dataset) -> CountedFrom | None:
    """How pandas numbered the rows of the only file; None where it counted from 0, or there are several."""
    footer = dataset.footer(0)
    told = ((footer.schema.pandas_metadata or {}).get("index_columns") or [None])[0]
    if len(dataset.files) > 1 or not isinstance(told, dict) or told.get("kind") != "range":
        return None
    index = pd.RangeIndex(told["start"], told["stop"], told["step"], name=told["name"])
    plain = index.equals(pd.RangeIndex(len(index))) and index.name is None
    return None if plain or len(index) != sum(footer.rows) else CountedFrom(index.start, index.step, index.name)


def _stored(dataset: Dataset, index: Any, categories: Sequence[Any] | None, options: Mapping[str, Any]) -> Fields:
    """What all files together have."""
    pa = import_extra("pyarrow", extra="parquet", purpose="read Parquet files")
    footers = dataset.footers()
    for file, footer in zip(dataset.files, footers, strict=True):
        names = footer.schema.names
        twice = next((n for n in names if names.count(n) > 1), None) if len({*names}) < len(names) else None
        if twice is not None:
            raise ValueError(
                f"{file.path} has several columns {twice!r}; columns of Parquet files need names of their own"
            )
    schema = unified([footer.schema for footer in footers], [file.path for file in dataset.files])
    schema = pa.schema([f for f in schema if f.name not in dataset.hive], schema.metadata)
    schema = _with_categories(pa, schema, categories)
    kinds = pa.types
    may_miss = [f.name for f in schema if f.nullable and (kinds.is_integer(f.type) or kinds.is_boolean(f.type))]
    missing = {name for name in may_miss if any(footer.has_missing(name) for footer in footers)}
    return Fields(schema, index, missing, options)


def _with_categories(pa: Any, schema: Any, categories: Sequence[Any] | None) -> Any:
    for name in categories or ():
        at = schema.get_field_index(str(name))
        if at < 0:
            raise ValueError(f"categories: there is no column {name!r}; there are {schema.names}")
        field = schema.field(at)
        if not pa.types.is_dictionary(field.type):
            schema = schema.set(at, field.with_type(pa.dictionary(pa.int32(), field.type)))
    return schema


def _schema(dataset: Dataset, meta: pd.DataFrame) -> pd.DataFrame:
    """What a frame of all columns looks like, hive partitions among them."""
    frame = meta.copy(deep=False)
    for name, dtype in dataset.categories().items():
        frame[name] = pd.Series([], dtype=dtype, index=frame.index)
    return frame


def _columns(columns: Any, schema: pd.DataFrame) -> tuple[Any, ...] | None:
    if columns is None:
        return None
    wanted = tuple(columns) if isinstance(columns, list | tuple) else (columns,)
    missing = [c for c in wanted if c not in schema.columns]
    if missing:
        raise ValueError(f"columns: there is no column {missing[0]!r}; there are {list(schema.columns)}")
    return wanted


def _filters(filters: Any, schema: pd.DataFrame) -> Filters:
    if filters is None or (isinstance(filters, Sized) and not len(filters)):
        return ()
    if not isinstance(filters, list | tuple):
        raise TypeError(
            f"filters: expected a list of (column, operator, value), got a {type(filters).__name__}; "
            f'write [("x", ">", 2)], or filter the frame: df[df.x > 2]'
        )
    groups = [filters] if isinstance(filters[0], tuple) else filters
    return tuple(tuple(_condition(condition, schema) for condition in group) for group in groups)


def _condition(told: Any, schema: pd.DataFrame) -> Condition:
    if not isinstance(told, tuple) or len(told) != 3 or told[0] not in [*schema.columns, *schema.index.names]:
        raise ValueError(f"filters: expected (column, operator, value) of a column there is, got {told!r}")
    column, compare, value = told
    if compare not in _OPERATORS:
        raise ValueError(f"filters: there is no operator {compare!r}; there are {', '.join(_OPERATORS)}")
    if compare in ("in", "not in"):
        if isinstance(value, str) or not hasattr(value, "__iter__"):
            raise ValueError(f"filters: {compare!r} takes a list, a tuple or a set, got {told!r}")
        value = tuple(value)
    if compare in ("is", "is not") and not (pd.api.types.is_scalar(value) and pd.isna(value)):
        raise ValueError(f"filters: {compare!r} asks whether values are missing, and takes None, got {told!r}")
    return Condition(column, compare, value)


def _check_filters(filters: Filters, dataset: Dataset, stored: Fields) -> None:
    """That values can be compared with those of their columns.

    Raises
    ------
    ValueError
        They cannot.
    """
    for condition in (c for group in filters for c in group):
        try:
            if condition.column in dataset.hive:
                for i in range(len(dataset.files)):
                    conditions_left([[condition]], dataset.values(i))
            else:
                stored.schema.empty_table().filter(
                    expression([[condition._replace(column=stored.name(condition.column))]])
                )
        except (TypeError, NotImplementedError, ValueError) as error:
            raise ValueError(f"filters: {tuple(condition)} cannot be told: {error}") from None
