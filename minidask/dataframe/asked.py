"""What a person's function makes, which nobody knows before it was called with real data.

To compute it nobody has to know: its blocks are taken as they are made, and held to each other in the end. Who asks for
columns, dtypes or divisions has the function called with one partition, and the result is kept, so that there is one
call for each partition all the same. It is void where files have changed since (`keeping.py`), or where it was learnt
that the data are not what they were thought to be (`expr/doubt.py`): the node over better known data has another name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.blocks import is_increasing_within
from minidask.dataframe.divisions import Bounds
from minidask.dataframe.keeping import AllKept, keeping, takes_all
from minidask.dataframe.meta import PANDAS, Meta, describe, empty
from minidask.dataframe.node import Divisions, FrameNode, Partitionwise, is_frame
from minidask.dataframe.ownership import apart, owned
from minidask.dataframe.partitions import Pick
from minidask.dataframe.schema import hold
from minidask.dataframe.value_dtypes import in_one_schema
from minidask.dataframe.whole import made_once
from minidask.expr.blocks import function_name
from minidask.expr.graph import build
from minidask.expr.grid import Grid
from minidask.expr.keeping import read_for
from minidask.expr.node import Node, as_of, fact, late_fact
from minidask.expr.pipeline import lower, optimize, simplify

UNKNOWN = pd.Series(dtype=object, name="nobody knows")
"""Stands for the meta of blocks that are taken as they come."""


def alike(result: Any, meta: Meta) -> bool:
    """Whether a result is of the kind that was told, with the same columns."""
    if isinstance(meta, pd.DataFrame):
        return isinstance(result, pd.DataFrame) and result.columns.equals(meta.columns)
    return isinstance(result, pd.Index if isinstance(meta, pd.Index) else type(meta))


def held(
    result: Any, meta: Meta, who: str, advice: str = "say with meta= what it gives", any_dtype: bool = False
) -> Any:
    """A result of a person's function in the schema of `meta`. One without rows tells nothing, whatever it looks like.

    Raises
    ------
    ValueError
        It has rows, and is of another kind, has other columns, or a value would change.
    """
    if not alike(result, meta):
        if isinstance(result, PANDAS) and isinstance(meta, PANDAS) and not len(result):
            return meta  # rows that a function is called with one by one: pandas gives the frame itself for none
        raise ValueError(f"{who} gave {describe(result)} for a partition, expected {describe(meta)}; {advice}")
    return result if any_dtype else hold(result, meta, who)


def together(blocks: Sequence[Any], who: str, by_value: bool = False) -> list[Any]:
    """All that a person's function gave, in the schema of the first result that has rows; of values, in that of all."""
    if not isinstance(blocks[0], PANDAS):
        return list(blocks)
    meta = empty(next((block for block in blocks if len(block)), blocks[0]))
    found = [held(block, meta, who, any_dtype=by_value) for block in blocks]
    return in_one_schema(found) if by_value else found


@dataclass(frozen=True)
class UserFunction:
    """A person's function, whose results are held to what was told of them."""

    func: Callable[..., Any]
    meta: Meta = None
    """None: nothing was told."""
    divided: bool = False
    """Whether the first argument is the bounds of the partition, within which the index must stay."""
    advice: str = "say with meta= what it gives"
    by_value: bool = False
    """Whether it is called with single values or rows, and what it gives has the dtype of all these together."""

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.called(*args, **kwargs)[0]

    def called(self, *args: Any, **kwargs: Any) -> tuple[Any, bool]:
        """The result, and whether it was none of pandas' objects before it became one."""
        bounds, args = (args[0], args[1:]) if self.divided else (None, args)
        result = self.func(*map(apart, args), **{k: apart(v) for k, v in kwargs.items()})
        bare = not isinstance(result, PANDAS)
        if bare and (self.meta is None or isinstance(self.meta, pd.Series)):
            result = pd.Series([result])
        if self.meta is not None:
            result = held(result, self.meta, self.__name__, self.advice, self.by_value)
        if bounds and not bare and not is_increasing_within(_labels(result), *bounds):
            raise ValueError(
                f"{self.__name__} changed the index, so that the divisions {bounds[:2]} of a partition do not hold; "
                f"pass clear_divisions=True"
            )
        return result, bare

    def __dask_tokenize__(self) -> Any:
        return self.func, self.divided


def _labels(rows: Any) -> pd.Index:
    return rows if isinstance(rows, pd.Index) else rows.index


def of_each(
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    keeps: str,
    meta: Meta,
    by_value: bool = False,
) -> Partitionwise:
    """The node of a person's function called with each partition; `meta` is None where nothing was told."""
    parts = first_frame(args, kwargs).divisions if keeps == "divisions" else (None,)
    divided = parts[0] is not None and (meta is None or isinstance(meta, PANDAS))
    if divided:
        args = (Bounds(parts), *args)
    given = UNKNOWN if meta is None else meta
    node: Partitionwise = Partitionwise(
        UserFunction(func, meta, divided, by_value=by_value), args, kwargs, keeps, given=given
    )
    return node


def first_frame(args: Any, kwargs: Any) -> FrameNode:
    """The first frame among the arguments."""
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


class NotAsked:
    """The kind of what nobody has asked what it is."""


class Asked(FrameNode):
    """Base of the nodes of which only real data can tell what they are."""

    @property
    def as_made(self) -> FrameNode:
        """The blocks as they are made."""
        raise NotImplementedError(f"{type(self).__name__} does not tell how its blocks are made")

    @property
    def answer(self) -> FrameNode:
        """The same, knowing what it is; what was made to find that out is kept."""
        raise NotImplementedError(f"{type(self).__name__} does not tell how to find out what it is")

    @property
    def settled(self) -> FrameNode:
        """What those who have asked go on with."""
        return self

    @property
    def kind(self) -> type:
        return type(self.meta) if "answer" in vars(self) else NotAsked

    @property
    def meta(self) -> Meta:
        return self.answer.meta

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return self.as_made.divisions

    @property
    def grid(self) -> Grid:
        return self.as_made.grid

    @property
    def npartitions(self) -> int:
        return self.as_made.npartitions

    @property
    def operation(self) -> str:
        return self.as_made.operation

    @property
    def summary(self) -> str:
        return self.as_made.summary

    @property
    def rows(self) -> str:
        return self.as_made.rows

    @property
    def owned_by(self) -> FrameNode | None:
        return self.as_made.owned_by


class OfEach(Asked):
    """A person's function called with each partition. Fields as of `Partitionwise`, and `by_value` of the function."""

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = {}
    keeps: str = ""
    by_value: bool = False

    @fact
    def as_made(self) -> Partitionwise:
        return of_each(self.func, self.args, self.kwargs, self.keeps, None, self.by_value)

    @late_fact
    def answer(self) -> FrameNode:
        trial = self.as_made.replace(func=_Counted(self.as_made.func))
        with as_of(self):
            if takes_all(trial):
                kept = new(trial).persist().expr
                made, _ = _first_with_rows(kept)
                outside = read_for(build(optimize([trial])))
                return AllKept(self._known(made), self._known(made, _Result(self.func), (kept,)), outside)
            made, at = _first_with_rows(trial)
            return keeping(self._known(made), owned([made.result])[0], at)

    def keep_all(self) -> None:
        """Make the other partitions too: where all together tell what somebody asks, nothing is called again."""
        found = self.answer
        if not isinstance(found, AllKept):
            with as_of(self):
                outside = read_for(build(optimize([found])))
                vars(self)["answer"] = AllKept(found, new(found).persist().expr, outside)

    def _known(self, made: _Made, func: Any = None, args: Any = None) -> Partitionwise:
        """What the function, or another one of other arguments, gives, by what it gave for a partition."""
        func, args, kwargs = (self.func, self.args, self.kwargs) if func is None else (func, args, {})
        return of_each(func, args, kwargs, "" if made.bare else self.keeps, empty(made.result), self.by_value)

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        known = self.as_made.divisions
        return self.answer.divisions if self.keeps == "divisions" and known[0] is not None else known


def _first_with_rows(trial: FrameNode) -> tuple[_Made, int]:
    """What was made of the first partition with rows, and its number; what is made of no rows says little."""
    for at in range(trial.npartitions):
        made = new(Pick(trial, (at,))).compute()
        if made.rows:
            return made, at
    return made, at


class _Made(NamedTuple):
    """What a function gave for so many rows, and whether that was no pandas object."""

    rows: int
    result: Any
    bare: bool


@dataclass(frozen=True)
class _Counted:
    """A person's function, with the rows that it was called with."""

    func: Any

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> _Made:
        rows = next((len(a) for a in (*args, *kwargs.values()) if isinstance(a, PANDAS)), 1)
        return _Made(rows, *self.func.called(*args, **kwargs))


@dataclass(frozen=True)
class _Result:
    """Gives what a person's function gave."""

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, made: _Made) -> Any:
        return apart(made.result)


@simplify(OfEach)
@lower(OfEach)
def as_far_as_known(node: OfEach) -> Node:
    """Held to what it is, if anybody has asked."""
    return node.answer if "answer" in vars(node) else node.as_made


class OfAll(Asked):
    """What a person's function gives for all rows together. Who asks what it is has it made, and that is kept."""

    frame: FrameNode

    @property
    def as_made(self) -> FrameNode:
        return self.frame

    @late_fact
    def answer(self) -> FrameNode:
        with as_of(self):
            return made_once(self.frame)

    @property
    def settled(self) -> FrameNode:
        return self.answer


@simplify(OfAll)
@lower(OfAll)
def of_all_as_made(node: OfAll) -> Node:
    """Who has asked goes on with the answer."""
    return node.frame
