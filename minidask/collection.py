"""Collections: an expression, and what a person can ask of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import minidask.config as config
from minidask.expr import show
from minidask.expr.assemble import Assemble, Finish
from minidask.expr.blocks import Blocks
from minidask.expr.containers import Template
from minidask.expr.graph import build
from minidask.expr.node import Node
from minidask.expr.pipeline import UNOPTIMIZED
from minidask.expr.pipeline import optimize as optimize_nodes
from minidask.hints import annotate, get_annotations
from minidask.protocol import EXPORT, Exported, future_types, node_of_future
from minidask.running import get_for, run
from minidask.schedulers import get_scheduler
from minidask.schedulers.failure import without_ours
from minidask.schedulers.nature import told
from minidask.schedulers.order import order
from minidask.task import Graph

if TYPE_CHECKING:
    from minidask.futures import Computation


class Collection(Exported):
    """A lazy value: wraps one expression. Arrays, frames, bags and delayed values derive from it."""

    expr: Node
    default_scheduler: ClassVar[str] = "threads"

    @property
    def finish(self) -> Finish:
        """What makes the NumPy, pandas or Python object from the list of all blocks; picklable."""
        raise NotImplementedError

    def over(self, node: Node) -> Self:
        """A collection with the same facts over another node of the same value."""
        raise NotImplementedError

    def filled(self, most: Callable[[], float]) -> Collection:
        """What is to be computed instead, where tasks share the memory of this process, and `most` bytes of it may be
        the result's from the beginning: what puts blocks into the whole as they are made. Else the collection itself.
        """
        return self

    @property
    def name(self) -> Any:
        """The name of the expression: equal work has an equal name."""
        return self.expr.name

    def as_value(self) -> Node:
        """The node of the whole value in one block: what the collection is inside a task's arguments."""
        return Assemble(self.expr, self.finish)

    def compute(
        self, *, scheduler: Any = None, optimize_graph: bool = True, traverse: bool = False, **options: Any
    ) -> Any:
        """The NumPy, pandas or Python object that this collection describes.

        Parameters
        ----------
        scheduler
            "threads", "processes", "auto", "synchronous" or "ray", an `Executor`, a client, or a get function.
        optimize_graph
            False runs the expression as it was written.
        traverse
            As for `minidask.compute`; makes no difference here, as a collection is no container.
        **options
            For the scheduler, such as `num_workers` and `retries`.
        """
        return _computed((self,), scheduler, optimize_graph, options)[0]

    def submit(
        self, *, scheduler: Any = None, optimize_graph: bool = True, traverse: bool = False, **options: Any
    ) -> Computation:
        """Compute in the background; parameters as for `compute`, and what comes back as for `minidask.submit`."""
        return _submit((self,), traverse, optimize_graph, scheduler, options, lambda values: values[0])

    async def compute_async(self, **options: Any) -> Any:
        """For `await` in asyncio: `compute`, with its parameters, that lets other asyncio tasks run."""
        return await self.submit(**options)

    def __await__(self) -> Generator[Any, None, Any]:
        return self.submit().__await__()

    def persist(
        self, *, scheduler: Any = None, optimize_graph: bool = True, traverse: bool = False, **options: Any
    ) -> Self:
        """The same collection with its blocks computed and kept. Parameters as for `compute`."""
        return persist(self, scheduler=scheduler, optimize_graph=optimize_graph, traverse=traverse, **options)[0]

    def optimize(self, until: str = "fuse") -> Self:
        """The same collection over the expression that the optimizer makes, up to one of its stages."""
        return optimize(self, until=until)[0]

    def visualize(self, filename: str | None = "minidask", **options: Any) -> Any:
        """A picture of the expression, or of its tasks. Parameters as for `minidask.visualize`."""
        return visualize(self, filename=filename, **options)

    def explain(self, scheduler: Any = None) -> show.Text:
        """What will be done, as text: as written, as optimized, its tasks; with `scheduler="auto"` where they run."""
        return explain(self, scheduler=scheduler)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != EXPORT}


class Single(Collection):
    """Base of what may be one value: to convert it to a number, a truth value or formatted text computes it."""

    def _single(self, what: str, instead: str) -> Any:
        """The value; `what` is to be made of it, and `instead` is what to call where it is not one."""
        return self.compute()

    def __bool__(self) -> bool:
        return bool(self._single("a truth value", "any() or all()"))

    def __int__(self) -> int:
        return int(self._single("an int", "astype(int)"))

    def __float__(self) -> float:
        return float(self._single("a float", "astype(float)"))

    def __complex__(self) -> complex:
        return complex(self._single("a complex number", "astype(complex)"))

    def __index__(self) -> int:
        return int(self._single("an index", "astype(int)").__index__())

    def __format__(self, spec: str) -> str:
        return format(self.compute(), spec) if spec and not self.expr.grid else object.__format__(self, spec)


def is_minidask_collection(obj: Any) -> bool:
    """Whether `obj` is one of our lazy collections."""
    return isinstance(obj, Collection)


def _unpack(args: tuple[Any, ...], traverse: bool) -> Template:
    """The arguments with slots for the collections in them; without `traverse` only the arguments themselves."""
    if traverse:
        return Template.of(args, Collection)
    return Template.of(tuple(a if isinstance(a, Collection) else _Opaque(a) for a in args), Collection)


class _Opaque:
    """Hides a container that is not to be walked."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _fill(template: Template, values: Sequence[Any]) -> tuple[Any, ...]:
    filled = template.fill(values)
    return tuple(a.value if type(a) is _Opaque else a for a in filled)


def compute(
    *args: Any,
    traverse: bool = True,
    optimize_graph: bool = True,
    scheduler: Any = None,
    **options: Any,
) -> tuple[Any, ...]:
    """Compute several collections at once; their common work is done once.

    Parameters
    ----------
    *args
        Collections, also inside lists, tuples, dicts, sets and dataclasses; all else is returned as it is.
    traverse
        Whether to look for collections inside containers.
    optimize_graph
        False runs the expressions as they were written.
    scheduler
        "threads", "processes", "auto", "synchronous" or "ray", an `Executor`, a client, or a get function. Default: the
        option `scheduler`, then the client that lives in this process, then what the collections prefer.
    **options
        For the scheduler, such as `num_workers` and `retries`.

    Returns
    -------
    tuple
        The arguments with the NumPy, pandas and Python objects in the places of the collections.

    Examples
    --------
    >>> from minidask import delayed
    >>> compute({"three": delayed(sum)([1, 2])}, 5)
    ({'three': 3}, 5)
    """
    template = _unpack(args, traverse)
    collections = template.found
    return _fill(template, _computed(collections, scheduler, optimize_graph, options) if collections else [])


def _computed(
    collections: Sequence[Collection], scheduler: Any, optimize_graph: bool, options: Mapping[str, Any]
) -> list[Any]:
    """What the collections describe; errors come without the frames of ours."""
    try:
        made = run(collections, scheduler, optimize_graph, options)
    except Exception as error:
        error.__traceback__ = without_ours(error.__traceback__)
        raise
    return [c.finish(values) for c, _, values in made]


def submit(
    *args: Any,
    traverse: bool = True,
    optimize_graph: bool = True,
    scheduler: Any = None,
    **options: Any,
) -> Computation:
    """Begin to compute several collections at once, in the background. Parameters as for `compute`.

    Returns
    -------
    Computation
        A `concurrent.futures.Future` of what `compute` would return, which can also be awaited, and cancelled while
        it runs. One that nobody holds runs to its end, but does not hold up the end of the program.

    Examples
    --------
    >>> from minidask import delayed
    >>> computation = submit(delayed(sum)([1, 2]), 5)
    >>> computation.result(timeout=60)
    (3, 5)
    """
    return _submit(args, traverse, optimize_graph, scheduler, options, tuple)


def _submit(
    args: tuple[Any, ...],
    traverse: bool,
    optimize_graph: bool,
    scheduler: Any,
    options: dict[str, Any],
    unpack: Callable[[tuple[Any, ...]], Any],
) -> Computation:
    from minidask.futures import start  # loads logging, and few sessions compute in the background

    get, hints = get_for(_unpack(args, traverse).found, scheduler, options), get_annotations()

    def call() -> Any:
        with annotate(**hints):
            return unpack(compute(*args, traverse=traverse, optimize_graph=optimize_graph, scheduler=get, **options))

    return start(call)


async def compute_async(*args: Any, **options: Any) -> tuple[Any, ...]:
    """For `await` in asyncio: `compute`, with its parameters, that lets other asyncio tasks run.

    Examples
    --------
    >>> import asyncio
    >>> from minidask import delayed
    >>> asyncio.run(compute_async(delayed(sum)([1, 2]), 5))
    (3, 5)
    """
    values: tuple[Any, ...] = await submit(*args, **options)
    return values


def persist(
    *args: Any,
    traverse: bool = True,
    optimize_graph: bool = True,
    scheduler: Any = None,
    **options: Any,
) -> tuple[Any, ...]:
    """Compute the blocks of several collections at once, and keep them: in memory, or where that lacks room on disk.

    Parameters as for `compute`. Returns the arguments with collections over the blocks in the places of those.
    """
    template = _unpack(args, traverse)
    if not template.found:
        return _fill(template, [])
    try:
        made = run(template.found, scheduler, optimize_graph, options, keep=True)
    except Exception as error:
        error.__traceback__ = without_ours(error.__traceback__)
        raise
    kept = [c.over(Blocks.named(node.name, tuple(values), node.grid)) for c, node, values in made]
    return _fill(template, kept)


def optimize(*args: Any, traverse: bool = True, until: str = "fuse") -> tuple[Any, ...]:
    """The collections over the expressions that the optimizer makes of them, together.

    Parameters
    ----------
    *args, traverse
        As for `compute`.
    until
        The last stage to do: "simplify", "needs", "agree", "lower" or "fuse".
    """
    template = _unpack(args, traverse)
    nodes = optimize_nodes([c.expr for c in template.found], until=until)
    return _fill(template, [c.over(node) for c, node in zip(template.found, nodes)])


def _roots(args: tuple[Any, ...], optimize_graph: bool, tasks: bool) -> list[Node]:
    found = _unpack(args, traverse=True).found
    if not found:
        raise TypeError("there is no collection among the arguments")
    roots = [c.expr for c in found]
    if not tasks and not optimize_graph:
        return roots
    return optimize_nodes(roots, only=None if optimize_graph else UNOPTIMIZED)


def visualize(
    *args: Any,
    filename: str | None = "minidask",
    format: str | None = None,
    optimize_graph: bool = False,
    tasks: bool = False,
    engine: str | None = None,
    color: str | None = None,
    **options: Any,
) -> Any:
    """Draw the expressions of collections, or the tasks that make them.

    Parameters
    ----------
    *args
        Collections, also inside containers.
    filename
        File to write, with or without ending; None writes none.
    format
        "png", "svg", "pdf" or "dot"; None: by the ending, else png.
    optimize_graph
        Whether to draw what the optimizer makes of it.
    tasks
        Whether to draw tasks rather than nodes.
    engine
        "graphviz", or "text" for a tree that needs nothing installed. Default: option `visualization.engine`.
    color
        "order" colours and numbers tasks by the order in which they would run one at a time.
    **options
        For the drawing, in Graphviz' words: `rankdir` ("BT", "LR"), `node_attr`, `edge_attr`, `graph_attr`.

    Returns
    -------
    In a notebook the picture; else the name of the file, or the bytes where none was written. The text of `engine`
    "text", which is written where a `filename` is given.
    """
    from minidask.diagnostics.pictures import draw  # pictures are drawn rarely, and no collection needs them

    engine = config.get("visualization.engine", override_with=engine)
    if engine not in ("graphviz", "text"):
        raise ValueError(f'engine={engine!r}: expected "graphviz" or "text"')
    if color not in (None, "order") or (color and not tasks):
        raise ValueError(f'color={color!r}: expected None, or "order" together with tasks=True')
    roots = _roots(args, optimize_graph, tasks)
    graph = build(roots) if tasks else None
    picture = show.picture_of_nodes(roots) if graph is None else show.picture_of_tasks(graph)
    if engine == "text":
        return show.written(show.tree_of_picture(picture), None if filename == "minidask" else filename)
    ranks = _ranks(graph) if graph is not None and color else None
    return draw(picture, filename=filename, format=format, ranks=ranks, **options)


def _ranks(graph: Graph) -> list[int]:
    """For each task its place in the order of running."""
    needed = {*graph.needs}
    placed, _ = order(graph, [i for i in range(len(graph)) if i not in needed])
    places = {i: place for place, i in enumerate(placed)}
    return [places[i] for i in range(len(graph))]


def explain(*args: Any, scheduler: Any = None) -> show.Text:
    """What computing these collections will do, as text: as written, as optimized, its tasks, and what "auto" saw.

    Parameters
    ----------
    *args, scheduler
        As in `compute`; with "auto" the text tells of operations that it has not seen yet, too.
    """
    get_scheduler(scheduler)
    roots = _roots(args, optimize_graph=False, tasks=False)
    stages = {"as written": roots}
    stages["simplified"] = optimize_nodes(roots, until="agree")
    stages["to run"] = optimize_nodes(roots)
    graph = build(stages["to run"])
    return show.Text(
        show.explanation(stages, graph) + told(graph, config.get("scheduler", override_with=scheduler) == "auto")
    )


def with_values(obj: Any) -> Any:
    """`obj` with, for each collection in it, and for each future of a cluster, the node of its value."""
    if isinstance(obj, Collection):
        return obj.as_value()
    template = Template.of(obj, (Collection, *future_types()))
    return template.fill([value_node(found) for found in template.found]) if template.found else template.shape


def value_node(obj: Any) -> Any:
    """The node of the value of a collection, or of a future of a cluster; anything else as it is."""
    if isinstance(obj, Collection):
        return obj.as_value()
    return node_of_future(obj) if isinstance(obj, future_types()) else obj
