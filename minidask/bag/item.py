"""One value that is computed from a bag."""

from __future__ import annotations

import operator
from collections.abc import Callable
from operator import itemgetter
from typing import Any, Self

from minidask.bag.base import OfObjects, check_function, named, value
from minidask.collection import Collection, Single
from minidask.expr.assemble import Finish, call
from minidask.expr.node import Node


class Item(Single, OfObjects):
    """One value still to be made, such as the sum of a bag. Operators make items of it.

    Converting it to a number or to a truth value computes it.

    Examples
    --------
    >>> import minidask.bag as db
    >>> total = db.range(5, npartitions=2).sum()
    >>> total.compute(), int(total)
    (10, 10)
    >>> (total / 4).compute()
    2.5
    """

    @classmethod
    def from_delayed(cls, value: Any) -> Self:
        """An item of a delayed value.

        Raises
        ------
        TypeError
            `value` is no lazy value.

        Examples
        --------
        >>> from minidask import delayed
        >>> Item.from_delayed(delayed(sum)([1, 2])).compute()
        3
        """
        if not isinstance(value, Collection):
            raise TypeError(f"value must be a delayed value, not {type(value).__name__}")
        return cls.of(value.as_value())

    @property
    def finish(self) -> Finish:
        return itemgetter(0)

    def as_value(self) -> Node:
        return self.expr

    def apply(self, func: Callable[[Any], Any]) -> Self:
        """The item of `func(value)`.

        Examples
        --------
        >>> import minidask.bag as db
        >>> db.range(5, npartitions=2).sum().apply(str).compute()
        '10'
        """
        check_function(func, "func")
        return self.of(call(func, (self.expr,), {}, named(func, "apply")))

    def to_delayed(self, optimize_graph: bool = True) -> Any:
        """The delayed value of this item.

        Parameters
        ----------
        optimize_graph
            Whether to optimize the expression now; it is optimized in any case when it is computed.
        """
        from minidask.delayed import Delayed  # delayed values know nothing of bags, nor need bags know of them to work

        return Delayed.of((self.optimize() if optimize_graph else self).expr)

    def __repr__(self) -> str:
        return f"minidask.bag.Item<{self.name}>"

    __hash__ = object.__hash__


def _operator(func: Callable[..., Any], reflected: bool = False) -> Callable[..., Item]:
    label = func.__name__.strip("_")

    def method(self: Item, *others: Any) -> Item:
        if any(hasattr(type(other), "to_dask_array") for other in others):
            return NotImplemented  # a frame decides
        args = tuple(value(a) for a in ((*others, self) if reflected else (self, *others)))
        return self.of(call(func, args, {}, label))

    return method


_BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor", "lshift", "rshift"]
for _name in _BINARY:
    setattr(Item, f"__{_name.rstrip('_')}__", _operator(getattr(operator, _name)))
    setattr(Item, f"__r{_name.rstrip('_')}__", _operator(getattr(operator, _name), reflected=True))
for _name in ["lt", "le", "eq", "ne", "ge", "gt", "neg", "pos", "abs", "invert", "getitem"]:
    setattr(Item, f"__{_name}__", _operator(getattr(operator, _name)))
