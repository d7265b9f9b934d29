"""Nested records as flat tables."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from minidask.collection import Collection
from minidask.dataframe.create import from_pandas
from minidask.dataframe.from_items import rows_of
from minidask.dataframe.node import FrameNode
from minidask.dataframe.user import map_partitions


def json_normalize(
    data: Any,
    record_path: Any = None,
    meta: Any = None,
    meta_prefix: str | None = None,
    record_prefix: str | None = None,
    errors: str = "raise",
    sep: str = ".",
    max_level: int | None = None,
    schema: Any = None,
) -> Any:
    """A lazy DataFrame with a column for each path through nested records.

    Parameters
    ----------
    data
        A bag or a lazy Series of dicts; or what pandas takes, which is in memory and becomes one partition.
    record_path, meta, meta_prefix, record_prefix, errors, sep, max_level
        As in `pandas.json_normalize`.
    schema
        The columns and dtypes, as any `meta` of frames: other paths are left out. By default those of the first
        partition with records, which is computed, and another path is an error.

    Raises
    ------
    TypeError
        `data` is another collection.
    ValueError
        Later: a partition that contradicts the schema.

    Examples
    --------
    >>> from minidask import bag
    >>> records = bag.from_sequence([{"id": 1, "at": {"x": 2}}, {"id": 2, "at": {"x": 3}}], npartitions=2)
    >>> json_normalize(records)["at.x"].compute(scheduler="threads").tolist()
    [2, 3]
    """
    told = {
        "record_path": record_path,
        "meta": meta,
        "meta_prefix": meta_prefix,
        "record_prefix": record_prefix,
        "errors": errors,
        "sep": sep,
        "max_level": max_level,
    }
    if not isinstance(data, Collection):
        return from_pandas(pd.json_normalize(data, **told), npartitions=1)
    make: Any = partial(pd.json_normalize, **told)
    if isinstance(getattr(data, "_meta", None), pd.Series):
        series: Any = data
        known = make(series.partitions[0].compute()) if schema is None else schema
        return map_partitions(make, data, meta=known)
    if isinstance(data.expr, FrameNode) or not hasattr(data, "map_partitions"):
        raise TypeError(f"data: expected a bag or a Series of dicts, got a {type(data).__name__}")
    return rows_of(data.expr, schema, None, make)
