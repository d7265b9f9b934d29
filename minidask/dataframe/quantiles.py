"""Exact quantiles: blocks are sorted apart, and of all values only those around the quantiles come together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.agreement import settled
from minidask.dataframe.align import whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.elementwise import elementwise
from minidask.dataframe.meta import Meta, columns_in, empty, try_on_empty
from minidask.dataframe.node import Columns, Divisions, FrameNode, Method, Partitionwise
from minidask.dataframe.partitions import Lengths
from minidask.dataframe.reductions import numeric, one_row
from minidask.expr.blocks import blockwise, everything, gather
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.selection import Bracket, brackets_of, candidates, select, summarize

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


class Quantile(FrameNode):
    """Quantiles of a Series, or of each column of a DataFrame.

    Fields
    ------
    q
        One number, or a tuple of them.
    interpolation
        What a quantile between two values is.
    median
        Whether the result is named as `median` names it.
    """

    frame: FrameNode
    q: Any
    interpolation: str
    median: bool = False

    @property
    def operation(self) -> str:
        return "median" if self.median else "quantile"

    @fact
    def meta(self) -> Meta:
        return empty(try_on_empty(_of_one_row, (self.frame.meta, self.q, self.interpolation, self.median)))

    @fact
    def divisions(self) -> Divisions:
        return () if isinstance(self.frame.meta, pd.Series) and not isinstance(self.q, tuple) else (None, None)

    def needs(self, wanted: Columns) -> dict[Node, Columns]:
        return {}

    def needs_labels(self, wanted: bool) -> bool:
        return False


def _of_one_row(meta: Meta, q: Any, interpolation: str, median: bool) -> Any:
    return _by_pandas(one_row(meta), q, interpolation, median)


def _by_pandas(frame: Any, q: Any, interpolation: Any, median: bool) -> Any:
    return (
        frame.median()
        if median
        else frame.quantile(list(q) if isinstance(q, tuple) else q, interpolation=interpolation)
    )


@lower(Quantile)
def select_quantiles(node: Quantile) -> Node:
    """Runs of blocks, what they tell of the ranks, what lies around those, and the answer."""
    source, name, q = node.frame, node.name, node.q if isinstance(node.q, tuple) else (node.q,)
    label = node.operation
    runs = blockwise(_runs, source, grid=source.grid, name=f"{name}-runs", label="sort")
    points = blockwise(_summaries, runs, grid=source.grid, name=f"{name}-points", label="points", cheap=True)
    read = everything(source.grid)
    ranks = gather(_brackets, points, read, q, node.interpolation, grid=(), name=f"{name}-ranks", label="ranks")
    near = blockwise(_near, runs, ranks, grid=source.grid, name=f"{name}-near", label="near", cheap=True)
    told = (source.meta, node.q, node.interpolation, node.median)
    return blockwise(_finish, near, ranks, *told, grid=node.grid, reads={0: read}, name=name, label=label)


def _runs(block: Any) -> list[np.ndarray]:
    """For each column its values, sorted; times as whole numbers."""
    return [_run(column.dropna().array) for column in columns_in(block)]


def _run(array: Any) -> np.ndarray:
    if hasattr(array, "asi8"):
        return np.sort(array.asi8)
    dtype = getattr(array.dtype, "numpy_dtype", array.dtype)
    return np.sort(np.asarray(array, dtype=dtype))


def _summaries(runs: list[np.ndarray]) -> list[Any]:
    return [summarize(run) for run in runs]


Ranks = list[list[tuple[Bracket, Bracket, float]]]
"""For each column and each quantile the two values around it, and how far it is from the first to the second."""


def _brackets(blocks: Sequence[list[Any]], q: Sequence[float], interpolation: str) -> Ranks:
    found = []
    for summaries in zip(*blocks):
        count = sum(summary.length for summary in summaries)
        places = [(count - 1) * part for part in q] if count else []
        if interpolation == "nearest":
            places = [float(np.round(place)) for place in places]
        lows = [int(np.floor(place)) for place in places]
        highs = [int(np.ceil(place)) for place in places]
        both = brackets_of(summaries, lows + highs) if count else []
        found.append(list(zip(both, both[len(lows) :], [place - low for place, low in zip(places, lows)])))
    return found


def _near(runs: list[np.ndarray], ranks: Ranks) -> list[list[Any]]:
    pairs = zip(runs, ranks)
    return [[(candidates(run, low), candidates(run, high)) for low, high, _ in wanted] for run, wanted in pairs]


def _finish(blocks: Sequence[Any], ranks: Ranks, meta: Meta, q: Any, interpolation: str, median: bool) -> Any:
    """The answer, by pandas: from a column of two values for each quantile."""
    several = isinstance(q, tuple)
    columns = []
    for i, (column, wanted) in enumerate(zip(columns_in(meta), ranks)):
        near = [block[i] for block in blocks]
        values = [_between(column, [n[k] for n in near], *ask, interpolation, median) for k, ask in enumerate(wanted)]
        columns.append(
            values or [_by_pandas(column, q[0] if several else q, interpolation, False)] * (len(q) if several else 1)
        )
    expected = _of_one_row(meta, q, interpolation, median)
    return _shaped(columns, expected, meta)


def _between(
    column: pd.Series, near: Sequence[Any], low: Bracket, high: Bracket, part: float, interpolation: Any, median: bool
) -> Any:
    values = [select([n[side] for n in near], bracket) for side, bracket in enumerate((low, high))]
    pair = pd.Series(values).astype(column.dtype) if column.dtype.kind not in "mM" else _as_times(values, column)
    return pair.median() if median else pair.quantile(part, interpolation=interpolation)


def _as_times(values: Sequence[Any], like: pd.Series) -> pd.Series:
    array: Any = like.array
    return pd.Series(array._from_backing_data(np.array(values, dtype="int64").view(array._ndarray.dtype)))


def _shaped(columns: list[list[Any]], expected: Any, meta: Meta) -> Any:
    """Values by column and quantile, in the form that pandas gives them."""
    if isinstance(expected, pd.DataFrame):
        made = {i: pd.Series(c, index=expected.index) for i, c in enumerate(columns)}
        frame = pd.DataFrame(made, index=expected.index)
        frame.columns = expected.columns
        return frame.astype(dict(expected.dtypes)) if expected.columns.is_unique else frame
    if isinstance(meta, pd.DataFrame):
        return pd.Series([c[0] for c in columns], index=expected.index, name=expected.name, dtype=expected.dtype)
    if isinstance(expected, pd.Series):
        return pd.Series(columns[0], index=expected.index, name=expected.name, dtype=expected.dtype)
    return columns[0][0]


class Quantiles(FrameCollection):
    """`quantile` and `median`, exact for any partitions."""

    def quantile(
        self,
        q: Any = 0.5,
        axis: int | str = 0,
        numeric_only: bool = False,
        interpolation: str = "linear",
        method: str = "single",
    ) -> Any:
        """Quantiles of the values that are not missing. Exact.

        Parameters
        ----------
        q
            From 0 to 1: one, or several.
        axis
            0; with 1 the quantile of each row, for one `q`.
        numeric_only
            For a DataFrame, whether to leave out other columns.
        interpolation
            What a quantile between two values is: "linear", "lower", "higher", "midpoint" or "nearest".
        method
            "single": of each column by itself. "table": the rows of a DataFrame that stand there when it is sorted by
            all columns; with the `interpolation` "lower", "higher" or "nearest".

        Returns
        -------
        Scalar, Series or DataFrame

        Raises
        ------
        ValueError, TypeError
            `q` or `interpolation` is none; a column has no quantiles.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([1, 2, 3, 10]), npartitions=2).quantile([0.25, 0.5]).compute().tolist()
        [1.75, 2.5]
        """
        wide = along_columns(self._pandas, "quantile", axis)
        if interpolation not in INTERPOLATIONS:
            raise ValueError(f"interpolation={interpolation!r}: expected one of {', '.join(INTERPOLATIONS)}")
        parts = tuple(float(part) for part in q) if np.ndim(q) else float(q)
        odd = [part for part in np.atleast_1d(parts) if not 0 <= part <= 1]
        if odd:
            raise ValueError(f"q={q!r}: expected numbers from 0 to 1")
        if method not in ("single", "table") or (method == "table" and self._meta.ndim == 1):
            raise ValueError(f'quantile(method={method!r}): expected "single", or for a DataFrame "table"')
        if wide:
            told = {"axis": 1, "numeric_only": numeric_only, "interpolation": interpolation, "method": method}
            return self._of_rows(parts, told)
        if method == "table":
            return self._of_table(parts, interpolation, numeric_only)
        return new(Quantile(self._of_numbers(numeric_only), parts, interpolation))

    def _of_rows(self, q: Any, told: dict[str, Any]) -> Any:
        if isinstance(q, tuple):
            raise NotImplementedError("quantile([...], axis=1) has a column for each row; ask for one after the other")
        given = empty(one_row(self._meta).quantile(q, **told))
        return new(Partitionwise(Method("quantile"), (self.expr, q), told, "rows", given=given))

    def _of_table(self, q: Any, interpolation: str, numeric_only: bool) -> Any:
        node = numeric(self.expr) if numeric_only else self.expr
        told = {"q": list(q) if isinstance(q, tuple) else q, "interpolation": interpolation}
        example = one_row(node.meta).quantile(**told, method="table")  # with pandas' own errors
        rows = new(node).sort_values(node.meta.columns.tolist(), ignore_index=True)
        chosen = Partitionwise(_rows_at, (rows.expr, Lengths(node)), told, given=rows._meta)
        return new(Partitionwise(_labelled, (whole(chosen), Lengths(node)), told, given=empty(example)))

    def median(self, axis: int | str = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """The medians of the values that are not missing. Exact.

        Parameters
        ----------
        axis
            0; with 1 the median of each row.
        skipna
            False: of a column in which a value is missing the median is missing.
        numeric_only
            For a DataFrame, whether to leave out other columns.
        """
        if axis is not None and along_columns(self._pandas, "median", axis):
            told = {"axis": 1, "skipna": skipna, "numeric_only": numeric_only}
            return new(Partitionwise(Method("median"), (self.expr,), told, "rows"))
        node = self._of_numbers(numeric_only, flags=True)
        found = new(Quantile(node, 0.5, "linear", True))
        return found if skipna else elementwise(_if_complete, found, new(node).notna().all())

    def _of_numbers(self, numeric_only: bool, flags: bool = False) -> FrameNode:
        """The columns of numbers; with `flags`, booleans are 0 and 1."""
        node = settled(self.expr)
        node = numeric(node) if numeric_only and isinstance(node.meta, pd.DataFrame) else node
        if flags and any(pd.api.types.is_bool_dtype(c.dtype) for c in columns_in(node.meta)):
            node = Partitionwise(_flags_as_numbers, (node,), {}, "rows", True)
        odd = [
            c for c in columns_in(node.meta) if getattr(c.dtype, "kind", "O") not in "iufmM" or _is_category(c.dtype)
        ]
        if odd:
            raise TypeError(f"the column {odd[0].name!r} of {odd[0].dtype} has no quantiles; try numeric_only=True")
        return node


def _rows_at(rows: pd.DataFrame, total: int, q: Any, interpolation: Any) -> pd.DataFrame:
    """Of sorted rows, which are numbered, those that stand at quantiles of the numbers."""
    return rows[rows.index.isin(np.atleast_1d(np.quantile(np.arange(total), q, method=interpolation)))]


def _labelled(rows: pd.DataFrame, total: int, q: Any, interpolation: Any) -> Any:
    """The rows at quantiles by the names of these; of one quantile a Series."""
    found = rows.loc[np.quantile(np.arange(total), q, method=interpolation)]
    return found.set_axis(pd.Index(q, dtype="float64")) if isinstance(q, list) else found.rename(q)


def _if_complete(found: Any, complete: Any) -> Any:
    """Medians, but for columns in which a value is missing."""
    if isinstance(found, pd.Series):
        return found.where(complete)
    return found if complete else pd.Series(found).shift().iloc[0]


_NUMBERS: dict[str, Any] = {"bool": "int8", "boolean": "Int8"}


def _flags_as_numbers(block: Any) -> Any:
    columns = [c.astype(_NUMBERS[str(c.dtype)]) if str(c.dtype) in _NUMBERS else c for c in columns_in(block)]
    if isinstance(block, pd.Series):
        return columns[0]
    return pd.concat(columns, axis=1).set_axis(block.columns, axis=1)


def _is_category(dtype: Any) -> bool:
    return isinstance(dtype, pd.CategoricalDtype)
