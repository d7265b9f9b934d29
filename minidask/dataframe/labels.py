"""Names of columns, dtypes, and the index: what a frame is called and counted by."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns, bound, named
from minidask.dataframe.blocks import concat
from minidask.dataframe.meta import Meta, try_on_empty
from minidask.dataframe.node import Columns, Divisions, FrameNode, Method, Partitionwise, Rowwise
from minidask.dataframe.numbering import Numbered, numbered
from minidask.dataframe.user import no_default
from minidask.expr.blocks import blockwise, everything, gather
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Rename(Rowwise):
    """A DataFrame with other names for some of its columns."""

    names: dict[Any, Any]
    """Old name to new."""

    @fact
    def meta(self) -> Meta:
        return try_on_empty(rename_columns, (self.frame.meta, self.names))

    def old(self, name: Any) -> Any:
        """What a column was called."""
        return next((c for c in self.frame.meta.columns if self.names.get(c, c) == name), name)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        if wanted is None:
            return {}
        return {self.frame: frozenset(c for c in self.frame.meta.columns if self.names.get(c, c) in wanted)}


def rename_columns(frame: pd.DataFrame, names: Mapping[Any, Any]) -> pd.DataFrame:
    """The frame with other names for some of its columns."""
    return frame.rename(columns=names)


@lower(Rename)
def rename(node: Rename) -> Node:
    """Rename in each block."""
    return blockwise(rename_columns, node.frame, node.names, grid=node.grid, name=node.name, label="rename", cheap=True)


class Labels(FrameCollection):
    """Names, dtypes and index of DataFrame and Series."""

    def reset_index(self, *args: Any, **kwargs: Any) -> Any:
        """Rows numbered from 0 on through all partitions; the index becomes columns.

        Parameters
        ----------
        *args, **kwargs
            As pandas takes them: `drop`, `names`, `name`; with a `level`, the other levels stay the index.

        Notes
        -----
        Where the partitions' lengths are not known, each has to be made before the second can be numbered.
        """
        given = named(self._pandas, "reset_index", args, kwargs)
        if len(_listed(given.get("level"))) % self._meta.index.nlevels:
            return new(Partitionwise(Method("reset_index"), (self.expr,), given))
        if given == {"drop": True}:
            return new(numbered(self.expr))
        return new(Numbered(Partitionwise(Method("reset_index"), (self.expr,), given, "rows")))

    def rename_axis(
        self, mapper: Any = no_default, index: Any = no_default, columns: Any = no_default, axis: int | str = 0
    ) -> Any:
        """Other names for the levels of the index, or those of the columns.

        Parameters
        ----------
        mapper, axis
            A name, a list of names, a dict or a function; for the index, or with ``axis=1`` for the columns.
        index, columns
            The same for the index and for the columns.
        """
        told = {"mapper": mapper, "index": index, "columns": columns}
        given = {name: value for name, value in told.items() if value is not no_default}
        return new(Partitionwise(Method("rename_axis"), (self.expr,), {**given, "axis": axis}, "rows"))

    def _check_labels(self, labels: list[Any], level: Any) -> None:
        """Look for labels of rows, now."""
        index: Any = self.index  # type: ignore[attr-defined]
        there = index if level is None else index.get_level_values(level)
        found = set(there[there.isin(labels)].unique().compute())
        missing = [label for label in labels if label not in found]
        if missing:
            raise KeyError(f"{missing} not found in axis")

    def _renamed_levels(self, level: Any, **told: Any) -> Any:
        """With other labels in one level, of the rows or of the columns."""
        return new(Partitionwise(Method("rename"), (self.expr,), {**told, "level": level}))

    def astype(self, dtype: Any, errors: str = "raise", **kwargs: Any) -> Any:
        """As `astype` of pandas.

        Parameters
        ----------
        dtype
            A dtype, or for a DataFrame a dict of column to dtype. "category" looks for
            the categories in all partitions.
        errors
            "raise", or "ignore" to leave what cannot be converted.
        """
        given = bound(self._pandas, "astype", (dtype,), {"errors": errors, **kwargs})
        wanted = given.pop("dtype")
        if _is_open_category(wanted) or (isinstance(wanted, Mapping) and any(map(_is_open_category, wanted.values()))):
            return new(_categorize(self.expr, wanted, given))
        return new(Partitionwise(Method("astype"), (self.expr, wanted), given, "rows", True))

    def categorize(self, columns: Any = None, index: bool | None = None) -> Any:
        """Columns of text, objects and unknown categories as categories, which are found now.

        Parameters
        ----------
        columns
            Their labels; by default all of such dtypes.
        index
            Only None or False.

        Raises
        ------
        KeyError
            There is no such column.
        """
        if index:
            raise NotImplementedError("categorize(index=True): set_index() by a column of categories")
        frame: Any = new(self.expr)
        if isinstance(self._meta, pd.Series):
            return frame.astype("category").cat.as_known()
        if columns is None:
            columns = self._meta.select_dtypes(["object", "string", "category"]).columns
        for column in columns if not isinstance(columns, str) else [columns]:
            frame[column] = frame[column].astype("category").cat.as_known()
        return frame


def _listed(level: Any) -> list[Any]:
    return [] if level is None else list(level) if isinstance(level, list | tuple) else [level]


def _is_open_category(dtype: Any) -> bool:
    """Whether it says category, and not which ones."""
    if isinstance(dtype, pd.CategoricalDtype):
        return dtype.categories is None
    return isinstance(dtype, str) and dtype == "category"


def _categorize(node: FrameNode, wanted: Any, options: dict[str, Any]) -> FrameNode:
    """Partitions converted to the categories that there are in all of them."""
    table = isinstance(node.meta, pd.DataFrame)
    if table and not isinstance(wanted, Mapping):
        wanted = dict.fromkeys(node.meta.columns, wanted)
    given = Method("astype")(node.meta, wanted, **options)
    converted: FrameNode = Partitionwise(
        _as_categories, (node, Categories(node, wanted), wanted), options, "rows", given=given
    )
    return converted


def with_categories(series: Any) -> Any:
    """A Series whose categories are found now, so that they are known."""
    found = new(Categories(series.expr, series.dtype)).compute()[None]
    return new(Partitionwise(Method("astype"), (series.expr, found), {}, "rows", True))


class Categories(FrameNode):
    """For each column that becomes categorical the dtype with all its categories, in a dict; None: the Series."""

    frame: FrameNode
    wanted: Any

    @property
    def meta(self) -> Meta:
        return None

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return ()


def _open_columns(block: Any, wanted: Any) -> dict[Any, Any]:
    if not isinstance(wanted, Mapping):
        return {None: block}
    return {c: block[c] for c, dtype in wanted.items() if _is_open_category(dtype)}


def _distinct(block: Any, wanted: Any) -> dict[Any, pd.Series]:
    return {c: column.drop_duplicates().dropna() for c, column in _open_columns(block, wanted).items()}


def _all_categories(blocks: list[dict[Any, pd.Series]], wanted: Any) -> dict[Any, Any]:
    found = {}
    for column in blocks[0]:
        dtype = wanted[column] if isinstance(wanted, Mapping) else wanted
        whole = concat([block[column] for block in blocks]).astype("category").dtype
        found[column] = pd.CategoricalDtype(whole.categories, getattr(dtype, "ordered", False))
    return found


def _as_categories(block: Any, found: Mapping[Hashable, Any], wanted: Any, **options: Any) -> Any:
    return block.astype({**wanted, **found} if isinstance(wanted, Mapping) else found[None], **options)


@lower(Categories)
def find_categories(node: Categories) -> Node:
    """The distinct values of all blocks."""
    parts = blockwise(_distinct, node.frame, node.wanted, grid=node.frame.grid, name=f"{node.name}-partial")
    return gather(_all_categories, parts, everything(parts.grid), node.wanted, grid=(), name=node.name)


class FrameLabels(Labels):
    """Names of columns."""

    def rename(
        self,
        mapper: Any = None,
        index: Any = None,
        columns: Any = None,
        axis: Any = None,
        level: Any = None,
        errors: str = "ignore",
    ) -> Any:
        """As `pandas.DataFrame.rename`.

        Parameters
        ----------
        mapper, axis
            A function or dict for the columns with ``axis=1``, for the index with ``axis=0``.
        index, columns
            Functions or dicts for labels of rows and of columns.
        level
            Only labels of this level.
        errors
            "raise" makes labels that are not there an error; those of rows are looked for now.

        Raises
        ------
        KeyError
            With ``errors="raise"``.
        """
        if mapper is not None:
            wide = axis is not None and along_columns(self._pandas, "rename", axis)
            index, columns = (index, mapper) if wide else (mapper, columns)
        if index is None and columns is None:
            raise TypeError("rename() takes mapper=, index= or columns=")
        if errors == "raise" and isinstance(index, Mapping):
            self._check_labels([*index], level)
        if level is not None:
            if errors == "raise" and columns is not None:
                self._meta.rename(columns=columns, level=level, errors=errors)
            return self._renamed_levels(level, index=index, columns=columns)
        found: Any = self
        if columns is not None:
            old = self._meta.columns
            made = self._meta.rename(columns=columns, errors=errors).columns
            if not old.is_unique:
                found = new(Partitionwise(Method("rename"), (self.expr,), {"columns": columns}, "rows"))
            else:
                found = new(Rename(self.expr, {a: b for a, b in zip(old, made) if a is not b}))
        if index is not None:
            found = new(Partitionwise(Method("rename"), (found.expr,), {"index": index}))
        return found

    def add_prefix(self, prefix: str, axis: Any = None) -> Any:
        """The columns with a prefix to their names; with ``axis=0``, the labels of the rows, as text."""
        if axis is not None and not along_columns(self._pandas, "add_prefix", axis):
            return new(Partitionwise(Method("add_prefix"), (self.expr, prefix), {"axis": 0}))
        return self.rename(columns=lambda name: f"{prefix}{name}")

    def add_suffix(self, suffix: str, axis: Any = None) -> Any:
        """The columns with a suffix to their names; with ``axis=0``, the labels of the rows, as text."""
        if axis is not None and not along_columns(self._pandas, "add_suffix", axis):
            return new(Partitionwise(Method("add_suffix"), (self.expr, suffix), {"axis": 0}))
        return self.rename(columns=lambda name: f"{name}{suffix}")


class SeriesLabels(Labels):
    """The name of a Series."""

    def add_prefix(self, prefix: str, axis: Any = None) -> Any:
        """The labels of the rows, as text, with a prefix."""
        along_columns(self._pandas, "add_prefix", 0 if axis is None else axis)
        return new(Partitionwise(Method("add_prefix"), (self.expr, prefix)))

    def add_suffix(self, suffix: str, axis: Any = None) -> Any:
        """The labels of the rows, as text, with a suffix."""
        along_columns(self._pandas, "add_suffix", 0 if axis is None else axis)
        return new(Partitionwise(Method("add_suffix"), (self.expr, suffix)))

    def rename(
        self,
        index: Hashable | Mapping[Any, Any] | Callable[[Any], Any] = None,
        axis: Any = None,
        level: Any = None,
        errors: str = "ignore",
    ) -> Any:
        """As `pandas.Series.rename`.

        Parameters
        ----------
        index
            The new name; or a function or dict for the labels of the rows.
        axis
            0: there is no other.
        level
            Only labels of this level of the index.
        errors
            "raise" makes labels of a dict that are not there an error; they are looked for now.

        Raises
        ------
        KeyError
            With ``errors="raise"``.
        """
        along_columns(self._pandas, "rename", 0 if axis is None else axis)
        if errors == "raise" and isinstance(index, Mapping):
            self._check_labels([*index], level)
        if level is not None:
            return self._renamed_levels(level, index=index)
        keeps = "" if callable(index) or isinstance(index, Mapping) else "rows"
        return new(Partitionwise(Method("rename"), (self.expr, index), {}, keeps))
