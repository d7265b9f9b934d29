"""Accessors of a person's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.extensions import (
    register_dataframe_accessor,
    register_index_accessor,
    register_series_accessor,
)
from minidask.testing import assert_eq

DATA = pd.DataFrame({"x": range(6)})


class Doubled:
    def __init__(self, of: Any) -> None:
        self.of = of

    def now(self) -> Any:
        return self.of * 2


@pytest.mark.parametrize(
    ("register", "kind", "ask"),
    [
        (register_dataframe_accessor, dd.DataFrame, lambda d: d),
        (register_series_accessor, dd.Series, lambda d: d.x),
        (register_index_accessor, dd.Index, lambda d: d.index),
    ],
)
def test_accessors(register: Any, kind: type, ask: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "doubled", None, raising=False)  # and taken away afterwards
    with pytest.warns(UserWarning, match=f"Doubled hides what {kind.__name__} has under the name 'doubled'"):
        assert register("doubled")(Doubled) is Doubled
    ours = dd.from_pandas(DATA, npartitions=2)
    assert kind.doubled is Doubled  # type: ignore[attr-defined]
    assert_eq(ask(ours).doubled.now(), ask(DATA) * 2)
    assert_eq(ask(ours.map_partitions(lambda block: block + 1, clear_divisions=True)).doubled.of, ask(DATA + 1))
