"""Texts, element by element: NumPy's module `numpy.strings`, for arrays in blocks.

What is a ufunc there is NumPy's own. Where the length of the results depends on the texts, the dtype has one that
suffices for all texts of the given dtype; NumPy's is that of the longest. Of arrays of `numpy.dtypes.StringDType`,
which have no length, nothing has to be known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from numpy.strings import (
    add,
    count,
    endswith,
    equal,
    find,
    greater,
    greater_equal,
    index,
    isalnum,
    isalpha,
    isdecimal,
    isdigit,
    islower,
    isnumeric,
    isspace,
    istitle,
    isupper,
    less,
    less_equal,
    lstrip,
    not_equal,
    rfind,
    rindex,
    rstrip,
    startswith,
    str_len,
    strip,
)

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.nodes.elementwise import elementwise, several
from minidask.array.operators import operand
from minidask.array.protocol import register

__all__ = [
    "add", "capitalize", "center", "count", "decode", "encode", "endswith", "equal", "expandtabs", "find", "greater",
    "greater_equal", "index", "isalnum", "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace",
    "istitle", "isupper", "less", "less_equal", "ljust", "lower", "lstrip", "multiply", "not_equal", "partition",
    "replace", "rfind", "rindex", "rjust", "rpartition", "rstrip", "startswith", "str_len", "strip", "swapcase",
    "title", "translate", "upper", "zfill",
]  # fmt: skip


@dataclass(frozen=True)
class OfTexts:
    """A function of NumPy for texts, whose results are of a dtype that is told, or what it finds.

    Parameters
    ----------
    name, module
        Where NumPy has it: `numpy.strings` or `numpy.char`.
    dtypes
        Of each result; none: NumPy's function knows it without the texts.
    """

    name: str
    dtypes: tuple[np.dtype[Any], ...] = ()
    module: str = "strings"

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        shape = np.broadcast_shapes(*[a.shape for a in args if isinstance(a, np.ndarray)])
        if self.dtypes and 0 in shape:  # among none NumPy finds no longest one
            found: Any = [np.empty(shape, dtype) for dtype in self.dtypes]
        else:
            found = getattr(getattr(np, self.module), self.name)(*args, **kwargs)
        if not self.dtypes:
            return found
        several = found if isinstance(found, (tuple, list)) else (found,)
        held = tuple([np.asarray(one).astype(dtype, copy=False) for one, dtype in zip(several, self.dtypes)])
        return held if len(held) > 1 else held[0]


Lengths = Callable[..., tuple[tuple[str, int], ...]]
"""Of the length of the texts, and the other arguments, the kind ("": that of the texts) and length of each result."""


def _function(name: str, lengths: Lengths | None = None, module: str = "strings") -> Callable[..., Any]:
    theirs = getattr(getattr(np, module), name)
    names = list(signature(theirs).parameters)

    def lazy(a: Any, *args: Any, **kwargs: Any) -> Any:
        texts = asanyarray(a)
        if len(args) >= len(names) or set(kwargs) - set(names[1:]):
            signature(theirs).bind(a, *args, **kwargs)  # Python's error
        given = dict(zip(names[1:], args)) | kwargs
        dtypes = () if lengths is None or texts.dtype.kind not in "SU" else _dtypes(texts.dtype, lengths, name, given)
        func = OfTexts(name, dtypes, module)
        moving = [_argument(value) for value in given.values()]
        if len(dtypes) > 1:
            return tuple(map(Array.of, several(func, texts.expr, *moving)))
        return Array.of(elementwise(func, texts.expr, *moving))

    lazy.__name__ = lazy.__qualname__ = name
    lazy.__doc__ = f"`numpy.{module}.{name}`, element by element, of a lazy array or what can be made one."
    return lazy


def _argument(value: Any) -> Any:
    return value if isinstance(value, Mapping) else operand(value)


def _dtypes(texts: np.dtype[Any], lengths: Lengths, name: str, given: Mapping[str, Any]) -> tuple[np.dtype[Any], ...]:
    """The dtypes of the results, each with a length that suffices for all."""
    lazy = [k for k, value in given.items() if isinstance(value, Array) and value.dtype.kind in "iub"]
    if lazy:
        raise NotImplementedError(
            f"strings.{name} with a lazy {lazy[0]}=: it decides how long texts become; compute() it first, or use "
            "texts of numpy.dtypes.StringDType"
        )
    found = lengths(_length(texts), **given)
    return tuple([np.dtype(f"{kind or texts.kind}{max(n, 1)}") for kind, n in found])


def _length(value: Any) -> int:
    """The number of characters of the longest text that there can be."""
    dtype = getattr(value, "dtype", None) or (value if isinstance(value, np.dtype) else np.asarray(value).dtype)
    return int(dtype.itemsize // (4 if dtype.kind == "U" else 1))


def _most(value: Any) -> int:
    """The largest of some numbers; 0 at least."""
    return max(0, int(np.max(value, initial=0)))


def _multiplied(n: int, i: Any) -> Any:
    return (("", n * _most(i)),)


def _justified(n: int, width: Any, fillchar: Any = " ") -> Any:
    return (("", max(n, _most(width))),)


def _replaced(n: int, old: Any, new: Any, count: Any = -1) -> Any:
    """Each text of at least one character, and of no character also at the end, by a longer one."""
    least = len(old) if isinstance(old, str | bytes) else 0
    places = n // least if least else n + 1
    places = places if np.min(count) < 0 else min(places, _most(count))
    return (("", n + places * max(0, _length(new) - least)),)


def _expanded(n: int, tabsize: Any = 8) -> Any:
    return (("", n * max(1, _most(tabsize))),)


def _parted(n: int, sep: Any) -> Any:
    return ("", n), ("", _length(sep)), ("", n)


def _encoded(n: int, encoding: str | None = None, errors: str | None = None) -> Any:
    """At most four bytes a character, and a mark; an error handler may write more."""
    simple = (encoding or "").lower().replace("_", "-") in ("ascii", "us-ascii", "latin-1", "latin1", "iso-8859-1")
    if errors not in (None, "strict", "ignore", "replace"):
        raise NotImplementedError(f"strings.encode with errors={errors!r}; use map_blocks, with dtype=")
    return (("S", n if simple else 4 * n + 4),)


def _decoded(n: int, encoding: str | None = None, errors: str | None = None) -> Any:
    if errors not in (None, "strict", "ignore", "replace"):
        raise NotImplementedError(f"strings.decode with errors={errors!r}; use map_blocks, with dtype=")
    return (("U", n),)


def _translated(n: int, table: Any, deletechars: Any = None) -> Any:
    longest = max([1, *(len(v) for v in table.values() if isinstance(v, str))]) if isinstance(table, Mapping) else 1
    return (("", n * longest),)


capitalize = _function("capitalize")
lower = _function("lower")
swapcase = _function("swapcase")
title = _function("title")
upper = _function("upper")
center = _function("center", _justified)
decode = _function("decode", _decoded)
encode = _function("encode", _encoded)
expandtabs = _function("expandtabs", _expanded)
ljust = _function("ljust", _justified)
multiply = _function("multiply", _multiplied)
partition = _function("partition", _parted)
replace = _function("replace", _replaced)
rjust = _function("rjust", _justified)
rpartition = _function("rpartition", _parted)
translate = _function("translate", _translated)
zfill = _function("zfill", _justified)

_OF_CHAR = ("equal", "greater", "greater_equal", "less", "less_equal", "not_equal", "rsplit", "split", "splitlines")
"""What only `numpy.char` has, or has otherwise: blanks at the end do not count, and lists are elements."""

register({name: globals()[name] for name in __all__}, np.strings)
register({name: _function(name, module="char") for name in _OF_CHAR}, np.char)
