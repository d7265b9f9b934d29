"""Groups one by one: their names and numbers, going through them, samples of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import reduce
from operator import and_
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.align import whole
from minidask.dataframe.base import new
from minidask.dataframe.node import FrameNode, Partitionwise, Projection
from minidask.dataframe.partitions import Lengths
from minidask.dataframe.piped import Piped
from minidask.dataframe.selection import filtered


class PartsOfGroups(Piped):
    """What a group-by tells of its groups."""

    _frame: FrameNode
    _by: tuple[Any, ...]
    _grouping: Any
    _of_whole_groups: Callable[..., Any]
    _selected_columns: Callable[[], FrameNode]
    size: Callable[..., Any]

    def get_group(self, name: Any) -> Any:
        """The rows of one group.

        Parameters
        ----------
        name
            The key; for keys in a list a tuple.

        Raises
        ------
        ValueError
            A tuple of another length.
        KeyError
            Not a tuple, or missing where such rows are left out; later: there is no such group.
        """
        values = name if isinstance(name, tuple) and self._several else (name,)
        if len(values) != len(self._by):
            raise ValueError(f"get_group({name!r}): expected {len(self._by)} keys")
        left_out = self._grouping.options["dropna"] and any(pd.isna(value) is True for value in values)
        if left_out or (self._several and not isinstance(name, tuple)):
            raise KeyError(name)
        found = self._rows_of_group(values)
        args = found, Lengths(found), name
        return new(Partitionwise(_if_there, args, {}, "rows", True, given=found.meta, label="get_group"))

    def _rows_of_group(self, values: tuple[Any, ...]) -> FrameNode:
        """The rows with these keys."""
        keys = map(new, self._key_nodes())
        masks = [key.isna() if pd.isna(value) is True else key == value for key, value in zip(keys, values)]
        return filtered(self._selected_columns(), reduce(and_, masks).expr)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """The name of each group, and its rows as a lazy frame. Computes the names."""
        names = self._sizes()
        for name in names.index[names.to_numpy() > 0]:
            values = name if len(self._by) > 1 else (name,)
            yield values if self._several else name, new(self._rows_of_group(values))

    def __len__(self) -> int:
        """How many groups there are. Computes them."""
        return len(self._sizes())

    @property
    def ngroups(self) -> int:
        """How many groups there are. Computes them."""
        return len(self)

    @property
    def groups(self) -> Any:
        """The index labels of the rows of each group. Computes the keys."""
        return self._keys_in_memory().groups

    @property
    def indices(self) -> Any:
        """The numbers of the rows of each group. Computes the keys."""
        return self._keys_in_memory().indices

    @property
    def ndim(self) -> int:
        """2 for a DataFrame, 1 for a Series."""
        return 1 if isinstance(self._grouping.select, tuple) else int(self._frame.meta.ndim)

    @property
    def keys(self) -> Any:
        """What was given as `by`: labels of columns, and lazy Series."""
        found = [new(k) if isinstance(k, FrameNode) else k for k in self._by]
        return found if self._several else found[0]

    def ngroup(self, ascending: bool = True) -> Any:
        """For each row the number of its group, in the order of the groups.

        Parameters
        ----------
        ascending
            False: the last group has the number 0.

        Notes
        -----
        The names of all groups go to each partition.
        """
        sizes = self._by_key().size()
        told = pd.Series([], dtype="int64", index=self._frame.meta.index)
        args = (self._frame, tuple(self._key_nodes()), whole(sizes.expr), ascending)
        return new(Partitionwise(_numbers_of, args, {}, "rows", given=told, label="groupby-ngroup"))

    def sample(
        self,
        n: int | None = None,
        frac: float | None = None,
        replace: bool = False,
        weights: Any = None,
        random_state: Any = None,
    ) -> Any:
        """Some rows of each group by chance, as pandas picks them with the same `random_state`.

        Parameters
        ----------
        n, frac
            How many rows of each group; or which part of it.
        replace
            Whether a row may be there more than once.
        weights
            Not taken.
        random_state
            A whole number.

        Notes
        -----
        All rows come together in one task, so that the rows picked are those of pandas.
        """
        if weights is not None:
            raise NotImplementedError(
                "sample(weights=) of a group-by: use apply() with a function that samples a group"
            )
        if random_state is None:
            random_state = int(np.random.default_rng().integers(2**32))
        told = {"n": n, "frac": frac, "replace": replace, "random_state": random_state}
        return self._of_whole_groups("sample", (), told, 1, self._grouping.of(self._frame.meta, self._metas()).head(0))

    @property
    def _several(self) -> bool:
        return not self._grouping.scalar

    def _sizes(self) -> pd.Series:
        sizes: pd.Series = self._by_key().size().compute()
        return sizes

    def _by_key(self) -> Any:
        """The same groups, whose aggregates have the keys as index."""
        options = {**self._grouping.options, "as_index": True}
        return type(self)(self._frame, self._by, replace(self._grouping, options=options))  # type: ignore[call-arg]

    def _key_nodes(self) -> list[FrameNode]:
        return [k if isinstance(k, FrameNode) else Projection(self._frame, k) for k in self._by]

    def _metas(self) -> list[Any]:
        return [k.meta if isinstance(k, FrameNode) else k for k in self._by]

    def _keys_in_memory(self) -> Any:
        keys = [new(k).compute() for k in self._key_nodes()]
        options = {k: v for k, v in self._grouping.options.items() if k in ("sort", "observed", "dropna")}
        return keys[0].groupby(keys if self._several else keys[0], **options)


def _if_there(block: Any, count: int, name: Any) -> Any:
    """Some rows of a group that has so many."""
    if not count:
        raise KeyError(name)
    return block


def _numbers_of(block: Any, keys: tuple[pd.Series, ...], sizes: Any, ascending: bool) -> pd.Series:
    names = sizes.index
    rows = pd.Index(keys[0]) if len(keys) == 1 else pd.MultiIndex.from_arrays([k.array for k in keys])
    found = names.get_indexer(rows)
    missing = found < 0
    numbers = found if ascending else len(names) - 1 - found
    return pd.Series(np.where(missing, np.nan, numbers) if missing.any() else numbers, index=block.index)
