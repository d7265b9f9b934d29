"""Aggregates of groups in three steps: states of a block, states of states, answers.

States are a DataFrame of one row a group: the keys in columns "k0", "k1", ..., the states in columns 0, 1, ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask.kernels.duplicates import duplicated_rows, mostly_distinct
from minidask.kernels.group_states import state_of, states_of_groups
from minidask.kernels.row_groups import RowGroups, groups_of, rows_apart
from minidask.kernels.tables import table_of

VALUE = "value"
"""The column of what is a Series."""


class Output(NamedTuple):
    """One column of the answer."""

    column: Any
    """The column that is aggregated; None for the size of groups."""
    func: str
    options: dict[str, Any]
    dtype: Any
    """Of the answer."""


class State(NamedTuple):
    """One column of the states."""

    column: Any
    primitive: str


_SIZE = State(None, "size")


@dataclass(frozen=True)
class Plan:
    """What is to be aggregated, and how groups are made."""

    outputs: tuple[Output, ...]
    states: tuple[State, ...]
    distinct: tuple[Any, ...]
    """Columns of which all different values of a group are kept."""
    keys: int
    sort: bool
    observed: bool
    dropna: bool
    texts: tuple[bool, ...]
    """For each key whether it is one of strings, which a block may have as categories."""
    concat: Callable[[Sequence[Any]], Any] = field(repr=False)
    """Puts frames one under the other."""
    many: bool = False
    """Whether there may be about as many groups as rows in a block: it then has states of each row by itself."""

    @property
    def leaves_out(self) -> bool:
        """Whether rows without a key say nothing; where categories are named with all values of other keys, they do."""
        return self.dropna and (self.observed or self.keys == 1)

    @property
    def whole(self) -> bool:
        """Whether all rows of a group are needed at once."""
        return any(state.primitive in WHOLE for state in self.states)

    @property
    def columns(self) -> list[Any]:
        """The columns whose values are needed."""
        return list(dict.fromkeys([*(s.column for s in self.states if s.column is not None), *self.distinct]))

    @property
    def key_names(self) -> list[str]:
        return [f"k{i}" for i in range(self.keys)]

    def place(self, column: Any, primitive: str) -> int:
        """The column of a state."""
        return self.states.index(State(column, primitive))


WHOLE = ("median",)
"""The states that it takes all rows of a group to find."""

_MERGES = {"median": "min", "count": "sum", "size": "sum", "squares": "sum", "total": "sum"}
"""How states are merged, where it is not by the method of that name; of a whole group there is one."""

NEEDS: dict[str, tuple[str, ...]] = {
    "sum": ("sum", "count"),
    "prod": ("prod", "count"),
    "mean": ("total", "count"),
    "var": ("total", "count", "squares"),
    "std": ("total", "count", "squares"),
    "sem": ("total", "count", "squares"),
    "nunique": (),
    "median": ("median",),
    **{name: (name,) for name in ("count", "size", "min", "max", "first", "last", "any", "all")},
}
"""The states that each aggregate is made of. To add an aggregate, add it here and in `_answer`."""


def states_of(needed: Sequence[Output]) -> tuple[tuple[State, ...], tuple[Any, ...]]:
    """The states, each once, and the columns whose different values are kept."""
    states: dict[State, None] = {}
    for column, func, options, _ in needed:
        for primitive in NEEDS[func]:
            if primitive != "count" or func not in ("sum", "prod") or options.get("min_count", 0) > 0:
                states[_SIZE if func == "size" else State(column, primitive)] = None
    distinct = dict.fromkeys(column for column, func, _, _ in needed if func == "nunique")
    if not states:
        states[_SIZE] = None
    return tuple(states), tuple(distinct)


def chunk(block: Any, keys: Sequence[Any], plan: Plan) -> list[pd.DataFrame]:
    """The states of a block, then the different values of each column that is counted so.

    Parameters
    ----------
    block
        DataFrame or Series.
    keys
        Labels of columns, or Series with the rows of the block.
    """
    frame = block.to_frame(VALUE) if isinstance(block, pd.Series) else block
    columns = [key if isinstance(key, pd.Series) else frame[key] for key in keys]
    groups = _groups_in(columns, plan)
    names = groups.keys if groups.parts else [groups.of_rows(column.array) for column in columns]
    states = dict(enumerate(states_of_groups(frame, plan.states, groups)))
    return [_states(names, states, plan), *(_distinct(columns, frame[column], plan) for column in plan.distinct)]


def _groups_in(keys: Sequence[pd.Series], plan: Plan) -> RowGroups:
    """The groups of a block; where hardly any rows are equal these are not looked for, as merging finds them."""
    if (
        plan.many
        and not plan.whole
        and mostly_distinct(pd.DataFrame({i: key.array for i, key in enumerate(keys)}, copy=False))
    ):
        return rows_apart(keys, plan.leaves_out)
    return groups_of(keys, plan.sort, plan.leaves_out)


def _states(names: Sequence[Any], states: dict[int, Any], plan: Plan) -> pd.DataFrame:
    """The keys of groups, and the states beside them."""
    keys: dict[Any, Any] = dict(zip(plan.key_names, map(text_of, names, plan.texts)))
    return pd.DataFrame(keys | states, copy=False)


def text_of(values: Any, text: bool) -> Any:
    """The values of a key of groups; what categories stand for, where the key is one of strings."""
    if not text or not isinstance(values, pd.Categorical):
        return values
    return pd.api.extensions.take(values.categories.array, values.codes, allow_fill=True)


def _distinct(keys: Sequence[pd.Series], column: pd.Series, plan: Plan) -> pd.DataFrame:
    found = {name: text_of(key.array, text) for name, key, text in zip(plan.key_names, keys, plan.texts)}
    rows = pd.DataFrame(found | {0: column.array})
    rows = rows.dropna(subset=plan.key_names) if plan.leaves_out else rows
    return _without_duplicates(rows)


def _without_duplicates(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[~duplicated_rows(rows).to_numpy()].reset_index(drop=True)


def merge(partials: Sequence[list[pd.DataFrame]], plan: Plan) -> list[pd.DataFrame]:
    """The states of several blocks as those of one."""
    states, *distinct = _stacked(partials, plan)
    groups = groups_of(keys_in(states), plan.sort, dropna=False)
    return [_states(groups.keys, _merged(states, groups, plan), plan), *map(_without_duplicates, distinct)]


def keys_in(states: pd.DataFrame) -> list[pd.Series]:
    """The columns of states that are keys."""
    return [states[name] for name in states.columns if isinstance(name, str) and name.startswith("k")]


def _stacked(partials: Sequence[list[pd.DataFrame]], plan: Plan) -> list[pd.DataFrame]:
    found = []
    for frames in zip(*partials):
        rows = plan.concat([f for f in frames if len(f)] or frames[:1])
        found.append(rows.set_axis(pd.RangeIndex(len(rows))))
    return found


def _merged(states: pd.DataFrame, groups: RowGroups, plan: Plan) -> dict[int, Any]:
    """The states of each group."""
    asked = [(i, _merged_by(state)) for i, state in enumerate(plan.states) if state.primitive != "squares"]
    merged = dict(zip([i for i, _ in asked], states_of_groups(states, asked, groups)))
    for i, (column, how) in enumerate(plan.states):
        if how == "squares":
            merged[i] = _squares(column, states, groups, plan)
        elif how in _ADDED_UP:
            merged[i] = _as_undefined(merged[i], states[i], groups)
    return {i: merged[i] for i in range(len(plan.states))}


_ADDED_UP = ("sum", "prod", "total", "squares")
"""The states that no group lacks: NaN is what infinite values make, and stays."""


def _as_undefined(merged: Any, states: pd.Series, groups: RowGroups) -> Any:
    """What states of groups were merged into without those that are NaN: NaN itself where a group has such."""
    undefined = states.isna()
    if states.dtype.kind != "f" or not undefined.any():
        return merged
    return pd.Series(merged).mask(np.asarray(state_of(undefined, "any", groups))).array


def _squares(column: Any, states: pd.DataFrame, groups: RowGroups, plan: Plan) -> Any:
    """Sums of squares around the mean of the whole group instead of that in one block.

    As in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    """
    total, count, squares = (states[plan.place(column, how)] for how in ("total", "count", "squares"))
    means = np.zeros(groups.room)
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = [np.asarray(state_of(c, "sum", groups), dtype="float64") for c in (total, count)]
        means[groups.present] = sums[0] / sums[1]
        off = (total / count - means[groups.places]).where(count > 0, 0)
        around = squares + count * off**2
    return _as_undefined(state_of(around, "sum", groups), around, groups)


def answer(partials: Sequence[list[pd.DataFrame]], plan: Plan) -> pd.DataFrame:
    """The outputs, in numbered columns, indexed by the keys "k0", "k1", ..."""
    states, *distinct = _stacked(partials, plan)
    if not plan.observed:
        return _answers_by_pandas(states, distinct, plan)
    try:
        groups = groups_of(keys_in(states), plan.sort, dropna=False, ordered=plan.sort)
    except TypeError:  # values of a key that have no order
        return _answers_by_pandas(states, distinct, plan)
    index = groups.as_index(plan.key_names)
    merged = {plan.states[i]: pd.Series(c, index=index) for i, c in _merged(states, groups, plan).items()}
    counts = {c: _counts(rows, plan) for c, rows in zip(plan.distinct, distinct)}

    def different(column: Any, dropna: bool = True) -> pd.Series:
        return pd.Series(counts[column][dropna], index=index)

    return _together([_answer(output, merged, different) for output in plan.outputs], index, plan)


def _counts(rows: pd.DataFrame, plan: Plan) -> dict[bool, Any]:
    """How many different values each group has; with those that are missing left out or not."""
    rows = _without_duplicates(rows)
    groups = groups_of(keys_in(rows), plan.sort, dropna=False, ordered=plan.sort)
    return {True: state_of(rows[0], "count", groups), False: state_of(None, "size", groups)}


def _answers_by_pandas(states: pd.DataFrame, distinct: Sequence[pd.DataFrame], plan: Plan) -> pd.DataFrame:
    """The answers where all categories are to be named, or keys have no order."""
    options: dict[str, Any] = {"sort": plan.sort, "observed": plan.observed, "dropna": plan.dropna}
    rows = groups_of(keys_in(states), plan.sort, dropna=False)
    whole = _states(rows.keys, _merged(states, rows, plan), plan)
    grouped = whole.groupby(plan.key_names, **options)
    merged = {s: getattr(grouped[i], _merged_by(s))() for i, s in enumerate(plan.states)}
    for i, state in enumerate(plan.states):
        if state.primitive in _ADDED_UP and whole[i].dtype.kind == "f" and whole[i].isna().any():
            undefined = whole[i].isna().groupby([whole[key] for key in plan.key_names], **options)
            merged[state] = merged[state].mask(undefined.any())
    kept = {column: rows.groupby(plan.key_names, **options)[0] for column, rows in zip(plan.distinct, distinct)}

    def different(column: Any, dropna: bool = True) -> pd.Series:
        found: pd.Series = kept[column].nunique(dropna=dropna)
        return found

    return _together([_answer(o, merged, different) for o in plan.outputs], next(iter(merged.values())).index, plan)


def _merged_by(state: State) -> str:
    return _MERGES.get(state.primitive, state.primitive)


def _together(columns: Sequence[pd.Series], index: pd.Index, plan: Plan) -> pd.DataFrame:
    taken = [o.dtype == object and o.func in ("first", "last") for o in plan.outputs]  # for strings, on the way
    return table_of([_as_objects(c) if was else c for c, was in zip(columns, taken)], index)


def _as_objects(column: pd.Series) -> pd.Series:
    """Objects, with None for what is missing, as pandas takes the first of none."""
    return column.astype(object).where(column.notna(), None)


_OF_NONE = {"sum": 0, "prod": 1}
"""What objects make of which there are none."""


def _answer(output: Output, merged: dict[State, pd.Series], different: Callable[..., pd.Series]) -> pd.Series:
    column, func, options, dtype = output
    if func == "nunique":
        found: pd.Series = different(column, **options)
    elif func in ("sum", "prod"):
        found = _added_up(output, merged)
    elif func == "mean":
        count = merged[State(column, "count")]
        found = (merged[State(column, "total")] / count).where(count > 0)
    elif func in ("var", "std", "sem"):
        found = _spread(func, merged[State(column, "squares")], merged[State(column, "count")], options)
    else:
        found = merged[_SIZE if func == "size" else State(column, func)]
    return _of_dtype(found, dtype)


def _added_up(output: Output, merged: dict[State, pd.Series]) -> pd.Series:
    """Sums or products, with what none make: of text and objects they are missing so far."""
    column, func, options, dtype = output
    found, least = merged[State(column, func)], options.get("min_count", 0)
    text = isinstance(dtype, pd.StringDtype)
    if text or pd.api.types.is_object_dtype(dtype):
        found = found.astype(object).where(found.notna(), "" if text else _OF_NONE[func])
    if least > 0:
        found = found.where(merged[State(column, "count")] >= least, None if found.dtype.kind == "O" else np.nan)
    return found


def _spread(func: str, squares: pd.Series, count: pd.Series, options: dict[str, Any]) -> pd.Series:
    freedom = count - options.get("ddof", 1)
    variance = (squares / freedom).where(freedom > 0)
    return variance if func == "var" else (variance if func == "std" else variance / count) ** 0.5


def _of_dtype(column: pd.Series, dtype: Any) -> pd.Series:
    """The column of the dtype that pandas gives, unless a group without values keeps it from that."""
    if column.dtype == dtype or (column.dtype.kind == "f" and getattr(dtype, "kind", "O") in "iu"):
        return column  # in the second case some block had floats where others had none
    if getattr(dtype, "kind", "O") == "b" and column.isna().any():
        return column
    try:
        found: pd.Series = column.astype(dtype)
    except (TypeError, ValueError):
        return column
    too_small = getattr(dtype, "kind", "O") in "iu" and not (found == column).all()
    return column if too_small else found
