"""Pictures in files as one array."""

from __future__ import annotations

from collections.abc import Callable
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.joining import stack
from minidask.array.node import meta_of
from minidask.array.nodes.files import Stamp
from minidask.array.nodes.mapped import call_blocks
from minidask.extras import import_extra


def imread(
    filename: Any,
    imread: Callable[[str], Any] | None = None,
    preprocess: Callable[[Any], Any] | None = None,
) -> Array:
    """Pictures of one shape, stacked along a new first axis; a block is a picture. The first is read now, to see.

    Parameters
    ----------
    filename
        A path with wildcards.
    imread
        Reads a file. Default: that of imageio.
    preprocess
        Called with each picture.

    Raises
    ------
    FileNotFoundError
        No file matches.
    MissingExtraError
        There is no `imread`, and imageio is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> for i in range(3):
    ...     np.save(f"{i}.npy", np.full((2, 2), i))
    >>> pictures = imread("*.npy", imread=np.load)
    >>> pictures.shape, int(pictures.sum().compute())
    ((3, 2, 2), 12)
    """
    paths = sorted(glob(str(filename)))  # noqa: PTH207  # a pattern may be absolute
    if not paths:
        raise FileNotFoundError(f"no file matches {filename}")
    if imread is None:
        imread = import_extra("imageio.v3", "image", "read pictures").imread
    first = _read(paths[0], Stamp.of(paths[0]), imread, preprocess)
    sizes, meta = tuple((n,) for n in first.shape), meta_of(first.dtype, first.ndim)
    out = tuple(range(first.ndim))
    return stack([
        Array.of(call_blocks(
            _read, (str(Path(p).absolute()), Stamp.of(p), imread, preprocess), (None,) * 4, out, sizes, meta=meta,
            checked=True, label="imread",
        ))
        for p in paths
    ])  # fmt: skip


def _read(path: str, stamp: Stamp, imread: Callable[[str], Any], preprocess: Callable[[Any], Any] | None) -> Any:
    """A picture; of a file as `stamp` tells, so that another one has another name."""
    picture = np.asarray(imread(path))
    return picture if preprocess is None else np.asarray(preprocess(picture))
