"""What callbacks, progress bars and profilers have in common: they listen for a while, or from now on."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import minidask.events as events


class Listening:
    """Listens to the computations that start inside a `with` block, or between `register` and `unregister`.

    Subclasses say in `_listener` what listens to one computation.
    """

    def _listener(self) -> events.Listener:
        raise NotImplementedError

    def register(self) -> None:
        """Listen to every computation of this process that starts from now on."""
        events.add(self._listener)

    def unregister(self) -> None:
        """Undo `register`."""
        events.remove(self._listener)

    def __enter__(self) -> Self:
        self.register()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unregister()
