"""Ink by a small network that was trained on rendered pages (``benchmarks/train_ink.py``).

It sees how dark red, green and blue are against the paper around, and says how much of each
pixel is covered by a trace or calibration pulse, a stroke between columns and a printed word.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.shading import paper_brightness
from ecgpage.digitise.sheet import Sheet

Image = NDArray[np.float32]
LIGHT_MM = 6.0
"""Within this distance there is bare paper."""
PX_PER_MM = 8.0
AS_IT_IS = (5.8, 10.2)
"""Sheets of this density (pixels a millimetre) are seen as they are, others at 8: the network
learned between 5.5 and 10.5."""
MULTIPLE = 16
"""The network halves the picture four times."""


class NetworkMissing(Exception):
    """The network's weights or ONNX Runtime could not be loaded."""


@dataclass(frozen=True, slots=True, eq=False)
class NetworkCover:
    """Coverage by each kind of ink, (rows, columns) float32, 0 to 1, at the sheet's pixels.

    ``line``: traces and pulses; ``pulse``: what of it belongs to calibration pulses.
    """

    line: Image
    pulse: Image
    separator: Image
    print: Image


def network_cover(sheet: Sheet, threads: int | None = None) -> NetworkCover:
    """What the pen has covered.

    ``threads`` None takes what ``OMP_NUM_THREADS`` says, as in the workers of a batch; 0, or
    nothing said there, all cores.
    """
    if threads is None:
        threads = int(os.environ.get("OMP_NUM_THREADS") or 0)
    image, density = sheet.image, min(sheet.px_per_mm)
    rows, columns = image.shape[:2]
    if not AS_IT_IS[0] <= density <= AS_IT_IS[1]:
        factor = PX_PER_MM / density
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        image = np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=how))
        density = PX_PER_MM
    cover = cover_of(darkness_planes(image, density), threads)
    if cover.shape[1:] != (rows, columns):
        cover = np.stack(
            [cv2.resize(c, (columns, rows), interpolation=cv2.INTER_LINEAR) for c in cover]
        )
    return NetworkCover(*cover)


def darkness_planes(image: NDArray[np.uint8], px_per_mm: float) -> Image:
    """One minus brightness against the paper: shape (3, rows, columns), 0 paper, 1 black."""
    size = round(LIGHT_MM * px_per_mm)
    out = np.empty((3, *image.shape[:2]), np.float32)
    for k in range(3):
        channel = np.ascontiguousarray(image[..., k])
        paper = np.maximum(paper_brightness(channel, size), 16.0)
        np.divide(channel, paper, out=out[k])
    np.subtract(1.0, out, out=out)
    return np.maximum(out, -0.33, out=out)


def cover_of(darkness: Image, threads: int = 0) -> Image:
    """The network's answer to ``darkness``; shapes (3 and 4, rows, columns)."""
    rows, columns = darkness.shape[1:]
    padded = np.pad(darkness, ((0, 0), (0, -rows % MULTIPLE), (0, -columns % MULTIPLE)))
    found = _session(threads).run(None, {"darkness": padded[None]})[0][0]
    return np.asarray(found[:, :rows, :columns], np.float32)


@lru_cache(maxsize=2)
def _session(threads: int) -> Any:
    """ONNX Runtime with the package's weights, loaded when a page first needs them."""
    try:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        weights = resources.files("ecgpage.digitise").joinpath("weights", "ink.onnx").read_bytes()
        return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise NetworkMissing(str(error)) from error
