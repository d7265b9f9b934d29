"""Ray, where somebody has it: `scheduler="ray"`. A task is a remote function, its results stay in Ray's stores.

Ray has no priorities, so tasks go to it in our order. Arrays reach tasks read-only, as they lie in shared memory.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

import cloudpickle

from minidask.errors import TaskExit
from minidask.extras import import_extra
from minidask.schedulers.calls import calls
from minidask.schedulers.environments import cannot_load
from minidask.schedulers.failure import pack_error, unpack_error
from minidask.schedulers.order import order
from minidask.schedulers.remote import RemoteScheduler, resting
from minidask.task import KEY_TYPES, Graph, Key, Resting

if TYPE_CHECKING:
    import ray as _ray
else:
    _ray = import_extra("ray", extra="ray", purpose="compute on Ray")

_OF_RAY = {"CPU": "num_cpus", "GPU": "num_gpus", "memory": "memory"}
"""The resources that Ray knows itself, and what it calls them where a task asks for them."""

_ON_NODES = 'say resources={"some name": 1}, and start the nodes that may run it with such resources'
_INSTEAD = {
    "priority": "what is to run first is to be computed first",
    "workers": _ON_NODES,
    "allow_other_workers": _ON_NODES,
}
"""Of the hints of `annotate` those that Ray cannot follow, and what to do."""


class HeldByRay(Resting):
    """A result that rests in Ray's stores. It is released there when nobody refers to it any more.

    Parameters
    ----------
    reference
        Ray's own handle.
    """

    __slots__ = ("reference",)
    is_far = True

    def __init__(self, reference: Any) -> None:
        self.reference = reference

    def open(self) -> Any:
        """The result, which is waited for."""
        return _fetched([self.reference])[0]

    def __repr__(self) -> str:
        return f"<held by Ray: {self.reference.hex()}>"


class RayScheduler(RemoteScheduler):
    """A get function that computes on Ray: on that to which this process is connected, else on one that it starts."""

    def __call__(
        self,
        graph: Graph | Mapping[Key, Any],
        keys: Any,
        *,
        retries: int | None = None,
        retry_on: type[Exception] | tuple[type[Exception], ...] | None = None,
        resources: Mapping[str, float] | None = None,
    ) -> Any:
        """Compute the values of `keys`, and bring them here.

        Parameters
        ----------
        graph
            A graph, or a dict in the plain form.
        keys
            The wanted keys: a list, which may be nested, or a single key.
        retries, retry_on
            How often a task that raises is run again, and after which errors; None as on this machine.
        resources
            How much of what each task needs: "CPU", "GPU", "memory" in bytes, and what the cluster's nodes have.
        """
        return self._compute(graph, keys, retries=retries, retry_on=retry_on, resources=resources)

    def _submit(self, graph: Graph, wanted: Mapping[Key, int], **hints: Any) -> dict[Key, HeldByRay]:
        _check_hints(graph)
        sent = _Sent(graph, wanted.values(), **hints)
        return {key: HeldByRay(sent.reference(sent.names[i])) for key, i in wanted.items()}

    def cancel(self, handles: Iterable[HeldByRay]) -> None:
        """Let tasks that nobody else waits for not begin any more."""
        for handle in handles:
            _ray.cancel(handle.reference)

    def _is_mine(self, handle: Any) -> bool:
        return isinstance(handle, HeldByRay)

    def _fetch(self, handles: Sequence[HeldByRay]) -> Sequence[Any]:
        return _fetched([handle.reference for handle in handles])


class _Sent:
    """The tasks of one graph that Ray has been told of.

    Parameters
    ----------
    graph, wanted
        The tasks that these need are sent, in the order in which they should run.
    retries, retry_on, resources
        The hints of a call.
    """

    def __init__(
        self,
        graph: Graph,
        wanted: Iterable[int],
        retries: int | None = None,
        retry_on: Any = None,
        resources: Mapping[str, float] | None = None,
    ) -> None:
        if not _ray.is_initialized():
            _ray.init(include_dashboard=False)
        self._run = _ray.remote(_run)
        self._resources = resources or {}
        self._references: dict[Any, Any] = {}
        self.names = [_reference_of(graph, i) or graph.key(i) for i in range(len(graph))]
        """For each task its key, or Ray's handle of its result."""
        self._calls = calls(graph, self.names, retries, retry_on)
        for i in order(graph, wanted)[0]:
            if type(self.names[i]) in KEY_TYPES:
                self._send(self.names[i], graph.annotations(i).get("resources", {}))

    def _send(self, name: Any, resources: Mapping[str, float]) -> None:
        call, *needs = self._calls[name]
        asked = {**self._resources, **resources}
        options: dict[str, Any] = {_OF_RAY[kind]: asked.pop(kind) for kind in _OF_RAY if kind in asked}
        run = self._run.options(name=call.__name__, resources=asked, **options)
        self._references[name] = run.remote(_Parcel(call), *map(self.reference, needs))

    def reference(self, name: Any) -> Any:
        """Ray's handle for a name, or for itself; literals, which are no tasks of the graph, are sent when needed."""
        if isinstance(name, _ray.ObjectRef):
            return name
        if name not in self._references:
            self._send(name, {})
        return self._references[name]


def _check_hints(graph: Graph) -> None:
    """Raise a NotImplementedError where somebody asked for what Ray does not do."""
    for hint, instead in _INSTEAD.items():
        if any(asked for _, asked in graph.annotated(hint)):
            raise NotImplementedError(f"annotate({hint}=...): Ray has no such thing; {instead}")


def _reference_of(graph: Graph, i: int) -> Any:
    """Ray's handle of the result of task `i`, where it has one."""
    given = resting(graph, i)
    return given.reference if isinstance(given, HeldByRay) else None


class _Parcel:
    """An object on its way: pickled by cloudpickle, which knows a person's classes again, with its buffers beside."""

    def __init__(self, content: Any) -> None:
        self._content = content

    def __reduce__(self) -> tuple[Any, ...]:
        buffers: list[pickle.PickleBuffer] = []
        data = cloudpickle.dumps(self._content, protocol=5, buffer_callback=buffers.append)
        return _Arrived, (data, buffers)


class _Arrived:
    """A parcel that has come; its buffers lie in memory that Ray shares."""

    def __init__(self, data: bytes, buffers: list[Any]) -> None:
        self._data = data
        self._buffers = buffers

    def open(self) -> Any:
        """The object, whose arrays are read-only."""
        return pickle.loads(self._data, buffers=map(memoryview, self._buffers))

    def copy(self) -> Any:
        """The object in memory of its own."""
        return pickle.loads(self._data, buffers=map(bytearray, self._buffers))


def _run(call: _Arrived, *results: _Arrived) -> _Parcel:
    """In a worker of Ray."""
    try:
        return _Parcel(call.open()(*[result.open() for result in results]))
    except Exception as error:
        raise _Carried(pack_error(error)) from None


class _Carried(Exception):
    """An error on its way from a worker of Ray, in the form in which ours travel."""


def _fetched(references: list[Any]) -> list[Any]:
    try:
        return [arrived.copy() for arrived in _ray.get(references)]
    except _ray.exceptions.RayTaskError as error:
        failure = _failure(error.cause)
    except _ray.exceptions.TaskCancelledError as error:
        failure = CancelledError(str(error))
    raise failure


def _failure(cause: BaseException) -> BaseException:
    """What a task has raised."""
    if isinstance(cause, _Carried):
        error = unpack_error(cause.args[0])
        error.__notes__.insert(0, error.__notes__.pop())  # the traceback, before what tells of the task
        return error.error if isinstance(error, TaskExit) else error
    return cannot_load(cause) if isinstance(cause, ImportError | AttributeError) else cause


get = RayScheduler()
