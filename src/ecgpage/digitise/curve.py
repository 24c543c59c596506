"""From what each column shows to one curve: flanks, turning points and flat stretches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from ecgpage.digitise.line import Line

Array = NDArray[np.float64]
STEEP_PX = 0.8


def curve_knots(line: Line, left: int, right: int) -> tuple[Array, Array]:
    """Knots (column, row) of the curve between two columns, gaps bridged straight.

    On a flank the line enters a column at one end of its run and leaves at the other, so the
    height at the border of two columns is known; in a column that turns, the far end of the
    run is the turning point. Flat columns give their centre.
    """
    columns = np.arange(left, right + 1)
    there = np.isfinite(line.centre[left : right + 1])
    if there.sum() < 2:
        return np.zeros(0), np.zeros(0)
    fill = lambda a: np.interp(columns, columns[there], a[left : right + 1][there])  # noqa: E731
    centre, high, low = fill(line.centre), fill(line.high), fill(line.low)
    span = low - high
    before, after = np.roll(centre, 1), np.roll(centre, -1)
    before[0], after[-1] = centre[0], centre[-1]
    steep = span > STEEP_PX
    peak = steep & (before > centre) & (after > centre)
    pit = steep & (before < centre) & (after < centre)
    middle = np.where(peak, high, np.where(pit, low, np.where(steep, (high + low) / 2, centre)))
    falling = steep & ~peak & ~pit & (after > before)
    rising = steep & ~peak & ~pit & (after <= before)
    leave = np.where(falling, low, np.where(rising, high, np.nan))
    enter = np.where(falling, high, np.where(rising, low, np.nan))
    border = np.nanmean(np.stack([leave[:-1], enter[1:]]), axis=0) if len(columns) > 1 else leave
    x = np.concatenate([columns.astype(float), columns[:-1] + 0.5])
    y = np.concatenate([middle, border])
    good = np.isfinite(y)
    order = np.argsort(x[good])
    return x[good][order], y[good][order]


def sample_curve(x: Array, y: Array, at: Array) -> Array:
    """Height of the curve at columns ``at``; NaN outside its ends."""
    if len(x) < 2:
        return np.full(len(at), np.nan)
    out = PchipInterpolator(x, y, extrapolate=False)(at)
    return np.asarray(out, dtype=np.float64)
