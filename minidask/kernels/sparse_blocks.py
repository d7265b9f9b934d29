"""Blocks of scipy.sparse: what NumPy does not ask them for.

They know nothing of NumPy's protocols, so operators and methods of theirs stand here for ufuncs and reductions. What
would fill them is refused, as they refuse it themselves.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

INSTEAD = "make its blocks dense with x.map_blocks(lambda block: block.toarray())"


def is_sparse(block: Any) -> bool:
    """Whether an object is an array or a matrix of scipy.sparse; that is not imported for it."""
    return is_sparse_type(type(block))


def is_sparse_type(kind: type) -> bool:
    """Whether a class is an array or a matrix of scipy.sparse."""
    scipy = sys.modules.get("scipy.sparse")
    return scipy is not None and issubclass(kind, scipy.sparray | scipy.spmatrix)


def concatenate(blocks: Sequence[Any], axis: int) -> Any:
    """Blocks of scipy.sparse, or dense ones among them, one after the other along an axis."""
    from scipy import sparse

    if blocks[0].ndim > 2:
        raise NotImplementedError(f"scipy.sparse cannot join arrays of {blocks[0].ndim} axes; {INSTEAD}")
    form = next(block.format for block in blocks if is_sparse(block))
    if blocks[0].ndim == 1:
        rows = sparse.hstack([block.reshape(1, -1) for block in blocks])
        return rows.reshape(rows.shape[1]).asformat("csr" if form == "csc" else form)
    return (sparse.hstack if axis else sparse.vstack)(blocks, format=form)


def empty(block: Any, ndim: int) -> Any:
    """An empty block of `ndim` axes of the kind and dtype of another; of matrices an array, where it is none."""
    from scipy import sparse

    stays = ndim == 2 or isinstance(block, sparse.coo_array)
    return (type(block) if stays else sparse.csr_array)((0,) * ndim, dtype=block.dtype)


def refuse(name: str, *nodes: Any) -> None:
    """Raise a NotImplementedError where blocks of one of the arrays are of scipy.sparse."""
    if any(is_sparse(node.meta) for node in nodes):
        raise NotImplementedError(f"{name} of blocks of scipy.sparse is not there; {INSTEAD}")


def cut(block: Any, index: tuple[Any, ...]) -> Any:
    """`block[index]`, with one axis fewer for each integer; a scalar becomes an array without axes."""
    from scipy import sparse

    if not hasattr(block, "__getitem__") or block.format not in ("csr", "csc", "lil", "dok"):
        block = block.tocsr()
    if isinstance(block, sparse.spmatrix) and any(isinstance(i, int) for i in index):
        block = sparse.csr_array(block)  # matrices have two axes always
    piece = block[index]
    return piece if is_sparse(piece) else np.asarray(piece)


def elementwise(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What NumPy's function would give of arguments some of which are sparse.

    Raises
    ------
    NotImplementedError
        It would not give zero for zero, or scipy.sparse has nothing like it.
    """
    name, first = getattr(func, "__name__", repr(func)), args[0]
    if isinstance(func, np.ufunc) and kwargs:
        raise NotImplementedError(f"{name} of blocks of scipy.sparse with {next(iter(kwargs))}=; {INSTEAD}")
    if name in _OPERATORS:
        found = _OPERATORS[name](*args, **kwargs)
    elif is_sparse(first) and name in _METHODS:
        found = getattr(first, name)(*args[1:])
    else:
        raise NotImplementedError(f"{name} of blocks of scipy.sparse is not there; {INSTEAD}")
    return found if is_sparse(found) else np.asarray(found)


def _multiply(a: Any, b: Any) -> Any:
    """Element by element, of matrices too."""
    if not is_sparse(a):
        a, b = b, a
    found = a.multiply(b)
    return found.asformat(a.format) if is_sparse(found) else found


_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": _multiply,
    "divide": operator.truediv,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "negative": operator.neg,
    "positive": operator.pos,
    "absolute": abs,
    "real": lambda block: block.real,
    "imag": lambda block: block.imag,
    "round": lambda block, decimals=0: round(block, decimals),
    "astype": lambda block, dtype, casting="unsafe", copy=False: block.astype(dtype, casting=casting, copy=copy),
}
_METHODS = {
    "arcsin", "arcsinh", "arctan", "arctanh", "ceil", "conjugate", "deg2rad", "expm1", "floor", "log1p", "maximum",
    "minimum", "power", "rad2deg", "rint", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
}  # fmt: skip


def reduce(ufunc: np.ufunc, block: Any, axes: tuple[int, ...], dtype: Any = None) -> Any:
    """`ufunc.reduce` along some axes, which are kept; a dense array, made of the elements that are stored."""
    coo, lengths = _coordinates(block), [1 if axis in axes else n for axis, n in enumerate(block.shape)]
    data = ufunc.reduce(coo.data[:, None], axis=1, dtype=dtype)  # in the dtype of the answer
    kept = [at for axis, at in enumerate(coo.coords) if axis not in axes]
    sizes = [n for axis, n in enumerate(block.shape) if axis not in axes]
    cells = np.ravel_multi_index(kept, sizes) if kept else np.zeros(coo.nnz, np.intp)
    found = np.zeros(int(np.prod(sizes, dtype=np.intp)), data.dtype)
    found[cells] = data if ufunc.identity is None else ufunc.identity
    ufunc.at(found, cells, data)
    gaps = np.bincount(cells, minlength=found.size) < np.prod([block.shape[axis] for axis in axes])
    found[gaps] = ufunc(found[gaps], np.zeros((), data.dtype))
    return found.reshape(lengths)


def squared_distances(block: Any, axes: tuple[int, ...], mean: Any) -> Any:
    """The sums along some axes, which are kept, of the squared distances of all elements from their mean."""
    coo = _coordinates(block)
    at = tuple([0 if axis in axes else places for axis, places in enumerate(coo.coords)])
    away = coo.copy()
    away.data = np.abs(coo.data - mean[at]) ** 2
    stored = coo.copy()
    stored.data = np.ones(coo.nnz)
    n = np.prod([block.shape[axis] for axis in axes])
    return reduce(np.add, away, axes) + (n - reduce(np.add, stored, axes)) * np.abs(mean) ** 2


def _coordinates(block: Any) -> Any:
    """The elements and their places, each of which is there once."""
    coo = block.tocoo(copy=True)
    coo.sum_duplicates()
    return coo


def tensordot(a: Any, b: Any, axes: tuple[tuple[int, ...], tuple[int, ...]]) -> Any:
    """The product of matrices or vectors, some of which are sparse, over one axis of each.

    Raises
    ------
    NotImplementedError
        There are more axes, or the product is over none or several.
    """
    if max(a.ndim, b.ndim) > 2 or len(axes[0]) != 1:
        raise NotImplementedError(f"blocks of scipy.sparse are multiplied as matrices and vectors only; {INSTEAD}")
    first, second = a if axes[0][0] == a.ndim - 1 else a.T, b if axes[1][0] == 0 else b.T
    found = first @ second
    return found if is_sparse(found) else np.asarray(found).reshape(first.shape[:-1] + second.shape[1:])
