"""What pandas refuses because of the arguments, but only where there are rows: told at the call by a row of zeros."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.meta import PANDAS, columns_in, remembered
from minidask.dataframe.node import Partitionwise
from minidask.dataframe.operands import exchange_nodes, meta_of
from minidask.dataframe.reductions import one_row


def if_taken(node: Partitionwise) -> Partitionwise:
    """The node of a method of pandas.

    Raises
    ------
    TypeError, LookupError, ValueError
        Arguments of a wrong type, an encoding that there is not, a bad regular expression: as pandas raises them.
        What else goes wrong with zeros need not do so with what is there.
    """
    args, kwargs = exchange_nodes((node.args, node.kwargs), meta_of)
    of_frames = all(isinstance(getattr(child, "meta", None), PANDAS) for child in node.children)
    if of_frames and all(map(_can_be_tried, (*args, *kwargs.values()))):
        remembered(_try_on_a_row, (node.func, args, kwargs, node.operation))
    return node


def _can_be_tried(value: Any) -> bool:
    """Whether it is no person's function, and no frame whose objects might be anything."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return all(column.dtype != object for column in columns_in(value))
    return not callable(value) and not isinstance(value, pd.Index)


def _try_on_a_row(func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], name: str) -> None:
    rows = [_with_a_row(value) for value in args]
    told = {key: _with_a_row(value) for key, value in kwargs.items()}
    try:
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            func(*rows, **told)
    except Exception as error:
        wrong = isinstance(error, TypeError | re.error) or type(error) is LookupError
        if wrong or "regular expression" in str(error):
            error.add_note(f"{name}({', '.join(_shown(args[1:], kwargs))})")
            raise


def _with_a_row(value: Any) -> Any:
    return one_row(value) if isinstance(value, PANDAS) else value


def _shown(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Iterator[str]:
    for key, value in [*(("", value) for value in args), *kwargs.items()]:
        yield f"{key}{'=' * bool(key)}{type(value).__name__ if isinstance(value, PANDAS) else repr(value)}"
