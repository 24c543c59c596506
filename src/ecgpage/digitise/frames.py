"""Take long straight lines out of the ink: frames, page borders, column rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

UPRIGHT_MM = 60.0
"""No QRS complex runs up or down this far within one pixel column at usual gain."""
LEVEL_SHARE = 0.5
"""A line that stays on one pixel row over this share of the page's width is ruled, not traced."""


def without_bars(
    cover: NDArray[np.float32],
    px_per_mm: tuple[float, float],
    thickness_px: float,
    borders_px: Sequence[float],
    lowest_px: float,
) -> NDArray[np.float32]:
    """Cover without the short thick bars that part the columns.

    A bar is upright for 2.5 mm or more and clearly wider than the pen's line; the flank of a
    QRS complex is as wide as the line. At the very border thin strokes are taken for bars too.
    Below ``lowest_px``, where rhythm strips run, nothing is removed.
    """
    ink = (cover > 0.5).astype(np.uint8)
    width = max(int(np.ceil(1.9 * thickness_px)), int(0.45 * px_per_mm[1]), 4)
    height = int(2.5 * px_per_mm[0])
    bars: NDArray[np.uint8] = np.asarray(
        cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((height, width), np.uint8)), dtype=np.uint8
    )
    near = np.zeros(cover.shape[1], np.uint8)
    for border in borders_px:
        reach = 0.8 * px_per_mm[1]
        near[max(0, int(border - reach)) : int(border + reach) + 1] = 1
    thin: Any = cv2.morphologyEx(
        ink, cv2.MORPH_OPEN, np.ones((int(1.8 * px_per_mm[0]), max(1, int(thickness_px))), np.uint8)
    )
    close = np.zeros(cover.shape[1], np.uint8)
    for border in borders_px:
        reach = max(0.15 * px_per_mm[1], 1.5)
        close[max(0, int(border - reach)) : int(border + reach) + 2] = 1
    bars = (bars & near[None]) | (thin & close[None])
    bars[max(0, int(lowest_px)) :] = 0
    if not bars.any():
        return cover
    grown = cv2.dilate(bars, np.ones((5, 5), np.uint8))
    out = cover.copy()
    out[grown > 0] = 0.0
    return out


def without_rules(
    cover: NDArray[np.float32], px_per_mm: tuple[float, float]
) -> NDArray[np.float32]:
    """Cover without long upright and level lines, a little of their edges included."""
    ink = (cover > 0.3).astype(np.uint8)
    upright = max(20, int(UPRIGHT_MM * px_per_mm[0]))
    level = max(40, int(LEVEL_SHARE * cover.shape[1]))
    out = cover.copy()
    for kernel, along in (
        (np.ones((upright, 1), np.uint8), 0),
        (np.ones((1, level), np.uint8), 1),
    ):
        bridged = cv2.morphologyEx(
            ink, cv2.MORPH_CLOSE, np.ones((3, 1) if along == 0 else (1, 3), np.uint8)
        )
        lines = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, kernel)
        if not lines.any():
            continue
        grown = cv2.dilate(lines, np.ones((1, 1) if along == 0 else (3, 1), np.uint8))
        thick = cv2.morphologyEx(
            lines, cv2.MORPH_OPEN, np.ones((1, int(3 * px_per_mm[1])), np.uint8)
        )
        grown[thick > 0] = 0
        out[grown > 0] = 0.0
    return out
