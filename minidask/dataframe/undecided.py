"""The collection of what nobody has asked yet what it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from minidask.dataframe.asked import UNKNOWN, Asked, NotAsked, OfAll, OfEach, together
from minidask.dataframe.base import FrameCollection, class_of
from minidask.dataframe.elementwise import Scalar
from minidask.dataframe.frame import DataFrame, Index, Series
from minidask.dataframe.node import unknown, wrap
from minidask.dataframe.ownership import assembled
from minidask.expr.assemble import Finish
from minidask.expr.blocks import unchanged
from minidask.expr.node import Node

_KINDS = (DataFrame, Series, Index, Scalar)
_OWN = frozenset({"__init_subclass__", "__subclasshook__", "__hash__", "__getstate__"})
"""What Python calls of a collection that says nothing of what it is."""


class Undecided(FrameCollection, pandas=NotAsked):
    """What a person's function makes, while nobody has asked whether it is a DataFrame, a Series, an Index or a scalar.

    It is computed and persisted without that. Asked for anything else it becomes what it is.
    """

    expr: Asked

    @property
    def finish(self) -> Finish:
        expr = self.expr
        return partial(_finished, who=expr.operation, by_value=isinstance(expr, OfEach) and expr.by_value)

    def over(self, node: Node) -> Any:
        if isinstance(node, Asked):
            return Undecided(node)
        if not node.grid:
            return Undecided(OfAll(wrap(node, 0)))
        by_value = isinstance(self.expr, OfEach) and self.expr.by_value
        return Undecided(OfEach(unchanged, (wrap(node, UNKNOWN, unknown(node.grid[0])),), {}, "rows", by_value))

    def _decided(self) -> Any:
        """This very collection as what it is.

        Raises
        ------
        Exception
            What the person's function raises; RuntimeError for an AttributeError.
        """
        if type(self) is Undecided:
            try:
                found = self.expr.settled
                kind = class_of(type(found.meta))
            except AttributeError as error:  # by which Python would tell that this has no such attribute
                raise RuntimeError(f"{self.expr.operation} raised AttributeError: {error}") from error
            self.expr, self.__class__ = found, kind  # type: ignore[assignment]
        return self

    @property
    def name(self) -> Any:
        """The name that a Series or an Index has in pandas."""
        return self._decided().name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and not any(hasattr(kind, name) for kind in _KINDS):
            raise AttributeError(name)  # notebooks and others try what no collection has
        return getattr(self._decided(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("expr", "__class__"):
            super().__setattr__(name, value)
        else:
            setattr(self._decided(), name, value)

    def __dir__(self) -> list[str]:
        return sorted({name for kind in _KINDS for name in dir(kind)})

    def __repr__(self) -> str:
        return f"<{self.expr.name}: {self.npartitions} partitions of which only real data can tell what they are>"


def _finished(blocks: Sequence[Any], who: str, by_value: bool) -> Any:
    return assembled(together(blocks, who, by_value))


def _asking(name: str) -> Callable[..., Any]:
    def method(self: Undecided, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._decided(), name)(*args, **kwargs)

    method.__name__ = method.__qualname__ = name
    return method


for _kind in _KINDS:  # operators are looked for in the class, not by `__getattr__`
    for _name in dir(_kind):
        _func = getattr(_kind, _name)
        _is_special = _name.startswith("__") and callable(_func) and _name not in vars(Undecided)
        if _is_special and _name not in _OWN and _func is not getattr(FrameCollection, _name, None):
            setattr(Undecided, _name, _asking(_name))
