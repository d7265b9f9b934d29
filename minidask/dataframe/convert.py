"""Frames of what other functions, delayed values and arrays give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import minidask.dataframe.divisions as cuts
from minidask.collection import Collection
from minidask.dataframe.asked import UserFunction
from minidask.dataframe.base import new
from minidask.dataframe.keeping import keeping
from minidask.dataframe.meta import PANDAS, Meta, describe, empty, make_meta
from minidask.dataframe.node import Divisions, FrameNode, unknown, wrap
from minidask.dataframe.user import no_default
from minidask.expr.blocks import Beside, Blocks, One, PerBlock, Tasks, blockwise, function_name
from minidask.expr.grid import Index
from minidask.expr.naming import tokenize
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class FromMap(FrameNode):
    """A partition for each call of a function."""

    func: Callable[..., Any]
    items: tuple[Sequence[Any], ...]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    given: Meta
    parts: Divisions
    label: str

    @property
    def operation(self) -> str:
        return self.label

    @fact
    def meta(self) -> Meta:
        return self.given

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return self.parts


@dataclass(frozen=True)
class Item(PerBlock):
    """The item of a sequence for each partition."""

    items: Sequence[Any]

    def block(self, index: Index) -> Any:
        return self.items[index[0]]


@lower(FromMap)
def call_for_each(node: FromMap) -> Node:
    """One task a call."""
    items = [Item(sequence) for sequence in node.items]
    func = UserFunction(node.func, node.meta)
    return blockwise(func, *items, *node.args, grid=node.grid, kwargs=node.kwargs, name=node.name, label=node.operation)


def from_map(
    func: Callable[..., Any],
    *iterables: Any,
    args: Sequence[Any] = (),
    meta: Any = no_default,
    divisions: Sequence[Any] | None = None,
    label: str | None = None,
    enforce_metadata: bool = True,
    **kwargs: Any,
) -> Any:
    """A frame with a partition for each call of a function.

    Parameters
    ----------
    func
        Called with an item of each iterable; returns a pandas object.
    *iterables
        Of one length: the number of partitions.
    args, **kwargs
        More arguments for each call.
    meta
        What `func` gives; by default the first call tells, whose result is kept.
    divisions
        The divisions, where they are known.
    label
        What to call it.
    enforce_metadata
        True: results are always held to `meta`.

    Raises
    ------
    TypeError, ValueError
        There are no items; iterables of different lengths; the function gives no pandas object.

    Examples
    --------
    >>> import pandas as pd
    >>> from_map(lambda n: pd.DataFrame({"x": range(n)}), [2, 3]).x.sum().compute()
    np.int64(4)
    """
    items = tuple(i if isinstance(i, Sequence) else list(i) for i in iterables)
    counts = {len(i) for i in items}
    if len(counts) != 1 or not items or not counts.pop():
        raise ValueError("from_map needs iterables of one length, with at least one item each")
    if not enforce_metadata:
        raise NotImplementedError("enforce_metadata=False: results are always held to meta")
    parts = unknown(len(items[0])) if divisions is None else cuts.check(divisions)
    if len(parts) != len(items[0]) + 1:
        raise ValueError(f"divisions: {len(items[0])} partitions have {len(items[0]) + 1}, got {len(parts)}")
    block = None
    if meta is no_default:
        block = func(*(i[0] for i in items), *args, **kwargs)
        if not isinstance(block, PANDAS):
            raise TypeError(f"{function_name(func)} gave {describe(block)}, expected a pandas object")
        meta = block
    name = label or function_name(func)
    node: FrameNode = FromMap(func, items, tuple(args), kwargs, make_meta(meta), parts, name)
    return new(node if block is None else keeping(node, block))


def from_delayed(
    dfs: Any,
    meta: Any = None,
    divisions: Sequence[Any] | None = None,
    prefix: str | None = None,
    verify_meta: bool = True,
) -> Any:
    """A frame whose partitions are delayed values.

    Parameters
    ----------
    dfs
        Delayed pandas objects: one, or a list.
    meta
        What they are; by default the first one is computed, and kept.
    divisions
        The divisions, where they are known.
    prefix
        What to call it.
    verify_meta
        Whether to check that the columns are those of `meta`.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask import delayed
    >>> load = delayed(lambda n: pd.Series(range(n)))
    >>> from_delayed([load(2), load(3)]).sum().compute()
    np.int64(4)
    """
    values = [dfs] if isinstance(dfs, Collection) else list(dfs)
    if not values or not all(isinstance(v, Collection) for v in values):
        raise TypeError("dfs: expected delayed values, at least one; of futures, minidask.distributed.from_future")
    nodes = [v.as_value() for v in values]
    if meta is None:
        block = values[0].compute()
        meta = empty(block)
        nodes[0] = Blocks.named(f"{nodes[0].name}-known", (block,), ())
    meta = make_meta(meta)
    label = prefix or "from_delayed"
    name = f"{label}-{tokenize([n.name for n in nodes], meta, verify_meta)}"
    parts = unknown(len(nodes)) if divisions is None else cuts.check(divisions)
    if len(parts) != len(nodes) + 1:
        raise ValueError(f"divisions: {len(nodes)} partitions have {len(nodes) + 1}, got {len(parts)}")
    values_beside: Node = Beside.named(f"{name}-values", tuple(nodes), 0, True)
    func = UserFunction(from_delayed_value, meta, advice=_ADVICE) if verify_meta else from_delayed_value
    return new(wrap(blockwise(func, values_beside, grid=(len(nodes),), name=name, label=label), meta, parts))


_ADVICE = "all delayed values must be like the first, or as meta= says"


def from_delayed_value(value: Any) -> Any:
    """The delayed value itself, which is a partition."""
    return value


def from_graph(
    layer: Mapping[Any, Any],
    _meta: Any,
    divisions: Sequence[Any],
    keys: Sequence[Any],
    name_prefix: str = "from-graph",
) -> Any:
    """A frame whose partitions the tasks of a graph make.

    Parameters
    ----------
    layer
        Key to task, in the well-known plain form: ``{"x": 1, "y": (add, "x", 2)}``.
    _meta
        What the partitions are: an empty pandas object, a dict of dtypes, a pair (name, dtype).
    divisions
        The label at which each partition begins, and the last one; or None for each.
    keys
        The keys of the partitions, in their order.
    name_prefix
        What to call it.

    Raises
    ------
    KeyError
        A partition has no task.
    ValueError
        There are no partitions, or divisions that do not fit; later, a partition that is not like `_meta`.

    Examples
    --------
    >>> import pandas as pd
    >>> tasks = {"n": 3, "a": (pd.Series, [1, 2]), "b": (pd.Series, ["n"])}
    >>> from_graph(tasks, pd.Series([], dtype="int64"), (None,) * 3, ["a", "b"]).compute().tolist()
    [1, 2, 3]
    """
    outputs, meta = tuple(keys), make_meta(_meta)
    missing = [key for key in outputs if key not in layer]
    if missing:
        raise KeyError(f"the graph has no key {missing[0]!r}")
    parts = unknown(len(outputs)) if all(label is None for label in divisions) else cuts.check(divisions)
    if not outputs or len(divisions) != len(outputs) + 1:
        raise ValueError(f"divisions: {len(outputs)} partitions have {len(outputs) + 1}, got {len(divisions)}")
    label = name_prefix.replace("-", "_")
    name = f"{label}-{tokenize(dict(layer), outputs, meta)}"
    tasks = Tasks.named(f"{name}-given", dict(layer), outputs, (len(outputs),))
    func = UserFunction(task_of_graph, meta, advice="all partitions must be as _meta= says")
    return new(wrap(blockwise(func, tasks, grid=tasks.grid, name=name, label=label), meta, parts))


def task_of_graph(value: Any) -> Any:
    """What a task of the graph gave, which is a partition."""
    return value


class FromArray(FrameNode):
    """The rows of an array as those of a frame.

    Fields
    ------
    array
        A node of blocks, or what can be sliced.
    cuts
        Where the partitions begin, and the number of rows.
    given
        The meta.
    """

    array: Any
    cuts: tuple[int, ...]
    given: Meta

    @property
    def operation(self) -> str:
        return "from_array"

    @fact
    def meta(self) -> Meta:
        return self.given

    @fact
    def divisions(self) -> Divisions:
        rows = self.cuts[-1]
        increasing = all(a < b for a, b in zip(self.cuts, self.cuts[1:]))
        return (*self.cuts[:-1], rows - 1) if rows and increasing else unknown(len(self.cuts) - 1)

    def lengths(self) -> tuple[int, ...] | None:
        return tuple(b - a for a, b in zip(self.cuts, self.cuts[1:]))


@dataclass(frozen=True)
class Rows(PerBlock):
    """The place of each partition: first row, and the one after the last."""

    cuts: tuple[int, ...]

    def block(self, index: Index) -> tuple[int, int]:
        return self.cuts[index[0]], self.cuts[index[0] + 1]


@dataclass(frozen=True)
class View(PerBlock):
    """The rows of each partition, cut from an array in memory."""

    array: Any
    cuts: tuple[int, ...]

    def block(self, index: Index) -> Any:
        return self.array[self.cuts[index[0]] : self.cuts[index[0] + 1]]


@lower(FromArray)
def cut_array(node: FromArray) -> Node:
    """Blocks of an array, views of one in memory, or slices read where they are needed."""
    array, place = node.array, Rows(node.cuts)
    options: dict[str, Any] = {"grid": node.grid, "name": node.name, "label": "from_array"}
    if isinstance(array, Node):
        reads = {0: One((0, None)[: len(array.grid)])}
        return blockwise(rows_of_array, array, place, node.given, reads=reads, **options)
    if isinstance(array, np.ndarray):
        return blockwise(rows_of_array, View(array, node.cuts), place, node.given, recompute="always", **options)
    return blockwise(slice_of_array, array, place, node.given, recompute="late", **options)


def rows_of_array(block: Any, place: tuple[int, int], meta: Meta) -> Any:
    """A block as a pandas object, numbered by its place."""
    index = pd.RangeIndex(*place)
    if isinstance(meta, pd.Series):
        return pd.Series(block, index=index, name=meta.name)
    return pd.DataFrame(block, index=index, columns=meta.columns)


def slice_of_array(array: Any, place: tuple[int, int], meta: Meta) -> Any:
    """Rows read from what can be sliced."""
    return rows_of_array(np.asarray(array[slice(*place)]), place, meta)


def from_array(x: Any, chunksize: int = 50_000, columns: Any = None, meta: Any = None) -> Any:
    """A frame of an array of one or two dimensions, or of records.

    Parameters
    ----------
    x
        A NumPy array; a lazy one of known shape; or anything with shape, dtype and slicing, such as a dataset of h5py.
    chunksize
        Rows of one partition. The blocks of a lazy array are partitions as they are.
    columns
        The names of the columns; for one dimension that of the Series.
    meta
        What comes out, by default by the dtype.

    Raises
    ------
    ValueError
        More than two dimensions, another number of columns, or unknown lengths.

    Examples
    --------
    >>> import numpy as np
    >>> from_array(np.arange(6).reshape(3, 2), columns=["a", "b"]).b.sum().compute()
    np.int64(9)
    """
    if x.ndim not in (1, 2):
        raise ValueError(f"x has {x.ndim} dimensions; a frame is made of 1 or 2")
    sample = np.empty((0, *x.shape[1:]), dtype=x.dtype)
    records = x.dtype.names is not None
    if meta is None and columns is not None and x.ndim == 2 and len(columns) != x.shape[1]:
        raise ValueError(f"columns: there are {len(columns)} names ({columns!r}) for {x.shape[1]} columns")
    if meta is None:
        meta = pd.Series(sample, name=columns) if x.ndim == 1 and not records else pd.DataFrame(sample, columns=columns)
    if isinstance(x, Collection):
        return _from_lazy_array(x, empty(meta))
    at = cuts.even_cuts(len(x), -(-len(x) // chunksize))
    return new(FromArray(x, at, empty(meta)))


def _from_lazy_array(x: Any, meta: Meta) -> Any:
    if x.ndim == 2 and x.numblocks[1] > 1:
        x = x.rechunk({1: -1})
    lengths = x.chunks[0]
    at = (0, *np.cumsum(lengths).tolist())
    return new(FromArray(x.expr, at, meta))


def from_dask_array(x: Any, columns: Any = None, index: Any = None, meta: Any = None) -> Any:
    """A frame of a lazy array of one or two dimensions. Parameters as for `from_array`.

    Parameters
    ----------
    index
        Only None: rows are numbered from 0 on.
    """
    if index is not None:
        raise NotImplementedError("from_dask_array(index=): assign the index as a column, and use set_index()")
    return from_array(x, columns=columns, meta=meta)
