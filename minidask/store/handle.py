"""What stands for a stored block."""

from __future__ import annotations

from typing import NamedTuple

from minidask.store.sizeof import register


class Handle(NamedTuple):
    """Stands for a stored block, in any process of this machine."""

    path: str
    nbytes: int
    """In memory; the file is shorter where it is compressed."""
    on_disk: bool = False
    """Rather than in shared memory."""
    codec: str | None = None
    """By which the file is compressed."""
    in_parts: bool = False
    """Whether an item of the object can be read without the others."""


@register(Handle)
def _size_of_block(handle: Handle) -> int:
    return handle.nbytes
