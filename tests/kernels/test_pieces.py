"""Blocks cut into pieces that travel apart."""

from __future__ import annotations

import pickle

import cloudpickle
import pytest

from minidask.kernels.pieces import Pieces
from minidask.store.frames import Frames, load

ITEMS = [[1, 2], [], ["x" * 2000], {"k": [None]}]


@pytest.mark.parametrize(
    "travel",
    [
        lambda p: p,
        lambda p: pickle.loads(pickle.dumps(p)),
        lambda p: pickle.loads(pickle.dumps(p, protocol=4)),
        lambda p: load(Frames(p).to_bytes()),
        lambda p: load(Frames(load(Frames(p).to_bytes())).to_bytes()),
    ],
    ids=["here", "pickle5", "pickle4", "store", "twice"],
)
def test_pieces_arrive(travel):
    there = travel(Pieces(ITEMS))
    assert len(there) == 4
    assert [there[i] for i in range(4)] == ITEMS


def test_a_reader_loads_its_piece_only():
    class Loaded:
        count = 0

        def __reduce__(self):
            return _count, ()

    there = pickle.loads(pickle.dumps(Pieces([[Loaded()], [Loaded()]])))
    _seen.clear()
    there[1]
    assert len(_seen) == 1


_seen: list[int] = []


def _count():
    _seen.append(1)


def test_objects_that_only_cloudpickle_takes():
    there = pickle.loads(cloudpickle.dumps(Pieces([[lambda x: x + 1]]), protocol=5))
    assert there[0][0](1) == 2
