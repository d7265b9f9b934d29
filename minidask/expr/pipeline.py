"""The optimizer, from top to bottom: each stage a named function over the roots of all expressions of a compute.

===========  ====================  ==============================================================================
simplify     logical -> logical    slices, projections and filters move towards the sources
needs        logical -> logical    one pass a collection: what each source must read
agree        logical -> logical    blocks whose types depend on data get one type, for who tells types apart
lower        logical -> physical   parents first, so that a parent meets children that know their chunks
fuse         physical -> physical  a group of Blockwise becomes one
===========  ====================  ==============================================================================

Rules are small functions registered by node type, beside their node::

    @simplify(Slice)
    def slice_of_slice(node): ...

    @push_down(Slice)            # only where nobody but slices needs the node below
    def slice_through_elementwise(node): ...

    @lower(Transpose)
    def transpose(node): ...     # gives a physical node, or a logical one that is nearer to it
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from minidask.expr.blocks import Blockwise, Made, Physical
from minidask.expr.fuse import fuse
from minidask.expr.node import Node
from minidask.expr.rewrite import Rules, consumers, rewrite

Stage = Callable[[Sequence[Node]], list[Node]]

simplify = Rules()
push_down = Rules()
lower = Rules()
_needs: list[Stage] = []
_agree: list[Stage] = []


def needs(stage: Stage) -> Stage:
    """Register a collection's pass that finds out what its sources must read."""
    _needs.append(stage)
    return stage


def agree(stage: Stage) -> Stage:
    """Register a collection's pass without which blocks would be wrong, so that it is never left out."""
    _agree.append(stage)
    return stage


def _simplify(roots: Sequence[Node]) -> list[Node]:
    users = cache(lambda: consumers(roots))  # few expressions have a node of which it is asked
    passed: set[Node] = set()  # what was moved through: nobody needs it any more

    def alone(node: Node) -> bool:
        return all(type(user) is type(node) or user in passed for user in users().get(node.children[0], ()))

    def step(node: Node) -> Node | None:
        new = simplify.apply(node)
        if new is None and node.children:
            moved = push_down.apply(node)
            if moved is not None and alone(node):  # asked last, as it takes a walk over all to know
                passed.add(node.children[0])
                return moved
        return new

    return rewrite(roots, step)


def _find_needs(roots: Sequence[Node]) -> list[Node]:
    return _through(_needs, roots)


def _find_agreements(roots: Sequence[Node]) -> list[Node]:
    return _through(_agree, roots)


def _through(passes: Sequence[Stage], roots: Sequence[Node]) -> list[Node]:
    for stage in passes:
        roots = stage(roots)
    return list(roots)


def _lower(roots: Sequence[Node]) -> list[Node]:
    def step(node: Node) -> Node | None:
        if isinstance(node, Physical):
            return None
        new = lower.apply(node)
        if new is None:
            raise NotImplementedError(f"no rule lowers a {type(node).__name__}; register one with @lower")
        if isinstance(new, Blockwise) and new.name == node.name:
            new.tell(Made(node))
        return new

    return rewrite(roots, step)


STAGES: dict[str, Stage] = {
    "simplify": _simplify,
    "needs": _find_needs,
    "agree": _find_agreements,
    "lower": _lower,
    "fuse": fuse,
}
UNOPTIMIZED = ("agree", "lower")
"""The stages without which nothing can run."""


def optimize(roots: Sequence[Node], until: str = "fuse", only: Sequence[str] | None = None) -> list[Node]:
    """The expressions after the stage `until`; a list of the same length.

    Parameters
    ----------
    roots
        Expressions, optimized together.
    until
        The last stage to do.
    only
        The stages to do; None: all of them.

    Raises
    ------
    ValueError
        There is no such stage.
    """
    if until not in STAGES:
        raise ValueError(f"until={until!r} is no stage of the optimizer; the stages are {', '.join(STAGES)}")
    roots = list(roots)
    for name, stage in STAGES.items():
        if only is None or name in only:
            roots = stage(roots)
        if name == until:
            break
    return roots
