"""Blocks of other kinds than NumPy's: of scipy.sparse, of the package sparse, masked arrays, a person's own."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from minidask import tokenize
from minidask.kernels.kinds import dense

V = np.arange(30.0).reshape(5, 6)
M = V * (V % 3 == 0)


def of_scipy(name):
    return getattr(pytest.importorskip("scipy.sparse"), name)


KINDS = {
    "csr_array": lambda: of_scipy("csr_array"),
    "csc_array": lambda: of_scipy("csc_array"),
    "coo_array": lambda: of_scipy("coo_array"),
    "csr_matrix": lambda: of_scipy("csr_matrix"),
    "COO": lambda: pytest.importorskip("sparse").COO.from_numpy,
    "masked": lambda: lambda block: np.ma.masked_equal(block, 0),
}

CALLS = {
    "all": lambda x: x,
    "one block": lambda x: x[:2, :3],
    "slices": lambda x: x[1:4, ::2],
    "reversed": lambda x: x[::-1],
    "row": lambda x: x[1],
    "column": lambda x: x[:, 2],
    "element": lambda x: x[3, 3],
    "transposed": lambda x: x.T,
    "sum of two": lambda x: x + x,
    "difference": lambda x: x - x / 2,
    "scaled": lambda x: x * 2,
    "product": lambda x: x * x,
    "rows scaled": lambda x: x * np.arange(1.0, 7),
    "times dense": lambda x: x * da.from_array(V, chunks=2),
    "negative": lambda x: -x,
    "absolute": lambda x: abs(x),
    "root": lambda x: np.sqrt(x),
    "greater": lambda x: x > 3,
    "cast": lambda x: x.astype("f4"),
    "rounded": lambda x: x.round(1),
    "sum": lambda x: x.sum(),
    "sum of rows": lambda x: x.sum(axis=1, keepdims=True),
    "sum in float32": lambda x: x.sum(axis=0, dtype="f4"),
    "sum of one block": lambda x: x.rechunk(-1).sum(axis=0),
    "any": lambda x: (x > 3).any(axis=0),
    "matrices": lambda x: x @ x.T,
    "matrix and dense": lambda x: x @ np.ones((6, 2)),
    "dense and matrix": lambda x: da.ones((2, 5), chunks=2) @ x,
    "matrix and vector": lambda x: x @ np.ones(6),
    "tensordot": lambda x: da.tensordot(x, x, ((0,), (0,))),
    "dot": lambda x: x.dot(x.T),
    "other chunks": lambda x: x.rechunk((3, 4)),
    "joined": lambda x: da.concatenate([x, x]),
    "joined beside": lambda x: da.concatenate([x, x[:, ::2]], axis=1),
    "blocks": lambda x: x.blocks[1],
    "rolled": lambda x: da.roll(x, 1, 0),
    "by a lazy mask": lambda x: x[da.from_array(np.array([True, False, True, True, False]), chunks=2)],
    "kept": lambda x: x.persist() * 3,
}
"""What all kinds can do."""


def plain(value):
    return np.ma.filled(value, 0) if isinstance(value, np.ma.MaskedArray) else dense(value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", CALLS)
def test_as_dense_ones(kind, call):
    x = da.from_array(M, chunks=(2, 3)).map_blocks(KINDS[kind]())
    found, expected = CALLS[call](x), CALLS[call](da.from_array(M, chunks=(2, 3))).compute()
    value = found.compute(scheduler="synchronous")
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype) == (np.shape(value), value.dtype)
    np.testing.assert_allclose(plain(value), expected)


REDUCTIONS = ["sum", "prod", "any", "all", "min", "max", "mean", "var", "std"]


@pytest.mark.parametrize("kind", ["csr_array", "csr_matrix", "coo_array", "COO"])
@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_reductions(kind, name, axis):
    values = np.array([[1.0, 0, 3, -2], [0, 0, 4, -5], [2, 0, 5, 0]])
    x = da.from_array(values, chunks=2).map_blocks(KINDS[kind]())
    if name == "all" and kind == "COO":
        pytest.skip("sparse has no such reduction of blocks whose elements are not all stored")
    found = getattr(x, name)(axis=axis)
    expected = getattr(values, name)(axis=axis)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(plain(found.compute()), expected, atol=1e-12)


@pytest.mark.parametrize("kind", ["csr_array", "csr_matrix"])
def test_kinds_stay(kind):
    make = KINDS[kind]()
    x = da.from_array(M, chunks=2).map_blocks(make)
    for found in (x, x + x, x * 2, x[1:], x.rechunk(3), da.concatenate([x, x]), x.astype("f4"), x @ x.T):
        assert type(found.compute()) is type(found.expr.meta) is make
    assert isinstance(np.asarray(x), np.ndarray)
    np.testing.assert_array_equal(np.asarray(x), M)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x[None], lambda x: x[[0, 3]], lambda x: x.cumsum(0), lambda x: x.argmax(0), lambda x: x.clip(0, 3),
        lambda x: da.where(x > 3, x, 0), lambda x: da.diagonal(x), lambda x: da.einsum("ij->i", x), lambda x: np.exp(x),
        lambda x: x + 1, lambda x: x.sum(where=x > 1), lambda x: da.nansum(x),
        lambda x: da.stack([x, x]), lambda x: np.add(x, x, dtype="f4"), lambda x: da.tensordot(x, x, 2),
    ],
)  # fmt: skip
def test_what_would_fill_blocks_is_refused(call):
    x = da.from_array(M, chunks=2).map_blocks(KINDS["csr_array"]())
    with pytest.raises(NotImplementedError):
        call(x)


@pytest.mark.parametrize("kind", ["csr_array", "csr_matrix", "COO"])
def test_as_operands_and_sources(kind):
    own, plain_array = KINDS[kind]()(M), da.from_array(V, chunks=(2, 3))
    x = da.from_array(own, chunks=(2, 3))
    for found, expected in [
        (x, M), (da.asanyarray(own), M), (x * own, M * M), (plain_array * own, V * M), (plain_array @ own.T, V @ M.T),
        (da.concatenate([x, own]), np.concatenate([M, M])), (x.sum(axis=0), M.sum(axis=0)),
    ]:  # fmt: skip
        assert isinstance(found, da.Array)
        np.testing.assert_allclose(dense(found.compute()), expected)


def test_registered_kinds():
    class Boxed:
        """Knows no more of NumPy than its slices."""

        def __init__(self, values):
            self.values, self.shape, self.dtype, self.ndim = values, values.shape, values.dtype, values.ndim

        shape = ()

        def __getitem__(self, key):
            return Boxed(self.values[key])

        def reshape(self, *shape):
            return Boxed(self.values.reshape(*shape))

    assert not da.chunk_types.is_valid_chunk_type(Boxed)
    da.register_chunk_type(Boxed, lambda blocks, axis: Boxed(np.concatenate([b.values for b in blocks], axis)))
    assert da.chunk_types.is_valid_array_chunk(Boxed(M))
    found = da.from_array(Boxed(M), chunks=(2, 4))[1:].rechunk(3).compute()
    assert isinstance(found, Boxed)
    np.testing.assert_array_equal(found.values, M[1:])
    with pytest.raises(TypeError, match="no class of arrays"):
        da.register_chunk_type(list)


def test_large_blocks():
    values = np.zeros((600, 600))
    values[::7, ::3] = 2
    for kind in ("csr_array", "COO"):
        x = da.from_array(values, chunks=600).map_blocks(KINDS[kind]())
        np.testing.assert_array_equal(dense(((x * 2).astype("f4") * x).compute()), values * 2 * values)


def test_names_where_dask_is_missing():
    class Asking:
        def __init__(self, value):
            self.value = value

        def __dask_tokenize__(self):
            from dask.base import normalize_token  # as sparse does

            return normalize_token(self.value)

    class Failing(Asking):
        def __dask_tokenize__(self):
            raise ModuleNotFoundError("other", name="other")

    assert tokenize(Asking(1)) == tokenize(Asking(1)) != tokenize(Asking(2))
    with pytest.raises(ModuleNotFoundError):
        tokenize(Failing(1))


def test_mixed_blocks_are_masked_where_one_is():
    mixed = da.concatenate([da.ones(2), da.ma.masked_equal(da.from_array([1.0, 2.0]), 2)])
    assert mixed.compute().mask.tolist() == [False, False, False, True]

    def later(block, block_id):
        return np.ma.masked_equal(block, 3) if block_id == (1,) else block

    found = da.arange(4, chunks=2).map_blocks(later, dtype=int).compute()
    assert found.tolist() == [0, 1, 2, None]


def test_texts_of_blocks_keep_their_length():
    texts = da.from_array(np.array(["a", "b", "ccc"]), chunks=2).map_blocks(lambda b: np.char.multiply(b, 2))
    assert texts.compute().tolist() == ["aa", "bb", "cccccc"]
