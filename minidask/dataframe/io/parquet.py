"""Reading Parquet: only the columns that are needed, and the row groups that can have the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.conditions import Condition
from minidask.dataframe.divisions import Bounds
from minidask.dataframe.io.dataset import Dataset, Span
from minidask.dataframe.io.distinct import DistinctBy
from minidask.dataframe.io.fields import Fields
from minidask.dataframe.io.pieces import Piece, Pieces, Reader, read_pieces
from minidask.dataframe.io.pruning import Filters
from minidask.dataframe.io.row_groups import Plan, extremes_of, is_complete, lengths_of
from minidask.dataframe.io.stored import Stored
from minidask.dataframe.node import Divisions, FrameNode, unknown
from minidask.dataframe.numbering import Numbered, rows_before
from minidask.expr.blocks import PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, simplify
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

    def extremes(self, column: Any) -> list[tuple[Any, Any]] | None:
        """The least and the greatest value of a column in each partition; None where footers do not tell."""
        hive = column in self.dataset.hive
        return None if hive else self._extremes(self.stored.name(column), self.schema[column].dtype)

    def extremes_of_labels(self) -> list[tuple[Any, Any]] | None:
        """The same for an index that is a field of the files."""
        index = self.stored.index
        return self._extremes(index[0], self.schema.index.dtype) if len(index) == 1 else None

    def _extremes(self, field: str, dtype: Any) -> list[tuple[Any, Any]] | None:
        told = self.lengths() is not None and self.most is None
        if not told or not isinstance(dtype, np.dtype | pd.DatetimeTZDtype) or dtype.kind not in "iufmM":
            return None  # statistics may cut strings short
        return extremes_of(self.dataset, self.plan, field, dtype)

    def is_complete(self, column: Any) -> bool:
        """Whether footers tell of a column that no value is missing."""
        if column in self.dataset.hive or column not in self.schema.columns:
            return False
        return is_complete(self.dataset, self.plan, self.stored.name(column))

    def block_nbytes(self, index: Index) -> int:
        spans, names = self.plan[index[0]], self.names
        size = sum(self.dataset.nbytes(span, names) for span in spans)
        rows = sum(map(self.dataset.rows, spans))
        return size if self.most is None or self.most >= rows else size * self.most // rows

    def largest_nbytes(self) -> int:
        return max(self.block_nbytes((i,)) for i in range(len(self.plan)))

    def most_different(self, column: Any) -> int | None:
        """How many different values a column has in the first partition, about; None where the footer does not tell."""
        if column in self.dataset.hive:
            return 1
        name = self.stored.labels[column]
        groups = [(self.dataset.footer(s.file), g) for s in self.plan[0] for g in range(s.start, s.stop)]
        found = [footer.most_different(g, name) for footer, g in groups]
        return None if None in found else max(found, default=0)  # type: ignore[type-var]

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

    def without_labels(self) -> FrameNode:
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
    reader = Reader(
        node.meta,
        node.stored,
        node.dataset.categories(),
        node.filters,
        node.pruning,
        node.distinct,
        node.coded,
        node.most,
    )
    offsets = rows_before([sum(footer.rows) for footer in node.dataset.footers()]) if node.number else None
    pieces = PiecesOf(node.dataset, node.plan, offsets, node.divisions, node.schema.index)
    recompute = "" if node.distinct else "late"
    return blockwise(
        read_pieces, pieces, reader, grid=node.grid, name=node.name, label="read_parquet", recompute=recompute
    )
