"""What a cluster's processes have installed: where it is not what is here, an error says so, and what to do."""

from __future__ import annotations

import sys
from typing import Any
from weakref import WeakSet

from minidask.errors import ClusterError

_ADVICE = "all machines of a cluster need the same Python and packages: install them there"

_VERSIONS = "__import__('platform').python_version().rpartition('.')[0], __import__('minidask').__version__"
"""Text, as a function of ours could not be loaded where minidask is not. Byte code differs between minor versions."""

_ROOMS = ("minidask.array", "minidask.bag", "minidask.dataframe")
"""What workers import beforehand, where it is loaded here: threads of theirs that begin at different modules of one
package would wait for each other. Those that come later open functions one at a time (`portable.py`)."""

_checked: WeakSet[Any] = WeakSet()
"""The clients whose clusters are known to have what they need."""


def check(client: Any, again: bool = False) -> None:
    """Raise a ClusterError where processes of a cluster lack minidask, or have another one, or another Python.

    A worker that cannot load a task ends without telling anybody why, so it is asked before; once, as it takes
    milliseconds.

    Parameters
    ----------
    client
        A `distributed.Client`.
    again
        Whether to ask, also where all was well before.
    """
    if client in _checked and not again:
        return
    rooms = [room for room in _ROOMS if room in sys.modules]
    workers = client.run(eval, f"[*map(__import__, {rooms}), ({_VERSIONS})][-1]", on_error="return")
    there = {"the scheduler": _of_scheduler(client), **{f"worker {at}": told for at, told in workers.items()}}
    for process, versions in there.items():
        _compare(process, versions)
    if workers:
        _checked.add(client)


def _of_scheduler(client: Any) -> Any:
    try:
        return client.run_on_scheduler(eval, _VERSIONS)
    except Exception as error:
        return error


def _compare(process: str, versions: Any) -> None:
    if isinstance(versions, ImportError):
        raise ClusterError(f"{process} cannot import minidask ({versions}): {_ADVICE}")
    if isinstance(versions, Exception):
        return  # it may not be asked, or has gone
    for name, here, there in zip(("Python", "minidask"), eval(_VERSIONS), versions):
        if here != there:
            raise ClusterError(f"{process} has {name} {there}, and here is {name} {here}: {_ADVICE}")


def cannot_load(error: BaseException) -> ClusterError:
    """What to say where a process of a cluster cannot load what it was sent.

    Examples
    --------
    >>> print(cannot_load(ModuleNotFoundError("No module named 'shop'", name="shop")))
    a process of the cluster cannot load what it was sent (No module named 'shop'): all machines of a cluster need the
    same Python and packages: install them there, or send modules of your own by client.upload_file("shop.py")
    """
    name = getattr(error, "name", None)
    own = f', or send modules of your own by client.upload_file("{name}.py")' if isinstance(name, str) else ""
    return ClusterError(f"a process of the cluster cannot load what it was sent ({error}): {_ADVICE}{own}")
