"""What all methods of bags stand on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from minidask.bag.node import Partitionwise
from minidask.bag.steps import joined
from minidask.collection import Collection, with_values
from minidask.expr.assemble import Finish, call
from minidask.expr.blocks import function_name, unchanged
from minidask.expr.node import Node


class OfObjects(Collection):
    """A bag or an item: Python objects, which are worked on in processes."""

    default_scheduler = "processes"

    @classmethod
    def of(cls, expr: Node) -> Self:
        """The bag of an expression with one axis of partitions; the item of an expression of one block."""
        self = cls.__new__(cls)
        self.expr = expr
        return self

    def over(self, node: Node) -> Self:
        return self.of(node)


class BagBase(OfObjects):
    """A collection of Python objects in partitions."""

    @property
    def finish(self) -> Finish:
        return joined

    @property
    def npartitions(self) -> int:
        """The number of partitions."""
        return self.expr.grid[0]

    def partitionwise(self, func: Any, *args: Any, label: str) -> Self:
        """A bag of `func(partition, *args)`; see `Partitionwise`."""
        return self.of(Partitionwise(func, (self.expr, *args), self.npartitions, label))


def positive(n: Any, argument: str) -> int:
    """A number of items or partitions.

    Raises
    ------
    ValueError
        It is not a whole number, or less than 1.
    """
    if type(n) is not int or n < 1:
        raise ValueError(f"{argument}={n!r} must be a whole number, 1 or more")
    return n


def value(obj: Any) -> Any:
    """An argument that is the same for all partitions: a node where there are collections in it, else as it is."""
    inner = with_values(obj)
    if inner is obj or isinstance(inner, Node):
        return inner
    return call(unchanged, (inner,), {}, "argument")


def named(func: Any, method: str) -> str:
    """What a person would call a call of `method` with their function."""
    return f"{method}-{function_name(func)}"


def same_partitions(bags: Iterable[Any], what: str) -> int:
    """How many partitions the bags among `bags` have, which must be the same number for all.

    Raises
    ------
    ValueError
        They differ.
    TypeError
        There is none.
    """
    counts = {bag.npartitions for bag in bags if isinstance(bag, BagBase)}
    if not counts:
        raise TypeError(f"{what} takes at least one bag")
    if len(counts) > 1:
        numbers = " and ".join(map(str, sorted(counts)))
        raise ValueError(f"{what}: the bags have {numbers} partitions; repartition them to the same number")
    return counts.pop()


def check_function(func: Any, argument: str) -> None:
    """Refuse what cannot be called."""
    if not callable(func):
        raise TypeError(f"{argument} must be a function, not {type(func).__name__}")
