"""Linear algebra of lazy arrays, in blocks: what NumPy and the array API have, and more."""

from __future__ import annotations

import numpy
from numpy.linalg import LinAlgError

import minidask.array.linalg.standard as standard
from minidask.array.linalg.approximation import LeastSquares, cond, lstsq, matrix_rank, pinv
from minidask.array.linalg.compression import compression_level, compression_matrix, svd_compressed
from minidask.array.linalg.eigen import EighResult, EigResult, eig, eigh, eigvals, eigvalsh
from minidask.array.linalg.norms import matrix_norm, norm, vector_norm
from minidask.array.linalg.orthogonal import QRResult, qr, sfqr, tsqr
from minidask.array.linalg.products import (
    cross,
    diagonal,
    matmul,
    matrix_power,
    matrix_transpose,
    multi_dot,
    outer,
    tensordot,
    trace,
    vecdot,
)
from minidask.array.linalg.singular import SVDResult, svd, svdvals
from minidask.array.linalg.solving import (
    SlogdetResult,
    det,
    inv,
    slogdet,
    solve,
    solve_triangular,
    tensorinv,
    tensorsolve,
)
from minidask.array.linalg.triangular import LUResult, cholesky, lu
from minidask.array.protocol import register

__all__ = [
    "EigResult",
    "EighResult",
    "LUResult",
    "LeastSquares",
    "LinAlgError",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "cholesky",
    "compression_level",
    "compression_matrix",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "lu",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "sfqr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svd_compressed",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "tsqr",
    "vecdot",
    "vector_norm",
]

_ours = {name: globals()[name] for name in __all__}
register(_ours | {"svd": standard.svd, "cholesky": standard.cholesky}, numpy.linalg)
