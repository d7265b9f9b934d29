"""Options: where a value comes from, and what is refused."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from minidask import config, delayed
from minidask.config import OPTIONS, canonical_name
from minidask.errors import ConfigError

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def restored():
    yield
    config.refresh()


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_has_a_meaning_and_its_default(name):
    assert OPTIONS[name].meaning
    assert config.get(name) == OPTIONS[name].default
    assert canonical_name(name) == name


@pytest.mark.parametrize("name", ["array.chunk-size", "array.chunk_size", "array__chunk_size", "array__chunk-size"])
def test_spellings(name):
    with config.set({name: "1 MB"}):
        assert config.get("array.chunk-size") == "1 MB"
        assert config.get(name) == "1 MB"


def test_set_as_a_context_is_undone():
    with config.set({"scheduler": "sync"}, num_workers=3):
        with config.set(scheduler="threads"):
            assert config.get("scheduler") == "threads"
            assert config.get("num_workers") == 3
        assert config.get("scheduler") == "sync"
    assert config.get("scheduler") is None
    assert config.get("num_workers") is None


def test_set_is_undone_after_an_error():
    with pytest.raises(ZeroDivisionError), config.set(num_workers=3):
        raise ZeroDivisionError
    assert config.get("num_workers") is None


def test_set_as_a_call_stays_until_refresh():
    config.set(num_workers=2)
    assert config.get("num_workers") == 2
    config.refresh()
    assert config.get("num_workers") is None


def test_an_option_may_be_set_to_none():
    with config.set(scheduler="sync"), config.set(scheduler=None):
        assert config.get("scheduler") is None


@pytest.mark.parametrize("use", [config.get, lambda name: config.set({name: 1}), canonical_name])
def test_unknown_options_are_refused_with_the_known_ones(use):
    with pytest.raises(ConfigError, match=r"no option 'scheduller'; the options are .*scheduler") as caught:
        use("scheduller")
    assert str(caught.value).startswith("there is no option")
    assert isinstance(caught.value, KeyError)


def test_a_wrong_name_sets_nothing():
    with pytest.raises(ConfigError):
        config.set({"num_workers": 5, "nonsense": 1})
    assert config.get("num_workers") is None


def test_get_with_a_default_and_an_override():
    assert config.get("num_workers", 7) == 7
    assert config.get("num_workers", override_with=9) == 9
    with config.set(num_workers=2):
        assert config.get("num_workers", 7) == 2
        assert config.get("num_workers", override_with=9) == 9


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("MINIDASK_NUM_WORKERS", "3", {"num_workers": 3}),
        ("MINIDASK_SCHEDULER", "sync", {"scheduler": "sync"}),
        ("MINIDASK_ARRAY__CHUNK_SIZE", "16MiB", {"array.chunk-size": "16MiB"}),
        ("MINIDASK_TOKENIZE__ENSURE_DETERMINISTIC", "True", {"tokenize.ensure-deterministic": True}),
        ("HOME", "/root", {}),
    ],
)
def test_the_environment(variable, text, expected, monkeypatch):
    assert config.collect({variable: text}) == expected
    monkeypatch.setenv(variable, text)
    config.refresh()
    for name, value in expected.items():
        assert config.get(name) == value
        with config.set({name: OPTIONS[name].default}):
            assert config.get(name) == OPTIONS[name].default
    monkeypatch.undo()


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_has_a_variable(name):
    variable = "MINIDASK_" + name.upper().replace(".", "__").replace("-", "_")
    default = OPTIONS[name].default
    assert config.collect({variable: str(default)}) == {name: default}


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_words_in_the_environment(text):
    name = "tokenize.ensure-deterministic"
    assert config.collect({"MINIDASK_TOKENIZE__ENSURE_DETERMINISTIC": text}) == {name: True}
    assert config.collect({"MINIDASK_SCHEDULER": "none"}) == {"scheduler": None}


def test_the_environment_is_read_at_the_start():
    code = "from minidask import config; print(config.get('num_workers'))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"MINIDASK_NUM_WORKERS": "5"}, capture_output=True, text=True
    )
    assert run.stdout.strip() == "5", run.stderr


@pytest.mark.parametrize(
    ("variable", "text"),
    [("MINIDASK_FOO", "no option 'foo'"), ("MINIDASK_NUM_WORKERS", "num_workers is set to 'many'")],
)
def test_stray_variables_are_warned_of(variable, text):
    with pytest.warns(UserWarning, match=f"{variable} is ignored: .*{text}"):
        assert config.collect({variable: "many", "MINIDASK_SCHEDULER": "sync"}) == {"scheduler": "sync"}


def test_stray_variables_do_not_stop_the_import():
    run = subprocess.run(
        [sys.executable, "-c", "import minidask"], cwd=ROOT, env={"MINIDASK_FOO": "3"}, capture_output=True, text=True
    )
    assert run.returncode == 0
    assert "MINIDASK_FOO is ignored" in run.stderr


def test_other_threads_see_what_is_set_for_good():
    config.set(num_workers=4)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(config.get, "num_workers").result() == 4


def test_blocks_of_two_threads_that_overlap():
    barrier = threading.Barrier(2)

    def work(mine: int, first: bool) -> list[int]:
        barrier.wait(20)
        with config.set(num_workers=mine):
            barrier.wait(20)
            seen = [config.get("num_workers")]
            if not first:
                barrier.wait(20)
                seen.append(config.get("num_workers"))
        if first:
            barrier.wait(20)
        return [*seen, config.get("num_workers")]

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(work, 1, True), pool.submit(work, 2, False)
        assert one.result() == [1, None]
        assert two.result() == [2, 2, None]
    assert config.get("num_workers") is None


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_tasks_see_the_options_of_their_caller(scheduler):
    with config.set({"array.chunk-size": "1 MB"}):
        assert delayed(config.get)("array.chunk-size").compute(scheduler=scheduler) == "1 MB"


def test_a_call_inside_a_block():
    with config.set(num_workers=3):
        config.set(num_workers=5, scheduler="sync")
        assert config.get("num_workers") == 5
    assert config.get("num_workers") is None
    assert config.get("scheduler") == "sync"


def test_a_call_inside_two_blocks_lasts_as_long_as_the_one_that_had_set_it():
    with config.set(scheduler="threads"):
        with config.set(num_workers=3):
            config.set(scheduler="sync")
        assert config.get("scheduler") == "sync"
    assert config.get("scheduler") is None


def test_many_calls_take_no_more_room_than_one():
    for n in range(1, 100):
        config.set(num_workers=n)
    assert config.get("num_workers") == 99
    assert len(config._settings) == 1
    assert config._settings["num_workers"].before is None


def test_blocks_made_in_one_order_and_entered_in_another():
    config.set(num_workers=1)
    first, second = config.set(num_workers=2), config.set(num_workers=3)
    with first:
        assert config.get("num_workers") == 2
    with second:
        assert config.get("num_workers") == 3
    assert config.get("num_workers") == 1


def test_a_call_between_the_making_of_a_block_and_its_start_stays():
    block = config.set(num_workers=2)
    config.set(num_workers=5)
    with block:
        assert config.get("num_workers") == 2
    assert config.get("num_workers") == 5


def test_a_block_over_a_call_over_the_environment(monkeypatch):
    monkeypatch.setenv("MINIDASK_NUM_WORKERS", "4")
    config.refresh()
    with config.set(num_workers=2):
        assert config.get("num_workers") == 2
    assert config.get("num_workers") == 4
    config.set(num_workers=3)
    assert config.get("num_workers") == 3
    config.refresh()
    assert config.get("num_workers") == 4
    monkeypatch.undo()


def test_asynchronous_tasks_have_blocks_of_their_own():
    async def work(mine: int, pause: float) -> tuple[int, int]:
        with config.set(num_workers=mine):
            await asyncio.sleep(pause)
            inside = config.get("num_workers")
        return inside, config.get("num_workers")

    async def both() -> list[tuple[int, int]]:
        return await asyncio.gather(work(2, 0.02), work(3, 0.01))

    assert asyncio.run(both()) == [(2, None), (3, None)]


def test_sections():
    with config.set({"array": {"chunk-size": "1 MB", "unknown_sizes": "raise"}}, dataframe={"blocksize": 10}):
        assert config.get("array.chunk-size") == "1 MB"
        assert config.get("array.unknown-sizes") == "raise"
        assert config.get("dataframe.blocksize") == 10
    with pytest.raises(ConfigError, match=r"no option 'array.size'"):
        config.set({"array": {"size": 3}})


def test_get_of_an_unknown_option_with_a_default():
    assert config.get("scheduller", "mine") == "mine"
    assert config.get("scheduller", None) is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("scheduler", "treads", "'threads'"),
        ("scheduler", 3, "an Executor"),
        ("scheduler", ThreadPoolExecutor, "an Executor"),
        ("num_workers", 0, "positive whole number"),
        ("num_workers", True, "positive whole number"),
        ("temporary-directory", 3, "path of a folder"),
        ("array.chunk-size", "128 bananas", "128MiB"),
        ("array.chunk-size", None, "128MiB"),
        ("array.unknown-sizes", "guess", "'count' or 'raise'"),
        ("dataframe.blocksize", -1, "128MiB"),
        ("dataframe.broadcast-rows", 1.5, "at least 0"),
        ("tokenize.ensure-deterministic", "yes", "True or False"),
        ("visualization.engine", "cairo", "'graphviz' or 'text'"),
    ],
)
def test_wrong_values_are_refused(name, value, expected):
    with pytest.raises(ConfigError, match=rf"the option {name} is set to .*; expected .*{expected}"):
        config.set({name: value})
    assert config.get(name) == OPTIONS[name].default


@pytest.mark.parametrize("name", OPTIONS)
def test_defaults_are_values_that_are_taken(name):
    assert OPTIONS[name].kind.takes(OPTIONS[name].default)
