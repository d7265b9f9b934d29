"""How many bins of one width suit the elements of an array: rules by name, as `numpy.histogram_bin_edges` has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from minidask.array.array import Array
from minidask.array.quantiles import percentile
from minidask.collection import compute

Facts = Mapping[str, Any]
"""Of the elements: their number `n`, `ptp`, `std`, `quartiles`, the `third` central moment; what a rule asks for."""


def _sqrt(facts: Facts) -> float:
    return float(facts["ptp"] / math.sqrt(facts["n"]))


def _sturges(facts: Facts) -> float:
    return float(facts["ptp"] / (math.log2(facts["n"]) + 1))


def _rice(facts: Facts) -> float:
    return float(facts["ptp"] / (2 * facts["n"] ** (1 / 3)))


def _scott(facts: Facts) -> float:
    return float((24 * math.pi**0.5 / facts["n"]) ** (1 / 3) * facts["std"])


def _doane(facts: Facts) -> float:
    n, std = facts["n"], facts["std"]
    if n < 3 or not std > 0:
        return 0.0
    skewness = facts["third"] / std**3
    spread = math.sqrt(6 * (n - 2) / ((n + 1) * (n + 3)))
    return float(facts["ptp"] / (1 + math.log2(n) + math.log2(1 + abs(skewness) / spread)))


def _freedman_diaconis(facts: Facts) -> float:
    low, high = facts["quartiles"]
    return float(2 * (high - low) * facts["n"] ** (-1 / 3))


def _auto(facts: Facts) -> float:
    return min(max(_freedman_diaconis(facts), _sqrt(facts) / 2), _sturges(facts))


_RULES: dict[str, tuple[Callable[[Facts], float], tuple[str, ...]]] = {
    "auto": (_auto, ("quartiles",)),
    "doane": (_doane, ("std", "third")),
    "fd": (_freedman_diaconis, ("quartiles",)),
    "rice": (_rice, ()),
    "scott": (_scott, ("std",)),
    "sqrt": (_sqrt, ()),
    "sturges": (_sturges, ()),
}
"""The width of the bins, and the facts that it depends on besides `n` and `ptp`."""


def _fact(a: Array, name: str) -> Any:
    if name == "std":
        return a.std()
    if name == "quartiles":
        return percentile(a, [25, 75])
    return a.moment(3)


def bin_count(a: Array, rule: str, ends: Any, weights: Any) -> int:
    """How many bins a rule wants; the elements are looked at now, as their number must be known.

    Parameters
    ----------
    a
        The elements.
    rule
        "auto", "doane", "fd", "rice", "scott", "sqrt" or "sturges".
    ends
        Only elements from the first to the second of these count; None: all.
    weights
        Only None.

    Raises
    ------
    ValueError
        There is no such rule.
    NotImplementedError
        The rule is "stone", which makes a histogram for every number of bins.
    TypeError
        There are weights, for which no rule is made.
    """
    if rule == "stone":
        raise NotImplementedError('bins="stone" would make many histograms; take another rule, or a number')
    if rule not in _RULES:
        raise ValueError(f"bins={rule!r}: no such rule; expected one of {', '.join(_RULES)}, a number, or edges")
    if weights is not None:
        raise TypeError(f"bins={rule!r}: rules are for elements without weights; give a number of bins, or edges")
    a = a.ravel()
    if ends is not None:
        low, high = ends = compute(*ends)
        a = a[(a >= low) & (a <= high)]
    size = a.size
    if not size:
        return 1
    width_of, names = _RULES[rule]
    least, greatest, facts = compute(a.min(), a.max(), {name: _fact(a, name) for name in names})
    ptp = greatest.item() - least.item()
    width = width_of({"n": size, "ptp": ptp, **facts})
    if a.dtype.kind in "iu" and 0 < width < 1:
        width = 1
    span = ptp if ends is None else ends[1] - ends[0]
    return math.ceil((span or 1) / width) if width else 1
