"""Calibration pulses: upright rectangles before or after a row's trace."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.line import Line

Array = NDArray[np.float64]
HEIGHTS_MM = (3.5, 24.0)
WIDTHS_MM = (1.8, 13.0)
REACH_MM = 50.0
"""A pulse stands this near to the first or last ink of its row."""
EDGE_MM = 1.0
"""A picture that ends this near to a pulse's top may have cut off its side."""
HOLE_MM = 0.4
"""A grid line cuts a hole of this width into a pulse's top."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """A pulse between two columns of the sheet, and its height in mm."""

    left_px: float
    right_px: float
    height_mm: float
    at_start: bool


def find_pulse(
    line: Line, baseline_px: float, extent: tuple[int, int], px_per_mm: tuple[float, float]
) -> Pulse | None:
    """The pulse at either end of a row, None where there is none.

    A stretch that stays level within a quarter of a millimetre, stands well above the
    baseline, and is left and entered upright (or cut by the picture's edge on one side).
    """
    found = []
    left, right = extent
    reach = int(REACH_MM * px_per_mm[1])
    for a, b, at_start in (
        (left, min(left + reach, right), True),
        (max(right - reach, left), right, False),
    ):
        pulse = _level_stretch(line, baseline_px, a, b, extent, px_per_mm, at_start)
        if pulse is not None:
            found.append(pulse)
    return max(found, key=lambda p: p.height_mm) if found else None


def _level_stretch(
    line: Line,
    baseline_px: float,
    first: int,
    last: int,
    extent: tuple[int, int],
    px_per_mm: tuple[float, float],
    at_start: bool,
) -> Pulse | None:
    """The longest level stretch above the baseline between two columns, if it is a pulse.

    The upper border of the ink is followed: the top of a pulse is level to its corners.
    """
    high = _bridged(line.high[first : last + 1], round(HOLE_MM * px_per_mm[1]))
    if len(high) < 3 or not np.isfinite(high).any():
        return None
    tolerance = max(0.25 * px_per_mm[0], 1.0)
    best: tuple[int, int] | None = None
    heights, start = high.tolist(), 0
    while start < len(heights):
        if math.isnan(heights[start]):
            start += 1
            continue
        end = start + 1
        while end < len(heights) and abs(heights[end] - heights[start]) <= tolerance:
            end += 1
        width = (end - start) / px_per_mm[1]
        if WIDTHS_MM[0] <= width <= WIDTHS_MM[1] and (
            best is None or end - start > best[1] - best[0] + 1
        ):
            height = (baseline_px - float(np.median(high[start:end]))) / px_per_mm[0]
            if HEIGHTS_MM[0] <= height <= HEIGHTS_MM[1]:
                best = (start, end - 1)
        start = end
    if best is None:
        return None
    a, b = best[0] + first, best[1] + first
    level = float(np.nanmedian(line.high[a : b + 1]))
    height = (baseline_px - level) / px_per_mm[0]
    if not _upright(line, a, b, level, baseline_px, extent, px_per_mm):
        return None
    return Pulse(float(a), float(b), height, at_start)


def _bridged(heights: Array, widest: int) -> Array:
    """Heights with holes of up to ``widest`` columns filled from the column before."""
    seen = np.isfinite(heights)
    at = np.arange(len(heights))
    before = np.maximum.accumulate(np.where(seen, at, -1))
    after = np.minimum.accumulate(np.where(seen, at, len(at))[::-1])[::-1]
    short = ~seen & (before >= 0) & (after < len(at)) & (after - before - 1 <= widest)
    return np.where(short, heights[np.maximum(before, 0)], heights)


def _upright(
    line: Line,
    left: int,
    right: int,
    level: float,
    baseline_px: float,
    extent: tuple[int, int],
    px_per_mm: tuple[float, float],
) -> bool:
    """Whether both sides fall to the baseline within half a millimetre of width.

    The ink may begin at the top's left corner, where the rising edge was passed by. It may not end
    at the right one: records that stay at their last value draw such steps.
    """
    reach = max(2, round(0.6 * px_per_mm[1]))
    deep = level + 0.75 * (baseline_px - level)
    air = round(EDGE_MM * px_per_mm[1])

    def falls(columns: range) -> bool:
        if columns[0] < max(air, extent[0] + 1) or columns[-1] >= len(line.low) - air:
            return True
        lows = line.low[columns.start : columns.stop]
        if np.isfinite(lows).any():
            return bool(np.nanmax(lows) >= deep)
        return columns[-1] <= extent[1]

    before, after = range(left - reach, left + 1), range(right, right + reach + 1)
    return falls(before) and falls(after)
