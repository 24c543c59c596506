"""Find printed lead names and scales with a small network that was trained on rendered words.

The network (``words.onnx``, made by ``benchmarks/train_words.py``) looks at the ink at 4 pixels
a millimetre and says for every millimetre which word is centred there. Letters may touch the
trace; text lines need not be found first. Where it sees a scale, whichever, another network looks
closer and says which (``scalewords.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.package_network import open_network
from ecgpage.digitise.words.scalewords import GAINS, SPEEDS, read_scales
from ecgpage.values import LEADS

CLASSES: tuple[str, ...] = (*LEADS, *SPEEDS, *GAINS)
PX_PER_MM = 4.0
"""Scale at which the network looks at the ink."""
STRIDE = 4
"""One look every four pixels: a millimetre."""
LEAST_SCORE = 0.3
"""Words less likely than this are not looked at further."""
APART_MM = 3.0
"""Two words do not lie nearer to each other than this."""
LEAST_SPOT = 0.45
"""Where all scales together are this likely another look is taken: 0.85 and more at those of 21
renders."""


@dataclass(frozen=True, slots=True)
class Word:
    """A printed word: which, how likely (0 to 1), and its centre in sheet pixels.

    ``leads``: how likely it is each of the twelve leads' names; empty for other words.
    """

    text: str
    score: float
    row_px: float
    column_px: float
    leads: tuple[float, ...] = ()


def find_words(cover: NDArray[np.float32], px_per_mm: tuple[float, float]) -> tuple[Word, ...]:
    """Lead names and scales of a sheet, the likeliest first."""
    rows = max(STRIDE, round(cover.shape[0] / px_per_mm[0] * PX_PER_MM))
    columns = max(STRIDE, round(cover.shape[1] / px_per_mm[1] * PX_PER_MM))
    small = cv2.resize(cover, (columns, rows), interpolation=cv2.INTER_AREA)
    full = np.zeros((-(-rows // STRIDE) * STRIDE, -(-columns // STRIDE) * STRIDE), np.float32)
    full[:rows, :columns] = small
    network = open_network("words.onnx")
    heat = network.run(None, {network.get_inputs()[0].name: full[None, :, :, None]})[0][0]
    words = _peaks(heat[..., : len(LEADS)], px_per_mm)
    scales = read_scales(cover, px_per_mm, _spots(heat[..., len(LEADS) :].sum(axis=2)))
    words += [
        Word(text, score, down * px_per_mm[0] - 0.5, across * px_per_mm[1] - 0.5)
        for text, score, down, across in scales
    ]
    return tuple(sorted(words, key=lambda w: -w.score))


def _spots(heat: NDArray[np.float32]) -> list[tuple[float, float]]:
    """Where something like a scale is printed, in mm, the likeliest first."""
    reach = 2 * int(APART_MM) // 2 + 1
    top = np.asarray(cv2.dilate(heat, np.ones((reach, reach), np.uint8)))
    at = np.argwhere((heat >= top) & (heat > LEAST_SPOT))
    at = at[np.argsort(-heat[at[:, 0], at[:, 1]])]
    places = [_centre(heat, int(r), int(c)) for r, c in at]
    return [((y + 0.5) * STRIDE / PX_PER_MM, (x + 0.5) * STRIDE / PX_PER_MM) for y, x in places]


def _peaks(heat: NDArray[np.float32], px_per_mm: tuple[float, float]) -> list[Word]:
    best = heat.max(axis=2)
    reach = 2 * int(APART_MM) // 2 + 1
    top = np.asarray(cv2.dilate(best, np.ones((reach, reach), np.uint8)))
    at = np.argwhere((best >= top) & (best > LEAST_SCORE))
    words = []
    for r, c in at:
        k = int(heat[r, c].argmax())
        y, x = _centre(heat[..., k], int(r), int(c))
        scale = STRIDE / PX_PER_MM
        words.append(
            Word(
                CLASSES[k],
                float(best[r, c]),
                (y + 0.5) * scale * px_per_mm[0] - 0.5,
                (x + 0.5) * scale * px_per_mm[1] - 0.5,
                tuple(heat[r, c].tolist()),
            )
        )
    return words


def _centre(warm: NDArray[np.float32], row: int, column: int) -> tuple[float, float]:
    """Centre of mass of the heat around a peak."""
    r0, c0 = max(0, row - 1), max(0, column - 1)
    part = warm[r0 : row + 2, c0 : column + 2].astype(np.float64)
    mass = part.sum()
    y = float((part.sum(axis=1) * np.arange(r0, r0 + part.shape[0])).sum() / mass)
    x = float((part.sum(axis=0) * np.arange(c0, c0 + part.shape[1])).sum() / mass)
    return y, x
