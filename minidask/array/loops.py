"""Python functions of elements, or of their places: called in a loop over each block."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.chunks import Chunks, normalize_chunks
from minidask.array.constants import sizes_of
from minidask.array.creation import asanyarray
from minidask.array.gufunc import apply_gufunc
from minidask.array.nodes.mapped import call_blocks
from minidask.array.ranges import arange
from minidask.collection import compute
from minidask.expr.blocks import function_name


def _scalars(inputs: int, outputs: int) -> str:
    """The signature of a function of elements."""
    return f"{','.join(['()'] * inputs)}->{','.join(['()'] * outputs)}"


class PyFunc:
    """A Python function of elements, as NumPy's ufunc of it; made by `frompyfunc`."""

    def __init__(self, func: Callable[..., Any], nin: int, nout: int) -> None:
        np.frompyfunc(func, nin, nout)  # its errors
        self.func, self.nin, self.nout = func, nin, nout

    def __call__(self, *args: Any) -> Any:
        """An array of objects, or a tuple of as many as there are outputs."""
        loop, kinds = Loop(self.func, self.nin, self.nout), [object] * self.nout
        return apply_gufunc(loop, _scalars(self.nin, self.nout), *args, output_dtypes=kinds)

    def __repr__(self) -> str:
        return f"<frompyfunc {function_name(self.func)}>"


@dataclass(frozen=True)
class Loop:
    """Calls a function with elements that broadcast."""

    func: Callable[..., Any]
    nin: int
    nout: int

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *blocks: Any) -> Any:
        found = np.frompyfunc(self.func, self.nin, self.nout)(*blocks)
        return tuple(map(_objects, found)) if self.nout > 1 else _objects(found)


def _objects(found: Any) -> Any:
    """An array, also where there are no axes."""
    if isinstance(found, np.ndarray):
        return found
    block = np.empty((), object)
    block[()] = found
    return block


def frompyfunc(func: Callable[..., Any], nin: int, nout: int) -> PyFunc:
    """The function of arrays, which broadcast, of a Python function of elements.

    Parameters
    ----------
    func
        Takes `nin` elements; gives an object, or `nout` of them.
    nin, nout
        Numbers of inputs and of outputs, at least one each.

    Returns
    -------
    callable
        Gives arrays of objects; `astype` makes others of them.

    Raises
    ------
    TypeError, ValueError
        As NumPy's; arguments of the result in another number.

    Examples
    --------
    >>> import minidask.array as da
    >>> joined = frompyfunc(lambda a, b: f"{a}-{b}", 2, 1)
    >>> joined(da.arange(3, chunks=2), 7).compute()
    array(['0-7', '1-7', '2-7'], dtype=object)
    """
    if nin < 1 or nout < 1:
        raise ValueError(f"frompyfunc: {nin} inputs and {nout} outputs; expected at least one each")
    return PyFunc(func, nin, nout)


class vectorize:
    """The function of arrays, which broadcast, of a Python function of elements, as `numpy.vectorize`.

    Parameters
    ----------
    pyfunc
        Takes elements, or what the signature tells. Without it this is a decorator.
    otypes
        The dtype of each output: characters in a string, or a list. Default: the function is called with the first
        elements, now, to see.
    doc
        What help() tells. Default: what it tells of the function.
    excluded
        The numbers and names of arguments that are given as they are.
    cache
        Only False: the first element is always computed twice, where there are no `otypes`.
    signature
        The axes that the function takes and gives, as of `apply_gufunc`. They are brought into one block.

    Raises
    ------
    ValueError
        There are no elements, and no `otypes`; arguments do not broadcast.

    Examples
    --------
    >>> import minidask.array as da
    >>> greater = vectorize(lambda a, b: a if a > b else b)
    >>> greater(da.arange(4, chunks=2), 2).compute()
    array([2, 2, 2, 3])
    """

    def __init__(
        self,
        pyfunc: Callable[..., Any] | None = None,
        otypes: Any = None,
        doc: str | None = None,
        excluded: Any = None,
        cache: bool = False,
        signature: str | None = None,
    ) -> None:
        if cache:
            raise NotImplementedError("vectorize with cache=True: give otypes, and nothing is computed twice")
        if signature is not None and excluded:
            raise NotImplementedError("vectorize with a signature and excluded=: bind these arguments to the function")
        self.options = {"otypes": otypes, "doc": doc, "excluded": excluded, "signature": signature}
        self.otypes = None if otypes is None else [np.dtype(t) for t in otypes]
        self.excluded = set(excluded or ())
        self.signature = signature
        self.pyfunc = pyfunc
        if pyfunc is not None:
            update_wrapper(self, pyfunc)
        if doc is not None:
            self.__doc__ = doc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """An array, or a tuple of as many as there are outputs."""
        if self.pyfunc is None:
            return vectorize(*args, **self.options)
        if self.signature is not None:
            return self._along_axes(args, kwargs)
        given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
        fixed = {k: v for k, v in given.items() if k in self.excluded}
        moving = {k: v for k, v in given.items() if k not in fixed}
        kinds = self._first_kinds(fixed, moving) if self.otypes is None else self.otypes
        call = Elements(self.pyfunc, tuple(moving), tuple(kinds))
        return apply_gufunc(call, _scalars(len(moving), len(kinds)), *moving.values(), output_dtypes=kinds, fixed=fixed)

    def _along_axes(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        options = {"vectorize": True, "allow_rechunk": True, "output_dtypes": self.otypes}
        return apply_gufunc(self.pyfunc, self.signature, *args, **options, **kwargs)  # type: ignore[arg-type]

    def _first_kinds(self, fixed: Mapping[Hashable, Any], moving: Mapping[Hashable, Any]) -> list[np.dtype[Any]]:
        """The dtypes of what the function gives for the first elements."""
        arrays = {k: asanyarray(v) for k, v in moving.items()}
        if any(not a.size for a in arrays.values()):
            raise ValueError("vectorize: there are no elements to find the dtype with; give otypes")
        first = {k: a[(0,) * a.ndim] for k, a in arrays.items()}
        firsts, others = compute(first, dict(fixed))
        found = called(self.pyfunc, firsts | others)
        return [np.asarray(value).dtype for value in (found if isinstance(found, tuple) else (found,))]


def called(func: Any, given: Mapping[Hashable, Any]) -> Any:
    """A function called with arguments by their places and names."""
    places = sorted(k for k in given if isinstance(k, int))
    return func(*(given[k] for k in places), **{str(k): v for k, v in given.items() if not isinstance(k, int)})


@dataclass(frozen=True)
class Elements:
    """Calls a function with the elements of blocks.

    Parameters
    ----------
    func
        The function.
    moving
        For each block which argument it is: a number or a name.
    kinds
        The dtypes of the outputs.
    """

    func: Callable[..., Any]
    moving: tuple[Any, ...]
    kinds: tuple[Any, ...]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *blocks: Any, fixed: Mapping[Hashable, Any]) -> Any:
        call = lambda *elements: called(self.func, dict(zip(self.moving, elements)) | dict(fixed))
        return np.vectorize(call, otypes=list(self.kinds))(*blocks)


def fromfunction(
    func: Callable[..., Any], chunks: Any = "auto", shape: Any = None, dtype: Any = None, **kwargs: Any
) -> Array:
    """The array of a function of places, called with the coordinates of each block.

    Parameters
    ----------
    func
        Takes for each axis an array of coordinates; gives an array, or a scalar.
    chunks
        As for `normalize_chunks`. A shape, where `shape` is not given, as in NumPy's call.
    shape
        Of the array.
    dtype
        Of the coordinates; float by default.
    **kwargs
        For the function.

    Raises
    ------
    ValueError
        The shape is not told, or holds negative sizes.

    Examples
    --------
    >>> fromfunction(lambda i, j: i + 10 * j, shape=(2, 3), chunks=2, dtype=int).compute()
    array([[ 0, 10, 20],
           [ 1, 11, 21]])
    """
    sizes = _pattern(chunks, shape, float if dtype is None else dtype)
    vectors = [arange(sum(n), chunks=(n,), dtype=float if dtype is None else dtype) for n in sizes]
    places = tuple((axis,) for axis in range(len(sizes)))
    call, nodes = OfPlaces(func), [v.expr for v in vectors]
    return Array.of(call_blocks(call, nodes, places, tuple(range(len(sizes))), sizes, kwargs=kwargs))


def _pattern(chunks: Any, shape: Any, dtype: Any) -> Chunks:
    if shape is None and isinstance(chunks, (tuple, list)) and all(hasattr(n, "__index__") for n in chunks):
        chunks, shape = "auto", chunks
    if shape is not None:
        shape = sizes_of(shape)
    return normalize_chunks(chunks, shape, dtype=dtype)


@dataclass(frozen=True)
class OfPlaces:
    """Calls a function with the coordinates of all elements of a block."""

    func: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *vectors: Any, **kwargs: Any) -> Any:
        places = np.meshgrid(*vectors, indexing="ij")
        found = np.asarray(self.func(*places, **kwargs))
        shape = tuple(map(len, vectors))
        return found if found.shape == shape else np.array(np.broadcast_to(found, shape))


def einsum_path(*operands: Any, optimize: Any = "greedy") -> tuple[list[Any], str]:
    """In which order `einsum` best contracts arrays, found from their shapes.

    Parameters
    ----------
    *operands
        As of `einsum`.
    optimize
        As for `numpy.einsum_path`.

    Returns
    -------
    list, str
        The pairs that are contracted, and what there is to say of it.

    Raises
    ------
    ValueError
        The subscripts do not fit the arrays.

    Examples
    --------
    >>> import minidask.array as da
    >>> einsum_path("ij,jk,kl->il", da.ones((2, 3)), da.ones((3, 4)), da.ones((4, 5)))[0]
    ['einsum_path', (1, 2), (0, 1)]
    """
    path: tuple[list[Any], str] = np.einsum_path(*map(_of_shape, operands), optimize=optimize)
    return path


def _of_shape(value: Any) -> Any:
    """An array of no memory that stands for a lazy one."""
    if not isinstance(value, Array) or not value.ndim:
        return value
    return np.broadcast_to(np.zeros((), value.dtype), value.shape)
