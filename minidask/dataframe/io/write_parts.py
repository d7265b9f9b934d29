"""Writing frames to files: one for each partition, in their places only when all are complete."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minidask.dataframe.base import new
from minidask.dataframe.io.aside import aside, computed, put_in_place
from minidask.dataframe.io.written import Written
from minidask.expr.blocks import BlockIndex, blockwise, everything, gather
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.files import File, target_files, write_atomically

Writer = Callable[..., None]
"""Writes a pandas object to an open binary file: called with both, and options."""


class WriteParts(Written):
    """The partitions of a frame written to a file each; its value is the list of paths.

    Fields
    ------
    write
        A `Writer`.
    files
        One for each partition.
    options
        For `write`.
    labels
        Whether the index is written.
    label
        What to call it.
    run
        What the names of files that wait have in common.
    """

    write: Writer
    files: list[File]
    options: dict[str, Any]
    labels: bool
    label: str
    run: str

    @property
    def waiting(self) -> list[File]:
        """Where the files wait for each other."""
        return [aside(file, self.run) for file in self.files]

    @property
    def operation(self) -> str:
        return self.label

    def needs_labels(self, wanted: bool) -> bool:
        return self.labels


@lower(WriteParts)
def write_parts(node: WriteParts) -> Node:
    """Each partition writes a file that waits; a last task puts all in their places."""
    grid, told = node.frame.grid, {"write": node.write, "waiting": node.waiting, "files": node.files}
    told |= {"options": node.options}
    paths = blockwise(
        _write_part, node.frame, BlockIndex(), grid=grid, kwargs=told, name=f"{node.name}-part", label=node.label
    )
    placed = {"waiting": node.waiting, "files": node.files}
    return gather(put_in_place, paths, everything(grid), grid=(), kwargs=placed, name=node.name, label=node.label)


def _write_part(
    block: Any,
    index: tuple[int],
    write: Writer,
    waiting: Sequence[File],
    files: Sequence[File],
    options: Mapping[str, Any],
) -> str:
    with write_atomically(waiting[index[0]]) as stream:
        write(block, stream, **options)
    return files[index[0]].path


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
    node = WriteParts.named(unique_name(label), df.expr, write, files, dict(options), labels, label, uuid.uuid4().hex)
    result = new(node)
    return computed(result, node.waiting, **(compute_kwargs or {})) if compute else result
