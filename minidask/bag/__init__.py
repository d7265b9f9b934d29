"""Bags: Python objects in partitions, for text, JSON and whatever else is no array and no table.

    import minidask.bag as db

    words = db.read_text("*.txt").str.split().flatten()
    words.frequencies().topk(10, key=1).compute()

Partitions are lists. By default they are worked on in processes, since Python code holds the interpreter's lock.
"""

from __future__ import annotations

from minidask.bag.bag import Bag
from minidask.bag.creation import (
    concat,
    from_delayed,
    from_sequence,
    from_url,
    map,
    map_partitions,
    range,
    read_avro,
    read_text,
    zip,
)
from minidask.bag.item import Item
from minidask.collection import compute

bag_map = map
bag_range = range
bag_zip = zip

__all__ = [
    "Bag",
    "Item",
    "bag_map",
    "bag_range",
    "bag_zip",
    "compute",
    "concat",
    "from_delayed",
    "from_sequence",
    "from_url",
    "map",
    "map_partitions",
    "range",
    "read_avro",
    "read_text",
    "zip",
]
