"""How many bytes an object takes, by its type.

The answer is quick rather than exact: of containers a few items are looked at. A package's types are registered when
the first object of it is measured, so that nothing is imported for this.
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterable
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

Measure = Callable[[Any], int]

_SAMPLES = (12, 4, 2, 1, 1, 1, 1)
"""How many items are looked at: of a container, of those inside it, and so on. Deeper ones are not."""
_LONGEST_STEP = 64
"""Where the items between have to be gone through."""
_MOST_KINDS = 1000
_by_type: dict[type, Measure] = {}
_lazy: dict[str, Callable[[], None]] = {}
_found: dict[type, Measure] = {}
"""What was looked up for a type. A new one takes its place when types are registered."""


def register(*types: type) -> Callable[[Measure], Measure]:
    """Measure objects of these types, and of their subclasses, by the decorated function.

    Objects of your own classes are measured by their attributes, or by `nbytes` where they have that. Where this is
    wrong, because they hold memory that Python does not know of or that belongs to somebody else, register them.

    Parameters
    ----------
    *types
        The classes.

    Examples
    --------
    >>> class Tile: ...
    >>> @register(Tile)
    ... def size_of_tile(tile):
    ...     return 4096
    >>> sizeof([Tile(), Tile()]) > 2 * 4096
    True
    """

    def decorate(measure: Measure) -> Measure:
        global _found
        for kind in types:
            _by_type[kind] = measure
        _found = {}
        return measure

    return decorate


def register_lazy(package: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Call the decorated function, which registers types of `package`, when the first object of it is measured."""

    def decorate(registers: Callable[[], None]) -> Callable[[], None]:
        _lazy[package] = registers
        return registers

    return decorate


def sizeof(obj: Any) -> int:
    """The bytes that `obj` takes; for containers an estimate from some of their items.

    A view of an array counts as its elements, or as the whole array where nobody else holds that.

    Examples
    --------
    >>> import numpy as np
    >>> sizeof(np.zeros((1000, 10)))
    80000
    """
    return _sizeof(obj, 0)


def _sizeof(obj: Any, depth: int) -> int:
    kind = type(obj)
    if kind in _PLAIN:
        return sys.getsizeof(obj)
    try:
        if kind in _CONTAINERS:
            return _size_of_container(obj, depth)
        if kind in _MAPPINGS:
            return _size_of_mapping(obj, depth)
        measure = _found.get(kind) or _find(kind)
        return int(measure(obj) if measure is not _size_of_any else _size_of_any(obj, depth))
    except Exception:  # a person's own class may raise anything here; its size is not worth an error
        return object.__sizeof__(obj)


def _find(kind: type) -> Measure:
    found = _found  # not the one that takes its place, if types are registered meanwhile
    measure = _look_up(kind)
    if len(found) > _MOST_KINDS:  # somebody makes classes all the time
        found.clear()
    found[kind] = measure
    return measure


def _look_up(kind: type) -> Measure:
    for base in kind.__mro__:
        package = base.__module__.partition(".")[0]
        registers = _lazy.get(package)
        if registers is not None:
            registers()
            _lazy.pop(package, None)
        if base in _by_type:
            return _by_type[base]
    if kind.__sizeof__ is not object.__sizeof__ or issubclass(kind, _OPAQUE):
        return sys.getsizeof
    return _size_of_any


_OPAQUE = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)
"""What these refer to is not theirs."""
_PLAIN = frozenset((int, float, complex, bool, str, bytes, type(None)))
_CONTAINERS = frozenset((list, tuple, set, frozenset, deque))
_MAPPINGS = frozenset((dict, defaultdict, OrderedDict, Counter))


def _size_of_container(items: Collection[Any], depth: int) -> int:
    return sys.getsizeof(items) + _estimate(items, len(items), depth)


def _size_of_mapping(items: dict[Any, Any], depth: int) -> int:
    """The keys of dicts inside others are names that are mostly shared."""
    keys = 0 if depth else _estimate(items, len(items), depth)
    return sys.getsizeof(items) + keys + _estimate(items.values(), len(items), depth)


def _size_of_any(obj: Any, depth: int = 0) -> int:
    """By what the object says, or by its attributes."""
    nbytes = getattr(obj, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes
    attributes = [*getattr(obj, "__dict__", {}).values()]
    for base in type(obj).__mro__:
        slots = base.__dict__.get("__slots__", ())
        attributes += [getattr(obj, name, None) for name in ([slots] if isinstance(slots, str) else slots)]
    if depth >= len(_SAMPLES):
        return sys.getsizeof(obj)
    return sys.getsizeof(obj) + sum([_sizeof(value, depth + 1) for value in attributes])


for _kind in _CONTAINERS:
    register(_kind)(lambda items: _size_of_container(items, 0))  # for subclasses
for _kind in _MAPPINGS:
    register(_kind)(lambda items: _size_of_mapping(items, 0))


def _estimate(items: Iterable[Any], count: int, depth: int) -> int:
    """The size of all, from spaced ones. Where the same ones come again and again, they count once."""
    if not count or depth >= len(_SAMPLES):
        return 0
    most = _SAMPLES[depth]
    step = max(1, count // most)
    if isinstance(items, list | tuple):
        return _size_of_sample([*items[::step]], count, depth)
    step = min(step, _LONGEST_STEP)
    return _size_of_sample([*islice(items, 0, most * step, step)], count, depth)


def _size_of_sample(sample: list[Any], count: int, depth: int) -> int:
    different = {id(item): item for item in sample}
    total = sum([_sizeof(item, depth + 1) for item in different.values()])
    if len(different) <= len(sample) // 2:
        return total
    return total * count // len(sample)


@register_lazy("numpy")
def _register_numpy() -> None:
    import numpy as np

    @register(np.ndarray)
    def size_of_array(array: np.ndarray) -> int:
        """Those of the elements; broadcast ones once; all that the array alone keeps in memory."""
        if type(array.base) is np.ndarray and references_to_base(array) == alone:
            return size_of_array(array.base)
        if 0 in array.strides:
            array = array[tuple([slice(0, 1) if stride == 0 else slice(None) for stride in array.strides])]
        if array.dtype.hasobject and array.size:
            flat: Any = array.ravel() if array.dtype.kind == "T" else array.flat  # NumPy breaks texts in slices of flat
            items = flat[:: max(1, array.size // _SAMPLES[0])]
            return array.nbytes + _size_of_sample(items.tolist(), array.size, 0)
        return array.nbytes

    def references_to_base(array: np.ndarray) -> int:
        return sys.getrefcount(array.base)

    alone = references_to_base(np.empty(1)[:])
    register(np.generic)(sys.getsizeof)


@register_lazy("pandas")
def _register_pandas() -> None:
    import pandas as pd

    @register(pd.DataFrame)
    def size_of_frame(frame: pd.DataFrame) -> int:
        return sum([sizeof(values) for values in _arrays_of(frame)]) + sizeof(frame.index)

    @register(pd.Series)
    def size_of_series(series: pd.Series) -> int:
        return sizeof(series.array) + sizeof(series.index)

    @register(pd.MultiIndex)
    def size_of_multi_index(index: pd.MultiIndex) -> int:
        return sum([sizeof(level) for level in index.levels]) + sum([code.nbytes for code in index.codes])

    @register(pd.Index)
    def size_of_index(index: pd.Index) -> int:
        return sizeof(index.array)

    @register(pd.RangeIndex)
    def size_of_range(index: pd.RangeIndex) -> int:
        return sys.getsizeof(index)

    @register(pd.Categorical)
    def size_of_categorical(values: pd.Categorical) -> int:
        return values.codes.nbytes + sizeof(values.categories)

    @register(pd.api.extensions.ExtensionArray)
    def size_of_extension_array(values: pd.api.extensions.ExtensionArray) -> int:
        return values.nbytes

    @register(pd.arrays.NumpyExtensionArray)
    def size_of_wrapped_array(values: pd.arrays.NumpyExtensionArray) -> int:
        return sizeof(values.to_numpy())


def _arrays_of(frame: Any) -> Iterable[Any]:
    """The arrays that hold a frame's columns, several columns in one; where pandas does not tell, one by one."""
    arrays = getattr(getattr(frame, "_mgr", None), "arrays", None)
    return [frame.iloc[:, at].array for at in range(frame.shape[1])] if arrays is None else arrays


@register_lazy("pyarrow")
def _register_pyarrow() -> None:
    import pyarrow as pa

    @register(pa.Array, pa.ChunkedArray, pa.Table, pa.RecordBatch)
    def size_of_arrow(values: Any) -> int:
        """Only of the rows that a slice shows."""
        return values.nbytes
