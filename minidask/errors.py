"""Every error class of minidask. Messages are written for the person in the notebook."""

from __future__ import annotations


class MinidaskError(Exception):
    """Base of the errors that are minidask's own."""


class ConfigError(MinidaskError, KeyError):
    """An option that does not exist, or a value that it does not take."""

    def __str__(self) -> str:  # KeyError would print the message with quotes around it
        return str(self.args[0]) if self.args else ""


class MissingExtraError(MinidaskError, ImportError):
    """A package is needed that minidask does not require: the message names the extra to install."""


class WorkerDied(MinidaskError, RuntimeError):
    """A task was running each time that several worker processes died."""


class TaskExit(MinidaskError, RuntimeError):
    """A task on a cluster raised what ends programs, such as SystemExit: `TaskExit(error)`; its worker went on.

    `compute()` raises the error itself; a Future of the cluster has this one in its place.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        for note in getattr(error, "__notes__", ()):
            self.add_note(note)

    @property
    def error(self) -> BaseException:
        """What the task raised."""
        error: BaseException = self.args[0]
        return error

    def __str__(self) -> str:
        return f"a task raised {self.error!r}, which would end its worker"


class TokenizationError(MinidaskError, RuntimeError):
    """An object has no name that would be the same in every session."""


class UnknownSizeError(MinidaskError, ValueError):
    """A size depends on data, and the configuration forbids to count it."""


class Contradiction(MinidaskError, ValueError):
    """Data contradict what their beginning told: `Contradiction(message, subject, found)`.

    Computing learns from it and computes again (`expr/doubt.py`); a person sees it where that cannot be.
    """

    def __init__(self, message: str, subject: str = "", found: object = None) -> None:
        super().__init__(message)
        self.subject = subject
        """What it is that was read: the `subject` of a node."""
        self.found = found
        """What was found instead, as that node understands it."""


class MemoryLimitError(MinidaskError, MemoryError):
    """A task is known to need more memory than the limit allows; it was not started."""


class SpillError(MinidaskError, OSError):
    """Blocks could not be written to the spill directory, or read back."""


class ClusterError(MinidaskError, RuntimeError):
    """A cluster cannot do what was asked of it."""


class DamagedBlock(MinidaskError, RuntimeError):
    """A block of a checkpoint is not what was written: `DamagedBlock(place)`."""


class PerformanceWarning(UserWarning):
    """A choice that costs much more than another: arrays that meet in blocks that hardly fit each other."""
