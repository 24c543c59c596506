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
MISS_COST = 1.35
AWAY_COST = 0.004
ANEW_MM = 20.0
"""A lead that follows another may start this far from the baseline: in the midst of a QRS."""
SHARED_MM = 1.5
"""Two rows' traces do not lie in the same ink for longer."""
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
    paths = _paths(_cheapest(top, bottom, base, px_per_mm, breaks), top, bottom)
    taken = _taken(paths, base, round(SHARED_MM * px_per_mm[1]))
    again = [i for i, columns_taken in enumerate(taken) if columns_taken.any()]
    if again:
        for i in again:
            _forbid(top[i], paths[i], taken[i])
        new = _cheapest(top[again], bottom[again], base[again], px_per_mm, breaks[again])
        for i, path in zip(again, _paths(new, top[again], bottom[again]), strict=True):
            paths[i] = path
    return paths


def _paths(
    picked: NDArray[np.int32], top: NDArray[np.int32], bottom: NDArray[np.int32]
) -> list[Path]:
    """First and last inked row of the choices taken, row by row."""
    real = picked < CHOICES
    safe = np.where(real, picked, 0)[..., None]
    first = np.where(real, np.take_along_axis(top, safe, axis=2)[..., 0], -1)
    last = np.where(real, np.take_along_axis(bottom, safe, axis=2)[..., 0], -1)
    return [Path(a.astype(np.int32), b.astype(np.int32)) for a, b in zip(first, last, strict=True)]


def _taken(paths: Sequence[Path], base: Array, least: int) -> list[NDArray[np.bool_]]:
    """Columns in which each path runs, for ``least`` columns or more, in another row's trace.

    Traces cross and touch for a moment only; where two run in the same ink it belongs to the row
    whose baseline lies nearer.
    """
    out = [np.zeros(len(path.top), bool) for path in paths]
    for i, path in enumerate(paths):
        for j in range(i):
            other = paths[j]
            same = path.there & (path.top == other.top) & (path.bottom == other.bottom)
            edges = np.flatnonzero(np.diff(np.concatenate([[0], same.astype(np.int8), [0]])))
            for start, end in zip(edges[::2], edges[1::2], strict=True):
                if end - start < least:
                    continue
                middle = float(np.median((path.top + path.bottom)[start:end])) / 2
                loser = i if abs(middle - base[i]) > abs(middle - base[j]) else j
                out[loser][start:end] = True
    return out


def _forbid(top: NDArray[np.int32], path: Path, columns: NDArray[np.bool_]) -> None:
    """Take the path's runs out of the choices, shape (column, choice), in some columns."""
    mine = columns[:, None] & (top == path.top[:, None])
    top[mine] = -1


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
