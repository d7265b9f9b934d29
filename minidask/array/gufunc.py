"""Generalized ufuncs of a person's own: functions of a few axes, looped over all others."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import update_wrapper
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from minidask.array.array import Array
from minidask.array.mapping import argument, by_value
from minidask.array.node import ArrayNode, as_meta, meta_of
from minidask.array.nodes.gufunc import Outputs, outputs
from minidask.array.nodes.manipulation import expand_dims, transpose
from minidask.array.nodes.mapped import Symbols, call_blocks, unify
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.nodes.untold import first_of, unasked, with_first
from minidask.array.operators import LOOPS, Operators
from minidask.expr.blocks import function_name
from minidask.expr.node import Node

__all__ = ["apply_gufunc", "as_gufunc", "gufunc"]

Dims = tuple[str, ...]
Axes = tuple[int, ...]


class Signature(NamedTuple):
    """The names of the axes that a function of blocks takes and gives."""

    inputs: tuple[Dims, ...]
    outputs: tuple[Dims, ...]
    single: bool
    """Whether the result is an array, and no tuple of them."""


_ARGUMENT = r"\(\s*(?:\w+\s*(?:,\s*\w+\s*)*,?)?\s*\)"
_SIDE = re.compile(rf"\s*{_ARGUMENT}\s*(?:,\s*{_ARGUMENT}\s*)*(,?)\s*")


def parsed(signature: Any) -> Signature:
    """What a signature such as "(i,j),(j)->(i)" says.

    Raises
    ------
    ValueError
        It is no signature.

    Examples
    --------
    >>> parsed("(i,j),()->(i),(j)").outputs
    (('i',), ('j',))
    """
    if not isinstance(signature, str) or signature.count("->") != 1:
        raise ValueError(f'signature={signature!r}: expected one such as "(i,j),(j)->(i)"')
    left, right = signature.split("->")
    if not ((_SIDE.fullmatch(left) or not left.strip()) and _SIDE.fullmatch(right)):
        raise ValueError(f'signature={signature!r}: expected one such as "(i,j),(j)->(i)"')
    found = [[tuple(re.findall(r"\w+", part)) for part in re.findall(_ARGUMENT, side)] for side in (left, right)]
    return Signature(tuple(found[0]), tuple(found[1]), len(found[1]) == 1 and not right.strip().endswith(","))


def apply_gufunc(
    func: Callable[..., Any],
    signature: str,
    *args: Any,
    axes: Sequence[Any] | None = None,
    axis: int | None = None,
    keepdims: bool = False,
    output_dtypes: Any = None,
    output_sizes: Mapping[str, int] | None = None,
    vectorize: bool | None = None,
    allow_rechunk: bool = False,
    meta: Any = None,
    **kwargs: Any,
) -> Any:
    """A function of some axes of arrays, called with blocks that have these axes whole, and last.

    Without `output_dtypes` and `meta` the first block tells the dtypes, when somebody asks; it is kept. With
    `vectorize` it is made now.

    Parameters
    ----------
    func
        Takes arrays whose last axes are those of the signature, and loops over what is in front of them, which
        broadcasts; gives an array, or a tuple of them.
    signature
        The axes that it takes and gives, such as "(i,j),(j)->(i)" or "(i)->(),()".
    *args
        An array for each input.
    axes
        For each input, and each output that has axes of its own, where these axes are; a number where it is one.
    axis
        Where the only axis of all inputs, and of the outputs, is.
    keepdims
        Whether axes that the function reduces stay, with size 1. The inputs must have as many axes of their own.
    output_dtypes
        A dtype, or one for each output.
    output_sizes
        The sizes of axes that no input has, by their names.
    vectorize
        Whether `func` takes the axes of the signature only, and is to be called in a Python loop over the others.
    allow_rechunk
        Whether axes of the signature that are in several blocks are brought into one; else that is an error.
    meta
        An empty array, or one for each output, of the kind of the results.
    **kwargs
        For the function.

    Returns
    -------
    Array, or a tuple of them

    Raises
    ------
    ValueError
        The arguments do not fit the signature: their number, axes, sizes; an axis of it is in several blocks.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.arange(6, chunks=6).reshape(2, 3)
    >>> apply_gufunc(lambda a: (a.min(-1), a.max(-1)), "(i)->(),()", x, output_dtypes=[int, int])[1].compute()
    array([2, 5])
    """
    if not callable(func):
        raise TypeError(f"func must be a function of blocks, not {type(func).__name__}")
    dims = parsed(signature)
    if len(args) != len(dims.inputs):
        raise ValueError(f"the signature {signature!r} has {len(dims.inputs)} inputs, but {len(args)} were given")
    nodes = [_node(arg) for arg in args]
    sources, places = _places(dims, axes, axis, keepdims, [np.ndim(_meta(node)) for node in nodes])
    nodes = [_last(node, axes, own, i) for i, (node, axes, own) in enumerate(zip(nodes, sources, dims.inputs))]
    sizes = dict(output_sizes or {}) | _sizes(nodes, dims.inputs)
    unknown = [d for out in dims.outputs for d in out if d not in sizes]
    if unknown:
        raise ValueError(f"no input has the axis {unknown[0]!r} of the outputs: tell its size in output_sizes")
    nodes = [_whole(node, own, allow_rechunk) for node, own in zip(nodes, dims.inputs)]
    indices = [_symbols(node, own) for node, own in zip(nodes, dims.inputs)]
    chunks, nodes = unify(nodes, indices)
    loop = tuple(sorted((s for s in chunks if isinstance(s, int)), reverse=True))
    dtypes = _each(output_dtypes, len(dims.outputs), "output_dtypes")
    metas = _metas(meta, dtypes, dims, len(loop))
    options = {k: by_value(v) for k, v in kwargs.items()}
    own = [tuple(sizes[d] for d in out) for out in dims.outputs]
    call = Outputs(func, tuple(nodes), tuple(indices), loop, tuple(chunks[s] for s in loop), len(own), options)
    if vectorize:
        answers = _looped(call, signature, own, metas)
    else:
        answers = _answers(call, dims, own, metas)
    if keepdims:
        places_kept = range(len(loop), len(loop) + len(dims.inputs[0]))
        answers = [unasked(a, lambda made: expand_dims(made, places_kept)) for a in answers]
    found = tuple(Array.of(_moved(a, place)) for a, place in zip(answers, places))
    return found[0] if dims.single else found


def _answers(call: Outputs, dims: Signature, own: Sequence[Axes], metas: Sequence[Any] | None) -> list[ArrayNode]:
    """The results of calls, with axes of their own of these sizes."""
    if not dims.single:
        return outputs(call, own, metas)
    out = call.loop + tuple(("core", d) for d in dims.outputs[0])
    chunks = (*call.sizes, *((n,) for n in own[0]))
    given = None if metas is None else metas[0]
    args = (call.func, call.args, call.indices, out, chunks)
    return [call_blocks(*args, meta=given, kwargs=call.kwargs, checked=True)]


def _looped(call: Outputs, signature: str, own: Sequence[Axes], metas: Sequence[Any] | None) -> list[ArrayNode]:
    """The results of a function that is called in a loop.

    Its very first results tell the dtypes of all, as in NumPy: without `metas` a block is made now, and kept.
    """
    if metas is not None:
        return outputs(call.replace(func=Vectorized(call.func, signature, [m.dtype for m in metas])), own, metas)
    first = first_of(call.replace(func=Vectorized(call.func, signature, None)), call.sizes)
    metas = [as_meta(block, len(call.sizes) + len(sizes)) for block, sizes in zip(first.block, own)]
    known = call.replace(func=Vectorized(call.func, signature, [m.dtype for m in metas]))
    return outputs(known, own, metas, with_first(known, first))


def _node(value: Any) -> Any:
    return argument(value if isinstance(value, Operators) else np.asarray(value))


def _meta(node: Any) -> Any:
    return node.meta if isinstance(node, ArrayNode) else node


def _places(
    dims: Signature, axes: Any, axis: int | None, keepdims: bool, ndims: Sequence[int]
) -> tuple[list[Axes], list[Axes]]:
    """Where the axes of the signature are in each input, and where they shall be in each output."""
    if keepdims and (any(dims.outputs) or len({len(d) for d in dims.inputs}) != 1):
        raise ValueError("keepdims= needs inputs of as many axes in the signature, and outputs of none")
    results = [dims.inputs[0] if keepdims else d for d in dims.outputs]
    if axis is not None:
        if axes is not None:
            raise ValueError("axis= and axes= say the same: give one of them")
        if any(len(d) > 1 for d in (*dims.inputs, *dims.outputs)) or len({d for d in dims.inputs if d}) != 1:
            raise ValueError("axis= needs a signature with a single axis, which all inputs share")
        axes = [(axis,) * len(d) for d in (*dims.inputs, *results)]
    if axes is None:
        return [_ends(d) for d in dims.inputs], [_ends(d) for d in results]
    given = [(a,) if isinstance(a, (int, np.integer)) else tuple(a) for a in axes]
    if len(given) == len(ndims) and not any(results):
        given += [()] * len(results)
    expected = [*dims.inputs, *results]
    if [len(a) for a in given] != [len(d) for d in expected]:
        raise ValueError(f"axes={axes!r}: expected places for {[len(d) for d in expected]} axes of the signature")
    sources = [normalize_axis_tuple(a, n, "axes") for a, n in zip(given, ndims)]
    return sources, given[len(ndims) :]


def _ends(dims: Dims) -> Axes:
    return tuple(range(-len(dims), 0))


def _last(node: Any, axes: Axes, own: Dims, number: int) -> Any:
    """With the axes of the signature last."""
    ndim = np.ndim(_meta(node))
    if ndim < len(own):
        raise ValueError(f"input {number} has {ndim} axes, but the signature has {len(own)} for it: ({','.join(own)})")
    if not isinstance(node, ArrayNode):
        return node
    node = known(node)
    places = [normalize_axis_index(a, ndim) for a in axes]
    order = [a for a in range(ndim) if a not in places] + places
    return node if order == list(range(ndim)) else transpose(node, order)


def _moved(node: ArrayNode, axes: Axes) -> ArrayNode:
    """With its last axes in the places that they shall have."""
    targets = normalize_axis_tuple(axes, node.ndim, "axes")
    rest = iter(range(node.ndim - len(targets)))
    own = {place: node.ndim - len(targets) + k for k, place in enumerate(targets)}
    order = [own[a] if a in own else next(rest) for a in range(node.ndim)]
    return node if order == list(range(node.ndim)) else unasked(node, lambda made: transpose(made, order))


def _sizes(nodes: Sequence[Any], inputs: Sequence[Dims]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for node, own in zip(nodes, inputs):
        for dim, size in zip(own, node.shape[np.ndim(_meta(node)) - len(own) :] if own else ()):
            if sizes.setdefault(dim, size) != size:
                raise ValueError(f"the axis {dim!r} of the signature has the sizes {sizes[dim]} and {size}")
    return sizes


def _whole(node: Any, own: Dims, allow_rechunk: bool) -> Any:
    """With the axes of the signature in one block each."""
    first = np.ndim(_meta(node)) - len(own)
    if not own or all(len(sizes) == 1 for sizes in node.chunks[first:]):
        return node
    if not allow_rechunk:
        cut = next(d for d, sizes in zip(own, node.chunks[first:]) if len(sizes) > 1)
        raise ValueError(
            f"the axis {cut!r} of the signature is in several blocks; rechunk it to one, or say allow_rechunk=True"
        )
    return rechunk(node, (*node.chunks[:first], *((sum(sizes),) for sizes in node.chunks[first:])))


def _symbols(node: Any, own: Dims) -> Symbols | None:
    """Numbers, from the last, for the axes that are looped over."""
    if not isinstance(node, ArrayNode):
        return () if isinstance(node, Node) else None
    loop: list[Hashable] = list(range(node.ndim - len(own)))
    return (*reversed(loop), *(("core", d) for d in own))


def _each(value: Any, count: int, name: str) -> list[Any] | None:
    """One for each output."""
    if value is None:
        return None
    each = list(value) if isinstance(value, (tuple, list)) else [value] * count
    if len(each) != count:
        raise ValueError(f"{name} tells of {len(each)} outputs, but the signature has {count}")
    return each


def _metas(meta: Any, dtypes: Sequence[Any] | None, dims: Signature, shared: int) -> list[Any] | None:
    metas = _each(meta, len(dims.outputs), "meta")
    if dtypes is None or any(d is None for d in dtypes):
        return metas
    if metas is not None:
        return [m.astype(d) for m, d in zip(metas, dtypes)]
    return [meta_of(d, shared + len(own)) for d, own in zip(dtypes, dims.outputs)]


class Vectorized:
    """A function of the axes of a signature, called in a loop over all others.

    Parameters
    ----------
    func
        The function.
    signature
        As of `apply_gufunc`.
    dtypes
        Of the outputs; None: those of the first results.

    Returns
    -------
    tuple
        An array for each output.
    """

    def __init__(self, func: Callable[..., Any], signature: str, dtypes: Sequence[Any] | None) -> None:
        self.func = func
        self.signature = signature
        self.dtypes = None if dtypes is None else tuple(dtypes)

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        otypes = None if self.dtypes is None else list(self.dtypes)
        found = np.vectorize(self.func, signature=self.signature.rstrip(", "), otypes=otypes)(*args, **kwargs)
        return found if isinstance(found, tuple) else (found,)

    def __dask_tokenize__(self) -> Any:
        return self.func, self.signature, self.dtypes


class gufunc:
    """A function together with what `apply_gufunc` needs to know of it.

    Parameters
    ----------
    pyfunc
        The function.
    signature, vectorize, axes, axis, keepdims, output_sizes, output_dtypes, allow_rechunk, meta
        As of `apply_gufunc`.

    Examples
    --------
    >>> import minidask.array as da
    >>> spread = gufunc(lambda a: a.max(-1) - a.min(-1), signature="(i)->()", output_dtypes=int)
    >>> spread(da.arange(6, chunks=6).reshape(2, 3)).compute()
    array([2, 2])
    """

    def __init__(
        self,
        pyfunc: Callable[..., Any],
        *,
        signature: str,
        vectorize: bool = False,
        axes: Any = None,
        axis: int | None = None,
        keepdims: bool = False,
        output_sizes: Mapping[str, int] | None = None,
        output_dtypes: Any = None,
        allow_rechunk: bool = False,
        meta: Any = None,
    ) -> None:
        parsed(signature)
        self.pyfunc = pyfunc
        self.signature = signature
        self.options = {
            "vectorize": vectorize,
            "axes": axes,
            "axis": axis,
            "keepdims": keepdims,
            "output_sizes": output_sizes,
            "output_dtypes": output_dtypes,
            "meta": meta,
        }
        self.allow_rechunk = allow_rechunk
        update_wrapper(self, pyfunc)

    def __call__(self, *args: Any, allow_rechunk: bool = False, **kwargs: Any) -> Any:
        rechunks = allow_rechunk or self.allow_rechunk
        return apply_gufunc(self.pyfunc, self.signature, *args, allow_rechunk=rechunks, **self.options, **kwargs)


def as_gufunc(signature: str, **options: Any) -> Callable[[Callable[..., Any]], gufunc]:
    """A decorator that makes a `gufunc`.

    Parameters
    ----------
    signature
        As of `apply_gufunc`.
    **options
        As of `gufunc`.

    Examples
    --------
    >>> import minidask.array as da
    >>> @as_gufunc("(i)->()", output_dtypes=int, vectorize=True)
    ... def count_even(row):
    ...     return (row % 2 == 0).sum()
    >>> count_even(da.arange(6, chunks=6).reshape(2, 3)).compute()
    array([2, 1])
    """
    return lambda pyfunc: gufunc(pyfunc, signature=signature, **options)


LOOPS.append(apply_gufunc)
