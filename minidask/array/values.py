"""Out of the lazy world: an array as NumPy's, as a number, as delayed blocks."""

from __future__ import annotations

from math import prod
from typing import Any, Self

import numpy as np

from minidask.array.node import ArrayNode
from minidask.array.nodes.indexing import getitem
from minidask.array.nodes.sizes import Counted, count
from minidask.array.picture import describe, to_html, to_svg
from minidask.collection import Single
from minidask.expr.blocks import One, blockwise, unchanged
from minidask.expr.grid import unravel
from minidask.kernels.kinds import dense


class Values(Single):
    """What makes an array's values, or shows it."""

    expr: ArrayNode

    @classmethod
    def of(cls, expr: ArrayNode) -> Self:
        """The array of an expression."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return describe(self.expr)

    def _repr_html_(self) -> str:
        return to_html(self.expr)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if copy is False:
            raise ValueError("a lazy array cannot be made a NumPy array without making its values")
        return np.asarray(dense(self.compute()), dtype)

    def __index__(self) -> int:
        if self.expr.ndim or self.expr.dtype.kind not in "iu":
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return int(self.compute())

    def _single(self, what: str, instead: str) -> Any:
        """The only element, computed."""
        size = prod(1 if n is None else n for n in self.expr.shape)
        if size != 1 or (not self.expr.is_known and np.size(self.compute()) != 1):
            error = TypeError if instead.startswith("astype") else ValueError  # as NumPy's
            raise error(f"an array with other than one element has not {what}; use {instead}")
        return self.compute().item()

    def item(self, *index: Any) -> Any:
        """An element, computed, as a Python scalar.

        Parameters
        ----------
        *index
            Its place along each axis, as integers or one tuple; one integer counts in C order. None: the only one.

        Raises
        ------
        ValueError
            There is no `index`, and other than one element.
        IndexError
            `index` is out of bounds.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(10, chunks=4).item(7)
        7
        """
        if not index:
            return self._single("one value", "compute()")
        place = index[0] if len(index) == 1 and isinstance(index[0], tuple) else index
        if len(place) == 1 and self.expr.ndim != 1:
            shape = self.of(self.expr).compute_chunk_sizes().expr.shape
            if not -prod(shape) <= place[0] < prod(shape):
                raise IndexError(f"index {place[0]} is out of bounds for size {prod(shape)}")
            place = unravel(place[0] % prod(shape), shape)
        return self.of(getitem(self.expr, place)).compute().item()

    def tobytes(self, order: str = "C") -> bytes:
        """The bytes of all elements, computed: in the order "C", "F", or "A" (C here).

        Examples
        --------
        >>> import minidask.array as da
        >>> da.asarray([97, 98], "u1").tobytes()
        b'ab'
        """
        if order not in ("C", "F", "A"):
            raise ValueError(f'order={order!r}: expected "C", "F" or "A"')
        return np.asarray(self.compute()).tobytes("F" if order == "F" else "C")

    def to_svg(self, size: int = 500) -> str:
        """A picture of the blocks, as text in the format SVG.

        Parameters
        ----------
        size
            Of the longest axis, in pixels.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones((4, 6), chunks=2).to_svg()[:4]
        '<svg'
        """
        return to_svg(self.expr, size)

    def __copy__(self) -> Self:
        return self.of(self.expr)

    def __deepcopy__(self, memo: Any) -> Self:
        return self.of(self.expr)  # expressions never change

    def tolist(self) -> Any:
        """All elements, computed, as nested lists of Python scalars.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(3, chunks=2).tolist()
        [0, 1, 2]
        """
        return np.asarray(self.compute()).tolist()

    def compute_chunk_sizes(self) -> Self:
        """Count the sizes that depend on data, whatever the option `array.unknown-sizes`; gives the array itself.

        Examples
        --------
        >>> import minidask.array as da
        >>> x = da.arange(6, chunks=3)
        >>> x[x > 1].compute_chunk_sizes().chunks
        ((1, 3),)
        """
        unknown = [axis for axis, size in enumerate(self.expr.shape) if size is None]
        if unknown:
            self.expr = Counted(self.expr, count(self.expr, unknown))
        return self

    def to_delayed(self, optimize_graph: bool = True) -> np.ndarray[Any, Any]:
        """The blocks as delayed values, in an object array of the shape of the grid.

        Parameters
        ----------
        optimize_graph
            Whether to optimize the expression first.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(6, chunks=3).to_delayed()[1].compute()
        array([3, 4, 5])
        """
        from minidask.delayed import Delayed  # collections do not import each other

        node = (self.optimize() if optimize_graph else self).expr
        blocks = np.empty(node.grid, object)
        for index in np.ndindex(*self.expr.grid):
            blocks[index] = Delayed.of(_block(node, index))
        return blocks


def _block(node: ArrayNode, index: tuple[int, ...]) -> Any:
    """The node of one block."""
    read = One((None,) * node.ndim, tuple((i,) for i in index))
    name = "-".join([f"block-{node.name}", *map(str, index)])
    return blockwise(unchanged, node, grid=(), reads={0: read}, name=name, label="block", cheap=True)
