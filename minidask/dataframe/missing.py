"""`dropna` and `fillna` where they look further than a partition: at all rows of a column, or how many there were."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.dataframe.base import FrameCollection
from minidask.dataframe.binding import named


class MissingValues(FrameCollection):
    """Comes before the methods of the table, which work on each partition by itself."""

    def dropna(self, *args: Any, **kwargs: Any) -> Any:
        """The rows without missing values; with ``axis=1`` the columns, whose missing values are counted now.

        Parameters
        ----------
        *args, **kwargs
            As `dropna` of pandas takes them.

        Raises
        ------
        KeyError
            `subset` has a column that is not there.
        NotImplementedError
            `subset` with ``axis=1``.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"x": [1.0, None], "y": [3, 4]}), npartitions=2)
        >>> len(df.dropna()), list(df.dropna(axis=1).columns)
        (1, ['y'])
        """
        given = named(self._pandas, "dropna", args, kwargs)
        if given.get("axis") == 1:
            return self._complete_columns(**given)
        return super().dropna(**given)  # type: ignore[misc]

    def _complete_columns(
        self, axis: Any, how: str | None = None, thresh: int | None = None, subset: Any = None, **others: Any
    ) -> Any:
        if subset is not None or others.get("ignore_index"):
            raise NotImplementedError("dropna(axis=1) looks at all rows: it takes neither subset= nor ignore_index=")
        told = {name: value for name, value in (("how", how), ("thresh", thresh)) if value is not None}
        self._meta.dropna(axis=1, **told)  # pandas' own errors
        frame: Any = self
        counts = frame.count().compute().to_numpy()
        least = thresh if thresh is not None else 1 if how == "all" else len(frame)
        return frame.iloc[:, np.flatnonzero(counts >= least).tolist()]

    def fillna(self, *args: Any, **kwargs: Any) -> Any:
        """Other values instead of missing ones.

        Parameters
        ----------
        *args, **kwargs
            As `fillna` of pandas takes them; `limit` counts through all partitions,
            with ``axis=1`` those of a row.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([None, 1.0, None]), npartitions=3).fillna(7, limit=1).compute().tolist()
        [7.0, 1.0, nan]
        """
        given = named(self._pandas, "fillna", args, kwargs)
        limit = given.pop("limit", None)
        found = super().fillna(**given)  # type: ignore[misc]
        if limit is None:
            return found
        if not isinstance(limit, int | np.integer) or limit < 1:
            raise ValueError(f"limit={limit!r}: expected a whole number greater than 0")
        return found.where(self.isna().cumsum(axis=given.get("axis") or 0) <= limit, self)  # type: ignore[attr-defined]
