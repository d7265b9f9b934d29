"""Where dask's users look for what is elsewhere here: ``from minidask.array.core import normalize_chunks`` works.

These are modules in name only, and no new code needs them: all is in `minidask.array` itself. What is internal to dask
is not there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

_PLACES: Mapping[str, Mapping[str, str]] = {
    "core": {
        "BlockView": "minidask.array.by_key",
        "broadcast_shapes": "numpy",
        "elemwise": "minidask.array.elementwise",
        "slices_from_chunks": "minidask.array.chunks",
    },
    "routines": {},
    "tiledb_io": {},
    "ufunc": {"ufunc": "numpy"},
    "utils": {"assert_eq": "minidask.testing", "meta_from_array": "minidask.array.facts"},
    "wrap": {},
}
"""For each module of dask the names that are not in `minidask.array`, and where they are."""


class Elsewhere(ModuleType):
    """A module whose names are those of others.

    Examples
    --------
    >>> from minidask.array.core import normalize_chunks
    >>> normalize_chunks(2, (5,))
    ((2, 2, 1),)
    """

    def __init__(self, name: str, places: Mapping[str, str]) -> None:
        super().__init__(name, f"{__doc__}")
        self._places = places

    def __getattr__(self, name: str) -> Any:
        arrays = import_module("minidask.array")
        if name in self._places:
            return getattr(import_module(self._places[name]), name)
        if name in arrays.__all__:
            return getattr(arrays, name)
        raise AttributeError(
            f"{self.__name__} has no {name}: what is not internal to dask is in minidask.array, which has none either"
        )

    def __dir__(self) -> list[str]:
        return sorted({*self._places, *import_module("minidask.array").__all__})


NAMES = tuple(_PLACES)


def install(also: Mapping[str, Mapping[str, Any]]) -> None:
    """Let `import` find these modules, and in some of ours what dask has there.

    Parameters
    ----------
    also
        For modules, which are imported already, by name what they are to have besides.
    """
    for name, found in also.items():
        vars(sys.modules[f"minidask.array.{name}"]).update(found)
    for name, places in _PLACES.items():
        sys.modules[f"minidask.array.{name}"] = Elsewhere(f"minidask.array.{name}", places)
