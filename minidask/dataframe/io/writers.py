"""The methods of frames that write files of one format each."""

from __future__ import annotations

from minidask.dataframe.base import FrameCollection
from minidask.dataframe.io import arrow, json, orc, pickles


class SeriesWriters(FrameCollection):
    """What can be written of DataFrame and Series."""

    to_json = json.to_json
    to_pickle = pickles.to_pickle


class FrameWriters(SeriesWriters):
    """What can be written of a DataFrame."""

    to_feather = arrow.to_feather
    to_orc = orc.to_orc
