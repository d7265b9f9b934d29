"""Containers with something to be exchanged inside: collections in the arguments of `compute` and of delayed calls.

Lists, tuples, named tuples, dicts, sets and dataclasses are walked; all else is a leaf.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any


class Slot:
    """Stands in a container for the thing of this number."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class Template:
    """A container with numbered slots in it, and what was found in their places.

    Examples
    --------
    >>> template = Template.of(["a", {"b": 1, "c": 2.5}], int)
    >>> template.found
    [1]
    >>> template.fill([10])
    ['a', {'b': 10, 'c': 2.5}]
    """

    def __init__(self, shape: Any, found: list[Any]) -> None:
        self.shape = shape
        self.found = found

    @classmethod
    def of(cls, obj: Any, kind: type | tuple[type, ...]) -> Template:
        """The template of `obj` with a slot for each instance of `kind`; equal containers are not copied."""
        found: list[Any] = []

        def slot(leaf: Any) -> Any:
            if not isinstance(leaf, kind):
                return leaf
            found.append(leaf)
            return Slot(len(found) - 1)

        return cls(exchange(obj, slot), found)

    def empty(self) -> Template:
        """The template without what was found: what travels with a task."""
        return Template(self.shape, [])

    def fill(self, values: Sequence[Any]) -> Any:
        """The container with `values[number]` in the place of each slot."""
        return exchange(self.shape, lambda leaf: values[leaf.number] if type(leaf) is Slot else leaf)


def exchange(obj: Any, new: Callable[[Any], Any]) -> Any:
    """A container with `new(leaf)` for each leaf; `obj` itself where nothing changes."""
    kind = type(obj)
    if kind in (list, tuple, set, frozenset):
        items = [exchange(i, new) for i in obj]
        return obj if _same(items, obj) else kind(items)
    if kind is dict:
        keys, values = [exchange(k, new) for k in obj], [exchange(v, new) for v in obj.values()]
        return obj if _same(keys, obj) and _same(values, obj.values()) else dict(zip(keys, values))
    if isinstance(obj, tuple) and hasattr(obj, "_fields"):
        items = [exchange(i, new) for i in obj]
        return obj if _same(items, obj) else kind(*items)
    if dataclasses.is_dataclass(obj) and not isinstance(obj, type):
        return _exchange_dataclass(obj, new)
    return new(obj)


def _exchange_dataclass(obj: Any, new: Callable[[Any], Any]) -> Any:
    leaf = new(obj)
    if leaf is not obj:  # a dataclass that is itself what is looked for
        return leaf
    before = {f.name: getattr(obj, f.name) for f in dataclasses.fields(obj) if hasattr(obj, f.name)}
    after = {name: exchange(value, new) for name, value in before.items()}
    if _same(after.values(), before.values()):
        return obj
    copy = object.__new__(type(obj))  # not replace(): fields with init=False and frozen classes stay as they are
    for name, value in {**getattr(obj, "__dict__", {}), **after}.items():
        object.__setattr__(copy, name, value)
    return copy


def _same(items: Any, others: Any) -> bool:
    return all(a is b for a, b in zip(items, others))
