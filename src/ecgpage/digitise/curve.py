"""Undo the pen: from the two borders of the inked band to the course of the pen's centre.

A round pen of radius r that follows a curve leaves a band; its upper border is the curve
dilated by the pen. Eroding the upper border by the same disc gives back every peak exactly and
fills narrow pits; eroding the lower border gives back every pit and cuts narrow peaks (closing
and opening, Serra J. Image Analysis and Mathematical Morphology. Academic Press 1982). So the
curve is taken from the upper border where it rises above its surroundings and from the lower
one where it dips below them; on flanks and flat stretches the two agree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ecgpage.digitise.line import Line

Array = NDArray[np.float64]
FINE = 4
"""Points of the curve in each column."""
SURROUND_PX = 9.0
BLEND_PX = 0.75


def curve_knots(line: Line, left: int, right: int) -> tuple[Array, Array]:
    """Points (column, row) of the pen's centre, :data:`FINE` a column, gaps bridged straight."""
    columns = np.arange(left, right + 1)
    there = np.isfinite(line.centre[left : right + 1])
    if there.sum() < 2:
        return np.zeros(0), np.zeros(0)
    x = left + np.arange((right - left) * FINE + 1) / FINE
    radius = line.thickness / 2

    def fine(values: Array) -> Array:
        return np.interp(x, columns[there], values[left : right + 1][there])

    centre, high, low = fine(line.centre), fine(line.high), fine(line.low)
    top = -_erode(-(high - radius), radius) if radius > 0 else high
    bottom = _erode(low + radius, radius) if radius > 0 else low
    top, bottom = np.minimum(top, bottom), np.maximum(top, bottom)
    surround = gaussian_filter1d((top + bottom) / 2, SURROUND_PX * FINE)
    share = 1.0 / (1.0 + np.exp(np.clip((surround - (top + bottom) / 2) / BLEND_PX, -30, 30)))
    steep = np.clip((low - high) / 1.0, 0.0, 1.0)
    steep = np.maximum.reduce([np.roll(steep, k) for k in range(-FINE, FINE + 1)])
    pen = (1.0 - share) * top + share * bottom
    return x, steep * pen + (1.0 - steep) * centre


def _erode(border: Array, radius: float) -> Array:
    """Lower border moved back by a disc: least of ``border - height of the disc`` nearby."""
    reach = int(np.floor(radius * FINE))
    padded = np.pad(border, reach, mode="edge")
    out = np.full(len(border), np.inf)
    for k in range(-reach, reach + 1):
        disc = np.sqrt(max(radius**2 - (k / FINE) ** 2, 0.0))
        out = np.minimum(out, padded[reach + k : reach + k + len(border)] - disc)
    return out


def sample_curve(x: Array, y: Array, at: Array) -> Array:
    """Height of the curve at columns ``at``; NaN outside its ends."""
    if len(x) < 2:
        return np.full(len(at), np.nan)
    return np.interp(at, x, y, left=np.nan, right=np.nan)
