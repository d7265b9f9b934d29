"""Columns of strings read as categories: the numbers that they have in a Parquet file, and its dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.io.footers import Footer
from minidask.dataframe.numbering import rows_before
from minidask.extras import import_extra


def coded_in(footer: Footer, groups: Sequence[int], columns: Sequence[Any]) -> list[str]:
    """Those of the columns that some row groups of a file have as numbers in a dictionary."""
    return [str(c) for c in columns if all(footer.has_dictionary(g, str(c)) for g in groups)]


def take_coded(table: Any, names: Sequence[str], meta: pd.DataFrame) -> tuple[Any, dict[str, Any]]:
    """An Arrow table without its dictionary columns of these names; and those, as categoricals.

    Parameters
    ----------
    table
        An Arrow table.
    names
        Columns of strings.
    meta
        Tells their dtypes.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({"x": pa.array(["b", "a", None, "b"]).dictionary_encode(), "y": [1, 2, 3, 4]})
    >>> rest, coded = take_coded(table, ["x"], pd.DataFrame({"x": ["a"]}))
    >>> rest.column_names, coded["x"].codes.tolist(), coded["x"].categories.tolist()
    (['y'], [0, 1, -1, 0], ['b', 'a'])
    """
    return table.drop_columns(list(names)), {n: _categorical(table.column(n), meta[n].dtype) for n in names}


def _categorical(column: Any, dtype: Any) -> Any:
    pa = import_extra("pyarrow", extra="parquet", purpose="read Parquet files")
    column = column.unify_dictionaries()
    labels = column.chunk(0).dictionary if column.num_chunks else pa.array([], column.type.value_type)
    numbers = np.empty(len(column), np.min_scalar_type(-1 - len(labels)))
    for start, chunk in zip(rows_before([*map(len, column.chunks)]), column.chunks):
        codes = chunk.indices.fill_null(-1) if chunk.null_count else chunk.indices
        numbers[start : start + len(chunk)] = codes.to_numpy()
    return pd.Categorical.from_codes(numbers, categories=pd.Index(dtype.__from_arrow__(labels)), validate=False)
