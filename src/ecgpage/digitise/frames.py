"""Take long straight lines out of the ink: frames, page borders, column rules."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

UPRIGHT_MM = 60.0
"""No QRS complex runs up or down this far within one pixel column at usual gain."""
BESIDE_MM, BESIDE_SHARE = 0.4, 0.2
"""Paper lies beside a rule; beside QRS complexes that run into each other from row to row, so that
they reach as far as a rule, lie their flanks: at this distance, along this share of the stroke."""
LEVEL_SHARE = 0.5
"""A line that stays on one pixel row over this share of the page's width is ruled, not traced."""


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
        if along == 0:
            lines = _alone(lines.astype(np.uint8), ink, max(2, round(BESIDE_MM * px_per_mm[1])))
        grown = cv2.dilate(lines, np.ones((1, 1) if along == 0 else (3, 1), np.uint8))
        thick = cv2.morphologyEx(
            lines, cv2.MORPH_OPEN, np.ones((1, int(3 * px_per_mm[1])), np.uint8)
        )
        grown[thick > 0] = 0
        out[grown > 0] = 0.0
    return out


def _alone(lines: NDArray[np.uint8], ink: NDArray[np.uint8], beside_px: int) -> NDArray[np.uint8]:
    """The upright lines that have little ink beside them."""
    count, label, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    out = lines.copy()
    for k in range(1, count):
        left, top, width, height, _ = stats[k]
        part = label[top : top + height, left : left + width] == k
        there = part.any(axis=1)
        first = left + part.argmax(axis=1) - beside_px
        last = left + width - 1 - part[:, ::-1].argmax(axis=1) + beside_px
        shares = [
            float(ink[top : top + height][there, column[there]].mean())
            for column in (first, last)
            if column.min() >= 0 and column.max() < ink.shape[1]
        ]
        if shares and max(shares) > BESIDE_SHARE:
            out[label == k] = 0
    return out
