"""What a person may say of one computation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from minidask.events import Listener


class Options(NamedTuple):
    """What a person may say of one computation; see `LocalScheduler`."""

    callbacks: Sequence[Listener] = ()
    retries: int | None = None
    retry_on: Any = None
    memory_limit: Any = None
    checkpoint: Any = None
