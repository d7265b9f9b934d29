"""Reductions: methods of arrays, and what the functions that leave NaN out do, made by name from six signatures."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from numbers import Real
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import numpy as np

from minidask.array.nodes.reducers import REDUCERS
from minidask.array.nodes.reduction import reduction as reduction_of
from minidask.array.operators import Operators, assign, operand
from minidask.signatures import like

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound="Reducible")


class Reducible(Operators):
    """What all reductions do."""

    def reduce(
        self,
        name: str,
        axis: Any = None,
        keepdims: bool = False,
        split_every: Any = None,
        out: Any = None,
        where: Any = True,
        **options: Any,
    ) -> Self:
        """The reduction of this name in the table. Parameters as of `Reductions`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(10, chunks=3).reduce("nansum").compute()
        np.int64(45)
        """
        if isinstance(options.get("initial"), Operators):
            raise NotImplementedError("initial= must be a scalar, not a lazy array; combine it with the result")
        node = reduction_of(self.expr, REDUCERS[name], axis, keepdims, split_every, operand(where), **options)
        answer = self.of(node)
        return answer if out is None else assign(out, answer)


def sums(
    how: str,
    self: A,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    split_every: Any = None,
    out: Any = None,
    *,
    initial: Any = None,
    where: Any = True,
) -> A:
    """Of reductions that add up."""
    return self.reduce(how, axis, keepdims, split_every, out, where, dtype=dtype, initial=initial)


def extremes(
    how: str,
    self: A,
    axis: Any = None,
    keepdims: bool = False,
    split_every: Any = None,
    out: Any = None,
    *,
    initial: Any = None,
    where: Any = True,
) -> A:
    """Of those that pick a value."""
    return self.reduce(how, axis, keepdims, split_every, out, where, initial=initial)


def truths(
    how: str,
    self: A,
    axis: Any = None,
    keepdims: bool = False,
    split_every: Any = None,
    out: Any = None,
    *,
    where: Any = True,
) -> A:
    """Of those that answer yes or no."""
    return self.reduce(how, axis, keepdims, split_every, out, where)


def means(
    how: str,
    self: A,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    split_every: Any = None,
    out: Any = None,
    *,
    where: Any = True,
) -> A:
    """Of means."""
    return self.reduce(how, axis, keepdims, split_every, out, where, dtype=dtype)


def spreads(
    how: str,
    self: A,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    ddof: float = 0,
    split_every: Any = None,
    out: Any = None,
    *,
    where: Any = True,
    correction: float | None = None,
) -> A:
    """Of variances and their roots."""
    if correction is not None:
        if ddof:
            raise ValueError(f"ddof={ddof} and correction={correction} are two names of one thing: give one of them")
        ddof = correction
    if not isinstance(ddof, Real):
        raise TypeError(f"ddof={ddof!r} must be a number")
    return self.reduce(how, axis, keepdims, split_every, out, where, dtype=dtype, ddof=ddof)


def places(
    how: str, self: A, axis: int | None = None, keepdims: bool = False, split_every: Any = None, out: Any = None
) -> A:
    """Of those that give places."""
    return self.reduce(how, axis, keepdims, split_every, out)


def named(signature: Callable[Concatenate[str, P], R], name: str, first_sentence: str, example: str) -> Callable[P, R]:
    """The reduction of a name: its signature, what help() tells of it, and an example, as code and its answer."""

    def reduced(*args: P.args, **kwargs: P.kwargs) -> R:
        return signature(name, *args, **kwargs)

    code, answer = example.split(" -> ")
    reduced.__name__, reduced.__qualname__ = name, f"Reductions.{name}"
    reduced.__doc__ = (
        f"{first_sentence}. Parameters as of `minidask.array.reductions.Reductions`.\n\n"
        f"Examples\n--------\n>>> import minidask.array as da\n>>> {code}.compute()\n{answer}\n"
    )
    _, self, *rest = inspect.signature(signature).parameters.values()
    reduced.__signature__ = inspect.Signature([self.replace(annotation=self.empty), *rest])  # type: ignore[attr-defined]
    return like(np)(reduced)


class Reductions(Reducible):
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
    correction
        Another name of `ddof`.
    split_every
        How many partial results a task merges: a number, or a dict with one for each axis.
    out
        A lazy array that is to stand for the result, too.
    initial
        A scalar that is reduced together with the elements; None: the elements alone.
    where
        Which elements count: booleans, lazy or not, that broadcast to the array.

    Raises
    ------
    numpy.exceptions.AxisError
        There is no such axis.
    ValueError
        Nothing is left to reduce, and the reduction has no value for nothing.
    """

    sum = named(sums, "sum", "The sum along some axes", "da.arange(10, chunks=3).sum() -> np.int64(45)")
    prod = named(sums, "prod", "The product along some axes", "da.arange(1, 6, chunks=3).prod() -> np.int64(120)")
    any = named(
        truths, "any", "Whether any element along some axes is true", "(da.arange(9, chunks=3) > 7).any() -> np.True_"
    )
    all = named(
        truths,
        "all",
        "Whether all elements along some axes are true",
        "(da.arange(9, chunks=3) > 7).all() -> np.False_",
    )
    min = named(extremes, "min", "The least element along some axes", "da.arange(10, chunks=3).min() -> np.int64(0)")
    max = named(extremes, "max", "The greatest element along some axes", "da.arange(10, chunks=3).max() -> np.int64(9)")
    mean = named(means, "mean", "The mean along some axes", "da.arange(10, chunks=3).mean() -> np.float64(4.5)")
    var = named(spreads, "var", "The variance along some axes", "da.arange(10, chunks=3).var() -> np.float64(8.25)")
    std = named(
        spreads,
        "std",
        "The standard deviation along some axes",
        "da.arange(1, 4, chunks=2).std(ddof=1) -> np.float64(1.0)",
    )
    argmin = named(
        places,
        "argmin",
        "Where the first of the least elements is",
        "da.from_array([3, 1, 2, 1], chunks=2).argmin() -> np.int64(1)",
    )
    argmax = named(
        places,
        "argmax",
        "Where the first of the greatest elements is",
        "da.from_array([3, 1, 2, 3], chunks=2).argmax() -> np.int64(0)",
    )
