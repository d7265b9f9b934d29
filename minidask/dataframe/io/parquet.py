"""Reading Parquet: only the columns that are needed, and the row groups that can have the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.blocks import is_increasing_within
from minidask.dataframe.conditions import Condition
from minidask.dataframe.divisions import Bounds
from minidask.dataframe.io.coded import coded_in, take_coded, with_coded
from minidask.dataframe.io.dataset import Dataset, Piece, find_dataset, open_parquet, parquet
from minidask.dataframe.io.distinct import DistinctBy, read_distinct
from minidask.dataframe.io.pruning import Filters, may_hold_in_piece, wanted_groups
from minidask.dataframe.io.stored import Stored
from minidask.dataframe.node import Divisions, FrameNode, Projection, unknown
from minidask.dataframe.numbering import Numbered, numbered, rows_before
from minidask.dataframe.schema import conform
from minidask.expr.blocks import PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, simplify
from minidask.extras import import_extra
from minidask.quantities import parse_bytes
from minidask.task import Source

_UNNAMED = "__index_level_"
"""How pandas names the columns that are levels of an index without names, but for a number at the end."""
_OPERATORS = ("==", "=", "!=", "<", "<=", ">", ">=", "in", "not in")


class ReadParquet(Stored):
    """Row groups of Parquet files.

    Fields
    ------
    dataset
        The files.
    plan
        For each partition the number of the file, and its row groups from one to before another; -1: all.
    filters
        What a person asked for: rows for which none of the groups of conditions holds are left out.
    pruning
        What is known of the rows that anybody needs: row groups without any are passed over.
    """

    dataset: Dataset
    plan: tuple[tuple[int, int, int], ...]
    filters: Filters = ()
    pruning: tuple[Condition, ...] = ()
    number: bool = False
    """Whether the index counts the rows from 0 through all files; those passed over count."""
    parts: Divisions = ()
    """The divisions, where they are known."""
    distinct: DistinctBy | None = None
    """How rows that are duplicates in their own partition are left out; None: they are not."""
    coded: tuple[Any, ...] = ()
    """Columns of strings that blocks may have as categories; whoever asks for that takes both."""
    most: int | None = None
    """How many rows of each partition are wanted at most: its first ones; None: all."""

    @property
    def operation(self) -> str:
        return "read_parquet"

    @property
    def place(self) -> str:
        return f"{len(self.dataset.files)} files"

    @property
    def summary(self) -> str:
        parts = [super().summary]
        if self.filters:
            parts.append(f"filters={[list(map(tuple, group)) for group in self.filters]}")
        if self.pruning:
            parts.append("where " + " and ".join(map(str, self.pruning)))
        if self.distinct:
            parts.append("distinct")
        if self.coded:
            parts.append(f"codes of {list(self.coded)}")
        if self.most is not None:
            parts.append(f"first {self.most} rows")
        return ", ".join(parts)

    @fact
    def divisions(self) -> Divisions:
        return self.parts or unknown(len(self.plan))

    def lengths(self) -> tuple[int, ...] | None:
        if self.filters or self.distinct:
            return None
        footers = self.dataset.footers()
        rows = tuple(_rows(footers[i], start, stop) for i, start, stop in self.plan)
        return rows if self.most is None else tuple(min(n, self.most) for n in rows)

    def prune(self, conditions: Sequence[Condition]) -> FrameNode:
        """The same reader passing over row groups in which no row meets all the conditions."""
        return self.replace(pruning=tuple(conditions)) if conditions else self

    def without_duplicates(self, subset: tuple[Any, ...] | None, keep: str) -> FrameNode | None:
        """The same reader giving of equal rows of a partition the first or the last; None where it cannot."""
        if self.filters or self.distinct or self.most is not None:
            return None
        return self.replace(distinct=DistinctBy(tuple(self.meta.columns) if subset is None else subset, keep))

    def with_codes(self, columns: tuple[Any, ...]) -> FrameNode:
        """The same reader giving columns of strings as categories, where the files have them so."""
        asked = {c.column for group in self.filters for c in group}
        return self if self.distinct else self.replace(coded=tuple(c for c in columns if c not in asked))

    def without_numbers(self) -> FrameNode:
        """The same rows, each partition numbered for itself."""
        return self.replace(number=False)

    def with_first_rows(self, count: int) -> FrameNode:
        """The same reader giving no more than the first `count` rows of each partition, where it can."""
        enough = self.most is not None and self.most <= count
        return self if self.filters or self.distinct or enough else self.replace(most=count)


@simplify(Numbered)
def number_while_reading(node: Numbered) -> Node | None:
    """The footers of the files tell the numbers of their rows, unless some are left out."""
    below = node.frame
    whole = isinstance(below, ReadParquet) and not below.filters and not below.distinct and below.most is None
    return below.replace(number=True) if whole else None


def _rows(footer: Any, start: int, stop: int) -> int:
    if start < 0:
        return int(footer.num_rows)
    return sum(footer.row_group(i).num_rows for i in range(start, stop))


@dataclass(frozen=True)
class Pieces(PerBlock):
    """What each task reads."""

    dataset: Dataset
    plan: tuple[tuple[int, int, int], ...]
    offsets: Sequence[int] | None
    divisions: Divisions
    index: pd.Index

    @property
    def outside(self) -> Iterable[Source]:  # type: ignore[override]
        return self.dataset.files

    def block(self, index: Index) -> Piece:
        i, start, stop = self.plan[index[0]]
        groups = None if start < 0 else (start, stop)
        offset = None if self.offsets is None else self.offsets[i]
        numbered = isinstance(self.index, pd.RangeIndex)  # is within its divisions without a look
        bounds = None if numbered or self.divisions[0] is None else Bounds(self.divisions).block(index)
        return Piece(self.dataset.files[i], groups, self.dataset.hive_of(i), offset, bounds)


@lower(ReadParquet)
def read_pieces(node: ReadParquet) -> Node:
    """One task a partition; the file stays open no longer than that."""
    options = {name: getattr(node, name) for name in ("meta", "filters", "pruning", "distinct", "coded", "most")}
    options["hive"] = node.dataset.categories()
    offsets = rows_before([f.num_rows for f in node.dataset.footers()]) if node.number else None
    pieces = Pieces(node.dataset, node.plan, offsets, node.divisions, node.schema.index)
    recompute = "" if node.distinct else "late"
    return blockwise(
        read_piece, pieces, grid=node.grid, kwargs=options, name=node.name, label="read_parquet", recompute=recompute
    )


def read_piece(
    piece: Piece,
    meta: pd.DataFrame,
    filters: Filters,
    pruning: Sequence[Condition],
    distinct: DistinctBy | None,
    coded: Sequence[Any],
    most: int | None,
    hive: Mapping[str, pd.CategoricalDtype],
) -> pd.DataFrame:
    """The rows of a piece that may be wanted."""
    values = dict(zip(hive, piece.hive))
    if not may_hold_in_piece(values, filters, pruning):
        return meta
    with piece.file.open() as stream:
        file = open_parquet(stream, piece.file)
        groups = wanted_groups(file, piece.groups, filters, pruning)
        if not groups:
            return meta
        numbers = None if piece.offset is None else row_numbers(file.metadata, groups, piece.offset)
        encoded: list[str] = []
        if distinct:
            table, kept = read_distinct(file, stream, groups, _names(file, meta), distinct)
            numbers = None if numbers is None else numbers[kept]
        else:
            if encoded := coded_in(file, groups, coded):
                file = parquet().ParquetFile(stream, metadata=file.metadata, read_dictionary=encoded)
            names = _names(file, meta)
            read = partial(_read, filters=filters, values=values) if most is None else partial(_first_rows, count=most)
            table = read(file, groups, names)
            numbers = None if numbers is None else numbers[:most]
        table, categoricals = take_coded(table, encoded, meta)
        block = to_pandas(table, meta)
    if numbers is not None:
        block.index = numbers
    if piece.bounds and not is_increasing_within(block.index, *piece.bounds):
        raise ValueError(f"{piece.file.path}: the index does not increase; read it without calculate_divisions=True")
    for name, dtype in hive.items():
        if name in meta.columns:
            block[name] = pd.Categorical([values[name]] * len(block), dtype=dtype)
    plain = meta[[c for c in meta.columns if str(c) not in categoricals]]
    block = conform(block.reindex(columns=plain.columns), plain, piece.file.path)
    return with_coded(block, categoricals, list(meta.columns))


def row_numbers(footer: Any, groups: Sequence[int], offset: int) -> pd.Index:
    """The numbers of the rows of some row groups, where those of the file begin with `offset`."""
    starts = rows_before([footer.row_group(g).num_rows for g in range(footer.num_row_groups)])
    ranges = [pd.RangeIndex(start := offset + starts[g], start + footer.row_group(g).num_rows) for g in groups]
    return ranges[0].append(ranges[1:])


def _names(file: Any, meta: pd.DataFrame) -> list[str]:
    """The columns of a file that a block is made of, its index among them."""
    names = file.schema_arrow.names
    index = [str(n) for n in meta.index.names if str(n) in names] + [n for n in names if n.startswith(_UNNAMED)]
    return [str(c) for c in meta.columns if str(c) in names] + index


def _read(file: Any, groups: list[int], names: list[str], filters: Filters, values: Mapping[str, Any]) -> Any:
    """Columns of the row groups as an Arrow table, filtered by what the file itself has."""
    asked = {str(c.column) for group in filters for c in group} & set(file.schema_arrow.names) - set(names)
    table = file.read_row_groups(groups, columns=[*names, *asked], use_threads=False)
    for_file = [[c for c in group if c.column not in values] for group in filters]
    if for_file and all(for_file):
        table = table.filter(
            parquet().filters_to_expression([[(str(c.column), *c[1:]) for c in group] for group in for_file])
        )
    return table.select([n for n in table.column_names if n not in asked])


def _first_rows(file: Any, groups: list[int], names: list[str], count: int) -> Any:
    """The first rows of row groups as an Arrow table; the pages after them are not decoded."""
    pa = import_extra("pyarrow", extra="parquet", purpose="read Parquet files")
    if not names or not count:
        return _read(file, groups, names, (), {}).slice(0, count)
    found: list[Any] = []
    for batch in file.iter_batches(count, groups, names, use_threads=False):
        found.append(batch)
        if sum(map(len, found)) >= count:
            break
    return pa.Table.from_batches(found).slice(0, count)


def to_pandas(table: Any, meta: pd.DataFrame) -> pd.DataFrame:
    """An Arrow table as pandas reads it, with the index that `meta` has."""
    frame: pd.DataFrame = table.to_pandas(use_threads=False)
    if isinstance(meta.index, pd.RangeIndex):
        return frame.reset_index(drop=all(n is None for n in frame.index.names))
    named = [n for n in meta.index.names if n in frame.columns]
    return frame.set_index(named) if named else frame


def read_parquet(
    path: Any,
    columns: Any = None,
    filters: Any = None,
    index: Any = None,
    storage_options: Mapping[str, Any] | None = None,
    engine: str = "pyarrow",
    split_row_groups: bool | int | str = "infer",
    blocksize: str | int = "256MiB",
    calculate_divisions: bool = False,
) -> Any:
    """A lazy DataFrame of Parquet files. Only columns and row groups that are needed are read.

    Parameters
    ----------
    path
        A file, a directory (with hive partitions in the names of its folders), a glob, a list; or URLs.
    columns
        Those to read: a list, or one label for a Series. Default: all, and in any case no more than are used.
    filters
        Conditions on rows: tuples (column, operator, value) in a list that must all hold, or a list of such lists.
        The operators are ``==, !=, <, <=, >, >=, in, not in``.
    index
        The column that becomes the index; False for none; None for that which pandas wrote.
    storage_options
        Arguments of the fsspec file system.
    engine
        "pyarrow" or "auto".
    split_row_groups
        Whether each row group is a partition; a number, how many are; "infer": files of more
        than `blocksize` are split.
    blocksize
        The bytes of a partition, as they are in memory.
    calculate_divisions
        Whether the footers of the files tell the divisions: of an index that counts the rows, and of one that is a
        column of the files, where it increases from partition to partition, and no `filters` leave rows of a
        counting index out. That it increases within partitions is checked when they are read.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no file; the first one is no Parquet file; a column is not there.
    MissingExtraError
        pyarrow is not installed.
    """
    if engine not in ("pyarrow", "auto"):
        raise ValueError(f"engine={engine!r}: expected 'pyarrow' or 'auto'")
    dataset = find_dataset(path, storage_options)
    schema = _schema(dataset, index)
    wanted = _columns(columns, schema)
    plan = _plan(dataset, split_row_groups, parse_bytes(blocksize, "blocksize"))
    conditions = _filters(filters, schema)
    counts = isinstance(schema.index, pd.RangeIndex)
    parts: Divisions = ()
    if calculate_divisions:
        parts = _divisions_of_numbers(dataset, plan) if counts else _divisions(dataset, plan, schema.index)
    known = counts and bool(parts) and not conditions
    node: FrameNode = ReadParquet(schema, wanted, dataset, plan, conditions, number=known, parts=parts)
    if counts and not known:
        node = numbered(node.replace(parts=()))
    if columns is not None and not isinstance(columns, list | tuple):
        node = Projection(node, columns)
    return new(node)


def _schema(dataset: Dataset, index: Any) -> pd.DataFrame:
    """What the files hold, as the first one says."""
    table = dataset.footer(0).schema.to_arrow_schema().empty_table()
    frame: pd.DataFrame = table.to_pandas()
    if index is not None:
        frame = frame.reset_index() if frame.index.names != [None] else frame.reset_index(drop=True)
        if index is not False:
            missing = [i for i in ([index] if isinstance(index, str) else index) if i not in frame.columns]
            if missing:
                raise ValueError(f"index={index!r}: there is no column {missing[0]!r}; there are {list(frame.columns)}")
            frame = frame.set_index(index)
            if isinstance(frame.index, pd.RangeIndex):  # which is how pandas writes what is empty
                frame.index = pd.Index([], dtype="int64", name=frame.index.name)
    for name, dtype in dataset.categories().items():
        frame[name] = pd.Series([], dtype=dtype, index=frame.index)
    return frame


def _divisions(dataset: Dataset, plan: Sequence[tuple[int, int, int]], index: pd.Index) -> Divisions:
    """As the statistics of the index tell; () if they do not."""
    bounds = []
    name = f"{_UNNAMED}0__" if index.name is None else str(index.name)
    for i, start, stop in plan:
        footer = dataset.footer(i)
        places = [c for c in range(footer.num_columns) if footer.schema.column(c).path == name]
        groups = range(footer.num_row_groups) if start < 0 else range(start, stop)
        found = [footer.row_group(g).column(places[0]).statistics for g in groups] if places else []
        if not found or any(s is None or not s.has_min_max or s.null_count != 0 for s in found):
            return ()
        bounds += [min(s.min for s in found), max(s.max for s in found)]
    labels = pd.Index(bounds).astype(index.dtype).tolist()
    if any(high >= low for high, low in zip(labels[1::2], labels[2::2])):
        return ()
    return (*labels[::2], labels[-1])


def _divisions_of_numbers(dataset: Dataset, plan: Sequence[tuple[int, int, int]]) -> Divisions:
    """Those of an index that counts the rows; () where a partition has none."""
    footers = dataset.footers()
    lengths = [_rows(footers[i], start, stop) for i, start, stop in plan]
    return (*rows_before(lengths), sum(lengths) - 1) if all(lengths) else ()


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
    names = {*schema.columns, *schema.index.names}
    for group in groups:
        for condition in group:
            if not isinstance(condition, tuple) or len(condition) != 3 or condition[0] not in names:
                raise ValueError(f"filters: expected (column, operator, value) of a column there is, got {condition!r}")
            if condition[1] not in _OPERATORS:
                raise ValueError(f"filters: there is no operator {condition[1]!r}; there are {', '.join(_OPERATORS)}")
    return tuple(tuple(Condition(*condition) for condition in group) for group in groups)


def _plan(dataset: Dataset, split: bool | int | str, blocksize: int) -> tuple[tuple[int, int, int], ...]:
    """For each partition the file and its row groups."""
    if split == "infer":
        first = dataset.footer(0)
        size = sum(first.row_group(g).total_byte_size for g in range(first.num_row_groups))
        split = size > blocksize
    if split is False:
        return tuple((i, -1, -1) for i in range(len(dataset.files)))
    plan = []
    for i, footer in enumerate(dataset.footers()):
        cuts = _group_cuts(footer, blocksize) if split is True else [*range(0, footer.num_row_groups, int(split))]
        plan += [(i, a, b) for a, b in pairwise([*cuts, footer.num_row_groups])]
    return tuple(plan)


def _group_cuts(footer: Any, blocksize: int) -> list[int]:
    """Where partitions begin: as many row groups each as fit into a block."""
    cuts, size = [0], 0
    for g in range(footer.num_row_groups):
        size += footer.row_group(g).total_byte_size
        if size > blocksize and g > cuts[-1]:
            cuts.append(g)
            size = footer.row_group(g).total_byte_size
    return cuts
