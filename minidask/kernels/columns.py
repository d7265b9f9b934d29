"""Rows of frames as the bytes of their columns, of which a run of rows can be read without the rest.

A run of rows is cut out, and runs are joined, column by column, without pandas between: that takes microseconds, where
a frame for each run takes a hundred times as long. The bytes may lie in memory or in a file: whatever gives the bytes
from `start` to `stop` when it is asked for `[start:stop]`.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask.pickling import dumps, outside

_END = np.dtype(np.int64)


class Numbers:
    """Values of one dtype of NumPy.

    Parameters
    ----------
    data
        Their bytes.
    dtype
        Of the values; not of objects.
    """

    __slots__ = ("data", "dtype")

    def __init__(self, data: Any, dtype: np.dtype[Any]) -> None:
        self.data = data
        self.dtype = dtype

    @classmethod
    def of(cls, values: np.ndarray) -> Numbers:
        data = np.ascontiguousarray(values).view(np.uint8)
        return cls(data if data.flags.writeable else data.copy(), values.dtype)  # a pickle tells the two apart

    @property
    def nbytes(self) -> int:
        return len(self.data)

    def part(self, start: int, stop: int) -> np.ndarray:
        """The values from one place to before another."""
        size = self.dtype.itemsize
        return np.frombuffer(self.data[start * size : stop * size], self.dtype)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _restore, (outside(self.data, protocol), self.dtype.str)


def _restore(data: Any, dtype: str) -> Numbers:
    return Numbers(data, np.dtype(dtype))


class Texts:
    """Strings of Arrow.

    Parameters
    ----------
    ends
        Where each string begins among the bytes of all, and where the last one ends: of the dtype int64.
    letters
        The bytes of all.
    present
        For each string whether it is one, or missing; None: none is missing.
    """

    __slots__ = ("ends", "letters", "present")

    def __init__(self, ends: Numbers, letters: Numbers, present: Numbers | None) -> None:
        self.ends = ends
        self.letters = letters
        self.present = present

    @classmethod
    def of(cls, values: Any) -> Texts:
        """Of a column of strings that pandas keeps in Arrow."""
        import pyarrow as pa

        chunked = pa.chunked_array(values.__arrow_array__()).cast(pa.large_string())
        array = chunked.chunk(0) if chunked.num_chunks == 1 else pa.concat_arrays(chunked.chunks or [_no_texts()])
        _, ends, letters = array.buffers()
        places = np.frombuffer(ends, _END, len(array) + 1, array.offset * 8) if len(array) else np.zeros(1, _END)
        present = Numbers.of(array.is_valid().to_numpy(zero_copy_only=False)) if array.null_count else None
        return cls(Numbers.of(places), Numbers.of(np.frombuffer(letters or b"", np.uint8)), present)

    @property
    def nbytes(self) -> int:
        return self.ends.nbytes + self.letters.nbytes + (self.present.nbytes if self.present else 0)

    def part(self, start: int, stop: int) -> Any:
        """The strings from one place to before another, as an array of Arrow."""
        import pyarrow as pa

        ends = self.ends.part(start, stop + 1)
        letters = self.letters.part(int(ends[0]), int(ends[-1]))
        present = None
        if self.present is not None:
            present = pa.py_buffer(np.packbits(self.present.part(start, stop), bitorder="little"))
        buffers = [present, pa.py_buffer(ends - ends[0]), pa.py_buffer(letters)]
        return pa.Array.from_buffers(pa.large_string(), stop - start, buffers)


def _no_texts() -> Any:
    import pyarrow as pa

    return pa.array([], pa.large_string())


class Steps:
    """Some of the labels of a range: each is told by its number, which takes less room.

    Parameters
    ----------
    first, step
        Of the range.
    numbers
        Which of its labels they are.
    """

    __slots__ = ("first", "numbers", "step")

    def __init__(self, first: int, step: int, numbers: Numbers) -> None:
        self.first = first
        self.step = step
        self.numbers = numbers

    @property
    def nbytes(self) -> int:
        return self.numbers.nbytes

    def part(self, start: int, stop: int) -> np.ndarray:
        """The labels from one place to before another."""
        return self.first + self.step * self.numbers.part(start, stop).astype(np.int64)


class Layout(NamedTuple):
    """What all rows of a frame have in common."""

    labels: pd.Index | None
    """Of the columns; None: it is a Series."""
    name: Any
    """Of a Series, or of the labels of the rows."""
    index_name: Any
    dtypes: tuple[Any, ...]
    """Of each column, and of the labels of the rows, if they are there."""
    attrs: dict[Any, Any]


class Rows:
    """Some rows of a frame.

    Parameters
    ----------
    layout
        A `Layout`, pickled: equal ones are found quickly.
    arrays
        The values of each column, and the labels of the rows, if they are wanted.
    count
        How many rows.
    """

    __slots__ = ("arrays", "count", "layout")

    def __init__(self, layout: bytes, arrays: list[Any], count: int) -> None:
        self.layout = layout
        self.arrays = arrays
        self.count = count

    def __len__(self) -> int:
        return self.count


class Columns:
    """A frame as the bytes of its columns.

    Parameters
    ----------
    layout
        A `Layout`, pickled.
    columns
        The columns, and the labels of the rows, if they are wanted.

    Examples
    --------
    >>> columns = Columns.of(pd.DataFrame({"x": [1, 2, 3]}, index=[7, 8, 9]))
    >>> joined([columns.part(0, 1), columns.part(2, 3)])
       x
    7  1
    9  3
    """

    __slots__ = ("columns", "layout")

    def __init__(self, layout: bytes, columns: Sequence[Numbers | Texts | Steps]) -> None:
        self.layout = layout
        self.columns = columns

    @classmethod
    def of(cls, rows: Any, order: np.ndarray | None = None, labels: bool = True) -> Columns | None:
        """Of a DataFrame or Series; None where a column has no such form.

        Parameters
        ----------
        rows
            The frame.
        order
            Where the rows are, in the order in which they are wanted; None: as they are.
        labels
            Whether the labels of the rows are wanted.
        """
        if type(rows) not in (pd.DataFrame, pd.Series):
            return None
        table = isinstance(rows, pd.DataFrame)
        columns = [rows.iloc[:, at] for at in range(rows.shape[1])] if table else [rows]
        columns += [rows.index] if labels else []
        if not all(_has_bytes(column) for column in columns):
            return None
        layout = Layout(
            rows.columns if table else None,
            None if table else rows.name,
            rows.index.name if labels else None,
            tuple(column.dtype for column in columns),
            rows.attrs,
        )
        return cls(dumps(layout), [_bytes_of(column, order) for column in columns])

    @property
    def nbytes(self) -> int:
        return len(self.layout) + sum([column.nbytes for column in self.columns])

    def part(self, start: int, stop: int) -> Rows:
        """The rows from one place to before another."""
        return Rows(self.layout, [column.part(start, stop) for column in self.columns], stop - start)


def _has_bytes(column: Any) -> bool:
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return dtype.kind in "biufcmM"  # that of several levels is "O"
    if isinstance(dtype, pd.StringDtype):
        return dtype.storage == "pyarrow"
    return isinstance(dtype, pd.CategoricalDtype)


def _bytes_of(column: Any, order: np.ndarray | None) -> Numbers | Texts | Steps:
    if isinstance(column, pd.RangeIndex):
        numbers = np.arange(len(column)) if order is None else order
        return Steps(column.start, column.step, Numbers.of(numbers.astype(_smallest(len(column)))))
    array = column.array if order is None else column.array.take(order)
    if isinstance(column.dtype, pd.StringDtype):
        return Texts.of(array)
    return Numbers.of(array.codes if isinstance(column.dtype, pd.CategoricalDtype) else array.to_numpy())


def _smallest(count: int) -> type:
    return np.uint16 if count <= 2**16 else np.uint32 if count <= 2**32 else np.uint64


@lru_cache(maxsize=64)
def _opened(layout: bytes) -> Layout:
    found: Layout = pickle.loads(layout)
    return found


def same_layout(one: bytes, other: bytes) -> bool:
    """Whether two pickled layouts are equal: pickles of equal ones differ where these share other objects."""
    return one == other or _equal(one, other)


@lru_cache(maxsize=1024)
def _equal(one: bytes, other: bytes) -> bool:
    (labels, *rest), (others, *more) = _opened(one), _opened(other)
    if labels is None or others is None:
        return labels is others and rest == more
    return bool(labels.identical(others)) and rest == more


def joined(runs: Sequence[Rows], order: np.ndarray | None = None) -> Any:
    """The frame of several runs of rows of one layout, one under the other; it shares no memory with them.

    Parameters
    ----------
    runs
        One at least.
    order
        Where the rows are, counted through all runs, in the order in which they are wanted; None: as they are.

    Examples
    --------
    >>> columns = Columns.of(pd.Series([1, 2, 3]))
    >>> joined([columns.part(0, 2), columns.part(2, 3)], np.array([2, 0])).tolist()
    [3, 1]
    """
    layout = _opened(runs[0].layout)
    columns = [_join([run.arrays[i] for run in runs], dtype, order) for i, dtype in enumerate(layout.dtypes)]
    count = sum(map(len, runs)) if order is None else len(order)
    labelled = len(columns) > (1 if layout.labels is None else len(layout.labels))
    index = _index_of(columns.pop(), layout.index_name) if labelled else pd.RangeIndex(count)
    if layout.labels is None:
        frame: Any = pd.Series(columns[0], index=index, name=layout.name, copy=False)
    else:
        frame = pd.DataFrame(dict(enumerate(columns)), index=index, copy=False)
        frame.columns = layout.labels
    frame.attrs = dict(layout.attrs)
    return frame


def _index_of(labels: Any, name: Any) -> pd.Index:
    """The labels as they are: pandas would look for a better dtype of objects."""
    return pd.Index(labels, dtype=labels.dtype, name=name, copy=False)


def joined_column(runs: Sequence[Rows], at: int) -> pd.Series:
    """One column of several runs of rows of one layout, one under the other, by its position."""
    layout = _opened(runs[0].layout)
    return pd.Series(_join([run.arrays[at] for run in runs], layout.dtypes[at]), copy=False)


def _join(arrays: list[Any], dtype: Any, order: np.ndarray | None = None) -> Any:
    if not isinstance(arrays[0], np.ndarray):
        import pyarrow as pa

        strings = pa.concat_arrays(arrays)
        return dtype.__from_arrow__(strings if order is None else strings.take(pa.array(order)))
    values = arrays[0] if len(arrays) == 1 and order is not None else np.concatenate(arrays)
    values = values if order is None else values.take(order)
    return pd.Categorical.from_codes(values, dtype=dtype) if isinstance(dtype, pd.CategoricalDtype) else values
