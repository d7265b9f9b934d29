"""`get_dummies`: a column for each category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.node import Partitionwise


def get_dummies(
    data: Any,
    prefix: Any = None,
    prefix_sep: Any = "_",
    dummy_na: bool = False,
    columns: Sequence[Any] | None = None,
    sparse: bool = False,
    drop_first: bool = False,
    dtype: Any = bool,
) -> Any:
    """A column for each category of some columns, true where a row has it.

    Parameters
    ----------
    data
        DataFrame or Series, lazy or of pandas.
    prefix, prefix_sep
        What the names of the new columns begin with, and what stands between that and the category.
    dummy_na
        Whether to add a column for missing values.
    columns
        The columns of a DataFrame to convert; by default those of strings, objects and categories. Which values others
        than categories have is found now.
    sparse
        Whether the new columns are sparse arrays.
    drop_first
        Whether to leave out the first category of each.
    dtype
        Of the new columns.

    Returns
    -------
    DataFrame

    Raises
    ------
    NotImplementedError
        A column has categories that are not known.
    KeyError, TypeError
        There is no such column; `data` is no DataFrame or Series.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> s = from_pandas(pd.Series(["a", "b", "a"]), npartitions=2)
    >>> get_dummies(s.astype("category").cat.as_known()).sum().compute().to_dict()
    {'a': 2, 'b': 1}
    """
    told: dict[str, Any] = {"prefix": prefix, "prefix_sep": prefix_sep, "dummy_na": dummy_na, "columns": columns}
    told |= {"sparse": sparse, "drop_first": drop_first, "dtype": dtype}
    if isinstance(data, pd.DataFrame | pd.Series):
        return pd.get_dummies(data, **told)
    meta = getattr(data, "_meta", None)
    if not isinstance(meta, pd.DataFrame | pd.Series):
        raise TypeError(f"data: expected a DataFrame or Series, got a {type(data).__name__}")
    for column in _converted(meta, columns):
        data = _with_known(data, column)
    if isinstance(meta, pd.Series) and not isinstance(meta.dtype, pd.CategoricalDtype):
        return new(Partitionwise(_dummies, (data.expr,), told, "rows"))  # pandas calls the columns by the values
    return new(Partitionwise(pd.get_dummies, (data.expr,), told, "rows"))


def _dummies(block: pd.Series, **told: Any) -> pd.DataFrame:
    found = pd.get_dummies(block, **told)
    return found.set_axis(pd.Index(found.columns.tolist()), axis=1)


def _with_known(data: Any, column: pd.Series) -> Any:
    """The data, in which the categories of a column are known: those of other columns are found now."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        _check_known(column)
        return data
    if isinstance(data._meta, pd.Series):
        return data.astype("category").cat.as_known()
    data = data.copy()
    data[column.name] = data[column.name].astype("category").cat.as_known()
    return data


def _converted(meta: Any, columns: Sequence[Any] | None) -> list[Any]:
    """The columns that become others."""
    if isinstance(meta, pd.Series):
        return [meta]
    if columns is None:
        columns = meta.select_dtypes(["object", "string", "category"]).columns
    elif isinstance(columns, str):
        raise TypeError(f"columns={columns!r}: expected a list of columns")
    missing = [c for c in columns if c not in meta.columns]
    if missing:
        raise KeyError(f"columns: there is no column {missing[0]!r}; the columns are {meta.columns.tolist()}")
    return [meta[c] for c in columns]


def _check_known(column: Any) -> None:
    if not len(column.cat.categories):
        raise NotImplementedError(
            f"get_dummies() needs to know the categories, and those of {column.name!r} depend on all rows; find them "
            f"with .cat.as_known(), or give them with astype(pandas.CategoricalDtype([...]))"
        )
