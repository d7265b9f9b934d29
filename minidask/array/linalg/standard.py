"""Functions whose defaults are others in NumPy and the array API than in dask: as those have them."""

from __future__ import annotations

from typing import Any

import minidask.array.linalg.singular as singular
import minidask.array.linalg.triangular as triangular
from minidask.array.array import Array


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """As `minidask.array.linalg.svd`, the vectors complete unless told otherwise: then whole matrices are gathered.

    Examples
    --------
    >>> svd([[1.0], [0.0]]).U.shape
    (2, 2)
    """
    return singular.svd(a, full_matrices=full_matrices, compute_uv=compute_uv, hermitian=hermitian)


def cholesky(a: Any, /, *, upper: bool = False) -> Array:
    """As `minidask.array.linalg.cholesky`, the lower factor unless told otherwise.

    Examples
    --------
    >>> cholesky([[4.0, 2.0], [2.0, 5.0]]).compute()
    array([[2., 0.],
           [1., 2.]])
    """
    return triangular.cholesky(a, upper=upper)
