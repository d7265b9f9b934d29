"""The Python array API standard, 2024.12: its names, and what NumPy has otherwise or not at all."""

from __future__ import annotations

import inspect
import operator

import numpy as np
import pytest

import minidask.array as da
from minidask import config
from minidask.testing import assert_eq

xp = da.ones(1).__array_namespace__()

NAMES = """
abs acos acosh add all any arange argmax argmin argsort asarray asin asinh astype atan atan2 atanh bitwise_and
bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor bool broadcast_arrays broadcast_to
can_cast ceil clip complex128 complex64 concat conj copysign cos cosh count_nonzero cumulative_prod cumulative_sum
diff divide e empty empty_like equal exp expand_dims expm1 eye finfo flip float32 float64 floor floor_divide
from_dlpack full full_like greater greater_equal hypot iinfo imag inf int16 int32 int64 int8 isdtype isfinite isinf
isnan less less_equal linspace log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor matmul
matrix_transpose max maximum mean meshgrid min minimum moveaxis multiply nan negative newaxis nextafter nonzero
not_equal ones ones_like permute_dims pi positive pow prod real reciprocal remainder repeat reshape result_type roll
round searchsorted sign signbit sin sinh sort sqrt square squeeze stack std subtract sum take take_along_axis tan tanh
tensordot tile tril triu trunc uint16 uint32 uint64 uint8 unique_all unique_counts unique_inverse unique_values
unstack var vecdot where zeros zeros_like __array_api_version__ __array_namespace_info__ fft.fft fft.fftfreq fft.fftn
fft.fftshift fft.hfft fft.ifft fft.ifftn fft.ifftshift fft.ihfft fft.irfft fft.irfftn fft.rfft fft.rfftfreq fft.rfftn
linalg.cholesky linalg.cross linalg.det linalg.diagonal linalg.eigh linalg.eigvalsh linalg.inv linalg.matmul
linalg.matrix_norm linalg.matrix_power linalg.matrix_rank linalg.matrix_transpose linalg.outer linalg.pinv linalg.qr
linalg.slogdet linalg.solve linalg.svd linalg.svdvals linalg.tensordot linalg.trace linalg.vecdot linalg.vector_norm
""".split()  # noqa: SIM905  # longer as a list

M = np.arange(12.0).reshape(3, 4)


def lazy(values, chunks=2):
    return da.from_array(np.asarray(values), chunks=chunks)


@pytest.mark.parametrize("name", NAMES)
def test_names(name):
    operator.attrgetter(name)(xp)
    assert name.split(".")[0] in xp.__all__


def test_the_namespace():
    assert xp.__array_api_version__ == "2024.12"
    assert da.ones(1).__array_namespace__(api_version="2023.12") is xp
    with pytest.raises(ValueError, match=r"2024\.12"):
        da.ones(1).__array_namespace__(api_version="2030.12")


def test_what_it_tells_of_itself():
    info = xp.__array_namespace_info__()
    assert info.capabilities()["data-dependent shapes"]
    assert (info.devices(), info.default_device()) == (["cpu"], "cpu")
    assert info.default_dtypes()["real floating"] == np.float64
    assert set(info.dtypes(kind=("signed integer", "bool"))) == {"bool", "int8", "int16", "int32", "int64"}
    assert len(info.dtypes()) == 13
    with pytest.raises(ValueError, match="device='gpu'"):
        info.dtypes(device="gpu")


@pytest.mark.parametrize(
    "make",
    [
        lambda device: xp.asarray([1], device=device), lambda device: xp.arange(3, device=device),
        lambda device: xp.empty(3, device=device), lambda device: xp.empty_like(da.ones(2), device=device),
        lambda device: xp.eye(3, 2, device=device), lambda device: xp.full(3, 1, device=device),
        lambda device: xp.full_like(da.ones(2), 1, device=device), lambda device: xp.linspace(0, 1, 3, device=device),
        lambda device: xp.ones(3, device=device), lambda device: xp.ones_like(da.ones(2), device=device),
        lambda device: xp.zeros(3, device=device), lambda device: xp.zeros_like(da.ones(2), device=device),
        lambda device: xp.astype(da.ones(3), xp.int8, device=device), lambda device: da.ones(3).to_device(device),
        lambda device: xp.from_dlpack(np.ones(3), device=device),
    ],
)  # fmt: skip
def test_devices(make):
    assert make("cpu").device == make(da.ones(1).device).device == "cpu"
    with pytest.raises(ValueError, match="device='gpu'"):
        make("gpu")


def test_functions_take_what_the_standard_passes():
    keywords = {
        "sum": "axis dtype keepdims", "std": "axis correction keepdims", "argmax": "axis keepdims",
        "cumulative_sum": "axis dtype include_initial", "reshape": "shape copy", "roll": "axis",
        "diff": "axis n prepend",
        "tensordot": "axes", "take": "axis", "searchsorted": "side sorter", "stack": "axis", "concat": "axis",
        "repeat": "axis", "asarray": "dtype device copy", "expand_dims": "axis", "linspace": "dtype device endpoint",
        "eye": "k dtype device", "meshgrid": "indexing", "vecdot": "axis", "unstack": "axis", "squeeze": "axis",
        "count_nonzero": "axis keepdims", "from_dlpack": "device copy",
    }  # fmt: skip
    for name, wanted in keywords.items():
        assert set(wanted.split()) <= set(inspect.signature(getattr(xp, name)).parameters), name


def test_eye_takes_columns_second():
    assert_eq(xp.eye(3, 4, k=1, dtype=xp.int8), np.eye(3, 4, k=1, dtype="i1"))


def test_linear_algebra_has_the_defaults_of_the_standard():
    assert [part.shape for part in xp.linalg.svd(lazy(M))] == [(3, 3), (3,), (4, 4)]
    assert_eq(xp.linalg.cholesky(lazy(np.eye(3) * 4 + 1)), np.linalg.cholesky(np.eye(3) * 4 + 1))


@pytest.mark.parametrize("n", [0, 1, 5])
@pytest.mark.parametrize(("ours", "ufunc"), [(xp.cumulative_sum, np.add), (xp.cumulative_prod, np.multiply)])
def test_cumulative(ours, ufunc, n):
    v = np.arange(1, n + 1, dtype="i2")
    assert_eq(ours(lazy(v)), ufunc.accumulate(v, dtype=np.int64))
    expected = np.concatenate([[ufunc.identity], ufunc.accumulate(v, dtype=np.int64)])
    assert_eq(ours(lazy(v), include_initial=True), expected)
    assert_eq(ours(lazy(M), axis=1, dtype="f4"), ufunc.accumulate(M, axis=1, dtype="f4"))
    with pytest.raises(ValueError, match="axis=None"):
        ours(lazy(M))


def test_unstack():
    for ours, theirs in zip(xp.unstack(lazy(M), axis=-1), M.T, strict=True):
        assert_eq(ours, theirs)
    with pytest.raises(ValueError, match="at least one axis"):
        xp.unstack(da.asarray(3))
    with pytest.raises(np.exceptions.AxisError):
        xp.unstack(da.ones(3), axis=1)


def test_types():
    x = da.ones(3, dtype="f4")
    assert xp.finfo(x).bits == xp.finfo("f4").bits == 32
    assert xp.iinfo(da.ones(2, dtype="i2")).max == xp.iinfo(xp.int16).max == 2**15 - 1
    assert xp.can_cast(x, xp.float64)
    assert np.can_cast(x, "f8")
    assert not xp.can_cast(xp.float64, xp.int8)
    assert xp.result_type(x, xp.float64) == xp.float64
    assert xp.isdtype(x.dtype, "real floating")
    assert_eq(xp.astype(x, xp.int16), np.ones(3, "i2"))
    assert_eq(np.astype(x, "i2"), np.ones(3, "i2"))


def test_matrix_transposes():
    x = np.arange(24).reshape(2, 3, 4)
    assert_eq(lazy(x).mT, x.mT)
    with pytest.raises(ValueError, match="mT: an array of 1 axes"):
        _ = da.ones(3).mT


def test_dlpack():
    x = lazy(M)
    np.testing.assert_array_equal(np.from_dlpack(x), M)
    assert x.__dlpack_device__() == (1, 0)
    y = xp.from_dlpack(M, copy=True, chunks=2)
    assert_eq(y, M)
    assert xp.from_dlpack(y) is y
    with pytest.raises(BufferError, match="copy=False"):
        x.__dlpack__(copy=False)


def test_copies():
    x = lazy(M)
    assert da.asarray(x) is x
    assert da.asarray(x, copy=False) is x
    y = da.asarray(x, copy=True)
    x[0] = 7
    assert_eq(y, M)
    large = np.zeros(2**22)
    copied, used = da.array(large), da.asarray(large)
    large[:] = 1
    assert (copied.sum().compute(), used.sum().compute()) == (0, 2**22)
    for refused in (
        lambda: da.asarray(M, copy=False),
        lambda: da.asarray(y, int, copy=False),
        lambda: y.reshape(4, 3, copy=False),
    ):
        with pytest.raises(ValueError, match="copy=False"):
            refused()


def test_array():
    assert_eq(da.array([1, 2], "f4", ndmin=3), np.array([1, 2], "f4", ndmin=3))
    assert isinstance(da.array(np.ma.masked_equal([1, 2], 2), subok=True).compute(), np.ma.MaskedArray)
    assert not isinstance(da.array(np.ma.masked_equal([1, 2], 2)).compute(), np.ma.MaskedArray)
    assert da.array(M, order="F").compute().flags.f_contiguous
    assert da.asarray(lazy(M.T), order="C").compute().flags.c_contiguous
    assert_eq(da.copy(M), M)
    with pytest.raises(ValueError, match="order='Z'"):
        da.array(M, order="Z")


@pytest.mark.parametrize("name", ["iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow"])
def test_in_place(name):
    ours = theirs = None
    for other in (3, M + 1, np.arange(1.0, 5), np.float32(2), np.arange(1, 5)):
        theirs, ours = M.copy(), lazy(M)
        also = ours
        expected = getattr(operator, name)(theirs, other)
        found = getattr(operator, name)(ours, lazy(other) if isinstance(other, np.ndarray) else other)
        assert found is also
        assert_eq(also, expected)


@pytest.mark.parametrize("name", ["iand", "ior", "ixor", "ilshift", "irshift"])
def test_in_place_of_integers(name):
    v = np.arange(6, dtype="i2")
    ours = getattr(operator, name)(lazy(v), np.arange(6, dtype="i1")[::-1])
    assert_eq(ours, getattr(operator, name)(v.copy(), np.arange(6, dtype="i1")[::-1]))


def test_in_place_keeps_dtype_and_shape():
    x = da.ones(3, dtype="i4")
    x += True
    assert_eq(x, np.full(3, 2, "i4"))
    with pytest.raises(TypeError, match="float64 to int32"):
        x /= 2
    with pytest.raises(TypeError, match="complex128 to int32"):
        x *= 2j
    with pytest.raises(ValueError, match="shape \\(3,\\)"):
        x += da.ones((2, 3), dtype="i4")
    m = lazy(M)
    m @= np.eye(4) * 2
    assert_eq(m, M * 2)


def test_nothing_is_computed():
    def refuse(graph, keys, **options):
        raise AssertionError("computed")

    with config.set(scheduler=refuse):
        x = da.ones((4, 4), chunks=2)
        x += 1
        xp.cumulative_sum(x, axis=0, include_initial=True), x.mT, xp.unstack(x), xp.finfo(x), xp.astype(x, xp.int8)


def test_equivalent():
    assert da.array_equiv(lazy(M), M).compute()
    assert da.array_equiv([1, 1], 1).compute()
    assert not np.array_equiv(lazy(M), np.ones(3)).compute()


def test_search_by_a_sorter():
    v = np.array([5, 1, 3, 1])
    order = np.argsort(v)
    assert_eq(xp.searchsorted(lazy(v), lazy(M), sorter=lazy(order)), np.searchsorted(v, M, sorter=order))
    with pytest.raises(ValueError, match="sorter"):
        xp.searchsorted(lazy(v), lazy(M), sorter=order[1:])


def test_descending_order():
    v = np.array([[3, 1, 3, 2, 1], [0, 0, 5, 5, 1]])
    for axis in (0, 1, -1):
        assert_eq(xp.sort(lazy(v), axis=axis, descending=True), np.flip(np.sort(v, axis), axis))
        assert_eq(xp.argsort(lazy(v), axis=axis, descending=True), np.argsort(-v, axis, stable=True))
        assert_eq(xp.argsort(lazy(v), axis=axis), np.argsort(v, axis, stable=True))
