"""Accessors of a person's own, such as ``frame.geo``: names that DataFrame, Series and Index are given."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from minidask.dataframe.frame import DataFrame, Index, Series


def register_dataframe_accessor(name: str) -> Callable[[type], type]:
    """Decorate a class whose objects are to be ``frame.<name>``: it is called with the lazy DataFrame.

    Parameters
    ----------
    name
        The attribute. A warning tells that it hides one that there is.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> @register_dataframe_accessor("stock")
    ... class Stock:
    ...     def __init__(self, frame):
    ...         self.frame = frame
    ...
    ...     def worth(self):
    ...         return (self.frame.count_ * self.frame.price).sum()
    >>> from_pandas(pd.DataFrame({"count_": [2, 3], "price": [5, 7]})).stock.worth().compute()
    np.int64(31)
    """
    return _register(DataFrame, name)


def register_series_accessor(name: str) -> Callable[[type], type]:
    """Decorate a class whose objects are to be ``series.<name>``; see `register_dataframe_accessor`."""
    return _register(Series, name)


def register_index_accessor(name: str) -> Callable[[type], type]:
    """Decorate a class whose objects are to be ``index.<name>``; see `register_dataframe_accessor`."""
    return _register(Index, name)


def _register(kind: type, name: str) -> Callable[[type], type]:
    def decorate(accessor: type) -> type:
        if hasattr(kind, name):
            said = f"{accessor.__name__} hides what {kind.__name__} has under the name {name!r}"
            warnings.warn(said, UserWarning, stacklevel=2)
        setattr(kind, name, _Made(accessor))
        return accessor

    return decorate


class _Made:
    """Makes the accessor of an object; of the class it is the class of the accessor."""

    def __init__(self, accessor: type) -> None:
        self._accessor = accessor

    def __get__(self, frame: Any, kind: Any = None) -> Any:
        return self._accessor if frame is None else self._accessor(frame)
