"""Whose the memory of results is: a view of a much bigger block keeps all of it alive, and what is kept is shared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.blocks import concat
from minidask.dataframe.meta import PANDAS, columns_in

WASTE = 2**16
"""Bytes that are not worth a copy."""


def assembled(blocks: Sequence[Any]) -> Any:
    """The rows of all blocks as one object, a person's own, which holds no more memory than it shows."""
    return concat(blocks) if len(blocks) > 1 else apart(owned(blocks)[0])


def apart(obj: Any) -> Any:
    """What a person may change in place; anything but pandas objects as it is.

    Nothing is copied before it is written. With pandas before 3 that holds for whole columns only.

    Examples
    --------
    >>> kept = pd.DataFrame({"x": [1, 2]})
    >>> mine = apart(kept)
    >>> mine["x"] = 0
    >>> kept.x.tolist()
    [1, 2]
    """
    return obj.copy(deep=False) if isinstance(obj, PANDAS) else obj


def owned(blocks: Sequence[Any]) -> list[Any]:
    """The blocks; those copied that show, all together, less than half of an array that they hold.

    Examples
    --------
    >>> table = pd.DataFrame(np.zeros((10_000, 10)))
    >>> [column] = owned([table[0]])
    >>> np.shares_memory(column, table[0])
    False
    """
    shown: dict[int, int] = {}
    held = [[(id(owner), owner.nbytes, nbytes) for owner, nbytes in _arrays(block)] for block in blocks]
    for arrays in held:
        for owner, _, nbytes in arrays:
            shown[owner] = shown.get(owner, 0) + nbytes

    def wastes(owner: int, whole: int) -> bool:
        return whole - shown[owner] > WASTE and whole > 2 * shown[owner]

    return [
        block.copy(deep=True) if any(wastes(owner, whole) for owner, whole, _ in arrays) else block
        for block, arrays in zip(blocks, held)
    ]


def _arrays(block: Any) -> Iterator[tuple[np.ndarray[Any, Any], int]]:
    """For each column in a NumPy array the array that owns its memory, and the bytes that the column shows of it."""
    for column in columns_in(block):
        if not isinstance(column, pd.Series) or not isinstance(column.dtype, np.dtype):
            continue
        owner = array = column.to_numpy()
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        yield owner, array.nbytes
