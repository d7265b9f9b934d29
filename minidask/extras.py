"""Packages that minidask can use but does not require."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from minidask.errors import MissingExtraError


def import_extra(module: str, extra: str, purpose: str) -> ModuleType:
    """Import `module`, or say what to install.

    Parameters
    ----------
    module
        The name to import, such as ``"pyarrow.parquet"``.
    extra
        The extra of minidask that brings it, such as ``"parquet"``.
    purpose
        What the person wanted, to complete "to ... ".

    Raises
    ------
    MissingExtraError
        The package is not installed. An error inside an installed package is raised as it is.

    Examples
    --------
    >>> import_extra("json", extra="parquet", purpose="read JSON").__name__
    'json'
    >>> import_extra("no_such_package", extra="visualize", purpose="draw a picture")
    Traceback (most recent call last):
    ...
    minidask.errors.MissingExtraError: to draw a picture minidask needs the package no_such_package: pip install ...
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        message = f'to {purpose} minidask needs the package {package}: pip install "minidask[{extra}]"'
        raise MissingExtraError(message, name=package) from error
