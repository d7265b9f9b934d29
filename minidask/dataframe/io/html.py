"""Tables of web pages."""

from __future__ import annotations

import inspect
import io as streams
from collections.abc import Mapping
from typing import Any

import pandas as pd

from minidask.dataframe.create import from_pandas
from minidask.extras import import_extra
from minidask.files import find_files


def read_html(io: Any, storage_options: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
    """The tables of web pages, a DataFrame each. Needs lxml (extra `html`).

    A page is read when this is called: only so it is known how many tables it has. Each is one partition.

    Parameters
    ----------
    io
        A path, URL, glob, directory, or list of them.
    storage_options
        Arguments of the fsspec file system.
    **kwargs
        For `pandas.read_html`: `match`, `header`, `index_col`, `attrs`, ...; `flavor` is "lxml" by default.

    Raises
    ------
    FileNotFoundError, TypeError, ValueError
        There is no file; pandas takes no such argument; a page has no table, with its place.
    MissingExtraError
        lxml is not installed.

    Examples
    --------
    >>> import fsspec
    >>> fsspec.filesystem("memory").pipe("/page.html", b"<table><tr><th>x</th></tr><tr><td>3</td></tr></table>")
    >>> (table,) = read_html("memory://page.html")
    >>> table.x.sum().compute()
    np.int64(3)
    """
    known = inspect.signature(pd.read_html).parameters
    for name in kwargs:
        if name not in known:
            raise TypeError(f"read_html() got an argument {name!r} that pandas.read_html does not have")
    flavor: Any = kwargs.pop("flavor", None) or "lxml"
    if flavor == "lxml":
        import_extra("lxml", extra="html", purpose="read web pages")
    found = []
    for file in find_files(io, storage_options):
        with file.open() as stream:
            page: Any = streams.BytesIO(stream.read())
        try:
            found += pd.read_html(page, flavor=flavor, **kwargs)
        except ValueError as error:
            raise ValueError(f"{file.path}: {error}") from error
    return [from_pandas(table, npartitions=1, sort=False) for table in found]
