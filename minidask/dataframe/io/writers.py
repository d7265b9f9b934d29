"""The methods of frames that write files of one format each."""

from __future__ import annotations

from minidask.dataframe.base import FrameCollection
from minidask.dataframe.io import arrow, excel, json, orc, pickles, to_csv, to_hdf, to_iceberg, to_sql


class SeriesWriters(FrameCollection):
    """What can be written of DataFrame and Series."""

    to_csv = to_csv.to_csv
    to_excel = excel.to_excel
    to_hdf = to_hdf.to_hdf
    to_json = json.to_json
    to_pickle = pickles.to_pickle
    to_sql = to_sql.to_sql


class FrameWriters(SeriesWriters):
    """What can be written of a DataFrame."""

    to_feather = arrow.to_feather
    to_iceberg = to_iceberg.to_iceberg
    to_orc = orc.to_orc
