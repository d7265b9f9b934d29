"""All functions of NumPy by program: each is answered lazily, or refused with what to do instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask.array.protocol import _answering
from minidask.testing import assert_eq

MODULES = [
    "numpy", "numpy.linalg", "numpy.fft", "numpy.char", "numpy.strings", "numpy.lib.scimath",
    "numpy.lib.stride_tricks", "numpy.lib.array_utils", "numpy.lib.npyio", "numpy.polynomial.polyutils",
]  # fmt: skip

REFUSED = {
    "numpy.array2string", "numpy.array_repr", "numpy.array_str", "numpy.char.join", "numpy.char.mod",
    "numpy.may_share_memory", "numpy.min_scalar_type", "numpy.packbits", "numpy.poly", "numpy.polyadd",
    "numpy.polyder", "numpy.polydiv", "numpy.polyint", "numpy.polymul", "numpy.polysub", "numpy.real_if_close",
    "numpy.roots", "numpy.shares_memory", "numpy.unpackbits",
}  # fmt: skip
"""There is no lazy answer: what they give is text for people, a handful of numbers, or nothing before all is made."""


def functions() -> Iterator[tuple[str, Any]]:
    """The public functions of NumPy that ask their arguments for an answer."""
    found: dict[Any, str] = {}
    for module in MODULES:
        for name, func in vars(import_module(module)).items():
            if not name.startswith("_") and hasattr(func, "_implementation"):
                found.setdefault(func, f"{module}.{name}")
    return ((name, func) for func, name in found.items())


FUNCTIONS = dict(functions())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_is_answered_or_refused(name: str) -> None:
    func = FUNCTIONS[name]
    assert (_answering(func) is None) == (name in REFUSED)


def test_the_refused_are_there() -> None:
    gone = REFUSED - FUNCTIONS.keys()
    assert not gone or np.lib.NumpyVersion(np.__version__) < "2.4.0"


S = np.array([[4.0, 1, 2], [1, 3, 0], [2, 0, 5]])
M = np.arange(12.0).reshape(3, 4) - 3
V, P, T = np.array([1.0, 2, 3, 2]), np.array([2, 0, 1, 2]), np.array(["ab", "c d", "Ab "])
D = np.array(["2024-01-01", "2024-01-05"], "M8[D]")
ARGUMENTS: list[tuple[Any, ...]] = [
    (S,), (M,), (V,), (P,), (M > 1,), (M + 1j,), (T,), (D,), (V, V), (S, S), (M, V), (P, 2), (M, 1), (V, P), (M, M > 1),
    (M > 1, M), (M > 1, M, M), (V, V, V), (M, 1, 0), (M, (4, 3)), ([M, M],), (T, "a"), (T, "a", "b"), (T, 5), (D, D),
    ("ij,jk", S, S), (M, np.argsort(M, 1), 1), ([S, V[:3]],), (np.sum, 0, M), (np.sum, M, [0]), (V, 2.0, P > 1),
    (M, P, 1), (V, P, 9.0), (M, P > 1, 1), (P, [V, V, V]), (V, [P, P]), (V, V, V, V), (V[:, None], V, 0.1, V),
]  # fmt: skip


def lazy(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return da.from_array(value, chunks=2)
    return type(value)(map(lazy, value)) if type(value) in (list, tuple) else value


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """The functions that were asked for; a conversion to NumPy is an error."""
    monkeypatch.chdir(tmp_path)  # some functions write files
    calls: list[Any] = []
    answer = da.Array.__array_function__

    def noting(self: Any, func: Any, *rest: Any) -> Any:
        calls.append(func)
        return answer(self, func, *rest)

    def converted(*args: Any, **kwargs: Any) -> Any:
        raise RecursionError("the values of a lazy array were made")

    monkeypatch.setattr(da.Array, "__array_function__", noting)
    monkeypatch.setattr(da.Array, "__array__", converted)
    return calls


@pytest.mark.filterwarnings("ignore")
def test_nothing_is_converted_silently(asked: list[Any]) -> None:
    """Whatever the arguments are: the call is understood, or refused."""
    converted = []
    for name, func in FUNCTIONS.items():
        for args in ARGUMENTS:
            asked.clear()
            try:
                func(*lazy(args))
            except RecursionError:
                converted += [(name, args)] if asked else []  # else lists, which NumPy itself converts
            except Exception:
                continue
    assert not {name for name, _ in converted}, converted


AT_HAND: list[Callable[[Any, Any], Any]] = [
    lambda x, i: np.partition(x, i), lambda x, i: np.argpartition(x, i),
    lambda x, i: np.roll(x, i), lambda x, i: np.roll(x, [i[0]], 0), lambda x, i: np.insert(x, i, 9.0),
    lambda x, i: np.delete(x, i), lambda x, i: np.put(x, i, 9.0), lambda x, i: np.quantile(x, i / 4),
    lambda x, i: np.nan_to_num(x, nan=i), lambda x, i: np.busday_count(D, D, holidays=i),
]  # fmt: skip


@pytest.mark.parametrize("call", AT_HAND)
def test_what_must_be_known_is_not_computed(asked: list[Any], call: Any) -> None:
    with pytest.raises(NotImplementedError, match="must be known: compute\\(\\) it first"):
        call(lazy(V), lazy(P))


def test_lazy_secondary_arguments() -> None:
    mask = P > 1
    assert_eq(np.delete(lazy(M), lazy(mask), 1), np.delete(M, mask, 1))
    assert_eq(np.take(lazy(V), lazy(mask)), np.take(V, mask))
    assert_eq(np.take(lazy(V), mask), np.take(V, mask))
    assert_eq(np.take(lazy(V), [lazy(P), lazy(P)]), np.take(V, [P, P]))
    assert_eq(np.repeat(lazy(M), lazy(P), 1), np.repeat(M, P, 1))
    assert_eq(np.repeat(lazy(M), lazy(P).max()), np.repeat(M, 2))
    with pytest.raises(ValueError, match="axis of size 3"):
        np.repeat(lazy(M), lazy(P), 0)
    assert_eq(np.isin(lazy(P), [lazy(V), 0 * lazy(V)]), np.isin(P, [V, 0 * V]))
    assert_eq(np.searchsorted(lazy(V[:3]), [lazy(V), lazy(V)]), np.searchsorted(V[:3], [V, V]))
    assert_eq(np.where(lazy(mask), [lazy(V)], [0.0]), np.where(mask, [V], [0.0]))
    for tolerance in ((0.5, V), (V, 0.0), (V, V)):
        assert_eq(np.isclose(lazy(M), 1.5, *map(lazy, tolerance)), np.isclose(M, 1.5, *tolerance))
    assert np.allclose(lazy(M), M, rtol=lazy(V))


@pytest.mark.parametrize("dtype", [">f8", ">i4", ">M8[s]"])
def test_the_order_of_bytes(dtype: str) -> None:
    data = np.random.default_rng(0).permutation(700).astype(dtype)
    x = da.from_array(data, chunks=100)
    assert_eq(np.sort(x), np.sort(data))
    assert_eq(np.sort(x, kind="stable")[::100], np.sort(data)[::100])
    assert_eq(np.roll(x.reshape(7, 100), 3), np.roll(data.reshape(7, 100), 3))
    assert_eq(np.tril(x.reshape(7, 100)), np.tril(data.reshape(7, 100)))
    assert_eq(np.triu(x.reshape(7, 100), 1), np.triu(data.reshape(7, 100), 1))
    places, choices = np.arange(100) % 7, data.reshape(7, 100)
    assert_eq(np.choose(lazy(places), x.reshape(7, 100)), np.choose(places, choices))
    assert_eq(np.choose(lazy(places), choices), np.choose(places, choices))
    assert_eq(np.choose(lazy(places), list(choices)), np.choose(places, list(choices)))


def test_spans_and_moments() -> None:
    spans = np.array([3, 4], "m8[s]")
    assert_eq(np.linalg.norm(da.from_array(spans, chunks=1)), np.linalg.norm(spans))
    with pytest.raises(TypeError):
        np.digitize(lazy(D), [0.5, 1.5])
    with pytest.raises(TypeError, match="integer"):
        np.tril(lazy(S), 0.5)
