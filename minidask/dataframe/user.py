"""Functions of the person's own, called with the partitions of frames: they see real data only."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.align import align
from minidask.dataframe.asked import OfEach, first_frame, of_each
from minidask.dataframe.base import FrameCollection, new, node_of
from minidask.dataframe.binding import bound, callable_only
from minidask.dataframe.meta import empty, make_meta
from minidask.dataframe.node import Divisions, FrameNode, Method, Partitionwise
from minidask.dataframe.piped import Piped
from minidask.dataframe.tallies import Condense, as_it_is, concat_all
from minidask.dataframe.whole import made_now
from minidask.expr.blocks import PerBlock, function_name
from minidask.expr.grid import Index

no_default: Any = type("no_default", (), {"__repr__": lambda self: "<no_default>"})()
"""Stands for an argument that is not given."""


@dataclass(frozen=True)
class Place(PerBlock):
    """What a function is told of the partition that it is called with."""

    divisions: Divisions

    def block(self, index: Index) -> dict[str, Any]:
        return {"number": index[0], "division": self.divisions[index[0]]}


@dataclass(frozen=True)
class Told:
    """A function that takes its partition's place as the keyword `partition_info`."""

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, place: Any, *args: Any, **kwargs: Any) -> Any:
        return self.func(*args, partition_info=place, **kwargs)


def _asks_for_place(func: Callable[..., Any]) -> bool:
    try:
        return "partition_info" in inspect.signature(func).parameters
    except (TypeError, ValueError):  # builtins that do not tell
        return False


def of_user_function(
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    keeps: str = "",
    meta: Any = no_default,
) -> FrameNode:
    """The node of a person's function, called for each partition.

    Parameters
    ----------
    func, args, kwargs
        The call; nodes stand for their blocks.
    keeps
        As in `Partitionwise`.
    meta
        What it gives. By default real data tell, when somebody asks.
    """
    first = first_frame(args, kwargs)
    if meta is no_default:
        by_value = isinstance(func, Method)  # pandas' own, which call a function with each value
        asked: FrameNode = OfEach(func, args, dict(kwargs), keeps, by_value)
        return asked
    return of_each(func, args, dict(kwargs), keeps, make_meta(meta, like=first.meta))


def _of_columns(blocks: Sequence[Any], func: Any, given: Mapping[str, Any]) -> Any:
    return concat_all(blocks).apply(func, **given)


def map_partitions(
    func: Callable[..., Any],
    *args: Any,
    meta: Any = no_default,
    enforce_metadata: bool = True,
    transform_divisions: bool = True,
    clear_divisions: bool = False,
    align_dataframes: bool = False,
    **kwargs: Any,
) -> Any:
    """Call a function with each partition.

    Parameters
    ----------
    func
        Called with a pandas object for each frame among the arguments, once for each partition of real data. One that
        takes `partition_info` is told the ``{"number": i, "division": label}`` of the partition.
    *args, **kwargs
        Frames (those of one partition go to every call), other collections (they come as values), and literals.
    meta
        What `func` gives: an empty pandas object, a dict of dtypes, a pair (name, dtype). It is never needed: by
        default the first partition tells when somebody asks for columns or the like, and its result is kept.
    enforce_metadata, transform_divisions
        True. Results are always held to `meta`; the divisions stay, unless they are cleared.
    clear_divisions
        Forget the divisions: for functions that change the index.
    align_dataframes
        Whether to align the frames by their index first.

    Returns
    -------
    DataFrame, Series or Index
        A function that gives scalars makes a Series of one value a partition. Without `meta` nothing is made now: what
        comes back can be computed, and becomes what it is when it is asked for anything that depends on it.

    Raises
    ------
    ValueError
        Frames of different numbers of partitions; later, a result that is not like `meta`, or outside its divisions.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> x = from_pandas(pd.Series([1, 2, 3, 4]), npartitions=2)
    >>> map_partitions(lambda block, by: block * by, x, by=10).compute().tolist()
    [10, 20, 30, 40]
    """
    if not callable(func):
        raise TypeError(f"func={func!r}: expected a function")
    if not enforce_metadata or not transform_divisions:
        raise NotImplementedError("enforce_metadata and transform_divisions are always True; see clear_divisions=")
    nodes = tuple(node_of(a) for a in args)
    if align_dataframes:
        nodes = tuple(align("map_partitions", nodes)[0])
    keywords = {k: node_of(v) for k, v in kwargs.items()}
    if _asks_for_place(func) and "partition_info" not in kwargs:
        func, nodes = Told(func), (Place(first_frame(nodes, keywords).divisions), *nodes)
    return new(of_user_function(func, nodes, keywords, "" if clear_divisions else "divisions", meta))


class PartitionFunctions(Piped, FrameCollection):
    """Functions of partitions: DataFrame, Series and Index."""

    def map_partitions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function with each partition of this frame. See `minidask.dataframe.map_partitions`."""
        return map_partitions(func, self, *args, **kwargs)


class UserMethods(PartitionFunctions):
    """Methods that take functions of values, rows or columns: DataFrame and Series."""

    def apply(self, func: Any, *args: Any, meta: Any = no_default, **kwargs: Any) -> Any:
        """Call a function with each value of a Series, or with each row (``axis=1``) or column of a DataFrame.

        Parameters
        ----------
        func
            Takes a value, or a row or column as a Series.
        meta
            What comes out; by default the first partition tells, whose result is kept.
        *args, **kwargs
            As pandas takes them.

        Notes
        -----
        A function of whole columns is called at once, with all rows together in one task, and what it gives is kept.
        """
        given = bound(self._pandas, "apply", (func, *args), kwargs)
        given.pop("func")
        if isinstance(self._meta, pd.DataFrame) and given.get("axis") != 1:
            return self._columns_applied(func, given, meta)
        return new(of_user_function(Method("apply"), (self.expr, func), given, "rows", meta))

    def _columns_applied(self, func: Any, given: dict[str, Any], meta: Any) -> Any:
        known = 0 if meta is no_default else make_meta(meta, like=self._meta)
        told = {"func": func, "given": given}
        node = Condense(self.expr, as_it_is, concat_all, _of_columns, told, given=known)
        return made_now(node) if meta is no_default else new(node)

    def map(self, func: Any, na_action: str | None = None, meta: Any = no_default, **kwargs: Any) -> Any:
        """Each value replaced by what a function, dict or Series gives for it.

        Parameters
        ----------
        func
            A function; for a Series also a dict, or a Series in memory or lazy.
        na_action
            "ignore" leaves missing values as they are.
        meta
            What comes out; by default the first partition tells, whose result is kept.

        Raises
        ------
        TypeError, ValueError
            `func` is none of these; another `na_action`.
        """
        if na_action not in (None, "ignore"):
            raise ValueError(f"map(na_action={na_action!r}): expected 'ignore' or None")
        if isinstance(self._meta, pd.DataFrame) or not isinstance(func, Mapping | pd.Series | FrameCollection):
            callable_only("map", func)
        if na_action is not None:
            kwargs["na_action"] = na_action
        return mapped(self, func, kwargs, "rows", meta)


def mapped(frame: FrameCollection, how: Any, kwargs: dict[str, Any], keeps: str, meta: Any) -> Any:
    """The collection of `frame.map(how, **kwargs)`: of a mapping it is known what it gives."""
    mapping = how.as_value() if isinstance(how, FrameCollection) else how
    given = frame._meta
    dtype = _dtype_of_values(how) if _by_values(getattr(given, "dtype", None)) else None
    dtype = dtype if isinstance(given, pd.Series) or _by_values(dtype) else None
    if meta is not no_default or dtype is None:
        return new(of_user_function(Method("map"), (frame.expr, mapping), kwargs, keeps, meta))
    is_index = isinstance(given, pd.Index)
    found = pd.Index([], dtype=dtype) if is_index else pd.Series([], given.index, dtype=dtype)
    func = labels_mapped if is_index else Method("map")
    args = (frame.expr, mapping)
    return new(Partitionwise(func, args, kwargs, keeps, keeps == "rows", empty(found.rename(given.name))))


def _by_values(dtype: Any) -> bool:
    """Whether pandas maps each value for itself, as it does not with categories."""
    return isinstance(dtype, np.dtype | pd.StringDtype)


def _dtype_of_values(how: Any) -> Any:
    """The dtype of what a mapping maps to; None: it is a function."""
    if isinstance(how, dict) and not hasattr(how, "__missing__"):  # which makes values of keys
        return pd.Series(list(how.values())).dtype if how else np.dtype("float64")
    if isinstance(how, FrameCollection):
        return how._meta.dtype
    return how.dtype if isinstance(how, pd.Series) else None


def labels_mapped(labels: pd.Index, mapping: Any, **kwargs: Any) -> Any:
    """`Index.map`; of no labels what it gives of others, which pandas leaves as they are."""
    return labels.map(mapping, **kwargs) if len(labels) else pd.Index(labels.to_series().map(mapping, **kwargs))
