"""What a join leaves in its place: of the side that gives the order the keys travel, and what they meet comes back.

::

    home block --away--> keys, numbers of rows --split--> target: join --send_home--> numbers, columns of the other side
         \\------------------------------------------------------------------------------------------/--settle--> rows
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.shuffle import column_of, together
from minidask.kernels.ordering import order_of_places
from minidask.kernels.sorted_rows import Sent, counts_by_target, sent_by_target
from minidask.kernels.tables import table_of

ROW = "minidask row"
"""The column of the numbers of rows."""


def away(block: pd.DataFrame, of: Sequence[int]) -> pd.DataFrame:
    """Columns of a block, by position, and the numbers of its rows."""
    return block.iloc[:, list(of)].assign(**{ROW: np.arange(len(block), dtype=np.uint32)})


def send_home(home: Sequence[Any], join: Callable[[pd.DataFrame], pd.DataFrame], labels: bool) -> Sent:
    """The join of the rows that met here, sorted by the blocks that those of the side that gives the order came from.

    Parameters
    ----------
    home
        What those blocks sent.
    join
        Of their frame with the other side; it keeps their order.
    labels
        Whether the labels of the rows are wanted.
    """
    frame = together(home)
    numbers = frame[ROW].to_numpy()
    found = join(frame.assign(**{ROW: np.arange(len(frame))}))
    places = found.pop(ROW).to_numpy()
    found.insert(0, ROW, numbers.take(places))
    return sent_by_target(found, places.searchsorted(np.cumsum([0, *map(len, home)])), labels=labels)


def shape_of(sent: Sent) -> tuple[bool, pd.DataFrame]:
    """Whether there are rows in what `send_home` gives, and their columns without rows."""
    return bool(counts_by_target(sent).any()), together([sent[0]]).iloc[:0, 1:]


def settle(
    sent: Sequence[Any], columns: pd.Index, at: Sequence[int], block: Any = None, stay: Sequence[int] = ()
) -> Any:
    """The rows of the join in the order of a block.

    Parameters
    ----------
    sent
        What came back.
    columns
        The labels of all columns.
    at
        The positions that the columns of the block have among them.
    block, stay
        The block, and the positions of these columns in it.
    """
    numbers = column_of(sent, 0).to_numpy()
    order = order_of_places(numbers)
    found = together(sent, order)
    arrays = [found.iloc[:, i].array for i in range(1, found.shape[1])]
    if stay:
        numbers = found.iloc[:, 0].to_numpy()
        for place, column in zip(at, stay):
            arrays.insert(place, block.iloc[:, column].array.take(numbers))
    frame = table_of(arrays, found.index)
    frame.columns = columns
    return frame
