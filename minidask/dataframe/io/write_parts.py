"""Writing frames to files: one for each partition, in their places only when all are complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from minidask.dataframe.base import new
from minidask.dataframe.io.written import Written
from minidask.expr.blocks import BlockIndex, blockwise, everything, gather
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.files import Waiting, target_files

Writer = Callable[..., None]
"""Writes a pandas object to an open binary file: called with both, and options."""


class WriteParts(Written):
    """The partitions of a frame written to a file each; its value is the list of paths.

    Fields
    ------
    write
        A `Writer`.
    waiting
        A file for each partition.
    options
        For `write`.
    labels
        Whether the index is written.
    label
        What to call it.
    """

    write: Writer
    waiting: Waiting
    options: dict[str, Any]
    labels: bool
    label: str

    @property
    def operation(self) -> str:
        return self.label

    def needs_labels(self, wanted: bool) -> bool:
        return self.labels

    def give_up(self) -> None:
        self.waiting.remove()


@lower(WriteParts)
def write_parts(node: WriteParts) -> Node:
    """Each partition writes a file that waits; a last task puts all in their places."""
    grid, told = node.frame.grid, {"write": node.write, "waiting": node.waiting, "options": node.options}
    sizes = blockwise(
        _write_part, node.frame, BlockIndex(), grid=grid, kwargs=told, name=f"{node.name}-part", label=node.label
    )
    return gather(node.waiting.put_in_place, sizes, everything(grid), grid=(), name=node.name, label=node.label)


def _write_part(block: Any, index: tuple[int], write: Writer, waiting: Waiting, options: Mapping[str, Any]) -> int:
    with waiting.open(index[0]) as stream:
        write(block, stream, **options)
    return waiting.size(index[0])


def write_each(
    df: Any,
    write: Writer,
    path: Any,
    suffix: str,
    label: str,
    options: Mapping[str, Any],
    labels: bool = True,
    name_function: Callable[[int], str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    compression: str | None = None,
    compute: bool = True,
    compute_kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """What all functions that write a file for each partition do. For the fields see `WriteParts`, for the places of
    the files `minidask.files.target_files`.

    Returns
    -------
    list of str, or Scalar
        The paths; lazily if not `compute`.
    """
    single = isinstance(path, str) and df.npartitions == 1 and path.endswith(suffix) and "*" not in path
    files = target_files(path, df.npartitions, suffix, name_function, storage_options, compression, single=single)
    result = new(WriteParts.named(unique_name(label), df.expr, write, Waiting(files), dict(options), labels, label))
    return result.compute(**(compute_kwargs or {})) if compute else result
