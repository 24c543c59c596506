"""Tell the gain by how high the traces are on paper, where no pulse and no print does.

Heights are those of the line's own highest and lowest points: the mean of a column blunts narrow
peaks, the more the higher they are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.extents import TracedRow

Array = NDArray[np.float64]
PARTS = 4
"""Each row counts by its quarters, as there may be four leads in it."""
LEAST_SEEN = 0.8
OUTERMOST = 0.0025
"""Share of a quarter's columns that are left out at the top and at the bottom each: 1.6 of 625."""
AMPLITUDE, AMPLITUDE_SPREAD = 0.09, 0.25
"""Mean and standard deviation of the log height (mV) of quarters, mean over a page, the outermost
tenths held in: 187 renders of PTB-XL as read, plain and distorted (0.15, 0.06 and 0.14 at 5, 10
and 20 mm/mV). Were nothing else known, 0.87 of their gains would be told rightly, and 0.83 by the
columns' means."""
HELD_IN = (0.1, 0.9)
AMPLITUDE_OUTLIERS, OUTLIER_RANGE = 0.05, 2.5
"""Share of pages of which heights say nothing, and the range (natural logarithm) of these."""
LEAST_MM = 0.01


def heights_mm(rows: Sequence[TracedRow], px_per_mm: float) -> Array:
    """How high each quarter of each row is on paper, from its lowest to its highest points."""
    found = []
    for row in rows:
        for part in np.array_split(np.arange(int(row.left_px), int(row.right_px) + 1), PARTS):
            high, low = row.line.high[part], row.line.low[part]
            seen = np.isfinite(high) & np.isfinite(low)
            if seen.sum() > LEAST_SEEN * len(part):
                top = np.quantile(high[seen], OUTERMOST)
                found.append(float(np.quantile(low[seen], 1.0 - OUTERMOST) - top) / px_per_mm)
    return np.array(found)


def log_likelihood_of_gain(heights_mm: Array, gain_mm_per_mv: float) -> float:
    """How well the traces' heights fit hearts, were this the gain; 0 where none was seen."""
    if heights_mm.size == 0:
        return 0.0
    logs = np.log(np.maximum(heights_mm, LEAST_MM) / gain_mm_per_mv)
    height = float(np.clip(logs, *np.quantile(logs, HELD_IN)).mean())
    off = (height - AMPLITUDE) / AMPLITUDE_SPREAD
    usual = float(np.exp(-0.5 * off**2)) / (AMPLITUDE_SPREAD * np.sqrt(2 * np.pi))
    return float(np.log((1 - AMPLITUDE_OUTLIERS) * usual + AMPLITUDE_OUTLIERS / OUTLIER_RANGE))
