"""The registry of listeners."""

from __future__ import annotations

import pytest

from minidask import events
from minidask.task import Graph


def test_each_computation_has_its_own_listeners():
    events.add(events.Listener)
    try:
        (first,), (second,) = events.active(), events.active()
    finally:
        events.remove(events.Listener)
    assert first is not second
    assert events.active() == ()


def test_a_listener_need_not_care_for_any_event():
    graph = Graph.from_dict({"x": 1})
    listener = events.Listener()
    listener.start(graph)
    listener.task_start(0, 1)
    listener.task_end(0, 1, 0.0, 1.0, 8)
    listener.finish(graph, None)


def test_removing_what_was_not_added_is_an_error():
    with pytest.raises(ValueError, match="not in list"):
        events.remove(events.Listener)
