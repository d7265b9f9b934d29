"""Element-wise steps as the source of one function of numbers, which a compiler understands.

Only operations are taken whose results IEEE 754 fixes to the last bit, so that compiled and interpreted steps agree:
arithmetic, square roots, comparisons, logic, casts, choices; but not ``exp`` or ``sin``, and not ``maximum``, which
may choose either of two zeros. Each operand is cast to the dtype in which NumPy's loop takes it.
For example ``(x + 1) * y`` of float32 is::

    def formula(i0, i1, c0):
        s0 = float32(float32(i0) + float32(c0))
        s1 = float32(float32(s0) * float32(i1))
        return s1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, NamedTuple, Protocol

import numpy as np


class Step(Protocol):
    """One call: `func` of inputs (`i<number>`), constants (`c<number>`) and results of steps (`s<number>`)."""

    @property
    def func(self) -> Callable[..., Any]: ...
    @property
    def sources(self) -> Sequence[str]: ...
    @property
    def kwargs(self) -> Mapping[str, Any]: ...


class Formula(NamedTuple):
    """A function of numbers as source code."""

    names: tuple[str, ...]
    """Of its inputs and constants."""
    lines: tuple[str, ...]
    """One for each step."""
    kinds: tuple[np.dtype[Any], ...]
    """The dtypes that it is compiled for: of its inputs, then of its constants."""
    constants: tuple[Any, ...]
    """Those that it takes after its inputs."""
    result: np.dtype[Any]

    @property
    def source(self) -> str:
        """Of a function that is called `formula`."""
        head = f"def formula({', '.join(self.names)}):"
        return "\n    ".join([head, *self.lines, f"return {self.last}"]) + "\n"

    @property
    def last(self) -> str:
        """What the last line calls the result."""
        return f"s{len(self.lines) - 1}"

    @property
    def signature(self) -> str:
        """The same as a compiler likes to be told."""
        return f"{self.result}({', '.join(map(str, self.kinds))})"

    def compile(self, numba: Any, func: Callable[..., Any], cache: bool) -> Callable[..., Any]:
        """A ufunc, so that broadcasting, strides, and the reports of divisions by zero are NumPy's."""
        made: Callable[..., Any] = numba.vectorize([self.signature], nopython=True, cache=cache)(func)
        return made


class Loops(NamedTuple):
    """A function that loops over the elements of arrays."""

    source: str
    """Of a function that is called `formula`, and of those that it calls."""
    signature: str

    def compile(self, numba: Any, func: Callable[..., Any], cache: bool) -> Callable[..., Any]:
        """A function that leaves others of Python's threads alone."""
        called = {k: f for k, f in func.__globals__.items() if isinstance(f, FunctionType) and f is not func}
        counted = (
            "empty(" in self.source
        )  # else nobody counts who refers to an array: that took half of some loops' time
        options = {"error_model": "numpy", "_nrt": counted}
        func.__globals__.update({k: numba.njit(f, forceinline=True, **options) for k, f in called.items()})
        made: Callable[..., Any] = numba.njit([self.signature], nogil=True, cache=cache, **options)(func)
        return made


_ANY, _FLOAT, _WHOLE = "biuf", "f", "biu"

_OPERATIONS: dict[Any, tuple[str, str]] = {
    np.add: ("{} + {}", "iuf"),
    np.subtract: ("{} - {}", "iuf"),
    np.multiply: ("{} * {}", "iuf"),
    np.divide: ("{} / {}", _FLOAT),
    np.negative: ("-{}", "if"),
    np.positive: ("{}", "iuf"),
    np.absolute: ("abs({})", _FLOAT),
    np.fabs: ("abs({})", _FLOAT),
    np.square: ("{0} * {0}", "iuf"),
    np.sqrt: ("sqrt({})", _FLOAT),
    np.reciprocal: ("1 / {}", _FLOAT),
    np.equal: ("{} == {}", _ANY),
    np.not_equal: ("{} != {}", _ANY),
    np.less: ("{} < {}", _ANY),
    np.less_equal: ("{} <= {}", _ANY),
    np.greater: ("{} > {}", _ANY),
    np.greater_equal: ("{} >= {}", _ANY),
    np.logical_and: ("({} != 0) & ({} != 0)", _ANY),
    np.logical_or: ("({} != 0) | ({} != 0)", _ANY),
    np.logical_not: ("{} == 0", _ANY),
    np.bitwise_and: ("{} & {}", _WHOLE),
    np.bitwise_or: ("{} | {}", _WHOLE),
    np.bitwise_xor: ("{} ^ {}", _WHOLE),
    np.isnan: ("{0} != {0}", _FLOAT),
}
"""For each ufunc the expression, and the kinds of dtypes of the operands for which it is NumPy's to the bit."""
NAMES = {
    np.dtype(kind): kind
    for kind in ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64")
}
"""The dtypes of formulas, and what they are called in them."""


def formula_of(
    steps: Sequence[Step], constants: Sequence[Any], kinds: Sequence[np.dtype[Any]], cast: Callable[..., Any]
) -> Formula | None:
    """The formula of some steps; None where one of them is not of those that can be compiled.

    Parameters
    ----------
    steps
        In order; the last one's result is the formula's.
    constants
        What the steps refer to.
    kinds
        The dtypes of the inputs.
    cast
        The function of a step that casts its first argument to the dtype that is its second.
    """
    if any(kind not in NAMES for kind in kinds):
        return None
    writer = _Writer(constants, kinds, cast)
    if not all(writer.write(step) for step in steps):
        return None
    names = [*(f"i{i}" for i in range(len(kinds))), *writer.taken]
    found = writer.dtypes
    try:
        with np.errstate(all="raise"):
            given = tuple(found[name].type(constants[int(name[1:])]) for name in writer.taken)
    except ArithmeticError:  # NumPy shall say what it thinks of this number
        return None
    kinds = tuple([found[name] for name in names])
    return Formula(tuple(names), tuple(writer.lines), kinds, given, found[f"s{len(steps) - 1}"])


class _Writer:
    """Writes the lines of a formula."""

    def __init__(self, constants: Sequence[Any], kinds: Sequence[np.dtype[Any]], cast: Callable[..., Any]) -> None:
        self._constants = constants
        self._cast = cast
        self.dtypes: dict[str, np.dtype[Any]] = {f"i{i}": np.dtype(kind) for i, kind in enumerate(kinds)}
        self.lines: list[str] = []
        self.taken: list[str] = []  # constants that are arguments

    def write(self, step: Step) -> bool:
        """Whether a step could be written."""
        if step.kwargs:
            return False
        found = self._expression(step)
        if found is None or found[1] not in NAMES:
            return False
        text, dtype = found
        name = f"s{len(self.lines)}"
        self.lines.append(f"{name} = {NAMES[dtype]}({text})")
        self.dtypes[name] = dtype
        return True

    def _expression(self, step: Step) -> tuple[str, np.dtype[Any]] | None:
        """What a step computes, and of which dtype the result is."""
        func, sources = step.func, step.sources
        if func is self._cast:
            return self._casted(*sources) if len(sources) == 2 else None
        if func is np.where:
            return self._chosen(*sources) if len(sources) == 3 else None
        if func is np.power and len(sources) == 2 and (exponent := self._number(sources[1])) in (2, 0.5):
            func, kinds = (np.square, _FLOAT) if exponent == 2 else (np.sqrt, _FLOAT)
            if self._loop(np.power, sources) != (self.dtypes.get(sources[0]),) * 3:
                return None
            sources = sources[:1]
        elif func not in _OPERATIONS:
            return None
        else:
            kinds = _OPERATIONS[func][1]
        loop = self._loop(func, sources)
        if loop is None or any(dtype.kind not in kinds for dtype in loop[: len(sources)]):
            return None
        operands = [self._operand(source, dtype) for source, dtype in zip(sources, loop)]
        return _OPERATIONS[func][0].format(*operands), loop[-1]

    def _loop(self, func: Any, sources: Sequence[str]) -> tuple[np.dtype[Any], ...] | None:
        """The dtypes in which NumPy's loop takes the operands and gives the result."""
        kinds = [self._kind(source) for source in sources]
        if any(kind is None for kind in kinds) or func.nin != len(sources) or func.nout != 1:
            return None
        loop: tuple[np.dtype[Any], ...] = func.resolve_dtypes((*kinds, None))
        same = len(set(loop[: func.nin])) == 1  # not so where int64 meets uint64
        return loop if same and all(dtype in NAMES for dtype in loop) else None

    def _kind(self, source: str) -> Any:
        """The dtype of an operand; the type of a plain number, which takes on that of the others."""
        known = self.dtypes.get(source) if source[0] != "c" else None
        if known is not None:
            return known
        value = self._constants[int(source[1:])]
        if type(value) in (bool, int, float):
            return np.dtype(bool) if type(value) is bool else type(value)
        return value.dtype if isinstance(value, np.generic) and value.dtype in NAMES else None

    def _number(self, source: str) -> Any:
        value = self._constants[int(source[1:])] if source[0] == "c" else None
        return value if type(value) in (int, float) else None

    def _operand(self, source: str, dtype: np.dtype[Any]) -> str:
        """An operand in the dtype of the loop. A constant, which is an operand of one step, comes in it."""
        if source[0] == "c":
            self.taken.append(source)
            self.dtypes[source] = dtype
        return f"{NAMES[dtype]}({source})" if self.dtypes[source] != dtype else source

    def _casted(self, source: str, to: str) -> tuple[str, np.dtype[Any]] | None:
        dtype = np.dtype(self._constants[int(to[1:])])
        given = self._kind(source)
        if source[0] == "c" or dtype not in NAMES or (given.kind == "f" and dtype.kind != "f"):
            return None  # what NaN becomes as an integer is the processor's affair
        return source, dtype

    def _chosen(self, test: str, one: str, other: str) -> tuple[str, np.dtype[Any]] | None:
        kinds = [self._kind(source) for source in (test, one, other)]
        if test[0] == "c" or any(kind is None for kind in kinds) or kinds[0] != np.dtype(bool):
            return None
        if not any(isinstance(kind, np.dtype) for kind in kinds[1:]):
            return None
        dtype = np.result_type(*(kind if isinstance(kind, np.dtype) else kind(0) for kind in kinds[1:]))
        if dtype not in NAMES:
            return None
        yes, no = (self._operand(source, dtype) for source in (one, other))
        return f"{yes} if {test} else {no}", dtype
