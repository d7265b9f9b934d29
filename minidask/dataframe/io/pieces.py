"""What a task does that reads Parquet: from row groups to a block."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from minidask.dataframe.blocks import concat, is_increasing_within
from minidask.dataframe.conditions import Condition
from minidask.dataframe.io.coded import coded_in, take_coded
from minidask.dataframe.io.distinct import DistinctBy, read_distinct
from minidask.dataframe.io.fields import Fields
from minidask.dataframe.io.footers import Footer, open_parquet, opened, parquet
from minidask.dataframe.io.hive import conditions_left, hive_column
from minidask.dataframe.io.pruning import Filters, Groups, expression, wanted_groups
from minidask.dataframe.numbering import rows_before
from minidask.dataframe.schema import conform
from minidask.extras import import_extra
from minidask.files import File


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
class Reader:
    """What is read of the pieces.

    Parameters
    ----------
    meta
        The frame that they make: an empty one.
    stored
        How tables become frames.
    hive
        The dtypes of the hive partitions.
    filters, pruning, distinct, coded, most
        As for `ReadParquet`.
    """

    meta: pd.DataFrame
    stored: Fields
    hive: Mapping[str, pd.CategoricalDtype]
    filters: Filters
    pruning: Sequence[Condition]
    distinct: DistinctBy | None
    coded: Sequence[Any]
    most: int | None

    def read(self, piece: Piece) -> pd.DataFrame:
        """The rows of one piece that may be wanted."""
        values = dict(zip(self.hive, piece.hive, strict=True))
        left = conditions_left(self.filters, values)
        passed = conditions_left([self.pruning] if self.pruning else (), values)
        if left is None or passed is None:
            return self.meta
        with opened(piece.file) as stream:
            file = open_parquet(stream, piece.file)
            footer = Footer(file.metadata)
            rows = footer.rows
            if sum(rows) != piece.rows:
                raise ValueError(f"{piece.file.path} has {sum(rows)} rows, {piece.rows} when it was looked at")
            groups = wanted_groups(footer, piece.groups, self.stored.name, left, passed)
            if not groups:
                return self.meta
            try:
                block, coded, kept = self._block(file, stream, footer, groups, left)
            except ValueError as error:
                raise ValueError(f"{piece.file.path}: {error}") from error
        if piece.offset is not None:
            block.index = row_numbers(rows, groups, piece.offset)[kept]
        for name in [name for name in self.hive if name in self.meta.columns]:
            block[name] = hive_column(values[name], self.hive[name], len(block))
        return self._conformed(block, coded, piece.file.path)

    def _block(
        self, file: Any, stream: Any, footer: Footer, groups: list[int], left: Groups
    ) -> tuple[pd.DataFrame, Collection[Any], Any]:
        """A frame of row groups; which columns of strings are categories; and which rows of all these are."""
        asked = self.stored.names([c for c in self.meta.columns if c not in self.hive])
        there = {*file.schema_arrow.names}
        if self.distinct:
            table, kept = read_distinct(file, stream, groups, [n for n in asked if n in there], self.distinct)
            return self.stored.frame(self.stored.table(table, asked)), (), kept
        encoded = coded_in(footer, groups, [c for c in self.coded if c in there])
        if encoded:
            file = parquet().ParquetFile(stream, metadata=file.metadata, read_dictionary=encoded)
        conditions = [[c._replace(column=self.stored.name(c.column)) for c in group] for group in left]
        needed = list(dict.fromkeys([*asked, *(c.column for group in conditions for c in group)]))
        table = read_rows(file, groups, [n for n in needed if n in there], self.most)
        table = self.stored.table(table, needed, encoded)
        if conditions:
            table = table.filter(expression(conditions)).select(asked)
        table, categoricals = take_coded(table, encoded, self.meta)
        return self.stored.frame(table, categoricals, asked), encoded, slice(self.most)

    def _conformed(self, block: pd.DataFrame, coded: Collection[Any], path: str) -> pd.DataFrame:
        if not block.columns.equals(self.meta.columns):
            block = block[list(self.meta.columns)]
        return conform(block, self.meta, path, free=coded)


def read_pieces(asked: Pieces, reader: Reader) -> pd.DataFrame:
    """The rows of some pieces that may be wanted.

    Raises
    ------
    ValueError
        A file is not as it was, or its values do not fit; the index does not increase, though the divisions say so.
    """
    blocks = [reader.read(piece) for piece in asked.pieces]
    block: pd.DataFrame = blocks[0] if len(blocks) == 1 else concat(blocks).iloc[: reader.most]
    if asked.bounds and not is_increasing_within(block.index, *asked.bounds):
        path = asked.pieces[0].file.path
        raise ValueError(f"{path}: the index does not increase; read it without calculate_divisions=True")
    return block


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


def read_rows(file: Any, groups: list[int], names: list[str], most: int | None) -> Any:
    """Fields of row groups as an Arrow table; of the first rows only, if so: pages after them are not decoded."""
    if most is None or not most or not names:
        return file.read_row_groups(groups, columns=names, use_threads=False).slice(0, most)
    found: list[Any] = []
    for batch in file.iter_batches(most, groups, names, use_threads=False):
        found.append(batch)
        if sum(map(len, found)) >= most:
            break
    pa = import_extra("pyarrow", extra="parquet", purpose="read Parquet files")
    return pa.Table.from_batches(found).slice(0, most)
