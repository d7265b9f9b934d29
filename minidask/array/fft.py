"""Fourier transforms of lazy arrays, as `numpy.fft`, for any chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import index
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.elementwise import where
from minidask.array.manipulation import roll
from minidask.array.nodes.fourier import Parts, Step, transformed
from minidask.array.nodes.sizes import known
from minidask.array.operators import assign
from minidask.array.protocol import register
from minidask.array.ranges import arange

__all__ = [
    "fft",
    "fft2",
    "fft_wrap",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

_HALVING = ("rfft", "ihfft")
"""Transforms of real numbers, of which half of the frequencies are kept."""
_DOUBLING = ("irfft", "hfft")
"""Their inverses."""
_FAMILIES = {
    "fft": ("fft", "fft"),
    "ifft": ("ifft", "ifft"),
    "rfft": ("rfft", "fft"),
    "irfft": ("irfft", "ifft"),
}
"""Along several axes: the transform along the last one, and along the others."""

_SIGNS = {"fft": -1, "ifft": 1}
"""The transforms of complex numbers, and the signs of their exponents; what makes half of them for real numbers."""
_HALVES = {"fft": "rfft", "ifft": "ihfft"}
_PARTS = {"fft": "fft", "ifft": "ifft", "rfft": "fft", "irfft": "ifft", "hfft": "fft", "ihfft": "ifft"}
"""By which of them each transform is made in parts."""
_POWERS = {None: (0, 1), "backward": (0, 1), "ortho": (0.5, 0.5), "forward": (1, 0)}
"""By what power of 1/n they are scaled."""

_PARAMETERS = """
    Parameters
    ----------
    a
        {elements}, in any chunks: axes of several blocks are brought into one, one axis after the other. An axis that
        is longer than a block may be is transformed in parts, one of prime size by a convolution.
    {sizes}
    norm
        Which direction is scaled by 1/n: "backward" (or None), "forward", or both by its root: "ortho".
    out
        A lazy array that shall stand for the result.

    Raises
    ------
    ValueError
        {size} is not positive, {no_axes}`norm` is none of these, or `out` has another shape.
    TypeError
        The elements are {wrong}.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> import minidask.array as da
    {example}
    """
_ONE_AXIS = """n
        How many {what} are used, the rest is left out; where there are less, zeros are put behind.
        Default: {default}.
    axis
        Along which; None: the last."""
_AXES = """s
        For each of the axes how many elements are used, as `n` of `{one}`; -1: all.
    axes
        Along which; {default}."""


def _along_one(kind: str, first_sentence: str, example: str) -> Callable[..., Array]:
    """The transform along one axis."""

    def transform(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Array:
        a = _numbers(kind, a)
        steps = [_step(kind, a, n, -1 if axis is None else axis, norm)]
        return _answer(kind, a, steps, out)

    doubling = kind in _DOUBLING
    default = "2 (m - 1), where m is the size of the axis" if doubling else "all"
    what = "numbers the result has. n // 2 + 1 elements" if doubling else "elements"
    return _documented(transform, kind, first_sentence, example, _ONE_AXIS.format(what=what, default=default))


def _along_several(kind: str, first_sentence: str, example: str) -> Callable[..., Array]:
    """The transform along several axes: `kind` ends in 2, for the last two, or in n, for all."""
    one = kind[:-1]

    def transform(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Array:
        a = _numbers(kind, a)
        if axes is None and kind.endswith("2"):
            axes = (-2, -1)
        return _answer(kind, a, _steps(one, a, s, axes, norm), out)

    default = "default: the last two" if kind.endswith("2") else "default: all, or as many of the last as `s` tells"
    return _documented(transform, kind, first_sentence, example, _AXES.format(one=one, default=default))


def _documented(
    transform: Callable[..., Array], kind: str, first_sentence: str, example: str, sizes: str
) -> Callable[..., Array]:
    real = kind.startswith(("rfft", "ihfft"))
    code, answer = example.split(" -> ")
    transform.__name__ = transform.__qualname__ = kind
    transform.__doc__ = first_sentence + ".\n" + _PARAMETERS.format(
        elements="Real numbers" if real else "Numbers",
        sizes=sizes,
        size="`s`" if "axes" in sizes else "`n`",
        no_axes="`s` and `axes` have different lengths, " if "axes" in sizes else "",
        wrong="complex, or no numbers" if real else "no numbers",
        example=f">>> {code}.compute()\n    " + answer.replace("\n", "\n    "),
    )  # fmt: skip
    return transform


def _numbers(kind: str, a: Any) -> Array:
    a = asanyarray(a)
    real = kind.startswith(("rfft", "ihfft"))
    if a.dtype.kind not in ("biuf" if real else "biufc"):
        raise TypeError(f"{kind}: an array of {a.dtype}; expected {'real ' if real else ''}numbers")
    return a


def _answer(kind: str, a: Array, steps: Sequence[Step], out: Any) -> Array:
    answer: Array = assign(out, a.of(transformed(known(a.expr), steps, kind)))
    return answer


def _step(kind: str, a: Any, n: Any, axis: Any, norm: Any) -> Step:
    if norm not in _POWERS:
        raise ValueError(f'{kind}: norm={norm!r}; expected "backward", "ortho" or "forward"')
    axis = normalize_axis_index(index(axis), a.ndim)
    if n is None:
        n = 2 * (a.shape[axis] - 1) if kind in _DOUBLING else a.shape[axis]
    n = index(n)
    if n < 1:
        raise ValueError(f"{kind}: a transform of {n} elements along axis {axis}; there must be at least one")
    size = n // 2 + 1 if kind in _HALVING else n
    half = _scaled(_HALVES[kind], norm) if kind in _SIGNS else None
    return Step(_scaled(kind, norm), n, axis, size, kind in _SIGNS, _parts(kind, norm), half)


def _parts(kind: str, norm: Any) -> Parts:
    one = _PARTS[kind]
    return Parts(_scaled(one, norm), _SIGNS[one], _POWERS[norm][one == "ifft"], kind in _DOUBLING)


def _scaled(kind: str, norm: Any) -> Callable[..., Any]:
    func = getattr(np.fft, kind)
    return func if norm is None else partial(func, norm=norm)


def _steps(one: str, a: Array, s: Any, axes: Any, norm: Any) -> list[Step]:
    """The transforms along several axes, in the order of NumPy."""
    if axes is None:
        axes = range(-(a.ndim if s is None else len(s)), 0)
    axes = [index(axis) for axis in axes]
    sizes = [None if n is None else index(n) for n in (s if s is not None else [None] * len(axes))]
    if len(sizes) != len(axes):
        raise ValueError(f"s={tuple(sizes)} and axes={tuple(axes)} have different lengths")
    last, others = _FAMILIES[one]
    kinds = [others] * (len(axes) - 1) + [last]
    sizes = [a.shape[axis] if n == -1 else n for n, axis in zip(sizes, axes)]
    found = [_step(kind, a, n, axis, norm) for kind, n, axis in zip(kinds, sizes, axes)]
    return found if one == "irfft" else found[::-1]


fft = _along_one(
    "fft",
    "The discrete Fourier transform along an axis",
    "da.fft.fft([1, 0, 0, 0]) -> array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])",
)
ifft = _along_one(
    "ifft",
    "The inverse of the discrete Fourier transform along an axis",
    "da.fft.ifft([4, 0, 0, 0]).real -> array([1., 1., 1., 1.])",
)
rfft = _along_one(
    "rfft",
    "The discrete Fourier transform of real numbers along an axis: its n // 2 + 1 frequencies that are not negative",
    "da.fft.rfft([1, 0, 0, 0]) -> array([1.+0.j, 1.+0.j, 1.+0.j])",
)
irfft = _along_one("irfft", "The inverse of `rfft`", "da.fft.irfft([1, 1, 1]) -> array([1., 0., 0., 0.])")
hfft = _along_one(
    "hfft",
    "The Fourier transform of a signal of which one half is given, the other being its conjugate: real numbers",
    "da.fft.hfft([1, 1, 1]) -> array([4., 0., 0., 0.])",
)
ihfft = _along_one("ihfft", "The inverse of `hfft`", "da.fft.ihfft([4, 0, 0, 0]) -> array([1.-0.j, 1.-0.j, 1.-0.j])")
fftn = _along_several(
    "fftn",
    "The discrete Fourier transform along several axes",
    "da.fft.fftn([[1, 0], [0, 0]]) -> array([[1.+0.j, 1.+0.j],\n       [1.+0.j, 1.+0.j]])",
)
ifftn = _along_several(
    "ifftn",
    "The inverse of the discrete Fourier transform along several axes",
    "da.fft.ifftn([[4, 0], [0, 0]]).real -> array([[1., 1.],\n       [1., 1.]])",
)
rfftn = _along_several(
    "rfftn",
    "The discrete Fourier transform of real numbers along several axes; half of the last one is kept",
    "da.fft.rfftn([[1, 0, 0], [0, 0, 0]]) -> array([[1.+0.j, 1.+0.j],\n       [1.+0.j, 1.+0.j]])",
)
irfftn = _along_several(
    "irfftn",
    "The inverse of `rfftn`",
    "da.fft.irfftn([[1, 1], [1, 1]]) -> array([[1., 0.],\n       [0., 0.]])",
)
fft2 = _along_several(
    "fft2",
    "The discrete Fourier transform along two axes",
    "da.fft.fft2([[1, 0], [0, 0]]) -> array([[1.+0.j, 1.+0.j],\n       [1.+0.j, 1.+0.j]])",
)
ifft2 = _along_several(
    "ifft2",
    "The inverse of the discrete Fourier transform along two axes",
    "da.fft.ifft2([[4, 0], [0, 0]]).real -> array([[1., 1.],\n       [1., 1.]])",
)
rfft2 = _along_several(
    "rfft2",
    "The discrete Fourier transform of real numbers along two axes; half of the last one is kept",
    "da.fft.rfft2([[1, 0, 0], [0, 0, 0]]) -> array([[1.+0.j, 1.+0.j],\n       [1.+0.j, 1.+0.j]])",
)
irfft2 = _along_several(
    "irfft2",
    "The inverse of `rfft2`",
    "da.fft.irfft2([[1, 1], [1, 1]]) -> array([[1., 0.],\n       [0., 0.]])",
)


def fft_wrap(
    fft_func: Callable[..., Any], kind: str | None = None, dtype: Any = None, allow_fftpack: bool = False
) -> Callable[..., Array]:
    """The transform of lazy arrays by a function like one of `numpy.fft`, such as those of `scipy.fft` or pyFFTW.

    Parameters
    ----------
    fft_func
        Takes an array, then `n` and `axis`, or `s` and `axes`.
    kind
        Which of `numpy.fft` it is like, "rfft2" say. Default: that of its name.
    dtype
        Of what it gives. Default: it is called with a small array, to see.
    allow_fftpack
        Whether it may be one of `scipy.fftpack`, some of which lay out their results in another way.

    Returns
    -------
    callable
        Takes an array, `n` and `axis`, or `s` and `axes`, and keywords for `fft_func`. The axes are brought into one
        block together.

    Raises
    ------
    ValueError
        There is no such kind, or the function is one of `scipy.fftpack`.

    Examples
    --------
    >>> import numpy, minidask.array as da
    >>> da.fft.fft_wrap(numpy.fft.fft)([1, 0, 0, 0]).compute()
    array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    kind = fft_func.__name__ if kind is None else kind
    if kind not in __all__ or kind.endswith(("freq", "shift", "wrap")):
        raise ValueError(f"kind={kind!r}: there is no such transform in numpy.fft")
    if "fftpack" in getattr(fft_func, "__module__", "") and not allow_fftpack:
        raise ValueError("functions of scipy.fftpack differ from those of numpy.fft; use scipy.fft, or allow_fftpack")
    if kind.endswith(("2", "n")):

        def along_several(a: Any, s: Any = None, axes: Any = None, **kwargs: Any) -> Array:
            a = asanyarray(a)
            axes = (-2, -1) if axes is None and kind.endswith("2") else axes
            steps = _steps(kind[:-1], a, s, axes, None)
            given = {} if s is None else {"s": tuple(s)}
            return _by(fft_func, a, steps, dtype, {**given, "axes": axes, **kwargs})

        return along_several

    def along_one(a: Any, n: Any = None, axis: Any = -1, **kwargs: Any) -> Array:
        a = asanyarray(a)
        steps = [_step(kind, a, n, -1 if axis is None else axis, None)]
        given = {} if n is None else {"n": n}
        return _by(fft_func, a, steps, dtype, {**given, "axis": steps[0].axis, **kwargs})

    return along_one


def _by(func: Callable[..., Any], a: Array, steps: Sequence[Step], dtype: Any, kwargs: dict[str, Any]) -> Array:
    """One call of the function with all axes in one block."""
    a = a.rechunk({step.axis: -1 for step in steps})
    sizes = {step.axis: (step.size,) for step in steps}
    chunks = tuple(sizes.get(axis, old) for axis, old in enumerate(a.chunks))
    if dtype is None:
        options = {k: v for k, v in kwargs.items() if k not in ("n", "s")}
        dtype = func(np.ones((2,) * a.ndim, a.dtype), **options).dtype
    return a.map_blocks(func, dtype=dtype, chunks=chunks, **kwargs)


def fftfreq(n: int, d: float = 1.0, chunks: Any = "auto", device: Any = None, dtype: Any = None) -> Array:
    """The frequencies of `fft`: those that are not negative, then the negative ones.

    Parameters
    ----------
    n
        How many.
    d
        The distance of samples; frequencies are in cycles per its unit.
    chunks
        As for `normalize_chunks`.
    device
        None or "cpu".
    dtype
        Of the frequencies; None: float64.

    Raises
    ------
    TypeError
        `n` is no integer.
    ValueError
        There is no such device.

    Examples
    --------
    >>> fftfreq(4, d=0.5, chunks=2).compute()
    array([ 0. ,  0.5, -1. , -0.5])
    """
    place = _places(n, index(n), chunks, device)
    return _frequencies(where(place < (n + 1) // 2, place, place - n), n, d, dtype)


def rfftfreq(n: int, d: float = 1.0, chunks: Any = "auto", device: Any = None, dtype: Any = None) -> Array:
    """The frequencies of `rfft`, which are not negative.

    Parameters
    ----------
    n
        Of how many elements the transform is; there are n // 2 + 1 frequencies.
    d, chunks, device, dtype
        As of `fftfreq`.

    Raises
    ------
    TypeError
        `n` is no integer.
    ValueError
        There is no such device.

    Examples
    --------
    >>> rfftfreq(4, d=0.5, chunks=2).compute()
    array([0. , 0.5, 1. ])
    """
    return _frequencies(_places(n, index(n) // 2 + 1, chunks, device), n, d, dtype)


def _places(n: int, count: int, chunks: Any, device: Any) -> Array:
    if n < 1:
        raise ValueError(f"frequencies of {n} elements; there must be at least one")
    if device not in (None, "cpu"):
        raise ValueError(f'device={device!r}: the blocks of lazy arrays are on the "cpu"')
    return arange(count, chunks=chunks, dtype=np.int64)


def _frequencies(numbers: Any, n: int, d: float, dtype: Any) -> Array:
    found: Array = numbers * (1.0 / (n * d))
    return found if dtype is None else found.astype(dtype)


def fftshift(x: Any, axes: Any = None) -> Array:
    """The elements along axes shifted so that the frequency 0, the first one, comes into the middle.

    Parameters
    ----------
    axes
        Which; None: all.

    Raises
    ------
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> fftshift(fftfreq(4)).compute()
    array([-0.5 , -0.25,  0.  ,  0.25])
    """
    return _shifted(asanyarray(x), axes, lambda size: size // 2)


def ifftshift(x: Any, axes: Any = None) -> Array:
    """The inverse of `fftshift`: the element in the middle comes first.

    Parameters
    ----------
    axes
        Which; None: all.

    Raises
    ------
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> ifftshift([-0.5, -0.25, 0.0, 0.25]).compute()
    array([ 0.  ,  0.25, -0.5 , -0.25])
    """
    return _shifted(asanyarray(x), axes, lambda size: -(size // 2))


def _shifted(x: Array, axes: Any, by: Callable[[int], int]) -> Array:
    axes = range(x.ndim) if axes is None else (axes,) if hasattr(axes, "__index__") else axes
    places = [normalize_axis_index(index(axis), x.ndim) for axis in axes]
    return roll(x, [by(x.shape[axis]) for axis in places], places) if places else x


register({name: globals()[name] for name in __all__}, np.fft)
