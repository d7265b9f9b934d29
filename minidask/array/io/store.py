"""Writing arrays into anything that takes slices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.chunks import as_slice
from minidask.array.creation import from_array
from minidask.array.io.aside import Ending, Endings, Renewed, renews
from minidask.array.node import ArrayNode, Given
from minidask.array.nodes.files import lock_name
from minidask.array.nodes.sizes import known
from minidask.array.nodes.slicing import normal
from minidask.array.nodes.source import NamedLock, Region, RegionCuts
from minidask.array.nodes.store import Store, portable_target, writing_lock
from minidask.collection import Collection, persist
from minidask.collection import compute as compute_all
from minidask.expr.assemble import Finish
from minidask.expr.blocks import blockwise
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.reads import broadcast


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

    Zarr arrays on disk, in memory or behind fsspec are written aside, and renewed when all is written: what fails
    leaves them as they were. Any other target is written into as blocks are made, and holds some after a failure.

    Parameters
    ----------
    sources
        A lazy array, or a sequence of them.
    targets
        For each what it is written into: takes ``target[slices] = block``.
    lock
        Held while writing: True for one that all share (with those who read, where the target's library is not safe
        to use from several threads; with other processes, where the target is a Zarr array in a folder), False for
        none, or a lock. Blocks that end within a chunk of the target need it.
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
    arrays, goals = (
        _listed(sources),
        [targets] if hasattr(targets, "shape") or not isinstance(targets, Iterable) else list(targets),
    )
    places = [regions] * len(arrays) if regions is None or _is_region(regions) else list(regions)
    if not len(arrays) == len(goals) == len(places):
        raise ValueError(f"{len(arrays)} sources for {len(goals)} targets and {len(places)} regions")
    nodes, ending = _nodes(arrays, goals, places, lock, return_stored and (not compute or bool(load_stored)))
    if not return_stored:
        return run(nodes, compute, ending, options)
    if not compute and ending is not None:
        return tuple(written_first(nodes, ending, list(map(portable_target, goals))))
    if nodes and nodes[0].reads:
        found = [Array.of(Given(n, n.source.chunks, n.source.meta)) for n in nodes]
        return persist(*found, **options) if compute else tuple(found)
    run(nodes, True, ending, options)
    views = tuple(_view(target, node, lock) for target, node in zip(goals, nodes))
    return persist(*views, **options) if load_stored else views


def _nodes(
    arrays: Sequence[Array], goals: Sequence[Any], places: Sequence[Any], lock: Any, reads: bool
) -> tuple[list[Store], Ending | None]:
    """What writes each array, and what is to be done at the end: Zarr arrays are written aside."""
    library = next(filter(None, map(lock_name, goals)), None)
    guard = NamedLock(library) if lock is True else lock or None
    fit = [_fitting(*each) for each in zip(arrays, goals, places)]
    renewed: dict[Any, Renewed] = {}
    targets = [_renewed(renewed, goal, region) if renews(goal) else goal for goal, (_, region) in zip(goals, fit)]
    nodes = [
        _store(source, target, region, guard, reads and not renewed) for target, (source, region) in zip(targets, fit)
    ]
    return nodes, Endings(list(renewed.values())) if renewed else None


def _renewed(known: dict[Any, Renewed], goal: Any, region: Region) -> Any:
    """Where a region of a Zarr array is written until it is whole: one place for all regions of an array."""
    key = str(goal.store_path)
    if key not in known:
        known[key] = Renewed(goal)
    known[key].regions.append(region)
    return known[key].target


def run(nodes: Sequence[Store], compute: bool, ending: Ending | None, options: Mapping[str, Any]) -> Any:
    """Write, now or when the delayed value that comes back is computed; gives what the ending gives, of now."""
    if not compute:
        return _written(nodes, ending, False)
    try:
        compute_all(*map(Stored, nodes), **options)
    except BaseException:
        if ending is not None:
            ending.give_up()
        raise
    return None if ending is None else ending()


def written_first(nodes: Sequence[Store], ending: Ending, targets: Sequence[Any] | None = None) -> list[Array]:
    """The arrays of what is stored, all of it before any is read: from targets, or from what the ending gives."""
    written = _written(nodes, ending, targets is None).expr
    return [_read_later(written, node, target) for node, target in zip(nodes, targets or [None] * len(nodes))]


def _read_later(written: Node, node: Store, target: Any) -> Array:
    cuts = RegionCuts(node.region, node.source.chunks)
    name = unique_name("stored")
    blocks = blockwise(
        _read, written, target, cuts, grid=node.grid, reads={0: broadcast((), node.grid)}, name=name, label="stored"
    )
    return Array.of(Given(blocks, node.source.chunks, node.source.meta))


def _read(written: Any, target: Any, cut: tuple[slice | int, ...]) -> Any:
    return np.asarray((written if target is None else target)[cut])


def _written(nodes: Sequence[Store], ending: Ending | None, gives: bool) -> Any:
    """The delayed value of having written."""
    from minidask.delayed import delayed  # collections do not import each other

    return delayed(_Then(ending, gives))([Stored(node) for node in nodes])


class _Then:
    """Called when all is written."""

    def __init__(self, ending: Ending | None, gives: bool) -> None:
        self.ending = ending
        self.gives = gives

    def __call__(self, stored: Any) -> Any:
        found = None if self.ending is None else self.ending()
        return found if self.gives else None


def _view(target: Any, node: Store, lock: Any) -> Array:
    """The lazy array of a region of a target."""
    region = tuple(as_slice(p) if isinstance(p, range) else p for p in node.region)
    whole = from_array(target, tuple(target.shape), name=False, lock=None if lock is True else lock or False)
    return whole[region].rechunk(node.source.chunks)


def _listed(sources: Any) -> list[Array]:
    found = list(sources) if isinstance(sources, Iterable) and not isinstance(sources, Array) else [sources]
    wrong = [type(s).__name__ for s in found if not isinstance(s, Array)]
    if wrong:
        raise TypeError(f"sources must be lazy arrays, not {wrong[0]}")
    return found


def _is_region(regions: Any) -> bool:
    return isinstance(regions, tuple) and all(isinstance(item, (slice, int)) for item in regions)


def store_node(array: Array, target: Any, lock: bool) -> Store:
    """The node of an array written into all of a target."""
    source, region = _fitting(array, target, None)
    return _store(source, target, region, NamedLock(lock_name(target)) if lock else None)


def _fitting(array: Array, target: Any, region: Any) -> tuple[ArrayNode, Region]:
    """The node of an array, and the places in the target that it fills."""
    if not hasattr(target, "shape"):
        raise TypeError(f"targets must have a shape and take slices; {type(target).__name__} does not")
    node = known(array.expr)
    places = _region(region, tuple(target.shape))
    shape = tuple(len(p) for p in places if isinstance(p, range))
    back = [axis for axis, p in enumerate(places) if isinstance(p, range) and p.step < 0 and len(p) > 1]
    if back and type(target).__module__.startswith(("zarr.", "h5py.")):
        raise ValueError(f"region={region}: a {type(target).__name__} takes no step below 0; flip axis {back[0]}")
    if shape != node.shape:
        raise ValueError(f"an array of shape {node.shape} does not fit the target's region of shape {shape}")
    return node, places


def _store(source: ArrayNode, target: Any, places: Region, lock: Any, reads: bool = False) -> Store:
    held = writing_lock(target, lock) if isinstance(lock, NamedLock) else lock
    return Store.named(unique_name("store"), source, portable_target(target), places, held, reads)


def _region(region: Any, shape: tuple[int, ...]) -> Region:
    """The places along each axis of the target."""
    if len(region or ()) > len(shape):
        raise ValueError(f"region={region} is of {len(region)} axes, but the target's shape {shape} has {len(shape)}")
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
