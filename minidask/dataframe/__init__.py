"""Lazy pandas: DataFrame, Series and Index in partitions, each of them a pandas object."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pandas as pd

from minidask.collection import compute
from minidask.dataframe import needs, sorted_ends, undecided  # noqa: F401 - register what they do
from minidask.dataframe.asof import merge_asof
from minidask.dataframe.conversion import (
    bdate_range,
    cut,
    date_range,
    interval_range,
    isna,
    isnull,
    notna,
    notnull,
    period_range,
    qcut,
    timedelta_range,
    to_datetime,
    to_numeric,
    to_timedelta,
)
from minidask.dataframe.convert import from_array, from_dask_array, from_delayed, from_graph, from_map
from minidask.dataframe.create import from_dict, from_pandas, from_records
from minidask.dataframe.custom import map_overlap
from minidask.dataframe.dummies import get_dummies
from minidask.dataframe.elementwise import Scalar
from minidask.dataframe.exchange import to_bag, to_records
from minidask.dataframe.frame import DataFrame, Index, Series
from minidask.dataframe.from_items import from_bag
from minidask.dataframe.group_custom import Aggregation
from minidask.dataframe.io.arrow import from_arrow, read_feather, to_feather
from minidask.dataframe.io.csv import read_csv, read_table
from minidask.dataframe.io.excel import read_excel, to_excel
from minidask.dataframe.io.fwf import read_fwf
from minidask.dataframe.io.hdf import read_hdf
from minidask.dataframe.io.html import read_html
from minidask.dataframe.io.iceberg import read_iceberg
from minidask.dataframe.io.json import read_json, to_json
from minidask.dataframe.io.normalize import json_normalize
from minidask.dataframe.io.orc import read_orc, to_orc
from minidask.dataframe.io.pickles import read_pickle, to_pickle
from minidask.dataframe.io.read_parquet import read_parquet
from minidask.dataframe.io.sql import read_sql, read_sql_query, read_sql_table
from minidask.dataframe.io.to_csv import to_csv
from minidask.dataframe.io.to_hdf import to_hdf
from minidask.dataframe.io.to_iceberg import to_iceberg
from minidask.dataframe.io.to_parquet import to_parquet
from minidask.dataframe.io.to_sql import to_sql
from minidask.dataframe.joins import merge
from minidask.dataframe.methods import evaluate as eval
from minidask.dataframe.order import factorize, unique
from minidask.dataframe.pandas_names import OF_PANDAS
from minidask.dataframe.pivots import crosstab, pivot, pivot_table
from minidask.dataframe.repartition import repartition
from minidask.dataframe.reshape import melt
from minidask.dataframe.stacking import concat
from minidask.dataframe.user import map_partitions

__all__ = [
    "Aggregation",
    "DataFrame",
    "Index",
    "Scalar",
    "Series",
    "bdate_range",
    "compute",
    "concat",
    "crosstab",
    "cut",
    "date_range",
    "eval",
    "factorize",
    "from_array",
    "from_arrow",
    "from_bag",
    "from_dask_array",
    "from_delayed",
    "from_dict",
    "from_graph",
    "from_map",
    "from_pandas",
    "from_records",
    "get_dummies",
    "interval_range",
    "isna",
    "isnull",
    "json_normalize",
    "map_overlap",
    "map_partitions",
    "melt",
    "merge",
    "merge_asof",
    "notna",
    "notnull",
    "period_range",
    "pivot",
    "pivot_table",
    "qcut",
    "read_csv",
    "read_excel",
    "read_feather",
    "read_fwf",
    "read_hdf",
    "read_html",
    "read_iceberg",
    "read_json",
    "read_orc",
    "read_parquet",
    "read_pickle",
    "read_sql",
    "read_sql_query",
    "read_sql_table",
    "read_table",
    "repartition",
    "timedelta_range",
    "to_bag",
    "to_csv",
    "to_datetime",
    "to_excel",
    "to_feather",
    "to_hdf",
    "to_iceberg",
    "to_json",
    "to_numeric",
    "to_orc",
    "to_parquet",
    "to_pickle",
    "to_records",
    "to_sql",
    "to_timedelta",
    "unique",
]


def __getattr__(name: str) -> Any:
    if name in OF_PANDAS:
        return getattr(pd, name)
    if name == "assert_eq":
        return getattr(import_module("minidask.testing"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *OF_PANDAS})
