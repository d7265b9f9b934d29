"""Reading Parquet: only the columns that are needed, and the row groups that can have the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from minidask.dataframe.blocks import concat, is_increasing_within
from minidask.dataframe.conditions import Condition
from minidask.dataframe.divisions import Bounds
from minidask.dataframe.io.coded import coded_in, take_coded, with_coded
from minidask.dataframe.io.dataset import Dataset, Span
from minidask.dataframe.io.distinct import DistinctBy, read_distinct
from minidask.dataframe.io.fields import Fields
from minidask.dataframe.io.footers import Footer, open_parquet, parquet
from minidask.dataframe.io.hive import conditions_left, hive_column
from minidask.dataframe.io.pruning import Filters, Groups, expression, wanted_groups
from minidask.dataframe.io.row_groups import Plan, lengths_of
from minidask.dataframe.io.stored import Stored
from minidask.dataframe.node import Divisions, FrameNode, unknown
from minidask.dataframe.numbering import Numbered, rows_before
from minidask.dataframe.schema import conform
from minidask.expr.blocks import PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, simplify
from minidask.extras import import_extra
from minidask.files import File
from minidask.task import Source


class ReadParquet(Stored):
    """Row groups of Parquet files.

    Fields
    ------
    dataset
        The files.
    plan
        For each partition the row groups that it is made of.
    stored
        How tables of the files become frames.
    filters
        What a person asked for: rows for which none of the groups of conditions holds are left out.
    pruning
        What is known of the rows that anybody needs: row groups without any are passed over.
    """

    dataset: Dataset
    plan: Plan
    stored: Fields
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

    @property
    def names(self) -> list[str]:
        """The fields of the files that are read."""
        return self.stored.names([c for c in self.meta.columns if c not in self.dataset.hive])

    @property
    def joins_files(self) -> bool:
        """Whether a partition is made of several files."""
        return any(len(spans) > 1 for spans in self.plan)

    def lengths(self) -> tuple[int, ...] | None:
        if self.filters or self.distinct:
            return None
        rows = lengths_of(self.dataset, self.plan)
        return rows if self.most is None else tuple(min(n, self.most) for n in rows)

    def block_nbytes(self, index: Index) -> int:
        names = self.names
        return sum(self.dataset.nbytes(span, names) for span in self.plan[index[0]])

    def largest_nbytes(self) -> int:
        return max(self.block_nbytes((i,)) for i in range(len(self.plan)))

    def prune(self, conditions: Sequence[Condition]) -> FrameNode:
        """The same reader passing over row groups in which no row meets all the conditions."""
        return self.replace(pruning=tuple(conditions)) if conditions else self

    def without_duplicates(self, subset: tuple[Any, ...] | None, keep: str) -> FrameNode | None:
        """The same reader giving of equal rows of a partition the first or the last; None where it cannot."""
        if self.filters or self.distinct or self.most is not None or self.joins_files:
            return None
        return self.replace(distinct=DistinctBy(tuple(self.meta.columns) if subset is None else subset, keep))

    def with_codes(self, columns: tuple[Any, ...]) -> FrameNode:
        """The same reader giving columns of strings as categories, where the files have them so."""
        asked = {c.column for group in self.filters for c in group}
        cannot = self.distinct or self.joins_files
        named = (c for c in columns if c not in asked and self.stored.labels.get(c) == c)
        return self if cannot else self.replace(coded=tuple(named))

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


class Piece(NamedTuple):
    """Row groups of one file, and what is known of them."""

    file: File
    groups: range
    rows: int
    """Those of the whole file."""
    hive: tuple[Any, ...]
    """The values of its hive partitions."""
    offset: int | None
    """The number of the file's first row, if rows are numbered."""


class Pieces(NamedTuple):
    """What one task reads, and the bounds of its index, where they are known."""

    pieces: list[Piece]
    bounds: tuple[Any, Any, bool] | None


@dataclass(frozen=True)
class PiecesOf(PerBlock):
    """What each task reads."""

    dataset: Dataset
    plan: Plan
    offsets: Sequence[int] | None
    divisions: Divisions
    index: pd.Index

    @property
    def outside(self) -> Iterable[Source]:  # type: ignore[override]
        return self.dataset.files

    def block(self, index: Index) -> Pieces:
        numbered = isinstance(self.index, pd.RangeIndex)  # is within its divisions without a look
        bounds = None if numbered or self.divisions[0] is None else Bounds(self.divisions).block(index)
        return Pieces([self._piece(span) for span in self.plan[index[0]]], bounds)

    def _piece(self, span: Span) -> Piece:
        i, data = span.file, self.dataset
        offset = None if self.offsets is None else self.offsets[i]
        rows = sum(data.footer(i).rows)
        return Piece(data.files[i], range(span.start, span.stop), rows, tuple(data.values(i).values()), offset)


@lower(ReadParquet)
def read_row_groups(node: ReadParquet) -> Node:
    """One task a partition; a file stays open no longer than that."""
    options = {
        name: getattr(node, name) for name in ("meta", "stored", "filters", "pruning", "distinct", "coded", "most")
    }
    options["hive"] = node.dataset.categories()
    offsets = rows_before([sum(footer.rows) for footer in node.dataset.footers()]) if node.number else None
    pieces = PiecesOf(node.dataset, node.plan, offsets, node.divisions, node.schema.index)
    recompute = "" if node.distinct else "late"
    return blockwise(
        read_pieces, pieces, grid=node.grid, kwargs=options, name=node.name, label="read_parquet", recompute=recompute
    )


def read_pieces(asked: Pieces, **told: Any) -> pd.DataFrame:
    """The rows of some pieces that may be wanted.

    Raises
    ------
    ValueError
        A file is not as it was, or its values do not fit; the index does not increase, though the divisions say so.
    """
    blocks = [read_piece(piece, **told) for piece in asked.pieces]
    block: pd.DataFrame = blocks[0] if len(blocks) == 1 else concat(blocks).iloc[: told["most"]]
    if asked.bounds and not is_increasing_within(block.index, *asked.bounds):
        path = asked.pieces[0].file.path
        raise ValueError(f"{path}: the index does not increase; read it without calculate_divisions=True")
    return block


def read_piece(
    piece: Piece,
    meta: pd.DataFrame,
    stored: Fields,
    filters: Filters,
    pruning: Sequence[Condition],
    distinct: DistinctBy | None,
    coded: Sequence[Any],
    most: int | None,
    hive: Mapping[str, pd.CategoricalDtype],
) -> pd.DataFrame:
    """The rows of one piece that may be wanted."""
    values = dict(zip(hive, piece.hive, strict=True))
    left, passed = conditions_left(filters, values), conditions_left([pruning] if pruning else (), values)
    if left is None or passed is None:
        return meta
    asked = stored.names([c for c in meta.columns if c not in hive])
    with piece.file.open() as stream:
        file = open_parquet(stream, piece.file)
        footer = Footer(file.metadata)
        if sum(footer.rows) != piece.rows:
            raise ValueError(f"{piece.file.path} has {sum(footer.rows)} rows, {piece.rows} when it was looked at")
        groups = wanted_groups(footer, piece.groups, stored.name, left, passed)
        if not groups:
            return meta
        numbers = None if piece.offset is None else row_numbers(footer.rows, groups, piece.offset)
        encoded: list[str] = []
        if distinct:
            table, kept = read_distinct(file, stream, groups, [n for n in asked if n in footer.schema.names], distinct)
            numbers = None if numbers is None else numbers[kept]
        else:
            if encoded := coded_in(file, groups, coded):
                file = parquet().ParquetFile(stream, metadata=file.metadata, read_dictionary=encoded)
            table = _read(file, groups, asked, left, stored, encoded, most)
            numbers = None if numbers is None else numbers[:most]
    try:
        table, categoricals = take_coded(stored.table(table, asked, encoded), encoded, meta)
        block = stored.frame(table)
    except ValueError as error:
        raise ValueError(f"{piece.file.path}: {error}") from error
    if numbers is not None:
        block.index = numbers
    for name, dtype in hive.items():
        if name in meta.columns:
            block[name] = hive_column(values[name], dtype, len(block))
    plain = meta[[c for c in meta.columns if c not in categoricals]]
    block = block if block.columns.equals(plain.columns) else block[list(plain.columns)]
    return with_coded(conform(block, plain, piece.file.path), categoricals, list(meta.columns))


def row_numbers(rows: Sequence[int], groups: Sequence[int], offset: int) -> pd.Index:
    """The numbers of the rows of some row groups, where those of the file begin with `offset`.

    Examples
    --------
    >>> row_numbers([2, 3, 1], [0, 2], 10).tolist()
    [10, 11, 15]
    """
    starts = rows_before(rows)
    ranges = [pd.RangeIndex(start := offset + starts[g], start + rows[g]) for g in groups]
    return ranges[0].append(ranges[1:])


def _read(
    file: Any,
    groups: list[int],
    names: list[str],
    left: Groups,
    stored: Fields,
    encoded: Sequence[str],
    most: int | None,
) -> Any:
    """Fields of some row groups as an Arrow table, of the rows for which one of the groups of conditions holds."""
    conditions = [[c._replace(column=stored.name(c.column)) for c in group] for group in left]
    needed = list(dict.fromkeys([*names, *(c.column for group in conditions for c in group)]))
    there = [name for name in needed if name in file.schema_arrow.names]
    if most is not None:
        return _first_rows(file, groups, there, most)
    table = file.read_row_groups(groups, columns=there, use_threads=False)
    return stored.table(table, needed, encoded).filter(expression(conditions)) if conditions else table


def _first_rows(file: Any, groups: list[int], names: list[str], count: int) -> Any:
    """The first rows of row groups as an Arrow table; the pages after them are not decoded."""
    pa = import_extra("pyarrow", extra="parquet", purpose="read Parquet files")
    if not names or not count:
        return file.read_row_groups(groups, columns=names, use_threads=False).slice(0, count)
    found: list[Any] = []
    for batch in file.iter_batches(count, groups, names, use_threads=False):
        found.append(batch)
        if sum(map(len, found)) >= count:
            break
    return pa.Table.from_batches(found).slice(0, count)
