"""The methods of ufuncs, and their arguments, given lazy arrays."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from minidask.testing import assert_eq

A = np.arange(12.0).reshape(3, 4) + 1
V = np.arange(1.0, 5)
I = np.arange(12).reshape(3, 4)  # noqa: E741

CALLS = [
    lambda a, v, i: np.subtract.reduce(a, axis=0), lambda a, v, i: np.hypot.reduce(a, axis=1),
    lambda a, v, i: np.bitwise_and.reduce(i, axis=None), lambda a, v, i: np.bitwise_xor.reduce(i, axis=(0, 1)),
    lambda a, v, i: np.logaddexp.reduce(a, axis=-1, keepdims=True), lambda a, v, i: np.gcd.reduce(i, axis=1),
    lambda a, v, i: np.divide.reduce(v), lambda a, v, i: np.logical_xor.reduce(i, initial=True),
    lambda a, v, i: np.add.reduce(a, axis=()), lambda a, v, i: np.maximum.reduce(a, where=a > 3, initial=0),
    lambda a, v, i: np.subtract.accumulate(a, axis=1), lambda a, v, i: np.bitwise_or.accumulate(i, axis=-1),
    lambda a, v, i: np.divide.accumulate(a), lambda a, v, i: np.multiply.accumulate(i, dtype=float),
    lambda a, v, i: np.add.reduceat(a, [0, 2, 1], axis=1), lambda a, v, i: np.subtract.reduceat(v, [3, 0, 2]),
    lambda a, v, i: np.maximum.reduceat(i, np.array([0, 1]), dtype=float), lambda a, v, i: np.divmod.outer(v, v),
    lambda a, v, i: np.add(i, 1.5, out=np.zeros_like(i), casting="unsafe"),
    lambda a, v, i: np.divmod(a, v, out=(np.zeros_like(a), np.zeros_like(a))),
    lambda a, v, i: np.sqrt(a, out=np.zeros_like(a), where=a > 3), lambda a, v, i: np.sqrt(a, dtype="f4"),
    lambda a, v, i: np.subtract.reduce(a, axis=1, out=np.zeros_like(v[:3])),
    lambda a, v, i: np.modf(a / 7, out=(np.zeros_like(a), np.zeros_like(a)), where=a > 3),
    lambda a, v, i: np.divmod(a, v, out=(np.zeros_like(a), np.zeros_like(a)), where=v > 1),
    lambda a, v, i: np.subtract.reduce(a, where=a > 3, initial=0), lambda a, v, i: np.hypot.reduce(i, initial=1),
    lambda a, v, i: np.bitwise_xor.reduce(i, axis=None, keepdims=True, where=v > 1),
    lambda a, v, i: np.minimum.reduce(a, dtype=int), lambda a, v, i: np.logical_or.reduce(i, initial=0),
    lambda a, v, i: np.logical_and.reduce(a.astype(object), axis=1),
    lambda a, v, i: np.maximum.accumulate(i.astype("M8[s]")), lambda a, v, i: np.hypot.accumulate(a, axis=(1,)),
    lambda a, v, i: np.add.reduceat(v, [0, 2], axis=None), lambda a, v, i: np.power.outer(i.astype("c8"), 3),
    lambda a, v, i: np.hypot.accumulate(i, out=np.zeros_like(i)),
    lambda a, v, i: np.add.reduce(a, out=np.zeros_like(i[0])), lambda a, v, i: np.add.reduceat(i, [0], out=a[:1] * 0),
    lambda a, v, i: np.add.outer(v, v, out=np.zeros_like(v[:, None] + v), where=v > 2),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("chunks", [2, 5])
def test_as_numpy(call, chunks):
    ours, theirs = call(*(da.from_array(x, chunks=chunks) for x in (A, V, I))), call(A, V, I)
    for one, other in zip(*(x if isinstance(x, tuple) else (x,) for x in (ours, theirs))):
        assert isinstance(one, da.Array)
        assert_eq(one, other)


def test_mistakes():
    x, i = da.from_array(A, chunks=2), da.from_array(I, chunks=2)
    with pytest.raises(IndexError, match=r"add\.reduceat"):
        np.add.reduceat(x, [4], axis=1)
    with pytest.raises(TypeError, match="lazy indices"):
        np.add.reduceat(V, i[0])
    with pytest.raises(np.exceptions.AxisError):
        np.subtract.accumulate(x, axis=2)
    with pytest.raises(ValueError, match="reorderable"):
        np.subtract.reduce(x, axis=(0, 1))
    with pytest.raises(TypeError, match="cast"):
        np.add(i, 1.5, out=i)
    with pytest.raises(NotImplementedError, match=r"add\.at takes places"):
        np.add.at(x, ([0], slice(2)), 1)
    with pytest.raises(IndexError, match="out of bounds for axis 0 with size 3"):
        np.add.at(x, [0, 3], 1)
    with pytest.raises(TypeError, match="not supported"):
        np.bitwise_and.at(x, [0], 1)
    with pytest.raises(TypeError, match=r"add\.at takes no lazy places"):
        np.add.at(x, i[0], 1)
    with pytest.raises(NotImplementedError, match="where= of divmod needs out="):
        np.divmod(x, 2, where=x > 1)
    with pytest.raises(NotImplementedError, match="out= must be a lazy array"):
        np.add(x, 1, out=np.zeros_like(A))
    with pytest.raises(ValueError, match="where"):
        np.subtract.reduce(x, where=x > 3)
    with pytest.raises(TypeError, match="casting='no'"):
        np.add(i, 1, out=x, casting="no")
    with pytest.raises(ValueError, match="names 2"):
        np.hypot.accumulate(x, axis=None)
    with pytest.raises(IndexError, match="3 places for an array of 2 axes"):
        np.add.at(x, (0, 0, 0), 1)


BY_VALUE = {
    "argpartition", "delete", "insert", "pad", "partition", "pinv", "put", "repeat", "roll", "sliding_window_view",
    "take",
}  # fmt: skip
"""Functions whose second argument tells places or shapes: these are needed at the call."""


def public():
    """NumPy's public functions that ask their arguments."""
    for module in (np, np.linalg, np.fft, np.char, np.emath, np.strings, np.lib.stride_tricks, np.lib.array_utils):
        for name in dir(module):
            function = getattr(module, name, None)
            if not name.startswith("_") and hasattr(function, "_implementation"):
                yield pytest.param(function, id=f"{module.__name__}.{name}")


@pytest.mark.parametrize(
    ("ufunc", "places", "values"),
    [
        (np.add, [0, 0, 2, -1], 1), (np.multiply, [[1, 1, 2]], V), (np.add, np.array([True, False, True]), A[:2]),
        (np.negative, slice(0, 2), None), (np.subtract, 1, V), (np.maximum, [], 3), (np.add, [2, 0], A[:2] * 0.5),
        (np.add, (np.array([0, -1, 0]), np.array([1, 3, 1])), [1, 2, 3]), (np.add, A > 3, 1),
        (np.negative, (1, 2), None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("chunks", [2, 5])
def test_at(ufunc, places, values, chunks):
    places = places[0] if isinstance(places, list) and places and isinstance(places[0], list) else places
    places = np.array(places, int) if isinstance(places, list) else places
    ours, theirs = da.from_array(A, chunks=chunks), A.copy()
    given = () if values is None else (values,)
    ufunc.at(ours, places, *given)
    ufunc.at(theirs, places, *given)
    assert_eq(ours, theirs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("function", list(public()))
def test_no_function_makes_values_unasked(function, monkeypatch):
    monkeypatch.setattr(da.Array, "__array__", lambda *a, **k: pytest.fail("made NumPy's array of a lazy one"))
    x = da.from_array(A[:, :3], chunks=2)
    for args in ((x,), (x, 1)) if function.__name__ in BY_VALUE else ((x,), (x, 1), (x, x), (x, x, x)):
        try:
            answer = function(*args)
        except Exception as error:
            refused = "is not there for lazy arrays" in str(error)
            if refused and ";" not in str(error):
                pytest.fail(f"it is not told what to do instead: {error}")
        else:
            assert not isinstance(answer, np.ndarray)
