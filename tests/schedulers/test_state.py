"""The state of a computation under random events."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from minidask.schedulers.state import DONE, FREED, HELD, READY, RUNNING, WAIT, WAITING, State
from minidask.task import Graph


class Computation(RuleBasedStateMachine):
    """A `State` beside the simplest model of it: who runs, and which results there are."""

    @initialize(data=st.data())
    def build(self, data: st.DataObject) -> None:
        count = data.draw(st.integers(1, 12))
        inputs = [data.draw(st.lists(st.integers(0, i - 1), max_size=3)) if i else [] for i in range(count)]
        self.graph = Graph.from_dict({i: (max, *inputs[i]) for i in range(count)})
        self.inputs = [set(self.graph.needed_by(i)) for i in range(count)]
        self.wanted = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
        self.state = State(self.graph, sorted(self.wanted))
        self.needed = set()
        self.extend(self.needed, self.wanted)
        self.running: set[int] = set()
        self.held: set[int] = set()
        self.failed = False

    def extend(self, needed: set[int], wanted: set[int]) -> None:
        for i in wanted - needed:
            needed.add(i)
            self.extend(needed, self.inputs[i])

    @rule()
    def take(self) -> None:
        i = self.state.next()
        if i >= 0:
            assert i in self.needed
            assert i not in self.running | self.held
            assert self.inputs[i] <= self.held
            self.running.add(i)
        elif i == WAIT:
            assert self.running
        else:
            assert self.failed or self.wanted <= self.held

    @precondition(lambda self: self.running)
    @rule(data=st.data(), nbytes=st.integers(0, 9))
    def finish(self, data: st.DataObject, nbytes: int) -> None:
        i = data.draw(st.sampled_from(sorted(self.running)))
        self.running.remove(i)
        self.held.add(i)
        released = self.state.done(i, nbytes)
        assert len(set(released)) == len(released)
        assert set(released) <= self.held - self.wanted
        self.held -= set(released)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def lose_a_running_one(self, data: st.DataObject) -> None:
        i = data.draw(st.sampled_from(sorted(self.running)))
        self.running.remove(i)
        self.state.lost(i)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def lose_a_result(self, data: st.DataObject) -> None:
        i = data.draw(st.sampled_from(sorted(self.held)))
        self.held.remove(i)
        self.state.lost(i)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), rarely=st.integers(0, 9))
    def fail(self, data: st.DataObject, rarely: int) -> None:
        if rarely == 0:
            i = data.draw(st.sampled_from(sorted(self.running)))
            self.running.remove(i)
            self.state.failed(i, ValueError(i))
            self.failed = True

    @invariant()
    def stages_agree(self) -> None:
        if hasattr(self, "state"):
            stages = self.state.stages
            assert {i for i, stage in enumerate(stages) if stage == RUNNING} == self.running
            assert {i for i, stage in enumerate(stages) if stage == HELD} == self.held
            assert self.state.running == self.running
            assert self.state.left == sum(stage in (WAITING, READY, RUNNING) for stage in stages)

    @invariant()
    def every_waiting_task_has_a_live_producer(self) -> None:
        if hasattr(self, "state") and not self.failed:
            stages = self.state.stages
            for i, stage in enumerate(stages):
                if stage == WAITING:
                    assert self.inputs[i] - self.held
                    assert all(stages[d] in (WAITING, READY, RUNNING, HELD) for d in self.inputs[i])
                elif stage == READY:
                    assert self.inputs[i] <= self.held

    @invariant()
    def what_is_not_needed_is_not_held(self) -> None:
        if hasattr(self, "state") and not self.failed:
            stages = self.state.stages
            for i in self.held - self.wanted:
                users = [user for user in self.needed if i in self.inputs[user]]
                assert any(stages[user] not in (HELD, FREED) for user in users)

    def teardown(self) -> None:
        if not hasattr(self, "state") or self.failed:
            return
        while (i := self.state.next()) != DONE:
            if i >= 0:
                self.running.add(i)
            for i in sorted(self.running):
                self.running.remove(i)
                self.held.add(i)
                self.held -= set(self.state.done(i))
        assert self.wanted == self.held


TestComputation = Computation.TestCase
TestComputation.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_bytes_held():
    graph = Graph.from_dict({"a": 1, "b": (abs, "a")})
    state = State(graph, [1])
    state.next()
    state.done(0, 100)
    assert state.nbytes == 100
    state.next()
    state.done(1, 7)
    assert state.nbytes == 7
    state.lost(1)
    assert state.nbytes == 0


def test_after_an_error_nothing_starts():
    state = State(Graph.from_dict({"a": 1, "b": 2}), [0, 1])
    first = ValueError("first")
    state.next()
    state.failed(0, first)
    assert state.next() == DONE
    assert state.error is first


def test_only_what_runs_or_is_held_can_be_lost():
    state = State(Graph.from_dict({"a": 1}), [0])
    with pytest.raises(ValueError, match="task 0 is neither running nor held"):
        state.lost(0)
