"""Columns in which as many level lines lie one below the other as there are rows.

Between beats traces run level and apart. Where all are seen, at heights at which they are seen
around as well, and each near its own row's baseline, there is no question which is which; a path
that came out of a tangle of QRS complexes on another row's line is led back there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import Runs

Array = NDArray[np.float64]
LEVEL_PENS = 2.0
"""Ink no taller than so many pens is level."""
BLOCK_MM, AROUND_BLOCKS = 5.0, 5
"""Heights at which lines are seen around: medians of blocks so wide, so many to either side."""
STEADY_SHARE, OWN_SHARE, OWN_ROWS = 0.2, 0.5, 0.8
"""Shares of the rows' distance: a line and its neighbours are no further than the first from their
heights around, and the last share of all lines no further than the second from its baseline."""
LEAST_BLOCK = 3
"""Columns in which all lines are seen that a block must have."""


def find_gates(
    runs: Runs,
    rows: Sequence[Row],
    columns: int,
    px_per_mm: float,
    printed: NDArray[np.bool_] | None = None,
) -> Array | None:
    """Top and bottom of the lines that are surely each row's, (2, row, column), NaN elsewhere.

    ``printed``: runs that lie in printed words. None where no column has them all.
    """
    count = len(rows)
    if count < 2:
        return None
    base = np.array([row.baseline_px for row in rows])
    pitch = float(np.median(np.diff(base)))
    near = (runs.bottom > base[0] - pitch) & (runs.top < base[-1] + pitch)
    if printed is not None:
        near &= ~printed
    column, top, bottom = runs.column[near], runs.top[near], runs.bottom[near]
    thin = bottom - top + 1 <= LEVEL_PENS * runs.pen_px
    every = np.bincount(column, minlength=columns)
    level = np.bincount(column[thin], minlength=columns)
    full = (every == count) & (level == count)
    if not full.any():
        return None
    order = np.lexsort((top, column))
    order = order[full[column[order]]]
    at = np.flatnonzero(full)
    tops = top[order].reshape(len(at), count).T
    bottoms = bottom[order].reshape(len(at), count).T
    return _steady(at, tops, bottoms, base, pitch, columns, round(BLOCK_MM * px_per_mm))


def _steady(
    at: NDArray[np.int64], tops: NDArray[np.int32], bottoms: NDArray[np.int32],
    base: Array, pitch: float, columns: int, wide: int,
) -> Array | None:  # fmt: skip
    """Lines that lie, as their neighbours do, where they lie around."""
    middle = (tops + bottoms) / 2.0
    block = at // wide
    first = int(block[0])
    usual = np.full((len(base), int(block[-1]) - first + 1), np.nan)
    for k in range(usual.shape[1]):
        mine = block == k + first
        if mine.sum() >= LEAST_BLOCK:
            usual[:, k] = np.median(middle[:, mine], axis=1)
    around = np.full_like(usual, np.nan)
    for k in range(usual.shape[1]):
        part = usual[:, max(0, k - AROUND_BLOCKS) : k + AROUND_BLOCKS + 1]
        part = part[:, np.isfinite(part[0])]
        if part.shape[1]:
            around[:, k] = np.median(part, axis=1)
    here = around[:, block - first]
    steady = np.abs(middle - here) < STEADY_SHARE * pitch
    own = np.abs(middle - base[:, None]) < OWN_SHARE * pitch
    beside = np.pad(steady, ((1, 1), (0, 0)), constant_values=True)
    good = steady & beside[:-2] & beside[2:] & (own.mean(axis=0) >= OWN_ROWS)
    if not good.any():
        return None
    out = np.full((2, len(base), columns), np.nan)
    out[0][:, at] = np.where(good, tops, np.nan)
    out[1][:, at] = np.where(good, bottoms, np.nan)
    return out
