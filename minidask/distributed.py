"""Clusters, by the `distributed` package (extra `distributed`): the same code on more machines than one.

    from minidask.distributed import Client, LocalCluster

    client = Client(LocalCluster(n_workers=2))
    x.compute()  # on the cluster, while the client lives
    x.compute(scheduler="threads")  # here

All else that `distributed` has, such as `wait`, `as_completed`, `progress` and `performance_report`, is here, too.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from minidask.collection import is_minidask_collection
from minidask.delayed import Delayed
from minidask.errors import ClusterError
from minidask.extras import import_extra
from minidask.protocol import asked_by, node_of_future
from minidask.schedulers.options import check_hints

if TYPE_CHECKING:
    import distributed as _distributed
else:
    _distributed = import_extra("distributed", extra="distributed", purpose="compute on a cluster")

_DASHBOARD = "127.0.0.1:8787"
"""The dashboard has no password: only this machine sees it, unless somebody says otherwise."""
_NO_DASHBOARD = "127.0.0.1:0"
"""A scheduler has a small web server in any case, which answers `/health` and `/metrics`: on a port that is free."""

_ANYWHERE = ("", "0.0.0.0", "[::]")
"""Hosts of dashboards that whoever reaches this machine sees: no addresses to which a browser could go."""


class LocalCluster(_distributed.LocalCluster):
    """Workers on this machine. Parameters are those of `distributed.LocalCluster`.

    The most used: `n_workers`, `threads_per_worker`, `processes` (False: threads of this process, which share its
    memory), `memory_limit` of each worker, `dashboard_address` (by default port 8787, for this machine only; None: no
    dashboard, but the scheduler still answers `/health` and `/metrics`, on some port for this machine only).

    Raises
    ------
    ClusterError
        Worker processes import the script that starts them, and it starts them when it is imported.
    """

    def __init__(self, *args: Any, dashboard_address: str | None = _DASHBOARD, **kwargs: Any) -> None:
        self._dashboard_address = dashboard_address
        with _starting():
            super().__init__(*args, **_local(dashboard_address=dashboard_address, **kwargs))

    @property
    def dashboard_link(self) -> str:
        """Where the dashboard is; empty where there is none."""
        return _link(super().dashboard_link, self._dashboard_address)

    def __repr__(self) -> str:
        """As of `distributed`, with the link to the dashboard."""
        text: str = super().__repr__()
        link = f", dashboard={self.dashboard_link!r}" if self.dashboard_link else ""
        return text.replace(", workers=", f"{link}, workers=", 1)


class Client(_distributed.Client):
    """The connection to a cluster. Parameters are those of `distributed.Client`.

    `Client(cluster)` and `Client("tcp://host:8786")` connect; `Client(n_workers=4, processes=True)` starts a
    `LocalCluster` of its own. While it lives, `compute()` and `persist()` use it, unless a scheduler is given.
    `client.compute(x)` gives a `Future`, `client.persist(x)` the collection over blocks that stay on the cluster;
    `submit`, `map`, `gather` and `scatter` are there as well. A `distributed.Client` does the same; only its `compute`
    and `persist` run the tasks of our collections in an order of its own, where here it is ours.
    """

    def __init__(self, address: Any = None, *args: Any, **kwargs: Any) -> None:
        self._dashboard_address: str | None = ""
        if address is None and kwargs.get("scheduler_file") is None and not _configured_address():
            self._dashboard_address = kwargs.get("dashboard_address", _DASHBOARD)
            kwargs = _local(**kwargs)
        with _starting():
            super().__init__(address, *args, **kwargs)

    def compute(self, collections: Any, sync: bool = False, *args: Any, priority: float = 0, **kwargs: Any) -> Any:
        """Futures of the values of collections. Parameters are those of `distributed.Client.compute`."""
        check_hints({"retries": kwargs.get("retries"), "priority": priority})
        ask = partial(super().compute, priority=priority, **kwargs)
        with asked_by(self, priority):
            futures = _each_kind(lambda some: ask(some, False, *args), collections)
        return self.gather(futures) if sync else futures

    def persist(self, collections: Any, *args: Any, priority: float = 0, **kwargs: Any) -> Any:
        """Collections over blocks that stay on the cluster. Parameters are those of `distributed.Client.persist`."""
        check_hints({"retries": kwargs.get("retries"), "priority": priority})
        ask = partial(super().persist, priority=priority, **kwargs)
        with asked_by(self, priority):
            return _each_kind(lambda some: ask(some, *args), collections)

    def normalize_collection(self, collection: Any) -> Any:
        """As of `distributed`, which makes collections over futures; not for ours, for which `persist` does it."""
        if is_minidask_collection(collection):
            raise NotImplementedError(
                "client.normalize_collection() of a minidask collection: what is persisted is used where "
                "you go on from the collection that persist() gives"
            )
        return super().normalize_collection(collection)

    @property
    def dashboard_link(self) -> Any:
        """Where the dashboard is."""
        return _link(super().dashboard_link, self._dashboard_address)


def _each_kind(ask: Callable[[Any], Any], collections: Any) -> Any:
    """What is answered for collections, of which ours and those of dask are asked for apart.

    Of several kinds at once dask asks in groups, and takes the answers for those of the order that was given.
    """
    if not isinstance(collections, list | tuple | set | frozenset):
        return ask(collections)
    kinds = [(is_minidask_collection(one), one) for one in collections]
    answers = {kind: iter(ask([one for of, one in kinds if of is kind])) for kind in {kind for kind, _ in kinds}}
    return [next(answers[kind]) for kind, _ in kinds]


def _local(
    dashboard_address: str | None = _DASHBOARD, scheduler_kwargs: Mapping[str, Any] | None = None, **options: Any
) -> dict[str, Any]:
    """The options of a cluster on this machine, as `distributed` takes them.

    Raises
    ------
    ClusterError
        This process is a worker that imports the script that starts it.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise ClusterError(_GUARD)
    of_scheduler = {"dashboard": dashboard_address is not None, **(scheduler_kwargs or {})}
    return {"dashboard_address": dashboard_address or _NO_DASHBOARD, "scheduler_kwargs": of_scheduler, **options}


_GUARD = (
    "the processes of a LocalCluster import the script that starts them, so it must start them below "
    '`if __name__ == "__main__":`; LocalCluster(processes=False) and scheduler="processes" need no guard'
)


@contextmanager
def _starting() -> Iterator[None]:
    """While workers are started: where they do not come, the last line of the error tells of the likely reason.

    What they raise themselves is far above it.
    """
    try:
        yield
    except RuntimeError as error:
        if "failed to start" in str(error):
            error.add_note(_GUARD)
        raise


def _link(link: Any, dashboard_address: str | None) -> Any:
    """The link of a dashboard at this address; `distributed` takes it for where the scheduler is."""
    if dashboard_address is None:
        return ""
    host = dashboard_address.rpartition(":")[0]
    parts = urlsplit(link or "")
    return link if host in _ANYWHERE or not parts.port else parts._replace(netloc=f"{host}:{parts.port}").geturl()


def from_future(future: Any) -> Delayed:
    """A delayed value over a result that is on a cluster, or will be.

    By it our collections take what `client.scatter`, `client.submit` and `client.map` give: data that goes to the
    workers once, and not in the graph of each computation. Blocks of an array or frame are made of such values by
    `from_delayed`. As an argument of `delayed`, `map_blocks` and their like a future stands for its value as it is.

    Parameters
    ----------
    future
        A `Future` of the package `distributed`.

    Raises
    ------
    TypeError
        It is none.

    Examples
    --------
    >>> with Client(processes=False, n_workers=1, dashboard_address="127.0.0.1:0") as client:
    ...     print((from_future(client.submit(max, 1, 2)) + 3).compute())
    5
    """
    if not isinstance(future, _distributed.Future):
        raise TypeError(f"from_future() takes a Future of a cluster, not {type(future).__name__}")
    return Delayed.of(node_of_future(future))


def progress(*futures: Any, notebook: bool | None = None, **options: Any) -> Any:
    """Show how far futures and collections are. Parameters are those of `distributed.progress`.

    Parameters
    ----------
    *futures
        Futures, and collections that a cluster holds.
    notebook
        Whether to show a widget, which is updated while other cells run; else text, which is waited for. By default a
        widget in notebooks, where the package ipywidgets is installed.
    **options
        As of `distributed.progress`, such as `multi` and `complete`.
    """
    if notebook is None and not _has_widgets():
        notebook = False
    return _distributed.progress(*futures, notebook=notebook, **options)


def _has_widgets() -> bool:
    try:
        import_module("ipywidgets")
    except ImportError:
        return False
    return True


def _configured_address() -> Any:
    import dask  # which distributed needs

    return dask.config.get("scheduler-address", None)


def __getattr__(name: str) -> Any:
    try:
        return getattr(_distributed, name)
    except AttributeError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
