"""Delayed values: any Python call, made later."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Self

from minidask.collection import Collection, with_values
from minidask.expr.assemble import Finish, call
from minidask.expr.blocks import Blocks, Literal, Tasks, function_name, unchanged
from minidask.expr.naming import tokenize, unique_name
from minidask.expr.node import Node
from minidask.task import Key

_NOT_GIVEN = object()


def delayed(
    obj: Any = _NOT_GIVEN,
    name: str | None = None,
    pure: bool | None = None,
    nout: int | None = None,
    traverse: bool = True,
) -> Any:
    """A function whose calls are made later, or a value to work on later.

    Arguments of the calls may hold collections anywhere in lists, tuples, dicts, sets, slices and dataclasses: the
    function gets their values.

    Parameters
    ----------
    obj
        A function, also as a decorator, with or without options: ``@delayed(pure=True)``; or any object, with
        collections anywhere in its containers.
    name
        The name of the value; by default it is made from the function. Equal names must mean equal work.
    pure
        Whether equal arguments mean equal results, so that equal calls run once.
    nout
        How many values calls of the function return: they can then be unpacked.
    traverse
        Whether to look for collections inside a container.

    Returns
    -------
    DelayedLeaf or Delayed

    Examples
    --------
    >>> @delayed
    ... def double(x):
    ...     return 2 * x
    >>> (double(3) + double(4)).compute()
    14
    """
    if nout is not None and (type(nout) is not int or nout < 0):
        raise ValueError(f"nout={nout!r} must be None or a number of values, 0 or more")
    _check_name(name, "name")
    if obj is _NOT_GIVEN:
        return partial(delayed, name=name, pure=pure, nout=nout, traverse=traverse)
    if isinstance(obj, Delayed):
        return obj
    if isinstance(obj, Collection):
        return Delayed.of(obj.as_value(), nout)
    inner = with_values(obj) if traverse else obj
    if inner is not obj:
        label = type(obj).__name__
        return Delayed.of(call(unchanged, (inner,), {}, label, name or (None if pure else unique_name(label))), nout)
    return DelayedLeaf(obj, name, pure, nout)


def _check_name(name: Any, argument: str) -> None:
    if name is not None and not isinstance(name, (str, tuple)):
        raise TypeError(f"{argument}={name!r} must be text or None, not {type(name).__name__}")


class Delayed(Collection):
    """A value that a call will give. Its operators, attributes, items and calls are delayed as well.

    Parameters
    ----------
    key
        The key of the value in `dsk`.
    dsk
        A graph in the plain form, such as ``{"x": 1, "y": (add, "x", 2)}``.
    length
        How many values it has, so that it can be unpacked.

    Examples
    --------
    >>> Delayed("y", {"x": 1, "y": (operator.add, "x", 2)}).compute()
    3
    """

    __slots__ = ("_nout", "expr")

    expr: Node
    _nout: int | None

    def __init__(self, key: Key, dsk: Mapping[Key, Any], length: int | None = None) -> None:
        if key not in dsk:
            raise KeyError(f"the graph has no key {key!r}")
        name = key if isinstance(key, str) else unique_name("graph")
        self._set(Tasks.named(name, dict(dsk), (key,), ()), length)

    def _set(self, expr: Node, nout: int | None) -> None:
        object.__setattr__(self, "expr", expr)
        object.__setattr__(self, "_nout", nout)

    @classmethod
    def of(cls, expr: Node, nout: int | None = None) -> Self:
        """The delayed value of a node with one block."""
        self = cls.__new__(cls)
        self._set(expr, nout)
        return self

    @property
    def finish(self) -> Finish:
        return operator.itemgetter(0)

    def over(self, node: Node) -> Self:
        return type(self).of(node, self._nout)

    def as_value(self) -> Node:
        return self.expr

    __array_ufunc__ = None
    """Lets NumPy's arrays leave operators to us, where they would go element by element."""

    @property
    def key(self) -> str:
        """The name of the value in the graph."""
        return self.expr.name

    @property
    def name(self) -> DelayedAttr:
        """The value's own attribute of that name."""
        return DelayedAttr(self, "name")

    def __getstate__(self) -> Any:
        return self.expr, self._nout

    def __setstate__(self, state: Any) -> None:
        self._set(*state)

    def __repr__(self) -> str:
        return f"Delayed({self.expr.name!r})"

    def __hash__(self) -> int:
        return hash(self.expr.name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__()]

    def __getattr__(self, name: str) -> DelayedAttr:
        if name.startswith("_"):  # Python and notebooks ask for many protocols that a delayed value does not have
            raise AttributeError(f"a delayed value has no {name}; attributes that start with _ are not delayed")
        return DelayedAttr(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise TypeError(f"a delayed value is immutable: cannot set {name}")

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError("a delayed value is immutable: cannot set an item")

    def __iter__(self) -> Iterator[Delayed]:
        if self._nout is None:
            raise TypeError("a delayed value of unspecified length cannot be iterated over; give nout=")
        return (_call(operator.getitem, (self, i), {}, "getitem", pure=True) for i in range(self._nout))

    def __len__(self) -> int:
        if self._nout is None:
            raise TypeError("a delayed value of unspecified length has no len(); give nout=")
        return self._nout

    def __contains__(self, item: Any) -> bool:
        raise TypeError("what is in a delayed value is known only after compute()")

    def __bool__(self) -> bool:
        raise TypeError("the truth of a delayed value is known only after compute()")

    def __call__(
        self, /, *args: Any, pure: bool | None = None, dask_key_name: str | None = None, **kwargs: Any
    ) -> Delayed:
        return _call(_apply, (self, *args), kwargs, label="call", pure=pure, name=dask_key_name)

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else _Bound(self, instance)


class _Bound:
    """A delayed function found on an instance: a delayed method."""

    def __init__(self, function: Any, instance: Any) -> None:
        self._function = function
        self._instance = instance

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self._function(self._instance, *args, **kwargs)


class DelayedLeaf(Delayed):
    """A function or another object at the root of delayed work: calling it makes a delayed call of it."""

    __slots__ = ("__wrapped__", "_pure")

    _pure: bool | None

    def __init__(self, obj: Any, name: str | None, pure: bool | None, nout: int | None) -> None:
        object.__setattr__(self, "__wrapped__", obj)
        object.__setattr__(self, "_pure", pure)
        label = function_name(obj) if callable(obj) else type(obj).__name__
        if name is None and (pure or not callable(obj)):
            node = Literal.named(f"{label}-{tokenize(obj)}", (obj,), ())
        else:
            node = Blocks.named(name or unique_name(label), (obj,), ())
        self._set(node, nout)

    def over(self, node: Node) -> Any:
        return Delayed.of(node, self._nout)

    def __getstate__(self) -> Any:
        own = None if isinstance(self.expr, Literal) else self.expr.name
        return self.__wrapped__, own, self._pure, self._nout

    def __setstate__(self, state: Any) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def __call__(
        self, /, *args: Any, pure: bool | None = None, dask_key_name: str | None = None, **kwargs: Any
    ) -> Delayed:
        function = self.__wrapped__
        pure = self._pure if pure is None else pure
        return _call(function, args, kwargs, function_name(function), pure, dask_key_name, self._nout)

    @property
    def __name__(self) -> str:
        return function_name(self.__wrapped__)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return getattr(self.__wrapped__, "__doc__", None)


class DelayedAttr(Delayed):
    """An attribute of a delayed value; calling it is one task, a method call."""

    __slots__ = ("_attribute", "_object")

    _object: Delayed
    _attribute: str

    def __init__(self, obj: Delayed, attribute: str) -> None:
        object.__setattr__(self, "_object", obj)
        object.__setattr__(self, "_attribute", attribute)
        self._set(_call(getattr, (obj, attribute), {}, label=attribute, pure=True).expr, None)

    def over(self, node: Node) -> Any:
        return Delayed.of(node, self._nout)

    def __getstate__(self) -> Any:
        return self._object, self._attribute

    def __setstate__(self, state: Any) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def __call__(
        self, /, *args: Any, pure: bool | None = None, dask_key_name: str | None = None, **kwargs: Any
    ) -> Delayed:
        arguments = (self._object, self._attribute, *args)
        return _call(_call_method, arguments, kwargs, label=self._attribute, pure=pure, name=dask_key_name)


def _call(
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    label: str,
    pure: bool | None = None,
    name: str | None = None,
    nout: int | None = None,
) -> Delayed:
    _check_name(name, "dask_key_name")
    nodes = tuple([with_values(a) for a in args])
    keywords = {k: with_values(v) for k, v in kwargs.items()} if kwargs else kwargs
    return Delayed.of(call(func, nodes, keywords, label, name or (None if pure else unique_name(label))), nout)


def _apply(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    return func(*args, **kwargs)


def _call_method(obj: Any, method: str, /, *args: Any, **kwargs: Any) -> Any:
    return getattr(obj, method)(*args, **kwargs)


def _operator(func: Callable[..., Any], reflected: bool = False) -> Callable[..., Delayed]:
    label = func.__name__.strip("_")

    def method(self: Delayed, *others: Any) -> Delayed:
        args = (*others, self) if reflected else (self, *others)
        return _call(func, args, {}, label, pure=True)

    return method


_BINARY = "add sub mul truediv floordiv mod matmul and_ or_ xor lshift rshift"
_OTHERS = "lt le eq ne ge gt neg pos abs invert getitem"

for _name in _BINARY.split():
    _func, _method = getattr(operator, _name), _name.rstrip("_")
    setattr(Delayed, f"__{_method}__", _operator(_func))
    setattr(Delayed, f"__r{_method}__", _operator(_func, reflected=True))
for _name in _OTHERS.split():
    setattr(Delayed, f"__{_name}__", _operator(getattr(operator, _name)))
for _func in (divmod, pow, round):
    setattr(Delayed, f"__{_func.__name__}__", _operator(_func))
for _func in (divmod, pow):
    setattr(Delayed, f"__r{_func.__name__}__", _operator(_func, reflected=True))
delayed.Delayed = Delayed  # type: ignore[attr-defined]  # `minidask.delayed` is this function, and this module
