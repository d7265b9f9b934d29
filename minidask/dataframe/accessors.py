"""`.str`, `.dt` and `.cat`: every method and property that pandas has there, partition by partition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import bound
from minidask.dataframe.labels import with_categories
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
    refuses: ClassVar[Mapping[str, str]] = {}
    """What reaches across partitions: why, or what to do instead."""

    def __init__(self, series: FrameCollection) -> None:
        self._series = series
        self._meta = getattr(series._meta, self.name)  # raises what pandas raises for a wrong dtype

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(type(self._meta), name):
            found = getattr(self._meta, name)  # those made for the dtype, or an error as in pandas
            if not callable(found):
                return self._property(name)
            return self._method(name)
        if name in self.refuses:
            raise NotImplementedError(f".{self.name}.{name}: {self.refuses[name]}")
        if callable(getattr(type(self._meta), name)):
            return self._method(name)
        return self._property(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(n for n in dir(self._meta) if not n.startswith("_"))]

    def _property(self, name: str) -> Any:
        func: Any = Attribute(f"{self.name}.{name}")
        return new(Partitionwise(self._suited(func), (self._series.expr,), {}, "rows", True))

    def _method(self, name: str) -> Callable[..., Any]:
        path = f"{self.name}.{name}"

        def method(*args: Any, **kwargs: Any) -> Any:
            given = bound(self._series._pandas, path, args, kwargs)
            self._check(name, given)
            return apply_method(self._suited(Method(path)), self._series, (), given, "rows", True)

        method.__name__ = name
        method.__doc__ = f"""As `Series.{path}` of pandas, partition by partition."""
        return method

    def _suited(self, func: Any) -> Any:
        return AsIndex(func) if isinstance(self._series._meta, pd.Index) else func

    def _check(self, name: str, given: dict[str, Any]) -> None:
        """Refuses arguments that make the result depend on all partitions."""


class StringAccessor(Accessor):
    """`Series.str`: string methods, partition by partition."""

    name = "str"
    refuses: ClassVar[Mapping[str, str]] = {
        "get_dummies": "its columns depend on all rows; compute() first",
    }

    def __getitem__(self, key: Any) -> Any:
        return apply_method(Method("str.__getitem__"), self._series, (key,), {}, "rows", True)

    def _check(self, name: str, given: dict[str, Any]) -> None:
        if name == "cat" and given.get("others") is None:
            raise NotImplementedError(".str.cat() of all rows: compute() first; with others= it works row by row")
        if name in ("split", "rsplit") and given.get("expand") and given.get("n", -1) in (-1, 0, None):
            raise NotImplementedError(f".str.{name}(expand=True): say with n= how many splits there are at most")

    def split(self, pat: str | None = None, *, n: int = -1, expand: bool = False, regex: bool | None = None) -> Any:
        """Split each string; ``expand=True`` makes n + 1 columns, and needs `n`. As `Series.str.split`."""
        return self._split("split", {"pat": pat, "n": n, "expand": expand, "regex": regex})

    def rsplit(self, pat: str | None = None, *, n: int = -1, expand: bool = False) -> Any:
        """Split each string from its end. As `Series.str.rsplit`; see `split`."""
        return self._split("rsplit", {"pat": pat, "n": n, "expand": expand})

    def _split(self, name: str, given: dict[str, Any]) -> Any:
        self._check(name, given)
        if not given["expand"]:
            return apply_method(Method(f"str.{name}"), self._series, (), given, "rows", True)
        return new(Partitionwise(split_into, (self._series.expr, name, given["n"] + 1), given, "rows"))


def split_into(block: pd.Series, name: str, columns: int, **given: Any) -> pd.DataFrame:
    """Strings split into so many columns, whether or not some string has so many parts."""
    return getattr(block.str, name)(**given).reindex(columns=range(columns)).astype(block.dtype)


class DatetimeAccessor(Accessor):
    """`Series.dt`: dates and durations, partition by partition."""

    name = "dt"


class CategoricalAccessor(Accessor):
    """`Series.cat`: categories, partition by partition."""

    name = "cat"
    refuses: ClassVar[Mapping[str, str]] = {
        "remove_unused_categories": "which are used depends on all rows; pass them to set_categories()",
    }

    @property
    def known(self) -> bool:
        """Whether the categories are known before computing."""
        return len(self._meta.categories) > 0

    @property
    def categories(self) -> pd.Index:
        """The categories."""
        self._check_known()
        return self._meta.categories

    @property
    def ordered(self) -> bool:
        """Whether the categories have an order."""
        return bool(self._meta.ordered)

    def as_known(self) -> Any:
        """The same values with the categories known, which are looked for in all rows now, if they were not.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> s = from_pandas(pd.Series(["b", "a", "b"]), npartitions=2).astype("category")
        >>> s.cat.known, s.cat.as_known().cat.categories.tolist()
        (False, ['a', 'b'])
        """
        return self._series if self.known else with_categories(self._series)

    def _check_known(self) -> None:
        if not self.known:
            raise NotImplementedError(
                "the categories depend on all rows; find them with .cat.as_known(), "
                "or give them: astype(pd.CategoricalDtype([...]))"
            )


class Accessors(FrameCollection):
    """The accessors of Series and Index."""

    @property
    def str(self) -> StringAccessor:
        """String methods, as `pandas.Series.str`."""
        return StringAccessor(self)

    @property
    def dt(self) -> DatetimeAccessor:
        """Properties of dates and durations, as `pandas.Series.dt`."""
        return DatetimeAccessor(self)

    @property
    def cat(self) -> CategoricalAccessor:
        """Categories, as `pandas.Series.cat`."""
        return CategoricalAccessor(self)
