"""One value that is computed from a bag."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Self

from minidask.bag.base import OfObjects, check_function, named
from minidask.collection import Collection
from minidask.expr.assemble import Finish, call
from minidask.expr.naming import tokenize
from minidask.expr.node import Node


class Item(OfObjects):
    """One value still to be made, such as the sum of a bag.

    Converting it to a number or to a truth value computes it.

    Examples
    --------
    >>> import minidask.bag as db
    >>> total = db.range(5, npartitions=2).sum()
    >>> total.compute(), int(total)
    (10, 10)
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
        label = named(func, "apply")
        return self.of(call(func, (self.expr,), {}, f"{label}-{tokenize(func, self.expr)}", label))

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

    def __bool__(self) -> bool:
        return bool(self.compute())

    def __int__(self) -> int:
        return int(self.compute())

    def __index__(self) -> int:
        return int(self.compute().__index__())

    def __float__(self) -> float:
        return float(self.compute())

    def __complex__(self) -> complex:
        return complex(self.compute())
