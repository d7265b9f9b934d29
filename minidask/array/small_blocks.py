"""A warning where arrays that meet are cut into very many small blocks."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from math import prod

from minidask.array.chunks import Chunks
from minidask.errors import PerformanceWarning
from minidask.expr.node import user_frame

_TIMES = 10
"""How much each of the arrays is cut at least."""
_BLOCKS = 1000
"""How many blocks come of it at least: fewer cost nothing."""


def warn_of_small_blocks(cuts: Iterable[tuple[Chunks, Chunks]]) -> None:
    """Warn where each of several arrays, of which these were and are the chunks, has got very many more blocks.

    Blocks of rows that meet blocks of columns do that.

    Examples
    --------
    >>> warn_of_small_blocks([(((4, 4),), ((2, 2, 4),)), (((2, 6),), ((2, 2, 4),))])
    """
    counts = [(_count(before), _count(after)) for before, after in cuts]
    times = min((after // before for before, after in counts if before), default=1)
    most = max((after for _, after in counts), default=0)
    if times >= _TIMES and most >= _BLOCKS:
        text = (
            f"arrays meet whose chunks hardly fit each other: each is cut into {times} times as many blocks, {most};"
            " rechunk one of them like the other before"
        )
        warnings.warn_explicit(text, PerformanceWarning, *(user_frame() or ("minidask", 1)))


def _count(chunks: Chunks) -> int:
    return prod(map(len, chunks))
