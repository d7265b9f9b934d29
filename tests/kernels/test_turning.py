"""Arrays laid out in rows equal what they were."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidask.kernels.turning import Turned, in_rows, span, step


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_columns(data):
    kind = data.draw(st.sampled_from(["bool", "i2", "f4", "f8", "M8[s]", "c16"]))
    rows, columns = data.draw(st.tuples(st.integers(1, 30), st.integers(1, 30)))
    whole = np.arange((columns + 2) * (rows + 3)).reshape(columns + 2, rows + 3).astype(kind)
    part = whole[1:-1, 2:-1].T
    turned = Turned()
    for _ in range(2):
        found = turned(part)
        assert in_rows(found)
        np.testing.assert_array_equal(found, part)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0),
        np.arange(12.0).reshape(3, 4),
        np.arange(12.0).reshape(3, 4)[:, 1:3],
        np.arange(12.0).reshape(4, 3)[::2],
        np.arange(24.0).reshape(4, 2, 3)[1:],
    ],
)
def test_rows_stay_where_they_are(array):
    assert in_rows(array)
    assert Turned()(array) is array
    whole = span(array)
    assert np.shares_memory(whole, array)
    for i, row in enumerate(array if array.ndim > 1 else [array]):
        np.testing.assert_array_equal(whole[i * step(array) :][: row.size], row.ravel())


@pytest.mark.parametrize(
    "array", [np.arange(6.0)[::-1], np.arange(6.0)[::2], np.ones((2, 3))[::-1], np.ones((3, 4, 5)).T]
)
def test_others_are_copied(array):
    assert not in_rows(array)
    np.testing.assert_array_equal(Turned()(array), array)
    assert in_rows(Turned()(array))
