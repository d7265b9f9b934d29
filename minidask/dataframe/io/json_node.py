"""The node of JSON files: a task parses a file, or a block of lines.

What is in the columns is known of the beginning of the first file only. A task that finds otherwise says so, and the
work begins again with what was learnt (`expr/doubt.py`), from that block; where this is the second one, or where text
meets numbers, so that pandas leaves values as they stand there, from all of them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from minidask.dataframe.io.parts import Parts, placed
from minidask.dataframe.io.stored import Stored
from minidask.dataframe.io.text_types import (
    Columns,
    Found,
    contradicted,
    contradiction,
    found_in,
    is_text,
    schema_of,
    together,
    whole_of_values,
)
from minidask.dataframe.node import Divisions, unknown
from minidask.dataframe.schema import conform
from minidask.errors import Contradiction
from minidask.expr.blocks import blockwise, everything, gather
from minidask.expr.doubt import Ask, Doubtful
from minidask.expr.naming import unique_name
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.files import File, FileBlock, read_text


@dataclass(frozen=True)
class JSONPart:
    """A block of a file, which prints as its place."""

    block: FileBlock

    @property
    def file(self) -> File:
        return self.block.file

    def __str__(self) -> str:
        whole = self.block.length in (None, self.file.size)
        return self.file.path if whole else f"{self.file.path} (block at byte {self.block.offset})"


@dataclass(frozen=True)
class Told:
    """What all tasks of a read are told."""

    encoding: str
    errors: str
    options: Mapping[str, Any]
    """For `pandas.read_json`."""
    path_column: tuple[str, list[str], list[str]] | None
    """The column with what is made of the path of the file; the paths, and what is made of each."""
    known: frozenset[Any]
    """The keys that records may have."""
    strict: bool
    """Whether other keys are errors."""


class ReadJSON(Stored, Doubtful):
    """Blocks of JSON files, parsed by pandas.

    Fields
    ------
    parts
        What each task reads.
    told
        How.
    found
        What the beginning of the first file has in the columns whose dtypes nobody has told.
    """

    parts: Sequence[JSONPart]
    told: Told
    found: Columns

    @property
    def operation(self) -> str:
        return "read_json"

    @property
    def place(self) -> str:
        return f"{len(self.parts)} parts"

    @fact
    def divisions(self) -> Divisions:
        return unknown(len(self.parts))

    def taught(self, lesson: Columns) -> Node:
        schema = schema_of(self.schema, lesson, "str", whole_of_values)
        node: Node = self.replace(schema=schema, found={**self.found, **lesson})
        return node

    def reconsider(self, error: Contradiction, lesson: Columns | None, ask: Ask) -> Columns | None:
        known: Columns = lesson or {}
        here: Any = error.found
        wider = {c: together([known.get(c, self.found[c]), found]) for c, found in here.items()}
        if known or any(_is_mixed(found) for found in wider.values()):
            several = ask(_survey(self))
            wider = {c: together(part[c][0] for part in several) for c in self.found}
            bare = {c: together(part[c][1] for part in several) for c in self.found}
            wider = {c: bare[c] if _is_mixed(found) else found for c, found in wider.items()}
        return {**known, **wider}


def _is_mixed(found: Found) -> bool:
    """Whether pandas does not make one dtype of what is in a column, and leaves its values as they are."""
    return bool(found.seen) and pd.api.types.is_object_dtype(whole_of_values(found, "object", "str"))


def _survey(node: ReadJSON) -> Node:
    """For each block what is in the columns, as pandas parses them, and as they stand there."""
    name = unique_name("look_through_json")
    parts, told = Parts(node.parts), {"told": node.told, "columns": list(node.found)}
    blocks = blockwise(find_types, parts, grid=node.grid, kwargs=told, name=f"{name}-block", label="look_through_json")
    return gather(list, blocks, everything(node.grid), grid=(), name=name, label="look_through_json")


@lower(ReadJSON)
def parse_parts(node: ReadJSON) -> Node:
    """One task a part."""
    found = {c: found for c, found in node.found.items() if c in node.meta.columns}
    told = {"told": node.told, "meta": node.meta, "found": found, "subject": node.subject}
    parts = Parts(node.parts)
    return blockwise(parse, parts, grid=node.grid, kwargs=told, name=node.name, label="read_json", recompute="late")


def parse(part: JSONPart, told: Told, meta: pd.DataFrame, found: Columns, subject: str) -> pd.DataFrame:
    """The rows of one part.

    Raises
    ------
    Contradiction
        A column is not what it was found to be.
    ValueError
        pandas cannot parse it, or it has other keys, or other values than was told.
    """
    texts = {c: "object" if c in found else dtype for c, dtype in meta.dtypes.items() if is_text(dtype)}
    as_is = {**texts, **{c: "object" for c in found if pd.api.types.is_object_dtype(meta[c].dtype)}}
    with placed(part):
        frame = _rows(part, told, as_is)
        dated = [c for c in frame.columns if c in found and found[c].seen and _is_date(frame[c]) > _is_date(meta[c])]
        bare = _bare(part, told) if dated else frame
    for c in dated:  # pandas goes by the name, which is that of dates, and has not seen the values elsewhere
        frame[c] = bare[c].array
    if told.path_column is not None and told.path_column[0] in meta.columns:
        name, paths, values = told.path_column
        value = values[paths.index(part.file.path)]
        frame[name] = pd.Categorical([value] * len(frame), categories=sorted({*values}))
    frame = frame.reindex(columns=meta.columns)
    dtypes = dict(meta.dtypes)
    columns: dict[Any, Any] = {c: frame[c] for c in found}
    here = {c: (found_as_it_is if c in texts else found_in)(column) for c, column in columns.items()}
    other = contradicted(here, found, dtypes, whole_of_values, "str")
    if other:
        raise contradiction(other, part, dtypes, found, whole_of_values, "str", subject)
    return conform(frame, meta, str(part))


def find_types(part: JSONPart, told: Told, columns: list[Any]) -> dict[Any, tuple[Found, Found]]:
    """What is in columns of one part, as pandas parses them, and as they stand there."""
    with placed(part):
        frame, bare = (rows.reindex(columns=columns) for rows in (_rows(part, told, {}), _bare(part, told)))
    return {c: (found_in(frame[c]), found_in(bare[c])) for c in columns}


def found_as_it_is(column: pd.Series) -> Found:
    """What is in a column of objects that were left as they are.

    Examples
    --------
    >>> found_as_it_is(pd.Series(["a", None], dtype=object)).seen
    frozenset({('string', 'str')})
    """
    kind = pd.api.types.infer_dtype(column, skipna=True)
    seen = {"empty": frozenset(), "string": frozenset({("string", "str")})}
    return Found(seen.get(kind, frozenset({("object", "object")})), bool(column.isna().any()))


def _rows(part: JSONPart, told: Told, dtypes: Mapping[Any, Any]) -> pd.DataFrame:
    """What pandas makes of a part, with these dtypes of columns for which a person has told none."""
    asked = told.options.get("dtype")
    options = dict(told.options)
    if dtypes and (asked is None or asked is True or isinstance(asked, Mapping)):
        options["dtype"] = {**dtypes, **(asked if isinstance(asked, Mapping) else {})}
    frame = parse_json(read_text(part.block, told.encoding, told.errors), options)
    more = [c for c in frame.columns if c not in told.known]
    if more and told.strict:
        raise ValueError(f"there is a key that the first records do not have: {more[0]!r}; name all columns in meta=")
    return frame


def _bare(part: JSONPart, told: Told) -> pd.DataFrame:
    """The rows of a part with the values that stand there: pandas looks neither for numbers nor for dates in text."""
    frame = parse_json(read_text(part.block, told.encoding, told.errors), {**told.options, "dtype": False})
    return frame.reindex(columns=list(told.known))


def _is_date(column: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(column.dtype)


def parse_json(data: str, options: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of JSON."""
    if not data.strip():
        return pd.DataFrame()
    found = pd.read_json(io.StringIO(data), **options)
    assert isinstance(found, pd.DataFrame)
    return found
