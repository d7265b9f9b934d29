"""The scheduler of worker processes, under the name that dask gives it."""

from __future__ import annotations

from minidask.schedulers.processes import get

__all__ = ["get"]
