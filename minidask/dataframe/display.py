"""What a frame shows of itself without computing anything."""

from __future__ import annotations

import sys
from html import escape
from typing import Any, TextIO

import pandas as pd

from minidask.dataframe.base import FrameCollection
from minidask.dataframe.partitions import count_of


def schema_table(frame: FrameCollection, rows: int = 8) -> pd.DataFrame:
    """The dtypes, under the labels at which partitions begin, as far as they are known."""
    meta = frame._meta
    columns = meta.dtypes if isinstance(meta, pd.DataFrame) else pd.Series({meta.name: meta.dtype})
    labels = [str(d) if d is not None else "" for d in frame.divisions]
    if len(labels) > rows:
        labels = [*labels[: rows // 2], "...", *labels[-rows // 2 + 1 :]]
    body = [[str(d) for d in columns], *([["..."] * len(columns)] * (len(labels) - 1))]
    index = pd.Index(labels, name=f"npartitions={frame.npartitions}")
    names = [str(c) if c is not None else "" for c in columns.index]
    return pd.DataFrame(body, index=index, columns=pd.Index(names, dtype=object))


def title(frame: FrameCollection) -> str:
    """What it is and how much, as far as that is known."""
    kind, meta = type(frame).__name__, frame._meta
    rows = count_of(frame.expr) if _is_cheap(frame) else None
    size = f"{rows} rows" if rows is not None else "rows not counted"
    columns = f", {meta.shape[1]} columns" if isinstance(meta, pd.DataFrame) else ""
    return f"minidask {kind}: {size}{columns}, {frame.npartitions} partitions"


def _is_cheap(frame: FrameCollection) -> bool:
    """Whether counting opens no file."""
    return frame.expr.owner.operation in ("from_pandas", "from_array")


class Display(FrameCollection):
    """Text and HTML with the schema and the partitions."""

    def __repr__(self) -> str:
        with pd.option_context("display.max_columns", 20, "display.width", 120):
            return f"{title(self)}\n{schema_table(self)}\nfrom {self.expr.operation}"

    def _repr_html_(self) -> str:
        table = schema_table(self).to_html(max_cols=20, border=0)
        return f"<div><strong>{escape(title(self))}</strong></div>{table}<div>from {escape(self.expr.operation)}</div>"

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return int(self._meta.ndim)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of rows, and of columns. Counts the rows where they are not known from metadata."""
        return (len(self), *self._meta.shape[1:])  # type: ignore[arg-type]

    @property
    def size(self) -> int:
        """The number of elements. Counts the rows where they are not known from metadata."""
        count = len(self)  # type: ignore[arg-type]
        return count * self._meta.shape[1] if self.ndim == 2 else count

    @property
    def empty(self) -> bool:
        """Whether there are no elements. Counts the rows where they are not known from metadata."""
        return self.size == 0


class Info(FrameCollection):
    """A summary of a DataFrame."""

    def info(
        self,
        buf: TextIO | None = None,
        verbose: bool | None = None,
        memory_usage: bool | str | None = None,
        show_counts: bool | None = None,
        max_cols: int | None = None,
    ) -> None:
        """Print columns and dtypes. What needs data is only computed when it is asked for.

        Parameters
        ----------
        buf
            Where to; by default standard output.
        verbose
            False leaves the columns out; True shows them also where there are more than `max_cols`, and counts.
        memory_usage
            Whether to compute the bytes; "deep" is the same.
        show_counts
            Whether to count the values of each column; by default if `verbose`.
        max_cols
            Up to how many columns are shown; by default the option `display.max_info_columns` of pandas.
        """
        frame: Any = self
        lines = [title(self)]
        most = pd.get_option("display.max_info_columns") if max_cols is None else max_cols
        if verbose or (verbose is None and len(self._meta.columns) <= most):
            counts = frame.count().compute() if (verbose if show_counts is None else show_counts) else None
            lines += _columns(frame.dtypes, counts)
        if memory_usage:
            lines.append(f"memory usage: {int(frame.memory_usage(deep=True).compute().sum())} bytes")
        (buf or sys.stdout).write("\n".join(lines) + "\n")


def _columns(dtypes: pd.Series, counts: pd.Series | None) -> list[str]:
    """A line for each column."""
    width = max((len(str(c)) for c in dtypes.index), default=0)
    found = ["" if counts is None else f"  {count} non-null" for count in (dtypes if counts is None else counts)]
    return [f" {i:>3}  {c!s:<{width}}{n}  {dtype}" for i, ((c, dtype), n) in enumerate(zip(dtypes.items(), found))]
