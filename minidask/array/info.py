"""What the array API standard lets a person ask of the namespace."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.interchange import DEVICE, check_device

_KINDS = ("bool", "signed integer", "unsigned integer", "real floating", "complex floating")
_BITS = {"int": (8, 16, 32, 64), "uint": (8, 16, 32, 64), "float": (32, 64), "complex": (64, 128)}
_NAMES = ("bool", *(f"{kind}{bits}" for kind, sizes in _BITS.items() for bits in sizes))


class __array_namespace_info__:  # the standard's name
    """What the namespace can do: its devices, its dtypes, and which of the optional features it has.

    Examples
    --------
    >>> __array_namespace_info__().devices()
    ['cpu']
    >>> sorted(__array_namespace_info__().dtypes(kind="real floating"))
    ['float32', 'float64']
    """

    def capabilities(self) -> dict[str, Any]:
        """Which optional features there are, and how many axes an array can have."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """Where arrays are made."""
        return DEVICE

    def devices(self) -> list[str]:
        """All devices."""
        return [DEVICE]

    def default_dtypes(self, *, device: Any = None) -> dict[str, np.dtype[Any]]:
        """The dtypes of what is made of Python's numbers, and of places."""
        check_device(device)
        kinds = {"real floating": float, "complex floating": complex, "integral": int, "indexing": np.intp}
        return {name: np.dtype(kind) for name, kind in kinds.items()}

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, np.dtype[Any]]:
        """The dtypes of the standard by their names.

        Parameters
        ----------
        kind
            Of these only: "bool", "signed integer", "unsigned integer", "integral", "real floating",
            "complex floating", "numeric", or a tuple of these; None: all.

        Raises
        ------
        ValueError
            There is no such device, or no such kind.
        """
        check_device(device)
        return {name: np.dtype(name) for name in _NAMES if np.isdtype(np.dtype(name), _KINDS if kind is None else kind)}
