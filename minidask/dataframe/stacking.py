"""`concat`: frames one under the other, or side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

import minidask.dataframe.divisions as cuts
from minidask.dataframe.agreement import in_doubt
from minidask.dataframe.align import Divide, align
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.create import from_pandas
from minidask.dataframe.meta import PANDAS, Meta, empty, try_on_empty
from minidask.dataframe.node import Columns, Divisions, FrameNode, Partitionwise, Projection, unknown
from minidask.dataframe.numbering import numbered
from minidask.dataframe.reductions import one_row
from minidask.dataframe.schema import dtypes_by_place, hold, with_dtypes
from minidask.expr.blocks import Beside, blockwise
from minidask.expr.node import Node, fact, late_fact
from minidask.expr.pipeline import lower
from minidask.signatures import like


class Stack(FrameNode):
    """Base of the nodes with the rows of several frames."""

    frames: tuple[FrameNode, ...]
    join: str

    @property
    def operation(self) -> str:
        return "concat"

    @fact
    def meta(self) -> Meta:
        return empty(try_on_empty(_stack_rows, (tuple(f.meta for f in self.frames), self.join)))

    @late_fact
    def unsettled(self) -> Sequence[int]:
        """The columns, by position, whose dtypes depend on data: blocks keep those that they come with."""
        return in_doubt(self)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return dict.fromkeys(self.frames, wanted)

    def filtered(self, columns: Columns, below: Callable[[FrameNode], FrameNode]) -> FrameNode | None:
        """The same of frames of which `below` leaves out rows by these columns; None where not all have them alike."""
        tables = [f.meta for f in self.frames]
        if not columns or not all(isinstance(t, pd.DataFrame) and t.columns.is_unique for t in tables):
            return None
        alike = all(c in t.columns and t[c].dtype == self.meta[c].dtype for t in tables for c in columns)
        return self.replace(frames=tuple(below(f) for f in self.frames)) if alike else None


class Stacked(Stack):
    """The rows of several frames, one under the other."""

    @fact
    def divisions(self) -> Divisions:
        parts = [f.divisions for f in self.frames]
        if all(f.known for f in self.frames) and all(a[-1] < b[0] for a, b in pairwise(parts)):
            return (*(d for p in parts for d in p[:-1]), parts[-1][-1])
        return unknown(sum(f.npartitions for f in self.frames))

    def needs_labels(self, wanted: bool) -> bool:
        return wanted


def _stack_rows(metas: Sequence[Meta], join: Any) -> Any:
    return pd.concat([one_row(m) for m in metas], join=join)


@lower(Stacked)
def lay_end_to_end(node: Stacked) -> Node:
    """The blocks of all frames, each with the columns and dtypes of the whole."""
    parts = []
    for i, frame in enumerate(node.frames):
        if frame.meta is node.meta:
            parts.append(frame)
            continue
        told = node.meta, node.unsettled
        part: Any = blockwise(_like, frame, *told, grid=frame.grid, name=f"{node.name}-{i}", label="concat", cheap=True)
        parts.append(part)
    return Beside.named(node.name, tuple(parts))


def _like(block: Any, meta: Meta, unsettled: Sequence[int]) -> Any:
    """The block with the columns and dtypes of the whole, but for unsettled ones that have become wider."""
    if isinstance(meta, pd.DataFrame):
        frame = block.to_frame() if isinstance(block, pd.Series) else block
        block = frame.reindex(columns=meta.columns)
    elif block.name != meta.name:
        block = block.rename(meta.name)
    now = dtypes_by_place(block)
    dtypes = dtypes_by_place(meta)
    wider = [i for i in unsettled if not _is_whole(now[i], dtypes[i])]
    dtypes = {i: dtype for i, dtype in dtypes.items() if i not in wider}
    for i in [i for i, dtype in dtypes.items() if _is_narrower(dtype, now[i])]:
        hold(block.iloc[:, i] if isinstance(block, pd.DataFrame) else block, pd.Series(dtype=dtypes[i]), "concat")
    return with_dtypes(block, dtypes)


def _is_narrower(dtype: Any, found: Any) -> bool:
    """Whether a cast might cut numbers, as of floats to whole numbers."""
    numbers = all(isinstance(d, np.dtype) and d.kind in "biufc" for d in (dtype, found))
    return numbers and not np.can_cast(found, dtype, "same_kind")


def _is_whole(found: Any, usual: Any) -> bool:
    """Whether values are whole numbers, or true and false, that all fit the usual dtype."""
    if getattr(found, "kind", "") not in "biu":
        return False
    return not isinstance(usual, np.dtype) or np.can_cast(np.dtype(getattr(found, "numpy_dtype", found)), usual)


class Interleaved(Stack):
    """Frames with the same divisions, the rows of each partition one under the other."""

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return self.frames[0].divisions


@lower(Interleaved)
def interleave(node: Interleaved) -> Node:
    """One task a partition, that sorts its rows by the index."""
    told = node.meta, node.unsettled
    return blockwise(_interleave, *told, *node.frames, grid=node.grid, name=node.name, label="concat")


def _interleave(meta: Meta, unsettled: Sequence[int], *blocks: Any) -> Any:
    return pd.concat([_like(b, meta, unsettled) for b in blocks]).sort_index(kind="stable")


@like(pd)
def concat(
    dfs: Iterable[Any],
    axis: int | str = 0,
    join: str = "outer",
    interleave_partitions: bool = False,
    ignore_index: bool = False,
    keys: Any = None,
    names: Any = None,
    sort: bool = False,
    verify_integrity: bool = False,
) -> Any:
    """Several frames as one.

    Parameters
    ----------
    dfs
        Lazy and pandas DataFrames and Series; a dict has the `keys` too.
    axis
        0: one under the other. 1: side by side; the frames must have the same rows, or known divisions.
    join
        "outer" keeps all columns (with ``axis=1``: labels), "inner" those that all frames have.
    interleave_partitions
        Whether frames with known divisions that overlap are merged into one with known divisions, whose rows
        are sorted by the index; with `ignore_index` there is nothing to merge by.
    ignore_index
        Whether to number the rows from 0 (with ``axis=1`` the columns).
    keys, names
        A label for each frame, which becomes the first level of the index (with ``axis=1`` of the columns); and names
        of the levels.
    sort
        Whether to sort the labels of columns (with ``axis=1`` of rows) that are not the same in all frames.
    verify_integrity
        Whether to look now for labels of rows (with ``axis=1`` of columns) that are there twice, which are an error.

    Raises
    ------
    TypeError, ValueError
        There is nothing to concatenate, or something that is no frame; frames that cannot be aligned; labels that are
        there twice.

    Examples
    --------
    >>> import pandas as pd
    >>> x = from_pandas(pd.Series([1, 2], name="x"), npartitions=2)
    >>> concat([x, pd.Series([3], name="x")]).compute().tolist()
    [1, 2, 3]
    """
    if isinstance(dfs, Mapping):
        keys, dfs = list(dfs) if keys is None else keys, [dfs[key] for key in (dfs if keys is None else keys)]
    if isinstance(dfs, FrameCollection | str) or not isinstance(dfs, Iterable):
        raise TypeError(f"dfs: expected a list of frames, got a {type(dfs).__name__}")
    frames = [_node(d) for d in dfs]
    wide = along_columns(pd.DataFrame, "concat", axis)
    if keys is not None and not wide:
        frames = _under_keys(frames, list(keys), names)
    if not frames:
        raise ValueError("dfs: there is nothing to concatenate")
    if join not in ("inner", "outer"):
        raise ValueError(f'join={join!r}: expected "inner" or "outer"')
    if wide:
        told = {} if keys is None else {"keys": list(keys), "names": names}
        told |= {"ignore_index": ignore_index, "verify_integrity": verify_integrity}
        return _side_by_side(frames, join, sort, told)
    merged = interleave_partitions and not ignore_index and all(f.known for f in frames)
    if merged and not Stacked(tuple(frames), join).known:
        parts = cuts.union([f.divisions for f in frames])
        node: FrameNode = Interleaved(tuple([Divide(f, parts) for f in frames]), join)
    else:
        node = frames[0] if len(frames) == 1 else Stacked(tuple(frames), join)
    if sort and isinstance(node.meta, pd.DataFrame):
        order = pd.concat([frame.meta for frame in frames], join=join, sort=True).columns  # type: ignore[call-overload]
        node = node if order.equals(node.meta.columns) else Projection(node, order.tolist())
    if verify_integrity and not ignore_index:
        _check_labels(new(node).index)
    return new(numbered(node) if ignore_index else node)


def _check_labels(labels: Any) -> None:
    """Raise an error if a label is there twice."""
    twice = labels[labels.duplicated()].unique().compute()
    if len(twice):
        raise ValueError(f"verify_integrity: indexes have overlapping values: {twice}")


def _under_keys(frames: list[FrameNode], keys: list[Any], names: Any) -> list[FrameNode]:
    """The frames with another level before those of their indexes."""
    if len(keys) != len(frames):
        raise ValueError(f"keys: {len(keys)} labels for {len(frames)} frames")
    return [Partitionwise(_under_key, (frame, key, names), label="concat") for frame, key in zip(frames, keys)]


def _under_key(block: Any, key: Any, names: Any) -> Any:
    return pd.concat([block], keys=[key], names=names)


def _node(value: Any) -> FrameNode:
    if isinstance(value, pd.DataFrame | pd.Series):
        value = from_pandas(value, npartitions=1, sort=False)
    if not isinstance(value, FrameCollection) or not isinstance(value._meta, PANDAS):
        raise TypeError(f"dfs: expected DataFrames and Series, lazy or of pandas, got a {type(value).__name__}")
    return value.expr


def _side_by_side(frames: list[FrameNode], join: str, sort: bool, named: dict[str, Any]) -> Any:
    """Columns of one row space next to each other; labels that are not everywhere as `join` says."""
    same = len({f.rows for f in frames}) == 1
    aligned, keeps = align("concat", frames)
    options = {"axis": 1, "join": join, **named}
    found = new(Partitionwise(_beside, (tuple(aligned), options), {}, keeps if same else "divisions"))
    return found.sort_index() if sort and not same else found


def _beside(blocks: Sequence[Any], options: Mapping[str, Any]) -> pd.DataFrame:
    return pd.concat(blocks, **options)
