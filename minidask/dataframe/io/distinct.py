"""Rows of a Parquet file of which equal ones are read once: found by the numbers that strings have in the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask.dataframe.io.footers import Footer, parquet
from minidask.extras import import_extra
from minidask.kernels.duplicates import duplicated_rows, mostly_distinct


class DistinctBy(NamedTuple):
    """Which rows are equal, and which of them is read."""

    subset: tuple[Any, ...]
    keep: str


def read_distinct(
    file: Any, stream: Any, groups: Sequence[int], names: Sequence[str], by: DistinctBy
) -> tuple[Any, np.ndarray]:
    """Row groups without duplicates, where these are many, and for each row whether it is among those read.

    Parameters
    ----------
    file, stream
        A `pyarrow.parquet.ParquetFile`, and what it reads from.
    groups
        The row groups.
    names
        The columns to give.
    by
        Which rows are equal; columns that the file does not have do not count.

    Returns
    -------
    tuple
        An Arrow table, and booleans.
    """
    schema = file.schema_arrow
    compared = [c for c in map(str, by.subset) if c in schema.names]
    footer = Footer(file.metadata)
    encoded = [c for c in compared if all(footer.has_dictionary(g, c) for g in groups)]
    if encoded:
        file = parquet().ParquetFile(stream, metadata=file.metadata, read_dictionary=encoded)
    table = file.read_row_groups(groups, columns=[*names, *(c for c in compared if c not in names)], use_threads=False)
    kept = first_rows(table.select(compared), by.keep)
    fields = [schema.field(name) for name in names]
    table = table.select(names) if kept.all() else table.select(names).filter(kept)
    return table.cast(_arrow().schema(fields, metadata=schema.metadata)), kept


def first_rows(table: Any, keep: str) -> np.ndarray:
    """For each row of an Arrow table whether it is the one of equal rows that counts; all, if few are equal.

    Examples
    --------
    >>> import pyarrow as pa
    >>> first_rows(pa.table({"x": pa.array(["a", "b", "a", None]).dictionary_encode()}), "first").tolist()
    [True, True, False, True]
    """
    encoded = {f.name for f in table.schema if _arrow().types.is_dictionary(f.type)}
    plain = table.drop_columns(list(encoded)).to_pandas(use_threads=False)
    names = enumerate(table.column_names)
    rows = {i: _numbers(table.column(name)) if name in encoded else plain[name].array for i, name in names}
    frame = pd.DataFrame(rows, index=range(table.num_rows), copy=False)
    return np.ones(len(frame), bool) if mostly_distinct(frame) else ~duplicated_rows(frame, keep).to_numpy()


def _numbers(column: Any) -> Any:
    """For each value its number in the dictionary, -1 for what is missing."""
    pa = _arrow()
    chunks = [c.indices for c in column.unify_dictionaries().chunks]
    return pa.chunked_array(chunks, type=column.type.index_type).cast(pa.int32()).fill_null(-1).to_numpy()


def _arrow() -> Any:
    return import_extra("pyarrow", extra="parquet", purpose="read Parquet files")
