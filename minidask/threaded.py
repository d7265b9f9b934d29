"""The threaded scheduler, under the name that dask gives it."""

from __future__ import annotations

from minidask.schedulers.threads import get

__all__ = ["get"]
