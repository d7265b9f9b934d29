"""The methods of strings, for all items of a bag at once."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import partial
from operator import methodcaller
from typing import Any

from minidask.bag.base import BagBase
from minidask.bag.steps import ITEM, Each, Filter


class StringMethods:
    """What `bag.str` is."""

    def __init__(self, bag: BagBase) -> None:
        self._bag = bag

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not callable(getattr(str, name, None)):
            raise AttributeError(f"strings have no method {name!r}")
        return partial(self._call, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in dir(str) if not name.startswith("_"))})

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        caller = methodcaller(method, *args, **kwargs)
        return self._bag.partitionwise(Each(caller, (ITEM,)), label=f"str.{method}")

    def match(self, pattern: str) -> Any:
        """The strings that match a pattern of the kind that file names are matched with.

        Parameters
        ----------
        pattern
            With ``*``, ``?`` and ``[...]``.
        """
        matches = partial(fnmatchcase, pat=pattern)
        return self._bag.partitionwise(Filter(matches, keep=True), label="str.match")
