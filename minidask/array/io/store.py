"""Writing arrays into anything that takes slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minidask.array.array import Array
from minidask.array.chunks import as_slice
from minidask.array.creation import from_array
from minidask.array.node import Given
from minidask.array.nodes.files import lock_name
from minidask.array.nodes.sizes import known
from minidask.array.nodes.slicing import normal
from minidask.array.nodes.source import NamedLock, Region
from minidask.array.nodes.store import Store, portable_target
from minidask.collection import Collection, persist
from minidask.collection import compute as compute_all
from minidask.expr.assemble import Finish
from minidask.expr.naming import unique_name


def store(
    sources: Any,
    targets: Any,
    lock: Any = True,
    regions: Any = None,
    compute: bool = True,
    return_stored: bool = False,
    load_stored: bool | None = None,
    **options: Any,
) -> Any:
    """Write arrays into things that take slices: NumPy arrays and memmaps, HDF5 datasets, Zarr arrays.

    Parameters
    ----------
    sources
        A lazy array, or a sequence of them.
    targets
        For each what it is written into: takes ``target[slices] = block``.
    lock
        Held while writing: True for one that all share (with those who read, where the target's library is not safe
        to use from several threads), False for none, or a lock. Blocks that end within a chunk of the target need it.
    regions
        A tuple of slices, or one for each source: where in the target it goes. None: it fills it.
    compute
        False gives a delayed value instead, that writes when computed.
    return_stored
        Whether to return lazy arrays of what is stored, in a tuple. With compute=False they write when computed.
    load_stored
        Whether what is returned is kept in memory, as by `persist`; else it is read from the targets. With
        compute=False the blocks are read back from the target in either case.
    **options
        For the scheduler.

    Returns
    -------
    None, a delayed value, or a tuple of arrays

    Raises
    ------
    ValueError
        The numbers of sources, targets and regions differ, or the shapes of a source and its region.

    Examples
    --------
    >>> import numpy as np
    >>> import minidask.array as da
    >>> target = np.zeros(4)
    >>> store(da.arange(4, chunks=3), target)
    >>> target
    array([0., 1., 2., 3.])
    """
    arrays, goals = _listed(sources), [targets] if isinstance(sources, Array) else list(targets)
    places = [regions] * len(arrays) if regions is None or _is_region(regions) else list(regions)
    if not len(arrays) == len(goals) == len(places):
        raise ValueError(f"{len(arrays)} sources for {len(goals)} targets and {len(places)} regions")
    library = next(filter(None, map(lock_name, goals)), None)
    guard = NamedLock(library) if lock is True else lock or None
    reads = return_stored and (not compute or bool(load_stored))
    nodes = [_store(a, target, place, guard, reads) for a, target, place in zip(arrays, goals, places)]
    if not return_stored:
        return run(nodes, compute, None, options)
    if reads:
        found = [Array.of(Given(n, n.source.chunks, n.source.meta)) for n in nodes]
        return persist(*found, **options) if compute else tuple(found)
    run(nodes, True, None, options)
    return tuple(_view(target, node, lock) for target, node in zip(goals, nodes))


def run(nodes: Sequence[Store], compute: bool, after: Callable[[], None] | None, options: Mapping[str, Any]) -> Any:
    """Write, now or when the delayed value that comes back is computed; `after` is called when all is written."""
    stored = [Stored(node) for node in nodes]
    if compute:
        compute_all(*stored, **options)
        return None if after is None else after()
    from minidask.delayed import delayed  # collections do not import each other

    return delayed(_Then(after))(stored)


class _Then:
    """Called when all is written."""

    def __init__(self, after: Callable[[], None] | None) -> None:
        self.after = after

    def __call__(self, stored: Any) -> None:
        if self.after is not None:
            self.after()


def _view(target: Any, node: Store, lock: Any) -> Array:
    """The lazy array of a region of a target."""
    region = tuple(as_slice(p) if isinstance(p, range) else p for p in node.region)
    whole = from_array(target, tuple(target.shape), name=False, lock=None if lock is True else lock or False)
    return whole[region].rechunk(node.source.chunks)


def _listed(sources: Any) -> list[Array]:
    found = [sources] if isinstance(sources, Array) else list(sources)
    wrong = [type(s).__name__ for s in found if not isinstance(s, Array)]
    if wrong:
        raise TypeError(f"sources must be lazy arrays, not {wrong[0]}")
    return found


def _is_region(regions: Any) -> bool:
    return isinstance(regions, tuple) and all(isinstance(item, (slice, int)) for item in regions)


def store_node(array: Array, target: Any, lock: bool) -> Store:
    """The node of an array written into all of a target."""
    return _store(array, target, None, NamedLock(lock_name(target)) if lock else None)


def _store(array: Array, target: Any, region: Any, lock: Any, reads: bool = False) -> Store:
    node = known(array.expr)
    places = _region(region, tuple(target.shape))
    shape = tuple(len(p) for p in places if isinstance(p, range))
    if shape != node.shape:
        raise ValueError(f"an array of shape {node.shape} does not fit the target's region of shape {shape}")
    return Store.named(unique_name("store"), node, portable_target(target), places, lock, reads)


def _region(region: Any, shape: tuple[int, ...]) -> Region:
    """The places along each axis of the target."""
    items = (*(region or ()), *(slice(None) for _ in shape[len(region or ()) :]))
    return tuple(normal(range(n)[i]) if isinstance(i, slice) else range(n)[i] for i, n in zip(items, shape))


class Stored(Collection):
    """What `compute` needs to know of a `Store`."""

    def __init__(self, expr: Store) -> None:
        self.expr = expr

    @property
    def finish(self) -> Finish:
        return _nothing


def _nothing(blocks: Any) -> None:
    """What is left to return when all is written."""
