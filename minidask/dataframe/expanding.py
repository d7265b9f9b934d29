"""Windows that grow from the first row, and averages that forget: `expanding` and `ewm`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.align import align, whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import callable_only
from minidask.dataframe.foreign import operand
from minidask.dataframe.meta import empty
from minidask.dataframe.neighbours import Decaying
from minidask.dataframe.node import FrameNode, Method, Partitionwise
from minidask.dataframe.piped import Piped
from minidask.dataframe.reductions import numeric, one_row
from minidask.dataframe.rolling import AGGREGATES, NEWER, aggregate_method
from minidask.dataframe.running_pairs import RunningPairs, pairs_of
from minidask.dataframe.whole import Cut, of_whole
from minidask.dataframe.windowed_pairs import (
    beside,
    every_pair,
    has_pairs,
    moving_pairs,
    one_window,
    pair_of,
    pair_of_whole,
    stacked,
)
from minidask.dataframe.windows import Windowed
from minidask.signatures import like


class Growing(Piped):
    """Windows over all rows up to each: base of `Expanding` and `ExponentialMovingWindow`.

    Parameters
    ----------
    frame
        What is looked at.
    options
        As pandas takes them.
    """

    _method = ""

    def __init__(self, frame: FrameNode, options: dict[str, Any]) -> None:
        self._frame = frame
        self._options = options
        getattr(one_row(frame.meta), self._method)(**options)  # pandas' own errors for what it does not take

    def _apply(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        told = {"of": self._method, "options": self._options, "method": method, "args": args, "kwargs": kwargs}
        return of_whole(self._frame, looked_at, **told)

    def agg(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """One or several aggregates of each window, as pandas takes them."""
        return self._apply("agg", (func, *args), kwargs)

    aggregate = agg

    @property
    def ndim(self) -> int:
        """The number of dimensions of what is looked at."""
        return int(self._frame.meta.ndim)

    def corr(self, other: Any = None, pairwise: bool | None = None, **kwargs: Any) -> Any:
        """The correlations of each window with that of another frame, or of all pairs of columns.

        Parameters
        ----------
        other
            Series or DataFrame, lazy or in memory; by default this one.
        pairwise
            Whether all pairs of columns are looked at, rather than those of one name.
        **kwargs
            As pandas takes them.

        Notes
        -----
        Where neither all pairs are asked for nor both frames have the same columns, the rows of windows that grow come
        together in one task.
        """
        return self._paired("corr", other, pairwise, kwargs)

    def cov(self, other: Any = None, pairwise: bool | None = None, **kwargs: Any) -> Any:
        """The covariances of each window with that of another frame. Parameters as for `corr`."""
        return self._paired("cov", other, pairwise, kwargs)

    def _paired(self, method: str, other: Any, pairwise: bool | None, kwargs: dict[str, Any]) -> Any:
        mine, theirs = pair_of(self._frame, other, f"{self._method}.{method}")
        windows = (self._method, self._options)
        return pair_of_whole(mine, theirs, windows, method, {**kwargs, "pairwise": every_pair(other, pairwise)})

    def __getitem__(self, key: Any) -> Any:
        return type(self)(new(self._frame)[key].expr, self._options)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in getattr(self._frame.meta, "columns", ()):
            return self[name]
        raise AttributeError(f"{type(self).__name__} has no attribute or column {name!r}")

    def __repr__(self) -> str:
        return f"<minidask {type(self).__name__} {self._options}>"


def looked_at(
    rows: Any, of: str, options: Mapping[str, Any], method: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """An aggregate of the windows over some rows."""
    return getattr(getattr(rows, of)(**options), method)(*args, **kwargs)


@like(pd.api.typing.Expanding)
class Expanding(Growing):
    """Windows from the first row to each: ``df.expanding().mean()``.

    `sum`, `mean`, `min`, `max`, `count`, `var`, `std`, `cov` and `corr` go from partition to partition (the latter two
    of frames that have the same columns, or where all pairs of them are asked for); for all else the values of the
    columns come together in one task.
    """

    _method = "expanding"

    def apply(self, func: Callable[..., Any], raw: bool = False, **kwargs: Any) -> Any:
        """What a function of a Series (with `raw`, of an array) gives for each window."""
        return self._apply("apply", (callable_only("expanding.apply", func),), {"raw": raw, **kwargs})

    def count(self, numeric_only: bool = False) -> Any:
        """How many values there are up to each row."""
        if self._options["min_periods"] > 1:
            return self._apply("count", (), {"numeric_only": numeric_only})
        return _counts(new(self._of_numbers(numeric_only)._frame)).astype("float64")

    def sum(self, numeric_only: bool = False) -> Any:
        """The sum of the values up to each row."""
        of = self._of_numbers(numeric_only)
        return of._enough(of._values().fillna(0.0).cumsum())

    def mean(self, numeric_only: bool = False) -> Any:
        """The mean of the values up to each row."""
        of = self._of_numbers(numeric_only)
        values = of._values()
        return of._enough(values.fillna(0.0).cumsum() / _counts(values))

    def min(self, numeric_only: bool = False) -> Any:
        """The least value up to each row."""
        of = self._of_numbers(numeric_only)
        return of._enough(of._values().cummin().ffill())

    def max(self, numeric_only: bool = False) -> Any:
        """The greatest value up to each row."""
        of = self._of_numbers(numeric_only)
        return of._enough(of._values().cummax().ffill())

    def var(self, ddof: int = 1, numeric_only: bool = False, **kwargs: Any) -> Any:
        """The variance of the values up to each row."""
        return self._of_numbers(numeric_only)._spread("var", {"ddof": ddof, **kwargs})

    def std(self, ddof: int = 1, numeric_only: bool = False, **kwargs: Any) -> Any:
        """The standard deviation of the values up to each row."""
        return self._of_numbers(numeric_only)._spread("std", {"ddof": ddof, **kwargs})

    def _spread(self, method: str, kwargs: dict[str, Any]) -> Any:
        given = empty(looked_at(one_row(self._frame.meta), "expanding", {}, method, (), kwargs))
        width = 1 if given.ndim == 1 else given.shape[1]
        pairs = tuple((i, i) for i in range(width))
        told = {"least": self._options["min_periods"], "ddof": kwargs["ddof"], "given": given}
        return new(RunningPairs(self._frame, pairs=pairs, method=method, **told))

    def _paired(self, method: str, other: Any, pairwise: bool | None, kwargs: dict[str, Any]) -> Any:
        mine, theirs = pair_of(self._frame, other, f"expanding.{method}")
        told = {**kwargs, "pairwise": every_pair(other, pairwise)}
        example = one_window(mine, theirs, ("expanding", self._options), method, told)
        pairs = pairs_of(mine.meta, theirs.meta, example)
        if pairs is None:
            return super()._paired(method, other, pairwise, kwargs)
        flat = has_pairs(example, mine)
        given = empty(pd.DataFrame(np.zeros((1, len(pairs)))) if flat else example)
        least, ddof = self._options["min_periods"], kwargs.get("ddof", 1)
        found = RunningPairs(beside(mine, theirs), pairs=pairs, method=method, least=least, ddof=ddof, given=given)
        return new(stacked(found, example, mine) if flat else found)

    def _of_numbers(self, numeric_only: bool) -> Expanding:
        table = isinstance(self._frame.meta, pd.DataFrame)
        return Expanding(numeric(self._frame), self._options) if table and numeric_only else self

    def _values(self) -> Any:
        expected = looked_at(one_row(self._frame.meta), "expanding", {}, "sum", (), {})
        table = isinstance(expected, pd.DataFrame)
        values = new(self._frame)[expected.columns.tolist()] if table else new(self._frame)
        return new(Partitionwise(_finite, (values.astype("float64").expr,), {}, "rows", True))

    def _enough(self, found: Any) -> Any:
        least = self._options["min_periods"]
        return found.where(_counts(self._values()) >= least) if least > 0 else found


def _counts(frame: Any) -> Any:
    """How many values of each column there are up to each row."""
    return new(Partitionwise(Method("notna"), (frame.expr,), {}, "rows", True)).astype("int64").cumsum()


def _finite(block: Any) -> Any:
    """Numbers, infinite ones of which are missing, as pandas has them in windows."""
    return block.where(np.isfinite(block))


class ExponentialMovingWindow(Growing):
    """Averages in which the weight of a row decays: ``df.ewm(span=5).mean()``.

    Partitions look back as far as rows have any weight. Where that is more than a million values, as with
    ``alpha=0.0001``, those of the columns come together in one task.
    """

    _method = "ewm"

    def _apply(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        count = self._reach()
        if count > _FAR:
            return super()._apply(method, args, kwargs)
        told = {"of": "ewm", "options": self._options, "method": method, "args": args, "kwargs": kwargs}
        return new(Windowed(self._frame, looked_at, told, Decaying(count), None))

    def _paired(self, method: str, other: Any, pairwise: bool | None, kwargs: dict[str, Any]) -> Any:
        count = self._reach()
        if count > _FAR:
            return super()._paired(method, other, pairwise, kwargs)
        mine, theirs = pair_of(self._frame, other, f"ewm.{method}")
        told = {**kwargs, "pairwise": every_pair(other, pairwise)}
        around = Decaying(count, pairs=True), None
        return new(moving_pairs(mine, theirs, ("ewm", self._options), around, method, told))

    def _reach(self) -> int:
        """How many values back there are some with any weight, or which are counted."""
        alpha, counted = _alpha(self._options), self._options["min_periods"] or 0
        return max(math.ceil(_NOTHING / math.log1p(-alpha)) + 1 if alpha < 1 else 1, counted)


class TimedAverages(ExponentialMovingWindow):
    """Averages in which the weight of a row halves in a span of time: ``df.ewm(halflife="1D", times=df.t)``.

    All rows come together in one task. As in pandas there is only `mean`.
    """

    def __init__(self, frame: FrameNode, options: dict[str, Any], times: FrameNode) -> None:
        self._frame = frame
        self._options = options
        self._times = times
        one_row(frame.meta).ewm(times=_moments(times.meta), **options)  # pandas' own errors

    def _apply(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if method != "mean":
            raise NotImplementedError(f"ewm(times=).{method}: there is only mean(), as in pandas")
        (mine, times), keeps = align("ewm", [self._frame, self._times])
        given = empty(timed_average(one_row(mine.meta), _moments(times.meta), self._options, kwargs))
        told = whole(times), self._options, kwargs
        made: FrameNode = Partitionwise(timed_average, (whole(mine), *told), given=given)
        return new(made if mine.npartitions == 1 or not keeps else Cut(mine, made))

    def _paired(self, method: str, other: Any, pairwise: bool | None, kwargs: dict[str, Any]) -> Any:
        return self._apply(method, (), kwargs)

    def __getitem__(self, key: Any) -> Any:
        return TimedAverages(new(self._frame)[key].expr, self._options, self._times)


def timed_average(rows: Any, times: Any, options: Mapping[str, Any], kwargs: Mapping[str, Any]) -> Any:
    """The averages of rows at some moments."""
    return rows.ewm(times=times, **options).mean(**kwargs)


def _moments(times: Any) -> Any:
    """One moment of the kind that there are."""
    return one_row(times) if isinstance(times, pd.Series) else one_row(times.to_series()).array


_NOTHING = math.log(1e-50)
"""The logarithm of a weight that changes no result, but where values differ by more than thirty orders of magnitude."""
_FAR = 1_000_000


def _alpha(options: Mapping[str, Any]) -> float:
    """How much of the weight a row takes."""
    com, span, halflife, alpha = (options[name] for name in ("com", "span", "halflife", "alpha"))
    if alpha is not None:
        return float(alpha)
    if halflife is not None:
        return -math.expm1(-math.log(2) / halflife)
    return 1 / (1 + com) if com is not None else 2 / (span + 1)


for _name in (*AGGREGATES, *NEWER):
    if _name not in vars(Expanding):
        setattr(Expanding, _name, aggregate_method(_name))
for _name in ("mean", "sum", "std", "var"):
    setattr(ExponentialMovingWindow, _name, aggregate_method(_name))


class GrowingWindows(FrameCollection):
    """`expanding` and `ewm` of DataFrame and Series."""

    def expanding(self, min_periods: int = 1, method: str = "single") -> Expanding:
        """Windows from the first row to each.

        Parameters
        ----------
        min_periods
            How many values a window must have.
        method
            "single".

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([1, 2, 6]), npartitions=2).expanding().mean().compute().tolist()
        [1.0, 1.5, 3.0]
        """
        if method != "single":
            raise NotImplementedError(f'expanding(method={method!r}): expected "single"')
        return Expanding(self.expr, {"min_periods": min_periods})

    def ewm(
        self,
        com: float | None = None,
        span: float | None = None,
        halflife: Any = None,
        alpha: float | None = None,
        min_periods: int | None = 0,
        adjust: bool = True,
        ignore_na: bool = False,
        times: Any = None,
        method: str = "single",
    ) -> ExponentialMovingWindow:
        """Averages in which the weight of a row decays, as `ewm` of pandas.

        Parameters
        ----------
        com, span, halflife, alpha
            How fast: one of them.
        min_periods
            How many values there must be.
        adjust
            Whether to divide by the weights there are.
        ignore_na
            Whether missing values let no weight decay.
        times
            The moments of the rows, which increase: lazy, or in memory. The `halflife` is a span of time then.
        method
            "single".

        Raises
        ------
        ValueError
            As pandas raises it for what does not go together.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([1.0, 2.0]), npartitions=2).ewm(alpha=0.5, adjust=False).mean().compute().tolist()
        [1.0, 1.5]
        """
        told = {"com": com, "span": span, "halflife": halflife, "alpha": alpha, "min_periods": min_periods}
        told |= {"adjust": adjust, "ignore_na": ignore_na}
        if method != "single":
            raise NotImplementedError(f'ewm(method={method!r}): expected "single"')
        if times is None:
            return ExponentialMovingWindow(self.expr, told)
        return TimedAverages(self.expr, told, operand(times, self.expr, "ewm"))
