"""Which files and row groups of a Parquet dataset can have rows that are wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from minidask.dataframe.conditions import Condition, may_hold

Filters = tuple[tuple[Condition, ...], ...]
"""Groups of conditions: rows are wanted where all conditions of some group hold."""


def may_hold_in_piece(values: Mapping[str, Any], filters: Filters, pruning: Sequence[Condition]) -> bool:
    """Whether a file with these values of its hive partitions can have rows that are wanted."""

    def possible(conditions: Sequence[Condition]) -> bool:
        told = [c for c in conditions if c.column in values]
        return all(may_hold(c, values[c.column], values[c.column]) for c in told)

    return possible(pruning) and (not filters or any(map(possible, filters)))


def wanted_groups(
    file: Any, within: tuple[int, int] | None, filters: Filters, pruning: Sequence[Condition]
) -> list[int]:
    """The row groups whose statistics do not say that no row is wanted."""
    footer = file.metadata
    groups = range(footer.num_row_groups) if within is None else range(*within)
    if not filters and not pruning:
        return list(groups)
    places = {footer.schema.column(i).path: i for i in range(footer.num_columns)}
    return [
        g
        for g in groups
        if _possible(footer.row_group(g), places, pruning)
        and (not filters or any(_possible(footer.row_group(g), places, f) for f in filters))
    ]


def _possible(group: Any, places: Mapping[str, int], conditions: Sequence[Condition]) -> bool:
    for condition in conditions:
        at = places.get(str(condition.column))
        statistics = group.column(at).statistics if at is not None else None
        if (
            statistics is not None
            and statistics.has_min_max
            and not may_hold(condition, statistics.min, statistics.max)
        ):
            return False
    return True
