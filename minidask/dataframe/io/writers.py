"""The methods of frames that write files of one format each."""

from __future__ import annotations

from minidask.dataframe.base import FrameCollection
from minidask.dataframe.io import json


class SeriesWriters(FrameCollection):
    """What can be written of DataFrame and Series."""

    to_json = json.to_json


class FrameWriters(SeriesWriters):
    """What can be written of a DataFrame."""
