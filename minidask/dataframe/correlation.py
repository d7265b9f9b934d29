"""`corr` and `cov`: block by block, each pair of columns over the rows where both have values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask.dataframe.align import align, whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.foreign import operand
from minidask.dataframe.meta import empty
from minidask.dataframe.node import FrameNode, Method, Partitionwise
from minidask.dataframe.reductions import numeric, one_row
from minidask.dataframe.tallies import Condense


def _check_method(method: Any) -> None:
    if method not in ("pearson", "spearman", "kendall") and not callable(method):
        raise ValueError(f'corr(method={method!r}): expected "pearson", "spearman", "kendall", or a function')


class Moments(NamedTuple):
    """Of each pair of columns, over the rows where both have finite values: matrices."""

    counts: np.ndarray
    means: np.ndarray
    """Of the column of the row of the matrix."""
    squares: np.ndarray
    """The sum of its squared deviations."""
    products: np.ndarray
    """The sum of the products of both deviations."""
    endless: np.ndarray
    """Whether either has an infinite value where none is missing."""
    complete: bool
    """Whether no value is missing."""


def moments(block: pd.DataFrame, **options: Any) -> Moments:
    """Those of a block."""
    values = block.to_numpy(dtype=np.float64, na_value=np.nan)
    there, endless = np.isfinite(values), np.isinf(values)
    size = there.sum(axis=0)
    shift = np.where(there, values, 0.0).sum(axis=0) / np.maximum(size, 1)
    centred = np.where(there, values - shift, 0.0)
    mask = there.astype(np.float64)
    counts = mask.T @ mask
    sums = centred.T @ mask
    ones = np.maximum(counts, 1)
    squares = np.maximum((centred**2).T @ mask - sums**2 / ones, 0.0)
    products = centred.T @ centred - sums * sums.T / ones
    complete = bool((there | endless).all())
    beside = endless.T @ (there | endless)
    return Moments(counts, shift[:, None] + sums / ones, squares, products, beside | beside.T, complete)


def merged(blocks: Sequence[Moments], **options: Any) -> Moments:
    """Merging as in Chan, Golub and LeVeque, "Updating formulae ...", 1979."""
    found = blocks[0]
    for more in blocks[1:]:
        total = found.counts + more.counts
        weight = found.counts * more.counts / np.maximum(total, 1)
        step = more.means - found.means
        means = np.where(found.counts > 0, found.means + step * more.counts / np.maximum(total, 1), more.means)
        squares = found.squares + more.squares + weight * step**2
        products = found.products + more.products + weight * step * step.T
        endless, complete = found.endless | more.endless, found.complete and more.complete
        found = Moments(total, means, squares, products, endless, complete)
    return found


def correlation(blocks: Sequence[Moments], labels: pd.Index, least: int, freedom: int | None) -> pd.DataFrame:
    """The answer: covariances, with so many degrees of freedom less; None: correlations.

    As in pandas infinite values are missing ones, but for covariances where no other is missing; and only there is ddof
    heeded.
    """
    counts, _, squares, products, endless, complete = merged(blocks)
    if freedom is not None and not complete:
        freedom = 1
    with np.errstate(divide="ignore", invalid="ignore"):
        if freedom is None:
            scale = np.sqrt(squares * squares.T)
            found = np.clip(np.where(scale > 0, products / scale, np.nan), -1, 1)
        else:
            found = np.where(counts > freedom, products / (counts - freedom), np.nan)
    found[counts < least] = np.nan
    if freedom is not None and complete:
        found[endless] = np.nan
    return pd.DataFrame(found, index=labels, columns=labels)


def infinite_pairs(blocks: Sequence[Moments]) -> np.ndarray:
    """Which pairs of columns have infinite values, of which two Series know no covariance or correlation."""
    found: np.ndarray = np.logical_or.reduce([block.endless for block in blocks])
    return found


def _pair(node: FrameNode, least: int, freedom: int | None) -> FrameNode:
    """The answer for a frame of two columns, as a scalar."""
    options = {"labels": node.meta.columns, "least": least, "freedom": freedom}
    found: FrameNode = Condense(node, moments, merged, _of_pair, options, labels=False, given=np.float64(0))
    return found


def _of_pair(blocks: Sequence[Moments], **options: Any) -> np.float64:
    found: np.float64 = correlation(blocks, **options).to_numpy()[0, 1]
    return np.float64(np.nan) if infinite_pairs(blocks)[0, 1] else found


class FrameCorrelation(FrameCollection):
    """`corr` and `cov` of the columns of a DataFrame."""

    def corr(self, method: Any = "pearson", min_periods: int = 1, numeric_only: bool = False) -> Any:
        """The correlations of all pairs of columns, in one partition.

        Parameters
        ----------
        method
            "pearson"; with "spearman", "kendall" or a function all values come together in one task.
        min_periods
            How many rows in which both have values a pair must have.
        numeric_only
            Whether to leave out other columns.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"x": [1, 2, 3], "y": [3, 2, 1]}), npartitions=2)
        >>> df.corr().loc["x", "y"].compute()
        np.float64(-1.0)
        """
        _check_method(method)
        node = numeric(self.expr) if numeric_only else self.expr
        given = empty(one_row(node.meta).corr())
        if method != "pearson":
            told = {"method": method, "min_periods": min_periods}
            return new(Partitionwise(Method("corr"), (whole(node),), told, given=given))
        return self._matrix(node, given, max(min_periods, 1), None)

    def cov(self, min_periods: int | None = None, ddof: int | None = 1, numeric_only: bool = False) -> Any:
        """The covariances of all pairs of columns, in one partition.

        Parameters
        ----------
        min_periods
            How many rows in which both have values a pair must have.
        ddof
            What is taken from the number of rows.
        numeric_only
            Whether to leave out other columns.
        """
        node = numeric(self.expr) if numeric_only else self.expr
        given = pd.DataFrame(index=node.meta.columns[:0], columns=node.meta.columns, dtype="float64")
        one_row(node.meta).astype("float64")  # pandas' own error for what is no number
        return self._matrix(node, given, min_periods or 1, 1 if ddof is None else ddof)

    def _matrix(self, node: FrameNode, given: Any, least: int, freedom: int | None) -> Any:
        options = {"labels": node.meta.columns, "least": least, "freedom": freedom}
        return new(Condense(node, moments, merged, correlation, options, labels=False, given=given))


class SeriesCorrelation(FrameCollection):
    """`corr` and `cov` of two Series."""

    def corr(self, other: Any, method: Any = "pearson", min_periods: int | None = None) -> Any:
        """The correlation with another Series, over the rows where both have values.

        Parameters
        ----------
        other
            A Series, lazy or of pandas, which goes by its labels.
        method
            "pearson"; with "spearman", "kendall" or a function all values come together in one task.
        min_periods
            How many such rows there must be.
        """
        _check_method(method)
        node = self._with(other, "corr")
        if method == "pearson":
            return new(_pair(node, min_periods or 1, None))
        told = {"method": method, "min_periods": min_periods}
        given = np.float64(0)
        return new(Condense(whole(node), _as_it_is, _only, _corr_of_pair, told, labels=False, given=given))

    def cov(self, other: Any, min_periods: int | None = None, ddof: int | None = 1) -> Any:
        """The covariance with another Series. Parameters as for `pandas.Series.cov`."""
        return new(_pair(self._with(other, "cov"), min_periods or 1, 1 if ddof is None else ddof))

    def autocorr(self, lag: int = 1) -> Any:
        """The correlation with itself, shifted by `lag` rows."""
        return self.corr(self.shift(lag))  # type: ignore[attr-defined]

    def _with(self, other: Any, called: str) -> FrameNode:
        (mine, theirs), keeps = align(called, [self.expr, operand(other, self.expr, called)])
        if not isinstance(getattr(theirs, "meta", None), pd.Series):
            raise TypeError(f"{called}(other): expected a Series, got a {type(other).__name__}")
        node: FrameNode = Partitionwise(_two_columns, (mine, theirs), {}, keeps)
        return node


def _two_columns(left: pd.Series, right: pd.Series) -> pd.DataFrame:
    return pd.concat([left, right], axis=1, join="inner", keys=[0, 1]).dropna()


def _as_it_is(block: Any, **options: Any) -> Any:
    return block


def _only(blocks: Sequence[Any], **options: Any) -> Any:
    return blocks[0]


def _corr_of_pair(blocks: Sequence[pd.DataFrame], **options: Any) -> np.float64:
    return np.float64(blocks[0][0].corr(blocks[0][1], **options))
