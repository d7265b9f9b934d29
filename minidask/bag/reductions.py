"""Methods that make one value of a bag, or a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, Self

import minidask.bag.partials as partials
from minidask.bag.base import BagBase, check_function, named
from minidask.bag.item import Item
from minidask.bag.node import Reduction
from minidask.bag.partials import Aggregate, Combine, OfItems, OfList
from minidask.bag.steps import NO_DEFAULT, getter

SplitEvery = int | None
"""How many partial results a task merges, 2 or more; None: 8, False: all."""


class Reductions(BagBase):
    """Methods that make one value of a bag, or a few."""

    def _reduced(
        self,
        of_one: Callable[[Any], Any],
        combine: Callable[[Any], Any],
        aggregate: Callable[[Any], Any],
        split_every: SplitEvery,
        label: str,
        bag: bool = False,
    ) -> Reduction:
        merge = Aggregate(aggregate, of_one.func if isinstance(of_one, (OfItems, OfList)) else of_one)
        return Reduction(self.expr, of_one, Combine(combine), merge, split_every, bag, label)

    def _item(
        self, func: Callable[[Any], Any], merge: Callable[[Any], Any], split_every: SplitEvery, label: str
    ) -> Item:
        return Item.of(self._reduced(OfItems(func), merge, merge, split_every, label))

    def reduction(
        self,
        perpartition: Callable[[Any], Any],
        aggregate: Callable[[Any], Any],
        split_every: SplitEvery = None,
        out_type: type[Any] = Item,
        name: str | None = None,
    ) -> Any:
        """Reduce each partition, and then the list of the results.

        Parameters
        ----------
        perpartition
            Gets a partition as a list. Is not called for empty partitions, unless all are.
        aggregate
            Gets a list of what `perpartition` or itself gave.
        split_every
            How many results `aggregate` gets at once, 2 or more; None: 8, False: all.
        out_type
            `Item`, or `Bag` where the result is an iterable of items.
        name
            What to call it, in errors and pictures.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(10, npartitions=3).reduction(sum, sum).compute()
        45
        """
        check_function(perpartition, "perpartition")
        check_function(aggregate, "aggregate")
        label = name or named(perpartition, "reduction")
        return self._typed(OfList(perpartition), aggregate, split_every, label, out_type)

    def _typed(self, of_one: Any, merge: Any, split_every: SplitEvery, label: str, out_type: type[Any]) -> Any:
        if not isinstance(out_type, type) or not issubclass(out_type, (Item, BagBase)):
            raise TypeError(f"out_type must be Item or Bag, not {out_type!r}")
        bag = issubclass(out_type, BagBase)
        return out_type.of(self._reduced(of_one, merge, merge, split_every, label, bag))

    def fold(
        self,
        binop: Callable[[Any, Any], Any],
        combine: Callable[[Any, Any], Any] | None = None,
        initial: Any = NO_DEFAULT,
        split_every: SplitEvery = None,
        out_type: type[Any] = Item,
    ) -> Any:
        """Join all items by an operator of two.

        Parameters
        ----------
        binop
            Joins a result so far and an item.
        combine
            Joins the results of two partitions; by default `binop`.
        initial
            The result of no items; each partition begins with a copy of it.
        split_every
            How many results are combined in a task, 2 or more; None: 8, False: all.
        out_type
            `Item`, or `Bag` where the result is an iterable of items.

        Examples
        --------
        >>> import minidask.bag as db
        >>> b = db.from_sequence(["a", "bc", "a"], npartitions=2)
        >>> sorted(b.fold(lambda seen, word: seen | {word}, set.union, initial=set()).compute())
        ['a', 'bc']
        """
        check_function(binop, "binop")
        check_function(binop if combine is None else combine, "combine")
        if initial is NO_DEFAULT:
            of_one = OfItems(partial(partials.fold, binop=binop), called=binop)
        else:
            of_one = OfItems(partial(partials.fold_from, binop=binop, initial=initial), called=binop)
        merge = partial(partials.fold, binop=combine or binop)
        return self._typed(of_one, merge, split_every, named(binop, "fold"), out_type)

    def count(self, split_every: SplitEvery = None) -> Item:
        """The number of items.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(5, npartitions=2).filter(bool).count().compute()
        4
        """
        return self._item(partials.count, sum, split_every, "count")

    def sum(self, split_every: SplitEvery = None) -> Item:
        """The sum of the items.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(5, npartitions=2).sum().compute()
        10
        """
        return self._item(sum, sum, split_every, "sum")

    def max(self, split_every: SplitEvery = None) -> Item:
        """The largest item."""
        return self._item(max, max, split_every, "max")

    def min(self, split_every: SplitEvery = None) -> Item:
        """The smallest item."""
        return self._item(min, min, split_every, "min")

    def any(self, split_every: SplitEvery = None) -> Item:
        """Whether any item is true."""
        return self._item(any, any, split_every, "any")

    def all(self, split_every: SplitEvery = None) -> Item:
        """Whether all items are true."""
        return self._item(all, all, split_every, "all")

    def mean(self) -> Item:
        """The mean of the items; NaN if there are none.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(4, npartitions=3).mean().compute()
        1.5
        """
        of_one = OfItems(partials.total_and_count)
        return Item.of(self._reduced(of_one, partials.merge_totals, partials.mean, None, "mean"))

    def var(self, ddof: int = 0) -> Item:
        """The variance of the items.

        Parameters
        ----------
        ddof
            Taken from the number of items in the divisor. NaN where no more than so many items are there.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(4, npartitions=3).var().compute()
        1.25
        """
        aggregate = partial(partials.variance, ddof=ddof)
        return Item.of(self._reduced(OfItems(partials.moments), partials.merge_moments, aggregate, None, "var"))

    def std(self, ddof: int = 0) -> Item:
        """The standard deviation of the items: the square root of `var`."""
        aggregate = partial(partials.deviation, ddof=ddof)
        return Item.of(self._reduced(OfItems(partials.moments), partials.merge_moments, aggregate, None, "std"))

    def topk(self, k: int, key: Any = None, split_every: SplitEvery = None) -> Self:
        """The k largest items, largest first; of equal ones those that come first.

        Parameters
        ----------
        k
            How many.
        key
            A function of an item, or an index or name in it, to compare items by.
        split_every
            How many partitions' largest are merged in a task, 2 or more; None: 8, False: all.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.from_sequence([10, 3, 5, 7, 11, 4]).topk(2).compute()
        [11, 10]
        >>> db.from_sequence([10, 3, 5, 7, 11, 4]).topk(2, lambda x: -x).compute()
        [3, 4]
        """
        if type(k) is not int or k < 0:
            raise ValueError(f"k={k!r} must be a number of items, 0 or more")
        by = None if key is None else getter(key)
        largest = partial(partials.largest, k=k, key=by)
        merge = partial(partials.merge_largest, k=k, key=by)
        return self.of(self._reduced(OfItems(largest, called=by), merge, merge, split_every, "topk", bag=True))

    def distinct(self, key: Any = None) -> Self:
        """The items without repetition: of equal ones the first.

        Parameters
        ----------
        key
            A function of an item, or an index or name in it, to compare items by.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.from_sequence(["Ada", "ada", "Ada", "Bo"], npartitions=2).distinct(str.lower).compute()
        ['Ada', 'Bo']
        """
        by = None if key is None else getter(key)
        merge = partial(partials.merge_distinct, key=by)
        of_one = OfItems(partial(partials.distinct, key=by), called=by)
        return self.of(self._reduced(of_one, merge, merge, None, "distinct", bag=True))

    def frequencies(self, split_every: SplitEvery = None, sort: bool = False, normalize: bool = False) -> Self:
        """Pairs of each distinct item and how often it occurs, in the order in which they come first.

        Parameters
        ----------
        split_every
            How many partitions' counts are merged in a task, 2 or more; None: 8, False: all.
        sort
            Whether the most frequent come first.
        normalize
            Whether to give each item's share of all instead.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.from_sequence("abracadabra").frequencies(sort=True).compute()
        [('a', 5), ('b', 2), ('r', 2), ('c', 1), ('d', 1)]
        """
        aggregate = partial(partials.frequencies, sort=sort, normalize=normalize)
        merge = partials.merge_counts
        return self.of(self._reduced(OfItems(Counter), merge, aggregate, split_every, "frequencies", bag=True))

    def foldby(
        self,
        key: Any,
        binop: Callable[[Any, Any], Any],
        initial: Any = NO_DEFAULT,
        combine: Callable[[Any, Any], Any] | None = None,
        combine_initial: Any = NO_DEFAULT,
        split_every: SplitEvery = None,
    ) -> Self:
        """Pairs of each key and its items joined by an operator of two: a group-by that moves no items.

        Parameters
        ----------
        key
            A function of an item, or an index or name in it.
        binop
            Joins a result so far and an item.
        initial
            The result of no items, with which each key of each partition begins.
        combine
            Joins the results of two partitions; by default `binop`.
        combine_initial
            Changes nothing when combined with a result: each combining of partitions begins with it.
        split_every
            How many partitions' results are merged in a task, 2 or more; None: 8, False: all.

        Examples
        --------
        >>> import minidask.bag as db
        >>> b = db.range(10, npartitions=3)
        >>> b.foldby(lambda x: x % 2, lambda total, x: total + x, 0, lambda a, b: a + b).compute()
        [(0, 20), (1, 25)]
        """
        check_function(binop, "binop")
        check_function(binop if combine is None else combine, "combine")
        fold = partial(partials.fold_by, key=getter(key), binop=binop, initial=_given(initial))
        merge = partial(partials.merge_folds, combine=combine or binop, initial=_given(combine_initial))
        aggregate = partial(partials.folded, merge=merge)
        of_one, label = OfItems(fold, called=binop), named(binop, "foldby")
        return self.of(self._reduced(of_one, merge, aggregate, split_every, label, bag=True))


def _given(value: Any) -> tuple[Any, ...]:
    """A tuple of the value, empty where none was given."""
    return () if value is NO_DEFAULT else (value,)
