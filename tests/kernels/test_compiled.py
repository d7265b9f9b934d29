"""Compiled formulas give NumPy's bits, dtypes and warnings."""

import operator
import subprocess
import sys
import warnings

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
import minidask.config as config
import minidask.kernels.compiled as compiled
import minidask.kernels.running as running
from minidask.array.nodes.tiled import Tiled, astype
from minidask.expr.program import Program, Step
from minidask.kernels.formulas import formula_of

numba = pytest.importorskip("numba")
pytestmark = pytest.mark.usefixtures("compiled_at_once")
KINDS = ["bool", "int8", "int32", "int64", "uint8", "uint64", "float32", "float64"]
UNARY = [np.negative, np.absolute, np.square, np.sqrt, np.reciprocal, np.logical_not, np.isnan, np.positive]
BINARY = [np.add, np.subtract, np.multiply, np.divide, np.power, np.equal, np.less, np.greater_equal, np.logical_and]
BINARY += [np.bitwise_xor, np.bitwise_or, np.logical_or, np.not_equal]


def compiled_now(formula):
    compiled.compiled(formula, 1)
    compiled.wait()
    return compiled.compiled(formula, 1)


def steps_of(*calls):
    return tuple(
        Step(func, tuple(sources.split()), {}, getattr(func, "__name__", "f"), None) for func, sources in calls
    )


def special(kind, size=400):
    """Numbers of all sorts, and those at the edges."""
    rng = np.random.default_rng(7)
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        edges = [0.0, -0.0, np.inf, -np.inf, np.nan, np.finfo(dtype).max, np.finfo(dtype).tiny, 1, -1, 0.1]
        return np.concatenate([rng.normal(size=size) * 10.0 ** rng.integers(-5, 5, size), edges]).astype(dtype)
    if dtype.kind == "b":
        return rng.random(size + 10) < 0.5
    info = np.iinfo(dtype)
    return np.concatenate(
        [
            rng.integers(info.min, info.max, size, dtype, endpoint=True),
            np.array([0, 1, info.min, info.max, 2, 3, 5, 7, 0, 1], dtype),
        ]
    )


@st.composite
def formulas(draw):
    def pick(names):
        return draw(st.sampled_from(names))

    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=2))
    constants = (
        draw(st.sampled_from([2, 3, 0.5, 1.0, True, np.float32(0.1), np.int8(3), -1])),
        np.dtype(draw(st.sampled_from(KINDS))),
    )
    calls, names = [], ["i0", "i1"]
    for at in range(draw(st.integers(1, 4))):
        how = draw(st.sampled_from(["unary", "binary", "constant", "cast", "where"]))
        if how == "unary":
            calls.append((draw(st.sampled_from(UNARY)), pick(names)))
        elif how == "binary":
            calls.append((draw(st.sampled_from(BINARY)), f"{pick(names)} {pick(names)}"))
        elif how == "constant":
            calls.append((draw(st.sampled_from(BINARY)), f"{pick(names)} c0"))
        elif how == "cast":
            calls.append((astype, f"{pick(names)} c1"))
        else:
            calls.append((np.where, f"{pick(names)} {pick(names)} {pick(names)}"))
        names.append(f"s{at}")
    return kinds, constants, steps_of(*calls)


@settings(max_examples=60, deadline=None)
@given(formulas())
def test_bits_and_dtypes(drawn):
    kinds, constants, steps = drawn
    used = {source for step in steps for source in step.sources if source[0] == "c"}
    if len([s for step in steps for s in step.sources if s[0] == "c"]) > len(used):
        return  # a constant is the operand of one step
    args = [special(kind) for kind in kinds]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            formula = formula_of(steps, constants, [a.dtype for a in args], astype)
            if formula is None:
                return
            expected = Program(2, constants, steps)(*args)
        except (TypeError, OverflowError, ValueError):
            return  # NumPy has no such operation
        ufunc = compiled_now(formula)
        assert ufunc is not None
        made = ufunc(*args, *formula.constants)
    assert made.dtype == expected.dtype
    np.testing.assert_array_equal(made, expected)
    if made.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(made)[~np.isnan(made)], np.signbit(expected)[~np.isnan(made)])


def test_the_usual_is_compiled():
    steps = steps_of((np.power, "i0 c0"), (np.square, "i1"), (np.add, "s0 s1"), (np.sqrt, "s2"), (np.multiply, "s3 c1"))
    formula = formula_of(steps, (2, 0.1), [np.dtype("f4")] * 2, astype)
    assert formula is not None
    assert formula.result == np.float32
    assert formula.constants == (np.float32(0.1),)
    x = np.arange(5, dtype="f4")
    ufunc = compiled_now(formula)
    np.testing.assert_array_equal(ufunc(x, x, *formula.constants), np.sqrt(x**2 + x**2) * 0.1)


@pytest.mark.parametrize(
    "call", [(np.exp, "i0"), (np.maximum, "i0 c0"), (operator.add, "i0 c0"), (np.add, "i0 c1"), (np.add, "i0 c2")]
)
def test_what_is_not_the_same_to_the_bit_is_not_compiled(call):
    steps = steps_of((np.add, "i0 i0"), call)
    assert formula_of(steps, (1, 1e300, np.ones(3)), [np.dtype("f4")], astype) is None


def chain(x, y):
    return (np.sqrt(x**2 + y**2) * 2 + 1 - x) / (y + 0.5)


@pytest.mark.parametrize("reduce", [lambda z: z, lambda z: z.mean(), lambda z: z.std(axis=0), lambda z: z.max(axis=1)])
def test_arrays(reduce):
    x, y = np.random.default_rng(0).normal(size=(2, 1000, 300))
    lazy = reduce(chain(da.from_array(x, chunks=(500, 300)), da.from_array(y, chunks=(500, 300))))
    with config.set({"array.compile": False}):
        before = lazy.compute()
    lazy.compute()
    compiled.wait()
    np.testing.assert_array_equal(lazy.compute(), before)
    np.testing.assert_allclose(before, reduce(chain(x, y)), rtol=1e-12)


def test_it_is_really_used(monkeypatch):
    tiled = Tiled(Program(1, (1, 3), steps_of((np.add, "i0 c0"), (np.multiply, "s0 c1"))))
    x = np.arange(1e6)
    tiled(x)
    compiled.wait()
    monkeypatch.setattr(tiled.program, "_run", None)
    monkeypatch.setattr(Program, "_compile", lambda program: pytest.fail("not compiled"))
    np.testing.assert_array_equal(tiled(x), (x + 1) * 3)


def test_warnings_are_those_of_the_step():
    tiled = Tiled(Program(1, (1, 3), steps_of((np.divide, "c0 i0"), (np.multiply, "s0 c1"))))
    x = np.arange(1e6)
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match="divide by zero encountered in divide"):
            tiled(x)
        compiled.wait()
    with np.errstate(divide="ignore"):
        tiled(x)


def test_what_is_kept_is_used_by_the_next_session():
    steps = steps_of((np.subtract, "i0 c0"), (np.square, "s0"))
    formula = formula_of(steps, (5,), [np.dtype("f8")], astype)
    assert compiled_now(formula)(np.arange(3.0), *formula.constants).tolist() == [25, 16, 9]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "_entries", {})
        patch.setattr(compiled, "WORK", 1e9)
        patch.setattr(compiled, "WORK_IF_KEPT", 10)
        assert compiled.compiled(formula, 5) is None
        compiled.compiled(formula, 6)
        compiled.wait()
        ufunc = compiled.compiled(formula, 1)
    assert ufunc(np.arange(3.0), *formula.constants).tolist() == [25, 16, 9]


def test_another_process_loads_what_is_kept():
    steps = steps_of((np.subtract, "i0 c0"), (np.sqrt, "s0"))
    formula = formula_of(steps, (5,), [np.dtype("f8")], astype)
    assert compiled_now(formula) is not None
    script = f"""
import logging
import numpy as np
import minidask.kernels.compiled as compiled
import minidask.kernels.running as running
from minidask.kernels.formulas import Formula
logging.basicConfig(level=logging.INFO)
formula = Formula({formula.names!r}, {formula.lines!r}, (np.dtype("f8"),) * 2, (), np.dtype("f8"))
entry = compiled._Entry(formula)
print(compiled._made(entry)(np.array([9.0]), 5.0))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[2.]\n", "")


def test_where_nothing_can_be_kept(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    formula = formula_of(steps_of((np.add, "i0 c0"), (np.sqrt, "s0")), (9,), [np.dtype("f8")], astype)
    assert compiled_now(formula)(np.zeros(1), *formula.constants) == 3


@pytest.mark.parametrize("kind", ["float32", "float64", "int64", "uint64"])
def test_running_sums_are_numpys(kind):
    values = special(kind)
    finite = values[np.isfinite(values)][:-10] if np.dtype(kind).kind == "f" else values
    running.running(finite, None, np.add, 0, finite.dtype)
    compiled.wait()
    assert compiled.compiled(running._LOOPS[finite.dtype], 1)
    for line in (finite, finite[::-3], finite[:1], np.negative(finite[:1] * 0), np.broadcast_to(finite[:1], 5)):
        for before in (None, finite[2:3]):
            whole = line if before is None else np.concatenate([before, line])
            expected = np.add.accumulate(whole)[len(whole) - len(line) :]
            found = running.running(line, before, np.add, 0, line.dtype)
            assert found.tobytes() == expected.tobytes()
    if np.dtype(kind).kind == "f":
        with pytest.warns(RuntimeWarning, match="invalid value"):
            found = running.running(np.array([1, np.inf, -np.inf, 2], kind), None, np.add, 0, np.dtype(kind))
        np.testing.assert_array_equal(found, [1, np.inf, np.nan, np.nan])
