"""Methods that bring items together: with equal keys, with the items of another bag, in other partitions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Self

from minidask.bag.base import BagBase, check_function, positive, value
from minidask.bag.node import Accumulate, GroupBy, Merge, Product, Split, Take
from minidask.bag.sizes import bounds_by_size, counts_by_size, size_of_partition
from minidask.bag.steps import NO_DEFAULT, Items, Transform, getter
from minidask.collection import Collection
from minidask.expr.assemble import call
from minidask.expr.node import Node


class Grouping(BagBase):
    """Methods that bring items together: with equal keys, with the items of another bag, in other partitions."""

    def groupby(
        self,
        grouper: Any,
        method: str | None = None,
        npartitions: int | None = None,
        blocksize: int | None = None,
        max_branch: int | None = None,
        shuffle: str | None = None,
    ) -> Self:
        """Pairs of each key and the list of its items.

        All items move; where a fold will do, `foldby` moves none.

        Parameters
        ----------
        grouper
            A function of an item, or an index or name in it. Gives a hashable key of a standard type, or made of
            those; see `minidask.kernels.hashing`.
        method
            "tasks" or None: a shuffle by tasks. Blocks that do not fit into memory rest on disk by themselves.
        npartitions
            Of the result; by default as many as there are.
        blocksize, max_branch
            Of other methods.
        shuffle
            The older name of `method`.

        Raises
        ------
        NotImplementedError
            Another method, or an argument of one.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(6, npartitions=2).groupby(lambda x: x % 2, npartitions=1).compute()
        [(0, [0, 2, 4]), (1, [1, 3, 5])]
        """
        options = {"method": method, "shuffle": shuffle, "blocksize": blocksize, "max_branch": max_branch}
        other = [f"{name}={value!r}" for name, value in options.items() if value not in (None, "tasks")]
        if other:
            raise NotImplementedError(
                f'{", ".join(other)}: groupby has one method, "tasks"; blocks rest on disk as needed'
            )
        n = self.npartitions if npartitions is None else positive(npartitions, "npartitions")
        return self.of(GroupBy(self.expr, getter(grouper), n))

    def join(self, other: Any, on_self: Any, on_other: Any = None) -> Self:
        """Pairs of an item of `other` and an item of this bag that have equal keys.

        Parameters
        ----------
        other
            An iterable, or a bag, item or delayed value that gives one. It has to fit into memory.
        on_self
            The key of an item of this bag: a function, or an index or name.
        on_other
            The key of an item of `other`; by default `on_self`.

        Examples
        --------
        >>> import minidask.bag as db
        >>> people = db.from_sequence(["Ada", "Bo", "Abel"], npartitions=2)
        >>> people.join(["apple", "banana"], lambda name: name[0].lower()).compute()
        [('apple', 'Ada'), ('banana', 'Bo'), ('apple', 'Abel')]
        """
        if not isinstance(other, (Collection, Iterable)):
            raise TypeError(f"other must be an iterable or a lazy one, not {type(other).__name__}")
        key = getter(on_self if on_other is None else on_other)
        source = value(other if isinstance(other, Collection) else list(other))
        index = call(_index, (source, key), {}, "join-index")
        return self.partitionwise(Transform(partial(_matches, key=getter(on_self))), index, label="join")

    def product(self, other: Any) -> Self:
        """All pairs of an item of this bag and an item of another.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(2, npartitions=2).product(db.from_sequence("ab")).compute()
        [(0, 'a'), (0, 'b'), (1, 'a'), (1, 'b')]
        """
        if not isinstance(other, BagBase):
            raise TypeError(f"other must be a bag, not {type(other).__name__}")
        return self.of(Product(self.expr, other.expr))

    def accumulate(self, binop: Callable[[Any, Any], Any], initial: Any = NO_DEFAULT) -> Self:
        """Running results of an operator of two, as `itertools.accumulate`: one partition after the other.

        Parameters
        ----------
        binop
            Joins a result so far and an item.
        initial
            Comes first, and is joined with the first item.

        Examples
        --------
        >>> import minidask.bag as db
        >>> from operator import add
        >>> db.range(5, npartitions=2).accumulate(add).compute()
        [0, 1, 3, 6, 10]
        >>> db.range(3, npartitions=2).accumulate(add, initial=-1).compute()
        [-1, -1, 0, 2]
        """
        check_function(binop, "binop")
        return self.of(Accumulate(self.expr, binop, () if initial is NO_DEFAULT else (initial,)))

    def take(self, k: int, npartitions: int = 1, compute: bool = True, warn: bool = True) -> Any:
        """The first items. Of a chain of methods no more items are made than it takes.

        Parameters
        ----------
        k
            How many.
        npartitions
            How many partitions to look at; -1 for all.
        compute
            False gives a bag of one partition rather than a tuple.
        warn
            Whether to warn where there are fewer.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(1_000, npartitions=2).map(str).take(3)
        ('0', '1', '2')
        """
        if type(k) is not int or k < 0:
            raise ValueError(f"k={k!r} must be a number of items, 0 or more")
        n = self.npartitions if npartitions == -1 else positive(npartitions, "npartitions")
        if n > self.npartitions:
            raise ValueError(f"npartitions={n}: the bag has {self.npartitions} partitions; -1 looks at all")
        taken = self.of(Take(self.expr, k, n, warn and not compute))
        if not compute:
            return taken
        items = tuple(taken.compute())
        if warn and len(items) < k:
            warnings.warn(
                f"take({k}) found {len(items)} items in {n} of {self.npartitions} partitions; give npartitions= to "
                "look at more, -1 for all",
                stacklevel=2,
            )
        return items

    def repartition(self, npartitions: int | None = None, partition_size: int | str | None = None) -> Self:
        """The same items in other partitions: neighbours are joined, and large ones cut.

        Parameters
        ----------
        npartitions
            How many.
        partition_size
            About how many bytes of memory each may take (``"64MiB"``). The sizes there are are computed for it now.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(100, npartitions=10).repartition(3).map_partitions(lambda part: [len(part)]).compute()
        [30, 30, 40]
        """
        if (npartitions is None) == (partition_size is None):
            raise ValueError("repartition takes either npartitions or partition_size")
        if npartitions is None:
            sizes = self.partitionwise(size_of_partition, label="size").compute()
            cut = self.of(_cut(self.expr, counts_by_size(sizes, partition_size)))
            return self.of(_join(cut.expr, bounds_by_size(sizes, partition_size)))
        n, m = self.npartitions, positive(npartitions, "npartitions")
        if m <= n:
            return self.of(_join(self.expr, tuple(i * n // m for i in range(m + 1))))
        return self.of(_cut(self.expr, tuple((i + 1) * m // n - i * m // n for i in range(n))))


def _cut(expr: Node, counts: tuple[int, ...]) -> Node:
    return Split(expr, counts) if any(n > 1 for n in counts) else expr


def _join(expr: Node, bounds: tuple[int, ...]) -> Node:
    return Merge(expr, bounds) if len(bounds) <= expr.grid[0] else expr


def _index(items: Items, key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """The items by their keys."""
    found: dict[Any, list[Any]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def _matches(items: Items, index: dict[Any, list[Any]], key: Callable[[Any], Any]) -> Items:
    return ((match, item) for item in items for match in index.get(key(item), ()))
