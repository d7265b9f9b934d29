"""What was planned after a part of the data, and what was learnt when the rest contradicted it.

A source may look at the beginning of its data when it is made: the types of a CSV file, say. A task that finds
something else further on raises a `Contradiction`. Whoever computes then asks the node what there is to learn, and
computes again with the expressions as they are known to be. Lessons outlive the computation: what was learnt of a file
counts for everything that is made of it later in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minidask.errors import Contradiction
from minidask.expr.node import Node
from minidask.expr.rewrite import replace, topological

Ask = Callable[[Node], Any]
"""Computes the value of a physical node of one block."""

_MOST = 1000
_lessons: dict[str, Any] = {}


class Doubtful(Node):
    """Base of sources whose data may contradict what is known of them.

    Fields
    ------
    subject
        Names the data and how they are read: what the lessons are kept under.
    """

    subject: str

    def taught(self, lesson: Any) -> Node:
        """The same node, as far as it is known by a lesson."""
        raise NotImplementedError

    def reconsider(self, error: Contradiction, lesson: Any, ask: Ask) -> Any:
        """The lesson of a contradiction, given the one before it; None where it is nothing but an error."""
        raise NotImplementedError


def as_known(roots: Sequence[Node]) -> list[Node]:
    """The expressions by all that was learnt until now."""
    if not _lessons:
        return list(roots)
    doubtful = [n for n in topological(roots) if isinstance(n, Doubtful) and n.subject in _lessons]
    new: dict[Node, Node] = {node: node.taught(_lessons[node.subject]) for node in doubtful}
    return replace(roots, new) if new else list(roots)


def learn(error: Contradiction, roots: Sequence[Node], ask: Ask) -> bool:
    """Whether there was anything to learn of a contradiction, so that it is worth trying again."""
    doubted = next((n for n in topological(roots) if isinstance(n, Doubtful) and n.subject == error.subject), None)
    if doubted is None:
        return False
    before = _lessons.get(doubted.subject)
    lesson = doubted.reconsider(error, before, ask)
    if lesson is None or lesson == before:
        return False
    while len(_lessons) >= _MOST:
        _lessons.pop(next(iter(_lessons)), None)
    _lessons[doubted.subject] = lesson
    return True
