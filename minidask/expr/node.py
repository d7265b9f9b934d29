"""The base of every expression node.

A node is a class with annotated fields and derived facts::

    class Transpose(ArrayNode):
        x: ArrayNode
        axes: tuple[int, ...]

        @fact
        def chunks(self):
            return tuple(self.x.chunks[a] for a in self.axes)

Nodes are immutable. Their facts are computed when they are built, from children that know theirs already,
so that a mistake is an error at the call, and nothing recurses however long the chain. Nodes named by their
operands are interned: equal nodes are one object.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import attrgetter
from types import TracebackType
from typing import Any, ClassVar, Generic, TypeVar, dataclass_transform, overload

from minidask.expr.naming import register, tokenize

T = TypeVar("T")
Grid = tuple[int, ...]
"""The block counts of a value: an array's numblocks, `(npartitions,)` of a frame or bag, `()` of one value."""


class fact(Generic[T]):
    """A derived fact of a node: computed once, when the node is built, by the thread that builds it."""

    def __init__(self, func: Callable[[Any], T]) -> None:
        self.func = func
        self.__doc__ = func.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, node: None, owner: type) -> fact[T]: ...
    @overload
    def __get__(self, node: object, owner: type) -> T: ...
    def __get__(self, node: Any, owner: type) -> Any:
        if node is None:
            return self
        value = node.__dict__[self.name] = self.func(node)
        return value


class late_fact(fact[T]):
    """A fact that few nodes are asked for: computed when it is asked for first, and kept.

    Where it takes a computation, threads that ask meanwhile wait for the first one.
    """

    def __init__(self, func: Callable[[Any], T]) -> None:
        def once(node: Any) -> T:
            with node.__dict__.setdefault(f"{self.name} is asked for", threading.RLock()):
                if self.name not in node.__dict__:
                    node.__dict__[self.name] = func(node)
                value: T = node.__dict__[self.name]
                return value

        super().__init__(once)
        self.__doc__ = func.__doc__


class NodeType(type):
    """Makes nodes: binds fields, names, interns, and computes the facts of new ones."""

    _fields: tuple[str, ...]
    _defaults: dict[str, Any]
    _required: int
    _facts: tuple[tuple[str, Callable[[Any], Any]], ...]
    _identity: str

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        own = [f for f, kind in namespace.get("__annotations__", {}).items() if not str(kind).startswith("ClassVar")]
        inherited = [f for base in bases for f in getattr(base, "_fields", ())]
        cls._fields = tuple(dict.fromkeys((*inherited, *own)))
        cls._defaults = {f: getattr(cls, f) for f in cls._fields if hasattr(cls, f)}
        cls._required = max((i for i, f in enumerate(cls._fields, 1) if f not in cls._defaults), default=0)
        facts = dict.fromkeys(n for base in reversed(cls.__mro__) for n, v in vars(base).items() if type(v) is fact)
        cls._facts = tuple((f, found.func) for f in facts if type(found := getattr(cls, f)) is fact)
        cls._identity = f"{cls.__module__}.{cls.__qualname__}"
        register(cls, attrgetter("name"))

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """The node with these fields, named by them: the same object as long as an equal one over the same ones lives.

        What is persisted goes by the name of what was to be made, and is another one.
        """
        fields = cls._bind(args, kwargs)
        hints = context.annotations
        operands = tuple(fields.values())
        token = tokenize(cls._identity, operands, hints) if hints else tokenize(cls._identity, operands)
        known = _interned.get(token)
        living = None if known is None else known()
        if living is None:
            return _intern(token, cls._make(fields, token, None))
        children = living.children_in(fields)
        if living.children == children:
            return living
        place = f"{token} over {[*map(id, children)]}"
        known = _interned.get(place)
        living = None if known is None else known()
        return living if living is not None else _intern(place, cls._make(fields, token, None))

    def named(cls, name: str, *args: Any, **kwargs: Any) -> Any:
        """A node under a given name: impure work, or a physical node, which has its logical node's name."""
        return cls._make(cls._bind(args, kwargs), "", name)

    def _make(cls, fields: dict[str, Any], token: str, name: str | None) -> Any:
        node: Any = object.__new__(cls)  # type: ignore[arg-type]
        state = node.__dict__
        state.update(fields)
        state["children"] = node.children_in(fields)
        state["where"] = context.where or user_frame(3)  # behind who called the class
        state["annotations"] = context.annotations
        state["name_given"] = name is not None
        state["name"] = name or f"{node.operation}-{token}"
        for name_of_fact, find in cls._facts:
            if name_of_fact not in state:  # found by another one already
                state[name_of_fact] = find(node)
        return node

    def _bind(cls, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The fields in the order of the class, whatever the order in which they were given."""
        fields = dict(zip(cls._fields, args))
        if not kwargs and cls._required <= len(args) <= len(cls._fields):
            for f in cls._fields[len(args) :]:
                fields[f] = cls._defaults[f]
            return fields
        given = {**cls._defaults, **fields, **kwargs}
        fields = {f: given[f] for f in cls._fields if f in given}
        given_once = len(args) + len(kwargs) == len({*cls._fields[: len(args)], *kwargs})
        if not (given_once and len(fields) == len(cls._fields) == len(given)):
            raise TypeError(f"{cls.__name__} takes the fields {cls._fields}, got {len(args)} and {tuple(kwargs)}")
        return fields


class _Reference(weakref.ref["Node"]):
    """What is kept of a node that lives elsewhere."""

    __slots__ = ("token",)
    token: str


_interned: dict[str, _Reference] = {}
"""The nodes that live, by their tokens. A WeakValueDictionary takes longer than it takes to make a node."""
_forgetting = threading.RLock()  # what the collector runs may forget another one meanwhile


def _intern(token: str, node: Node) -> Node:
    """The one node of this token: this one, unless another thread was faster."""
    new = _Reference(node, _forget)
    new.token = token
    while True:
        known = _interned.setdefault(token, new)
        living = known()
        if living is not None:
            return living
        _forget(known)  # it has just died


def _forget(dead: _Reference) -> None:
    with _forgetting:
        if _interned.get(dead.token) is dead:
            del _interned[dead.token]


@dataclass_transform(frozen_default=True, eq_default=False)
class Node(metaclass=NodeType):
    """An immutable description of a value as a grid of blocks."""

    name: ClassVar[str]
    name_given: ClassVar[bool]
    children: ClassVar[tuple[Node, ...]]
    where: ClassVar[tuple[str, int] | None]
    annotations: ClassVar[Mapping[str, Any]]

    @classmethod
    def children_in(cls, fields: Mapping[str, Any]) -> tuple[Node, ...]:
        """The nodes among the values of the fields."""
        return tuple(_nodes_in(fields.values()))

    @property
    def operation(self) -> str:
        """What a person would call it; the first part of the name."""
        return type(self).__name__.lower()

    @property
    def summary(self) -> str:
        """The operands that a person would like to see, in short: for trees and pictures."""
        return ", ".join(f"{f}={text}" for f, v in self.fields.items() if (text := _short(v)))

    @property
    def grid(self) -> Grid:
        raise NotImplementedError(f"{type(self).__name__} has no grid")

    def token(self) -> str | None:
        """The end of a name that whoever made the node has made of its operands, as it is now; None: it is no such."""
        return None

    guesses_nbytes: ClassVar[bool] = False
    """Whether the bytes told of its blocks are a guess."""

    def block_nbytes(self, index: tuple[int, ...]) -> int | None:
        """The bytes of one block, or None where they are not known before it is made."""
        return None

    def largest_nbytes(self) -> int:
        """The bytes of new memory that the largest block takes, 0 where they are not known."""
        return 0

    def largest_extent(self) -> int:
        """The bytes of the largest block, also where they are there already, as of views; 0 where nobody knows."""
        return self.largest_nbytes()

    def give_up(self) -> None:
        """Remove what is left of a computation of the node that has failed: what it has written, if it writes."""

    @property
    def fields(self) -> dict[str, Any]:
        """The fields and their values, in the order of the class."""
        state = self.__dict__
        return {f: state[f] for f in type(self)._fields}

    def replace(self, **changes: Any) -> Any:
        """The same node with some fields changed, under the name that follows."""
        return type(self)(**{**self.fields, **changes})

    def with_children(self, new: Callable[[Node], Node]) -> Any:
        """The same node over `new(child)` for each child; keeps a name that was given."""
        values = [_swap(v, new) for v in self.fields.values()]
        with as_of(self):
            kind = type(self)
            return kind.named(self.name, *values) if self.name_given else kind(*values)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable; use replace({name}=...)")

    def __repr__(self) -> str:
        return f"<{self.name} grid={self.grid}>"

    def __reduce__(self) -> Any:
        from minidask.expr.rewrite import dismantle, reassemble  # would be a cycle above

        return reassemble, (dismantle(self),)


class Over(Node):
    """Base of logical nodes that say what the blocks of any other node are, and may go by its name."""

    source: Node

    def with_children(self, new: Callable[[Node], Node]) -> Any:
        """The same over another source: one that went by the name of its source does so again.

        Under the old name nodes above would be taken for those over the old source, which are remembered by name.
        """
        fields = {**self.fields, "source": new(self.source)}
        with as_of(self):
            kind = type(self)
            if not self.name_given:
                return kind(**fields)
            name = fields["source"].name if self.name == self.source.name else self.name
            return kind.named(name, **fields)


_SHOWN = (str, int, float, tuple, list, slice, bool)


def _short(value: Any) -> str:
    """A small operand as text, nothing for what is large, a node, or says nothing."""
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    if type(value) not in _SHOWN or value is False or (not value and type(value) is not int):
        return ""
    if isinstance(value, (tuple, list)) and any(type(v) not in (*_SHOWN, type(None)) for v in value):
        return ""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_ATOMS = frozenset((int, str, float, bool, type(None), bytes, slice, range))


def _nodes_in(values: Iterable[Any]) -> list[Node]:
    found: list[Node] = []
    for value in values:
        kind = type(value)
        if kind in _ATOMS:
            continue
        if kind is tuple:
            found += _nodes_in(value)
        elif kind is dict:
            if value:
                found += _nodes_in(value.values())
        elif isinstance(value, Node):
            found.append(value)
    return found


def _swap(value: Any, new: Callable[[Node], Node]) -> Any:
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is tuple:
        return tuple([_swap(v, new) for v in value]) if _nodes_in(value) else value
    if kind is dict:
        return {k: _swap(v, new) for k, v in value.items()}
    return new(value) if isinstance(value, Node) else value


class _Context(threading.local):
    """What nodes made in this thread now remember: the place of a node being rewritten, annotations."""

    where: tuple[str, int] | None = None
    annotations: Mapping[str, Any] = {}


context = _Context()


class as_of:
    """Nodes made inside the block come from where `node` comes from, with its annotations."""

    __slots__ = ("_before", "_node")

    def __init__(self, node: Any) -> None:  # a node, or a row of one that is dismantled
        self._node = node

    def __enter__(self) -> None:
        self._before = context.where, context.annotations
        context.where, context.annotations = self._node.where or ("", 0), self._node.annotations

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        context.where, context.annotations = self._before


_LIBRARIES = ("minidask.", "numpy.", "pandas.", "toolz.", "functools", "contextlib")


@lru_cache(maxsize=4096)
def _is_library(module: str) -> bool:
    return module == "minidask" or module.startswith(_LIBRARIES)


def user_frame(depth: int = 1) -> tuple[str, int] | None:
    """File and line of the first caller outside minidask and the libraries that call it; `depth` of them are ours."""
    frame = sys._getframe(depth)
    while frame is not None:
        if not _is_library(frame.f_globals.get("__name__", "")):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return None


def format_where(where: tuple[str, int] | None) -> str | None:
    """`file:line`, or the notebook's name for the cell."""
    if not where or not where[0]:
        return None
    file, line = where
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        label = getattr(shell.compile, "format_code_name", lambda name: None)(file)
        if label:
            return f"{label[0]} {label[1]}, line {line}"
    return f"{file}:{line}"
