"""Ink by a small network that was trained on rendered pages (``benchmarks/train_ink.py``).

It sees how dark red, green and blue are against the paper around, and says how much of each
pixel is covered by a trace or calibration pulse, a stroke between columns and a printed word.
It counts in whole numbers (``benchmarks/quantise_ink.py``): squares of a few pixels go in and come
out folded, as bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import isqrt
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.ink.shading import brightness_planes, paper_around
from ecgpage.digitise.package_network import count_threads, open_session

Image = NDArray[np.float32]
Bytes = NDArray[np.uint8]
LIGHT_MM = 6.0
"""Within this distance there is bare paper."""
PX_PER_MM = 8.0
AS_IT_IS = (5.8, 10.2)
"""Sheets of this density (pixels a millimetre) are seen as they are, others at 8: the network
learned between 5.5 and 10.5."""
MULTIPLE = 32
"""The network halves the picture up to five times."""
PAPER = 192
"""Brightness of bare paper as the network is shown it, inverted: 63 is paper, 255 black."""


class NetworkMissing(Exception):
    """The network's weights or ONNX Runtime could not be loaded."""


@dataclass(frozen=True, slots=True, eq=False)
class NetworkCover:
    """Coverage by each kind of ink at the sheet's pixels.

    ``layers``: (4, rows, columns), uint8, 255 where all of a pixel is inked; each of them by its
    name: float32, 0 to 1.
    """

    layers: Bytes

    @property
    def line(self) -> Image:
        """Traces and pulses."""
        return _share(self.layers[0])

    @property
    def pulse(self) -> Image:
        """What of the lines belongs to calibration pulses."""
        return _share(self.layers[1])

    @property
    def separator(self) -> Image:
        """Strokes between columns."""
        return _share(self.layers[2])

    @property
    def print(self) -> Image:
        """Printed words."""
        return _share(self.layers[3])


def _share(layer: Bytes) -> Image:
    return np.multiply(layer, np.float32(1 / 255), dtype=np.float32)


def network_cover(
    sheet: Sheet, threads: int | None = None, papers: Sequence[Image] | None = None
) -> NetworkCover:
    """What the pen has covered.

    ``threads`` None takes what ``OMP_NUM_THREADS`` says, as in the workers of a batch; 0, or
    nothing said there, all cores. ``papers``: the sheet's bare paper where that is known
    (:func:`ecgpage.digitise.ink.shading.paper_around`).
    """
    if threads is None:
        threads = count_threads()
    image, density = sheet.image, min(sheet.px_per_mm)
    rows, columns = image.shape[:2]
    if not AS_IT_IS[0] <= density <= AS_IT_IS[1]:
        factor = PX_PER_MM / density
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        image = np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=how))
        density, papers = PX_PER_MM, None
    layers = cover_of(paper_levels(image, density, papers), threads)
    if layers.shape[1:] != (rows, columns):
        layers = np.stack(
            [cv2.resize(c, (columns, rows), interpolation=cv2.INTER_LINEAR) for c in layers]
        ).astype(np.uint8)
    return NetworkCover(layers)


def paper_levels(
    image: Bytes, px_per_mm: float, papers: Sequence[Image] | None = None
) -> list[Bytes]:
    """Red, green and blue against the paper around, :data:`PAPER` where it is bare, uint8."""
    if papers is None:
        papers = paper_around(image, round(LIGHT_MM * px_per_mm))
    return brightness_planes(image, papers, PAPER)


def cover_of(levels: Sequence[Bytes], threads: int = 0) -> Bytes:
    """The network's answer to red, green and blue of :func:`paper_levels`: (4, rows, columns)."""
    session = _session(threads)
    side = isqrt(session.get_inputs()[0].shape[1] // 3)
    rows, columns = levels[0].shape
    high, wide = (rows + -rows % MULTIPLE) // side, (columns + -columns % MULTIPLE) // side
    folded = np.full((side, side, 3, high, wide), 255 - PAPER, np.uint8)
    for i, j, k in np.ndindex(side, side, 3):
        part = levels[k][i::side, j::side]
        np.subtract(255, part, out=folded[i, j, k, : part.shape[0], : part.shape[1]])
    found = session.run(None, {"darkness": folded.reshape(1, -1, high, wide)})[0]
    found = found.reshape(side, side, 4, high, wide)
    out = np.empty((4, high * side, wide * side), np.uint8)
    for i, k in np.ndindex(side, 4):
        squares = out[k, i::side].reshape(high, wide, side)
        squares[:] = cv2.merge(list(found[i, :, k]))
    return out[:, :rows, :columns]


@lru_cache(maxsize=2)
def _session(threads: int) -> Any:
    """ONNX Runtime with the package's weights, loaded when a page first needs them."""
    try:
        weights = resources.files("ecgpage.digitise").joinpath("weights", "ink.onnx").read_bytes()
        return open_session(weights, threads)
    except Exception as error:
        raise NetworkMissing(str(error)) from error
