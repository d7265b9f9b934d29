"""Frames of parts of stored data, whatever the format: a function reads one part, a task each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from minidask.dataframe.io.stored import Stored
from minidask.dataframe.node import Divisions
from minidask.dataframe.schema import conform
from minidask.expr.blocks import PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.task import Source


class ReadParts(Stored):
    """A partition for each part of stored data.

    Fields
    ------
    read
        Called with a part, the labels of the columns to read, and the options; gives a DataFrame. It may give more
        columns, and in another order.
    parts
        What it is called with: each has `file`, or not, and tells in `str(part)` where it is.
    options
        For `read`.
    given_divisions
        The divisions.
    label
        What to call it.
    lasts
        Whether reading again gives the same, unless a file has changed: not so for a database.
    """

    read: Callable[..., pd.DataFrame]
    parts: Sequence[Any]
    options: dict[str, Any]
    given_divisions: Divisions
    label: str
    lasts: bool = True

    @property
    def operation(self) -> str:
        return self.label

    @property
    def place(self) -> str:
        return f"{len(self.parts)} parts"

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return self.given_divisions


@dataclass(frozen=True)
class Parts(PerBlock):
    """The part that each task reads."""

    parts: Sequence[Any]
    lasts: bool = True

    @property
    def outside(self) -> Iterable[Source]:  # type: ignore[override]
        return {part.file: None for part in self.parts if getattr(part, "file", None) is not None}

    def block(self, index: Index) -> Any:
        return self.parts[index[0]]


@lower(ReadParts)
def read_parts(node: ReadParts) -> Node:
    """One task a part."""
    parts = Parts(node.parts, node.lasts)
    told = {"read": node.read, "meta": node.meta, "options": node.options}
    return blockwise(read_part, parts, grid=node.grid, kwargs=told, name=node.name, label=node.label, recompute="late")


def read_part(
    part: Any, read: Callable[..., pd.DataFrame], meta: pd.DataFrame, options: Mapping[str, Any]
) -> pd.DataFrame:
    """The rows of one part, in the schema.

    Raises
    ------
    ValueError
        It cannot be read, or is in another schema: with its place.
    """
    with placed(part):
        frame = read(part, list(meta.columns), **options)
    missing = [c for c in meta.columns if c not in frame.columns]
    if missing:
        raise ValueError(f"{part} has no column {missing[0]!r}; it has {list(frame.columns)}")
    return conform(frame[list(meta.columns)], meta, str(part))


@contextmanager
def placed(part: Any) -> Iterator[None]:
    """Errors of reading a part tell where it is."""
    try:
        yield
    except (ValueError, KeyError) as error:
        raise ValueError(f"{part}: {error}") from error
