"""The fields of stored Arrow tables, and the frames that are made of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype

from minidask.dataframe.io.in_place import array_of
from minidask.dataframe.meta import remembered
from minidask.expr.naming import tokenize
from minidask.extras import import_extra

UNNAMED = "__index_level_"
"""How pandas names the columns that are levels of an index without names, but for a number at the end."""
BACKENDS = ("numpy_nullable", "pyarrow")


class Fields:
    """What columns files have, and how tables of them become frames.

    Parameters
    ----------
    schema
        A `pyarrow.Schema` for all files, with the metadata of pandas if they have any.
    index
        Labels of the columns that become the index; False for none; None for those that pandas wrote as such.
    missing
        Names of the fields that have missing values somewhere: of whole numbers pandas then makes floats.
    options
        For `pyarrow.Table.to_pandas`.

    Raises
    ------
    ValueError
        There is no such column for the index.
    """

    def __init__(self, schema: Any, index: Any, missing: Collection[str], options: Mapping[str, Any]) -> None:
        self.options = dict(options)
        told = (schema.pandas_metadata or {}).get("index_columns", [])
        self.index = [name for name in told if isinstance(name, str) and name in schema.names]
        self.schema = schema if index is None else _without_index(schema, self.index)
        self.chosen = [index] if isinstance(index, str) else list(index or ())
        self.missing = {name for name in missing if name not in self.index or index is not None}
        self._widen()
        if index is not None:
            self.index = self._index_fields()

    def _widen(self) -> None:
        """Whole numbers of which some are missing are floats, unless they are nullable in pandas, too."""
        pa, dtypes = _arrow(), self._dtypes_of_missing
        for i, field in enumerate(self.schema):
            if pa.types.is_integer(field.type) and dtypes.get(field.name) == "float64":
                self.schema = self.schema.set(i, field.with_type(pa.float64()))

    def _index_fields(self) -> list[str]:
        absent = [label for label in self.chosen if label not in self.labels]
        if absent:
            raise ValueError(f"index={absent[0]!r}: there is no such column; there are {list(self.labels)}")
        return [self.labels[label] for label in self.chosen]

    @cached_property
    def _dtypes_of_missing(self) -> dict[str, Any]:
        """For each field of which values are missing the dtype that it has in pandas."""
        pa = _arrow()
        fields = [field for field in self.schema if field.name in self.missing]
        if not fields:
            return {}
        told = _without_index(self.schema, self.index).metadata
        nulls = pa.table([pa.nulls(1, f.type) for f in fields], pa.schema(fields, told))
        return dict(zip(nulls.schema.names, nulls.to_pandas(**self.options).dtypes, strict=True))

    @cached_property
    def whole(self) -> pd.DataFrame:
        """An empty frame of all that there is, but for an index that was chosen: its columns are there."""
        frame: pd.DataFrame = remembered(_no_rows, (self.schema, self.options)).copy(deep=False)
        fields = [name for name in self.schema.names if self.chosen or name not in self.index]
        for i, name in enumerate(fields):
            if name in self.missing and frame.dtypes.iloc[i] != self._dtypes_of_missing[name]:
                frame.isetitem(i, pd.Series([], dtype=self._dtypes_of_missing[name], index=frame.index))
        return frame if self.index and not self.chosen else frame.set_axis(pd.RangeIndex(0))

    @cached_property
    def labels(self) -> dict[Any, str]:
        """For each column of pandas the name of the field that it is made of."""
        index = [] if self.chosen else self.index
        fields = [name for name in self.schema.names if name not in index]
        return dict(zip(self.whole.columns, fields, strict=True))

    @cached_property
    def _places(self) -> dict[str, int]:
        """For each field its place among the columns."""
        return {name: i for i, name in enumerate(self.labels.values())}

    @cached_property
    def _dtypes(self) -> dict[str, Any]:
        """For each field its dtype in pandas."""
        return dict(zip(self.labels.values(), self.whole.dtypes, strict=True))

    @cached_property
    def _whole_numbers(self) -> set[str]:
        """The fields of whole numbers that pandas cannot have missing ones of."""
        return {name for name, dtype in self._dtypes.items() if isinstance(dtype, np.dtype) and dtype.kind in "iu"}

    @cached_property
    def meta(self) -> pd.DataFrame:
        """An empty frame of all that there is."""
        return self._indexed(self.whole)

    def names(self, columns: Sequence[Any]) -> list[str]:
        """The fields that a frame of some columns is made of, those of its index among them."""
        return list(dict.fromkeys([*(self.labels[c] for c in columns), *self.index]))

    def name(self, label: Any) -> str:
        """The field of a column, or of a level of the index."""
        return self.labels.get(label) or self.index[list(self.meta.index.names).index(label)]

    def table(self, stored: Any, names: Sequence[str], as_they_are: Collection[str] = ()) -> Any:
        """Some fields of a table of one file, in the types of all files; null where the file has none.

        Raises
        ------
        ValueError
            A value does not fit.
        """
        pa, there = _arrow(), {field.name: field.type for field in stored.schema}
        types = {name: self.schema.field(name).type for name in names}
        odd = [n for n, kind in types.items() if there.get(n) != kind and n not in as_they_are]
        if not odd:
            return stored.select(names)
        fields = [stored.schema.field(n) if n not in odd else pa.field(n, types[n]) for n in names]
        columns = [
            stored.column(n) if n not in odd else self._cast(stored, n, types[n]) if n in there else None for n in names
        ]
        arrays = [pa.nulls(stored.num_rows, types[n]) if c is None else c for n, c in zip(names, columns, strict=True)]
        return pa.table(arrays, schema=pa.schema(fields))

    def _cast(self, stored: Any, name: str, kind: Any) -> Any:
        pa, column = _arrow(), stored.column(name)
        try:
            if pa.types.is_dictionary(kind) and not pa.types.is_dictionary(column.type):
                return column.cast(kind.value_type).dictionary_encode().cast(kind)
            return column.cast(kind, safe=not pa.types.is_floating(kind))  # large numbers lose digits, as in pandas
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ValueError(f"column {name!r} is {column.type}, and cannot be read as {kind}: {error}") from None

    def frame(self, table: Any, others: Mapping[str, Any] = {}, order: Sequence[str] = ()) -> pd.DataFrame:
        """A table with these fields, or some of them, as pandas reads it.

        Parameters
        ----------
        table
            Of Arrow; its memory becomes that of the frame.
        others
            Columns beside those of the table, by their fields.
        order
            The fields in the order in which the frame has them; by default that of the table.

        Raises
        ------
        ValueError
            Whole numbers are missing, of which it was not known.
        """
        self._check_missing(table)
        made = {**self._in_place(table), **others}
        rest = table.drop_columns([name for name in made if name not in others])
        if rest.num_columns:  # else it would forget how many rows it has
            rest = rest.replace_schema_metadata(self.schema.metadata)
            frame: pd.DataFrame = rest.to_pandas(use_threads=False, **self.options)
        else:
            frame = pd.DataFrame(index=pd.RangeIndex(table.num_rows))
        if made:
            fields = (name for name in rest.column_names if self.chosen or name not in self.index)
            made |= {name: frame.iloc[:, i] for i, name in enumerate(fields)}
            frame = self._together(made, [n for n in order or table.column_names if n in made], frame.index)
        return self._indexed(frame)

    def _in_place(self, table: Any) -> dict[str, np.ndarray]:
        """The columns of a table that are arrays already, those of the index aside."""
        index = () if self.chosen else self.index
        found = {n: array_of(c) for n, c in zip(table.column_names, table.columns) if n not in index}
        return {n: array for n, array in found.items() if array is not None and array.dtype == self._dtypes[n]}

    def _together(self, columns: Mapping[str, Any], order: Sequence[str], index: pd.Index) -> pd.DataFrame:
        frame = pd.DataFrame({i: columns[name] for i, name in enumerate(order)}, index=index, copy=False)
        frame.columns = self.whole.columns.take([self._places[name] for name in order])
        if self.whole.attrs:
            frame.attrs = self.whole.attrs
        return frame

    def _check_missing(self, table: Any) -> None:
        for name, column in zip(table.column_names, table.columns, strict=True):
            if name in self._whole_numbers and column.null_count:
                raise ValueError(
                    f"column {name!r} has missing values here, and the beginning of the data has none: pandas would "
                    f'make floats of all its whole numbers; pass dtype_backend="numpy_nullable"'
                )

    def _indexed(self, frame: pd.DataFrame) -> pd.DataFrame:
        if self.chosen:
            return frame.set_index(self.chosen)
        return frame if self.index else frame.set_axis(pd.RangeIndex(len(frame)))

    @cached_property
    def _token(self) -> str:
        schema = self.schema.serialize().to_pybytes()
        return tokenize(schema, self.index, self.chosen, sorted(self.missing), self.options)

    def __dask_tokenize__(self) -> str:
        return self._token


def _no_rows(schema: Any, options: Mapping[str, Any]) -> pd.DataFrame:
    return schema.empty_table().to_pandas(**options)


def _without_index(schema: Any, index: Sequence[str]) -> Any:
    """A schema of which pandas takes no column for the index: those that were are the first; nameless ones are gone."""
    pa = _arrow()
    fields = [
        *(schema.field(n) for n in index if not n.startswith(UNNAMED)),
        *(f for f in schema if f.name not in index),
    ]
    metadata = dict(schema.metadata or {})
    if b"pandas" in metadata:
        metadata[b"pandas"] = json.dumps({**schema.pandas_metadata, "index_columns": []}).encode()
    return pa.schema(fields, metadata)


def to_pandas_options(dtype_backend: str | None, arrow_to_pandas: Mapping[str, Any] | None) -> dict[str, Any]:
    """The options of `pyarrow.Table.to_pandas` for a kind of dtypes.

    Raises
    ------
    ValueError
        There is no such kind; or `arrow_to_pandas` tells another one.
    """
    options = dict(arrow_to_pandas or {})
    if dtype_backend is None:
        return options
    if dtype_backend not in BACKENDS:
        raise ValueError(f"dtype_backend={dtype_backend!r}: expected None or one of {BACKENDS}")
    if "types_mapper" in options:
        raise ValueError("dtype_backend and arrow_to_pandas={'types_mapper': ...}: give one of them")
    return {**options, "types_mapper": pd.ArrowDtype if dtype_backend == "pyarrow" else nullable_dtype}


def nullable_dtype(kind: Any) -> Any:
    """The nullable dtype of pandas for a type of Arrow; None where there is none.

    Examples
    --------
    >>> import pyarrow as pa
    >>> nullable_dtype(pa.int32())
    Int32Dtype()
    """
    types = _arrow().types
    if types.is_string(kind) or types.is_large_string(kind):
        return pd.StringDtype()
    if types.is_boolean(kind):
        return pd.BooleanDtype()
    floats = types.is_float32(kind) or types.is_float64(kind)
    return pandas_dtype(_titled(kind)) if floats or types.is_integer(kind) else None


def _titled(kind: Any) -> str:
    name = {"float": "float32", "double": "float64"}.get(str(kind), str(kind))
    return name.replace("uint", "UInt") if name.startswith("u") else name.capitalize()


def _arrow() -> Any:
    return import_extra("pyarrow", extra="parquet", purpose="read Parquet files")
