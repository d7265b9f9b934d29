"""From blocks to one value: what a collection is as an argument of a task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minidask.described import Caller
from minidask.expr.blocks import Blockwise, One, Read, everything, gather
from minidask.expr.containers import Template
from minidask.expr.grid import Grid
from minidask.expr.naming import tokenize
from minidask.expr.node import Node
from minidask.expr.pipeline import lower

Finish = Callable[[list[Any]], Any]
"""Makes the NumPy, pandas or Python object from the list of all blocks in C order; picklable."""


class Assemble(Node):
    """A collection as one value: `finish` of the list of its blocks."""

    source: Node
    finish: Finish

    @property
    def grid(self) -> Grid:
        return ()


@lower(Assemble)
def gather_everything(node: Assemble) -> Node:
    """One task that reads all blocks."""
    return gather(node.finish, node.source, everything(node.source.grid), grid=(), name=node.name, label="assemble")


class Apply(Caller):
    """Calls a function with arguments that hold results inside containers."""

    def __init__(self, func: Callable[..., Any], arguments: Template) -> None:
        self.func = func
        self.arguments = arguments
        self.__name__ = getattr(func, "__name__", type(func).__name__)

    def __dask_tokenize__(self) -> Any:
        return self.func, self.arguments

    def __call__(self, *values: Any) -> Any:
        args, kwargs = self.arguments.fill(values)
        return self.func(*args, **kwargs)

    def called_with(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """With the values inside their containers."""
        filled: tuple[Sequence[Any], Mapping[str, Any]] = self.arguments.fill(args)
        return filled


class Call(Blockwise):
    """A call that is named by what its function does and by its arguments."""

    def token(self) -> str:
        return tokenize(self.func, self.args)


def call(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], label: str, name: str | None = None
) -> Node:
    """The node of one call, whose arguments are literals and nodes of one block, also inside containers.

    Without a name it is one that equal calls share.
    """
    if kwargs or not all(isinstance(a, Node) or type(a) in _PLAIN for a in args):
        template = Template.of((args, kwargs), Node)
        func, args = Apply(func, template.empty()), tuple(template.found)
    reads: tuple[Read | None, ...] = tuple(_VALUE if isinstance(a, Node) else None for a in args)
    if name is None:
        return Call.named(f"{label}-{tokenize(func, args)}", func, args, reads, (), {}, label)
    return Blockwise.named(name, func, args, reads, (), {}, label)


_VALUE = One(())
_PLAIN = frozenset((int, float, str, bool, bytes, complex, type(None)))
