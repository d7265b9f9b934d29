"""The parts of complex numbers, to take and to set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from minidask.array.node import ArrayNode
from minidask.array.nodes.elementwise import astype, elementwise
from minidask.array.nodes.sizes import known
from minidask.array.operators import Operators, operand


class Parts(Operators):
    """The parts of an array's elements."""

    @property
    def real(self) -> Self:
        """The real parts of the elements.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.from_array([1 + 2j]).real.compute()
        array([1.])
        """
        return self.of(elementwise(np.real, self.expr))

    @real.setter
    def real(self, value: Any) -> None:
        self._set(_with_real, value)

    @property
    def imag(self) -> Self:
        """The imaginary parts of the elements.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.from_array([1 + 2j]).imag.compute()
        array([2.])
        """
        return self.of(elementwise(np.imag, self.expr))

    @imag.setter
    def imag(self, value: Any) -> None:
        if self.expr.dtype.kind != "c":
            raise TypeError(f"an array of {self.expr.dtype} has no imaginary parts to set")
        self._set(_with_imag, value)

    def _set(self, put: Callable[..., Any], value: Any) -> None:
        node, value, dtype = known(self.expr), operand(value), np.real(self.expr.meta).dtype
        lazy = isinstance(value, ArrayNode)
        value = elementwise(astype, known(value), dtype) if lazy else np.asarray(value).astype(dtype)
        if np.broadcast_shapes(value.shape, node.shape) != node.shape:
            raise ValueError(f"could not broadcast input array from shape {value.shape} into shape {node.shape}")
        self.expr = elementwise(put, node, value)

    def conj(self) -> Self:
        """The complex conjugates of the elements.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.from_array([1 + 2j]).conj().compute()
        array([1.-2.j])
        """
        return self.of(elementwise(np.conjugate, self.expr) if self.expr.dtype.kind in "cO" else self.expr)

    conjugate = conj


def _with_real(block: Any, value: Any) -> Any:
    new = block.copy()
    new.real = value
    return new


def _with_imag(block: Any, value: Any) -> Any:
    new = block.copy()
    new.imag = value
    return new
