"""Our functions take the arguments of NumPy's, and those of the array API standard, by their names."""

from __future__ import annotations

import inspect
from types import ModuleType

import numpy as np
import pytest

import minidask.array as da
from minidask.array import fft, linalg, ma
from minidask.testing import assert_eq

REFUSED = {
    "like": "it chooses who answers: a call of ours has chosen; NumPy's functions with like=x are answered by ours",
    "subok": "blocks are of the kind that they are made in",
    ("std", "mean"): "computed in the same pass",
    ("var", "mean"): "computed in the same pass",
    ("nanstd", "mean"): "computed in the same pass",
    ("nanvar", "mean"): "computed in the same pass",
    (
        "array",
        "ndmax",
    ): "NumPy has it since 2.4; asarray(list of objects) with dtype=object is of fewer axes by reshape",
    ("eye", "order"): "blocks are made as they are read",
    ("astype", "order"): "asarray(x, order=) orders the elements of blocks",
    ("copy", "order"): "asarray(x, order=) orders the elements of blocks",
    ("broadcast_to", "array"): "dask's name is x",
    ("digitize", "x"): "dask's name is a",
    ("roll", "a"): "dask's name is array",
    ("stack", "arrays"): "dask's name is seq",
    ("tensordot", "a"): "dask's name is lhs",
    ("tensordot", "b"): "dask's name is rhs",
    ("einsum_path", "einsum_call"): "of NumPy's own use",
    ("count", "a"): "of numpy.ma; it is the first argument, named arr",
    ("getmask", "a"): "of numpy.ma; it is the first argument, named arr",
}
"""Arguments of NumPy's that are not taken, of all functions or of one, and why."""

PAIRS = [
    ("", da, np), ("linalg.", linalg, np.linalg), ("fft.", fft, np.fft), ("ma.", ma, np.ma),
    ("Array.", da.Array, np.ndarray), ("random.Generator.", da.random.Generator, np.random.Generator),
]  # fmt: skip


def parameters(function):
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None


def functions():
    """Ours and NumPy's of one name, where both tell their arguments."""
    for prefix, here, there in PAIRS:
        for name in sorted({*dir(here)} & {*dir(there)}):
            ours, theirs = getattr(here, name), getattr(there, name)
            told = callable(theirs) and not isinstance(theirs, np.ufunc | ModuleType | type) and ours is not theirs
            if not name.startswith("_") and told and parameters(ours) and parameters(theirs):
                yield pytest.param(name, ours, theirs, id=prefix + name)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) >= "2.6.0", reason="its functions may have more arguments")
@pytest.mark.parametrize(("name", "ours", "theirs"), list(functions()))
def test_arguments_of_numpy(name, ours, theirs):
    known = parameters(ours)
    if any(p.kind is p.VAR_KEYWORD for p in known.values()):
        return
    named = [k for k, p in parameters(theirs).items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    missing = [k for k in named if k not in known and k not in REFUSED and (name, k) not in REFUSED]
    assert not missing, f"{name} takes {list(known)}"


def test_every_refusal_has_a_reason_and_is_one():
    assert all(REFUSED.values())
    names = {(param.values[0], k) for param in functions() for k in parameters(param.values[2])}
    names |= {k for _, k in names}
    newer = {("array", "ndmax")}
    assert {*REFUSED} - names <= newer


STANDARD = """
abs(x, /) | acos(x, /) | add(x1, x2, /) | all(x, /, *, axis=None, keepdims=False)
any(x, /, *, axis=None, keepdims=False) | argmax(x, /, *, axis=None, keepdims=False)
argmin(x, /, *, axis=None, keepdims=False) | argsort(x, /, *, axis=-1, descending=False, stable=True)
arange(start, /, stop=None, step=1, *, dtype=None, device=None)
asarray(obj, /, *, dtype=None, device=None, copy=None) | astype(x, dtype, /, *, copy=True, device=None)
broadcast_arrays(*arrays) | broadcast_to(x, /, shape) | can_cast(from_, to, /)
clip(x, /, min=None, max=None) | concat(arrays, /, *, axis=0) | count_nonzero(x, /, *, axis=None, keepdims=False)
cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False)
cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False)
diff(x, /, *, axis=-1, n=1, prepend=None, append=None) | empty(shape, *, dtype=None, device=None)
empty_like(x, /, *, dtype=None, device=None) | expand_dims(x, /, *, axis=0)
eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None) | flip(x, /, *, axis=None)
from_dlpack(x, /, *, device=None, copy=None) | full(shape, fill_value, *, dtype=None, device=None)
full_like(x, /, fill_value, *, dtype=None, device=None) | isdtype(dtype, kind)
linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True) | matmul(x1, x2, /)
matrix_transpose(x, /) | max(x, /, *, axis=None, keepdims=False) | mean(x, /, *, axis=None, keepdims=False)
meshgrid(*arrays, indexing='xy') | min(x, /, *, axis=None, keepdims=False) | moveaxis(x, source, destination, /)
nonzero(x, /) | ones(shape, *, dtype=None, device=None) | ones_like(x, /, *, dtype=None, device=None)
permute_dims(x, /, axes) | prod(x, /, *, axis=None, dtype=None, keepdims=False) | repeat(x, repeats, /, *, axis=None)
reshape(x, /, shape, *, copy=None) | result_type(*arrays_and_dtypes) | roll(x, /, shift, *, axis=None)
searchsorted(x1, x2, /, *, side='left', sorter=None) | sort(x, /, *, axis=-1, descending=False, stable=True)
squeeze(x, /, axis) | stack(arrays, /, *, axis=0) | std(x, /, *, axis=None, correction=0.0, keepdims=False)
sum(x, /, *, axis=None, dtype=None, keepdims=False) | take(x, indices, /, *, axis=None)
take_along_axis(x, indices, /, *, axis=-1) | tensordot(x1, x2, /, *, axes=2) | tile(x, repetitions, /)
tril(x, /, *, k=0) | triu(x, /, *, k=0) | unique_all(x, /) | unique_counts(x, /) | unique_inverse(x, /)
unique_values(x, /) | unstack(x, /, *, axis=0) | var(x, /, *, axis=None, correction=0.0, keepdims=False)
vecdot(x1, x2, /, *, axis=-1) | where(condition, x1, x2, /) | zeros(shape, *, dtype=None, device=None)
zeros_like(x, /, *, dtype=None, device=None) | linalg.cholesky(x, /, *, upper=False)
linalg.cross(x1, x2, /, *, axis=-1) | linalg.det(x, /) | linalg.diagonal(x, /, *, offset=0) | linalg.eigh(x, /)
linalg.eigvalsh(x, /) | linalg.inv(x, /) | linalg.matmul(x1, x2, /)
linalg.matrix_norm(x, /, *, keepdims=False, ord='fro') | linalg.matrix_power(x, n, /)
linalg.matrix_rank(x, /, *, rtol=None) | linalg.outer(x1, x2, /) | linalg.pinv(x, /, *, rtol=None)
linalg.qr(x, /, *, mode='reduced') | linalg.slogdet(x, /) | linalg.solve(x1, x2, /)
linalg.svd(x, /, *, full_matrices=True) | linalg.svdvals(x, /) | linalg.tensordot(x1, x2, /, *, axes=2)
linalg.trace(x, /, *, offset=0, dtype=None) | linalg.vecdot(x1, x2, /, *, axis=-1)
linalg.vector_norm(x, /, *, axis=None, keepdims=False, ord=2) | fft.fft(x, /, *, n=None, axis=-1, norm='backward')
fft.ifft(x, /, *, n=None, axis=-1, norm='backward') | fft.fftn(x, /, *, s=None, axes=None, norm='backward')
fft.ifftn(x, /, *, s=None, axes=None, norm='backward') | fft.rfft(x, /, *, n=None, axis=-1, norm='backward')
fft.irfft(x, /, *, n=None, axis=-1, norm='backward') | fft.rfftn(x, /, *, s=None, axes=None, norm='backward')
fft.irfftn(x, /, *, s=None, axes=None, norm='backward') | fft.hfft(x, /, *, n=None, axis=-1, norm='backward')
fft.ihfft(x, /, *, n=None, axis=-1, norm='backward') | fft.fftfreq(n, /, *, d=1.0, dtype=None, device=None)
fft.rfftfreq(n, /, *, d=1.0, dtype=None, device=None) | fft.fftshift(x, /, *, axes=None)
fft.ifftshift(x, /, *, axes=None) | finfo(type, /) | iinfo(type, /)
"""
"""The functions of the standard 2024.12 that are no ufuncs, as it spells them."""

ENTRIES = [entry.strip() for line in STANDARD.strip().splitlines() for entry in line.split(" | ")]
OTHERWISE = {
    ("diff", "prepend"), ("diff", "append"), ("linalg.pinv", "rtol"), ("fft.fftn", "norm"), ("linalg.qr", "mode"),
}  # fmt: skip


def spelled(entry):
    scope: dict[str, object] = {}
    name, arguments = entry.split("(", 1)
    exec(f"def function({arguments}: pass", scope)
    return name, inspect.signature(scope["function"])


def look_up(name):
    found = da.ones(1).__array_namespace__()
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize(("name", "theirs"), [pytest.param(*spelled(e), id=e.split("(")[0]) for e in ENTRIES])
def test_arguments_of_the_standard(name, theirs):
    ours = parameters(look_up(name))
    if ours is None or isinstance(look_up(name), np.ufunc):
        return
    places = [p for p in theirs.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    taken = [p for p in ours.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)]
    assert len(taken) >= len(places) or taken[-1].kind is inspect.Parameter.VAR_POSITIONAL
    for p in theirs.parameters.values():
        if p.kind is p.KEYWORD_ONLY or (p.kind is p.POSITIONAL_OR_KEYWORD and p.default is not p.empty):
            assert p.name in ours, f"{name} takes {list(ours)}"
            same = ours[p.name].default == p.default or ours[p.name].default is None
            assert same is True or (name, p.name) in OTHERWISE, f"{p.name}={ours[p.name].default!r}"


def test_arrays_of_numpy_by_the_side_of_a_lazy_one():
    x = da.ones(2)
    for make, *args in (
        (np.ones, 3), (np.array, [[1, 2]]), (np.arange, 1, 7, 2), (np.eye, 3, 4, 1), (np.full, (2, 3), 7), (np.tri, 3),
        (np.zeros, (2, 3), "i4"), (np.identity, 3), (np.asarray, 5),
    ):  # fmt: skip
        found = make(*args, like=x)
        assert isinstance(found, da.Array)
        assert_eq(found, make(*args))


@pytest.mark.parametrize(
    "options", [{}, {"axis": 1}, {"axis": -1, "endpoint": False}, {"dtype": int}, {"num": 1}, {"num": 0}]
)
def test_numbers_between_arrays(options):
    start, stop = np.array([[0.0, -3], [5, 1]]), np.array([2.5, -7])
    given = {"num": 5, **options}
    expected = np.linspace(start, stop, **given)
    assert_eq(da.linspace(da.from_array(start, chunks=1), stop, **given), expected, rtol=1e-14)
    assert_eq(da.logspace(0, stop, 4, axis=1), np.logspace(0, stop, 4, axis=1), rtol=1e-12)


def test_element_wise_functions_take_names():
    x = np.array([1.0, np.nan, -np.inf])
    ours = da.from_array(x, chunks=2)
    assert_eq(da.nan_to_num(x=ours, nan=3.0), np.nan_to_num(x, nan=3.0))
    assert_eq(da.isclose(ours, b=x, equal_nan=True), np.isclose(x, x, equal_nan=True))
    assert_eq(da.ma.masked_greater(x=ours, value=0), np.ma.masked_greater(x, 0))
    out = da.zeros(3, chunks=2, dtype=bool)
    assert da.isneginf(ours, out=out) is out
    assert_eq(out, np.isneginf(x))
    assert list(inspect.signature(da.isclose).parameters) == list(inspect.signature(np.isclose).parameters)
    summed = da.zeros(2)
    assert da.einsum("ij->i", da.ones((2, 3)), out=summed) is summed
