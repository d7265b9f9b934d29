"""The functions of fused groups."""

from __future__ import annotations

import gc
import weakref

from minidask.expr.program import Program, Step


class Held:
    """Something that a program holds."""


def test_what_a_program_holds_goes_with_it():
    held = Held()
    seen = weakref.ref(held)
    gc.disable()  # which is why blocks would stay in memory for long after the computation
    try:
        program = Program(0, (held,), (Step(id, ("c0",), {}, "id", None),))
        assert program() == id(held)
        del program, held
        assert seen() is None
    finally:
        gc.enable()
