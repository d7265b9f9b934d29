"""One schema of Arrow for files that have different ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minidask.extras import import_extra


def unified(schemas: Sequence[Any], places: Sequence[str]) -> Any:
    """A schema with the fields of all, each of a type that holds the values of all.

    What is missing somewhere is nullable. Numbers widen as in pandas; dictionaries and plain values are plain.

    Parameters
    ----------
    schemas
        `pyarrow.Schema`s. The metadata is that of the first one with any of pandas.
    places
        Where each of them is found, for the message of an error.

    Raises
    ------
    ValueError
        A column has types that have nothing in common: with both, and where they are.

    Examples
    --------
    >>> import pyarrow as pa
    >>> one, other = pa.schema({"x": pa.int32()}), pa.schema({"y": pa.string(), "x": pa.int64()})
    >>> unified([one, other], ["a", "b"]).types
    [DataType(int64), DataType(string)]
    """
    pa = import_extra("pyarrow", extra="parquet", purpose="read Parquet files")
    first = schemas[0]
    fields = {field.name: field for field in first}
    found_in = dict.fromkeys(fields, places[0])
    for schema, place in zip(schemas[1:], places[1:], strict=True):
        if schema.equals(first):
            continue
        for field in schema:
            known = fields.setdefault(field.name, field)
            before = found_in.setdefault(field.name, place)
            if known.type != field.type:
                fields[field.name] = field.with_type(_common(pa, field, known.type, before, place))
    told = (s.metadata for s in schemas if s.metadata and b"pandas" in s.metadata)
    return pa.schema(list(fields.values()), next(told, first.metadata))


def _common(pa: Any, field: Any, known: Any, before: str, place: str) -> Any:
    wider = wider_type(pa, known, field.type)
    if wider is None:
        raise ValueError(
            f"column {field.name!r} is {field.type} in {place}, but {known} in {before}: "
            f"read these files apart, or leave the column out of one of them"
        )
    return wider


def wider_type(pa: Any, one: Any, other: Any) -> Any:
    """The type of Arrow that holds the values of two; None where there is none."""
    if pa.types.is_dictionary(one) or pa.types.is_dictionary(other):
        return _wider_dictionary(pa, one, other)
    if _is_number(pa, one) and _is_number(pa, other):
        return pa.from_numpy_dtype(np.result_type(one.to_pandas_dtype(), other.to_pandas_dtype()))
    schemas = [pa.schema([("", one)]), pa.schema([("", other)])]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return None


def _wider_dictionary(pa: Any, one: Any, other: Any) -> Any:
    values = [t.value_type if pa.types.is_dictionary(t) else t for t in (one, other)]
    wider = values[0] if values[0] == values[1] else wider_type(pa, *values)
    both = pa.types.is_dictionary(one) and pa.types.is_dictionary(other)
    missing = pa.types.is_null(one) or pa.types.is_null(other)
    return pa.dictionary(pa.int32(), wider) if wider is not None and (both or missing) else wider


def _is_number(pa: Any, kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
