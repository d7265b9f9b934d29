"""What DataFrame, Series, Index and Scalar share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

from minidask.collection import Collection, value_node
from minidask.dataframe.meta import PANDAS, Meta
from minidask.dataframe.node import Divisions, FrameNode, Partitionwise, wrap
from minidask.dataframe.ownership import assembled, owned
from minidask.dataframe.schema import dtypes_by_place, with_dtypes
from minidask.expr.assemble import Finish
from minidask.expr.blocks import Blocks
from minidask.expr.node import Node
from minidask.task import Resting, value

_KINDS: dict[type, type[FrameCollection]] = {}


def _owned(blocks: Sequence[Any]) -> list[Any]:
    """The blocks, also those that rest in the store; copied where they show little of what they hold."""
    if any(isinstance(block, Resting) and block.is_far for block in blocks):
        return list(blocks)
    opened = [block.open() if isinstance(block, Resting) else block for block in blocks]
    return [
        block if new is old else block.holding(new) if isinstance(block, Resting) else new
        for block, old, new in zip(blocks, opened, owned(opened))
    ]


def _as_made(meta: Meta, blocks: Sequence[Any]) -> Meta:
    """The meta with the dtypes of blocks that are here: whether a join leaves whole numbers is known by then."""
    if not isinstance(meta, PANDAS):
        return meta
    near = (value(block) for block in blocks if not getattr(block, "is_far", False))
    first = next((block for block in near if isinstance(block, type(meta)) and len(block)), meta)
    dtypes, made = dtypes_by_place(meta), dtypes_by_place(first)
    return with_dtypes(meta, {i: made.get(i, d) for i, d in dtypes.items() if getattr(d, "kind", "") in "biu"})


class _Kind(type):
    """The class of the classes of collections: who asks whether something is a DataFrame asks what it is."""

    def __instancecheck__(cls, obj: Any) -> bool:
        is_one = type.__instancecheck__
        return is_one(cls, obj) or (type(type(obj)) is _Kind and is_one(cls, obj._decided()))


class FrameCollection(Collection, metaclass=_Kind):
    """A lazy pandas object or a scalar of one. Base of DataFrame, Series, Index and Scalar.

    Parameters
    ----------
    expr
        The expression.
    """

    expr: FrameNode
    _pandas: ClassVar[type] = object

    def __init_subclass__(cls, pandas: type | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if pandas is not None:
            cls._pandas = pandas
            _KINDS[pandas] = cls

    def __init__(self, expr: FrameNode) -> None:
        if not isinstance(expr, FrameNode):
            name = type(self).__name__
            raise TypeError(
                f"{name}() takes an expression, not {type(expr).__name__}; "
                f"make a {name} of data with from_pandas, from_dict, from_map or read_parquet"
            )
        self.expr = expr

    @property
    def finish(self) -> Finish:
        return assembled

    def __bool__(self) -> bool:
        kind = type(self).__name__
        raise ValueError(f"the truth of a {kind} is ambiguous; use .empty, .any() or .all(), and compute()")

    def _decided(self) -> Self:
        """This collection, as the DataFrame, Series, Index or scalar that it is."""
        return self

    @property
    def _meta(self) -> Meta:
        return self.expr.meta

    def over(self, node: Node) -> Self:
        if isinstance(node, FrameNode):
            return type(self)(node)
        if isinstance(node, Blocks):
            node = Blocks.named(node.name, tuple(_owned(node.values)), node.grid)
        divisions = self.expr.divisions
        if node.grid != self.expr.grid:
            divisions = (None,) * (node.grid[0] + 1)
        meta = _as_made(self._meta, node.values) if isinstance(node, Blocks) else self._meta
        return type(self)(wrap(node, meta, divisions, self.expr.rows))

    @property
    def npartitions(self) -> int:
        """The number of partitions."""
        return self.expr.npartitions

    @property
    def divisions(self) -> Divisions:
        """For each partition its first index label, then the last label of all; all None where they are not known."""
        return self.expr.divisions

    @property
    def known_divisions(self) -> bool:
        """Whether the labels at which the partitions begin and end are known."""
        return self.expr.known


def new(node: FrameNode) -> Any:
    """The collection of a node: DataFrame, Series, Index or Scalar, by its kind."""
    return class_of(node.kind)(node)


def class_of(kind: type) -> type[FrameCollection]:
    """The class of the collections of a kind of nodes."""
    found = _KINDS.get(kind)
    if found is None:
        found = next((_KINDS[base] for base in kind.__mro__ if base in _KINDS), _KINDS[object])
    return found


def node_of(value: Any) -> Any:
    """The expression of a frame; that of the value of another collection, or future; anything else as it is."""
    if isinstance(value, FrameCollection):
        return value.expr
    return value_node(value)


def partitionwise(
    func: Callable[..., Any], *args: Any, keeps: str = "", columnwise: bool = False, **kwargs: Any
) -> FrameNode:
    """The node of a function of blocks; `args` are nodes and literals. See `Partitionwise`."""
    node: FrameNode = Partitionwise(func, args, kwargs, keeps, columnwise)
    return node
