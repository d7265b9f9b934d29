"""By reference where that is enough, by value else."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from minidask.pickling import dumps

MAIN = """
import sys
from minidask.pickling import dumps
class Mine:
    value = 3
sys.stdout.buffer.write(dumps([Mine()]))
"""


def test_what_main_has_goes_by_value():
    data = subprocess.run([sys.executable, "-c", MAIN], capture_output=True, check=True).stdout
    assert pickle.loads(data)[0].value == 3


@pytest.mark.parametrize("extra", [[], [lambda: 3]], ids=["by reference", "by value"])
def test_buffers_are_given_once(extra: list[object]):
    buffers: list[pickle.PickleBuffer] = []
    data = dumps([np.arange(1000), *extra], buffers)
    assert len(buffers) == 1
    assert len(data) < 2000
    assert pickle.loads(data, buffers=buffers)[0][-1] == 999


def test_what_cannot_be_pickled_raises():
    with pytest.raises(TypeError, match="generator"):
        dumps(i for i in range(3))
