"""Random arrays by the older names of NumPy's `RandomState`."""

from __future__ import annotations

from typing import Any

from minidask.array.array import Array
from minidask.array.drawing import distribution, entropy_of
from minidask.array.shuffling import Shuffler


class RandomState(Shuffler):
    """Draws random arrays, as NumPy's `RandomState`.

    Parameters
    ----------
    seed
        An integer or integers; None: from the system.

    Examples
    --------
    >>> RandomState(0).random_sample(3, chunks=2).shape
    (3,)
    """

    kind = "RandomState"

    def __init__(self, seed: Any = None) -> None:
        super().__init__(entropy_of(seed), bits="MT19937")

    def seed(self, seed: Any = None) -> None:
        """Start anew from a seed."""
        RandomState.__init__(self, seed)

    random_sample = distribution("random_sample")
    standard_exponential = distribution("standard_exponential")
    standard_gamma = distribution("standard_gamma", "shape")
    standard_normal = distribution("standard_normal")
    tomaxint = distribution("tomaxint")

    def random(self, size: Any = None, chunks: Any = "auto") -> Array:
        """Numbers from 0 to before 1."""
        return self.random_sample(size, chunks=chunks)

    def randint(self, low: Any, high: Any = None, size: Any = None, chunks: Any = "auto", dtype: Any = int) -> Array:
        """Integers from `low` to before `high`; from 0 to before `low`, where `high` is not given.

        Examples
        --------
        >>> RandomState(0).randint(5, size=3).dtype
        dtype('int64')
        """
        low, high = (0, low) if high is None else (low, high)
        return self._draw("randint", {"low": low, "high": high, "dtype": dtype}, size, chunks)

    def random_integers(self, low: Any, high: Any = None, size: Any = None, chunks: Any = "auto") -> Array:
        """Integers from `low` to `high`; from 1 to `low`, where `high` is not given."""
        low, high = (1, low) if high is None else (low, high)
        return self.randint(low, high + 1, size, chunks)

    def rand(self, *args: int, chunks: Any = "auto") -> Array:
        """Numbers from 0 to before 1; the arguments are the shape.

        Examples
        --------
        >>> RandomState(0).rand(2, 3).shape
        (2, 3)
        """
        return self.random_sample(args, chunks=chunks)

    def randn(self, *args: int, chunks: Any = "auto") -> Array:
        """Numbers of the standard normal distribution; the arguments are the shape.

        Examples
        --------
        >>> RandomState(0).randn(2, 3).shape
        (2, 3)
        """
        return self.standard_normal(args, chunks=chunks)

    def multivariate_normal(
        self,
        mean: Any,
        cov: Any,
        size: Any = None,
        check_valid: str = "warn",
        tol: float = 1e-8,
        chunks: Any = "auto",
    ) -> Array:
        """Vectors of normal variables, along a new last axis. Parameters as of `Generator.multivariate_normal`.

        Examples
        --------
        >>> RandomState(0).multivariate_normal([0, 9], [[1, 0], [0, 1]], size=4, chunks=2).shape
        (4, 2)
        """
        return self._normals(mean, cov, size, check_valid, chunks, tol=tol)

    def get_state(self) -> Any:
        """What `set_state` takes to come back to where this is now.

        Examples
        --------
        >>> random = RandomState(0)
        >>> state = random.get_state()
        >>> first = random.rand(3)
        >>> random.set_state(state)
        >>> random.rand(3).name == first.name
        True
        """
        return {"bit_generator": self._bits, "entropy": self._entropy, "key": self._key, "calls": self._calls}

    def set_state(self, state: Any) -> None:
        """Come back to a state that `get_state` gave.

        Raises
        ------
        ValueError
            It is another thing: a state of NumPy's, say, whose numbers are others.
        """
        if not isinstance(state, dict) or set(state) != set(self.get_state()):
            raise ValueError("set_state takes what get_state of lazy arrays gave; make one of NumPy's by seed=")
        self._bits, self._entropy = state["bit_generator"], state["entropy"]
        self._key, self._calls = state["key"], state["calls"]
