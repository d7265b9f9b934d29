"""`convert_dtypes` and `infer_objects`: dtypes that depend on the values of all rows, which are looked at now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_numeric_dtype, is_object_dtype

from minidask.dataframe.agreement import types
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import bound
from minidask.dataframe.meta import columns_in, empty
from minidask.dataframe.node import FrameNode, Partitionwise, Projection
from minidask.dataframe.tallies import Condense

Found = list[set[Any]]
"""For each column the dtypes that blocks with values become."""


def _better(block: Any, method: str, told: Mapping[str, Any]) -> Found:
    return [{getattr(column, method)(**told).dtype} if column.notna().any() else set() for column in columns_in(block)]


def _all_better(blocks: Sequence[Found], **options: Any) -> Found:
    return [set().union(*sets) for sets in zip(*blocks)]


def _chosen(dtypes: set[Any], column: pd.Series, method: str, told: Mapping[str, Any]) -> Any:
    """The dtype of a column, by those that its blocks become."""
    if not dtypes:
        return getattr(pd.Series([None], dtype=column.dtype), method)(**told).dtype
    if len(dtypes) == 1:
        return next(iter(dtypes))
    if all(is_numeric_dtype(d) and not is_bool_dtype(d) for d in dtypes):
        return pd.concat([pd.Series([], dtype=d) for d in dtypes]).dtype
    return column.dtype


def _converted(block: Any, dtypes: tuple[Any, ...], method: str, told: Mapping[str, Any]) -> Any:
    if isinstance(block, pd.Series):
        return _as(block, dtypes[0], method, told)
    block = block.copy(deep=False)
    for i, dtype in enumerate(dtypes):
        block.isetitem(i, _as(block.iloc[:, i], dtype, method, told).array)
    return block


def _as(column: pd.Series, dtype: Any, method: str, told: Mapping[str, Any]) -> pd.Series:
    if column.dtype == dtype:
        return column
    found = getattr(column, method)(**told)
    return found if found.dtype == dtype else found.astype(dtype)


def _depends(dtype: Any, method: str) -> bool:
    return bool(is_object_dtype(dtype) or (method == "convert_dtypes" and is_float_dtype(dtype)))


class BetterDtypes(FrameCollection):
    """Dtypes by the values, of DataFrame and Series."""

    def convert_dtypes(self, *args: Any, **kwargs: Any) -> Any:
        """The columns with the dtypes that suit their values best, and that have missing values.

        Of columns of floats and objects, all rows are looked at now.

        Parameters
        ----------
        *args, **kwargs
            As `convert_dtypes` of pandas takes them.
        """
        return self._better("convert_dtypes", bound(self._pandas, "convert_dtypes", args, kwargs))

    def infer_objects(self, copy: bool = False) -> Any:
        """Columns of objects with the dtypes of these; all rows are looked at now.

        Parameters
        ----------
        copy
            Says nothing: frames never change.
        """
        return self._better("infer_objects", {})

    def _better(self, method: str, told: dict[str, Any]) -> Any:
        meta = types(self.expr)
        columns = columns_in(meta)
        open_ones = [i for i, column in enumerate(columns) if _depends(column.dtype, method)]
        dtypes = [getattr(column, method)(**told).dtype for column in columns]
        if open_ones:
            node = self._at(open_ones)
            options = {"method": method, "told": told}
            found = new(Condense(node, _better, _all_better, _all_better, options, labels=False, given=0)).compute()
            for i, kinds in zip(open_ones, found):
                dtypes[i] = _chosen(kinds, columns[i], method, told)
        given = empty(_as_told(meta, dtypes))
        return new(Partitionwise(_converted, (self.expr, tuple(dtypes), method, told), {}, "rows", given=given))

    def _at(self, places: list[int]) -> FrameNode:
        if isinstance(self._meta, pd.Series):
            return self.expr
        if self._meta.columns.is_unique:
            return Projection(self.expr, self._meta.columns[places].tolist())
        node: FrameNode = Partitionwise(_at_places, (self.expr, places), {}, "rows")
        return node


def _at_places(block: pd.DataFrame, places: list[int]) -> pd.DataFrame:
    return block.iloc[:, places]


def _as_told(meta: Any, dtypes: Sequence[Any]) -> Any:
    if isinstance(meta, pd.Series):
        return meta.astype(dtypes[0])
    meta = meta.copy()
    for i, dtype in enumerate(dtypes):
        meta.isetitem(i, meta.iloc[:, i].astype(dtype))
    return meta
