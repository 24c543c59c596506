"""Tell the gain by how large the traces are on paper, where no pulse and no print does.

How high a trace is from its lowest to its highest points is the first thing that says so, and one
that ectopic beats, large hearts and thin people change. How far it lies from its own level most of
the time, and how fast it moves there and in QRS complexes, are other things, and together they are
more alike from heart to heart. Each is proportional to the gain, so what is sought is the sum of
their logarithms, with weights of sum one, that varies least.

Heights are those of the line's own highest and lowest points: the mean of a column blunts narrow
peaks, the more the higher they are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ecgpage.digitise.tracing.extents import TracedRow

Array = NDArray[np.float64]
PARTS = 4
"""Each row counts by its quarters, as there may be four leads in it."""
LEAST_SEEN = 0.8
OUTERMOST = 0.0025
"""Share of a quarter's columns that are left out at the top and at the bottom each: 1.6 of 625."""
MIDDLE = (0.25, 0.75)
"""Quantiles between which a trace is most of the time."""
SLOPES = (0.99, 0.9, 0.5)
"""Quantiles of how fast it moves: in QRS complexes, in T waves and between them."""
SMOOTH_S, LEVEL_S = 0.02, 0.6
"""Standard deviations over which it is smoothed first, and over which its level is taken."""
WEIGHTS = np.array([0.45, 0.15, 0.2, -0.2, 0.4])
"""Of height, middle and slopes: those with which the sum varies least, about, over 160 renders of
PTB-XL as read, plain and distorted."""
SIZE, SIZE_SPREAD = -0.38, 0.24
"""Mean and standard deviation of the sum (mV, mV/s), mean over a page's quarters, the outermost
tenths held in. Were nothing else known, 141 of those 160 gains would be told rightly, and 132
by the height alone; of 80 other renders 72 and 63, and of 62 scans, photos and other pages at
10 mm/mV 53 and 51."""
HELD_IN = (0.1, 0.9)
OUTLIERS, OUTLIER_RANGE = 0.05, 2.5
"""Share of pages of which sizes say nothing, and the range (natural logarithm) of these."""
LEAST_MM, LEAST_MM_PER_S = 0.02, 0.1


def sizes(rows: Sequence[TracedRow], px_per_mm: float, px_per_s: float) -> Array:
    """How large each quarter of each row is on paper: logarithms, mm and mm/s weighed together."""
    found = []
    for row in rows:
        for part in np.array_split(np.arange(int(row.left_px), int(row.right_px) + 1), PARTS):
            high, low, centre = row.line.high[part], row.line.low[part], row.line.centre[part]
            seen = np.isfinite(high) & np.isfinite(low) & np.isfinite(centre)
            if len(part) > 1 and seen.sum() > LEAST_SEEN * len(part):
                tall = np.quantile(low[seen], 1 - OUTERMOST) - np.quantile(high[seen], OUTERMOST)
                all_along = np.interp(np.arange(len(part)), np.flatnonzero(seen), centre[seen])
                middle, slopes = _moves(all_along / px_per_mm, px_per_s)
                lengths = np.maximum([tall / px_per_mm, middle], LEAST_MM)
                speeds = np.maximum(slopes, LEAST_MM_PER_S)
                found.append(float(WEIGHTS @ np.log(np.concatenate([lengths, speeds]))))
    return np.array(found)


def _moves(trace_mm: Array, px_per_s: float) -> tuple[float, Array]:
    """How far a trace is from its level most of the time (mm), and how fast it moves (mm/s)."""
    off = trace_mm - gaussian_filter1d(trace_mm, LEVEL_S * px_per_s, mode="nearest")
    slope = np.abs(np.gradient(gaussian_filter1d(trace_mm, SMOOTH_S * px_per_s))) * px_per_s
    low, high = np.quantile(off, MIDDLE)
    return float(high - low), np.quantile(slope, SLOPES)


def log_likelihood_of_gain(sizes: Array, gain_mm_per_mv: float) -> float:
    """How well the traces' sizes fit hearts, were this the gain; 0 where none was seen."""
    if sizes.size == 0:
        return 0.0
    size = float(np.clip(sizes, *np.quantile(sizes, HELD_IN)).mean()) - np.log(gain_mm_per_mv)
    off = (size - SIZE) / SIZE_SPREAD
    usual = float(np.exp(-0.5 * off**2)) / (SIZE_SPREAD * np.sqrt(2 * np.pi))
    return float(np.log((1 - OUTLIERS) * usual + OUTLIERS / OUTLIER_RANGE))
