"""Rows left out, chosen and called by their labels: `drop`, `filter`, `xs`, `get`, `pop`, and another index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.blocks import concat
from minidask.dataframe.foreign import is_function, is_mask, operand
from minidask.dataframe.meta import empty
from minidask.dataframe.node import FrameNode, Method, Partitionwise, Projection, is_frame
from minidask.dataframe.tallies import Condense


def index_only(node: FrameNode) -> FrameNode:
    """The frame without its columns; a Series as it is."""
    found: FrameNode = Projection(node, []) if isinstance(node.meta, pd.DataFrame) else node
    return found


def listed(labels: Any) -> list[Any]:
    """Labels in a list: one alone is a list of it."""
    if isinstance(labels, FrameCollection):
        labels = labels.compute()
    return list(labels) if pd.api.types.is_list_like(labels) and not isinstance(labels, tuple) else [labels]


def without_labels(node: FrameNode, labels: Any, errors: str, level: Any = None) -> FrameNode:
    """The rows without those that have some labels, in a level of the index where one is told.

    Raises
    ------
    KeyError
        Then, where a label is not there; unless ``errors="ignore"``.
    """
    if errors not in ("raise", "ignore"):
        raise ValueError(f'errors={errors!r}: expected "raise" or "ignore"')
    wanted = listed(labels)
    there: Any = None
    if errors == "raise":
        options = {"labels": wanted, "level": level}
        there = Condense(index_only(node), _there, _any_there, _any_there, options, given=0)
    found: FrameNode = Partitionwise(
        _without, (node, wanted, there), {"level": level}, "divisions", given=node.meta, label="drop"
    )
    return found


def _there(block: Any, labels: list[Any], level: Any) -> list[bool]:
    index = block.index if level is None else block.index.get_level_values(level)
    return [label in index for label in labels]


def _any_there(blocks: Sequence[list[bool]], **options: Any) -> list[bool]:
    return [any(found) for found in zip(*blocks)]


def _without(block: Any, labels: list[Any], there: list[bool] | None, level: Any) -> Any:
    missing = [label for label, found in zip(labels, there or ()) if not found]
    if missing:
        raise KeyError(f"{missing} not found in axis")
    return block.drop(index=labels, level=level, errors="ignore")


def _labelled(block: Any, items: list[Any]) -> Any:
    return block[block.index.isin(items)]


def _concat(blocks: Sequence[Any], items: list[Any]) -> Any:
    return concat(blocks)


def _filtered(blocks: Sequence[Any], items: list[Any]) -> Any:
    return concat(blocks).filter(items=items, axis=0)


def _at_levels(block: Any, key: Any, level: Any) -> Any:
    keys, levels = (key, level) if isinstance(level, list | tuple) else ((key,), (level,))
    for label, name in zip(keys, levels):
        block = block[block.index.get_level_values(name) == label]
    return block


def _concat_levels(blocks: Sequence[Any], **options: Any) -> Any:
    return concat(blocks)


def _xs(blocks: Sequence[Any], key: Any, level: Any) -> Any:
    return concat(blocks).xs(key, level=level)


def _at_all_levels(blocks: Sequence[Any], key: Any, level: Any) -> Any:
    found = concat(blocks)
    if not len(found):
        raise KeyError(key)
    return found


class ByLabel(FrameCollection):
    """Rows by label, of DataFrame and Series."""

    def filter(
        self,
        arg: Any = None,
        like: str | None = None,
        regex: str | None = None,
        axis: int | str | None = None,
        *,
        items: Any = None,
        cond: Any = None,
    ) -> Any:
        """The columns (of a Series, or with ``axis=0``, the rows) with some labels; or the rows where something holds.

        Parameters
        ----------
        arg
            The same as `items`; a mask, or a function that gives one, the same as `cond`.
        like, regex
            What the labels, as text, contain or match.
        axis
            0 or "index", 1 or "columns".
        items
            Labels; those that are not there are passed over.
        cond
            A boolean Series, or a function of the frame that gives one.
        """
        if arg is not None and (is_function(arg) or is_mask(arg)):
            cond, arg = arg, None
        items = arg if items is None else items
        if sum(x is not None for x in (items, like, regex, cond)) != 1:
            raise TypeError("filter() takes one of items=, like=, regex= and cond=")
        if cond is not None:
            return self[cond]  # type: ignore[index]
        if along_columns(self._pandas, "filter", int(self._meta.ndim == 2) if axis is None else axis):
            told = {"items": items, "like": like, "regex": regex}
            return new(Partitionwise(Method("filter"), (self.expr,), {**told, "axis": 1}, "rows"))
        if items is not None:
            told = {"items": listed(items)}
            return new(Condense(self.expr, _labelled, _concat, _filtered, told, given=self._meta.rename_axis(None)))
        told = {"like": like, "regex": regex, "axis": 0}
        return new(Partitionwise(Method("filter"), (self.expr,), told, "divisions", given=self._meta))

    def xs(self, key: Any, axis: int | str = 0, level: Any = None, drop_level: bool = True) -> Any:
        """The rows (with ``axis=1`` the columns) with a label, or with one in a level of a MultiIndex.

        Parameters
        ----------
        key
            The label; with several levels a tuple of labels.
        axis
            0 or 1.
        level
            The level, or a list of them; by default the first ones.
        drop_level
            Whether these levels are left out of the result.

        Raises
        ------
        KeyError
            No column has the label, or, then, no row.
        """
        if along_columns(self._pandas, "xs", axis):
            told = {"axis": 1, "level": level, "drop_level": drop_level}
            return new(Partitionwise(Method("xs"), (self.expr, key), told, "rows"))
        if level is None and drop_level:
            return self.loc[key]  # type: ignore[attr-defined]
        if level is None:
            level = list(range(len(key))) if isinstance(key, tuple) else 0
        levels = level if isinstance(level, list | tuple) else [level]
        drop_level = drop_level and len(levels) < self._meta.index.nlevels
        given = self._meta.droplevel(level) if drop_level else self._meta
        final = _xs if drop_level else _at_all_levels
        return new(Condense(self.expr, _at_levels, _concat_levels, final, {"key": key, "level": level}, given=given))

    def set_axis(self, labels: Any, axis: int | str = 0) -> Any:
        """Other labels of the rows, or with ``axis=1`` of the columns.

        Parameters
        ----------
        labels
            As many as there are rows or columns: in memory, or lazy.
        axis
            0 or 1.
        """
        if along_columns(self._pandas, "set_axis", axis):
            return new(Partitionwise(Method("set_axis"), (self.expr, labels), {"axis": 1}, "rows"))
        return new(with_index(self.expr, labels))


def with_index(node: FrameNode, labels: Any) -> FrameNode:
    """The frame with other labels, which go by place.

    Raises
    ------
    ValueError
        More or fewer labels than rows, as far as that is known now.
    NotImplementedError
        A MultiIndex in memory.
    """
    if isinstance(labels, pd.MultiIndex):
        raise NotImplementedError(
            "a MultiIndex in memory as index: assign its levels as columns, then set_index([...])"
        )
    if isinstance(labels, pd.Series):
        labels = pd.Index(labels)
    given = labels._meta if isinstance(labels, FrameCollection) else None
    values = labels.expr if is_frame(getattr(labels, "expr", None)) else operand(labels, node, "set_axis")
    if not is_frame(values):
        raise TypeError(f"index: expected a label for each row, got a {type(labels).__name__}")
    name = labels.name if isinstance(labels, pd.Index) else getattr(given, "name", None)
    if values.npartitions != node.npartitions:
        raise ValueError(f"index: labels in {values.npartitions} partitions for rows in {node.npartitions}")
    meta = empty(_with_index(node.meta, values.meta, name))
    found: FrameNode = Partitionwise(_with_index, (node, values, name), {}, "", given=meta)
    return found


def _with_index(block: Any, labels: Any, name: Any) -> Any:
    index = labels if isinstance(labels, pd.Index) else pd.Index(labels.array, dtype=labels.dtype)
    return block.set_axis(index if isinstance(index, pd.MultiIndex) else index.rename(name))


class SeriesByLabel(ByLabel):
    """Elements of a Series by label."""

    def drop(
        self, labels: Any = None, axis: int | str = 0, index: Any = None, errors: str = "raise", level: Any = None
    ) -> Any:
        """The elements without those that have some labels.

        Parameters
        ----------
        labels, index
            One label, or a list of them.
        axis
            0.
        errors
            "ignore" passes over labels that are not there.
        level
            Whose labels, of an index of several levels.

        Raises
        ------
        KeyError
            Then, where a label is not there.
        """
        along_columns(self._pandas, "drop", axis)
        if labels is None and index is None:
            raise ValueError("drop() takes labels= or index=")
        return new(without_labels(self.expr, labels if index is None else index, errors, level))

    def get(self, key: Any, default: Any = None) -> Any:
        """The element with a label, made now; or `default`, where there is none.

        Parameters
        ----------
        key
            A label, or a list of them.
        default
            Anything.
        """
        try:
            return self.loc[key].compute()  # type: ignore[attr-defined]
        except KeyError:
            return default

    def pop(self, item: Any) -> Any:
        """The element with a label, made now; this Series has it no more.

        Parameters
        ----------
        item
            The label.

        Raises
        ------
        KeyError
            It is not there.
        """
        found = self.loc[item].compute()  # type: ignore[attr-defined]
        self.expr = without_labels(self.expr, item, "ignore")
        return found

    def __delitem__(self, label: Any) -> None:
        self.pop(label)
