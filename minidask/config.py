"""Options, in one documented table.

An option's value is the first found of: `config.set(...)`, the environment, its default. In the environment
the option `array.chunk-size` is the variable ``MINIDASK_ARRAY__CHUNK_SIZE``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple

from minidask.errors import ConfigError


class Option(NamedTuple):
    """One row of the table."""

    default: Any
    meaning: str


OPTIONS: dict[str, Option] = {
    "scheduler": Option(None, "of compute(): a name, a get function, or an Executor; None is the collection's own"),
    "num_workers": Option(None, "threads or processes to run tasks on; None is the cores this process may use"),
    "temporary-directory": Option(None, "folder for spilled and exchanged blocks; None is the system's"),
    "array.chunk-size": Option("128MiB", 'bytes of one block where chunks="auto"'),
    "array.unknown-sizes": Option("count", 'sizes that depend on data: "count" them when asked, or "raise"'),
    "dataframe.blocksize": Option("64MiB", "bytes of text read into one partition by read_csv"),
    "dataframe.broadcast-rows": Option(1_000_000, "a merge sends a side of at most so many rows to all partitions"),
    "tokenize.ensure-deterministic": Option(False, "raise where an object has no name that lasts beyond the session"),
    "visualization.engine": Option("graphviz", 'what draws visualize(): "graphviz" or "text"'),
}
"""Every option: name, default, meaning. To add one, add a row."""

_unset = object()
_settings: dict[str, Any] = {}
_environment: dict[str, Any] = {}


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
        Returned where the option is set nowhere, in the place of the table's default.
    override_with
        Returned when it is not None: for arguments that take precedence over the configuration.

    Raises
    ------
    ConfigError
        There is no such option.

    Examples
    --------
    >>> get("array.unknown-sizes")
    'count'
    """
    if override_with is not None:
        return override_with
    name = canonical_name(name)
    for settings in (_settings, _environment):
        if name in settings:
            return settings[name]
    return OPTIONS[name].default if default is _unset else default


class set:
    """Set options, for good or inside a `with` block.

    Parameters
    ----------
    settings
        Names and values.
    **kwargs
        The same, with `_` for `-` and `__` for `.`.

    Raises
    ------
    ConfigError
        There is no such option.

    Examples
    --------
    >>> with set({"array.chunk-size": "16MiB"}, num_workers=1):
    ...     get("array.chunk-size"), get("num_workers")
    ('16MiB', 1)
    >>> get("array.chunk-size")
    '128MiB'
    """

    def __init__(self, settings: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        new = {canonical_name(name): value for name, value in {**(settings or {}), **kwargs}.items()}
        self._before = {name: _settings.get(name, _unset) for name in new}
        _settings.update(new)

    def __enter__(self) -> dict[str, Any]:
        return _settings

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, value in self._before.items():
            if value is _unset:
                _settings.pop(name, None)
            else:
                _settings[name] = value


def collect(env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The options that the environment sets.

    Examples
    --------
    >>> collect({"MINIDASK_NUM_WORKERS": "3", "HOME": "/root"})
    {'num_workers': 3}
    """
    return dict(_read_environment(os.environ if env is None else env))


def refresh() -> None:
    """Forget what `config.set` set, and read the environment again."""
    _settings.clear()
    _environment.clear()
    _environment.update(collect())


def _read_environment(env: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for variable, text in env.items():
        if variable.startswith("MINIDASK_"):
            name = variable.removeprefix("MINIDASK_").lower()
            yield canonical_name(name), _interpret(text)


def _interpret(text: str) -> Any:
    import ast  # few sessions set options by the environment

    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


_environment.update(collect())
