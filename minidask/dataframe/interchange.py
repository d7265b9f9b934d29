"""Frames handed to others in memory: Arrow's stream, the interchange protocol, matrices, text, and pandas' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from minidask.dataframe.agreement import settled
from minidask.dataframe.base import FrameCollection, new
from minidask.extras import import_extra

TEXTS = ("to_string", "to_markdown", "to_latex", "to_html", "to_clipboard", "to_xarray")
"""Methods of pandas that show, or hand over, all there is."""


class Handed(FrameCollection):
    """What DataFrame and Series hand to others."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Arrow's stream of record batches: a partition is made when the reader asks for it. Of a Series, all are made.

        Polars, DuckDB and PyArrow read a frame by it.

        Parameters
        ----------
        requested_schema
            A capsule with the schema wanted.
        """
        pa = import_extra("pyarrow", extra="parquet", purpose="hand a frame to readers of Arrow")
        frame = new(settled(self.expr))
        table = _table(frame._meta)
        schema = pa.Schema.from_pandas(table, preserve_index=False)
        schema = pa.schema([_known(pa, field) for field in schema], schema.metadata)
        batches = _batches(frame, schema, pa)
        if isinstance(self._meta, pd.Series):  # a stream of arrays, which pyarrow makes of those that are there
            values = pa.chunked_array([batch.column(0) for batch in batches], schema.field(0).type)
            return values.__arrow_c_stream__(requested_schema)
        return pa.RecordBatchReader.from_batches(schema, batches).__arrow_c_stream__(requested_schema)

    @property
    def style(self) -> Any:
        """Not there: a table to look at is small."""
        raise NotImplementedError("style: a lazy frame has too many rows to look at; use frame.head(20).style")


def _known(pa: Any, field: Any) -> Any:
    """A field of which no row has told the type holds text."""
    return field.with_type(pa.large_string()) if pa.types.is_null(field.type) else field


def _table(block: Any) -> pd.DataFrame:
    return block if isinstance(block, pd.DataFrame) else block.to_frame("" if block.name is None else block.name)


def _batches(frame: Any, schema: Any, pa: Any) -> Iterator[Any]:
    for i in range(frame.npartitions):
        table = _table(frame.partitions[i].compute())
        yield from pa.Table.from_pandas(table, schema=schema, preserve_index=False).to_batches()


class HandedTable(Handed):
    """What only a DataFrame hands over."""

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        """The interchange protocol of dataframes, over the values made now.

        Parameters
        ----------
        nan_as_null, allow_copy
            As the protocol has them.
        """
        return self.compute().__dataframe__(nan_as_null, allow_copy)


def _made_now(name: str) -> Callable[..., Any]:
    def method(self: FrameCollection, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.compute(), name)(*args, **kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"""As `{name}` of pandas, of all rows, which are made now.

    Parameters
    ----------
    *args, **kwargs
        As pandas takes them.
    """
    return method


for _name in TEXTS:
    setattr(Handed, _name, _made_now(_name))
