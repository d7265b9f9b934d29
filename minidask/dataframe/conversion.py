"""Values made others one by one: `to_datetime`, `to_numeric`, `to_timedelta`, `cut`, `qcut`, `isna` ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from minidask.collection import Collection
from minidask.dataframe.agreement import types
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.create import from_pandas
from minidask.dataframe.meta import Meta, empty
from minidask.dataframe.node import Partitionwise
from minidask.dataframe.reductions import one_row
from minidask.dataframe.user import no_default


def _blockwise(name: str, func: Callable[..., Any], about: str) -> Callable[..., Any]:
    def convert(arg: Any, *args: Any, meta: Any = no_default, **kwargs: Any) -> Any:
        if not isinstance(arg, FrameCollection):
            return func(arg, *args, **kwargs)
        given = meta if meta is not no_default else _of_text(func(_sample(arg._meta), *args, **kwargs), arg._meta)
        return new(Partitionwise(_converted, (arg.expr, name, args), kwargs, "rows", True, empty(given), name))

    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"""{about}

    Parameters
    ----------
    arg
        Lazy, partition by partition; anything else goes to pandas as it is.
    *args, **kwargs
        As `pandas.{name}` takes them.
    meta
        What comes out, where it is not what pandas makes of no rows.

    Raises
    ------
    ValueError
        Then: a value that cannot be converted, unless ``errors="coerce"``.
    """
    return convert


def _sample(meta: Meta) -> Any:
    return meta if not isinstance(meta, pd.DataFrame) else one_row(meta)


def _of_text(given: Any, meta: Meta) -> Any:
    """Moments told by text have the unit that pandas gives most of them, not that of none."""
    text = getattr(meta, "dtype", None) is not None and getattr(meta.dtype, "kind", "O") == "O"
    if not text or getattr(given, "dtype", None) is None or given.dtype.kind not in "mM":
        return given
    return given.dt.as_unit("us") if isinstance(given, pd.Series) else given.as_unit("us")


def _converted(block: Any, name: str, args: tuple[Any, ...], **kwargs: Any) -> Any:
    found = getattr(pd, name)(block, *args, **kwargs)
    return pd.Index(found) if isinstance(found, np.ndarray) else found


to_datetime = _blockwise("to_datetime", pd.to_datetime, "Text or numbers as moments, as `pandas.to_datetime`.")
to_timedelta = _blockwise("to_timedelta", pd.to_timedelta, "Text or numbers as spans, as `pandas.to_timedelta`.")


def to_numeric(
    arg: Any,
    errors: str = "raise",
    downcast: str | None = None,
    meta: Any = no_default,
    dtype_backend: Any = no_default,
) -> Any:
    """Text as numbers, as `pandas.to_numeric`: all as floats, where one of them is.

    Parameters
    ----------
    arg
        A lazy Series; anything else goes to pandas as it is.
    errors
        "raise", or "coerce" to make missing values of what is no number.
    downcast
        Only None, for a lazy Series: astype() the result.
    meta
        The dtype of the result, where it is known. Otherwise text is read now, for whether all are whole.
    dtype_backend
        "numpy_nullable" or "pyarrow", for dtypes that have missing values.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> to_numeric(from_pandas(pd.Series(["1", "2"]), npartitions=2)).sum().compute()
    np.int64(3)
    """
    told: dict[str, Any] = {"errors": errors}
    told |= {} if dtype_backend is no_default else {"dtype_backend": dtype_backend}
    if not isinstance(arg, FrameCollection):
        return pd.to_numeric(arg, downcast=downcast, **told)  # type: ignore[arg-type]
    if downcast is not None:
        raise NotImplementedError("to_numeric(downcast=): astype() the result")
    known = types(arg.expr)
    given = pd.to_numeric(known, **told)
    if not pd.api.types.is_numeric_dtype(known.dtype):
        given = given.astype(_dtype_of(arg, told) if meta is no_default else getattr(meta, "dtype", meta))
    return new(Partitionwise(_as_numbers, (arg.expr, given.dtype), told, "rows", True, empty(given)))


def _dtype_of(arg: FrameCollection, told: dict[str, Any]) -> Any:
    """What all blocks together become."""
    parts = new(Partitionwise(_dtypes, (arg.expr, told), given=pd.Series([], dtype=object))).compute()
    return pd.concat([pd.Series([], dtype="int64"), *(pd.Series(np.zeros(1), dtype=d) for d in parts)]).dtype


def _dtypes(block: pd.Series, told: dict[str, Any]) -> pd.Series:
    return pd.Series([pd.to_numeric(block, **told).dtype] if len(block) else [], dtype=object)


def _as_numbers(block: pd.Series, dtype: Any, **told: Any) -> pd.Series:
    found = pd.to_numeric(block, **told)
    return found if found.dtype == dtype else found.astype(dtype)


def _missing(name: str) -> Callable[[Any], Any]:
    def of(obj: Any) -> Any:
        return getattr(obj, name)() if isinstance(obj, FrameCollection) else getattr(pd, name)(obj)

    of.__name__ = of.__qualname__ = name
    of.__doc__ = f"""As `pandas.{name}`: of a lazy frame lazily, of anything else at once."""
    return of


isna, isnull, notna, notnull = map(_missing, ("isna", "isnull", "notna", "notnull"))


def _range(name: str, what: str) -> Callable[..., Any]:
    def make(*args: Any, npartitions: int = 1, **kwargs: Any) -> Any:
        made: pd.Index = getattr(pd, name)(*args, **kwargs)
        return from_pandas(made.to_series(), npartitions=npartitions).index

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"""A lazy index of {what}, as `pandas.{name}`.

    Parameters
    ----------
    *args, **kwargs
        As pandas takes them: `start`, `end`, `periods`, `freq`, `name` ...
    npartitions
        How many partitions.
    """
    return make


bdate_range = _range("bdate_range", "working days")
date_range = _range("date_range", "moments")
interval_range = _range("interval_range", "intervals")
period_range = _range("period_range", "periods")
timedelta_range = _range("timedelta_range", "spans of time")


def cut(
    x: Any,
    bins: Any,
    right: bool = True,
    labels: Any = None,
    retbins: bool = False,
    precision: int = 3,
    include_lowest: bool = False,
    duplicates: str = "raise",
    ordered: bool = True,
) -> Any:
    """The bin of each value, as `pandas.cut`.

    Parameters
    ----------
    x
        A lazy Series; anything else goes to pandas as it is.
    bins
        A list of edges, an `IntervalIndex`; or how many bins of equal width, for which the least and the greatest
        value are found now.
    right, labels, precision, include_lowest, duplicates, ordered
        As pandas takes them.
    retbins
        Whether to give the edges, too.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> x = from_pandas(pd.Series([1, 5, 9]), npartitions=2)
    >>> cut(x, [0, 4, 10], labels=["few", "many"]).compute().tolist()
    ['few', 'many', 'many']
    """
    told: dict[str, Any] = {"right": right, "labels": labels, "precision": precision}
    told |= {"include_lowest": include_lowest, "duplicates": duplicates, "ordered": ordered}
    if not isinstance(x, Collection):
        return pd.cut(x, bins, retbins=retbins, **told)  # type: ignore[call-overload]
    x = _series("cut", x)
    if np.ndim(bins) == 0 and not isinstance(bins, pd.IntervalIndex):
        ends = pd.Series([x.min().compute(), x.max().compute()]).astype(x.dtype)
        bins = pd.cut(ends, bins, retbins=True, right=right)[1]
    found = _in_bins(x, bins, told)
    return (found, bins) if retbins else found


def qcut(
    x: Any, q: Any, labels: Any = None, retbins: bool = False, precision: int = 3, duplicates: str = "raise"
) -> Any:
    """The bin of each value, of bins with as many values each, as `pandas.qcut`. The quantiles, exact, are found now.

    Parameters
    ----------
    x
        A lazy Series; anything else goes to pandas as it is.
    q
        How many bins, or the quantiles that are their edges.
    labels, precision, duplicates
        As pandas takes them.
    retbins
        Whether to give the edges, too.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> qcut(from_pandas(pd.Series([9, 1, 4, 7]), npartitions=2), 2, labels=False).compute().tolist()
    [1, 0, 0, 1]
    """
    if not isinstance(x, Collection):
        return pd.qcut(x, q, labels=labels, retbins=retbins, precision=precision, duplicates=duplicates)  # type: ignore
    x = _series("qcut", x)
    parts = np.linspace(0, 1, q + 1) if np.ndim(q) == 0 else np.asarray(q, dtype=float)
    edges = x.quantile(parts.tolist()).compute().to_numpy()
    unique = pd.Index(edges).unique() if duplicates == "drop" else pd.Index(edges)
    if not unique.is_unique:
        raise ValueError(f'Bin edges must be unique: {edges!r}. You can drop duplicate edges by duplicates="drop"')
    told = {"labels": labels, "precision": precision, "include_lowest": True}
    found = _in_bins(x, unique, told)
    return (found, unique.to_numpy()) if retbins else found


def _series(called: str, x: Any) -> Any:
    if not isinstance(x, FrameCollection) or not isinstance(x._meta, pd.Series):
        raise TypeError(f"{called}(x): expected a Series, got a {type(x).__name__}")
    return x


def _in_bins(x: Any, bins: Any, told: dict[str, Any]) -> Any:
    """The bin of each value; its number, with ``labels=False``, a float where any value is in no bin, as in pandas."""
    numbers = told["labels"] is False
    given = empty(_bin_block(x._meta, bins, told))
    if numbers:
        found = new(Partitionwise(_bin_block, (x.expr, bins, told), {}, "rows", given=given.astype("float64")))
        return found if bool(found.isna().any().compute()) else found.astype("int64")
    return new(Partitionwise(_bin_block, (x.expr, bins, told), {}, "rows", given=empty(given), label="cut"))


def _bin_block(block: pd.Series, bins: Any, told: dict[str, Any]) -> pd.Series:
    return pd.cut(block, bins, **told)
