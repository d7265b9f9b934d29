"""Which files and row groups of a Parquet dataset can have rows that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from minidask.dataframe.conditions import Condition, may_hold
from minidask.dataframe.io.footers import Footer, parquet
from minidask.extras import import_extra

Filters = tuple[tuple[Condition, ...], ...]
"""Groups of conditions: rows are wanted where all conditions of some group hold."""


Groups = Sequence[Sequence[Condition]]


def wanted_groups(footer: Footer, within: Iterable[int], name_of: Callable[[Any], str], *asked: Groups) -> list[int]:
    """The row groups whose statistics do not say that no row is wanted.

    Parameters
    ----------
    footer
        That of the file.
    within
        The numbers of its row groups that are looked at.
    name_of
        Gives the field of a column.
    *asked
        Groups of conditions, of each of which some group must hold, where there are any.
    """

    def possible(number: int, conditions: Sequence[Condition]) -> bool:
        return all(_may_hold_in(footer, number, name_of(c.column), c) for c in conditions)

    return [g for g in within if all(not groups or any(possible(g, c) for c in groups) for groups in asked)]


def _may_hold_in(footer: Footer, group: int, name: str, condition: Condition) -> bool:
    statistics = footer.statistics(group, name)
    if statistics is None:
        return True
    if statistics.has_min_max:
        return may_hold(condition, statistics.min, statistics.max)
    nothing = statistics.has_null_count and statistics.null_count and not statistics.num_values
    return not nothing or condition.compare in ("in", "is")


def expression(groups: Groups) -> Any:
    """The expression of Arrow that is true where all conditions of some group hold.

    Examples
    --------
    >>> expression([[Condition("x", ">", 1), Condition("y", "is", None)]])
    <pyarrow.compute.Expression ((x > 1) and is_null(y, {nan_is_null=false}))>
    """
    compute = import_extra("pyarrow.compute", extra="parquet", purpose="filter rows of Parquet files")
    pq = parquet()

    def one(condition: Condition) -> Any:
        column, compare, value = condition
        if compare in ("is", "is not"):
            missing = compute.field(column).is_null()
            return missing if compare == "is" else ~missing
        return pq.filters_to_expression([(column, compare, value)])

    return reduce(or_, (reduce(and_, map(one, group)) for group in groups))
