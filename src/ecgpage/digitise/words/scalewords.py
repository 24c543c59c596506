"""Read the printed paper speed and gain with a small network, a second look at a higher scale.

The network (``scales.onnx``, made by ``benchmarks/train_scales.py``) looks at strips of ink 8 mm
high at 6 pixels a millimetre and says for each third of a millimetre which scale, if any, is
centred there. It tells 25 from 50 and 5, 10 and 20 apart, and all of them from other print.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.package_network import open_network

SPEEDS = ("25 mm/s", "50 mm/s")
GAINS = ("5 mm/mV", "10 mm/mV", "20 mm/mV")
CLASSES: tuple[str, ...] = (*SPEEDS, *GAINS)
PX_PER_MM = 6.0
HIGH_PX = 48
STRIDE = 2
MARGIN_PX = 82
"""Columns before the first place that is looked at, and behind the last."""
AROUND_MM = 6.0
"""Places are looked at this far to either side of a spot."""
APART_MM = 6.0
"""Two scales do not stand nearer to each other than this."""
SAME_LINE_MM = 1.2
LEAST_SCORE = 0.3
MOST_SPOTS = 120
"""So many are looked at, 1.3 ms each. The table beside the paper has many spots, of which the words
network is as sure as of print: with 24, four footers of 60 distorted renders were not looked at."""
SAME_SPOT_MM = (0.7, 4.0)
"""Spots nearer (down, across) to each other are on one strip."""

Found = tuple[str, float, float, float]


def read_scales(
    cover: NDArray[np.float32],
    px_per_mm: tuple[float, float],
    spots_mm: Sequence[tuple[float, float]],
) -> list[Found]:
    """Scales that stand near the spots: text, probability, row and column in mm.

    ``cover``: ink of the sheet with its print; ``spots_mm``: (down, across) of what may be a
    scale, the likeliest first.
    """
    found: list[Found] = []
    for down, across in _on_strips_of_their_own(spots_mm)[:MOST_SPOTS]:
        for text, score, at in _read_strip(cover, px_per_mm, down, across):
            near = [
                f for f in found
                if abs(f[2] - down) < SAME_LINE_MM and abs(f[3] - at) < APART_MM
            ]  # fmt: skip
            if near and max(f[1] for f in near) >= score:
                continue
            found = [f for f in found if f not in near]
            found.append((text, score, down, at))
    return sorted(found, key=lambda f: -f[1])


def _on_strips_of_their_own(
    spots_mm: Sequence[tuple[float, float]],
) -> list[tuple[float, float]]:
    """Spots without those that the strip around a likelier one shows too."""
    kept: list[tuple[float, float]] = []
    for down, across in spots_mm:
        if all(
            abs(down - d) >= SAME_SPOT_MM[0] or abs(across - a) >= SAME_SPOT_MM[1] for d, a in kept
        ):
            kept.append((down, across))
    return kept


def _read_strip(
    cover: NDArray[np.float32], px_per_mm: tuple[float, float], down_mm: float, across_mm: float
) -> list[tuple[str, float, float]]:
    """The likeliest scale around a spot, if any: text, probability, column in mm."""
    wide = 2 * MARGIN_PX + round(2 * AROUND_MM * PX_PER_MM)
    start_mm = across_mm - wide / PX_PER_MM / 2
    top_mm = down_mm - HIGH_PX / PX_PER_MM / 2
    move = np.array(
        [
            [px_per_mm[1] / PX_PER_MM, 0.0, start_mm * px_per_mm[1]],
            [0.0, px_per_mm[0] / PX_PER_MM, top_mm * px_per_mm[0]],
        ]
    )
    strip = _cut(cover, move, wide)
    logits = open_network("scales.onnx").run(None, {"ink": strip[None, :, :, None]})[0][0, 0]
    share = np.exp(logits - logits.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    smooth = cv2.blur(share[:, 1:].astype(np.float32), (1, 3))
    place, kind = np.unravel_index(int(smooth.argmax()), smooth.shape)
    score = float(smooth[place, kind])
    if score < LEAST_SCORE:
        return []
    at = start_mm + (MARGIN_PX + STRIDE * float(place) + 0.5) / PX_PER_MM
    return [(CLASSES[int(kind)], score, at)]


def _cut(cover: NDArray[np.float32], move: NDArray[np.float64], wide: int) -> NDArray[np.float32]:
    """The strip whose pixels ``move`` maps into the cover, each the mean of what it covers."""
    (sx, _, left), (_, sy, top) = move
    x0, y0 = round(left), round(top)
    x1, y1 = x0 + max(1, round(sx * wide)), y0 + max(1, round(sy * HIGH_PX))
    part = np.zeros((y1 - y0, x1 - x0), np.float32)
    r0, r1 = max(y0, 0), min(y1, cover.shape[0])
    c0, c1 = max(x0, 0), min(x1, cover.shape[1])
    if r1 > r0 and c1 > c0:
        part[r0 - y0 : r1 - y0, c0 - x0 : c1 - x0] = cover[r0:r1, c0:c1]
    return np.asarray(
        cv2.resize(part, (wide, HIGH_PX), interpolation=cv2.INTER_AREA), dtype=np.float32
    )
