"""`sort_values` and `sort_index`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.lineage import is_over
from minidask.dataframe.meta import Meta
from minidask.dataframe.node import Columns, Divisions, FrameNode, Partitionwise, Projection, unknown
from minidask.dataframe.numbering import numbered
from minidask.dataframe.shuffle import column_of, exchange, pack, ranges, target_ranges, together, unpack
from minidask.dataframe.user import of_user_function
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, optimize
from minidask.kernels.ordering import order_of_key


class Sorted(FrameNode):
    """The rows of a frame sorted by some of its columns."""

    ends_at_once: ClassVar[int] = 2**14
    """So many first or last rows are found without a sort: those of several blocks are sorted in no notable time."""

    frame: FrameNode
    by: tuple[Any, ...]
    """Labels of columns; of a Series, or to sort by the index: none."""
    on_index: bool
    ascending: tuple[bool, ...]
    na_position: str
    count: int
    levels: tuple[int, ...] = ()
    """The levels of the index, where not all of them count, or in another order than theirs; see `remaining`."""
    remaining: bool = True
    """Whether those that are not among them come after them."""

    @property
    def operation(self) -> str:
        return "sort_index" if self.on_index else "sort_values"

    @fact
    def meta(self) -> Meta:
        return self.frame.meta

    @fact
    def divisions(self) -> Divisions:
        return unknown(self.count)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {} if wanted is None else {self.frame: wanted | frozenset(self.by)}

    def needs_labels(self, wanted: bool) -> bool:
        return wanted or self.on_index

    def filtered(self, columns: Columns, below: Callable[[FrameNode], FrameNode]) -> FrameNode:
        """The same of a frame of which `below` leaves out rows: equal ones keep their order."""
        found: FrameNode = self.replace(frame=below(self.frame))
        return found


@lower(Sorted)
def sort_by_ranges(node: Sorted) -> Node:
    """Rows to partitions by ranges of their keys, and sorted there."""
    grid = node.frame.grid
    if node.count == 1 and node.frame.npartitions == 1:
        pieces: Node = blockwise(_one_piece, node.frame, grid=grid, name=f"{node.name}-pieces", cheap=True)
    else:
        width, how = range(len(node.ascending)), (node.ascending, node.na_position)
        keys, few = _keys(node, node.frame, "keys"), _keys(node, _to_sample(node), "sampled")
        splitters = ranges([few], width, node.count, f"{node.name}-ranges", *how)
        targets = target_ranges(keys, width, splitters, f"{node.name}-targets", *how)
        pieces = exchange(node.frame, targets, node.count, f"{node.name}-pieces")
    method, options = pandas_call(node)
    return blockwise(_sort, pieces, _only_key(node), method, options, grid=node.grid, name=node.name, label=method)


def _keys(node: Sorted, frame: FrameNode, name: str) -> Node:
    args = (frame, node.by, node.on_index, levels_of(node))
    return blockwise(keys_of, *args, grid=frame.grid, name=f"{node.name}-{name}", label="keys_of", cheap=True)


def _to_sample(node: Sorted) -> FrameNode:
    """The frame with the columns that are sorted by: files are read again for a sample, as little of them as can be.

    What is not read, but made, would be made twice.
    """
    frame, base = node.frame, node.frame.owner
    if base.children or not is_over(frame, base) or not isinstance(frame.meta, pd.DataFrame):
        return frame
    keys = Projection(frame, list(dict.fromkeys(node.by)))
    (narrow,) = optimize([keys], until="agree")
    return narrow  # type: ignore[return-value]


def pandas_call(node: Sorted) -> tuple[str, dict[str, Any]]:
    """The method of pandas that sorts the rows so, and its arguments."""
    options: dict[str, Any] = {"na_position": node.na_position, "kind": "stable", "ascending": list(node.ascending)}
    if isinstance(node.meta, pd.DataFrame) and not node.on_index:
        options["by"] = list(node.by)
    elif len(node.ascending) == 1:
        options["ascending"] = node.ascending[0]
    if node.levels:
        options = {k: v for k, v in options.items() if k != "kind"}
        options |= {"level": list(node.levels), "sort_remaining": node.remaining}
        options["ascending"] = list(node.ascending) if len(set(node.ascending)) > 1 else node.ascending[0]
    return "sort_index" if node.on_index else "sort_values", options


def levels_of(node: Sorted) -> tuple[int, ...] | None:
    """The levels of the index that are sorted by; None: all."""
    others = [level for level in range(node.meta.index.nlevels) if level not in node.levels]
    return (*node.levels, *(others if node.remaining else ())) if node.levels else None


def _only_key(node: Sorted) -> int | None:
    """The position of the one column that is sorted by; None: there are several, or it is the index."""
    if node.on_index or len(node.ascending) > 1:
        return None
    return list(node.frame.meta.columns).index(node.by[0]) if node.by else 0


def _one_piece(block: Any) -> list[Any]:
    return [block]


def keys_of(block: Any, by: Sequence[Any], on_index: bool, levels: Sequence[int] | None) -> pd.DataFrame:
    """What is sorted by, in numbered columns."""
    if on_index:
        found = block.index.to_frame(index=False)
        found = found if levels is None else found.iloc[:, list(levels)]
    elif isinstance(block, pd.Series):
        found = block.to_frame()
    else:
        found = pd.DataFrame({i: block[label].array for i, label in enumerate(by)}, copy=False)
    return found.set_axis(range(found.shape[1]), axis=1)


def _sort(pieces: Sequence[Any], key: int | None, method: str, options: Mapping[str, Any]) -> Any:
    """The rows in their order, which a kernel finds for one key of many dtypes."""
    if key is not None:
        up = options["ascending"]
        order = order_of_key(column_of(pieces, key), up[0] if isinstance(up, list) else up)
        if order is not None:
            return together(pieces, order)
    return getattr(together(pieces), method)(**options)


_KINDS = ("quicksort", "mergesort", "heapsort", "stable")


class Sorting(FrameCollection):
    """`sort_values` and `sort_index`."""

    def sort_values(
        self,
        by: Any = None,
        ascending: bool | Sequence[bool] = True,
        na_position: str = "last",
        npartitions: int | None = None,
        ignore_index: bool = False,
        kind: str = "stable",
        key: Callable[..., Any] | None = None,
        axis: int | str = 0,
    ) -> Any:
        """The rows sorted by their values. Rows with equal values keep their order.

        Parameters
        ----------
        by
            For a DataFrame the label of a column, or a list of them.
        ascending
            One for all, or one for each column.
        na_position
            Where missing values go: "first" or "last".
        npartitions
            How many partitions the result has; default: as many as now.
        ignore_index
            Whether to number the rows from 0.
        kind
            "quicksort", "mergesort", "heapsort" or "stable": the order is that of a stable sort, which serves for all.
        key
            A function of a Series that gives another to sort by, such as ``lambda names: names.str.lower()``. It is
            called with the rows of one partition after the other, so it has to look at each value for itself.
        axis
            With 1, the columns of a DataFrame are sorted by their values in the row with the label `by`, or in those
            of a list of labels, which are looked up now.

        Raises
        ------
        KeyError, TypeError, ValueError
            There is no such column, or none is given; `ascending` has another length than `by`; another `kind`.
        """
        table = isinstance(self._meta, pd.DataFrame)
        if table and by is None:
            raise TypeError("sort_values() of a DataFrame takes by=, the label of a column or a list of them")
        if kind not in _KINDS:
            raise ValueError(f"kind={kind!r}: expected one of {', '.join(_KINDS)}")
        if along_columns(self._pandas, "sort_values", axis):
            if npartitions is not None:
                raise TypeError("sort_values(axis=1) leaves rows in their partitions: no npartitions=")
            told = {"ascending": ascending, "na_position": na_position, "ignore_index": ignore_index, "key": key}
            return self._columns_by_rows(by, told)
        labels = (by if isinstance(by, list) else [by]) if table else []
        missing = [label for label in labels if label not in self._meta.columns] if table else []
        if missing:
            raise KeyError(
                f"sort_values: there is no column {missing[0]!r}; the columns are {self._meta.columns.tolist()}"
            )
        up = _flags(ascending, max(len(labels), 1))
        found = self._sorted(tuple(labels), False, up, na_position, npartitions, key)
        return new(numbered(found) if ignore_index else found)

    def sort_index(
        self,
        ascending: bool = True,
        na_position: str = "last",
        npartitions: int | None = None,
        ignore_index: bool = False,
        kind: str = "stable",
        axis: int | str = 0,
        level: Any = None,
        sort_remaining: bool = True,
        key: Callable[..., Any] | None = None,
    ) -> Any:
        """The rows sorted by their index labels. Parameters as for `sort_values`; and:

        Parameters
        ----------
        axis
            With 1, the columns are sorted by their labels.
        level, sort_remaining
            A level of the index that comes first, or a list of them; and whether the other levels come after it.
        """
        if along_columns(self._pandas, "sort_index", axis):
            told = {"ascending": ascending, "na_position": na_position, "level": level}
            return self._columns_sorted({**told, "sort_remaining": sort_remaining, "key": key})
        if kind not in _KINDS:
            raise ValueError(f"kind={kind!r}: expected one of {', '.join(_KINDS)}")
        if ignore_index:
            told = {"level": level, "sort_remaining": sort_remaining, "key": key}
            return new(numbered(self.sort_index(ascending, na_position, npartitions, **told).expr))
        if self.expr.known and ascending is True and npartitions is None and key is None:
            return self
        width = self._meta.index.nlevels
        if level is None or width == 1:
            return new(self._sorted((), True, _flags(ascending, width), na_position, npartitions, key))
        if key is not None:
            raise NotImplementedError("sort_index(level=, key=): reset_index(), then sort_values(key=)")
        levels = [self._meta.index._get_level_number(name) for name in _listed(level)]
        remaining = sort_remaining and isinstance(ascending, bool | np.bool_)
        count = npartitions or self.npartitions
        up = _flags(ascending, width if remaining else len(levels))
        return new(Sorted(self.expr, (), True, up, na_position, count, tuple(levels), remaining))

    def _sorted(
        self,
        by: tuple[Any, ...],
        on_index: bool,
        up: tuple[bool, ...],
        na_position: str,
        npartitions: int | None,
        key: Callable[..., Any] | None,
    ) -> FrameNode:
        if na_position not in ("first", "last"):
            raise ValueError(f'na_position={na_position!r}: expected "first" or "last"')
        count = npartitions or self.npartitions
        if key is None:
            return Sorted(self.expr, by, on_index, up, na_position, count)
        keyed = of_user_function(_with_keys, (self.expr, key, by, on_index), {}, "rows")
        places = tuple(keyed.meta.columns[-len(up) :])
        ordered = Sorted(keyed, places, False, up, na_position, count)
        return Partitionwise(_without_keys, (ordered, self._meta), given=self._meta, label="sort")

    def _columns_sorted(self, options: dict[str, Any]) -> Any:
        places = pd.Series(range(self._meta.shape[1]), index=self._meta.columns)
        order = places.sort_index(kind="stable", **options).tolist()
        return self.iloc[:, order]  # type: ignore[attr-defined]

    def _columns_by_rows(self, by: Any, options: dict[str, Any]) -> Any:
        rows = self.loc[by if isinstance(by, list) else [by]].compute()  # type: ignore[attr-defined]
        places = rows.set_axis(range(rows.shape[1]), axis=1)
        order = places.sort_values(by, axis=1, kind="stable", **{**options, "ignore_index": False}).columns.tolist()
        found = self.iloc[:, order]  # type: ignore[attr-defined]
        return found.set_axis(pd.RangeIndex(len(order)), axis=1) if options["ignore_index"] else found


def _with_keys(block: Any, key: Callable[..., Any], by: Sequence[Any], on_index: bool) -> pd.DataFrame:
    """The rows packed with what a person's function makes of their keys."""
    index = block.index
    if on_index and isinstance(index, pd.MultiIndex):
        keys = [key(index.get_level_values(i)) for i in range(index.nlevels)]
    else:
        keys = [key(index)] if on_index else [key(block[label]) for label in by] or [key(block)]
    return pack(block, *[pd.Series(k, index=index) if on_index else k for k in keys])


def _without_keys(rows: pd.DataFrame, meta: Meta) -> Any:
    return unpack(rows, meta, [])[0]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _flags(ascending: bool | Sequence[bool], count: int) -> tuple[bool, ...]:
    flags = [ascending] * count if isinstance(ascending, bool | np.bool_) else list(ascending)
    if len(flags) != count:
        raise ValueError(f"ascending={ascending!r}: expected {count} values, one for each key")
    if not all(isinstance(flag, bool | np.bool_ | int) for flag in flags):
        raise ValueError(f"ascending={ascending!r}: expected True or False")
    return tuple(bool(flag) for flag in flags)
