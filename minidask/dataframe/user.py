"""Functions of the person's own: what they give is found on an empty block, or on the real first one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from minidask.dataframe.align import align
from minidask.dataframe.base import FrameCollection, new, node_of
from minidask.dataframe.binding import bound
from minidask.dataframe.blocks import first_present, is_increasing_within
from minidask.dataframe.divisions import Bounds
from minidask.dataframe.meta import PANDAS, Meta, describe, empty, make_meta
from minidask.dataframe.node import Divisions, FrameNode, Method, Partitionwise, SameRows, is_frame, wrap
from minidask.dataframe.operands import exchange_nodes
from minidask.dataframe.partitions import Pick
from minidask.dataframe.schema import hold
from minidask.dataframe.tallies import Condense, as_it_is, concat_all
from minidask.dataframe.whole import made_now
from minidask.expr.blocks import Blocks, Blockwise, Explicit, PerBlock, function_name
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower

no_default: Any = type("no_default", (), {"__repr__": lambda self: "<no_default>"})()
"""Stands for an argument that is not given."""


@dataclass(frozen=True)
class UserFunction:
    """A person's function, whose results are held to what was told of them."""

    func: Callable[..., Any]
    meta: Meta
    divided: bool = False
    """Whether the first argument is the bounds of the partition, within which the index must stay."""
    advice: str = "say with meta= what it gives"

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        bounds, args = (args[0], args[1:]) if self.divided else (None, args)
        result = self.func(*args, **kwargs)
        expected = self.meta
        if isinstance(expected, pd.Series) and not isinstance(result, PANDAS):
            result = pd.Series([result])
        if not alike(result, expected):
            raise ValueError(
                f"{self.__name__} gave {describe(result)} for a partition, expected {describe(expected)}; {self.advice}"
            )
        result = hold(result, expected, self.__name__)
        if bounds and not is_increasing_within(result if isinstance(result, pd.Index) else result.index, *bounds):
            raise ValueError(
                f"{self.__name__} changed the index, so that the divisions {bounds[:2]} of a partition do not hold; "
                f"pass clear_divisions=True"
            )
        return result

    def __dask_tokenize__(self) -> Any:
        return self.func, self.divided


def alike(result: Any, meta: Meta) -> bool:
    """Whether a result is of the kind that was told, with the same columns."""
    if isinstance(meta, pd.DataFrame):
        return isinstance(result, pd.DataFrame) and result.columns.equals(meta.columns)
    return isinstance(result, pd.Index if isinstance(meta, pd.Index) else type(meta))


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
        return self.func(*args, partition_info=None if isinstance(place, Place) else place, **kwargs)


def _asks_for_place(func: Callable[..., Any]) -> bool:
    try:
        return "partition_info" in inspect.signature(func).parameters
    except (TypeError, ValueError):  # builtins that do not tell
        return False


class WithFirst(SameRows):
    """A frame of which one partition is known already: most often the first."""

    head: Node
    at: int = 0

    @property
    def operation(self) -> str:
        return self.frame.operation

    @fact
    def meta(self) -> Meta:
        return self.frame.meta


@dataclass(frozen=True)
class _IfKnown:
    """Reads the only block of the known partition's node for it, and nothing for the others; or the other way round."""

    at: int
    known: bool

    def __call__(self, number: int) -> Sequence[int]:
        if number != self.at:
            return () if self.known else (number,)
        return (0,) if self.known else ()


@lower(WithFirst)
def keep_first(node: WithFirst) -> Node:
    """One block is there; the others are made."""
    reads = (Explicit(_IfKnown(node.at, True)), Explicit(_IfKnown(node.at, False)))
    physical: Node = Blockwise.named(
        node.name, first_present, (node.head, node.frame), reads, node.grid, {}, node.operation
    )
    return physical


def of_user_function(
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    keeps: str = "",
    meta: Any = no_default,
    try_empty: bool = True,
) -> FrameNode:
    """The node of a person's function, called for each partition.

    Parameters
    ----------
    func, args, kwargs
        The call; nodes stand for their blocks.
    keeps
        As in `Partitionwise`.
    meta
        What it gives. By default that is found by calling it with empty blocks, and where that fails with the first
        blocks, whose result is kept.
    try_empty
        False: its answer to empty blocks says nothing.
    """
    kwargs = dict(kwargs)
    first = _first_frame(args, kwargs)
    if meta is not no_default:
        return _checked(func, args, kwargs, keeps, make_meta(meta, like=first.meta))
    found = _on_empty(func, args, kwargs) if try_empty else None
    if found is None:
        return _on_first(func, args, kwargs, keeps)
    return _checked(func, args, kwargs, keeps if isinstance(found, PANDAS) else "", _meta_of(found))


def _first_frame(args: Any, kwargs: Any) -> FrameNode:
    frames = [node for node in _nodes((args, kwargs)) if is_frame(node)]
    if not frames:
        raise TypeError("there is no frame among the arguments")
    return frames[0]


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, Node):
        yield value
    elif type(value) is tuple:
        for v in value:
            yield from _nodes(v)
    elif type(value) is dict:
        yield from _nodes(tuple(value.values()))


def _on_empty(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What it gives for empty blocks; None if it gives no answer."""
    if not all(isinstance(node, FrameNode) for node in _nodes((args, kwargs))):
        return None
    args, kwargs = exchange_nodes((args, kwargs), lambda node: node.meta)
    try:
        return func(*args, **kwargs)
    except Exception:  # whatever it raises, real data will tell
        return None


def _meta_of(result: Any) -> Meta:
    """A scalar for each partition makes a Series."""
    return empty(result if isinstance(result, PANDAS) else pd.Series([result]))


def _on_first(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], keeps: str) -> FrameNode:
    trial: FrameNode = Partitionwise(_Counted(func), args, kwargs, keeps, given=pd.Series(dtype=object))
    for at in range(trial.npartitions):  # what it makes of no rows says little
        one = Pick(trial, (at,)) if trial.npartitions > 1 else trial
        made = new(one).compute()
        if made.rows or not at:
            block, kept = made.result, at
        if made.rows:
            break
    if not isinstance(block, PANDAS):
        block, keeps = pd.Series([block]), ""
    return keeping(_checked(func, args, kwargs, keeps, empty(block)), block, kept, keeps=keeps)


class _Made(NamedTuple):
    """What a function gave for so many rows."""

    rows: int
    result: Any


@dataclass(frozen=True)
class _Counted:
    """A function, with the rows that it was called with."""

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> _Made:
        rows = next((len(a) for a in (*args, *kwargs.values()) if isinstance(a, PANDAS)), 1)
        return _Made(rows, self.func(*args, **kwargs))


def keeping(node: FrameNode, block: Any, at: int = 0, keeps: str = "") -> FrameNode:
    """A node of which one block has been made already.

    Parameters
    ----------
    node
        What is still to be made.
    block
        Its block number `at`.
    keeps
        "rows" if its row space is one that others share.
    """
    made = Blocks.named(f"{node.name}-made-{at}", (block,), (1,))
    if node.npartitions == 1:
        return wrap(made, node.meta, node.divisions, node.rows if keeps == "rows" else "")
    return WithFirst(node, made, at)


def _checked(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], keeps: str, meta: Meta
) -> FrameNode:
    parts = _first_frame(args, kwargs).divisions
    if keeps == "divisions" and parts[0] is not None and isinstance(meta, PANDAS):
        held: FrameNode = Partitionwise(
            UserFunction(func, meta, True), (Bounds(parts), *args), kwargs, keeps, given=meta
        )
        return held
    plain: FrameNode = Partitionwise(UserFunction(func, meta), args, kwargs, keeps, given=meta)
    return plain


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
        Called with a pandas object for each frame among the arguments. One that takes `partition_info` is told the
        ``{"number": i, "division": label}`` of the partition (None where it is called to find `meta`).
    *args, **kwargs
        Frames (those of one partition go to every call), other collections (they come as values), and literals.
    meta
        What `func` gives: an empty pandas object, a dict of dtypes, a pair (name, dtype). By default it is found
        by calling `func` with empty partitions; where that fails, with the first ones, whose result is kept.
    enforce_metadata, transform_divisions
        True. Results are always held to `meta`; the divisions stay, unless they are cleared.
    clear_divisions
        Forget the divisions: for functions that change the index.
    align_dataframes
        Whether to align the frames by their index first.

    Returns
    -------
    DataFrame, Series or Index
        A function that gives scalars makes a Series of one value a partition.

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
        func, nodes = Told(func), (Place(_first_frame(nodes, keywords).divisions), *nodes)
    return new(of_user_function(func, nodes, keywords, "" if clear_divisions else "divisions", meta))


class UserMethods(FrameCollection):
    """Methods that take functions: DataFrame and Series."""

    def map_partitions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function with each partition of this frame. See `minidask.dataframe.map_partitions`."""
        return map_partitions(func, self, *args, **kwargs)

    def pipe(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """``func(self, *args, **kwargs)``; of a pair (function, keyword) the function, with this frame as the keyword.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([1, 2])).pipe(lambda x, by: x * by, 3).compute().tolist()
        [3, 6]
        """
        if isinstance(func, tuple):
            return func[0](*args, **{func[1]: self, **kwargs})
        return func(self, *args, **kwargs)

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
        if isinstance(self._meta, pd.DataFrame) and given.get("axis", 0) not in (1, "columns"):
            return self._columns_applied(func, given, meta)
        return new(of_user_function(Method("apply"), (self.expr, func), given, "rows", meta, try_empty=False))

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
        """
        if na_action is not None:
            kwargs["na_action"] = na_action
        mapping = func.as_value() if isinstance(func, FrameCollection) else func
        return new(of_user_function(Method("map"), (self.expr, mapping), kwargs, "rows", meta, try_empty=False))
