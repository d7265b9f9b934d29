"""Random blocks: each from the seed, the number of the call, and the place of the block. Nothing else has a say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode
from minidask.array.nodes.creation import Shapes
from minidask.expr.blocks import BlockIndex, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Stream(NamedTuple):
    """Where the random bits of a call come from.

    Parameters
    ----------
    kind
        "Generator" or "RandomState".
    bits
        The name of the bit generator in `numpy.random`.
    entropy
        The seed.
    key
        Tells the call from others with this seed.
    """

    kind: str
    bits: str
    entropy: Any
    key: tuple[int, ...]

    def source(self, place: tuple[int, ...] = ()) -> Any:
        """NumPy's generator for the block at a place."""
        seed = np.random.SeedSequence(self.entropy, spawn_key=(*self.key, *place))
        return getattr(np.random, self.kind)(getattr(np.random, self.bits)(seed))


class Random(ArrayNode):
    """Random numbers.

    Fields
    ------
    stream
        Where their bits come from.
    method
        Of NumPy's generator.
    parameters
        By name: arrays with the chunks of the result, values as nodes of one block, and literals.
    sizes, empty
        The chunks and the meta.
    tail
        How many of the last axes each draw makes.
    """

    stream: Stream
    method: str
    parameters: Mapping[str, Any]
    sizes: Chunks
    empty: Any
    tail: int = 0

    @property
    def operation(self) -> str:
        return self.method

    @property
    def summary(self) -> str:
        return ", ".join(f"{k}={v}" for k, v in self.parameters.items() if isinstance(v, int | float | str))

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        return self.empty


@lower(Random)
def random_blocks(node: Random) -> Node:
    """Each block is drawn by a generator of its own: again, rather than kept while a gather of all of them runs."""
    drawn = node.sizes[: len(node.sizes) - node.tail]
    moving = {k: v for k, v in node.parameters.items() if isinstance(v, Node)}
    fixed = {k: v for k, v in node.parameters.items() if k not in moving}
    draw = Draw(node.stream, node.method, tuple(moving))
    args = (BlockIndex(), Shapes(drawn), *moving.values())
    return blockwise(
        draw, *args, grid=node.grid, kwargs=fixed, name=node.name, label=node.method, recompute="" if moving else "late"
    )


@dataclass(frozen=True)
class Draw:
    """Draws a block; the last arguments are parameters of these names."""

    stream: Stream
    method: str
    names: tuple[str, ...]

    def __call__(self, place: Index, shape: tuple[int, ...], /, *moving: Any, **fixed: Any) -> Any:
        source = self.stream.source(place)
        if self.method == "normal" and self.stream.kind == "Generator" and _are_plain(fixed):
            return _normal(source, shape, **fixed)
        return np.asarray(getattr(source, self.method)(**dict(zip(self.names, moving)), **fixed, size=shape))


def _are_plain(parameters: Mapping[str, Any]) -> bool:
    """Whether location and scale are numbers that need no word of NumPy."""
    loc, scale = parameters.get("loc"), parameters.get("scale")
    return isinstance(loc, int | float) and isinstance(scale, int | float) and scale >= 0


def _normal(source: np.random.Generator, shape: tuple[int, ...], loc: float, scale: float) -> Any:
    """What `source.normal(loc, scale, shape)` gives: drawn without parameters it is there sooner."""
    drawn = np.asarray(source.standard_normal(shape))
    if scale != 1:
        np.multiply(drawn, scale, out=drawn)
    return drawn if loc == 0 else np.add(drawn, loc, out=drawn)
