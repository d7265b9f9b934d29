"""Pictures in notebooks."""

from __future__ import annotations

import sys
from typing import Any


def in_notebook() -> bool:
    """Whether somebody looks at this process through a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None


def as_picture(data: bytes, format: str) -> Any:
    """What a notebook shows as the picture (its `format` is "svg" or "png"); None outside of notebooks."""
    if not in_notebook():
        return None
    from IPython.display import SVG, Image

    return SVG(data) if format == "svg" else Image(data, format=format)
