"""`.dt`, `.cat` and the places of `.str`, `.list` and `.struct`."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd

from minidask.dataframe.accessor import Accessor
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.labels import with_categories
from minidask.dataframe.nested import ListAccessor, StructAccessor
from minidask.dataframe.node import Partitionwise
from minidask.dataframe.strings import StringAccessor
from minidask.dataframe.times import of_moments
from minidask.expr.blocks import unchanged


class DatetimeAccessor(Accessor):
    """`Series.dt`: dates and durations, partition by partition."""

    name = "dt"
    told: ClassVar[frozenset[str]] = frozenset({"tz", "unit", "freq"})
    now: ClassVar[frozenset[str]] = frozenset({"to_pytimedelta"})

    def _suited(self, func: Any) -> Any:
        return super()._suited(of_moments(func))


class CategoricalAccessor(Accessor):
    """`Series.cat`: categories, partition by partition."""

    name = "cat"

    @property
    def known(self) -> bool:
        """Whether the categories are known before computing."""
        return len(self._meta.categories) > 0

    @property
    def categories(self) -> pd.Index:
        """The categories."""
        self._check_known()
        return self._meta.categories

    @property
    def ordered(self) -> bool:
        """Whether the categories have an order."""
        return bool(self._meta.ordered)

    def as_known(self) -> Any:
        """The same values with the categories known, which are looked for in all rows now, if they were not.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> s = from_pandas(pd.Series(["b", "a", "b"]), npartitions=2).astype("category")
        >>> s.cat.known, s.cat.as_known().cat.categories.tolist()
        (False, ['a', 'b'])
        """
        return self._series if self.known else with_categories(self._series)

    def as_unknown(self) -> Any:
        """The same values, as if the categories were not known before computing."""
        unknown = pd.CategoricalDtype(ordered=self.ordered)
        meta = self._series._meta.astype(self._series._meta.dtype.categories.dtype).astype(unknown)
        return new(Partitionwise(unchanged, (self._series.expr,), {}, "rows", True, given=meta))

    def remove_unused_categories(self) -> Any:
        """Only the categories that some row has, which are looked for now."""
        codes = set(self.codes.unique().compute())
        used = [c for code, c in enumerate(self.categories) if code in codes]
        return self.set_categories(used)

    def _check_known(self) -> None:
        if not self.known:
            raise NotImplementedError(
                "the categories depend on all rows; find them with .cat.as_known(), "
                "or give them: astype(pd.CategoricalDtype([...]))"
            )


class Accessors(FrameCollection):
    """The accessors of Series and Index."""

    @property
    def str(self) -> StringAccessor:
        """String methods, as `pandas.Series.str`."""
        return StringAccessor(self)

    @property
    def list(self) -> ListAccessor:
        """Lists of Arrow, as `pandas.Series.list`."""
        return ListAccessor(self)

    @property
    def struct(self) -> StructAccessor:
        """Structures of Arrow, as `pandas.Series.struct`."""
        return StructAccessor(self)

    @property
    def dt(self) -> DatetimeAccessor:
        """Properties of dates and durations, as `pandas.Series.dt`."""
        return DatetimeAccessor(self)

    @property
    def cat(self) -> CategoricalAccessor:
        """Categories, as `pandas.Series.cat`."""
        return CategoricalAccessor(self)
