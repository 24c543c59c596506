"""Follow each row's trace from left to right: the cheapest path over runs of ink.

Dynamic programming: in every column the path takes one run or passes through empty paper.
Vertical gaps between neighbouring columns cost, missing ink costs, and distance from the row's
baseline costs a little, so that crossing traces and lettering are passed by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.rows import Row
from ecgpage.digitise.runs import Runs

Array = NDArray[np.float64]
CHOICES = 6
FRESH = CHOICES + 1
GAP_COST = 1.0
MISS_COST = 1.2
AWAY_COST = 0.004
ANEW_MM = 20.0
"""A lead that follows another may start this far from the baseline: in the midst of a QRS."""
START_MM = 6.0
"""A trace may start anywhere this near to its baseline."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One row's path: first and last inked row of each column of the sheet, -1 where none."""

    top: NDArray[np.int32]
    bottom: NDArray[np.int32]

    @property
    def there(self) -> NDArray[np.bool_]:
        """Columns in which the path has ink."""
        return np.asarray(self.top >= 0)


def follow_rows(
    runs: Runs,
    rows: Sequence[Row],
    columns: int,
    px_per_mm: tuple[float, float],
    breaks: NDArray[np.bool_] | None = None,
) -> list[Path]:
    """A :class:`Path` for each row.

    ``breaks``, shape (row, column), is True in the first column of another lead: its trace may
    start at any height.
    """
    bands = [
        _choices(runs, row, reach, columns)
        for row, reach in zip(rows, _reaches(rows, px_per_mm), strict=True)
    ]
    top = np.stack([b[0] for b in bands])
    bottom = np.stack([b[1] for b in bands])
    base = np.array([row.baseline_px for row in rows])
    if breaks is None:
        breaks = np.zeros((len(rows), columns), bool)
    picked = _cheapest(top, bottom, base, px_per_mm, breaks)
    index = np.arange(columns)
    paths = []
    for i in range(len(rows)):
        taken = picked[i]
        real = taken < CHOICES
        safe = np.where(real, taken, 0)
        paths.append(
            Path(
                np.where(real, top[i, index, safe], -1).astype(np.int32),
                np.where(real, bottom[i, index, safe], -1).astype(np.int32),
            )
        )
    return paths


def _reaches(rows: Sequence[Row], px_per_mm: tuple[float, float]) -> list[tuple[float, float]]:
    """How far each trace may go up and down, in pixels: past the neighbouring baselines."""
    out = []
    for i, row in enumerate(rows):
        up = row.baseline_px - rows[i - 1].baseline_px if i else 40 * px_per_mm[0]
        down = rows[i + 1].baseline_px - row.baseline_px if i + 1 < len(rows) else 40 * px_per_mm[0]
        out.append((1.15 * up, 1.15 * down))
    return out


def _choices(
    runs: Runs, row: Row, reach: tuple[float, float], columns: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The runs nearest to the baseline, (column, choice); -1 where there are fewer."""
    base = row.baseline_px
    away = np.maximum(np.maximum(runs.top - base, base - runs.bottom), 0)
    near = (runs.bottom > base - reach[0]) & (runs.top < base + reach[1])
    column, top, bottom, away = (a[near] for a in (runs.column, runs.top, runs.bottom, away))
    order = np.lexsort((away, column))
    column, top, bottom = column[order], top[order], bottom[order]
    first = np.searchsorted(column, np.arange(columns))
    rank = np.arange(len(column)) - first[column] if len(column) else column
    keep = rank < CHOICES
    tops = np.full((columns, CHOICES), -1, np.int32)
    bottoms = np.full((columns, CHOICES), -1, np.int32)
    tops[column[keep], rank[keep]] = top[keep]
    bottoms[column[keep], rank[keep]] = bottom[keep]
    return tops, bottoms


def _cheapest(
    top: NDArray[np.int32],
    bottom: NDArray[np.int32],
    base: Array,
    px_per_mm: tuple[float, float],
    breaks: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Choice taken in each column, shape (row, column); ``CHOICES`` or more means none.

    Two states have no ink: one that remembers where the trace was last, and a fresh one that a
    path enters where a new lead begins.
    """
    count, columns, _ = top.shape
    unit = px_per_mm[0]
    miss = MISS_COST / px_per_mm[1]
    there = top >= 0
    away = np.maximum(np.maximum(top - base[:, None, None], base[:, None, None] - bottom), 0) / unit
    own = np.where(there, AWAY_COST * away, 1e6)
    low = np.zeros((count, CHOICES + 2))
    high = low.copy()
    low[:, CHOICES] = base - START_MM * unit
    high[:, CHOICES] = base + START_MM * unit
    low[:, FRESH], high[:, FRESH] = base - ANEW_MM * unit, base + ANEW_MM * unit
    cost = np.zeros((count, CHOICES + 2))
    cost[:, :CHOICES] = cost[:, FRESH] = 1e6
    back = np.zeros((columns, count, CHOICES + 2), np.int8)
    rows = np.arange(count)
    gap_cost = np.where(breaks, 0.0, GAP_COST / unit)
    for c in range(columns):
        t, b = top[:, c], bottom[:, c]
        gap = np.maximum(t[:, :, None] - high[:, None, :] - 1, low[:, None, :] - b[:, :, None] - 1)
        step = cost[:, None, :] + gap_cost[:, c, None, None] * np.maximum(gap, 0.0)
        came = step.argmin(axis=2)
        best = step.min(axis=2) + own[:, c]
        ghost = cost[:, :FRESH].argmin(axis=1)
        back[c, :, :CHOICES] = came
        back[c, :, CHOICES] = ghost
        fresh = np.where(breaks[:, c], cost.argmin(axis=1), FRESH)
        back[c, :, FRESH] = fresh
        low[:, CHOICES], high[:, CHOICES] = low[rows, ghost], high[rows, ghost]
        low[:, :CHOICES], high[:, :CHOICES] = t, b
        cost = np.concatenate(
            [best, cost[rows, ghost, None] + miss, cost[rows, fresh, None] + miss], axis=1
        )
        cost -= cost.min(axis=1, keepdims=True)
    picked = np.zeros((count, columns), np.int32)
    state = cost.argmin(axis=1)
    for c in range(columns - 1, -1, -1):
        picked[:, c] = state
        state = back[c, rows, state]
    return picked
