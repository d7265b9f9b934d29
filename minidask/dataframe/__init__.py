"""Lazy pandas: DataFrame, Series and Index in partitions, each of them a pandas object."""

from __future__ import annotations

from minidask.collection import compute
from minidask.dataframe import needs  # noqa: F401 - registers its pass
from minidask.dataframe.create import from_dict, from_pandas
from minidask.dataframe.elementwise import Scalar
from minidask.dataframe.frame import DataFrame, Index, Series
from minidask.dataframe.user import map_partitions

__all__ = ["DataFrame", "Index", "Scalar", "Series", "compute", "from_dict", "from_pandas", "map_partitions"]
