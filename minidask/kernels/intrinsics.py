"""Single instructions of the processor that compiled loops may use; imported where Numba is."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # it has no types
from numba import types
from numba.extending import intrinsic

_TRUE = ir.Constant(ir.IntType(1), 1)


@intrinsic
def upper_half(_: Any, one: Any, other: Any) -> Any:
    """The upper 64 of the 128 bits of a product."""

    def generate(_: Any, builder: Any, __: Any, factors: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(factor, wide) for factor in factors))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


@intrinsic
def zeros_below(_: Any, word: Any) -> Any:
    """How many bits are below the lowest one of a number that is not zero."""
    return types.uint64(types.uint64), lambda _, builder, __, words: builder.cttz(words[0], _TRUE)


@intrinsic
def zeros_above(_: Any, word: Any) -> Any:
    """How many bits of 64 are above the highest one of a number that is not zero."""
    return types.uint64(types.uint64), lambda _, builder, __, words: builder.ctlz(words[0], _TRUE)
