"""Bounds of one QRS complex in one lead: where the lead stops being steep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

Array = NDArray[np.float64]

BEFORE_S, AFTER_S = 0.16, 0.20
"""A QRS complex reaches no farther from its middle; a wide one lasts 0.2 s and more in all."""
STEEP = 0.09
"""Of the largest slope: the complex ends where less follows for ``QUIET_S``."""
QUIET_S = 0.018


def qrs_bounds(row: Array, slope: Array, beat: int, rate_hz: float) -> tuple[int, int, int] | None:
    """Onset, peak and end as samples, or None where the lead is not seen around the beat.

    ``slope`` is the smoothed derivative. The peak is the sample that lies farthest from the
    line between the bounds, up or down: an R, a Q or an S, whichever is largest.
    """
    first = max(0, beat - round(BEFORE_S * rate_hz))
    last = min(len(row), beat + round(AFTER_S * rate_hz) + 1)
    near = slice(max(first, beat - round(0.06 * rate_hz)), min(last, beat + round(0.06 * rate_hz)))
    if not np.isfinite(row[near]).all() or near.stop - near.start < 3:
        return None
    steep = np.where(np.isfinite(row[first:last]), np.abs(slope[first:last]), 0.0)
    largest = float(steep[near.start - first : near.stop - first].max())
    if largest <= 0:
        return None
    quiet = maximum_filter1d(steep, max(1, round(QUIET_S * rate_hz))) < STEEP * largest
    top = near.start - first + int(np.argmax(steep[near.start - first : near.stop - first]))
    half = round(QUIET_S * rate_hz) // 2
    before, after = np.flatnonzero(quiet[:top]), np.flatnonzero(quiet[top:])
    onset = first + (int(before[-1]) + half if len(before) else 0)
    offset = first + (top + int(after[0]) - half if len(after) else len(steep) - 1)
    if offset - onset < 2:
        return None
    piece = row[onset : offset + 1]
    away = np.abs(piece - np.linspace(piece[0], piece[-1], len(piece)))
    away[~np.isfinite(away)] = 0.0
    return onset, onset + int(np.argmax(away)), offset
