"""`.str`: string methods, partition by partition; those that need all rows look for what they need first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from minidask.dataframe.accessor import Accessor
from minidask.dataframe.base import new
from minidask.dataframe.binding import bound
from minidask.dataframe.methods import apply_method
from minidask.dataframe.node import Method, Partitionwise
from minidask.dataframe.tallies import Condense
from minidask.expr.blocks import function_name
from minidask.kernels.ascii_strings import METHODS, answered


@dataclass(frozen=True)
class OfObjects:
    """A string method of objects, of which a block may have no string at all."""

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, block: Any, *args: Any, **kwargs: Any) -> Any:
        if not len(block) or pd.api.types.infer_dtype(block, skipna=True) in _STRINGS:
            return self.func(block, *args, **kwargs)
        more = pd.concat([pd.Series(block), pd.Series([""], dtype=object)])
        found = self.func(pd.Index(more) if isinstance(block, pd.Index) else more, *args, **kwargs)
        if isinstance(block, pd.Index):
            return found[:-1]
        return found.iloc[:-1].set_axis(block.index)


@dataclass(frozen=True)
class OfStrings:
    """A string method of what Arrow keeps: by what is faster where all characters are ASCII, or none has a meaning.

    Examples
    --------
    >>> OfStrings(Method("str.upper"))(pd.Series(["b", None], dtype="str")).tolist()
    ['B', nan]
    """

    func: Method

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, block: Any, *args: Any, **kwargs: Any) -> Any:
        name = self.__name__.removeprefix("str.")
        if name in METHODS and isinstance(block, pd.Series):
            found = answered(name, block.array)
            if found is not None:
                return pd.Series(found, index=block.index, name=block.name, copy=False)
        if name == "contains" and _is_literal(**kwargs):
            kwargs["regex"] = False
        return self.func(block, *args, **kwargs)


def _is_literal(pat: Any = "", case: bool = True, flags: int = 0, **others: Any) -> bool:
    """Whether a regular expression matches nothing but itself."""
    return isinstance(pat, str) and case is True and not flags and not _MEANINGFUL & {*pat}


_MEANINGFUL = frozenset(r".^$*+?{}[]\|()")
_STRINGS = ("string", "empty", "bytes", "mixed", "mixed-integer")
"""What pandas takes for strings, among objects."""


class StringAccessor(Accessor):
    """`Series.str`: string methods, partition by partition."""

    name = "str"
    regroups: ClassVar[frozenset[str]] = frozenset({"extractall"})

    def _suited(self, func: Any) -> Any:
        dtype = self._series._meta.dtype
        if isinstance(func, Method) and isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow":
            func = OfStrings(func)
        return super()._suited(OfObjects(func) if pd.api.types.is_object_dtype(dtype) else func)

    def __getitem__(self, key: Any) -> Any:
        return apply_method(Method("str.__getitem__"), self._series, (key,), {}, "rows", True)

    def cat(self, others: Any = None, sep: str | None = None, na_rep: str | None = None, join: str = "left") -> Any:
        """The strings of all rows as one, a lazy scalar; with `others`, each with the strings of others in its row.

        Parameters
        ----------
        others
            A Series, or a list of them, lazy or in memory.
        sep
            What stands between.
        na_rep
            What stands for missing values; by default they are left out, or make the result missing.
        join
            As pandas takes it.
        """
        if others is None:
            told = {"sep": sep or "", "na_rep": na_rep}
            return new(Condense(self._series.expr, _present, _all_present, _joined, told, labels=False, given=""))
        given = bound(self._series._pandas, "str.cat", (others, sep, na_rep), {"join": join})
        if isinstance(others, list | tuple):
            given["others"] = None
            found: Any = self._series
            for other in others:
                found = found.str.cat(other, sep=sep, na_rep=na_rep, join=join)
            return found
        return apply_method(self._suited(Method("str.cat")), self._series, (), given, "rows", True)

    def get_dummies(self, sep: str = "|", dtype: Any = None) -> Any:
        """A column for each of the words in the strings, 1 where a row has it. The words are looked for now.

        Parameters
        ----------
        sep
            What stands between words.
        dtype
            Of the columns.
        """
        told = {"sep": sep} if dtype is None else {"sep": sep, "dtype": dtype}
        words = new(Condense(self._series.expr, _words, _all_words, _all_words, told, labels=False, given=0)).compute()
        sample = pd.Series([sep.join(words)], dtype=self._series._meta.dtype).str.get_dummies(**told)
        given = sample.iloc[:0].set_axis(self._series._meta.index[:0])
        return new(Partitionwise(_dummies, (self._series.expr, given), told, "rows", given=given))

    def split(self, pat: str | None = None, *, n: int = -1, expand: bool = False, regex: bool | None = None) -> Any:
        """Split each string.

        Parameters
        ----------
        pat, regex
            Where to; by default at white space.
        n
            How many times at most.
        expand
            Whether to make columns of the parts; without `n`, how many there are is looked for now.
        """
        return self._split("split", {"pat": pat, "n": n, "expand": expand, "regex": regex})

    def rsplit(self, pat: str | None = None, *, n: int = -1, expand: bool = False) -> Any:
        """Split each string from its end. As `Series.str.rsplit`; see `split`."""
        return self._split("rsplit", {"pat": pat, "n": n, "expand": expand})

    def partition(self, sep: str = " ", expand: bool = True) -> Any:
        """Each string up to a separator, the separator, and the rest; ``expand=False`` gives tuples of these."""
        return self._split("partition", {"sep": sep, "expand": expand})

    def rpartition(self, sep: str = " ", expand: bool = True) -> Any:
        """Each string up to its last separator, the separator, and the rest. As `Series.str.rpartition`."""
        return self._split("rpartition", {"sep": sep, "expand": expand})

    def _split(self, name: str, given: dict[str, Any]) -> Any:
        if not given["expand"]:
            return apply_method(Method(f"str.{name}"), self._series, (), given, "rows", True)
        if isinstance(self._series._meta, pd.Index):
            raise NotImplementedError(f".str.{name}(expand=True) of an Index: to_series() first")
        most = given.get("n", 2)
        columns = self._parts(name, given) if most in (-1, 0, None) else most + 1
        return new(Partitionwise(split_into, (self._series.expr, name, columns), given, "rows"))

    def _parts(self, name: str, given: dict[str, Any]) -> int:
        """How many parts the string with most has."""
        parts = Partitionwise(_most_parts, (self._series.expr, name), given, given=pd.Series([], dtype="int64"))
        return int(new(parts).max().compute())


def split_into(block: pd.Series, name: str, columns: int, **given: Any) -> pd.DataFrame:
    """Strings split into so many columns, whether or not some string has so many parts."""
    return getattr(block.str, name)(**given).reindex(columns=range(columns)).astype(block.dtype)


def _most_parts(block: pd.Series, name: str, **given: Any) -> pd.Series:
    return pd.Series([getattr(block.str, name)(**given).shape[1]])


def _present(block: Any, sep: str, na_rep: str | None) -> list[str]:
    values = pd.Series(block).dropna() if na_rep is None else pd.Series(block)
    return [values.str.cat(sep=sep, na_rep=na_rep)] if len(values) else []


def _all_present(blocks: Sequence[list[str]], sep: str, na_rep: str | None) -> list[str]:
    there = [text for block in blocks for text in block]
    return [sep.join(there)] if there else []


def _joined(blocks: Sequence[list[str]], sep: str, na_rep: str | None) -> str:
    return "".join(_all_present(blocks, sep, na_rep))


def _words(block: Any, **told: Any) -> list[str]:
    return _all_words([list(pd.Series(block).drop_duplicates().str.get_dummies(**told).columns)])


def _all_words(blocks: Sequence[list[str]], **told: Any) -> list[str]:
    return sorted({word for block in blocks for word in block})


def _dummies(block: pd.Series, meta: pd.DataFrame, **told: Any) -> pd.DataFrame:
    found = block.str.get_dummies(**told)
    return found.reindex(columns=meta.columns, fill_value=0).astype(meta.dtypes)
