"""Products of arrays summed over axes that they share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.elementwise import astype, elementwise
from minidask.array.nodes.manipulation import transpose
from minidask.array.nodes.mapped import Symbols, unify
from minidask.array.nodes.merged import Merged, sizes_along
from minidask.array.nodes.sizes import known
from minidask.kernels.kinds import as_block, zeros_like
from minidask.kernels.sparse_blocks import is_sparse
from minidask.kernels.sparse_blocks import tensordot as sparse_tensordot


@dataclass(frozen=True)
class Einsum:
    """Einstein's summation of blocks.

    Parameters
    ----------
    subscripts
        As NumPy takes them, without an ellipsis.
    options
        Keywords of `numpy.einsum`.
    """

    subscripts: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *blocks: Any) -> Any:
        return as_block(np.einsum(self.subscripts, *blocks, **self.options))


@dataclass(frozen=True)
class Tensordot:
    """Tensor products of blocks, over these axes of the first and of the second."""

    axes: tuple[tuple[int, ...], tuple[int, ...]]

    def __call__(self, a: Any, b: Any) -> Any:
        if is_sparse(a) or is_sparse(b):
            return sparse_tensordot(a, b, self.axes)
        if type(a) is type(b) is np.ndarray and a.ndim == b.ndim == 2 and len(self.axes[0]) == 1:
            (i,), (j,) = self.axes
            return np.matmul(a if i else a.T, b.T if j else b)  # without a copy of a part of an array
        return as_block(np.tensordot(a, b, self.axes))


def contraction(
    func: Callable[..., Any],
    args: Sequence[ArrayNode],
    indices: Sequence[Symbols],
    out: Symbols,
    split_every: Any = None,
    label: str = "",
) -> ArrayNode:
    """The sum, along all symbols that `out` does not have, of `func` of the blocks; chunks are made to fit.

    Raises
    ------
    ValueError
        Axes of one symbol have different sizes.
    """
    _, fitting = unify(args, indices)
    sizes = sizes_along(fitting, indices)
    with np.errstate(all="ignore"):
        ones = [arg.meta if not arg.ndim else zeros_like(arg.meta, (1,) * arg.ndim) for arg in fitting]
        meta = as_meta(func(*ones), len(out))
    chunks = tuple(sizes[symbol] for symbol in out)
    merged = Merged(func, tuple(fitting), tuple(indices), out, chunks, meta, split_every=split_every, label=label)
    return merged.replace(divisible=True) if _is_lean(func, fitting) else merged


def _is_lean(func: Callable[..., Any], args: Sequence[ArrayNode]) -> bool:
    """Whether a function reads blocks where they lie, however long: products of matrices of one dtype."""
    return isinstance(func, Tensordot) and all(arg.ndim <= 2 and arg.dtype == args[0].dtype for arg in args)


def tensordot(a: ArrayNode, b: ArrayNode, axes: tuple[tuple[int, ...], tuple[int, ...]], label: str) -> ArrayNode:
    """The tensor product of two arrays over these axes of `a` and of `b`.

    Raises
    ------
    ValueError
        The axes have different sizes.
    """
    first: list[Hashable] = list(range(a.ndim))
    second: list[Hashable] = list(range(a.ndim, a.ndim + b.ndim))
    for i, j in zip(*axes):
        if None in (a.shape[i], b.shape[j]) and a.spaces[i] != b.spaces[j]:
            a, b = known(a), known(b)
        if a.shape[i] != b.shape[j]:
            raise ValueError(
                f"{label}: axis {i} of the first array has size {a.shape[i]}, axis {j} of the second {b.shape[j]}"
            )
        second[j] = first[i]
    shared = {first[i] for i in axes[0]}
    out = tuple(symbol for symbol in (*first, *second) if symbol not in shared)
    return contraction(Tensordot(axes), (a, b), (tuple(first), tuple(second)), out, label=label)


def matmul(a: ArrayNode, b: ArrayNode) -> ArrayNode:
    """The product of stacks of matrices, which broadcast; or with vectors.

    Raises
    ------
    ValueError
        An argument has no axes, or the axes that meet have different sizes.
    """
    if not a.ndim or not b.ndim:
        raise ValueError("matmul: arguments must have at least one axis; use * for scalars")
    if not {a.dtype.kind, b.dtype.kind} <= set("biufcO"):
        np.matmul.resolve_dtypes((a.dtype, b.dtype, None))  # raises: of dates and texts there are no such products
    if a.ndim <= 2 and b.ndim <= 2:
        return tensordot(a, b, ((a.ndim - 1,), (max(b.ndim - 2, 0),)), "matmul")
    n, m = a.shape[-1], b.shape[-2 if b.ndim > 1 else 0]
    if n != m and None not in (n, m):
        raise ValueError(f"matmul: the last axis of the first array has size {n}, its counterpart in the second {m}")
    stack = max(a.ndim, b.ndim) - 2
    first = (*range(stack - (a.ndim - 2), stack), "row", "sum") if a.ndim > 1 else ("sum",)
    second = (*range(stack - (b.ndim - 2), stack), "sum", "column") if b.ndim > 1 else ("sum",)
    ends = [symbol for symbol in (*first[-2:], *second[-2:]) if symbol in ("row", "column")]
    return contraction(np.matmul, (a, b), (first, second), (*range(stack), *ends), label="matmul")


def matmul_with(
    a: ArrayNode, b: ArrayNode, axes: Sequence[Any] | None = None, dtype: Any = None, casting: Any = "same_kind"
) -> ArrayNode:
    """As `matmul`, of elements cast to another dtype; `axes` tells for each array, and the result, where matrices lie.

    Raises
    ------
    TypeError
        `casting` forbids the cast.
    ValueError
        `axes` do not name as many axes as the matrices and vectors have; and as of `matmul`.
    """
    if dtype is not None:
        a, b = (_cast(node, np.dtype(dtype), casting) for node in (a, b))
    if axes is None:
        return matmul(a, b)
    ends = [min(a.ndim, 2), min(b.ndim, 2)]
    ends.append(max(sum(ends) - 2, 0))
    given = [tuple(axis) if hasattr(axis, "__len__") else (axis,) for axis in axes]
    if [len(axis) for axis in given] != ends:
        raise ValueError(f"matmul: axes={axes!r}: expected {ends} axes of both arrays and of the result")
    found = matmul(*(_moved(node, axis, range(-len(axis), 0)) for node, axis in zip((a, b), given)))
    return _moved(found, range(-ends[-1], 0), given[-1])


def _cast(node: ArrayNode, dtype: np.dtype[Any], casting: Any) -> ArrayNode:
    if not np.can_cast(node.dtype, dtype, casting):
        raise TypeError(f"matmul: cannot cast from {node.dtype} to {dtype} with casting={casting!r}")
    return node if node.dtype == dtype else elementwise(astype, node, dtype)


def _moved(node: ArrayNode, source: Sequence[int], destination: Sequence[int]) -> ArrayNode:
    """The array with some axes in other places."""
    order = np.moveaxis(np.empty(range(node.ndim)), source, destination).shape  # axis i has i elements
    return transpose(node, order)


def vecdot(a: ArrayNode, b: ArrayNode) -> ArrayNode:
    """The products of vectors along the last axes, those of the first array conjugated."""
    return _stacked(np.vecdot, "vecdot", (a, ("sum",)), (b, ("sum",)), ())


def matvec(a: ArrayNode, b: ArrayNode) -> ArrayNode:
    """The products of stacks of matrices and of vectors, which broadcast."""
    return _stacked(block_matvec, "matvec", (a, ("row", "sum")), (b, ("sum",)), ("row",))


def vecmat(a: ArrayNode, b: ArrayNode) -> ArrayNode:
    """The products of stacks of vectors, conjugated, and of matrices, which broadcast."""
    return _stacked(block_vecmat, "vecmat", (a, ("sum",)), (b, ("sum", "column")), ("column",))


def block_matvec(a: Any, b: Any) -> Any:
    """Products of blocks of matrices and of vectors."""
    return np.matmul(a, b[..., None])[..., 0]


def block_vecmat(a: Any, b: Any) -> Any:
    """Products of blocks of vectors, conjugated, and of matrices."""
    return np.matmul(a.conj()[..., None, :], b)[..., 0, :]


def _stacked(
    func: Callable[..., Any], label: str, a: tuple[ArrayNode, Symbols], b: tuple[ArrayNode, Symbols], out: Symbols
) -> ArrayNode:
    """A product of stacks, which broadcast; the last axes of both arrays, and of the result, have symbols."""
    nodes, ends = (a[0], b[0]), (a[1], b[1])
    for position, (node, end) in enumerate(zip(nodes, ends), 1):
        if node.ndim < len(end):
            raise ValueError(f"{label}: argument {position} has {node.ndim} axes; expected {len(end)} or more")
    n, m = (node.shape[end.index("sum") - len(end)] for node, end in zip(nodes, ends))
    if n != m and None not in (n, m):
        raise ValueError(f"{label}: the axes that are summed have the sizes {n} and {m}")
    stack = max(node.ndim - len(end) for node, end in zip(nodes, ends))
    symbols = [(*range(stack - (node.ndim - len(end)), stack), *end) for node, end in zip(nodes, ends)]
    return contraction(func, nodes, symbols, (*range(stack), *out), label=label)


def dot(a: ArrayNode, b: ArrayNode) -> ArrayNode:
    """As `numpy.dot` of arrays that have axes: over the last of `a`, and the last but one of `b`."""
    return tensordot(a, b, ((a.ndim - 1,), (max(b.ndim - 2, 0),)), "dot")
