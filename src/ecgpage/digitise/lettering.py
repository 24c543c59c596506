"""Take printed words that were read out of the ink, so that no trace is led through them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.words import Word

READ = 0.5
"""Words read less surely than this stay: they may be trace."""
HALF_HEIGHT_MM = 3.2
LETTER_MM = 1.6
"""Half a letter's width, generously: lead names are printed up to 4 mm high."""


def without_words(
    cover: NDArray[np.float32], words: Sequence[Word], px_per_mm: tuple[float, float]
) -> NDArray[np.float32]:
    """Cover without the blobs that lie wholly inside a word's place; what touches a trace stays."""
    sure = [w for w in words if w.score >= READ]
    if not sure:
        return cover
    mask = (cover > 0.2).astype(np.uint8)
    _, label, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    top, left = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_LEFT]
    bottom = top + stats[:, cv2.CC_STAT_HEIGHT]
    right = left + stats[:, cv2.CC_STAT_WIDTH]
    gone = np.zeros(len(stats), bool)
    for word in sure:
        high = HALF_HEIGHT_MM * px_per_mm[0]
        wide = LETTER_MM * (len(word.text) + 1) * px_per_mm[1]
        gone |= (
            (top >= word.row_px - high) & (bottom <= word.row_px + high)
            & (left >= word.column_px - wide) & (right <= word.column_px + wide)
        )  # fmt: skip
    gone[0] = False
    if not gone.any():
        return cover
    out = cover.copy()
    out[gone[label]] = 0.0
    return out
