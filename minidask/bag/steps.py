"""What is done to one partition: steps that take items one by one, and give items one by one."""

from __future__ import annotations

import functools
import itertools
import operator
import random
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from minidask.expr.streams import GivesStreams, Streamed

Items = Iterable[Any]

NO_DEFAULT = "__no__default__"
"""Stands for an argument that was not given, where None would be a value."""


class Argument(NamedTuple):
    """How a person's function gets one of the blocks."""

    name: str | None
    """Its keyword; None by position."""
    each: bool
    """Item by item, rather than the same value for all items."""


class Each(Streamed):
    """Calls a function with the items of one partition, or with those of several side by side.

    Parameters
    ----------
    func
        The function.
    arguments
        For each block how the function gets it.
    """

    def __init__(self, func: Callable[..., Any], arguments: tuple[Argument, ...]) -> None:
        self.called = func
        self.arguments = arguments

    def stream(self, *blocks: Any) -> Iterator[Any]:
        if self.arguments == (ITEM,):
            return apply(self.called, blocks[0])
        given = list(zip(self.arguments, blocks))
        same = {a.name: block for a, block in given if a.name and not a.each}
        func = functools.partial(self.called, **same) if same else self.called
        rowwise = [(a, block) for a, block in given if a.each or not a.name]
        columns = [block if a.each else itertools.repeat(block) for a, block in rowwise]
        rows = side_by_side(columns, sum(a.each for a, _ in rowwise))
        names = [a.name for a, _ in rowwise if a.name]
        if not names:
            return (func(*row) for row in rows)
        first = len(rowwise) - len(names)
        return (func(*row[:first], **dict(zip(names, row[first:]))) for row in rows)


ITEM = Argument(None, each=True)
_QUICK = (types.MethodDescriptorType, operator.itemgetter, operator.attrgetter, operator.methodcaller)


def apply(func: Callable[[Any], Any], items: Items) -> Iterator[Any]:
    """As `map`, but a StopIteration in `func` is an error, where `map` would drop the rest without a word."""
    if isinstance(func, _QUICK) or (isinstance(func, type) and func.__module__ == "builtins"):
        return map(func, items)  # takes a third less time where the function is not Python's; these raise none
    return (func(item) for item in items)


def side_by_side(columns: Sequence[Items], finite: int) -> Iterator[tuple[Any, ...]]:
    """Rows of items from several iterables, `finite` of which end.

    Raises
    ------
    ValueError
        One ends before another.
    """
    if finite <= 1:
        yield from zip(*columns)
        return
    iterators, end = [iter(column) for column in columns], object()
    while True:
        row = tuple([next(iterator, end) for iterator in iterators])
        ended = sum(item is end for item in row)
        if ended:
            break
        yield row
    if ended < finite:
        raise ValueError("the bags have partitions with different numbers of items; bags taken together must agree")


class Filter(Streamed):
    """The items for which a predicate is true; the others if not `keep`."""

    def __init__(self, predicate: Callable[[Any], Any], keep: bool) -> None:
        self.called = predicate
        self.keep = keep

    def stream(self, *blocks: Any) -> Iterator[Any]:
        predicate, items = self.called, blocks[0]
        if self.keep:
            return (item for item in items if predicate(item))
        return (item for item in items if not predicate(item))


class Spread(Streamed):
    """Calls a function with each item, a tuple, spread out; further blocks are keyword arguments."""

    def __init__(self, func: Callable[..., Any], names: tuple[str, ...]) -> None:
        self.called = func
        self.names = names

    def stream(self, *blocks: Any) -> Iterator[Any]:
        items, *values = blocks
        func = functools.partial(self.called, **dict(zip(self.names, values))) if values else self.called
        return (func(*item) for item in items)


class Transform(Streamed):
    """A function of ours from iterables of items, and what else it is given, to an iterable.

    `called` is the code that has to be at work where this step fails, if that can be told.
    """

    def __init__(self, func: Callable[..., Items], called: Any = None) -> None:
        self.func = func
        self.called = called

    def stream(self, *blocks: Any) -> Iterator[Any]:
        return iter(self.func(*blocks))


class Whole(GivesStreams):
    """Calls a person's function with whole partitions, which are lists."""

    def __init__(self, func: Callable[..., Any], names: tuple[str | None, ...]) -> None:
        self.called = func
        self.names = names

    def stream(self, *blocks: Any) -> Any:
        named = {name: block for name, block in zip(self.names, blocks) if name}
        return self.called(*blocks[: len(blocks) - len(named)], **named)

    def __call__(self, *blocks: Any) -> Any:
        return materialised(self.stream(*blocks))


def materialised(result: Any) -> Any:
    """A list of what can be read only once; all else as it is."""
    return list(result) if isinstance(result, Iterator) else result


def as_items(block: Any) -> Items:
    """What a partition holds: a function of a person's may have left a single value there."""
    return block if isinstance(block, Iterable) and not isinstance(block, (str, bytes)) else (block,)


def joined(blocks: Iterable[Any]) -> list[Any]:
    """The items of several partitions."""
    return list(itertools.chain.from_iterable(map(as_items, blocks)))


def sampled(items: Items, seed: int, prob: float) -> Items:
    """Each item with probability `prob`."""
    draw = random.Random(seed).random
    return (item for item in items if draw() < prob)


def plucked(items: Items, key: Any) -> Items:
    """One item of each, or a tuple of several where `key` is a list."""
    return map(getter(key), items)


def plucked_or(items: Items, key: Any, default: Any) -> Items:
    """As `plucked`, with a value for what is not there."""
    if isinstance(key, list):
        return (tuple([_get(item, k, default) for k in key]) for item in items)
    return (_get(item, key, default) for item in items)


def _get(item: Any, key: Any, default: Any) -> Any:
    try:
        return item[key]
    except (KeyError, IndexError):
        return default


def getter(key: Any) -> Callable[[Any], Any]:
    """The function that takes a key out of an item: `key` itself if it is one, else by index, name or a list of them.

    Examples
    --------
    >>> getter([0, 2])("abc"), getter(1)("abc"), getter(len)("abc")
    (('a', 'c'), 'b', 3)
    """
    if callable(key):
        return key
    if isinstance(key, list):
        return operator.itemgetter(*key) if len(key) > 1 else functools.partial(_tuple_of, keys=tuple(key))
    return operator.itemgetter(key)


def _tuple_of(item: Any, keys: Sequence[Any]) -> tuple[Any, ...]:
    return tuple([item[k] for k in keys])
