"""What is found of each moment by itself, such as `.dt.hour`: by compiled loops where these are ready, or by pandas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from minidask.expr.blocks import function_name
from minidask.kernels.calendar import PARTS, part_of, rounded

_ROUNDED = {"floor": "floor", "ceil": "ceil", "round": "round", "normalize": "floor"}


def of_moments(func: Callable[..., Any]) -> Callable[..., Any]:
    """An attribute or a method of pandas, found faster where it is one of those that loops know, and is of moments."""
    name = function_name(func).rpartition(".")[2]
    return OfMoments(func) if name in PARTS or name in _ROUNDED else func


@dataclass(frozen=True)
class OfMoments:
    """Finds a part of each moment of a block, or rounds it.

    Parameters
    ----------
    func
        How pandas does it: of a Series or of an Index, and of whatever dtype.

    Examples
    --------
    >>> from minidask.dataframe.accessor import Attribute
    >>> OfMoments(Attribute("dt.hour"))(pd.Series(pd.to_datetime(["2026-01-01 07:30"]))).tolist()
    [7]
    """

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, block: Any, **kwargs: Any) -> Any:
        plain = isinstance(block.dtype, np.dtype) and block.dtype.kind == "M"
        found = _found(self.__name__.rpartition(".")[2], block.to_numpy(), **kwargs) if plain else None
        if found is None:
            return self.func(block, **kwargs)
        if isinstance(block, pd.Index):
            return pd.Index(found, name=block.name)
        made: Any = pd.Series(found, index=block.index, name=block.name, copy=False)
        return made.__finalize__(block)


def _found(name: str, times: np.ndarray, freq: Any = "D", **of_zones: Any) -> np.ndarray | None:
    if name in PARTS:
        return part_of(times, name)
    return rounded(times, _ROUNDED[name], to_offset(freq).nanos)
