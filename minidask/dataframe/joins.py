"""`merge` and `join`."""

from __future__ import annotations

from typing import Any

import pandas as pd

import minidask.config as config
import minidask.dataframe.divisions as cuts
from minidask.dataframe.align import Divide, whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.create import from_pandas
from minidask.dataframe.merging import Merge
from minidask.dataframe.node import Filter, FrameNode, Method, Partitionwise, Projection
from minidask.dataframe.numbering import numbered
from minidask.dataframe.partitions import count_of
from minidask.signatures import like

HOW = ("inner", "left", "right", "outer", "cross", "left_anti", "right_anti", "leftsemi")

_ANTI = {"left_anti": ("left", "left_only"), "right_anti": ("right", "right_only")}
"""The join that has the rows of an anti-join, and what its indicator says of them."""

_MARK = "__merge"
"""The indicator of an anti-join, where nobody asked for one."""


@like(pd)
def merge(
    left: Any,
    right: Any,
    how: str = "inner",
    on: Any = None,
    left_on: Any = None,
    right_on: Any = None,
    left_index: bool = False,
    right_index: bool = False,
    suffixes: tuple[str | None, str | None] = ("_x", "_y"),
    indicator: bool | str = False,
    shuffle_method: str | None = None,
    npartitions: int | None = None,
    broadcast: bool | None = None,
    validate: str | None = None,
    sort: bool = False,
) -> Any:
    """The join of two DataFrames, with the rows in the order of pandas.

    Parameters
    ----------
    left, right
        DataFrames or named Series; one of them may be a pandas object.
    how
        "inner", "left", "right", "outer" or "cross"; "left_anti" or "right_anti": the rows of that side that have no
        partner, with the columns of both; "leftsemi": the left rows that have one, each once, with their own columns.
    on, left_on, right_on
        The columns to join on; by default those with a name in both.
    left_index, right_index
        Whether to join on the index of a side.
    suffixes
        For columns that are in both.
    indicator
        Whether to add a column (by this name) that says from which side a row is.
    shuffle_method, npartitions
        None: there is one way to shuffle, and rows stay in the partitions that give their order.
    broadcast
        Whether to send one side whole to each partition of the other. By default it is, where that side has one
        partition, or is known to have few rows: option `dataframe.broadcast-rows`.
    validate
        "one_to_one", "one_to_many" or "many_to_one": keys of the side that is one must be there only once, which is
        checked when the join is computed. "many_to_many" checks nothing.
    sort
        Whether the rows are sorted by what they are joined on.

    Returns
    -------
    DataFrame
        In as many partitions as the side that gives the order: the right one for "right", both for "outer".

    Raises
    ------
    KeyError, ValueError, TypeError
        As pandas raises them for columns that are not there, or cannot be joined.
    pandas.errors.MergeError
        Later: keys are not as `validate` says.

    Notes
    -----
    Joins on columns number their rows anew; on an index they keep its labels. So does "leftsemi". In anti-joins the
    numbers are, as in pandas, those that the rows have in the join "left" or "right".

    The index has the name of the one whose labels the rows have, also where a side is empty, for which pandas takes
    that of the other side.

    Where rows have no partner, whole numbers of the other side become floats, and truth values objects, as in pandas:
    in all partitions, if they do in one. Of what is only looked at in part, the rows looked at decide: of `head`, or
    of filtered rows. Until somebody asks for `dtypes`, which then computes them, they are known as those of rows that
    all have partners.

    Examples
    --------
    >>> import pandas as pd
    >>> left = from_pandas(pd.DataFrame({"k": [1, 2, 2], "x": [1, 2, 3]}), npartitions=2)
    >>> merge(left, pd.DataFrame({"k": [2], "y": ["two"]}), on="k").compute()
       k  x    y
    0  2  2  two
    1  2  3  two
    """
    if how not in HOW:
        raise ValueError(f"how={how!r}: expected one of {', '.join(HOW)}")
    _refuse(shuffle_method, npartitions, how, validate, indicator)
    how, alone = _ANTI.get(how, (how, None))
    nodes = [_frame_of("left", left), _frame_of("right", right)]
    for side, node, keys in (("left", nodes[0], (on, left_on)), ("right", nodes[1], (on, right_on))):
        _refuse_missing(side, node.meta, keys)
    options: dict[str, Any] = {"how": how, "suffixes": tuple(suffixes), "indicator": indicator}
    if alone is not None:
        options["indicator"] = indicator or _MARK
    if left_index or right_index:
        options |= {"left_index": left_index, "right_index": right_index}
    if on is None and left_on is None and right_on is None and not left_index and not right_index and how != "cross":
        on = [c for c in nodes[0].meta.columns if c in nodes[1].meta.columns]
        if not on:
            raise ValueError("merge: the frames have no column in common; say on which to join: left_on=, right_on=")
    if validate is not None:
        broadcast = False  # a key has all its rows in one task only where both sides are shuffled
    given = {"on": on, "left_on": left_on, "right_on": right_on, "validate": validate}
    options |= {name: value for name, value in given.items() if value is not None}
    found = (_semi if how == "leftsemi" else _joined)(nodes[0], nodes[1], how, options, broadcast)
    rows = _sorted(new(found), how, options) if sort else new(found)
    return rows if alone is None else _without_partner(rows, alone, indicator)


def _without_partner(rows: Any, alone: str, indicator: bool | str) -> Any:
    """The rows of one side only."""
    name = "_merge" if indicator is True else indicator or _MARK
    found = rows[rows[name] == alone]
    return found if indicator else found.drop(columns=name)


def _semi(left: FrameNode, right: FrameNode, how: str, options: dict[str, Any], broadcast: bool | None) -> FrameNode:
    """The rows of the left side that have a partner: the inner join with the different keys of the right side.

    These are renamed, so that the left columns keep their names and dtypes.
    """
    small = _is_small(right, broadcast)
    on = options.pop("on", None)
    mine, theirs = (options.pop(name, None) or on for name in ("left_on", "right_on"))
    options["how"] = "inner"
    if theirs is None:
        keys = new(right)[[]]
        keys = keys[~keys.index.duplicated()]
    else:
        labels = theirs if isinstance(theirs, list) else [theirs]
        options["right_on"] = [f"__key_{i}" for i in range(len(labels))]
        keys = new(right)[labels].rename(columns=dict(zip(labels, options["right_on"]))).drop_duplicates()
        if options.get("left_index"):  # else the rows would have the labels of the right side
            by = {"keys": options.pop("right_on")}
            keys, options["right_index"] = new(Partitionwise(Method("set_index"), (keys.expr,), by)), True
    if mine is not None:
        options["left_on"] = mine if isinstance(mine, list) else [mine]
    found = _joined(left, keys.expr, "inner", options, small)
    return Projection(found, list(left.meta.columns))


def _sorted(found: Any, how: str, options: dict[str, Any]) -> Any:
    """The rows by their keys; those of outer joins are in that order."""
    if how in ("outer", "cross"):
        return found
    sides = ("right_on", "left_on") if how == "right" else ("left_on", "right_on")
    keys = next((options[k] for k in ("on", *sides) if k in options), None)
    if keys is None:
        return found.sort_index()
    on_index = options.get("left_index", False) or options.get("right_index", False)
    first = found._meta[keys[0] if isinstance(keys, list) else keys].dtype
    arrow = isinstance(first, pd.ArrowDtype)  # for which pandas puts what is missing last
    missing_first = (first.kind in "mM" and not arrow) or isinstance(first, pd.CategoricalDtype)
    return found.sort_values(keys, na_position="first" if missing_first else "last", ignore_index=not on_index)


def _refuse(shuffle_method: Any, npartitions: Any, how: str, validate: Any, indicator: Any) -> None:
    if shuffle_method is not None:
        raise NotImplementedError(f"merge(shuffle_method={shuffle_method!r}): there is one way; leave it out")
    if npartitions is not None:
        raise NotImplementedError(f"merge(npartitions={npartitions!r}): call repartition() on the result")
    if validate is not None and how == "cross":
        raise NotImplementedError(f'merge(how="cross", validate={validate!r}): every row meets every row')
    if how == "leftsemi" and (validate is not None or indicator):
        raise NotImplementedError(
            'merge(how="leftsemi"): its rows all have a partner; leave validate and indicator out'
        )


def _refuse_missing(side: str, meta: pd.DataFrame, keys: tuple[Any, ...]) -> None:
    """Raise an error for a key that is neither a column nor a level of the index."""
    wanted = [label for key in keys if key is not None for label in (key if isinstance(key, list) else [key])]
    there = [*meta.columns, *(name for name in meta.index.names if name is not None)]
    missing = [label for label in wanted if isinstance(label, str) and label not in there]
    if missing:
        raise KeyError(f"merge: there is no column {missing[0]!r} on the {side}; the columns are {list(meta.columns)}")


def _joined(left: FrameNode, right: FrameNode, how: str, options: dict[str, Any], broadcast: bool | None) -> FrameNode:
    on_index = options.get("left_index", False) and options.get("right_index", False)
    way = "range" if how == "outer" else "hash"
    if left.npartitions == right.npartitions == 1:
        way = "broadcast"
    elif how in ("inner", "left", "cross") and (how == "cross" or _is_small(right, broadcast)):
        right, way = whole(right), "broadcast"
    elif how == "right" and _is_small(left, broadcast):
        left, way = whole(left), "broadcast"
    elif on_index and left.known and right.known:
        parts = cuts.union([left.divisions, right.divisions])
        left, right, way = Divide(left, parts), Divide(right, parts), "aligned"
    node: FrameNode = Merge(left, right, options, way)
    return node if options.get("left_index") or options.get("right_index") else numbered(node)


def _is_small(node: FrameNode, broadcast: bool | None) -> bool:
    if broadcast is not None:
        return broadcast
    rows = _most_rows(node)
    return node.npartitions == 1 or (rows is not None and rows <= config.get("dataframe.broadcast-rows"))


def _most_rows(node: FrameNode) -> int | None:
    """How many rows there are at most: of what is filtered, all; None where that is not known."""
    rows = count_of(node)
    while rows is None and isinstance(node.owner, Filter):
        node = node.owner.frame
        rows = count_of(node)
    return rows


def _frame_of(side: str, value: Any) -> FrameNode:
    """The node of a DataFrame."""
    if isinstance(value, pd.DataFrame | pd.Series):
        value = from_pandas(value, npartitions=1, sort=False)
    meta = getattr(value, "_meta", None)
    if isinstance(meta, pd.Series) and meta.name is not None:
        made: FrameNode = Partitionwise(Method("to_frame"), (value.expr,), {}, "rows")
        return made
    if not isinstance(meta, pd.DataFrame):
        raise TypeError(f"{side}: expected a DataFrame or a named Series, got a {type(value).__name__}")
    node: FrameNode = value.expr
    return node


class Joins(FrameCollection):
    """`merge` and `join` of a DataFrame."""

    def merge(self, right: Any, how: str = "inner", on: Any = None, **kwargs: Any) -> Any:
        """The join with another DataFrame. Parameters as for `minidask.dataframe.merge`."""
        return merge(self, right, how, on, **kwargs)

    def join(
        self,
        other: Any,
        on: Any = None,
        how: str = "left",
        lsuffix: str | None = None,
        rsuffix: str | None = None,
        sort: bool = False,
        validate: str | None = None,
        suffixes: tuple[str | None, str | None] | None = None,
    ) -> Any:
        """The join with another frame on its index.

        Parameters
        ----------
        other
            DataFrame or named Series, lazy or of pandas.
        on
            Columns of this frame to join on; by default its index.
        how
            "left", "right", "inner", "outer", "left_anti", "right_anti" or "leftsemi", as for `merge`.
        lsuffix, rsuffix, suffixes
            For columns that are in both: one by one, or as a pair.
        sort, validate
            As for `merge`.

        Raises
        ------
        ValueError
            Suffixes are given in both ways.
        """
        if isinstance(other, list | tuple):
            raise NotImplementedError("join() takes one frame at a time")
        keys: dict[str, Any] = {"left_index": True} if on is None else {"left_on": on}
        told: dict[str, Any] = {"sort": sort, "validate": validate, **keys}
        if suffixes is not None and (lsuffix is not None or rsuffix is not None):
            raise ValueError(f"join(suffixes={suffixes!r}): leave lsuffix and rsuffix out")
        pair = (lsuffix or "", rsuffix or "") if suffixes is None else suffixes
        return merge(self, other, how, right_index=True, suffixes=pair, **told)
