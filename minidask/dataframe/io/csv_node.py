"""The node of text tables: files fall into blocks, and a task parses each of them.

The types of columns, and that no record has a line break within quotes, are known of the beginning of the first file
only, and where there is much to read, of the last lines of all. A task that finds otherwise says so, and the work
begins again with what was learnt (`expr/doubt.py`): where blocks begin and end, from the quotes in all of them, which
costs no parsing; and what is in columns, from that block, or, where this is the second one, from all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from operator import xor
from typing import Any

from minidask.dataframe.io.csv_blocks import Part, Told, find_types, is_open, names_those_read, parse, quotes_of
from minidask.dataframe.io.stored import Stored
from minidask.dataframe.io.text_types import Columns, contradicted, schema_of, together, whole
from minidask.dataframe.node import Divisions, FrameNode, unknown
from minidask.errors import Contradiction
from minidask.expr.blocks import PerBlock, blockwise, everything, gather
from minidask.expr.doubt import Ask, Doubtful
from minidask.expr.grid import Index
from minidask.expr.naming import unique_name
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.files import Border, File, FileBlock, FileBlocks, Quotes
from minidask.task import Source

_END = 2**16
"""Bytes at the end of the last file that are looked at, where all have so many that reading them again would matter."""
_WORTH_IT = 2**20


@dataclass(frozen=True)
class Lesson:
    """What blocks have told that were not read when a frame was made."""

    found: Columns = field(default_factory=dict)
    """What is in columns, where it is not what was thought."""
    opens: bytes | None = None
    """For each block 1 if it begins within quotes, else 0; None: that is not known."""


class ReadCSV(Stored, Doubtful):
    """Blocks of text files, parsed by pandas.

    Fields
    ------
    files, counts
        The files, and into how many blocks each falls.
    names
        All columns that the files have; None: they are counted.
    options
        For `pandas.read_csv`.
    found
        What the beginning of the first file has in the columns whose dtypes nobody has told.
    text
        The dtype of strings.
    path_column
        The column to be added with the path of the file; None: none.
    enforce
        Whether all files must have the columns in the same order.
    opens
        As in `Lesson`.
    """

    files: list[File]
    counts: tuple[int, ...]
    names: tuple[Any, ...] | None
    options: dict[str, Any]
    found: Columns
    text: Any
    path_column: str | None = None
    enforce: bool = False
    opens: bytes | None = None

    @property
    def operation(self) -> str:
        return "read_csv"

    @property
    def place(self) -> str:
        return f"{len(self.files)} files"

    @fact
    def divisions(self) -> Divisions:
        return unknown(sum(self.counts))

    def block_nbytes(self, index: Index) -> int:
        return self.largest_nbytes()

    def largest_nbytes(self) -> int:
        """The text's, in the share of the columns that are given: parsed, it takes about as much."""
        text = max([(file.size or 0) // max(1, count) for file, count in zip(self.files, self.counts)], default=0)
        return text if self.columns is None else text * len(self.columns) // max(1, len(self.schema.columns))

    def with_first_rows(self, count: int) -> FrameNode:
        """The same reader parsing no more than the first `count` rows of each block, where pandas can."""
        cannot = self.options.get("skipfooter") or self.options.get("engine") == "pyarrow"
        enough = self.options.get("nrows") is not None and self.options["nrows"] <= count
        return self if cannot or enough or not count else self.replace(options={**self.options, "nrows": count})

    def told_by_its_end(self) -> FrameNode:
        """The same, knowing what the last lines have in the columns: where types change, they mostly stay so.

        What cannot be read, or begins within quotes, tells nothing; those who read it all are told.
        """
        sizes, last = [file.size or 0 for file in self.files], self.files[-1]
        if last.compression or sum(sizes) < _WORTH_IT:
            return self
        start, told = max(0, sizes[-1] - _END), _told(self)
        part = Part(FileBlock(last, start, sizes[-1] - start), start == 0, True, last == self.files[0], None)
        try:
            here = find_types(part, told)
        except (ValueError, OSError, Contradiction):
            return self
        other = contradicted(here, told.found, dict(self.meta.dtypes), whole, self.text)
        wider = {c: together([self.found[c], f]) for c, f in other.items()}
        return self.taught(Lesson(wider, self.opens)) if other else self  # type: ignore[return-value]

    def taught(self, lesson: Lesson) -> Node:
        found = {**self.found, **lesson.found}
        schema = schema_of(self.schema, lesson.found, self.text)
        node: Node = self.replace(schema=schema, found=found, opens=lesson.opens)
        return node

    def reconsider(self, error: Contradiction, lesson: Lesson | None, ask: Ask) -> Lesson | None:
        known = lesson or Lesson()
        if known.opens is None and max(self.counts) > 1:
            known = replace(known, opens=_opens(ask(_survey(self, is_open)), self.counts))
            if any(known.opens or ()):
                return known  # what was found was found between the wrong places
        told: Any = error.found
        if not told:
            return known
        if known.found:
            several = ask(_survey(self.taught(known), find_types))  # type: ignore[arg-type]
            told = {c: together(part[c] for part in several if c in part) for c in self.found}
        wider = {c: together([known.found.get(c, self.found[c]), f]) for c, f in told.items()}
        return replace(known, found={**known.found, **wider})


def _opens(odd: Sequence[bool], counts: Iterable[int]) -> bytes:
    """For each block whether it begins within quotes, from the parity of the quotes in each of them."""
    found: list[int] = []
    for count in counts:
        found += [*accumulate(odd[len(found) : len(found) + count - 1], xor, initial=False)]
    return bytes(found)


def _survey(node: ReadCSV, func: Callable[[Part, Told], Any]) -> Node:
    """The list of `func` of all blocks."""
    name = unique_name("look_through_csv")
    blocks = _each_block(node, func, f"{name}-block", "look_through_csv")
    return gather(list, blocks, everything(node.grid), grid=(), name=name, label="look_through_csv")


@dataclass(frozen=True)
class Parts(PerBlock):
    """What each task reads."""

    blocks: FileBlocks
    quotes: Quotes | None
    opens: bytes | None

    @property
    def outside(self) -> Iterable[Source]:  # type: ignore[override]
        return self.blocks.files

    def block(self, index: Index) -> Part:
        (i,) = index
        block = self.blocks[i]
        last = block.length is None or block.offset + block.length == block.file.size
        return Part(block, block.offset == 0, last, block.file == self.blocks.files[0], self._border(i))

    def _border(self, i: int) -> Border | None:
        if self.quotes is None or self.opens is None:
            return None
        return Border(self.quotes, bool(self.opens[i]), bool(self.opens[i + 1 : i + 2].strip(b"\0")))


@lower(ReadCSV)
def parse_blocks(node: ReadCSV) -> Node:
    """One task a block."""
    return _each_block(node, parse, node.name, "read_csv")


def _each_block(node: ReadCSV, func: Callable[[Part, Told], Any], name: str, label: str) -> Node:
    parts = Parts(FileBlocks(node.files, node.counts), quotes_of(node.options), node.opens)
    return blockwise(func, parts, _told(node), grid=node.grid, name=name, label=label, recompute="late")


def _told(node: ReadCSV) -> Told:
    paths = [f.path for f in node.files]
    return Told(
        meta=node.meta,
        columns=node.schema.columns,
        found={c: found for c, found in node.found.items() if c in node.meta.columns},
        text=node.text,
        names=node.names,
        options=_for_columns(node),
        path_column=(node.path_column, paths) if node.path_column and node.path_column in node.meta else None,
        enforce=node.enforce,
        subject=node.subject,
    )


def _for_columns(node: ReadCSV) -> dict[str, Any]:
    """The options that read no more columns than are to be given; at least one, so that rows can be counted."""
    options = {**node.options}
    if isinstance(options.get("parse_dates"), list):  # what was found to be no date is none in all blocks
        options["parse_dates"] = [c for c in options["parse_dates"] if not _is_no_date(node, c)]
    if node.columns is None or not _can_pass_over(options):
        return options
    in_file = [c for c in node.meta.columns if c != node.path_column]
    usecols = in_file or [next(c for c in node.schema.columns if c != node.path_column)]
    options["usecols"] = usecols
    for name in ("dtype", "converters"):
        if isinstance(options.get(name), Mapping):
            options[name] = {c: v for c, v in options[name].items() if c in usecols}
    if isinstance(options.get("parse_dates"), list):
        options["parse_dates"] = [c for c in options["parse_dates"] if c in usecols]
    return options


def _can_pass_over(options: Mapping[str, Any]) -> bool:
    """Whether pandas gives the same rows where some columns are not asked for: it looks at no others then."""
    several = isinstance(options.get("header"), list)
    return options.get("on_bad_lines", "error") == "error" and not several and not names_those_read(options)


def _is_no_date(node: ReadCSV, column: Any) -> bool:
    return column in node.schema and node.schema[column].dtype == node.text
