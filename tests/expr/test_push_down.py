"""What moves down an expression goes all the way, where nobody else needs what it passes."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da

X = da.from_array(np.arange(100.0).reshape(10, 10), chunks=5)


def chain(x):
    return np.sqrt((x + 1) * 2) - 3


ROWS = [
    (chain(X)[:3], chain(X[:3])),
    (chain(X)[:3] + chain(X)[4:7], chain(X[:3]) + chain(X[4:7])),
    (chain(X).sum(axis=1)[2:4], chain(X[2:4]).sum(axis=1)),
]


@pytest.mark.parametrize(("written", "meant"), ROWS)
def test_slices_go_down_whole_chains(written, meant):
    simple, expected = (a.optimize(until="simplify").expr for a in (written, meant))
    assert simple is expected


def test_what_others_need_is_not_made_twice():
    whole = chain(X)
    both = (whole[:3].sum() + whole.sum()).optimize(until="simplify").expr
    needed = [node for node in below(both) if node.operation == "getitem"]
    assert [node.children[0] for node in needed] == [whole.expr]


def below(node):
    return [node, *(found for child in node.children for found in below(child))]
