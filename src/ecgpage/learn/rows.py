"""Rows of leads: found on the page by their baselines, cut out, and stacked as even strips.

A page prints its leads in rows. Between two beats a trace lies on its baseline, so that a row of
leads is a peak in how much ink each pixel row holds. Each row of leads is cut out around its
baseline, all with one scale that follows the region's width (the time axis), so that a millivolt
is as high on one page as on another whatever the distance of the rows.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from ecgpage.learn.region_traces import trace_columns

STRIP_SHARE = 0.144
"""Height of a strip, of the traces' width: 36 mm, 3.6 mV at 10 mm/mV, where 250 mm show 10 s."""

STEEPEST = 0.1
"""Slopes up to this (about 6 degrees) are levelled; a crooked scan rarely passes 3 degrees."""

_COARSE, _FINE = 0.0125, 0.0025
"""Steps of the slopes that are tried: over all of them on the page made small, then around the best
on the page as it is, since a slope of 0.006 is lost in the small one's pixels."""

_WORTH = 1.02
"""A slope is taken where the sum of squares is at least this many times that of level rows."""

_LEVEL_COLUMNS = 250
"""Width in pixels at which slopes are tried."""

_SMOOTH_SHARE = 0.006
"""Standard deviation of the smoothing along the column of row sums, of the region's width: 1.5 mm,
so that a wandering baseline is one peak."""

_LEAST_DISTANCE = 0.045
"""Two rows of leads are at least this far apart, of the region's width: about 11 mm."""

_LEAST_SHARE = 0.2
"""A row of leads holds at least this share of the ink of the fullest one."""

_REACH = 0.6
"""A row of leads reaches this part of the way to the next: the middle and a little more."""


def find_rows(inked: NDArray[np.uint8]) -> tuple[int, ...]:
    """Baselines of the rows of leads, pixel rows from the top.

    Parameters
    ----------
    inked:
        ndarray, shape (M, N), uint8: ink of the region that carries the traces.
    """
    width = inked.shape[1]
    profile = cv2.reduce(inked, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
    smooth = cv2.GaussianBlur(profile, (1, 0), 0.1, sigmaY=_SMOOTH_SHARE * width).ravel()
    level = smooth - np.median(smooth)
    if level.max(initial=0.0) <= 0.0:
        return ()
    peaks, _ = find_peaks(
        np.pad(level, 1),
        height=_LEAST_SHARE * float(level.max()),
        distance=max(1.0, _LEAST_DISTANCE * width),
        prominence=0.5 * _LEAST_SHARE * float(level.max()),
    )
    return tuple(int(peak) - 1 for peak in peaks)


def find_slope(inked: NDArray[np.uint8]) -> float:
    """Slope of the baselines, rows down for each column to the right.

    Level baselines put their ink into few pixel rows: the slope with the largest sum of squares
    of the row sums is taken (the projection profile of document analysis, W. Postl, "Detection of
    linear oblique structures and skew scan in digitized documents", ICPR 1986).
    """
    scale = min(1.0, _LEVEL_COLUMNS / inked.shape[1])
    size = (max(1, round(inked.shape[1] * scale)), max(1, round(inked.shape[0] * scale)))
    small = np.asarray(cv2.resize(inked, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    steps = round(STEEPEST / _COARSE)
    coarse = {place * _COARSE: 0.0 for place in range(-steps, steps + 1)}
    for slope in coarse:
        coarse[slope] = _sharpness(small, slope)
    best = max(coarse, key=lambda slope: coarse[slope])
    around = round(_COARSE / _FINE) - 1
    near = [best + place * _FINE for place in range(-around, around + 1)]
    sharpest, slope = max((_sharpness(inked, slope), slope) for slope in near)
    return slope if sharpest > _WORTH * _sharpness(inked, 0.0) else 0.0


def _sharpness(inked: NDArray[np.uint8], slope: float) -> float:
    """Sum of squares of the row sums at a slope."""
    sums = cv2.reduce(_sheared(inked, slope), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F)
    return float(np.square(sums).sum())


def _sheared(inked: NDArray[np.uint8], slope: float) -> NDArray[np.uint8]:
    """Columns moved up by ``slope`` for each column right of the middle."""
    rows, columns = inked.shape
    matrix = np.array([[1.0, 0.0, 0.0], [-slope, 1.0, slope * columns / 2]])
    out = cv2.warpAffine(inked, matrix, (columns, rows), flags=cv2.INTER_LINEAR)
    return np.asarray(out, dtype=np.uint8)


def straightened(inked: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The ink with level baselines, cut to the columns of the traces."""
    slope = find_slope(inked)
    level = _sheared(inked, slope) if slope else inked
    left, right = trace_columns(level)
    return level[:, left:right]


def choose_rows(found: tuple[int, ...], wanted: int, height: int) -> tuple[int | None, ...]:
    """Which baselines stand for the wanted rows; None for a row that the page does not have.

    More rows than wanted: the first ones, and the last one as the rhythm strip. Fewer than two:
    the region is divided evenly, as nothing better is known.
    """
    if len(found) < 2:
        return tuple(round((i + 0.5) * height / wanted) for i in range(wanted))
    if len(found) > wanted:
        return (*found[: wanted - 1], found[-1])
    return (*found, *([None] * (wanted - len(found))))


def stack_rows(inked: NDArray[np.uint8], rows: int) -> NDArray[np.uint8]:
    """The rows of leads as strips of one height, one above the other.

    Each strip shows the ink that lies nearer to its own baseline than to another's, or reaches
    no further than a tenth of their distance beyond the middle.

    Returns
    -------
    ndarray, shape (rows * strip, K), uint8, with K columns of traces and ``strip`` about 0.144 K
    """
    inked = straightened(inked)
    height, width = inked.shape
    strip = max(2, round(STRIP_SHARE * width))
    found = find_rows(inked)
    out = np.zeros((rows, strip, width), dtype=np.uint8)
    for place, baseline in enumerate(choose_rows(found, rows, height)):
        if baseline is None:
            continue
        low, high = _bounds(baseline, found, strip, height)
        start = baseline - strip // 2
        out[place, low - start : high - start] = inked[low:high]
    return out.reshape(rows * strip, width)


def _bounds(baseline: int, found: tuple[int, ...], strip: int, height: int) -> tuple[int, int]:
    """First and last row (exclusive) that belong to a baseline, inside its strip and the page."""
    above = [other for other in found if other < baseline]
    below = [other for other in found if other > baseline]
    low = baseline - round(_REACH * (baseline - above[-1])) if above else 0
    high = baseline + round(_REACH * (below[0] - baseline)) if below else height
    start = baseline - strip // 2
    return max(low, start, 0), min(high, start + strip, height)
