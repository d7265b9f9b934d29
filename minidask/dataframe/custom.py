"""Functions of the person's own over more than one partition: `map_overlap`, `reduction`, `transform`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask.dataframe.align import whole
from minidask.dataframe.asked import UNKNOWN, OfAll
from minidask.dataframe.base import FrameCollection, new, node_of
from minidask.dataframe.binding import along_columns
from minidask.dataframe.blocks import concat
from minidask.dataframe.meta import PANDAS, Meta, make_meta
from minidask.dataframe.neighbours import Near, Rows, Span, with_neighbours
from minidask.dataframe.node import FrameNode, Method, SameRows
from minidask.dataframe.ownership import apart
from minidask.dataframe.tallies import Condense, as_it_is
from minidask.dataframe.user import no_default, of_user_function
from minidask.dataframe.whole import Cut, made_now, of_whole
from minidask.expr.blocks import blockwise, function_name
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Seen(NamedTuple):
    """A block with the rows of its neighbours."""

    earlier: Any
    block: Any
    later: Any


class Around(SameRows):
    """The blocks of a frame, each with rows of its neighbours. Its meta is that of the blocks."""

    back: Near | None
    ahead: Near | None

    @property
    def operation(self) -> str:
        return "overlap"

    @fact
    def meta(self) -> Meta:
        return self.frame.meta


@lower(Around)
def bring_neighbours(node: Around) -> Node:
    """Rows are carried from block to block."""
    seen = with_neighbours(node.frame, node.back, node.ahead, node.name)
    return blockwise(Seen, *seen, grid=node.grid, name=node.name, label="overlap", cheap=True)


@dataclass(frozen=True)
class Overlapping:
    """A function called with the rows of a block and of its neighbours, whose answer for the block is kept."""

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, seen: Seen, *args: Any, **kwargs: Any) -> Any:
        near = [rows for rows in seen if rows is not None]
        before = 0 if seen.earlier is None else len(seen.earlier)
        rows = apart(concat(near))
        found = self.func(rows, *args, **kwargs)
        if len(found) != len(rows):
            raise ValueError(f"{self.__name__} gave {len(found)} rows for {len(rows)}; map_overlap() needs as many")
        return found.iloc[before : before + len(seen.block)]


def _reach(value: Any, last: bool) -> Near | None:
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        if value < 0:
            raise ValueError(f"map_overlap: {value} rows of neighbours; expected 0 or more")
        return Rows(int(value), last=last) if value else None
    try:
        return Span(last=last, span=pd.Timedelta(value))
    except (ValueError, TypeError):
        raise TypeError(f"map_overlap: {value!r} rows of neighbours; expected a number or a span of time") from None


def map_overlap(
    func: Callable[..., Any],
    df: Any,
    before: Any,
    after: Any,
    *args: Any,
    meta: Any = no_default,
    **kwargs: Any,
) -> Any:
    """Call a function with each partition and rows of its neighbours; its answers for these are left out.

    Parameters
    ----------
    func
        Takes a pandas object, then `args` and `kwargs`; gives a row for each row.
    df
        The frame.
    before, after
        How many rows of what comes before and after a partition; or a span of time, such as "2h", for an index of
        times that increases.
    *args, **kwargs
        For the function; frames among them stand for their partitions.
    meta
        What comes out; by default an empty block tells, or the first one, whose result is kept.

    Raises
    ------
    ValueError, TypeError
        Fewer than 0 rows, no number; later, an answer of another length.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> x = from_pandas(pd.Series([1, 2, 4, 8]), npartitions=2)
    >>> map_overlap(lambda rows: rows.diff(), x, 1, 0).compute().tolist()
    [nan, 1.0, 2.0, 4.0]
    """
    if not callable(func):
        raise TypeError(f"func={func!r}: expected a function")
    around: FrameNode = Around(df.expr, _reach(before, last=True), _reach(after, last=False))
    told = {k: node_of(v) for k, v in kwargs.items()}
    nodes = (around, *(node_of(a) for a in args))
    return new(of_user_function(Overlapping(func), nodes, told, "rows", meta))


def _combined(blocks: Sequence[Any], func: Callable[..., Any], told: Mapping[str, Any]) -> Any:
    return _as_rows(func(apart(concat(blocks)), **told))


def _as_rows(found: Any) -> Any:
    """What a function of rows gave, as rows: a Series is one."""
    if isinstance(found, pd.Series):
        return found.to_frame().T
    return found if isinstance(found, PANDAS) else pd.Series([found])


@dataclass(frozen=True)
class _Chunk:
    """A function whose answer becomes rows."""

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, block: Any, **kwargs: Any) -> Any:
        return _as_rows(self.func(block, **kwargs))


def _finished(blocks: Sequence[Any], func: Callable[..., Any], told: Mapping[str, Any]) -> Any:
    return func(apart(concat(blocks)), **told)


def _as_block(block: Any, **options: Any) -> Any:
    return block


def _joined(blocks: Sequence[Any], **options: Any) -> Any:
    return concat(blocks)


class Custom(FrameCollection):
    """Methods of DataFrame and Series that take functions of more than a partition."""

    def map_overlap(self, func: Callable[..., Any], before: Any, after: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a function with each partition and rows of its neighbours. See `minidask.dataframe.map_overlap`."""
        return map_overlap(func, self, before, after, *args, **kwargs)

    def reduction(
        self,
        chunk: Callable[..., Any],
        aggregate: Callable[..., Any] | None = None,
        combine: Callable[..., Any] | None = None,
        meta: Any = no_default,
        token: str | None = None,
        split_every: int | None = None,
        chunk_kwargs: Mapping[str, Any] | None = None,
        aggregate_kwargs: Mapping[str, Any] | None = None,
        combine_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Reduce partitions by a function, then what came out of them by another.

        Parameters
        ----------
        chunk
            Takes a partition; gives a scalar, a Series (which becomes a row), or a DataFrame.
        aggregate
            Takes the answers one under the other; by default the same as `chunk`.
        combine
            Makes fewer of some answers, on the way; by default all come together at once.
        meta
            What comes out; by default that is known when it is made, for who asks.
        token, split_every
            Only None.
        chunk_kwargs, aggregate_kwargs, combine_kwargs
            Arguments of each.
        **kwargs
            Arguments of `chunk`.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> x = from_pandas(pd.Series([1, 2, 3]), npartitions=2)
        >>> x.reduction(lambda block: (block > 1).sum(), aggregate=lambda counts: counts.sum()).compute()
        np.int64(2)
        """
        if token is not None or split_every is not None:
            raise NotImplementedError("reduction(token=, split_every=) is not supported; leave them out")
        told = {**(chunk_kwargs or {}), **kwargs}
        parts = of_user_function(_Chunk(chunk), (self.expr,), told)
        if combine is not None:
            options = {"func": combine, "told": dict(combine_kwargs or {})}
            parts = Condense(parts, _as_block, _combined, _combined, options, given=UNKNOWN)
        final = {"func": aggregate or chunk, "told": told if aggregate is None else dict(aggregate_kwargs or {})}
        given = 0 if meta is no_default else make_meta(meta)
        node: FrameNode = Condense(parts, _as_block, _joined, _finished, final, given=given)
        return new(OfAll(node) if meta is no_default else node)

    def transform(self, func: Any, axis: int | str = 0, *args: Any, meta: Any = no_default, **kwargs: Any) -> Any:
        """What functions make of the columns: a value for each.

        Parameters
        ----------
        func
            A name such as "abs", a ufunc, a function of a column, a list or dict of these. What is no name or ufunc
            sees whole columns: all rows come together in one task.
        axis
            0.
        meta
            What comes out; by default the real values tell, and the result is kept.
        *args, **kwargs
            For the function.

        Raises
        ------
        ValueError
            The function reduces.
        """
        if along_columns(self._pandas, "transform", axis):
            raise NotImplementedError("transform(axis=1): use apply(func, axis=1)")
        if isinstance(func, np.ufunc):
            return func(self)
        told = (Method("transform"), func, args, kwargs)
        if meta is no_default and not _only_names(func):
            made = made_now(Condense(whole(self.expr), as_it_is, _first, _transformed, {"told": told}, given=0)).expr
        elif meta is no_default:
            return of_whole(self.expr, _by_name, how=func, args=args, kwargs=kwargs)
        else:
            made = of_user_function(_Transform(*told), (whole(self.expr),), {}, "", meta)
        return new(made if self.npartitions == 1 else Cut(self.expr, made))


def _by_name(rows: Any, how: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    return rows.transform(how, 0, *args, **kwargs)


def _only_names(func: Any) -> bool:
    funcs = list(func.values()) if isinstance(func, Mapping) else func if isinstance(func, list) else [func]
    return all(isinstance(f, str) or (isinstance(f, list) and _only_names(f)) for f in funcs)


def _first(blocks: Sequence[Any], **options: Any) -> Any:
    return blocks[0]


def _transformed(blocks: Sequence[Any], told: Any) -> Any:
    return _Transform(*told)(blocks[0])


@dataclass(frozen=True)
class _Transform:
    """`transform` of pandas with a person's function."""

    method: Method
    func: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def __call__(self, block: Any) -> Any:
        return self.method(block, self.func, 0, *self.args, **self.kwargs)
