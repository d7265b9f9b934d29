"""Pickling by reference where that is enough, else by value."""

from __future__ import annotations

import pickle
from typing import Any


def dumps(obj: Any, buffers: list[pickle.PickleBuffer] | None = None) -> bytes:
    """The pickle of an object, for another process or session.

    By pickle where it can, for cloudpickle looks at each object in Python; by cloudpickle where pickle cannot, or would
    refer to `__main__`, which another process does not have.

    Parameters
    ----------
    obj
        Any object that cloudpickle takes.
    buffers
        Takes the large buffers, in the order in which `pickle.loads` wants them; by default they stay inside.

    Raises
    ------
    Exception
        Whatever cloudpickle raises of an object that it cannot pickle.

    Examples
    --------
    >>> pickle.loads(dumps(lambda: 3))()
    3
    >>> buffers = []
    >>> len(dumps(pickle.PickleBuffer(bytes(1000)), buffers)) < 100, len(buffers)
    (True, 1)
    """
    keep = None if buffers is None else buffers.append
    try:
        data = pickle.dumps(obj, protocol=5, buffer_callback=keep)
    except Exception:
        data = b""
    if data and b"__main__" not in data:
        return data
    if buffers is not None:
        buffers.clear()
    import cloudpickle  # costs 20 ms, and most sessions of a few expressions do without

    return bytes(cloudpickle.dumps(obj, protocol=5, buffer_callback=keep))


def outside(data: Any, protocol: int) -> Any:
    """Bytes that stay outside the pickle, where its protocol lets them.

    Examples
    --------
    >>> outside(bytearray(b"x"), 4)
    b'x'
    """
    return pickle.PickleBuffer(data) if protocol >= 5 else bytes(data)
