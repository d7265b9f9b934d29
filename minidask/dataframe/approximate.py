"""Answers that are only nearly right, and say so in their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.tallies import Condense

BITS = 14
"""Of a hash, for the register: 16,384 of them give an error of 0.8 %."""


def registers(block: Any) -> np.ndarray:
    """For each register the longest run of zeros in the hashes of the rows that go there."""
    hashes = pd.util.hash_pandas_object(block, index=False).to_numpy()
    found = np.zeros(2**BITS, dtype=np.uint8)
    rest = (hashes << np.uint64(BITS)) | np.uint64(1 << (BITS - 1))
    zeros = 64 - np.ceil(np.log2(rest.astype(np.float64) + 1)).astype(np.int64)
    np.maximum.at(found, (hashes >> np.uint64(64 - BITS)).astype(np.intp), (zeros + 1).astype(np.uint8))
    return found


def merged(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """Registers of all rows."""
    return np.maximum.reduce(blocks)


def estimate(blocks: Sequence[np.ndarray]) -> np.float64:
    """How many distinct rows there are, nearly: Flajolet and others, "HyperLogLog", 2007."""
    found = merged(blocks)
    m = len(found)
    count = 0.7213 / (1 + 1.079 / m) * m**2 / np.sum(2.0 ** -found.astype(np.float64))
    empty = np.count_nonzero(found == 0)
    if count <= 2.5 * m and empty:
        count = m * np.log(m / empty)
    return np.float64(count)


class Approximate(FrameCollection):
    """Approximations of DataFrame and Series."""

    def nunique_approx(self, split_every: int | None = None) -> Any:
        """How many distinct rows there are, but for some 0.8 %, in little memory; as a lazy scalar.

        Parameters
        ----------
        split_every
            Only None.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> round(float(from_pandas(pd.Series([1, 2, 2, 3]), npartitions=2).nunique_approx()))
        3
        """
        if split_every is not None:
            raise NotImplementedError("nunique_approx(split_every=) is not supported; leave it out")
        return new(Condense(self.expr, registers, merged, estimate, {}, labels=False, given=np.float64(0)))

    def median_approximate(self, axis: int | str = 0, method: str = "default") -> Any:
        """The median, which here is exact; see `median`.

        Parameters
        ----------
        axis
            0.
        method
            "default".
        """
        if method != "default":
            raise NotImplementedError(f'median_approximate(method={method!r}): expected "default"')
        return self.median(axis=axis)  # type: ignore[attr-defined]
