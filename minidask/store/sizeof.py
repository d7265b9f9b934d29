"""How many bytes an object takes, by its type."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

_SAMPLE = 100
_by_type: dict[type, Callable[[Any], int]] = {}
_lazy: dict[str, Callable[[], None]] = {}


def register(*types: type) -> Callable[[Callable[[Any], int]], Callable[[Any], int]]:
    """Measure objects of these types, and of their subclasses, by the decorated function.

    Examples
    --------
    >>> class Tile: ...
    >>> @register(Tile)
    ... def size_of_tile(tile):
    ...     return 4096
    >>> sizeof(Tile())
    4096
    """

    def decorate(measure: Callable[[Any], int]) -> Callable[[Any], int]:
        for kind in types:
            _by_type[kind] = measure
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

    Examples
    --------
    >>> import numpy as np
    >>> sizeof(np.zeros((1000, 10)))
    80000
    """
    measure = _by_type.get(type(obj)) or _find(type(obj))
    try:
        return int(measure(obj))
    except Exception:  # a person's own class may raise anything here; its size is not worth an error
        return object.__sizeof__(obj)


def _find(kind: type) -> Callable[[Any], int]:
    for base in kind.__mro__:
        registers = _lazy.pop(base.__module__.partition(".")[0], None)
        if registers is not None:
            registers()
        if base in _by_type:
            return _by_type.setdefault(kind, _by_type[base])
    is_class_of_python = bool(kind.__flags__ & _HEAP_TYPE) and not issubclass(kind, type)
    return _by_type.setdefault(kind, _size_of_object if is_class_of_python else sys.getsizeof)


_HEAP_TYPE = 1 << 9
_open = threading.local()
"""The objects that are being measured: some refer to themselves."""


def _size_of_object(obj: Any) -> int:
    """Those of the attributes, for objects of Python classes."""
    around: set[int] = _open.__dict__.setdefault("ids", set())
    if id(obj) in around:
        return 0
    around.add(id(obj))
    try:
        slots = [name for kind in type(obj).__mro__ for name in kind.__dict__.get("__slots__", ())]
        values = [*getattr(obj, "__dict__", {}).values(), *[getattr(obj, name, None) for name in slots]]
        return sys.getsizeof(obj) + sum(map(sizeof, values))
    finally:
        around.discard(id(obj))


@register(list, tuple, set, frozenset)
def _size_of_collection(items: Any) -> int:
    return sys.getsizeof(items) + _estimate(items, len(items))


@register(dict)
def _size_of_dict(items: dict[Any, Any]) -> int:
    return sys.getsizeof(items) + _estimate(items.keys(), len(items)) + _estimate(items.values(), len(items))


def _estimate(items: Iterable[Any], count: int) -> int:
    """The size of all, from evenly spaced ones."""
    if not count:
        return 0
    step = -(-count // _SAMPLE)
    sizes = [sizeof(item) for item in islice(items, 0, None, step)]
    return sum(sizes) * count // len(sizes)


@register_lazy("numpy")
def _register_numpy() -> None:
    import numpy as np

    @register(np.ndarray)
    def size_of_array(array: np.ndarray) -> int:
        """Those of the elements; broadcast ones once."""
        if 0 in array.strides:
            array = array[tuple([slice(0, 1) if stride == 0 else slice(None) for stride in array.strides])]
        if array.dtype.hasobject:
            return array.nbytes + _estimate(array.ravel(), array.size)
        return array.nbytes


@register_lazy("pandas")
def _register_pandas() -> None:
    import pandas as pd

    @register(pd.DataFrame)
    def size_of_frame(frame: pd.DataFrame) -> int:
        columns = sum([sizeof(frame.iloc[:, at].array) for at in range(frame.shape[1])])
        return columns + sizeof(frame.index)

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


@register_lazy("pyarrow")
def _register_pyarrow() -> None:
    import pyarrow as pa

    @register(pa.Array, pa.ChunkedArray, pa.Table, pa.RecordBatch)
    def size_of_arrow(values: Any) -> int:
        """Only of the rows that a slice shows."""
        return values.nbytes
