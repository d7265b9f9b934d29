"""Steps of a fused group that are done together: as one function, made of their program.

A Blockwise tells by its field `together` that its calls can be joined with those that feed it, or that it feeds.
For example ``(x + 1) * 2`` of arrays is made tile by tile, as nobody else wants ``x + 1``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from minidask.expr.program import Program, Step

Together = Callable[[Program], Callable[..., Any]]
"""Makes one function of the program of several calls."""


def regions(steps: Sequence[Step], makers: Sequence[Together | None]) -> list[int]:
    """For each step the one that it is done together with: the last of its region, which alone others read.

    Parameters
    ----------
    steps
        Children before parents. One whose function has a method `merge`, a reduction, can only be the last.
    makers
        What joins each of them; None: nothing does.
    """
    users: dict[int, list[int]] = defaultdict(list)
    for at, step in enumerate(steps):
        for source in step.sources:
            if source[0] == "s":
                users[int(source[1:])].append(at)
    root = list(range(len(steps)))
    for at in reversed(range(len(steps))):
        roots = {root[user] for user in users[at]}
        if len(roots) == 1 and makers[at] is not None and not hasattr(steps[at].func, "merge"):
            (only,) = roots
            if makers[only] is makers[at]:
                root[at] = only
    return root


def joined(program: Program, makers: Sequence[Together | None], root: Sequence[int]) -> Callable[..., Any]:
    """The function of a group in which the steps of each region are one, as `regions` tells them."""
    steps = program.steps
    members: dict[int, list[int]] = defaultdict(list)
    for at, of in enumerate(root):
        members[of].append(at)
    places: dict[str, str] = {}
    found: list[Step] = []
    for of in sorted(members):
        region = members[of]
        step = steps[of]
        if len(region) > 1:
            inner, sources = _cut_out(program.constants, [(at, steps[at]) for at in region])
            maker = makers[of]
            assert maker is not None
            step = Step(maker(inner), sources, {}, step.label, step.where)
        found.append(step._replace(sources=tuple(places.get(source, source) for source in step.sources)))
        places[f"s{of}"] = f"s{len(found) - 1}"
    if len(found) == 1 and found[0].sources == tuple(f"i{i}" for i in range(program.inputs)):
        return found[0].func
    return Program(program.inputs, program.constants, tuple(found))


def _cut_out(constants: tuple[Any, ...], region: Sequence[tuple[int, Step]]) -> tuple[Program, tuple[str, ...]]:
    """Some steps as a program of their own, and what it takes from the others."""
    places = {f"s{at}": f"s{i}" for i, (at, _) in enumerate(region)}
    own: list[Any] = []
    outer: dict[str, str] = {}
    steps = []
    for _, step in region:
        sources = []
        for source in step.sources:
            if source[0] == "c":
                own.append(constants[int(source[1:])])
                sources.append(f"c{len(own) - 1}")
            else:
                sources.append(places.get(source) or outer.setdefault(source, f"i{len(outer)}"))
        steps.append(step._replace(sources=tuple(sources)))
    return Program(len(outer), tuple(own), tuple(steps)), tuple(outer)
