"""What computations that run at the same time in this process share.

The process has an `Account` of its memory, and each computation has one inside it. A computation that is begun by a
task of another one has its account inside that one's, so that the two stay together within the outer one's limit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minidask.schedulers.resources import Lent

LOOK_AGAIN = 0.01
"""Seconds between looks at what other computations have let go."""
changing = threading.RLock()
"""Held while an account takes memory that several share."""


class Account:
    """Memory that is shared by all that is inside.

    Parameters
    ----------
    limit
        In bytes.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.inner: tuple[Account, ...] = ()
        self.outer: Account | None = None
        self.wanted = 0.0
        """The bytes that it waits for; others must not take them."""
        self.watched = False
        """Whether somebody looks at what this process really has beside it."""
        self.base = 0
        """The bytes that this process had before the first of its computations that are watched began."""

    def held(self) -> float:
        """The bytes that are taken, with those of all inside."""
        return sum([account.held() for account in self.inner])

    def left(self) -> float:
        """The bytes that can still be taken here, and in all around it."""
        left = self.limit - self.held() - sum([account.wanted for account in self.inner])
        return left if self.outer is None else min(left, self.outer.left())

    def moves(self) -> bool:
        """Whether it will let go of something by itself."""
        return True

    def open(self, outer: Account, least: Callable[[], float]) -> None:
        """Be inside another account from now on; that of the process has a limit of at least so much."""
        with changing:
            self.outer = outer
            outer.inner = (*outer.inner, self)
            if outer is process:
                several = len(process.inner) > 1
                process.limit = max([least(), *[a.limit for a in process.inner]]) if several else inf

    def leave(self) -> None:
        """Take nothing any more; what is inside goes on in the account around."""
        with changing:
            outer, self.outer = self.outer, None
            if outer is None:
                return
            for account in self.inner:
                account.outer = outer
            outer.inner = (*[a for a in outer.inner if a is not self], *self.inner)
            self.inner = ()


process = Account(inf)
"""The account of this process."""


class Inside:
    """Of what a worker runs: to whom the computations belong that its tasks begin.

    Parameters
    ----------
    account
        The account of the computation, None when it is over.
    lent
        Gives the resources that the task holds that runs now.
    """

    __slots__ = ("account", "lent")

    def __init__(self, account: Account, lent: Callable[[], Lent | None]) -> None:
        self.account: Account | None = account
        self.lent = lent

    def over(self) -> None:
        """Let go of the computation: what a task left behind, such as a timer, may keep its context for long."""
        self.account, self.lent = None, _nothing


def _nothing() -> None:
    return None


inside: ContextVar[Inside | None] = ContextVar("minidask.inside", default=None)
