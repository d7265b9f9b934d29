"""Benchmarks, one file a topic. Each is timed for minidask, for dask, and for NumPy, pandas or plain Python.

A class has `params` with the engines that can do the work; `setup` gets the engine, and so does each ``time_...``.
`asv run` follows them through the history; `compare.py` beside this folder prints their ratios of one run.
"""
