"""`.list` and `.struct`: values of Arrow that have parts."""

from __future__ import annotations

from typing import Any, ClassVar

from minidask.dataframe.accessor import Accessor
from minidask.dataframe.base import new
from minidask.dataframe.node import Method, Partitionwise


class ListAccessor(Accessor):
    """`Series.list`: lists of Arrow, partition by partition."""

    name = "list"
    regroups: ClassVar[frozenset[str]] = frozenset({"flatten"})

    def __getitem__(self, key: Any) -> Any:
        return new(Partitionwise(Method("list.__getitem__"), (self._series.expr, key), {}, "rows"))


class StructAccessor(Accessor):
    """`Series.struct`: structures of Arrow, partition by partition."""

    name = "struct"

    @property
    def dtypes(self) -> Any:
        """The dtypes of the fields."""
        return self._meta.dtypes
