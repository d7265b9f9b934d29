"""Where elements lie that are masked, or not, as slices and places: lists, so that the mask is computed at the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minidask.array.ma.masking import getmaskarray


def _from_mask(name: str) -> Callable[..., Any]:
    """NumPy's function of this name, which looks at nothing but the mask."""

    def found(a: Any, *args: Any, **kwargs: Any) -> Any:
        mask = np.asarray(getmaskarray(a).compute())
        return getattr(np.ma, name)(np.ma.array(mask, mask=mask), *args, **kwargs)

    found.__name__ = found.__qualname__ = name
    found.__doc__ = f"`numpy.ma.{name}` of an array, lazy or not, whose mask is computed now; arguments as there."
    return found


clump_masked = _from_mask("clump_masked")
clump_unmasked = _from_mask("clump_unmasked")
flatnotmasked_contiguous = _from_mask("flatnotmasked_contiguous")
flatnotmasked_edges = _from_mask("flatnotmasked_edges")
notmasked_contiguous = _from_mask("notmasked_contiguous")
notmasked_edges = _from_mask("notmasked_edges")
