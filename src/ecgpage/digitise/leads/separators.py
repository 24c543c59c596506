"""Column borders from the strokes that part the columns."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.extents import TracedRow

Array = NDArray[np.float64]
STROKE_MM = 2.0
BAND_MM = 9.0
REACH_MM = 7.0
SURE_REACH_MM = 2.0
EXACT_REACH_MM = 0.6
"""How far a start may be off: beside a calibration pulse it is known better, and best where
most rows agree on it."""

ABOUT = 0.2
"""Rows off by less than this share may be as long, but for a pulse in them or an end that was lost.
"""
USUAL, SAME_LENGTH = 0.1, 0.005
"""What it counts for a length that it is ten seconds within this share: beats may stand as evenly
as strokes, and rows that run into a frame look longer than they are."""
BEYOND_MM = 2.0
"""So far rows may go on without ink."""


def stroke_profile(
    cover: NDArray[np.float32], rows: Sequence[TracedRow], px_per_mm: tuple[float, float]
) -> Array:
    """For each column of the sheet, the share of rows with an upright stroke near them."""
    ink = (cover > 0.45).astype(np.uint8)
    kernel = np.ones((max(3, int(STROKE_MM * px_per_mm[0])), 1), np.uint8)
    strokes = cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel)
    share = np.zeros(cover.shape[1])
    for row in rows:
        top = max(0, int(row.row.baseline_px - BAND_MM * px_per_mm[0]))
        bottom = int(row.row.baseline_px + BAND_MM * px_per_mm[0])
        share += strokes[top:bottom].any(axis=0)
    return share / len(rows)


def refine_ends(
    profile: Array,
    ends: tuple[float, float],
    columns: int,
    px_per_mm: float,
    length_px: float,
    reach_mm: float = REACH_MM,
    exact: bool = False,
    ink_px: tuple[float, float] | None = None,
) -> tuple[tuple[float, float], float]:
    """Ends moved so that inner borders fall on strokes, and how well they do (0 to 1).

    Tried are offsets of up to ``reach_mm`` and lengths within 2 % of the rows' own, or within 0.4 %
    of ``length_px``, what ten seconds are long, where they are about that; with ``exact`` their own
    length alone. Ends lie beyond ``ink_px``, the first and the last column in which any row has
    ink, no further than ``ends`` do already.
    """
    if columns < 2:
        return ends, 0.0
    own = ends[1] - ends[0] + 1
    lengths = own * np.linspace(0.98, 1.02, 33)
    if abs(own / length_px - 1) < ABOUT:
        lengths = np.concatenate([lengths, length_px * np.linspace(0.996, 1.004, 9)])
    if exact:
        lengths = np.array([own])
    offsets = ends[0] + np.arange(-reach_mm * px_per_mm, reach_mm * px_per_mm, 0.25)
    width = max(1, int(0.25 * px_per_mm))
    smooth = cv2.dilate(profile[None].astype(np.float32), np.ones((1, 2 * width + 1)))[0]
    soft = cv2.GaussianBlur(profile[None].astype(np.float32), (0, 0), max(1.0, width))[0]
    inner = np.arange(1, columns) / columns
    low, high = -np.inf, np.inf
    if ink_px is not None:
        beyond = BEYOND_MM * px_per_mm
        low, high = min(ends[0], ink_px[0] - beyond), max(ends[1], ink_px[1] + beyond)
    best = (ends, 0.0, -1.0)
    at = np.arange(len(profile))
    for length in lengths:
        where = offsets[:, None] + inner[None] * length
        score = np.interp(where, at, smooth).min(axis=1) + 0.2 * np.interp(where, at, soft).mean(
            axis=1
        )
        score -= 0.002 * np.abs(offsets - ends[0]) / px_per_mm
        score += USUAL * (abs(length / length_px - 1) < SAME_LENGTH)
        score[(offsets < low) | (offsets + length - 1 > high)] = -1.0
        i = int(np.argmax(score))
        if score[i] > best[2]:
            found = float(np.interp(where[i], at, smooth).min())
            best = ((float(offsets[i]), float(offsets[i] + length - 1)), found, float(score[i]))
    return best[0], best[1]
