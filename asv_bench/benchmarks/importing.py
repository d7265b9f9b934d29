"""How long an import takes, in a fresh interpreter."""

import os
import subprocess
import sys

COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Modules are compiled once, as where they are installed."""


class Import:
    params = ["python", "minidask", "dask"]
    param_names = ["engine"]

    def setup(self, engine):
        self.code = "pass" if engine == "python" else f"import {engine}"

    def time_import(self, engine):
        subprocess.run([sys.executable, "-c", self.code], check=True, env=COMPILED)


class ImportArray(Import):
    params = ["numpy", "minidask", "dask"]

    def setup(self, engine):
        self.code = "import numpy" if engine == "numpy" else f"import {engine}.array"


class ImportDataFrame(Import):
    params = ["pandas", "minidask", "dask"]

    def setup(self, engine):
        self.code = "import pandas" if engine == "pandas" else f"import {engine}.dataframe"
