"""Pickled pandas objects: a file is a partition."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import Any

from minidask.dataframe.convert import from_map
from minidask.dataframe.io.write_parts import write_each
from minidask.files import File, find_files


def _load(file: File) -> Any:

    with file.open() as stream:
        try:
            return pickle.load(stream)
        except (pickle.UnpicklingError, EOFError) as error:
            raise ValueError(f"{file.path} is not a pickle, or is cut short: {error}") from None


def read_pickle(
    path: Any,
    compression: str | None = "infer",
    storage_options: Mapping[str, Any] | None = None,
    meta: Any = None,
) -> Any:
    """A lazy frame of pickled pandas objects, a file for each partition. Unpickling runs code: trust what you read.

    Parameters
    ----------
    path
        A path, URL, glob, directory, or list of them.
    compression
        "gzip", "bz2", "xz", "zip", "zstd", None; "infer" goes by the end of the name.
    storage_options
        Arguments of the fsspec file system.
    meta
        What the files hold; by default the first one is read, and kept.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no file, or it is no pickle; later, one that holds something else than the first.
    TypeError
        The first holds no pandas object.

    Examples
    --------
    >>> import fsspec, pandas as pd
    >>> with fsspec.open("memory://points.pkl", "wb") as stream:
    ...     pd.DataFrame({"x": [1, 2]}).to_pickle(stream)
    >>> read_pickle("memory://points.pkl").x.sum().compute()
    np.int64(3)
    """
    files = find_files(path, storage_options, compression)
    told = {} if meta is None else {"meta": meta}
    return from_map(_load, files, label="read_pickle", **told)


def write_pickle(block: Any, stream: Any, protocol: int) -> None:
    """Pickle a pandas object."""

    pickle.dump(block, stream, protocol)


def to_pickle(
    df: Any,
    path: Any,
    compression: str | None = "infer",
    protocol: int = 5,
    storage_options: Mapping[str, Any] | None = None,
    name_function: Callable[[int], str] | None = None,
    compute: bool = True,
    compute_kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """Pickle the partitions of a frame to a file each, each in its place only when it is complete.

    Parameters
    ----------
    df
        The frame.
    path
        A path with a ``*`` for the partition's name, a directory, or a list of paths; with one partition also the
        file itself, whose name then ends in ``.pkl``.
    compression
        "infer" goes by the end of the name.
    protocol
        Of pickle.
    storage_options
        Arguments of the fsspec file system.
    name_function
        Names partition i; by default its number.
    compute
        False returns a lazy value, which writes when it is computed.
    compute_kwargs
        For `compute`.

    Returns
    -------
    list of str, or Scalar
        The paths.

    Examples
    --------
    >>> import pandas as pd
    >>> import minidask.dataframe as dd
    >>> dd.to_pickle(dd.from_pandas(pd.DataFrame({"x": [1, 2]}), 2), "memory://out-*.pkl")
    ['/out-0.pkl', '/out-1.pkl']
    """
    places = (name_function, storage_options, compression, compute, compute_kwargs)
    return write_each(df, write_pickle, path, ".pkl", "to_pickle", {"protocol": protocol}, True, *places)
