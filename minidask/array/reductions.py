"""Reductions: methods of arrays, and the functions that leave NaN out."""

from __future__ import annotations

from typing import Any, Self

from minidask.array.nodes.reducers import REDUCERS
from minidask.array.nodes.reduction import reduction
from minidask.array.operators import Operators, assign


class Reductions(Operators):
    """The reductions that are methods. All take the same arguments, where they make sense.

    Parameters
    ----------
    axis
        An axis, a tuple of them, or None for all; negative ones count from the last.
    dtype
        In which to accumulate; by default as NumPy chooses.
    keepdims
        Whether the axes stay, with size 1.
    ddof
        Divide by the number of elements less this.
    split_every
        How many partial results a task merges: a number, or a dict with one for each axis.
    out
        A lazy array that is to stand for the result, too.

    Raises
    ------
    numpy.exceptions.AxisError
        There is no such axis.
    ValueError
        Nothing is left to reduce, and the reduction has no value for nothing.
    """

    def reduce(
        self,
        name: str,
        axis: Any = None,
        keepdims: bool = False,
        split_every: Any = None,
        out: Any = None,
        **options: Any,
    ) -> Self:
        """The reduction of this name in the table.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(10, chunks=3).reduce("nansum").compute()
        np.int64(45)
        """
        answer = self.of(reduction(self.expr, REDUCERS[name], axis, keepdims, split_every, **options))
        return answer if out is None else assign(out, answer)

    def sum(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None
    ) -> Self:
        """The sum along some axes. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(10, chunks=3).sum().compute()
        np.int64(45)
        """
        return self.reduce("sum", axis, keepdims, split_every, out, dtype=dtype)

    def prod(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None
    ) -> Self:
        """The product along some axes. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(1, 6, chunks=3).prod().compute()
        np.int64(120)
        """
        return self.reduce("prod", axis, keepdims, split_every, out, dtype=dtype)

    def any(self, axis: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None) -> Self:
        """Whether any element along some axes is true. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> (da.arange(10, chunks=3) > 8).any().compute()
        np.True_
        """
        return self.reduce("any", axis, keepdims, split_every, out)

    def all(self, axis: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None) -> Self:
        """Whether all elements along some axes are true. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> (da.arange(10, chunks=3) > 8).all().compute()
        np.False_
        """
        return self.reduce("all", axis, keepdims, split_every, out)

    def min(self, axis: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None) -> Self:
        """The least element along some axes. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(10, chunks=3).min().compute()
        np.int64(0)
        """
        return self.reduce("min", axis, keepdims, split_every, out)

    def max(self, axis: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None) -> Self:
        """The greatest element along some axes. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(10, chunks=3).max().compute()
        np.int64(9)
        """
        return self.reduce("max", axis, keepdims, split_every, out)

    def mean(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None
    ) -> Self:
        """The mean along some axes. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(10, chunks=3).mean().compute()
        np.float64(4.5)
        """
        return self.reduce("mean", axis, keepdims, split_every, out, dtype=dtype)

    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
        ddof: float = 0,
        split_every: Any = None,
        out: Any = None,
    ) -> Self:
        """The variance along some axes. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(10, chunks=3).var().compute()
        np.float64(8.25)
        """
        return self.reduce("var", axis, keepdims, split_every, out, dtype=dtype, ddof=ddof)

    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
        ddof: float = 0,
        split_every: Any = None,
        out: Any = None,
    ) -> Self:
        """The standard deviation along some axes. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(1, 4, chunks=2).std(ddof=1).compute()
        np.float64(1.0)
        """
        return self.reduce("std", axis, keepdims, split_every, out, dtype=dtype, ddof=ddof)

    def argmin(self, axis: int | None = None, keepdims: bool = False, split_every: Any = None, out: Any = None) -> Self:
        """Where the first of the least elements is. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.from_array([3, 1, 2, 1], chunks=2).argmin().compute()
        np.int64(1)
        """
        return self.reduce("argmin", axis, keepdims, split_every, out)

    def argmax(self, axis: int | None = None, keepdims: bool = False, split_every: Any = None, out: Any = None) -> Self:
        """Where the first of the greatest elements is. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.from_array([3, 1, 2, 3], chunks=2).argmax().compute()
        np.int64(0)
        """
        return self.reduce("argmax", axis, keepdims, split_every, out)
