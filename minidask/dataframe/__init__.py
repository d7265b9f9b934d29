"""Lazy pandas: DataFrame, Series and Index in partitions, each of them a pandas object."""

from __future__ import annotations

from minidask.collection import compute
from minidask.dataframe import needs  # noqa: F401 - registers its pass
from minidask.dataframe.asof import merge_asof
from minidask.dataframe.conversion import (
    cut,
    date_range,
    isna,
    isnull,
    notna,
    notnull,
    qcut,
    to_datetime,
    to_numeric,
    to_timedelta,
)
from minidask.dataframe.convert import from_array, from_dask_array, from_delayed, from_map
from minidask.dataframe.create import from_dict, from_pandas
from minidask.dataframe.dummies import get_dummies
from minidask.dataframe.elementwise import Scalar
from minidask.dataframe.frame import DataFrame, Index, Series
from minidask.dataframe.from_items import from_bag
from minidask.dataframe.group_custom import Aggregation
from minidask.dataframe.io.csv import read_csv, read_table
from minidask.dataframe.io.parquet import read_parquet
from minidask.dataframe.io.to_csv import to_csv
from minidask.dataframe.io.to_parquet import to_parquet
from minidask.dataframe.joins import merge
from minidask.dataframe.pivots import crosstab, pivot, pivot_table
from minidask.dataframe.reshape import melt
from minidask.dataframe.stacking import concat
from minidask.dataframe.user import map_partitions

__all__ = [
    "Aggregation",
    "DataFrame",
    "Index",
    "Scalar",
    "Series",
    "compute",
    "concat",
    "crosstab",
    "cut",
    "date_range",
    "from_array",
    "from_bag",
    "from_dask_array",
    "from_delayed",
    "from_dict",
    "from_map",
    "from_pandas",
    "get_dummies",
    "isna",
    "isnull",
    "map_partitions",
    "melt",
    "merge",
    "merge_asof",
    "notna",
    "notnull",
    "pivot",
    "pivot_table",
    "qcut",
    "read_csv",
    "read_parquet",
    "read_table",
    "to_csv",
    "to_datetime",
    "to_numeric",
    "to_parquet",
    "to_timedelta",
]
