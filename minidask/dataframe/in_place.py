"""``inplace=True``: a collection that from now on is what the method gives; nothing is computed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T", bound=type)
_METHODS: dict[str, tuple[str, ...]] = {
    "DataFrame": (
        *("bfill", "clip", "drop", "drop_duplicates", "dropna", "eval", "ffill", "fillna", "interpolate", "mask"),
        *(
            "query",
            "rename",
            "rename_axis",
            "replace",
            "reset_index",
            "set_index",
            "sort_index",
            "sort_values",
            "where",
        ),
    ),
    "Series": (
        *("bfill", "clip", "drop", "drop_duplicates", "dropna", "ffill", "fillna", "interpolate", "mask"),
        *("rename", "rename_axis", "replace", "reset_index", "sort_index", "sort_values", "where"),
    ),
    "Index": ("rename",),
}
"""The methods of each class that take `inplace` in pandas."""
_GIVE_ITSELF = frozenset({"bfill", "clip", "ffill", "fillna", "interpolate", "mask", "replace", "where"})
"""The methods that answer with the collection, as they do in pandas; others answer None."""


def in_place(cls: T) -> T:
    """A decorator of a class of collections: where pandas' method takes `inplace`, so does its own.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> df = from_pandas(pd.DataFrame({"x": [1.0, None], "y": [3, 4]}), npartitions=2)
    >>> df.dropna(inplace=True)
    >>> df.rename(columns={"x": "z"}, inplace=True)
    >>> df.compute().to_dict("list")
    {'z': [1.0], 'y': [3]}
    """
    for name in _METHODS[cls.__name__]:
        setattr(cls, name, _becoming(getattr(cls, name), name))
    return cls


def _becoming(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    @wraps(method)
    def becoming(self: Any, *args: Any, inplace: bool = False, **kwargs: Any) -> Any:
        if not isinstance(inplace, bool):
            raise ValueError(f"inplace={inplace!r}: expected True or False")
        found = method(self, *args, **kwargs)
        if not inplace:
            return found
        if found._pandas is not self._pandas:
            mine, other = self._pandas.__name__, found._pandas.__name__
            raise TypeError(f"{name}(inplace=True): the result is a {other}, which this {mine} cannot become")
        self.expr = found.expr
        return self if name in _GIVE_ITSELF else None

    return becoming
