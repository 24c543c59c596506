"""Take long straight lines out of the ink: frames, page borders, column rules."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.components import find_components

UPRIGHT_MM = 60.0
"""No QRS complex runs up or down this far within one pixel column at usual gain."""
BESIDE_MM, BESIDE_SHARE = 0.4, 0.2
"""Paper lies beside a rule; beside QRS complexes that run into each other from row to row, so that
they reach as far as a rule, lie their flanks: at this distance, along this share of the stroke."""
LEVEL_SHARE = 0.9
"""A line that stays on one pixel row over this share of the page's width is ruled: a trace has
margins, and the trace of a lead that was not connected may be as level."""
THICK_MM = 3.0
"""What is thicker is no line."""


def without_rules(
    cover: NDArray[np.float32], px_per_mm: tuple[float, float]
) -> NDArray[np.float32]:
    """Cover without long upright and level lines, a little of their edges included."""
    ink = (cover > 0.3).view(np.uint8)
    upright = max(20, int(UPRIGHT_MM * px_per_mm[0]))
    level = max(40, int(LEVEL_SHARE * cover.shape[1]))
    out = cover
    for length, along in ((upright, 0), (level, 1)):
        bridge = np.ones((3, 1) if along == 0 else (1, 3), np.uint8)
        lines = _long(np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, bridge)), length, along)
        if lines is None:
            continue
        if along == 0:
            lines = _alone(lines, ink, max(2, round(BESIDE_MM * px_per_mm[1])))
        grown = cv2.dilate(lines, np.ones((1, 1) if along == 0 else (3, 3), np.uint8))
        across = int(THICK_MM * px_per_mm[1 - along])
        thick = cv2.morphologyEx(
            lines, cv2.MORPH_OPEN, np.ones((1, across) if along == 0 else (across, 1), np.uint8)
        )
        grown[thick > 0] = 0
        out = cover.copy() if out is cover else out
        out[grown > 0] = 0.0
    return out


def _long(ink: NDArray[np.uint8], length: int, along: int) -> NDArray[np.uint8] | None:
    """Ink that runs on for ``length`` pixels, down (``along`` 0) or across (1); None without any.

    Only rows or columns with ink at two neighbouring ones of some places, of which two lie in
    any half of such a run, can have one.
    """
    axis = 1 - along
    step = length // 4
    if ink.shape[along] > length and step > 0:
        seen = ink[::step] if along == 0 else ink[:, ::step].T
        place = np.flatnonzero((seen[:-1] & seen[1:]).any(axis=0))
    else:
        place = np.arange(ink.shape[axis])
    kernel = np.ones((length, 1) if along == 0 else (1, length), np.uint8)
    part = np.ascontiguousarray(np.take(ink, place, axis=axis))
    if not part.size:
        return None
    lines = np.asarray(cv2.morphologyEx(part, cv2.MORPH_OPEN, kernel), np.uint8)
    if not lines.any():
        return None
    out = np.zeros_like(ink)
    if along == 0:
        out[:, place] = lines
    else:
        out[place] = lines
    return out


def _alone(lines: NDArray[np.uint8], ink: NDArray[np.uint8], beside_px: int) -> NDArray[np.uint8]:
    """The upright lines that have little ink beside them."""
    label, stats = find_components(lines)
    out = lines.copy()
    for k in range(1, len(stats)):
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
