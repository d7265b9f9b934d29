"""Pictures of what can be reduced first: counts in bins, quartiles, a sample of points, an aggregation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.node import Projection
from minidask.dataframe.reductions import numeric
from minidask.dataframe.tallies import Condense
from minidask.extras import import_extra

POINTS = 10_000
"""How many points a picture shows: a sample of so many, where there are more."""
ROWS = 100_000
"""How many rows a line, or bars, can have."""

OF_ALL = ("line", "bar", "barh", "area", "pie")
OF_SAMPLE = ("scatter", "hexbin", "kde", "density")


def counts_in_bins(block: pd.DataFrame, edges: Sequence[np.ndarray]) -> np.ndarray:
    """For each column how many values are in each bin."""
    columns = [block.iloc[:, i].dropna().to_numpy(dtype=float) for i in range(block.shape[1])]
    return np.array([np.histogram(values, bins)[0] for values, bins in zip(columns, edges)])


def add_counts(blocks: Sequence[np.ndarray], edges: Any) -> np.ndarray:
    """Counts of all blocks."""
    return np.sum(blocks, axis=0)


def _histograms(table: Any, bins: Any, limits: Any, common: bool) -> tuple[list[np.ndarray], np.ndarray]:
    """Edges of bins and counts, of each column."""
    if np.ndim(bins):
        edges = [np.asarray(bins, dtype=float)] * table._meta.shape[1]
    else:
        ends = [limits] if limits is not None else _ends(table, common)
        edges = [np.histogram_bin_edges([], bins, (float(a), float(b))) for a, b in ends]
        edges *= table._meta.shape[1] if len(edges) == 1 else 1
    options = {"edges": edges}
    counts = new(Condense(table.expr, counts_in_bins, add_counts, add_counts, options, labels=False, given=0))
    return edges, counts.compute()


def _ends(table: Any, common: bool) -> list[tuple[float, float]]:
    low, high = (found.compute().astype(float) for found in (table.min(), table.max()))
    pairs = [(min(low), max(high))] if common else list(zip(low, high))
    return [(0.0, 1.0) if np.isnan(a) else (a, b) for a, b in pairs]


def _table(frame: Any, columns: Any = None) -> Any:
    """The numbers of a frame, as a DataFrame."""
    if isinstance(frame._meta, pd.Series):
        return frame.to_frame("None" if frame.name is None else frame.name)
    if columns is not None:
        return new(Projection(frame.expr, columns if isinstance(columns, list) else [columns]))
    found = new(numeric(frame.expr))
    if not len(found.columns):
        raise TypeError("no numeric data to plot")
    return found


class Plot:
    """``frame.plot(...)``, ``frame.plot.hist(...)`` and its other kinds, as pandas has them, with matplotlib.

    Bins are counted and quartiles found for all rows; points are a sample; lines and bars take what is small, such as
    an aggregation.
    """

    def __init__(self, frame: FrameCollection) -> None:
        self._frame: Any = frame

    def __call__(self, *args: Any, kind: str = "line", **kwargs: Any) -> Any:
        if kind not in (*OF_ALL, *OF_SAMPLE, "hist", "box"):
            raise ValueError(f"{kind} is not a valid plot kind")
        return getattr(self, kind)(*args, **kwargs)

    def hist(self, bins: Any = 10, **kwargs: Any) -> Any:
        """How many values of each column are in each bin, all columns in one picture.

        Parameters
        ----------
        bins
            How many, or their edges.
        **kwargs
            As `pandas.DataFrame.plot.hist` takes them: `range`, `ax`, `alpha` ...
        """
        _matplotlib()
        table = _table(self._frame, kwargs.pop("y", None))
        edges, counts = _histograms(table, bins, kwargs.pop("range", None), common=True)
        centres = pd.DataFrame(dict.fromkeys(table.columns, edges[0][:-1]))
        draw: Any = centres.plot.hist
        return draw(bins=edges[0], weights=counts.T, **kwargs)

    def box(self, **kwargs: Any) -> Any:
        """The quartiles of each column, how far the values reach, and some of those beyond.

        Parameters
        ----------
        **kwargs
            `ax`, and what `matplotlib.axes.Axes.bxp` takes.
        """
        pyplot = _matplotlib()
        ax = kwargs.pop("ax", None) or pyplot.gca()
        ax.bxp(_boxes(_table(self._frame, kwargs.pop("column", None))), **kwargs)
        return ax


def _all_rows(kind: str) -> Callable[..., Any]:
    def method(self: Plot, *args: Any, **kwargs: Any) -> Any:
        _matplotlib()
        rows = len(self._frame)
        if rows > ROWS:
            raise ValueError(f"plot.{kind}() of {rows} rows: aggregate them first (groupby, resample), or plot.hist()")
        return getattr(self._frame.compute().plot, kind)(*args, **kwargs)

    method.__name__ = kind
    method.__doc__ = f"As `plot.{kind}` of pandas, of at most {ROWS} rows."
    return method


def _sampled(kind: str) -> Callable[..., Any]:
    def method(self: Plot, *args: Any, **kwargs: Any) -> Any:
        _matplotlib()
        rows = self._frame
        few = rows if len(rows) <= POINTS else rows.sample(n=POINTS, random_state=0)
        return getattr(few.compute().plot, kind)(*args, **kwargs)

    method.__name__ = kind
    method.__doc__ = f"As `plot.{kind}` of pandas, of {POINTS} rows chosen by chance, where there are more."
    return method


for _kind in OF_ALL:
    setattr(Plot, _kind, _all_rows(_kind))
for _kind in OF_SAMPLE:
    setattr(Plot, _kind, _sampled(_kind))


def _matplotlib() -> Any:
    return import_extra("matplotlib.pyplot", extra="plot", purpose="draw plots")


def _boxes(table: Any) -> list[dict[str, Any]]:
    """What matplotlib draws boxes of."""
    quartiles = table.quantile([0.25, 0.5, 0.75]).compute()
    fences = [(q[0.25] - 1.5 * (q[0.75] - q[0.25]), q[0.75] + 1.5 * (q[0.75] - q[0.25])) for _, q in quartiles.items()]
    found = Condense(table.expr, _beyond, _all_beyond, _all_beyond, {"fences": fences}, labels=False, given=0)
    names: Mapping[str, float] = {"q1": 0.25, "med": 0.5, "q3": 0.75}
    boxes = []
    for (column, q), (low, high, fliers) in zip(quartiles.items(), new(found).compute()):
        boxes.append({"label": str(column), "whislo": low, "whishi": high, "fliers": fliers})
        boxes[-1].update({name: q[at] for name, at in names.items()})
    return boxes


def _beyond(block: pd.DataFrame, fences: Any) -> list[tuple[float, float, list[float]]]:
    found = []
    for i, (low, high) in enumerate(fences):
        values = block.iloc[:, i].dropna().to_numpy(dtype=float)
        inside = values[(values >= low) & (values <= high)]
        ends = (inside.min(), inside.max()) if len(inside) else (np.inf, -np.inf)
        found.append((*ends, values[(values < low) | (values > high)][:POINTS].tolist()))
    return found


def _all_beyond(blocks: Sequence[Any], fences: Any) -> list[tuple[float, float, list[float]]]:
    columns = list(zip(*blocks))
    return [
        (min(b[0] for b in column), max(b[1] for b in column), [f for b in column for f in b[2]][:POINTS])
        for column in columns
    ]


class Pictures(FrameCollection):
    """Pictures of DataFrame and Series."""

    @property
    def plot(self) -> Plot:
        """Pictures: ``frame.plot.hist()``, ``frame.plot(kind="scatter", x=..., y=...)`` ...; see `Plot`."""
        return Plot(self)

    def hist(self, column: Any = None, bins: Any = 10, ax: Any = None, layout: Any = None, **kwargs: Any) -> Any:
        """A histogram of each column, as `hist` of pandas; the bins of all rows are counted first.

        Parameters
        ----------
        column
            One, or a list; by default all of numbers.
        bins
            How many, or their edges.
        ax
            Where to, for one column.
        layout
            Numbers of rows and columns of pictures.
        **kwargs
            `figsize`, `range`, and what `matplotlib.axes.Axes.hist` takes.

        Returns
        -------
        matplotlib axes
            For a DataFrame an array of them.
        """
        pyplot = _matplotlib()
        table = _table(self, column)
        limits, size = kwargs.pop("range", None), kwargs.pop("figsize", None)
        edges, counts = _histograms(table, bins, limits, common=False)
        if isinstance(self._meta, pd.Series):
            ax = ax or pyplot.figure(figsize=size).gca() if size else ax or pyplot.gca()
            ax.hist(edges[0][:-1], bins=edges[0], weights=counts[0], **kwargs)
            return ax
        rows, wide = layout or _layout(len(edges))
        axes = np.array([[ax]]) if ax is not None else pyplot.subplots(rows, wide, figsize=size, squeeze=False)[1]
        for place, name, bounds, weights in zip(axes.ravel(), table.columns, edges, counts):
            place.hist(bounds[:-1], bins=bounds, weights=weights, **kwargs)
            place.set_title(name)
        for place in axes.ravel()[len(edges) :]:
            place.set_visible(False)
        return axes

    def boxplot(self, column: Any = None, ax: Any = None, **kwargs: Any) -> Any:
        """The quartiles of each column; see `Plot.box`.

        Parameters
        ----------
        column
            One, or a list; by default all of numbers.
        ax
            Where to.
        **kwargs
            What `matplotlib.axes.Axes.bxp` takes.
        """
        if "by" in kwargs:
            raise NotImplementedError("boxplot(by=): groupby(by).quantile([0.25, 0.5, 0.75]) tells the boxes")
        return self.plot.box(column=column, ax=ax, **kwargs)


def _layout(count: int) -> tuple[int, int]:
    wide = int(np.ceil(np.sqrt(count)))
    return int(np.ceil(count / wide)), wide
