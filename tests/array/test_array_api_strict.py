"""The array API standard 2024.12, with its strict model as the oracle: names, arguments, dtypes and results."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minidask.array as da

strict = pytest.importorskip("array_api_strict")

VERSION = "2024.12"
OURS = da.ones(1).__array_namespace__(api_version=VERSION)
OWN = {"empty", "empty_like", "finfo", "iinfo", "svd"}
"""Functions whose results are not compared: any values, objects of their own, signs."""


def functions() -> Iterator[tuple[str, Any]]:
    for part, module in (("", strict), ("linalg.", strict.linalg), ("fft.", strict.fft)):
        for name in module.__all__:
            func = getattr(module, name)
            if inspect.isfunction(func) and "array_api_strict_flags" not in name:
                yield part + name, func


FUNCTIONS = dict(functions())


def ours(name: str) -> Any:
    found: Any = OURS
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments(name: str) -> None:
    known = inspect.signature(ours(name)).parameters
    kinds = {parameter.kind for parameter in known.values()}
    for argument, parameter in inspect.signature(FUNCTIONS[name]).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and inspect.Parameter.VAR_KEYWORD not in kinds:
            assert argument in known


BASE = np.array([[1, 2, 3], [4, 0, 6], [2, 1, 5]])
KINDS = ["bool", "int8", "uint64", "float32", "complex64"]
Make = Callable[[Any], Any]
CALLS: list[tuple[Callable[[Make], tuple[Any, ...]], dict[str, Any]]] = [
    (lambda make: (make(BASE),), {}),
    (lambda make: (make(BASE), make(BASE.T)), {}),
    (lambda make: (make(BASE),), {"axis": 0}),
    (lambda make: (make(BASE),), {"axis": 1, "keepdims": True}),
    (lambda make: (make(BASE[0]),), {}),
    (lambda make: (make(BASE[0]), make(BASE[1])), {}),
    (lambda make: (make(BASE), 2), {}),
    (lambda make: ([make(BASE), make(BASE)],), {}),
    (lambda make: (make(BASE),), {"axis": 0, "descending": True}),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.rpartition(".")[2] not in OWN])
def test_results(name: str) -> None:
    """What the strict model answers, we answer alike; what it refuses is not asked."""
    for kind in KINDS:
        for arguments, options in CALLS:
            try:
                wanted = FUNCTIONS[name](*arguments(lambda a, k=kind: strict.asarray(a.astype(k))), **options)
            except Exception:
                continue
            found = ours(name)(*arguments(lambda a, k=kind: da.from_array(a.astype(k), chunks=2)), **options)
            compare(found, wanted)


def compare(found: Any, wanted: Any) -> None:
    if isinstance(wanted, tuple | list):
        assert len(found) == len(wanted)
        for pair in zip(found, wanted):
            compare(*pair)
    elif isinstance(wanted, strict.asarray(1).__class__):
        plain = np.asarray(wanted._array)
        assert (found.dtype, found.shape) == (plain.dtype, plain.shape)
        np.testing.assert_allclose(found.compute(), plain, rtol=1e-4, atol=1e-5)
    else:
        assert np.all(np.asarray(found) == np.asarray(wanted)) or str(wanted).endswith(str(found))


def test_capabilities() -> None:
    info, model = OURS.__array_namespace_info__(), strict.__array_namespace_info__()
    assert info.capabilities() == model.capabilities()
    assert info.default_dtypes().keys() == model.default_dtypes().keys()
    for kind in (None, "bool", "integral", "real floating", ("signed integer", "complex floating")):
        assert info.dtypes(kind=kind).keys() == model.dtypes(kind=kind).keys()
