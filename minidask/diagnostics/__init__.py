"""See what computations do: bars, profiles, pictures, and a person's own callbacks.

All of it listens to `minidask.events`; nothing that computes knows of it.
"""

from __future__ import annotations

from minidask.diagnostics.callbacks import Callback
from minidask.diagnostics.profile import CacheProfiler, Profiler, visualize
from minidask.diagnostics.progress import ProgressBar
from minidask.diagnostics.resources import ResourceProfiler

__all__ = ["CacheProfiler", "Callback", "Profiler", "ProgressBar", "ResourceProfiler", "visualize"]
