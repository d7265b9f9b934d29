"""Random arrays: reproducible, independent of how they are computed, distributed as they should be."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
import minidask.config as config
from minidask.array.nodes.random import Draw, Stream
from minidask.array.random import Generator, RandomState, default_rng
from minidask.expr.blocks import Blockwise
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

PARAMETERS = {
    "beta": (1, 2), "binomial": (5, 0.3), "chisquare": (3,), "f": (2, 3), "gamma": (2,), "geometric": (0.3,),
    "hypergeometric": (5, 4, 3), "logseries": (0.4,), "negative_binomial": (4, 0.4), "noncentral_chisquare": (3, 2),
    "noncentral_f": (2, 3, 1), "pareto": (2,), "power": (2,), "standard_gamma": (2,), "standard_t": (3,),
    "triangular": (0, 1, 2), "vonmises": (0, 1), "wald": (1, 2), "weibull": (2,), "zipf": (2.0,), "integers": (5,),
    "randint": (5,), "random_integers": (5,), "choice": (4,), "multinomial": (5, [0.2, 0.8]),
    "dirichlet": ([1, 2],), "multivariate_normal": ([0, 1], np.eye(2)), "multivariate_hypergeometric": ([3, 4], 5),
}  # fmt: skip
OTHERS = {
    "kind", "spawn", "seed", "permutation", "permuted", "shuffle", "bytes", "rand", "randn", "get_state", "set_state",
}  # fmt: skip
METHODS = [
    (kind, name) for kind in (default_rng, RandomState) for name in dir(Generator if kind is default_rng else kind)
    if not name.startswith("_") and name not in OTHERS
]  # fmt: skip


@pytest.mark.parametrize(("make", "name"), METHODS)
def test_every_distribution(make, name):
    one, two = (getattr(make(1), name)(*PARAMETERS.get(name, ()), size=(5, 6), chunks=(2, 3)) for _ in range(2))
    assert one.name == two.name
    assert_eq(one, two.compute(scheduler="threads"))
    other = getattr(make(2), name)(*PARAMETERS.get(name, ()), size=(5, 6), chunks=(2, 3))
    assert one.name != other.name
    blocks = [one.blocks[i, j].compute() for i in range(2) for j in range(2)]
    if one.dtype.kind == "f":
        assert len({b.tobytes() for b in blocks}) == 4


def test_same_bits_with_processes():
    x = default_rng(5).normal(size=100, chunks=30)
    assert x.compute(scheduler="processes").tobytes() == x.compute(scheduler="synchronous").tobytes()


def test_calls_advance_and_seeds_differ():
    rng = default_rng(0)
    assert rng.random(3).name != rng.random(3).name
    again = default_rng(0)
    again.random(3)
    rng = default_rng(0)
    rng.random(3)
    assert_eq(rng.random(3), again.random(3).compute())
    assert default_rng().random(3).name != default_rng().random(3).name


def test_seeds():
    assert default_rng(rng := default_rng(3)) is rng
    same = default_rng(np.random.SeedSequence(3)), default_rng(3)
    assert_eq(*(r.random(3).compute() for r in same))
    assert default_rng([1, 2]).random(3).name == default_rng((1, 2)).random(3).name
    assert default_rng(np.random.MT19937(3)).random(3).name == default_rng(np.random.MT19937(3)).random(3).name
    assert default_rng(np.random.default_rng(3)).random(3).shape == (3,)
    one, two = default_rng(3).spawn(2)
    assert one.random(3).name != two.random(3).name
    with pytest.raises(ValueError, match="non-negative"):
        default_rng(-1)


def test_moments():
    x = default_rng(0).normal(3, 2, size=(1000, 200), chunks=100)
    assert abs(float(x.mean().compute()) - 3) < 0.03
    assert abs(float(x.std().compute()) - 2) < 0.03
    assert abs(float(da.corrcoef(x[:100].ravel(), x[100:200].ravel())[0, 1].compute())) < 0.03
    counts = da.bincount(default_rng(0).integers(5, size=10_000, chunks=999)).compute()
    assert counts.min() > 1800


def test_parameters_that_are_arrays():
    x = default_rng(3).normal(da.arange(3, chunks=2) * 100, [[1e-3], [1e-3]], chunks=1)
    assert x.shape == (2, 3)
    np.testing.assert_allclose(x.compute(), np.broadcast_to([0, 100, 200], (2, 3)), atol=0.1)
    assert_eq(default_rng(3).integers([1, 10], [2, 11]), np.array([1, 10]))
    assert default_rng(3).normal(np.zeros(3), size=(4, 3)).shape == (4, 3)


def test_sizes_and_dtypes():
    rng = default_rng(0)
    assert rng.normal().shape == ()
    assert rng.normal(0, 1, 5).shape == (5,)
    assert rng.random((2, 3), dtype="f4").dtype == np.float32
    assert rng.integers(5, size=3, dtype="u1").dtype == np.uint8
    assert rng.integers(3, 3, size=9, endpoint=True).max().compute() == 3
    assert rng.random((100, 100), chunks=(10, -1)).numblocks == (10, 1)


def test_drawn_in_place():
    x = da.zeros((4, 3), chunks=2, dtype="f4")
    assert default_rng(1).standard_normal(dtype="f4", out=x) is x
    assert_eq(x, default_rng(1).standard_normal((4, 3), dtype="f4").compute())
    other = default_rng(1).standard_exponential(5, method="inv").compute()
    assert (other != default_rng(1).standard_exponential(5).compute()).all()
    with pytest.raises(ValueError, match="shape"):
        default_rng(1).random(4, out=x)


def test_choice():
    rng = default_rng(0)
    drawn = rng.choice(10, 10, replace=False, chunks=3)
    assert drawn.numblocks == (4,)
    assert sorted(drawn.compute()) == list(range(10))
    some = rng.choice(da.arange(10, 20, chunks=3), (2, 3), replace=False).compute()
    assert len({*some.ravel()}) == 6
    assert set(some.ravel()) <= set(range(10, 20))
    assert set(rng.choice([1.5, 2.5], 50, chunks=9).compute()) == {1.5, 2.5}
    assert set(rng.choice(3, 50, p=[0.5, 0, 0.5]).compute()) == {0, 2}
    assert set(rng.choice(4, 2, replace=False, p=[0.5, 0, 0.5, 0]).compute()) == {0, 2}


def test_permutation():
    rng = default_rng(0)
    assert sorted(rng.permutation(5).compute()) == [0, 1, 2, 3, 4]
    rows = da.arange(12, chunks=4).reshape(6, 2)
    found = rng.permutation(rows).compute()
    assert sorted(map(tuple, found)) == sorted(map(tuple, rows.compute()))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_permutation_along_an_axis(axis):
    x = da.arange(12, chunks=4).reshape(3, 4)
    one, two = (default_rng(3).permutation(x, axis).compute() for _ in range(2))
    assert_eq(one, two)
    assert sorted(np.moveaxis(one, axis, 0).tolist()) == sorted(np.moveaxis(x.compute(), axis, 0).tolist())


@pytest.mark.parametrize("axis", [0, 1, -1, None])
@pytest.mark.parametrize("chunks", [2, (3, 2), -1])
def test_permuted(axis, chunks):
    values = np.arange(42).reshape(6, 7)
    found = default_rng(3).permuted(da.from_array(values, chunks=chunks), axis=axis)
    again = default_rng(3).permuted(da.from_array(values, chunks=chunks), axis=axis)
    assert_eq(found, again)
    found = found.compute()
    assert not np.array_equal(found, values)
    assert_eq(np.sort(found, axis), np.sort(values, axis))
    if axis is not None:
        order = np.moveaxis(np.argsort(found, axis), axis, -1)
        assert any((row != order[0]).any() for row in order)


def test_permuted_in_place():
    x = da.arange(9, chunks=2)
    assert default_rng(0).permuted(x, out=x) is x
    assert sorted(x.compute()) == list(range(9))


@pytest.mark.parametrize("axis", [0, 1])
def test_shuffle_changes_the_array(axis):
    x = da.arange(12, chunks=4).reshape(6, 2)
    before = x + 0
    chunks = x.chunks
    assert default_rng(1).shuffle(x, axis) is None
    assert x.chunks == chunks
    assert_eq(x, default_rng(1).permutation(before, axis))


def test_orders_that_are_no_block():
    with config.set({"array.chunk-size": "256 B"}):
        drawn = default_rng(0).choice(90, 70, replace=False).compute()
        assert len(set(drawn.tolist())) == 70
        assert (np.diff(drawn) < 0).any()
        odds = np.arange(90) / sum(range(90))
        assert 0 not in default_rng(0).choice(90, 89, replace=False, p=odds).compute()
        rng, x = default_rng(1), da.arange(100, chunks=9)
        orders = [rng.permutation(x), rng.permutation(100), rng.permuted(x.reshape(10, 10)).ravel()]
        for order in orders:
            found = order.compute()
            assert sorted(found.tolist()) == list(range(100)) != found.tolist()
            assert_eq(order, found)


def test_shuffle_takes_lazy_arrays():
    with pytest.raises(TypeError, match="not ndarray"):
        da.random.shuffle(np.arange(3))
    with pytest.raises(np.exceptions.AxisError):
        default_rng(0).shuffle(da.arange(3), axis=1)


def test_vectors_of_normal_variables():
    cov = [[4, 1], [1, 2]]
    for x in (
        default_rng(0).multivariate_normal([3, -3], cov, 20_000, method="cholesky", chunks=6_000),
        RandomState(0).multivariate_normal([3, -3], cov, (200, 100)).reshape(-1, 2),
    ):
        np.testing.assert_allclose(x.mean(axis=0).compute(), [3, -3], atol=0.1)
        np.testing.assert_allclose(da.cov(x.T).compute(), cov, atol=0.2)
    assert default_rng(0).multivariate_normal([0, 0], cov).shape == (2,)
    with pytest.warns(RuntimeWarning, match="positive"):
        default_rng(0).multivariate_normal([0, 0], [[1, 2], [2, 1]])
    with pytest.raises(ValueError, match="mean and cov"):
        default_rng(0).multivariate_normal([0, 0, 0], cov)


def test_shares_and_counts():
    x = default_rng(0).dirichlet([1.0, 2, 5], (40, 500), chunks=(10, -1))
    assert x.shape == (40, 500, 3)
    assert_eq(x.sum(axis=-1), np.ones((40, 500)))
    np.testing.assert_allclose(x.mean(axis=(0, 1)).compute(), np.array([1, 2, 5]) / 8, atol=0.01)
    counts = default_rng(0).multivariate_hypergeometric([9, 5, 0], 7, 100, chunks=30)
    assert set(counts.sum(axis=1).compute()) == {7}
    assert counts[:, 2].max().compute() == 0


def test_legacy_names():
    random = RandomState(3)
    assert random.rand(2, 3).shape == random.randn(2, 3, chunks=1).shape == (2, 3)
    assert random.rand().shape == ()
    assert da.random.sample(4).shape == da.random.ranf(4).shape == (4,)
    assert len(random.bytes(7)) == 7
    assert default_rng(3).bytes(7) == default_rng(3).bytes(7)
    state = random.get_state()
    one, _, two = random.rand(3), random.set_state(state), random.rand(3)
    assert one.name == two.name
    with pytest.raises(ValueError, match="set_state"):
        random.set_state(np.random.RandomState(3).get_state())
    assert default_rng(da.random.PCG64(3)).random(3).shape == (3,)


def test_module_functions_share_a_state():
    da.random.seed(5)
    one = da.random.normal(size=4, chunks=2), da.random.random((2, 2)), da.random.randint(0, 9, size=3)
    da.random.seed(5)
    two = da.random.normal(size=4, chunks=2), da.random.random((2, 2)), da.random.randint(0, 9, size=3)
    assert [x.name for x in one] == [x.name for x in two]
    assert da.random.normal(size=3).name != da.random.normal(size=3).name
    assert RandomState(5).normal(size=4, chunks=2).name == one[0].name


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda rng: rng.normal(0, -1, size=3), ValueError, "scale"),
        (lambda rng: rng.integers(5, 5, size=2), ValueError, "low"),
        (lambda rng: rng.beta(1, size=3), TypeError, "missing"),
        (lambda rng: rng.normal(what=3), TypeError, "what"),
        (lambda rng: rng.normal(size=-1), ValueError, "negative"),
        (lambda rng: rng.normal(np.zeros(3), size=4), ValueError, "broadcast"),
        (lambda rng: rng.choice(3, 5, replace=False), ValueError, "without replacement"),
        (lambda rng: rng.choice(3, 5, p=[1]), ValueError, "p has the shape"),
        (lambda rng: rng.choice(3, 5, p=[1, 1, 1]), ValueError, "probabilities"),
        (lambda rng: rng.choice(np.ones((2, 2)), 5), ValueError, "one axis"),
    ],
)
def test_mistakes_are_told_at_the_call(call, error, words):
    with pytest.raises(error, match=words):
        call(default_rng(0))


def test_no_block_is_kept_while_a_mean_of_all_of_them_runs():
    r = da.random.default_rng(0).normal(size=(40, 6), chunks=(10, 6))
    spread = ((r - r.mean(axis=0)) ** 2).mean()
    fused = topological(optimize([spread.expr]))
    assert all(node.label != "normal" for node in fused if isinstance(node, Blockwise))
    drawing = [node for node in fused if isinstance(node, Blockwise) and _draws(node)]
    assert len(drawing) == 2
    real = r.compute()
    assert_eq(spread, ((real - real.mean(axis=0)) ** 2).mean())


def _draws(node):
    steps = getattr(node.func, "steps", ())
    return any(isinstance(step.func, Draw) for step in steps)


@pytest.mark.parametrize(("loc", "scale"), [(0, 1), (0.0, 2.5), (-3, 1.0), (1e9, 0), (0.1, 1e-3)])
@pytest.mark.parametrize("shape", [(), (7,), (3, 4)])
def test_normal_numbers_are_those_of_numpy(loc, scale, shape):
    stream = Stream("Generator", "SFC64", 3, (1,))
    made = Draw(stream, "normal", ())((0,), shape, loc=loc, scale=scale)
    expected = np.asarray(stream.source((0,)).normal(loc, scale, shape))
    np.testing.assert_array_equal(made, expected)
    assert (made.dtype, made.shape) == (expected.dtype, expected.shape)


def test_bad_scales_are_refused_as_numpy_does():
    with pytest.raises(ValueError, match="scale < 0"):
        da.random.default_rng(0).normal(0, -1, size=3).compute()
