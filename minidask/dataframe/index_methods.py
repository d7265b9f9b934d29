"""The methods of an Index: those of each label by itself, those of all labels, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.accessor import Attribute
from minidask.dataframe.align import whole
from minidask.dataframe.argsort import argsort_of_index
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import named
from minidask.dataframe.foreign import is_mask
from minidask.dataframe.index_sets import SORTS, has_order, set_operation, sorted_labels
from minidask.dataframe.node import AsIndex, FrameNode, Method, Partitionwise
from minidask.dataframe.numbering import Numbered
from minidask.dataframe.order import OrderedValues
from minidask.dataframe.times import of_moments
from minidask.dataframe.user import mapped, no_default


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BY_LABEL = _names(
    """
    add_categories as_ordered as_unit as_unordered astype ceil day_name droplevel fillna floor get_level_values
    infer_objects isocalendar month_name normalize ravel remove_categories rename_categories reorder_categories
    reorder_levels replace round set_categories set_codes set_levels set_names shift strftime swaplevel
    to_flat_index to_julian_date to_period to_timestamp total_seconds truncate tz_convert tz_localize view
    """
)
"""Methods of each label by itself."""

PARTS = _names(
    """
    date day day_of_week day_of_year dayofweek dayofyear days days_in_month daysinmonth end_time hour
    is_leap_year is_month_end is_month_start is_quarter_end is_quarter_start is_year_end is_year_start left
    length microsecond microseconds mid minute month nanosecond nanoseconds quarter right second seconds
    start_time time timetz week weekday weekofyear year
    """
)
"""Properties of each label by itself."""

TOLD = _names(
    """
    categories closed names nlevels ordered tz tzinfo unit
    """
)
"""Properties that are known without any label."""

TOGETHER = _names(
    """
    append argsort delete diff difference drop insert intersection join putmask remove_unused_levels repeat snap
    sort_values symmetric_difference take union where
    """
)
"""Methods of all labels, which come together in one task where they must: what comes out is an Index."""

NOW = _names(
    """
    asof asof_locs equal_levels get_indexer get_indexer_for get_indexer_non_unique get_loc get_loc_level
    get_locs get_slice_bound identical indexer_at_time indexer_between_time mean reindex slice_indexer
    slice_locs sortlevel std to_pydatetime to_pytimedelta
    """
)
"""Methods whose answer is no Index: of all labels, made now."""

NOW_TOLD = _names(
    """
    array asi8 codes freq freqstr inferred_freq inferred_type is_normalized is_overlapping levels levshape
    resolution
    """
)
"""Properties of all labels, made now."""


class IndexValues(OrderedValues):
    """What an Index has, as `pandas.Index`, `DatetimeIndex` or `MultiIndex`, by what it is.

    Where pandas gives a bare array with a value for each label, this gives an Index.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(self._meta, name):
            hint = f"; to_series().{name} is that of its labels" if hasattr(pd.Series, name) else ""
            raise AttributeError(f"{type(self._meta).__name__} has no attribute {name!r}{hint}")
        if name in TOLD:
            return getattr(self._meta, name)
        if name in PARTS:
            return new(Partitionwise(AsIndex(of_moments(Attribute(name))), (self.expr,), {}, "rows"))
        if name in NOW_TOLD:
            return getattr(self.compute(), name)
        for names, make in ((BY_LABEL, _by_label), (TOGETHER, _together), (NOW, _now)):
            if name in names:
                return make(self, name)
        raise NotImplementedError(f"Index.{name} is not supported; compute() first")

    def __dir__(self) -> list[str]:
        known = BY_LABEL | PARTS | TOLD | TOGETHER | NOW | NOW_TOLD
        return [*super().__dir__(), *(name for name in known if hasattr(self._meta, name))]

    def _series(self) -> Any:
        return self.to_series().reset_index(drop=True)

    def to_series(self, index: Any = None, name: Any = None) -> Any:
        """The labels as a Series, under themselves.

        Parameters
        ----------
        index
            Only None.
        name
            Of the Series; by default that of the index.
        """
        if index is not None:
            raise NotImplementedError("to_series(index=): assign to the index of the result")
        return new(Partitionwise(Method("to_series"), (self.expr,), {} if name is None else {"name": name}, "rows"))

    def to_frame(self, index: bool = True, name: Any = no_default) -> Any:
        """The labels as columns, a column for each level.

        Parameters
        ----------
        index
            Whether the rows are under their labels; else they are numbered through all partitions.
        name
            Of the column, or a list of those of all levels; by default those of the index.
        """
        told = {"index": index} | ({} if name is no_default else {"name": name})
        node = Partitionwise(Method("to_frame"), (self.expr,), told, "rows" if index else "")
        return new(node if index else Numbered(node))

    def _rows(self) -> Any:
        """A Series with these labels, and nothing to speak of in it."""
        return new(Partitionwise(_labelled, (self.expr,), {}, "rows"))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int | np.integer):
            return self.to_series().iloc[key]
        rows = self._rows()
        if isinstance(key, FrameCollection) and isinstance(key._meta, pd.Index):
            key = new(Partitionwise(_mask_of, (self.expr, key.expr), {}, "rows"))
        return (rows[key] if is_mask(key) else rows.iloc[key]).index

    def __iter__(self) -> Iterator[Any]:
        """The labels; computes one partition after the other."""
        for i in range(self.npartitions):
            yield from self.partitions[i].compute()

    def __contains__(self, label: Any) -> bool:
        """Whether a label is there; looks for it now."""
        return bool(self.isin([label]).to_series().any().compute())

    def count(self) -> Any:
        """How many labels are not missing, as a lazy scalar."""
        return self._series().count()

    def memory_usage(self, deep: bool = False) -> Any:
        """The bytes that the labels take, as a lazy scalar.

        Parameters
        ----------
        deep
            Whether to look into Python objects.
        """
        return new(Partitionwise(_bytes, (self.expr, deep), given=pd.Series([], dtype="int64"))).sum()

    @property
    def nbytes(self) -> Any:
        """The bytes that the labels take, as a lazy scalar."""
        return new(Partitionwise(_nbytes, (self.expr,), given=pd.Series([], dtype="int64"))).sum()

    def all(self, *args: Any, **kwargs: Any) -> Any:
        """Whether all labels are true, as a lazy scalar."""
        self._check_truth("all")
        return self._series().all(*args, skipna=False, **kwargs)

    def any(self, *args: Any, **kwargs: Any) -> Any:
        """Whether any label is true, as a lazy scalar."""
        self._check_truth("any")
        return self._series().any(*args, skipna=False, **kwargs)

    def _check_truth(self, name: str) -> None:
        if isinstance(self._meta, pd.MultiIndex):
            raise TypeError(f"cannot perform {name} with MultiIndex")

    def map(self, mapper: Any, na_action: str | None = None, meta: Any = no_default) -> Any:
        """Each label replaced by what a function, dict or Series gives for it.

        Parameters
        ----------
        mapper
            A function, a dict, or a Series in memory or lazy.
        na_action
            "ignore" leaves missing labels as they are.
        meta
            What comes out; by default the first partition tells, whose result is kept.
        """
        return mapped(self, mapper, {} if na_action is None else {"na_action": na_action}, "", meta)

    def unique(self, level: Any = None) -> Any:
        """The distinct labels in the order of their first places, in one partition.

        Parameters
        ----------
        level
            Of a MultiIndex, which level.
        """
        found: Any = self if level is None else self.get_level_values(level)
        node = Partitionwise(Method("drop_duplicates"), (found.expr,), {}, "divisions")
        return new(Partitionwise(Method("unique"), (whole(node),), {}))

    def drop_duplicates(self, keep: Any = "first") -> Any:
        """The labels without those that are there again.

        Parameters
        ----------
        keep
            Which of equal ones stays: "first", "last", or False for none of them.
        """
        return self._unduplicated(keep).index

    def _unduplicated(self, keep: Any) -> Any:
        rows = self._rows()
        return rows[~self._again(keep)]

    def _again(self, keep: Any) -> Any:
        if isinstance(self._meta, pd.MultiIndex):
            return self.to_frame().duplicated(keep=keep)
        return self.to_series().duplicated(keep=keep)

    def duplicated(self, keep: Any = "first") -> Any:
        """Whether each label is there before (with ``keep="last"``: after; with False: anywhere else).

        Parameters
        ----------
        keep
            "first", "last" or False.
        """
        return new(Partitionwise(_values_as_index, (self._again(keep).expr,), {}, "rows"))

    @property
    def is_unique(self) -> Any:
        """Whether no label is there twice, as a lazy scalar."""
        return ~self._again("first").any()

    @property
    def has_duplicates(self) -> Any:
        """Whether a label is there twice, as a lazy scalar."""
        return self._again("first").any()

    def value_counts(self, *args: Any, **kwargs: Any) -> Any:
        """How often each label is there; parameters as for `Series.value_counts`."""
        counts = self.to_series().value_counts(*args, **kwargs)
        if not isinstance(self._meta, pd.MultiIndex):
            return counts
        return new(Partitionwise(_under_levels, (counts.expr, list(self._meta.names)), {}))

    def factorize(self, sort: bool = False, use_na_sentinel: bool = True) -> tuple[Any, Any]:
        """The labels as numbers of distinct labels; see `Series.factorize`."""
        codes, uniques = super().factorize(sort, use_na_sentinel)
        if not isinstance(self._meta, pd.MultiIndex):
            return codes, uniques
        return codes, new(Partitionwise(_as_levels, (uniques.expr, [None] * self._meta.nlevels), {}))

    def is_(self, other: Any) -> bool:
        """Whether another lazy Index is the same expression.

        Parameters
        ----------
        other
            Anything.
        """
        return isinstance(other, FrameCollection) and other.expr is self.expr

    def groupby(self, values: Any) -> Any:
        """For each of some values, one a label, the labels; made now, as `pandas.Index.groupby`.

        Parameters
        ----------
        values
            Lazy or in memory.
        """
        return self.compute().groupby(values.compute() if isinstance(values, FrameCollection) else values)

    @property
    def T(self) -> Any:  # noqa: N802 - pandas' name
        """The index itself."""
        return self

    def transpose(self) -> Any:
        """The index itself."""
        return self

    def __copy__(self) -> Any:
        return type(self)(self.expr)

    def __deepcopy__(self, memo: Any = None) -> Any:
        return type(self)(self.expr)


def _labelled(index: pd.Index) -> pd.Series:
    return pd.Series(0, index=index, dtype="int8")


def _mask_of(index: pd.Index, mask: pd.Index) -> pd.Series:
    return pd.Series(mask.to_numpy(), index=index)


def _as_levels(labels: pd.Index, names: list[Any]) -> pd.MultiIndex:
    if len(labels):
        return pd.MultiIndex.from_tuples(labels, names=names)
    return pd.MultiIndex.from_arrays([[]] * len(names), names=names)


def _under_levels(counts: pd.Series, names: list[Any]) -> pd.Series:
    return counts.set_axis(_as_levels(counts.index, names))


def _values_as_index(block: pd.Series) -> pd.Index:
    return pd.Index(block.array)


def _nbytes(index: pd.Index) -> pd.Series:
    return pd.Series([index.nbytes])


def _bytes(index: pd.Index, deep: bool) -> pd.Series:
    return pd.Series([index.memory_usage(deep)])


def _method(name: str, made: Callable[..., Any], how: str = "") -> Callable[..., Any]:
    made.__name__ = name
    made.__doc__ = f"""As `{name}` of the index of pandas.{how}"""
    return made


def _by_label(index: IndexValues, name: str) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        told = named(type(index._meta), name, args, kwargs)
        if any(isinstance(v, FrameCollection) for v in told.values()):
            raise NotImplementedError(f"Index.{name} takes no lazy arguments; compute() them")
        if told.get("inplace"):
            raise NotImplementedError(f"Index.{name}(inplace=True): a lazy Index stays as it is; use what is returned")
        func: Any = Method(name) if name == "isocalendar" else AsIndex(of_moments(Method(name)))
        return new(Partitionwise(func, (index.expr,), told, "rows"))

    return _method(name, method)


_TOGETHER = " All labels come together in one task."
_MAY_BE_APART = f"{_TOGETHER[:-1]}, unless they are numbers, times or strings."


def _together(index: IndexValues, name: str) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        told = named(type(index._meta), name, args, kwargs)
        apart = _apart(index, name, told)
        if apart is not None:
            return apart
        told = {k: whole(v.expr) if isinstance(v, FrameCollection) else v for k, v in told.items()}
        other = told.get("other")
        if isinstance(other, list | tuple) and any(isinstance(o, FrameCollection) for o in other):
            told["other"] = tuple(whole(o.expr) if isinstance(o, FrameCollection) else o for o in other)
        needs_rows = name in ("delete", "drop", "insert", "take", "join", "repeat", "where", "putmask")
        meta = index._meta if needs_rows else None
        if told.get("return_indexer") or told.get("return_indexers"):
            return getattr(index.compute(), name)(*args, **kwargs)
        node: FrameNode = Partitionwise(AsIndex(Method(name)), (whole(index.expr),), told, "", given=meta)
        return new(node)

    return _method(name, method, _MAY_BE_APART if name in ("argsort", "sort_values", *SORTS) else _TOGETHER)


def _apart(index: IndexValues, name: str, told: Mapping[str, Any]) -> Any:
    """What a method gives whose work partitions do apart from each other; None where they cannot."""
    if name in SORTS:
        return set_operation(index, name, told)
    if name == "sort_values" and told.keys() <= {"ascending", "na_position"}:
        return sorted_labels(index, **told)
    sorts = name == "argsort" and told.keys() <= {"kind", "stable"} and has_order(index._meta)
    return argsort_of_index(index.expr) if sorts and index.npartitions > 1 else None


def _now(index: IndexValues, name: str) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        made = [a.compute() if isinstance(a, FrameCollection) else a for a in args]
        return getattr(index.compute(), name)(*made, **kwargs)

    return _method(name, method, " It is found now, of all labels.")
