"""Aggregates of groups in three steps: states of a block, states of states, answers.

States are a DataFrame of one row a group: the keys in columns "k0", "k1", ..., the states in columns 0, 1, ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from minidask.kernels.dense_groups import dense_sums

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
    concat: Callable[[Sequence[Any]], Any] = field(repr=False)
    """Puts frames one under the other."""

    @property
    def key_names(self) -> list[str]:
        return [f"k{i}" for i in range(self.keys)]

    def place(self, column: Any, primitive: str) -> int:
        """The column of a state."""
        return self.states.index(State(column, primitive))


_CHUNKS: dict[str, Callable[[Any], pd.Series]] = {
    "squares": lambda column: column.var(ddof=0).fillna(0) * column.count(),
    "total": lambda column: column.sum(),
}
"""How a block gives a state, where it is not the method of that name."""

_MERGES = {"count": "sum", "size": "sum", "squares": "sum", "total": "sum"}
"""How states are merged, where it is not by the method of that name."""

_DENSE = {"count": "count", "size": "size", "sum": "sum", "total": "sum"}
"""The states that `dense_sums` finds."""

NEEDS: dict[str, tuple[str, ...]] = {
    "sum": ("sum", "count"),
    "prod": ("prod", "count"),
    "mean": ("total", "count"),
    "var": ("total", "count", "squares"),
    "std": ("total", "count", "squares"),
    "sem": ("total", "count", "squares"),
    "nunique": (),
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
    exact = [s.column for s in plan.states if s.primitive == "total" and frame[s.column].dtype.kind in "iu"]
    if exact:
        frame = frame.assign(**{_as_float(c): frame[c].astype("float64") for c in exact})
    states = _dense_chunk(frame, keys, plan)
    if states is None:
        grouped = _grouped(frame, list(keys), plan)
        columns = {i: _chunk(grouped, s, s.column in exact) for i, s in enumerate(plan.states)}
        states = _states(columns[0].index, columns, plan)
    return [states, *(_distinct(frame, keys, column, plan) for column in plan.distinct)]


def _dense_chunk(frame: pd.DataFrame, keys: Sequence[Any], plan: Plan) -> pd.DataFrame | None:
    if len(keys) > 1 or not plan.sort or any(s.primitive not in _DENSE for s in plan.states):
        return None
    key = keys[0] if isinstance(keys[0], pd.Series) else frame[keys[0]]
    columns = {}
    for i, (column, primitive) in enumerate(plan.states):
        exact = _as_float(column) if primitive == "total" and _as_float(column) in frame.columns else column
        columns[i] = (None if column is None else frame[exact], _DENSE[primitive])
    found = dense_sums(key, columns)
    return None if found is None else found.rename_axis("k0").reset_index()


def _as_float(column: Any) -> str:
    return f"float64 {column!r}"


def _grouped(frame: pd.DataFrame, keys: list[Any], plan: Plan) -> Any:
    return frame.groupby(keys, sort=False, observed=True, dropna=plan.dropna)


def _chunk(grouped: Any, state: State, exact: bool) -> pd.Series:
    if state.column is None:
        found: pd.Series = grouped.size()
        return found
    column = grouped[_as_float(state.column) if exact and state.primitive == "total" else state.column]
    made = _CHUNKS.get(state.primitive)
    return made(column) if made else getattr(column, state.primitive)()


def _states(index: pd.Index, columns: dict[int, pd.Series], plan: Plan) -> pd.DataFrame:
    """The keys, out of the index, and the states beside them."""
    found: dict[Any, Any] = {name: index.get_level_values(i).array for i, name in enumerate(plan.key_names)}
    return pd.DataFrame(found | {i: column.array for i, column in columns.items()})


def _distinct(frame: pd.DataFrame, keys: Sequence[Any], column: Any, plan: Plan) -> pd.DataFrame:
    found = {name: key if isinstance(key, pd.Series) else frame[key] for name, key in zip(plan.key_names, keys)}
    rows = pd.DataFrame({name: values.array for name, values in found.items()} | {0: frame[column].array})
    return (rows.dropna(subset=plan.key_names) if plan.dropna else rows).drop_duplicates(ignore_index=True)


def merge(partials: Sequence[list[pd.DataFrame]], plan: Plan) -> list[pd.DataFrame]:
    """The states of several blocks as those of one."""
    states, *distinct = _stacked(partials, plan)
    dense = _dense_merge(states, plan)
    if dense is not None:
        merged = dense.reset_index()
    else:
        grouped = _grouped(_centred(states, plan), plan.key_names, plan)
        columns = {i: getattr(grouped[i], _merged_by(s))() for i, s in enumerate(plan.states)}
        merged = _states(columns[0].index, columns, plan)
    return [merged, *(rows.drop_duplicates(ignore_index=True) for rows in distinct)]


def _dense_merge(states: pd.DataFrame, plan: Plan) -> pd.DataFrame | None:
    if plan.keys > 1 or not plan.sort or any(s.primitive not in _DENSE for s in plan.states):
        return None
    return dense_sums(states["k0"], {i: (states[i], "sum") for i in range(len(plan.states))})


def _stacked(partials: Sequence[list[pd.DataFrame]], plan: Plan) -> list[pd.DataFrame]:
    found = []
    for frames in zip(*partials):
        rows = plan.concat([f for f in frames if len(f)] or frames[:1])
        found.append(rows.set_axis(pd.RangeIndex(len(rows))))
    return found


def _merged_by(state: State) -> str:
    return _MERGES.get(state.primitive, state.primitive)


def _centred(states: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """With sums of squares around the mean of the whole group instead of that in one block.

    As in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    """
    columns = [s.column for s in plan.states if s.primitive == "squares"]
    if not columns:
        return states
    grouped = _grouped(states, plan.key_names, plan)
    states = states.copy(deep=False)
    for column in columns:
        total, count, squares = (plan.place(column, primitive) for primitive in ("total", "count", "squares"))
        mean = grouped[total].transform("sum") / grouped[count].transform("sum")
        off = (states[total] / states[count] - mean).fillna(0)
        states[squares] += states[count] * off**2
    return states


def answer(partials: Sequence[list[pd.DataFrame]], plan: Plan) -> pd.DataFrame:
    """The outputs, in numbered columns, indexed by the keys "k0", "k1", ..."""
    states, *distinct = _stacked(partials, plan)
    options: dict[str, Any] = {"sort": plan.sort, "observed": plan.observed, "dropna": plan.dropna}
    dense = _dense_merge(states, plan)
    if dense is not None:
        merged = {s: dense[i] for i, s in enumerate(plan.states)}
    else:
        grouped = _centred(states, plan).groupby(plan.key_names, **options)
        merged = {s: getattr(grouped[i], _merged_by(s))() for i, s in enumerate(plan.states)}
    kept = {column: rows.groupby(plan.key_names, **options)[0] for column, rows in zip(plan.distinct, distinct)}
    columns = [_answer(output, merged, kept) for output in plan.outputs]
    index = next(iter(merged.values())).index
    return pd.DataFrame({i: c.array for i, c in enumerate(columns)}, index=index)


def _answer(output: Output, merged: dict[State, pd.Series], distinct: dict[Any, Any]) -> pd.Series:
    column, func, options, dtype = output
    if func == "nunique":
        found: pd.Series = distinct[column].nunique(**options)
    elif func in ("sum", "prod"):
        found = merged[State(column, func)]
        if options.get("min_count", 0) > 0:
            found = found.where(merged[State(column, "count")] >= options["min_count"])
    elif func == "mean":
        count = merged[State(column, "count")]
        found = (merged[State(column, "total")] / count).where(count > 0)
    elif func in ("var", "std", "sem"):
        found = _spread(func, merged[State(column, "squares")], merged[State(column, "count")], options)
    else:
        found = merged[_SIZE if func == "size" else State(column, func)]
    return _of_dtype(found, dtype)


def _spread(func: str, squares: pd.Series, count: pd.Series, options: dict[str, Any]) -> pd.Series:
    freedom = count - options.get("ddof", 1)
    variance = (squares / freedom).where(freedom > 0)
    return variance if func == "var" else (variance if func == "std" else variance / count) ** 0.5


def _of_dtype(column: pd.Series, dtype: Any) -> pd.Series:
    """The column of the dtype that pandas gives, unless a group without values keeps it from that."""
    if column.dtype == dtype:
        return column
    try:
        found: pd.Series = column.astype(dtype)
    except (TypeError, ValueError):
        return column
    too_small = getattr(dtype, "kind", "O") in "iu" and not (found == column).all()
    return column if too_small else found
