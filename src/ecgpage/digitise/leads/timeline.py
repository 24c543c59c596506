"""Each row's signal along the time axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.curve import curve_knots, mean_knots, sample_curve
from ecgpage.digitise.tracing.extents import TracedRow

Array = NDArray[np.float64]


def row_curve(
    row: TracedRow,
    columns: Array,
    exact: bool = True,
    points: tuple[float, float] | None = None,
) -> tuple[Array, Array]:
    """Knots (column, row) of the row's curve between the first and the last of the columns.

    Without ``exact`` steep flanks are read from each column's mean height: quick, and good
    enough to tell leads apart. ``points``: as in
    :func:`ecgpage.digitise.tracing.curve.curve_knots`.
    """
    last = len(row.line.centre) - 1
    left = int(np.clip(np.ceil(columns[0]), 0, last))
    right = int(np.clip(np.floor(columns[-1]), 0, last))
    if not exact:
        return mean_knots(row.line, left, right)
    return curve_knots(row.line, left, right, points)


def row_signal(
    row: TracedRow,
    columns: Array,
    px_per_mm: float,
    gain_mm_per_mv: float,
    level: Array | None = None,
) -> Array:
    """The row in mV at fractional columns of the sheet, its median at 0; NaN where unseen.

    ``level``: the curve's heights there where they are known, else quickly read ones.
    """
    if level is None:
        level = sample_curve(*row_curve(row, columns, exact=False), columns)
    if not np.isfinite(level).any():
        return level
    level = np.where(_in_gap(row, columns), np.nan, level)
    level = _beyond_pulse(row, columns, level)
    zero = float(np.nanmedian(level))
    return -(level - zero) / px_per_mm / gain_mm_per_mv


def _in_gap(row: TracedRow, columns: Array, widest: int = 12) -> NDArray[np.bool_]:
    """Columns inside gaps of the ink that are too wide to be bridged."""
    there = np.isfinite(row.line.centre)
    at = np.arange(len(there))
    before = np.maximum.accumulate(np.where(there, at, -1))
    after = np.minimum.accumulate(np.where(there, at, len(there) + widest)[::-1])[::-1]
    wide = (after - before > widest) & ~there
    index = np.clip(np.round(columns).astype(int), 0, len(there) - 1)
    return np.asarray(wide[index])


def _beyond_pulse(row: TracedRow, columns: Array, level: Array) -> Array:
    """The few columns under the pulse's edge take the height of the trace beside it."""
    if row.pulse is None:
        return level
    edge = 1.5 * row.line.thickness
    if row.pulse.at_start:
        hidden = columns < row.pulse.right_px + edge
        beside = np.flatnonzero(~hidden)[:1]
    else:
        hidden = columns > row.pulse.left_px - edge
        beside = np.flatnonzero(~hidden)[-1:]
    if hidden.mean() > 0.05 or beside.size == 0:
        return level
    return np.where(hidden, level[beside[0]], level)
