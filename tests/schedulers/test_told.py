"""What a person is told of a call that failed, and tells the scheduler: notes on arguments, callbacks, options."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd
from minidask import config, delayed
from minidask.diagnostics import Callback, ProgressBar


def boom(*args: Any, **kwargs: Any) -> Any:
    raise ValueError("boom")


def frame() -> Any:
    return dd.from_pandas(pd.DataFrame({"a": list("ab"), "b": [1, 2]}), npartitions=1)


def small() -> Any:
    return da.from_array(np.ones((4, 2), "f4"), chunks=(4, 1))


FAILING = {
    "block": (lambda: small().map_blocks(boom, dtype="f4"), "argument 0: ndarray of shape (4, 1) and dtype float32"),
    "fused": (lambda: (small() * 2).map_blocks(boom, dtype=float), "argument 0: ndarray of shape (4, 1) and dtype fl"),
    "frame": (lambda: frame().a.astype("i8"), "argument 0: Series of shape (2,) and dtype str"),
    "apply": (lambda: frame().apply(boom, axis=1, meta=("z", "f8")), "argument 0: DataFrame of shape (2, 2) with"),
    "bag": (lambda: db.from_sequence([1, 2, 3], npartitions=1).map(boom), "input 0 of the task: list of length 3"),
    "literal": (lambda: delayed(boom)(np.ones((3, 4))), "argument 0: ndarray of shape (3, 4) and dtype float64"),
    "chain": (lambda: delayed(boom)(delayed(np.ones)((3, 4))), "argument 0: ndarray of shape (3, 4) and dtype float64"),
    "keyword": (lambda: delayed(boom)([delayed(int)()], y=np.ones(2)), "argument y: ndarray of shape (2,) and dtype"),
}


@pytest.mark.parametrize(("make", "told"), FAILING.values(), ids=FAILING)
def test_notes_describe_the_arguments_of_the_step_that_failed(make, told):
    with pytest.raises(ValueError, match=r"boom|invalid") as error:
        make().compute(scheduler="synchronous")
    assert "\n".join(error.value.__notes__).count(told) == 1


def test_callbacks_as_an_option(scheduler, capsys):
    done: list[Any] = []
    callback = Callback(posttask=lambda key, *rest: done.append(key))
    delayed(sum)([1, 2]).compute(scheduler=scheduler, callbacks=[callback, ProgressBar()])
    delayed(sum)([1, 3]).compute(scheduler=scheduler, callbacks=callback)
    assert len(done) == 2


def test_what_is_no_callback_is_refused(scheduler):
    with pytest.raises(TypeError, match=r"callbacks: expected Callback, .* got 5"):
        delayed(sum)([1, 2]).compute(scheduler=scheduler, callbacks=[5])


def test_tasks_see_the_options_that_are_set(scheduler):
    asked = delayed(config.get, pure=False)("array.chunk-size")
    with config.set({"array.chunk-size": "3MiB"}):
        assert asked.compute(scheduler=scheduler) == "3MiB"
    assert asked.compute(scheduler=scheduler) == "128MiB"


def test_a_dead_process_of_an_executor_is_told_with_what_ran():
    with ProcessPoolExecutor(1) as executor, pytest.raises(BrokenProcessPool) as error:
        delayed(os._exit)(3).compute(scheduler=executor)
    assert "test_told.py" in error.value.__notes__[0]
    assert "in _exit" in error.value.__notes__[0]


def test_containers_too_deep_to_be_walked():
    deep: Any = reduce(lambda inner, _: [inner], range(5000), 1)
    endless: list[Any] = []
    endless.append(endless)
    for obj in (deep, endless):
        with pytest.raises(RecursionError, match=r"nested too deeply.*traverse=False"):
            minidask.compute(obj)
        assert minidask.compute(obj, traverse=False)[0] is obj


def test_modules_named_as_dask_names_them():
    from minidask.multiprocessing import get as processes
    from minidask.threaded import get as threads

    assert threads({"x": 1}, "x") == 1
    assert processes is minidask.multiprocessing.get
