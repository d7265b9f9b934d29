"""Short tasks that are run inside the task that alone reads them.

A task costs the scheduler some microseconds. Where thousands of tasks make next to nothing each, and others gather a
few of these at a time, such as the partial results of a sum, the gathering tasks make what they gather themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from minidask.described import Caller
from minidask.expr.blocks import Blockwise, One, PerBlock

if TYPE_CHECKING:
    from minidask.expr.grid import Integers
    from minidask.expr.node import Node

_MANY = 1000
"""Fewer short tasks stay as they are: they cost nothing that a person would notice, and can be looked at one by one."""
_FEW = 16
"""Of them run inside one task at most, so that all workers have something to do."""


def takes_in(reader: Node, node: Node, counts: Integers | None, numbers: Integers) -> bool:
    """Whether the tasks of `reader` should make the blocks of `node` that they read.

    Parameters
    ----------
    reader, node
        Physical nodes; nobody else reads `node`.
    counts
        How many blocks each task of the reader takes; None: one each.
    numbers
        These blocks, by their numbers.
    """
    import numpy as np

    return (
        counts is not None
        and len(numbers) >= _MANY
        and isinstance(node, Blockwise)
        and node.brief
        and all(isinstance(read, One) for _, read in node.inputs)
        and isinstance(reader, Blockwise)
        and _gathers_only(reader)
        and reader.annotations == node.annotations
        and bool(counts.max() <= _FEW)
        and len(np.unique(numbers)) == len(numbers)
    )


def _gathers_only(reader: Blockwise) -> bool:
    """Whether it reads nothing but blocks of one node, whole, as its first argument."""
    read = reader.reads[0]
    return (
        read is not None
        and read.part is None
        and not any(reader.reads[1:])
        and not any(isinstance(arg, PerBlock) for arg in reader.args[1:])
    )


class FanIn(Caller):
    """Makes several blocks, and gathers them.

    Parameters
    ----------
    make, kwargs
        Makes one block of its arguments.
    width
        How many positional arguments that takes.
    gather
        Called with the list of blocks, and with all that was given besides.
    others
        How many further positional arguments it takes.

    Examples
    --------
    >>> FanIn(max, {}, 2, sorted, 0)(1, 5, 2, 0)
    [2, 5]
    """

    def __init__(
        self, make: Callable[..., Any], kwargs: Mapping[str, Any], width: int, gather: Callable[..., Any], others: int
    ) -> None:
        self.make = make
        self.kwargs = kwargs
        self.width = width
        self.gather = gather
        self.others = others
        self.__name__ = getattr(gather, "__name__", type(gather).__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        end, width, make = len(args) - self.others, self.width, self.make
        blocks = [make(*args[at : at + width], **self.kwargs) for at in range(0, end, width)]
        return self.gather(blocks, *args[end:], **kwargs)

    def called_with(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Nothing: the note on the step that failed tells of its arguments."""
        return (), {}
