"""Methods that work item by item, or partition by partition."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Self, SupportsIndex

from minidask.bag.base import BagBase, check_function, named, same_partitions, value
from minidask.bag.node import Partitionwise
from minidask.bag.steps import (
    NO_DEFAULT,
    Argument,
    Each,
    Filter,
    Spread,
    Transform,
    Whole,
    plucked,
    plucked_or,
    sampled,
    side_by_side,
)
from minidask.bag.strings import StringMethods
from minidask.expr.blocks import PerBlock
from minidask.expr.grid import Index
from minidask.kernels.hashing import stable_hash


class Elementwise(BagBase):
    """Methods that work item by item, or partition by partition."""

    def map(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a function with each item.

        Parameters
        ----------
        func
            The function.
        *args, **kwargs
            Further arguments. Bags, which must have partitions of the same lengths, are taken item by item; all else
            (also delayed values, items, arrays and frames) is the same for all items.

        Raises
        ------
        ValueError
            The bags have different numbers of partitions; when computed also: of items in a partition.

        Examples
        --------
        >>> import minidask.bag as db
        >>> b = db.range(5, npartitions=2)
        >>> b.map(lambda x, y: x + y, 10).compute()
        [10, 11, 12, 13, 14]
        >>> b.map(max, b.map(lambda x: 4 - x)).compute()
        [4, 3, 2, 3, 4]
        """
        return self.of(map_node(func, (self, *args), kwargs))

    def starmap(self, func: Callable[..., Any], **kwargs: Any) -> Self:
        """Call a function with each item spread out: the items are tuples of arguments.

        Parameters
        ----------
        func
            The function.
        **kwargs
            The same for all items.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.from_sequence([(2, 3), (3, 2)]).starmap(pow).compute()
        [8, 9]
        """
        check_function(func, "func")
        step = Spread(func, tuple(kwargs))
        return self.partitionwise(step, *map(value, kwargs.values()), label=named(func, "starmap"))

    def filter(self, predicate: Callable[[Any], Any]) -> Self:
        """The items for which a predicate is true.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(5, npartitions=2).filter(lambda x: x % 2).compute()
        [1, 3]
        """
        check_function(predicate, "predicate")
        return self.partitionwise(Filter(predicate, keep=True), label=named(predicate, "filter"))

    def remove(self, predicate: Callable[[Any], Any]) -> Self:
        """The items for which a predicate is false.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(5, npartitions=2).remove(lambda x: x % 2).compute()
        [0, 2, 4]
        """
        check_function(predicate, "predicate")
        return self.partitionwise(Filter(predicate, keep=False), label=named(predicate, "remove"))

    def flatten(self) -> Self:
        """The items of the items, which are iterables.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.from_sequence([[1, 2], [], [3]]).flatten().compute()
        [1, 2, 3]
        """
        return self.partitionwise(Transform(chain.from_iterable), label="flatten")

    def pluck(self, key: Any, default: Any = NO_DEFAULT) -> Self:
        """One item of each item.

        Parameters
        ----------
        key
            An index or name; a list of them gives tuples.
        default
            For items that have no such item; without it they are an error.

        Examples
        --------
        >>> import minidask.bag as db
        >>> people = db.from_sequence([{"name": "Ada", "born": 1815}, {"name": "Grace"}])
        >>> people.pluck("name").compute()
        ['Ada', 'Grace']
        >>> people.pluck(["name", "born"], None).compute()
        [('Ada', 1815), ('Grace', None)]
        """
        if default is NO_DEFAULT:
            return self.partitionwise(Transform(partial(plucked, key=key)), label="pluck")
        return self.partitionwise(Transform(partial(plucked_or, key=key, default=default)), label="pluck")

    def unzip(self, n: int) -> tuple[Self, ...]:
        """A bag for each of the first `n` places of the items.

        Examples
        --------
        >>> import minidask.bag as db
        >>> numbers, letters = db.from_sequence([(1, "a"), (2, "b")]).unzip(2)
        >>> letters.compute()
        ['a', 'b']
        """
        return tuple(self.pluck(i) for i in range(n))

    def zip(self, *bags: Any) -> Self:
        """Tuples of an item of each bag; all have partitions of the same lengths.

        Examples
        --------
        >>> import minidask.bag as db
        >>> b = db.range(3, npartitions=2)
        >>> b.zip(b.map(str)).compute()
        [(0, '0'), (1, '1'), (2, '2')]
        """
        return self.of(zip_node((self, *bags)))

    def map_partitions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a function with each partition.

        Parameters
        ----------
        func
            Gets the partition as a list, gives the items of the new partition.
        *args, **kwargs
            Further arguments. Of bags the partition of the same number; all else is the same for all partitions.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(5, npartitions=2).map_partitions(lambda part: [sum(part)]).compute()
        [1, 9]
        """
        return self.of(map_partitions_node(func, (self, *args), kwargs))

    def random_sample(self, prob: float, random_state: int | random.Random | tuple[Any, ...] | None = None) -> Self:
        """Some items, each taken with a probability.

        Parameters
        ----------
        prob
            From 0 to 1.
        random_state
            The seed, or a generator or the state of one to draw it from; the same seed takes the same items. None: any.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(1000, npartitions=4).random_sample(0.01, random_state=0).count().compute()
        9
        """
        if not 0 <= prob <= 1:
            raise ValueError(f"prob={prob!r} must be a probability, from 0 to 1")
        seeds = Seeds(_seed(random_state))
        return self.partitionwise(Transform(partial(sampled, prob=prob)), seeds, label="random_sample")

    @property
    def str(self) -> StringMethods:
        """The methods of strings, for bags of strings: ``bag.str.upper()``.

        Examples
        --------
        >>> import minidask.bag as db
        >>> names = db.from_sequence(["Ada Lovelace", "Grace Hopper"])
        >>> names.str.split().compute()
        [['Ada', 'Lovelace'], ['Grace', 'Hopper']]
        >>> names.str.match("*Hopper").compute()
        ['Grace Hopper']
        """
        return StringMethods(self)


def map_node(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Partitionwise:
    """The expression of calling `func` with the items of the bags among the arguments."""
    check_function(func, "func")
    given = [*args, *kwargs.values()]
    npartitions = same_partitions(given, "map")
    names = [*(None for _ in args), *kwargs]
    arguments = tuple(Argument(name, isinstance(arg, BagBase)) for name, arg in zip(names, given))
    return Partitionwise(Each(func, arguments), _blocks_of(given), npartitions, named(func, "map"))


def map_partitions_node(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Partitionwise:
    """The expression of calling `func` with the partitions of the bags among the arguments."""
    check_function(func, "func")
    given = [*args, *kwargs.values()]
    npartitions = same_partitions(given, "map_partitions")
    step = Whole(func, (*(None for _ in args), *kwargs))
    return Partitionwise(step, _blocks_of(given), npartitions, named(func, "map_partitions"))


def zip_node(bags: tuple[Any, ...]) -> Partitionwise:
    """The expression of the bags' items side by side."""
    for bag in bags:
        if not isinstance(bag, BagBase):
            raise TypeError(f"zip takes bags, not {type(bag).__name__}")
    npartitions = same_partitions(bags, "zip")
    return Partitionwise(Transform(_zipped), _blocks_of(bags), npartitions, "zip")


def _zipped(*parts: Any) -> Any:
    return side_by_side(parts, len(parts))


def _blocks_of(given: Any) -> tuple[Any, ...]:
    return tuple(arg.expr if isinstance(arg, BagBase) else value(arg) for arg in given)


@dataclass(frozen=True)
class Seeds(PerBlock):
    """A seed for each partition."""

    seed: int

    def block(self, index: Index) -> int:
        return stable_hash((self.seed, index[0]))


def _seed(random_state: int | random.Random | tuple[Any, ...] | None) -> int:
    if random_state is None:
        return random.SystemRandom().getrandbits(64)
    if isinstance(random_state, tuple):
        state, random_state = random_state, random.Random()
        random_state.setstate(state)
    if isinstance(random_state, random.Random):
        return random_state.getrandbits(64)
    if isinstance(random_state, SupportsIndex):
        return operator.index(random_state)
    raise TypeError(
        f"random_state must be a number, a random.Random, a state of one or None, not {type(random_state).__name__}"
    )
