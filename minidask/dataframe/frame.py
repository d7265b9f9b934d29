"""DataFrame, Series and Index: each is what its topics give it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import pandas as pd

from minidask.dataframe.accessors import Accessors
from minidask.dataframe.aggregation import Aggregates
from minidask.dataframe.agreement import ColumnTypes, TableTypes
from minidask.dataframe.apart import Apart, Divided
from minidask.dataframe.approximate import Approximate
from minidask.dataframe.assignment import Assignment
from minidask.dataframe.base import new
from minidask.dataframe.better_dtypes import BetterDtypes
from minidask.dataframe.combining import FrameCombining, SeriesCombining
from minidask.dataframe.correlation import FrameCorrelation, SeriesCorrelation
from minidask.dataframe.counts import FrameCounts, SeriesCounts
from minidask.dataframe.create import from_dict
from minidask.dataframe.cumulative import Cumulatives
from minidask.dataframe.custom import Custom
from minidask.dataframe.display import Display, Info
from minidask.dataframe.duplicates import Duplicates
from minidask.dataframe.elementwise import Arithmetic, Operators
from minidask.dataframe.exchange import Exchange, Rows, Values
from minidask.dataframe.expanding import GrowingWindows
from minidask.dataframe.foreign import called, is_function, is_mask, mask
from minidask.dataframe.groupby import Groups
from minidask.dataframe.iloc import Numbered
from minidask.dataframe.in_place import in_place
from minidask.dataframe.index_methods import IndexValues
from minidask.dataframe.interchange import Handed, HandedTable
from minidask.dataframe.io.to_parquet import ParquetWriter
from minidask.dataframe.io.writers import FrameWriters, SeriesWriters
from minidask.dataframe.joins import Joins
from minidask.dataframe.label_rows import ByLabel, SeriesByLabel, index_only, with_index
from minidask.dataframe.labels import FrameLabels, SeriesLabels
from minidask.dataframe.loc import AtLabel, Locations
from minidask.dataframe.methods import FrameMethods, IndexMethods, SeriesMethods
from minidask.dataframe.missing import MissingValues
from minidask.dataframe.node import Method, Partitionwise
from minidask.dataframe.order import Ordered, SeriesOrder
from minidask.dataframe.partitions import Partitions, index_of
from minidask.dataframe.pivots import Pivots, Unstacking
from minidask.dataframe.plotting import Pictures
from minidask.dataframe.quantiles import Quantiles
from minidask.dataframe.reductions import IndexReductions, Reductions
from minidask.dataframe.repartition import Repartition, Sampling
from minidask.dataframe.resample import Resampling
from minidask.dataframe.reshape import FrameReshape, Reshape
from minidask.dataframe.rolling import RollingWindows
from minidask.dataframe.selection import Selection, filtered, rows_of_slice
from minidask.dataframe.set_index import SetIndex
from minidask.dataframe.sorting import Sorting
from minidask.dataframe.tallies import FrameTallies, SeriesTallies
from minidask.dataframe.user import PartitionFunctions, UserMethods
from minidask.dataframe.whole import OfWhole
from minidask.dataframe.windows import Windows
from minidask.signatures import like


class Indexed(
    Groups,
    Sorting,
    Duplicates,
    Windows,
    Quantiles,
    Locations,
    Numbered,
    Cumulatives,
    Repartition,
    Sampling,
    Reshape,
    OfWhole,
    RollingWindows,
    GrowingWindows,
    Resampling,
    Unstacking,
    Apart,
    Approximate,
    BetterDtypes,
    Custom,
    Pictures,
    Display,
    Exchange,
):
    """What has an index: DataFrame and Series."""

    @property
    def index(self) -> Any:
        """The index, lazily."""
        return new(Partitionwise(index_of, (index_only(self.expr),), {}, "rows"))

    @index.setter
    def index(self, labels: Any) -> None:
        self.expr = with_index(self.expr, labels)

    @property
    def axes(self) -> list[Any]:
        """The index, and of a DataFrame the labels of the columns."""
        return [self.index, self._meta.columns] if isinstance(self._meta, pd.DataFrame) else [self.index]

    def __round__(self, decimals: int = 0) -> Any:
        return self.round(decimals)  # type: ignore[attr-defined]

    def __copy__(self) -> Any:
        return type(self)(self.expr)

    def __deepcopy__(self, memo: Any = None) -> Any:
        return type(self)(self.expr)


@in_place
@like(pd.DataFrame)
class DataFrame(
    Rows,
    TableTypes,
    HandedTable,
    FrameCombining,
    Ordered,
    ByLabel,
    FrameReshape,
    Pivots,
    FrameCorrelation,
    Info,
    FrameTallies,
    FrameCounts,
    Joins,
    SetIndex,
    Selection,
    Assignment,
    ParquetWriter,
    FrameWriters,
    FrameLabels,
    MissingValues,
    FrameMethods,
    Arithmetic,
    Reductions,
    Aggregates,
    UserMethods,
    Partitions,
    Indexed,
    pandas=pd.DataFrame,
):
    """A lazy `pandas.DataFrame` in partitions; made by `from_pandas`, `read_parquet`, `read_csv` and the like.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> df = from_pandas(pd.DataFrame({"x": [1, 2, 3, 4], "y": [5.0, 6.0, 7.0, 8.0]}), npartitions=2)
    >>> df[df.x > 2].y.mean().compute()
    np.float64(7.5)
    """

    @property
    def columns(self) -> pd.Index:
        """The labels of the columns."""
        return self._meta.columns

    @columns.setter
    def columns(self, names: Any) -> None:
        names = list(names)
        if len(names) != len(self.columns):
            raise ValueError(f"{len(names)} names for {len(self.columns)} columns")
        self.expr = self.rename(columns=dict(zip(self.columns, names))).expr

    @classmethod
    def from_dict(
        cls, data: Any, orient: str = "columns", dtype: Any = None, columns: Any = None, **kwargs: Any
    ) -> Any:
        """A lazy DataFrame of a dict. See `minidask.dataframe.from_dict`; `npartitions` is 1 by default."""
        return from_dict(data, kwargs.pop("npartitions", 1), orient, dtype, columns, **kwargs)

    @property
    def name(self) -> Any:
        """The column of this name, if there is one, as pandas has it; else that of the expression."""
        return self["name"] if "name" in self._meta.columns else self.expr.name

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._meta.columns:
            return self[name]
        raise AttributeError(f"{type(self).__name__} has no attribute or column {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        ours = name != "name" and hasattr(type(self), name)
        if name != "expr" and not ours and name in self._meta.columns:
            self[name] = value
        else:
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(c for c in self.columns if isinstance(c, str) and c.isidentifier())]


@in_place
@like(pd.Series)
class Series(
    ColumnTypes,
    Accessors,
    Values,
    Handed,
    SeriesCombining,
    SeriesOrder,
    SeriesByLabel,
    SeriesCorrelation,
    SeriesTallies,
    SeriesCounts,
    SeriesWriters,
    SeriesLabels,
    MissingValues,
    SeriesMethods,
    Arithmetic,
    Reductions,
    Aggregates,
    UserMethods,
    Partitions,
    Indexed,
    pandas=pd.Series,
):
    """A lazy `pandas.Series` in partitions; most often a column of a DataFrame.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> x = from_pandas(pd.Series([1, 2, 3, 4], name="x"), npartitions=2)
    >>> (x * 10)[x > 2].compute().tolist()
    [30, 40]
    """

    @property
    def dtypes(self) -> Any:
        """The dtype of the values."""
        return self.dtype

    @property
    def name(self) -> Any:
        """The name of the Series, as pandas has it."""
        return self._meta.name

    @property
    def T(self) -> Any:  # noqa: N802 - pandas' name
        """The Series itself."""
        return self

    def transpose(self) -> Any:
        """The Series itself."""
        return self

    def __getitem__(self, key: Any) -> Any:
        if is_function(key):
            key = called(key, self)
        if is_mask(key):
            return new(filtered(self.expr, mask(key, self.expr)))
        return rows_of_slice(self, key) if isinstance(key, slice) else self.loc[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        by_place = isinstance(key, slice) and all(
            k is None or isinstance(k, int) for k in (key.start, key.stop, key.step)
        )
        (self.iloc if by_place else self.loc)[key] = value

    def __contains__(self, label: Any) -> bool:
        """Whether the index has a label, found now."""
        return label in self.index

    def __iter__(self) -> Iterator[Any]:
        """The values; computes one partition after the other."""
        for i in range(self.npartitions):
            yield from self.partitions[i].compute()


class RowsAtLabel(AtLabel, DataFrame):
    """``frame.loc[label]``."""


class ElementsAtLabel(AtLabel, Series):
    """``series.loc[label]``."""


AtLabel.kinds.update({True: RowsAtLabel, False: ElementsAtLabel})


@in_place
@like(pd.Index)
class Index(
    ColumnTypes,
    IndexValues,
    Accessors,
    IndexMethods,
    IndexReductions,
    Operators,
    PartitionFunctions,
    Partitions,
    Repartition,
    Divided,
    Display,
    Exchange,
    pandas=pd.Index,
):
    """A lazy `pandas.Index` in partitions: that of a DataFrame or Series.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> from_pandas(pd.Series([1, 2], index=[10, 20]), npartitions=2).index.compute().tolist()
    [10, 20]
    """

    @property
    def name(self) -> Any:
        """The name of the index, as pandas has it."""
        return self._meta.name

    @property
    def names(self) -> Any:
        """The names of its levels."""
        return self._meta.names

    def rename(self, name: Hashable) -> Any:
        """The index under another name."""
        return new(Partitionwise(Method("rename"), (self.expr, name), {}, "rows"))
