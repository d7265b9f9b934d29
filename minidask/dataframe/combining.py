"""Two frames together: `align`, `combine`, `compare`, `update`, `dot`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.align import align, whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns, callable_only
from minidask.dataframe.correlation import correlation, infinite_pairs, merged, moments
from minidask.dataframe.foreign import operand
from minidask.dataframe.meta import columns_in, empty
from minidask.dataframe.node import FrameNode, Method, Partitionwise, is_frame
from minidask.dataframe.reductions import one_row
from minidask.dataframe.tallies import Condense
from minidask.dataframe.user import no_default, of_user_function


def together(self: FrameCollection, other: Any, called: str) -> tuple[FrameNode, FrameNode, str]:
    """Two frames over the same partitions, and what a `Partitionwise` of them keeps of the first one.

    Raises
    ------
    TypeError
        The other one is no frame.
    ValueError
        They cannot be aligned.
    """
    node = operand(other, self.expr, called)
    if not is_frame(node):
        raise TypeError(f"{called}(other): expected a DataFrame or Series, got a {type(other).__name__}")
    (mine, theirs), keeps = align(called, [self.expr, node])
    return mine, theirs, keeps


class Combining(FrameCollection):
    """What DataFrame and Series do with another one."""

    def align(
        self,
        other: Any,
        join: str = "outer",
        axis: Any = None,
        level: Any = None,
        copy: Any = None,
        fill_value: Any = None,
    ) -> tuple[Any, Any]:
        """This frame and another one with the same labels of rows, and of columns.

        Parameters
        ----------
        other
            DataFrame or Series, lazy or in memory.
        join
            "outer", "inner", "left" or "right": which labels stay.
        axis
            0 for the rows alone, 1 for the columns alone, None for both.
        level
            Only None.
        copy
            Only None: frames never change.
        fill_value
            What stands where there was nothing.

        Returns
        -------
        left, right

        Raises
        ------
        ValueError
            Frames of different rows without known divisions.
        """
        if level is not None or copy is not None:
            raise NotImplementedError("align(level=, copy=) is not supported; leave them out")
        mine, theirs, keeps = together(self, other, "align")
        told = {"join": join, "axis": axis, "fill_value": fill_value}
        pair = [Partitionwise(_aligned, (mine, theirs, side), told, keeps and "divisions") for side in (0, 1)]
        return new(pair[0]), new(pair[1])

    def combine(
        self,
        other: Any,
        func: Callable[..., Any],
        fill_value: Any = None,
        overwrite: bool = True,
        meta: Any = no_default,
    ) -> Any:
        """What a function makes of this frame and another one.

        Parameters
        ----------
        other
            DataFrame, lazy or in memory; of a Series another Series, or a scalar.
        func
            For a DataFrame, of two whole columns: all rows come together in one task. For a Series, of two values.
        fill_value
            What stands for values that one of them does not have.
        overwrite
            Whether columns that only this DataFrame has become missing.
        meta
            What comes out; by default the real values tell, and the result is kept.
        """
        callable_only("combine", func)
        if isinstance(self._meta, pd.DataFrame):
            nodes: Any = [whole(self.expr), whole(together(self, other, "combine")[1])]
            told: dict[str, Any] = {"fill_value": fill_value, "overwrite": overwrite}
            return new(of_user_function(Method("combine"), (*nodes, func), told, "", meta))
        told = {} if fill_value is None else {"fill_value": fill_value}
        if np.ndim(getattr(other, "_meta", other)) == 0:
            node = other.expr if isinstance(other, FrameCollection) else other
            return new(of_user_function(Method("combine"), (self.expr, node, func), told, "rows", meta))
        mine, theirs, keeps = together(self, other, "combine")
        return new(of_user_function(Method("combine"), (mine, theirs, func), told, keeps, meta))

    def compare(
        self,
        other: Any,
        align_axis: int | str = 1,
        keep_shape: bool = False,
        keep_equal: bool = False,
        result_names: tuple[Any, Any] = ("self", "other"),
    ) -> Any:
        """The values that differ from those of another frame with the same labels.

        Parameters
        ----------
        other
            Of the same kind, with the same labels.
        align_axis
            1 or "columns": the two values stand side by side; 0 or "index": one under the other.
        keep_shape
            Whether rows and columns without differences stay. Which columns have some is found now, otherwise.
        keep_equal
            Whether equal values are shown, too.
        result_names
            What the two are called.

        Raises
        ------
        ValueError
            Other columns.
        """
        mine, theirs, keeps = together(self, other, "compare")
        if type(theirs.meta) is not type(mine.meta):
            raise TypeError(f"compare(other): expected a {type(mine.meta).__name__}, got a {type(other).__name__}")
        told = {"align_axis": align_axis, "keep_equal": keep_equal, "result_names": tuple(result_names)}
        if isinstance(mine.meta, pd.DataFrame) and not mine.meta.columns.equals(theirs.meta.columns):
            raise ValueError(
                f"compare(other): can only compare frames with the same columns; they are "
                f"{mine.meta.columns.tolist()} and {theirs.meta.columns.tolist()}"
            )
        found = _differences(mine, theirs)
        if isinstance(mine.meta, pd.DataFrame) and not keep_shape:
            chosen = tuple(bool(some) for some, _ in found)
            mine, theirs = (Partitionwise(_columns_at, (n, chosen), {}, "rows") for n in (mine, theirs))
            found = [pair for pair in found if pair[0]]
        told["keep_shape"] = True
        given = empty(_with_dtypes(mine.meta, theirs.meta, [keep_equal or every for _, every in found], told))
        args = (mine, theirs, keep_shape, given.dtypes)
        return new(Partitionwise(_compared, args, told, keeps and "divisions", given=given))


def _differences(mine: FrameNode, theirs: FrameNode) -> list[tuple[bool, bool]]:
    """For each column whether it has a difference in some row, and in each row; looked for now."""
    parts = Partitionwise(_flags, (mine, theirs), given=pd.Series([], dtype=object))
    flags = new(parts).compute().tolist()
    return [(any(some for some, _ in column), all(every for _, every in column)) for column in zip(*flags)]


def _flags(left: Any, right: Any) -> pd.Series:
    odd = _different(left, right)
    odd = odd.to_frame() if isinstance(odd, pd.Series) else odd
    return pd.Series([list(zip(odd.any(), odd.all()))], dtype=object)


def _with_dtypes(mine: Any, theirs: Any, whole: list[bool], told: Mapping[str, Any]) -> Any:
    """The meta of a comparison: columns that have equal rows get missing values there."""
    rows = [_masked(meta, whole) for meta in (mine, theirs)]
    return rows[0].compare(rows[1], **{**told, "keep_equal": True})


def _masked(meta: Any, whole: list[bool]) -> Any:
    found = [
        column if every else column.where(column.notna()).iloc[:0] for column, every in zip(columns_in(meta), whole)
    ]
    found = [c if every else _may_be_missing(c) for c, every in zip(found, whole)]
    return found[0] if meta.ndim == 1 else pd.concat(found, axis=1).set_axis(meta.columns, axis=1)


def _may_be_missing(column: pd.Series) -> pd.Series:
    row = one_row(column)
    return row.where(row.isna() & row.notna()).iloc[:0]


def _aligned(left: Any, right: Any, side: int, **told: Any) -> Any:
    if isinstance(left, pd.DataFrame) and isinstance(right, pd.Series) and told["axis"] is None:
        told["axis"] = 0
    return left.align(right, **told)[side]


def _different(left: Any, right: Any) -> Any:
    return (~((left == right) | (left.isna() & right.isna()))).fillna(True)


def _columns_at(block: pd.DataFrame, chosen: tuple[bool, ...]) -> pd.DataFrame:
    return block.loc[:, list(chosen)]


def _compared(left: Any, right: Any, every_row: bool, dtypes: Any, **told: Any) -> Any:
    if not every_row and len(left):
        odd = _different(left, right)
        odd = odd.any(axis=1) if isinstance(odd, pd.DataFrame) else odd
        left, right = left[odd], right[odd]
    return left.compare(right, **told).astype(dtypes)


class FrameCombining(Combining):
    """What a DataFrame does with another frame."""

    def update(
        self, other: Any, join: str = "left", overwrite: bool = True, filter_func: Any = None, errors: str = "ignore"
    ) -> None:
        """Set values to those of another frame, where it has some under the same labels.

        Parameters
        ----------
        other
            DataFrame or named Series, lazy or in memory.
        join
            "left".
        overwrite
            False sets only what is missing.
        filter_func
            Takes the values of a column, tells which ones may be set.
        errors
            "raise": where both have a value, it is an error.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"x": [1.0, 2.0]}), npartitions=2)
        >>> df.update(pd.DataFrame({"x": [None, 5.0]}))
        >>> df.compute().x.tolist()
        [1.0, 5.0]
        """
        mine, theirs, _ = together(self, other, "update")
        told = {"join": join, "overwrite": overwrite, "filter_func": filter_func, "errors": errors}
        updated = Partitionwise(
            _updated, (mine, theirs), told, "rows", given=_any_updated(mine.meta, theirs.meta, told)
        )
        self.expr = updated

    def dot(self, other: Any) -> Any:
        """The matrix product with a Series or DataFrame, whose labels are the columns of this one.

        Parameters
        ----------
        other
            Lazy (its rows come together in one task), or in memory; or an array with a row for each column.

        Raises
        ------
        ValueError
            Other labels, or another number of rows, as far as that is known now.
        """
        if isinstance(other, FrameCollection):
            right: Any = whole(other.expr)
            rows = pd.concat([one_row(right.meta)] * len(self._meta.columns)).set_axis(self._meta.columns)
        else:
            right = rows = other if isinstance(other, pd.DataFrame | pd.Series) else np.asarray(other)
        given = empty(one_row(self._meta).dot(rows))
        return new(Partitionwise(Method("dot"), (self.expr, right), {}, "rows", given=given))

    def __matmul__(self, other: Any) -> Any:
        return self.dot(other)

    def corrwith(
        self,
        other: Any,
        axis: int | str = 0,
        drop: bool = False,
        method: Any = "pearson",
        numeric_only: bool = False,
        min_periods: int | None = None,
    ) -> Any:
        """The correlations of the columns (with ``axis=1``, of the rows) with those of another frame.

        Parameters
        ----------
        other
            DataFrame with some columns of these names, or Series; lazy or in memory.
        axis
            0 or 1.
        drop
            Whether to leave out columns that only one of them has.
        method
            "pearson"; with "spearman", "kendall" or a function all values come together in one task.
        numeric_only
            Whether to leave out other columns.
        min_periods
            How many rows in which both have values a pair must have.
        """
        mine, theirs, keeps = together(self, other, "corrwith")
        told = {"drop": drop, "method": method, "numeric_only": numeric_only, "min_periods": min_periods}
        if along_columns(self._pandas, "corrwith", axis):
            node = Partitionwise(Method("corrwith"), (mine, theirs), {"axis": 1, **told}, keeps)
            return new(node)
        sides = [pd.concat([one_row(node.meta)] * 2) for node in (mine, theirs)]
        with np.errstate(all="ignore"):
            example = sides[0].corrwith(sides[1], **{**told, "method": "pearson"})
        if method != "pearson":
            return new(Partitionwise(Method("corrwith"), (whole(mine), whole(theirs)), told, given=empty(example)))
        pair: FrameNode = Partitionwise(_side_by_side, (mine, theirs), {}, keeps)
        options = {"labels": pair.meta.columns, "least": min_periods or 1, "names": example.index}
        options["single"] = theirs.meta.ndim == 1
        return new(Condense(pair, moments, merged, _with_namesakes, options, labels=False, given=empty(example)))


def _side_by_side(left: pd.DataFrame, right: Any) -> pd.DataFrame:
    """The numbers of both, in columns numbered by side; those of a Series alone."""
    sides = [left, right if isinstance(right, pd.DataFrame) else right.to_frame()]
    return pd.concat([side.select_dtypes(["number", "bool"]) for side in sides], axis=1, join="inner", keys=[0, 1])


def _with_namesakes(blocks: Sequence[Any], labels: pd.Index, least: int, names: pd.Index, single: bool) -> pd.Series:
    """Of the matrix of correlations those of columns of one name; with a Series those with its column."""
    found: Any = correlation(blocks, labels, least, None).mask(infinite_pairs(blocks))
    mine, theirs = ([label for where, label in labels if where == side] for side in (0, 1))
    pairs = [(c, theirs[0] if single else c) for c in mine if single or c in theirs]
    return pd.Series({c: found.at[(0, c), (1, d)] for c, d in pairs}, dtype=float).reindex(names)


def _any_updated(mine: Any, theirs: Any, told: Mapping[str, Any]) -> Any:
    rows = one_row(mine)
    other = one_row(theirs).set_axis(rows.index)
    return empty(_updated(rows, other, **{**told, "errors": "ignore", "filter_func": None}))


def _updated(block: pd.DataFrame, other: Any, **told: Any) -> pd.DataFrame:
    block = block.copy()
    block.update(other, **told)
    return block


class SeriesCombining(Combining):
    """What a Series does with another frame."""

    def dot(self, other: Any) -> Any:
        """The sum of the products with another Series of the same labels; of a DataFrame one for each column.

        Parameters
        ----------
        other
            Series or DataFrame, lazy or in memory; or an array.
        """
        mine, theirs, keeps = together(self, other, "dot")
        if isinstance(theirs.meta, pd.DataFrame):
            return new(Partitionwise(_times, (theirs, mine), {}, keeps)).sum(skipna=False).rename(mine.meta.name)
        return new(Partitionwise(_product, (mine, theirs), {}, keeps)).sum(skipna=False)

    def __matmul__(self, other: Any) -> Any:
        return self.dot(other)

    def update(self, other: Any) -> None:
        """Set values to those of another Series, where it has some under the same labels.

        Parameters
        ----------
        other
            Series, lazy or in memory, or a list.
        """
        mine, theirs, _ = together(self, other, "update")
        self.expr = Partitionwise(_updated, (mine, theirs), {}, "rows", given=mine.meta)

    def case_when(self, caselist: Sequence[tuple[Any, Any]]) -> Any:
        """Values replaced where conditions hold: by the first of the cases that does.

        Parameters
        ----------
        caselist
            Pairs of a condition (boolean, with a value for each row, or a function of this Series that gives one) and
            of what stands where it holds (a scalar, a value for each row, or a function).

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> x = from_pandas(pd.Series([1, 2, 3]), npartitions=2)
        >>> x.case_when([(x > 2, 0), (x > 1, -1)]).compute().tolist()
        [1, -1, 0]
        """
        flat = [operand(v, self.expr, "case_when") if not callable(v) else v for case in caselist for v in case]
        nodes, keeps = align("case_when", [self.expr, *flat])
        return new(Partitionwise(_case_when, tuple(nodes), {}, keeps))


def _product(left: pd.Series, right: pd.Series) -> pd.Series:
    return left * right


def _times(table: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    return table.mul(by, axis=0)


def _case_when(block: pd.Series, *flat: Any) -> pd.Series:
    return block.case_when(list(zip(flat[::2], flat[1::2])))
