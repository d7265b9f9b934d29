"""Operators and NumPy's ufuncs over arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from minidask.array.node import ArrayNode
from minidask.array.nodes.contract import matmul, matmul_with, matvec, vecdot, vecmat
from minidask.array.nodes.elementwise import astype, elementwise, several
from minidask.array.nodes.joining import stack
from minidask.array.nodes.manipulation import expand_dims
from minidask.array.nodes.reducers import REDUCERS
from minidask.array.nodes.reduction import reduction
from minidask.array.nodes.scan import scan
from minidask.array.nodes.scatter import scatter
from minidask.array.nodes.source import from_kind, from_memory
from minidask.array.whole_axes import accumulate_whole, reduce_runs, reduce_whole
from minidask.collection import Collection
from minidask.kernels.kinds import is_of_another_kind

_SCALARS = (bool, int, float, complex, np.generic, str, bytes, type(None))


def at_hand(value: Any, name: str) -> Any:
    """An argument whose values decide the shape of the result, or what is read for it.

    Raises
    ------
    NotImplementedError
        It is lazy: nothing is computed that nobody has asked for.

    Examples
    --------
    >>> at_hand([1, 2], "kth")
    [1, 2]
    """
    if isinstance(value, Collection) or (isinstance(value, list | tuple) and holds_lazy(value)):
        raise NotImplementedError(f"{name} must be known: compute() it first")
    return value


def holds_lazy(items: Sequence[Any]) -> bool:
    """Whether there are collections in a list, or in lists in it."""
    return any(isinstance(i, Collection) or (isinstance(i, list | tuple) and holds_lazy(i)) for i in items)


def laid(items: Sequence[Any]) -> ArrayNode:
    """The node of a list that has lazy arrays in it, which are laid one before the other."""
    nodes = [operand(item) for item in items]
    return stack([node if isinstance(node, ArrayNode) else from_memory(np.asanyarray(node)) for node in nodes])


def operand(value: Any) -> Any:
    """What stands in a node for an operand: a node, a NumPy array or a scalar; NotImplemented for what is not ours."""
    if isinstance(value, Operators):
        return value.expr
    if isinstance(value, _SCALARS):
        return value
    if isinstance(value, Collection) and not value.expr.grid and hasattr(type(value), "to_dask_array"):
        return value.to_dask_array().expr  # type: ignore[attr-defined]  # a scalar of a frame; frames themselves answer for what they meet
    if isinstance(value, np.ndarray):
        return value if value.ndim else value.copy()  # larger ones are copied where they are named
    if is_of_another_kind(value):
        return from_kind(value)
    if isinstance(value, Collection) or hasattr(type(value), "__array_ufunc__"):
        return NotImplemented
    if isinstance(value, list | tuple) and holds_lazy(value):
        return laid(value)
    return np.asarray(value)


def _binary(ufunc: np.ufunc, reflected: bool = False) -> Callable[[Any, Any], Any]:
    def method(self: Operators, other: Any) -> Any:
        node = operand(other)
        if node is NotImplemented:
            return NotImplemented
        return self._call(ufunc, (node, self.expr) if reflected else (self.expr, node))

    return method


def _equality(ufunc: np.ufunc, otherwise: bool) -> Callable[[Any, Any], Any]:
    """As NumPy's operators: of dtypes that cannot be compared, as numbers and texts, all elements differ."""
    plain = _binary(ufunc)

    def method(self: Operators, other: Any) -> Any:
        try:
            return plain(self, other)
        except TypeError:
            node = operand(other)
            if _has_loop(ufunc, self.expr.dtype, node.dtype if isinstance(node, ArrayNode) else np.asarray(node).dtype):
                raise
            return self.of(elementwise(Same(otherwise), self.expr, node))

    return method


def _has_loop(ufunc: np.ufunc, *dtypes: np.dtype[Any]) -> bool:
    try:
        ufunc.resolve_dtypes((*dtypes, None))
    except TypeError:
        return False
    return True


@dataclass(frozen=True)
class Same:
    """One answer for all elements of arrays that broadcast."""

    answer: bool

    def __call__(self, *args: Any) -> Any:
        return np.full(np.broadcast_shapes(*map(np.shape, args)), self.answer)


def _unary(ufunc: np.ufunc) -> Callable[[Any], Any]:
    def method(self: Operators) -> Any:
        return self._call(ufunc, (self.expr,))

    return method


def _in_place(operator: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def method(self: Operators, other: Any) -> Any:
        answer = operator(self, other)
        return answer if answer is NotImplemented else assign(self, answer, "the array changed in place")

    return method


class Operators:
    """What Python's operators and NumPy's ufuncs do with an array."""

    expr: ArrayNode
    __array_priority__ = 11  # above that of NumPy's arrays and matrices

    @classmethod
    def of(cls, expr: ArrayNode) -> Self:
        """The array of an expression."""
        raise NotImplementedError

    __add__, __radd__ = _binary(np.add), _binary(np.add, reflected=True)
    __sub__, __rsub__ = _binary(np.subtract), _binary(np.subtract, reflected=True)
    __mul__, __rmul__ = _binary(np.multiply), _binary(np.multiply, reflected=True)
    __truediv__, __rtruediv__ = _binary(np.true_divide), _binary(np.true_divide, reflected=True)
    __floordiv__, __rfloordiv__ = _binary(np.floor_divide), _binary(np.floor_divide, reflected=True)
    __mod__, __rmod__ = _binary(np.remainder), _binary(np.remainder, reflected=True)
    __divmod__, __rdivmod__ = _binary(np.divmod), _binary(np.divmod, reflected=True)
    _pow, __rpow__ = _binary(np.power), _binary(np.power, reflected=True)
    __and__, __rand__ = _binary(np.bitwise_and), _binary(np.bitwise_and, reflected=True)
    __or__, __ror__ = _binary(np.bitwise_or), _binary(np.bitwise_or, reflected=True)
    __xor__, __rxor__ = _binary(np.bitwise_xor), _binary(np.bitwise_xor, reflected=True)
    __lshift__, __rlshift__ = _binary(np.left_shift), _binary(np.left_shift, reflected=True)
    __rshift__, __rrshift__ = _binary(np.right_shift), _binary(np.right_shift, reflected=True)
    __lt__, __le__ = _binary(np.less), _binary(np.less_equal)
    __gt__, __ge__ = _binary(np.greater), _binary(np.greater_equal)
    __eq__, __ne__ = _equality(np.equal, False), _equality(np.not_equal, True)
    __matmul__, __rmatmul__ = _binary(np.matmul), _binary(np.matmul, reflected=True)
    __neg__, __pos__ = _unary(np.negative), _unary(np.positive)
    __abs__, __invert__ = _unary(np.absolute), _unary(np.invert)
    __hash__ = object.__hash__  # by identity: equality is asked element by element

    def __pow__(self, other: Any) -> Any:
        if self.expr.dtype == bool and isinstance(other, int) and other == 2:
            return self._call(np.square, (self.expr,))  # as NumPy, whose power of it has another dtype
        return self._pow(other)

    __iadd__, __isub__, __imul__ = _in_place(__add__), _in_place(__sub__), _in_place(__mul__)
    __itruediv__, __ifloordiv__ = _in_place(__truediv__), _in_place(__floordiv__)
    __imod__, __ipow__, __imatmul__ = _in_place(__mod__), _in_place(__pow__), _in_place(__matmul__)
    __iand__, __ior__, __ixor__ = _in_place(__and__), _in_place(__or__), _in_place(__xor__)
    __ilshift__, __irshift__ = _in_place(__lshift__), _in_place(__rshift__)

    def _call(self, ufunc: np.ufunc, args: tuple[Any, ...], **kwargs: Any) -> Any:
        """A ufunc of operands: one array, or a tuple of them."""
        if ufunc.signature is not None:
            return _generalized(self, ufunc, args, kwargs)
        if ufunc.nout == 1:
            return self.of(elementwise(ufunc, *args, **kwargs))
        return tuple([self.of(node) for node in several(ufunc, *args, **kwargs)])

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        """NumPy asks here for all its ufuncs, and their methods `reduce`, `accumulate`, `outer`, `reduceat`, `at`."""
        if method == "at":
            return _at(ufunc, *inputs)
        args = tuple([operand(value) for value in inputs])
        if NotImplemented in [type(a) for a in args] or any(a is NotImplemented for a in args):
            return NotImplemented
        answer = _METHODS[method](self, ufunc, args, out, kwargs) if method in _METHODS else _refuse(ufunc, method)
        if out is None:
            return answer
        return assign(out, answer, casting=kwargs.get("casting", "same_kind") if method in _BY_ELEMENT else "unsafe")


def _generalized(array: Operators, ufunc: np.ufunc, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """A ufunc that works along whole axes."""
    product = _PRODUCTS.get(ufunc.__name__)
    options = {k: v for k, v in kwargs.items() if v is not None}
    nodes = [a if isinstance(a, ArrayNode) else from_memory(np.asarray(a)) for a in args]
    if product is not None and not options:
        return array.of(product(*nodes))
    if ufunc is np.matmul and set(options) <= {"axes", "dtype", "casting"}:
        return array.of(matmul_with(nodes[0], nodes[1], **options))
    if not LOOPS or "?" in (ufunc.signature or ""):
        return _refuse(ufunc, "__call__")
    given = [array.of(a) if isinstance(a, ArrayNode) else a for a in args]
    found = LOOPS[0](ufunc, ufunc.signature, *given, allow_rechunk=True, **options)
    return tuple(array.of(a.expr) for a in found) if isinstance(found, tuple) else array.of(found.expr)


LOOPS: list[Callable[..., Any]] = []
"""Where `apply_gufunc`, which needs arrays, puts itself: it answers for all ufuncs of whole axes that have no node."""


def _refuse(ufunc: np.ufunc, method: str) -> Any:
    raise NotImplementedError(
        f"{ufunc.__name__}.{method} is not there for lazy arrays; compute() them first, or use map_blocks"
    )


def _plainly(array: Operators, ufunc: np.ufunc, args: tuple[Any, ...], out: Any, kwargs: Mapping[str, Any]) -> Any:
    where = kwargs.get("where", True)
    if where is True:
        return array._call(ufunc, args, **kwargs)
    before = [one.expr for one in out or () if isinstance(one, Operators)]
    if len(before) < ufunc.nout:
        raise NotImplementedError(f"where= of {ufunc.__name__} needs out=, lazy arrays that hold the other elements")
    options = {k: v for k, v in kwargs.items() if k != "where"}
    if ufunc.nout == 1:
        return array.of(elementwise(Masked(ufunc), *args, operand(where), *before, **options))
    return tuple(map(array.of, several(Masked(ufunc), *args, operand(where), *before, **options)))


def _reduced(array: Operators, ufunc: np.ufunc, args: tuple[Any, ...], out: Any, kwargs: Mapping[str, Any]) -> Any:
    name, takes = _REDUCTIONS.get(ufunc, ("", frozenset()))
    options = _for_out(ufunc, args[0], out, {k: v for k, v in kwargs.items() if v is not None})
    if len(args) != 1 or set(options) - {"axis", "dtype", "keepdims", "initial", "where"}:
        return _refuse(ufunc, "reduce")
    options["axis"] = kwargs.get("axis", 0)
    if not np.ndim(args[0].meta) and options["axis"] in (0, -1):
        options["axis"] = None  # NumPy takes these of a scalar, too
    options["where"] = operand(options.get("where", True))
    by_parts = takes or args[0].dtype != object  # of objects the last one that counts is the answer: their order does
    if name and by_parts and set(options) <= takes | {"axis", "keepdims", "where"}:
        return array.of(reduction(args[0], REDUCERS[name], **options))
    if ufunc.signature is not None:
        return _refuse(ufunc, "reduce")
    return array.of(reduce_whole(args[0], ufunc, **options))


def _for_out(ufunc: np.ufunc, node: ArrayNode, out: Any, options: dict[str, Any]) -> dict[str, Any]:
    """The options with the dtype in which NumPy accumulates into an array that is given, unless they have one."""
    if not out or not isinstance(out[0], Operators) or "dtype" in options:
        return options
    found = ufunc.resolve_dtypes((out[0].expr.dtype, node.dtype, None), reduction=True, casting="unsafe")[0]
    return options if found == node.dtype or found.kind in "mM" else options | {"dtype": found}


def _accumulated(array: Operators, ufunc: np.ufunc, args: tuple[Any, ...], out: Any, kwargs: Mapping[str, Any]) -> Any:
    options = _for_out(ufunc, args[0], out, {k: v for k, v in kwargs.items() if v is not None})
    how = scan if ufunc in _REDUCTIONS else accumulate_whole
    return array.of(how(args[0], ufunc, _one_axis(ufunc, "accumulate", args[0], kwargs), options.get("dtype")))


def _reduced_in_runs(
    array: Operators, ufunc: np.ufunc, args: tuple[Any, ...], out: Any, kwargs: Mapping[str, Any]
) -> Any:
    if not isinstance(args[0], ArrayNode) or any(isinstance(a, ArrayNode) for a in args[1:]):
        raise TypeError(f"{ufunc.__name__}.reduceat takes no lazy indices; compute() them first")
    options = _for_out(ufunc, args[0], out, {k: v for k, v in kwargs.items() if v is not None})
    axis = _one_axis(ufunc, "reduceat", args[0], {"axis": args[2]} if len(args) > 2 else kwargs)
    return array.of(reduce_runs(args[0], ufunc, args[1], axis, options.get("dtype")))


def _one_axis(ufunc: np.ufunc, method: str, node: ArrayNode, kwargs: Mapping[str, Any]) -> int:
    """The axis along which a method goes that takes one only: as NumPy, which also takes a tuple of it."""
    axis = kwargs.get("axis", 0)
    axes = range(node.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if not node.ndim:
        raise TypeError(f"{ufunc.__name__}.{method} of an array without axes")
    if len(axes) != 1:
        raise ValueError(f"{ufunc.__name__}.{method} goes along one axis; axis={axis!r} names {len(axes)}")
    return int(normalize_axis_index(axes[0], node.ndim))


def _at(ufunc: np.ufunc, array: Any, places: Any, *values: Any) -> None:
    if not isinstance(array, Operators) or any(isinstance(v, Operators) for v in (places, *values)):
        raise TypeError(f"{ufunc.__name__}.at takes no lazy places and values; compute() them first")
    array.expr = scatter(array.expr, ufunc, places, *values)


def _outer(array: Operators, ufunc: np.ufunc, args: tuple[Any, ...], out: Any, kwargs: Mapping[str, Any]) -> Any:
    first, second = [a if isinstance(a, ArrayNode) else np.asanyarray(a) for a in args]  # of numbers with their dtype
    if not isinstance(first, ArrayNode):
        first = np.reshape(first, first.shape + (1,) * second.ndim)
    elif second.ndim:
        first = expand_dims(first, range(first.ndim, first.ndim + second.ndim))
    return _plainly(array, ufunc, (first, second), out, kwargs)


_PRODUCTS = {f.__name__: f for f in (matmul, matvec, vecdot, vecmat)}  # by name: not all are in each NumPy
_METHODS = {
    "__call__": _plainly,
    "reduce": _reduced,
    "accumulate": _accumulated,
    "outer": _outer,
    "reduceat": _reduced_in_runs,
}
_BY_ELEMENT = ("__call__", "outer")
_SUMS, _EXTREMES = frozenset({"dtype", "initial"}), frozenset({"initial"})
_REDUCTIONS: dict[Any, tuple[str, frozenset[str]]] = {
    np.add: ("sum", _SUMS),
    np.multiply: ("prod", _SUMS),
    np.minimum: ("min", _EXTREMES),
    np.maximum: ("max", _EXTREMES),
    np.fmin: ("nanmin", _EXTREMES),
    np.fmax: ("nanmax", _EXTREMES),
    np.logical_and: ("all", frozenset()),
    np.logical_or: ("any", frozenset()),
}
"""The reductions that are made of partial results, and their options."""


@dataclass(frozen=True)
class Masked:
    """A ufunc where a mask holds, and elsewhere what was there before: the mask, and that of each output, come last."""

    ufunc: np.ufunc

    @property
    def __name__(self) -> str:
        return str(self.ufunc.__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        inputs, (where, *before) = args[: self.ufunc.nin], args[self.ufunc.nin :]
        shape = np.broadcast_shapes(*map(np.shape, args))
        out = tuple([np.array(np.broadcast_to(one, shape)) for one in before])
        return self.ufunc(*inputs, where=where, out=out, **kwargs)


def assign(out: Any, answer: Any, called: str = "out=", casting: Any = "same_kind") -> Any:
    """Let the arrays `out` stand for the answer, in their own dtype; errors name them as they are `called`.

    Raises
    ------
    NotImplementedError
        `out` holds something other than lazy arrays.
    ValueError, TypeError
        Its shape or dtype does not fit.
    """
    outs, answers = out if type(out) is tuple else (out,), answer if type(answer) is tuple else (answer,)
    for target, new in zip(outs, answers):
        if target is None:
            continue
        if not isinstance(target, Operators):
            raise NotImplementedError(
                f"out= must be a lazy array, not {type(target).__name__}; compute() gives NumPy's"
            )
        _replace(target, new.expr, called, casting)
    found = tuple(new if target is None else target for target, new in zip(outs, answers))
    return found if type(answer) is tuple else found[0]


def _replace(target: Operators, new: ArrayNode, called: str, casting: Any) -> None:
    if target.expr.shape != new.shape:
        raise ValueError(f"{called} has the shape {target.expr.shape}, the result has {new.shape}")
    if target.expr.dtype != new.dtype:
        if not np.can_cast(new.dtype, target.expr.dtype, casting):
            rule = "" if casting == "same_kind" else f", with casting={casting!r}"
            raise TypeError(
                f"cannot cast the result from {new.dtype} to {target.expr.dtype}, the dtype of {called}{rule}"
            )
        new = elementwise(astype, new, target.expr.dtype)
    target.expr = new
