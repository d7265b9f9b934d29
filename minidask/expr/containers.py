"""Containers with something to be exchanged inside: collections in the arguments of `compute` and of delayed calls.

Lists, tuples, named tuples, dicts, sets, slices and dataclasses are walked. Iterators that can be read only once,
such as generators, become lists, so that work can be done twice. All else is a leaf.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from copy import copy
from types import GeneratorType
from typing import Any


class Slot:
    """Stands in a container for the thing of this number."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __dask_tokenize__(self) -> int:
        return self.number


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

    def __dask_tokenize__(self) -> Any:
        return self.shape, self.found

    @classmethod
    def of(cls, obj: Any, kind: type | tuple[type, ...]) -> Template:
        """The template of `obj` with a slot for each instance of `kind`; equal containers are not copied."""
        found: list[Any] = []

        def slot(leaf: Any) -> Any:
            if not isinstance(leaf, kind):
                return leaf
            found.append(leaf)
            return Slot(len(found) - 1)

        try:
            return cls(exchange(obj, slot), found)
        except RecursionError:
            raise RecursionError(
                "the arguments hold containers that are nested too deeply, or one that holds itself, to look for "
                "collections in them; compute() and persist() do not look with traverse=False"
            ) from None

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
    if kind in (dict, OrderedDict, defaultdict):
        return _exchange_dict(obj, new)
    if kind in _ONCE:
        return [exchange(i, new) for i in obj]
    if kind in _VIEWS:
        items = [exchange(i, new) for i in obj]
        return obj if _same(items, obj) else items
    if kind is slice:
        parts = [exchange(i, new) for i in (obj.start, obj.stop, obj.step)]
        return obj if _same(parts, (obj.start, obj.stop, obj.step)) else slice(*parts)
    if isinstance(obj, tuple) and hasattr(obj, "_fields"):
        items = [exchange(i, new) for i in obj]
        return obj if _same(items, obj) else kind(*items)
    if dataclasses.is_dataclass(obj) and not isinstance(obj, type):
        return _exchange_dataclass(obj, new)
    return new(obj)


_EMPTY: tuple[Any, ...] = ([], {}, range(0), {}.values(), {}.items())
_VIEWS = frozenset((type({}.keys()), type({}.values()), type({}.items())))
_ONCE = frozenset(
    (
        *(GeneratorType, map, filter, zip, enumerate, reversed, type(iter(())), type(iter(set()))),
        *(type(way(empty)) for way in (iter, reversed) for empty in _EMPTY),
    )
)
"""Iterators over what is in memory, or made by a person's code; not files, which are iterators too."""


def _exchange_dict(obj: dict[Any, Any], new: Callable[[Any], Any]) -> dict[Any, Any]:
    keys, values = [exchange(k, new) for k in obj], [exchange(v, new) for v in obj.values()]
    if _same(keys, obj) and _same(values, obj.values()):
        return obj
    changed = copy(obj)  # a default factory stays
    changed.clear()
    changed.update(zip(keys, values))
    return changed


def _exchange_dataclass(obj: Any, new: Callable[[Any], Any]) -> Any:
    leaf = new(obj)
    if leaf is not obj:  # a dataclass that is itself what is looked for
        return leaf
    before = {f.name: getattr(obj, f.name) for f in dataclasses.fields(obj) if hasattr(obj, f.name)}
    after = {name: exchange(value, new) for name, value in before.items()}
    if _same(after.values(), before.values()):
        return obj
    changed = object.__new__(type(obj))  # not replace(): fields with init=False and frozen classes stay as they are
    for name, value in {**getattr(obj, "__dict__", {}), **after}.items():
        object.__setattr__(changed, name, value)
    return changed


def _same(items: Any, others: Any) -> bool:
    return all(a is b for a, b in zip(items, others))
