"""What all frames of stored data have in common."""

from __future__ import annotations

import operator
from typing import Any

import pandas as pd

from minidask.dataframe.meta import Meta, empty, try_on_empty
from minidask.dataframe.node import FrameNode
from minidask.expr.node import fact


class Stored(FrameNode):
    """Base of sources that know what there is, and read no more columns of it than are wanted.

    Fields
    ------
    schema
        What there is: an empty DataFrame, index and all.
    columns
        The columns to give; None: all.
    """

    schema: pd.DataFrame
    columns: tuple[Any, ...] | None

    @fact
    def meta(self) -> Meta:
        if self.columns is None:
            return empty(self.schema)
        return try_on_empty(operator.getitem, (empty(self.schema), list(self.columns)))

    @property
    def summary(self) -> str:
        return self.place if self.columns is None else f"{self.place}, columns={list(self.columns)}"

    @property
    def place(self) -> str:
        """Where the data are, in short."""
        raise NotImplementedError(f"{type(self).__name__} does not tell where its data are")

    def narrow(self, wanted: frozenset[Any]) -> FrameNode:
        kept = tuple(c for c in self.meta.columns if c in wanted)
        return self if len(kept) == len(self.meta.columns) else self.replace(columns=kept)
