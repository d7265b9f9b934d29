"""Windows over two frames at once, of which all rows come together in one task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from minidask.dataframe.align import align, whole
from minidask.dataframe.base import new
from minidask.dataframe.foreign import operand
from minidask.dataframe.meta import empty
from minidask.dataframe.node import FrameNode, Partitionwise, is_frame
from minidask.dataframe.reductions import one_row


def piped(windows: Any, func: Callable[..., Any] | tuple[Callable[..., Any], str], args: Any, kwargs: Any) -> Any:
    """What a function gives for windows; of a pair (function, keyword) the function, with them as the keyword."""
    if isinstance(func, tuple):
        return func[0](*args, **{func[1]: windows, **kwargs})
    return func(windows, *args, **kwargs)


def pair_of(mine: FrameNode, other: Any, called: str) -> tuple[FrameNode, FrameNode]:
    """Two frames of the same rows; without another one, one of them twice.

    Raises
    ------
    TypeError, ValueError
        The other one is no frame; they cannot be aligned.
    """
    if other is None:
        return mine, mine
    node = operand(other, mine, called)
    if not is_frame(node):
        raise TypeError(f"{called}(other): expected a Series or DataFrame, got a {type(other).__name__}")
    (left, right), _ = align(called, [mine, node])
    return left, right


def pair_of_whole(
    left: FrameNode, right: FrameNode, windows: tuple[str, Mapping[str, Any]], method: str, kwargs: dict[str, Any]
) -> Any:
    """The collection of what a method gives for the windows over all rows of two frames.

    Parameters
    ----------
    left, right
        Of the same rows.
    windows
        The method of pandas that makes them, and its options.
    method
        "corr" or "cov".
    kwargs
        Its arguments.
    """
    if left is right:
        kwargs = {**kwargs, "pairwise": True if kwargs["pairwise"] is None else kwargs["pairwise"]}
    told: dict[str, Any] = {"windows": windows, "method": method, "kwargs": kwargs}
    given = empty(_paired(one_row(left.meta), one_row(right.meta), **told))
    return new(Partitionwise(_paired, (whole(left), whole(right)), told, given=given, label=method))


def _paired(left: Any, right: Any, windows: tuple[str, Mapping[str, Any]], method: str, kwargs: Any) -> Any:
    made, options = windows
    return getattr(getattr(left, made)(**options), method)(right, **kwargs)
