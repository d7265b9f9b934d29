"""`pipe`, of frames as of all that is made of them: windows, bins, groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Piped:
    """What can be handed to a function."""

    def pipe(self, func: Callable[..., Any] | tuple[Callable[..., Any], str], *args: Any, **kwargs: Any) -> Any:
        """``func(self, *args, **kwargs)``; of a pair (function, keyword) the function, with this as the keyword.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([1, 2])).pipe(lambda x, by: x * by, 3).compute().tolist()
        [3, 6]
        """
        if isinstance(func, tuple):
            return func[0](*args, **{func[1]: self, **kwargs})
        return func(self, *args, **kwargs)
