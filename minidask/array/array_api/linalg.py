"""The linear algebra extension of the array API standard: `minidask.array.linalg` with the standard's defaults."""

from __future__ import annotations

import minidask.array.linalg as _ours
import minidask.array.linalg.standard as _standard
from minidask.array.linalg import *  # noqa: F403  # all of it

__all__ = _ours.__all__

cholesky = _standard.cholesky  # type: ignore[assignment]
svd = _standard.svd  # type: ignore[assignment]
