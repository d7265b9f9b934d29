"""One of pandas' accessors: every method and property that it has, partition by partition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import bound
from minidask.dataframe.methods import apply_method
from minidask.dataframe.node import AsIndex, Method, Partitionwise


class Attribute:
    """Reads an attribute of a block, such as ``dt.year``."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.__name__ = path

    def __call__(self, block: Any) -> Any:
        for name in self.path.split("."):
            block = getattr(block, name)
        return block

    def __dask_tokenize__(self) -> str:
        return self.path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Attribute) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)


class Accessor:
    """Methods and properties of one of pandas' accessors."""

    name: ClassVar[str]
    told: ClassVar[frozenset[str]] = frozenset()
    """Properties that are known without any row."""
    now: ClassVar[frozenset[str]] = frozenset()
    """Methods that give no pandas object: made now."""
    regroups: ClassVar[frozenset[str]] = frozenset()
    """What gives others than a row for each row."""

    def __init__(self, series: FrameCollection) -> None:
        self._series = series
        self._meta = getattr(series._meta, self.name)  # raises what pandas raises for a wrong dtype

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in self.told or not hasattr(type(self._meta), name):
            found = getattr(self._meta, name)  # those made for the dtype, or an error as in pandas
            if name in self.told:
                return found
        else:
            found = getattr(type(self._meta), name)
        if name in self.now:
            return getattr(getattr(self._series.compute(), self.name), name)
        return self._method(name) if callable(found) else self._property(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(n for n in dir(self._meta) if not n.startswith("_"))]

    def _property(self, name: str) -> Any:
        func: Any = Attribute(f"{self.name}.{name}")
        return new(Partitionwise(self._suited(func), (self._series.expr,), {}, "rows", True))

    def _method(self, name: str) -> Callable[..., Any]:
        path = f"{self.name}.{name}"

        def method(*args: Any, **kwargs: Any) -> Any:
            given = bound(self._series._pandas, path, args, kwargs)
            keeps = "" if name in self.regroups else "rows"
            return apply_method(self._suited(Method(path)), self._series, (), given, keeps, True)

        method.__name__ = name
        method.__doc__ = f"""As `Series.{path}` of pandas, partition by partition."""
        return method

    def _suited(self, func: Any) -> Any:
        return AsIndex(func) if isinstance(self._series._meta, pd.Index) else func
