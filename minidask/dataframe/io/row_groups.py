"""How the row groups of Parquet files fall into partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

import pandas as pd

from minidask.dataframe.divisions import divisions_between
from minidask.dataframe.io.dataset import Dataset, Span
from minidask.dataframe.io.footers import Footer
from minidask.dataframe.node import Divisions
from minidask.dataframe.numbering import rows_before

Plan = tuple[tuple[Span, ...], ...]
"""For each partition the row groups that it is made of."""


def partitions(
    dataset: Dataset, split: bool | int | str, blocksize: float, aggregate: bool | str, wanted: Callable[[Span], bool]
) -> Plan:
    """The plan for a dataset.

    Parameters
    ----------
    dataset
        The files.
    split
        False: a file is a partition; True: a row group is; a number: so many are; "adaptive": as many as fit into
        `blocksize`; "infer": "adaptive" where the first file is larger than that.
    blocksize
        The bytes of a partition, as they are in memory.
    aggregate
        Whether a partition takes several files, as many as fit into `blocksize`; the name of a hive partition: only
        files with one value of it, and of those that it is in.
    wanted
        Whether anything of some row groups may be; partitions without any are left out, all but one.

    Raises
    ------
    ValueError
        There is no such way to split, or no such partition.
    """
    if split not in ("infer", "adaptive") and not (isinstance(split, bool | int) and split >= 0):
        raise ValueError(f'split_row_groups={split!r}: expected True, False, a number, "infer" or "adaptive"')
    if split == "infer":
        first = dataset.footer(0)
        size = sum(_size(first, g) for g in range(len(first.numbers)))
        split = "adaptive" if size > blocksize or aggregate else False
    spans = [
        Span(i, *span)
        for i, footer in enumerate(dataset.footers())
        for span in pairwise(_cuts(footer, split, blocksize))
    ]
    kept = [span for span in spans if wanted(span)] or [spans[0]._replace(stop=spans[0].start)]
    if not aggregate:
        return tuple((span,) for span in kept)
    return tuple(
        part for together in _may_join(dataset, kept, aggregate) for part in _joined(dataset, together, blocksize)
    )


def _cuts(footer: Footer, split: bool | int | str, blocksize: float) -> list[int]:
    """Where partitions begin in a file, and where the last one ends."""
    n = len(footer.numbers)
    if split == "adaptive":
        return [*_adaptive(footer, blocksize), n]
    return [*(range(0, n, int(split)) if split else ()), n] if split and n else [0, n]


def _adaptive(footer: Footer, blocksize: float) -> Iterator[int]:
    size = 0
    yield 0
    for g in range(len(footer.numbers)):
        size += _size(footer, g)
        if size > blocksize and g:
            yield g
            size = _size(footer, g)


def _size(footer: Footer, group: int) -> int:
    return int(footer.group(group).total_byte_size)


def _may_join(dataset: Dataset, spans: Iterable[Span], aggregate: bool | str) -> Iterator[list[Span]]:
    """The spans that may be in one partition, in their order."""
    names = [*dataset.hive]
    if aggregate is not True and aggregate not in names:
        raise ValueError(f"aggregate_files={aggregate!r}: expected True, False or one of the hive partitions {names}")
    until = 0 if aggregate is True else names.index(str(aggregate)) + 1
    for _, found in groupby(spans, lambda span: [dataset.hive[name][span.file] for name in names[:until]]):
        yield list(found)


def _joined(dataset: Dataset, spans: Sequence[Span], blocksize: float) -> Iterator[tuple[Span, ...]]:
    """As many together as fit into a block."""
    found: list[Span] = []
    size = 0
    for span in spans:
        own = sum(_size(dataset.footer(span.file), g) for g in range(span.start, span.stop))
        if found and size + own > blocksize:
            yield tuple(found)
            found, size = [], 0
        found.append(span)
        size += own
    yield tuple(found)


def lengths_of(dataset: Dataset, plan: Plan) -> tuple[int, ...]:
    """The rows of each partition."""
    return tuple(sum(map(dataset.rows, spans)) for spans in plan)


def extremes_of(dataset: Dataset, plan: Plan, name: str, dtype: Any) -> list[tuple[Any, Any]] | None:
    """The least and the greatest value of a field in each partition, as statistics tell.

    None, where they do not, or values are missing.
    """
    bounds: list[Any] = []
    for spans in plan:
        found = [dataset.footer(s.file).statistics(g, name) for s in spans for g in range(s.start, s.stop)]
        if not found or any(s is None or not s.has_min_max or s.null_count != 0 for s in found):
            return None
        bounds += [min(s.min for s in found), max(s.max for s in found)]
    labels = pd.Index(bounds).astype(dtype).tolist()
    return list(zip(labels[::2], labels[1::2]))


def is_complete(dataset: Dataset, plan: Plan, name: str) -> bool:
    """Whether statistics tell that no value of a field is missing."""
    spans = (span for part in plan for span in part)
    found = (dataset.footer(s.file).statistics(g, name) for s in spans for g in range(s.start, s.stop))
    return all(s is not None and s.has_null_count and s.null_count == 0 for s in found)


def divisions_of_index(dataset: Dataset, plan: Plan, name: str, index: pd.Index) -> Divisions:
    """As the statistics of the index, a field of this name, tell; () if they do not."""
    ends = extremes_of(dataset, plan, name, index.dtype)
    return () if ends is None else divisions_between(ends)


def divisions_of_numbers(dataset: Dataset, plan: Plan) -> Divisions:
    """Those of an index that counts the rows; () where a partition has none."""
    lengths = lengths_of(dataset, plan)
    return (*rows_before(lengths), sum(lengths) - 1) if all(lengths) else ()
