"""How arrays meet other libraries: the namespace of the array API standard, the device, DLPack."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any, Self

import numpy as np

from minidask.array.values import Values

DEVICE = "cpu"
"""The only device: blocks are NumPy's, or of libraries that take care of devices themselves."""


def check_device(device: Any) -> None:
    """Raise a ValueError for a device that is not there."""
    if device not in (None, DEVICE):
        raise ValueError(f'device={device!r}: expected "{DEVICE}" or None; there is no other')


class Interchange(Values):
    """The attributes of arrays by which libraries that are written for the standard know them."""

    def __array_namespace__(self, *, api_version: str | None = None) -> ModuleType:
        """The module of functions for this array: `minidask.array.array_api`.

        Raises
        ------
        ValueError
            Another version of the standard is asked for than those before 2025.
        """
        if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12"):
            raise ValueError(f"api_version={api_version!r}: the newest that is there is 2024.12")
        return import_module("minidask.array.array_api")  # by name, as it holds all functions, which import arrays

    @property
    def device(self) -> str:
        """Where the values are made: "cpu"."""
        return DEVICE

    def to_device(self, device: Any, /, *, stream: None = None) -> Self:
        """The array itself, where `device` is the one that it is on.

        Raises
        ------
        ValueError
            It is another one, or `stream` is given, which only other devices have.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones(2).to_device("cpu").device
        'cpu'
        """
        check_device(device)
        if stream is not None:
            raise ValueError(f"stream={stream!r}: expected None, as the device has no streams")
        return self

    def to_backend(self, backend: str | None = None) -> Self:
        """The array itself, for code that moves arrays between libraries: blocks are made by NumPy.

        Parameters
        ----------
        backend
            "numpy" or None.

        Raises
        ------
        ValueError
            Another one, to which `map_blocks` with a function of that library can bring the blocks.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones(2).to_backend("numpy").compute()
        array([1., 1.])
        """
        if backend not in (None, "numpy"):
            raise ValueError(f'backend={backend!r}: expected "numpy" or None; bring blocks elsewhere with map_blocks')
        return self

    def __dlpack_device__(self) -> tuple[int, int]:
        kind, number = np.empty(0).__dlpack_device__()
        return int(kind), int(number)

    def __dlpack__(
        self, *, stream: None = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
    ) -> Any:
        """The values, computed, as a capsule of DLPack."""
        if copy is False:
            raise BufferError("a lazy array cannot be exported without making its values: leave copy=False out")
        values = np.require(self.compute(), requirements="W")
        return values.__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device)
