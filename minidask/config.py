"""Options, in one documented table.

An option's value is the first found of: `config.set(...)`, the environment, its default. In the environment
the option `array.chunk-size` is the variable ``MINIDASK_ARRAY__CHUNK_SIZE``: `__` for the dot, `_` for the hyphen.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from types import TracebackType
from typing import Any, NamedTuple

from minidask.errors import ConfigError
from minidask.quantities import parse_bytes, parse_limit, parse_timedelta

SCHEDULERS = {
    "threads": "threads",
    "threading": "threads",
    "processes": "processes",
    "multiprocessing": "processes",
    "sync": "synchronous",
    "synchronous": "synchronous",
    "single-threaded": "synchronous",
    "auto": "auto",
    "ray": "ray",
}
"""The names that people may use, and the module of `minidask.schedulers` whose `get` they mean."""


class Kind(NamedTuple):
    """The values that an option takes."""

    expected: str
    takes: Callable[[Any], bool]


def _one_of(*values: str) -> Kind:
    return Kind(" or ".join(map(repr, values)), lambda value: isinstance(value, str) and value in values)


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_scheduler(value: Any) -> bool:
    if isinstance(value, str):
        return value.lower() in SCHEDULERS
    return value is None or (not isinstance(value, type) and (callable(value) or hasattr(value, "submit")))


def _is_size(value: Any) -> bool:
    try:
        return parse_bytes(value) > 0
    except (TypeError, ValueError):
        return False


def _is_room(value: Any) -> bool:
    return value == 0 or _is_size(value)


def _is_limit(value: Any) -> bool:
    try:
        return parse_limit(value, 1) >= 0
    except (TypeError, ValueError):
        return False


def _is_duration(value: Any) -> bool:
    try:
        return value is None or parse_timedelta(value) > 0
    except (TypeError, ValueError):
        return False


def is_amounts(value: Any) -> bool:
    """Whether this says how much there is, or is needed, of some resources.

    Examples
    --------
    >>> is_amounts({"db": 2}), is_amounts({"db": 0}), is_amounts("db")
    (True, False, False)
    """
    return isinstance(value, Mapping) and all(isinstance(name, str) and _is_amount(n) for name, n in value.items())


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


_SCHEDULER = Kind(f"None, a get function, an Executor or one of {', '.join(map(repr, SCHEDULERS))}", _is_scheduler)
_WORKERS = Kind("None or a positive whole number", lambda value: value is None or _whole(1)(value))
_FOLDER = Kind("None or the path of a folder", lambda value: value is None or isinstance(value, str | os.PathLike))
_CODEC = Kind("None, 'gzip', 'lz4' or 'zstd'", lambda value: value is None or value in ("gzip", "lz4", "zstd"))
_SIZE = Kind('a number of bytes or text such as "128MiB"', _is_size)
_ROOM = Kind('0, a number of bytes or text such as "2GB"', _is_room)
_LIMIT = Kind('a number of bytes or text such as "2GB", a share such as "60%" or 0.6, or False', _is_limit)
_DURATION = Kind('None, a number of seconds or text such as "5min"', _is_duration)
_COUNT = Kind("a whole number of at least 0", _whole(0))
_AMOUNTS = Kind('a dict of positive numbers by name, such as {"db": 2}', is_amounts)
_FLAG = Kind("True or False", lambda value: isinstance(value, bool))


class Option(NamedTuple):
    """One row of the table."""

    default: Any
    kind: Kind
    meaning: str


OPTIONS: dict[str, Option] = {
    "scheduler": Option(
        None, _SCHEDULER, "of compute(): a name, a get function, or an Executor; None is the collection's own"
    ),
    "num_workers": Option(
        None, _WORKERS, "threads or processes to run tasks on; None is the cores this process may use"
    ),
    "memory_limit": Option(
        "60%",
        _LIMIT,
        "of the results and tasks of all computations: bytes, a share of the machine's memory; False is none",
    ),
    "resources": Option(
        {},
        _AMOUNTS,
        'how much there is of what annotate(resources=...) names: {"db": 2} lets two tasks hold "db" at once',
    ),
    "retry-transient": Option(
        2, _COUNT, "how often a task is run again that raises an error of reading or writing that may go away"
    ),
    "watchdog": Option(
        "5min", _DURATION, "when nothing moves for so long, say so with the stacks of what runs; None is never"
    ),
    "cache": Option(0, _ROOM, "room for blocks that are kept from one computation to the next, in bytes; 0 is none"),
    "stopped-workers": Option(
        "10s", _DURATION, "a worker process that somebody has stopped (SIGSTOP) for so long is replaced; None is never"
    ),
    "temporary-directory": Option(
        None,
        _FOLDER,
        "folder for spilled and exchanged blocks; None is the system's, or /var/tmp where that is in memory",
    ),
    "spill-compression": Option(
        None, _CODEC, 'of blocks that go to disk: "gzip", or "lz4" or "zstd", which need pyarrow; None is the fastest'
    ),
    "array.chunk-size": Option("128MiB", _SIZE, 'bytes of one block where chunks="auto"'),
    "array.unknown-sizes": Option(
        "count", _one_of("count", "raise"), 'sizes that depend on data: "count" them when asked, or "raise"'
    ),
    "array.compile": Option(
        True, _FLAG, "whether element-wise chains with much to do are compiled, where Numba is installed"
    ),
    "dataframe.blocksize": Option("64MiB", _SIZE, "bytes of text read into one partition by read_csv"),
    "dataframe.broadcast-rows": Option(
        1_000_000, _COUNT, "a merge sends a side of at most so many rows to all partitions"
    ),
    "tokenize.ensure-deterministic": Option(
        False, _FLAG, "raise where an object has no name that lasts beyond the session"
    ),
    "visualization.engine": Option(
        "graphviz", _one_of("graphviz", "text"), 'what draws visualize(): "graphviz" or "text"'
    ),
}
"""Every option: name, default, values, meaning. To add one, add a row."""

_unset: Any = object()


class Setting:
    """A value that was set; once a `with` block has taken it out, what was `before` stands in its place."""

    __slots__ = ("before", "taken_out", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.taken_out = False
        self.before: Setting | None = None


def _standing(setting: Setting | None) -> Setting | None:
    while setting is not None and setting.taken_out:
        setting = setting.before
    return setting


_settings: Mapping[str, Setting] = {}
"""What the environment and calls of `set` have set, for all threads. Never changed: a new one takes its place."""
_scope: ContextVar[Mapping[str, Any]] = ContextVar("minidask.config", default={})  # noqa: B039  never changed
"""What the `with` blocks around have set, in this thread or asynchronous task."""
_changing = Lock()


def canonical_name(name: str) -> str:
    """The option's name as the table has it: underscores may stand for hyphens, `__` for the dot.

    Examples
    --------
    >>> canonical_name("array.chunk_size")
    'array.chunk-size'
    """
    for candidate in (name, name.replace("__", ".").replace("_", "-"), name.replace("__", ".")):
        if candidate in OPTIONS:
            return candidate
    raise ConfigError(f"there is no option {name!r}; the options are {', '.join(sorted(OPTIONS))}")


def get(name: str, default: Any = _unset, override_with: Any = None) -> Any:
    """The value of an option.

    Parameters
    ----------
    name
        One of `OPTIONS`.
    default
        Returned where the option is set nowhere, in the place of the table's default, or where there is no such one.
    override_with
        Returned when it is not None: for arguments that take precedence over the configuration.

    Raises
    ------
    ConfigError
        There is no such option, and no `default`.

    Examples
    --------
    >>> get("array.unknown-sizes")
    'count'
    """
    if override_with is not None:
        return override_with
    if name not in OPTIONS:
        try:
            name = canonical_name(name)
        except ConfigError:
            if default is _unset:
                raise
            return default
    scope = _scope.get()
    if name in scope:
        return scope[name]
    setting = _settings.get(name)
    if setting is not None:
        return setting.value
    return OPTIONS[name].default if default is _unset else default


class set:
    """Set options: for good and for all threads, or inside a `with` block and for its thread.

    What is computed inside the block sees them too, whichever threads run it.

    Parameters
    ----------
    settings
        Names and values; dicts inside are of sections: ``{"array": {"chunk-size": "16MiB"}}``.
    **kwargs
        The same, with `_` for `-` and `__` for `.`.

    Raises
    ------
    ConfigError
        There is no such option, or it does not take this value.

    Examples
    --------
    >>> with set({"array.chunk-size": "16MiB"}, num_workers=1):
    ...     get("array.chunk-size"), get("num_workers")
    ('16MiB', 1)
    >>> get("array.chunk-size")
    '128MiB'
    """

    def __init__(self, settings: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        global _settings
        self._new = dict(_checked({**(settings or {}), **kwargs}))
        self._around = around = _scope.get()
        again = {name: value for name, value in self._new.items() if name in around}
        if again:  # until the end of the block that had set them
            _scope.set({**around, **again})
        self._mine = {name: Setting(value) for name, value in self._new.items() if name not in again}
        with _changing:
            self._before = {name: _settings.get(name) for name in self._mine}
            _settings = {**_settings, **self._mine}

    def __enter__(self) -> dict[str, Any]:
        global _settings
        with _changing:
            for name, setting in self._mine.items():
                setting.taken_out, setting.before = True, self._before[name]
            _settings = dict(_that_stand(_settings))
        inside = {**self._around, **self._new}
        _scope.set(inside)
        return dict(inside)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        others = {name: value for name, value in _scope.get().items() if name not in self._new}
        _scope.set({**others, **{name: self._around[name] for name in self._new if name in self._around}})


def snapshot() -> dict[str, Any]:
    """The options that are set here and now, for `adopted` elsewhere.

    Examples
    --------
    >>> with set({"array.chunk-size": "16MiB"}):
    ...     snapshot()["array.chunk-size"]
    '16MiB'
    """
    return {**{name: setting.value for name, setting in _settings.items()}, **_scope.get()}


@contextmanager
def adopted(options: Mapping[str, Any]) -> Iterator[None]:
    """Let the options of a `snapshot` be in force inside a `with` block, and for its thread."""
    around = _scope.set(options)
    try:
        yield
    finally:
        _scope.reset(around)


def _that_stand(settings: Mapping[str, Setting]) -> Iterator[tuple[str, Setting]]:
    """The settings without those taken out: another thread may have set the option since, or undone what was before."""
    for name, setting in settings.items():
        standing = _standing(setting)
        if standing is not None:
            yield name, standing


def _checked(settings: Mapping[str, Any], section: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping) and f"{section}{name}" not in OPTIONS:
            yield from _checked(value, f"{section}{name}.")
        else:
            name = canonical_name(f"{section}{name}")
            kind = OPTIONS[name].kind
            if not kind.takes(value):
                raise ConfigError(f"the option {name} is set to {value!r}; expected {kind.expected}")
            yield name, value


def collect(env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The options that the environment sets; a warning tells of variables that set none.

    Examples
    --------
    >>> collect({"MINIDASK_NUM_WORKERS": "3", "HOME": "/root"})
    {'num_workers': 3}
    """
    return dict(_read_environment(os.environ if env is None else env))


def refresh() -> None:
    """Forget what `config.set` set, and read the environment again."""
    global _settings
    _scope.set({})
    found = {name: Setting(value) for name, value in collect().items()}
    with _changing:
        _settings = found


def _read_environment(env: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for variable, text in env.items():
        if variable.startswith("MINIDASK_"):
            name = variable.removeprefix("MINIDASK_").lower()
            try:
                yield from _checked({name: _interpret(text)})
            except ConfigError as error:
                if name in _NEVER_IGNORED:
                    warnings.warn(f"nothing can be computed, as the environment has {variable}: {error}", stacklevel=4)
                    yield name, _interpret(text)
                    continue
                warnings.warn(f"the environment variable {variable} is ignored: {error}", stacklevel=4)


_NEVER_IGNORED = frozenset(("memory_limit",))
"""What somebody may set for others: who uses a value that it does not take raises an error."""
_WORDS = {"true": True, "false": False, "none": None}


def _interpret(text: str) -> Any:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    import ast  # few sessions set options by the environment

    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


refresh()
