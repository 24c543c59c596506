"""Follow each row's trace from left to right: the cheapest path over runs of ink.

Dynamic programming: in every column the path takes one run or passes through empty paper.
Vertical gaps between neighbouring columns cost, missing ink costs, and distance from the row's
baseline costs a little, so that crossing traces and lettering are passed by. Upright strokes pay:
a path that passes below a peak, through scraps in the slit between its flanks, leaves ink
unexplained. Rows that claim the same upright stroke are asked which can do without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.cheapest import CHOICES, NEVER, Steps, cheapest
from ecgpage.digitise.tracing.owners import settle_owners
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import Runs

Array = NDArray[np.float64]
SKIP_MM = 0.5
"""A path may come from ink a few columns before, at this distance in height: over holes that
print or grid have left."""
GAP_COST = 1.0
HIDDEN_GAP = 0.15
"""Share of its cost that a leap costs beside strokes that were taken out and hid the trace."""
MISS_COST = 1.35
AWAY_COST, AWAY_MM = 0.034, 30.0
"""Leaping 1 mm, passing 1 mm without ink, and running 1 mm at a distance of 1 mm, no more
beyond the last distance: a trace that drifts is still better than none."""
PRINT_COST = 0.4
"""What 1 mm through a printed word costs: the trace may run there, but no path looks for it."""
UNLIKE_COST, UNLIKE_MM = 0.4, (0.5, 3.0)
"""What 1 mm costs at a distance of 1 mm from where the trace is expected: nothing within the first
distance, no more beyond the second."""
TALL_GAIN, TALL_MOST, LEVEL_PENS = 0.085, 20.0, 2.0
"""What 1 mm through runs of ink is worth for each pen that they are taller than two."""
ANEW_MM = 20.0
"""A lead that follows another may start this far from the baseline: in the midst of a QRS."""
YIELD_SHARE = 0.5
"""A row yields upright ink to another if its own other way costs less than this share of the gain:
strokes that run into each other leave ink enough for both."""
REACH = 1.15
"""How far a trace may leave its baseline, in distances from row to row."""
START_MM = 6.0
"""A trace may start anywhere this near to its baseline."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One row's path: first and last inked row of each column of the sheet, -1 where none.

    ``buried``, shape (2, columns), is True where its upper or its lower border lies in other
    rows' ink.
    """

    top: NDArray[np.int32]
    bottom: NDArray[np.int32]
    buried: NDArray[np.bool_] | None = None

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
    hidden: NDArray[np.bool_] | None = None,
    printed: NDArray[np.bool_] | None = None,
    expected: Array | None = None,
) -> list[Path]:
    """A :class:`Path` for each row.

    ``breaks``, shape (row, column), is True in the first column of another lead: its trace may
    start at any height. Only where that is known do paths cross holes without a thought: one
    lead's end and the next one's start may lie at the same height. ``hidden`` is True where ink
    was taken out that lay over the trace.
    ``printed``: which runs lie wholly in a printed word's place: nothing there is worth a climb.
    ``expected``: borders between which each trace should be, (2, row, column), NaN where unknown;
    ink elsewhere costs more, and upright ink is worth no more than what lies between them.
    """
    bands = [
        _choices(
            runs,
            row,
            reach,
            columns,
            px_per_mm,
            printed,
            None if expected is None else expected[:, i],
        )
        for i, (row, reach) in enumerate(zip(rows, _reaches(rows, px_per_mm), strict=True))
    ]
    top = np.stack([b[0] for b in bands])
    bottom = np.stack([b[1] for b in bands])
    own = np.stack([b[2] for b in bands])
    base = np.array([row.baseline_px for row in rows])
    holes = breaks is not None
    if breaks is None:
        breaks = np.zeros((len(rows), columns), bool)
    if hidden is None:
        hidden = np.zeros_like(breaks)
    steps = _steps(top, bottom, own, base, px_per_mm, breaks, hidden)
    skip_px = SKIP_MM * px_per_mm[0] if holes else -1.0
    picked, spent = cheapest(steps, skip_px)
    picked, spent = settle_owners(
        steps, skip_px, picked, spent, LEVEL_PENS * runs.pen_px, px_per_mm[1]
    )
    paths = _paths(picked, top, bottom)
    meetings = _meetings(paths, px_per_mm, runs.pen_px)
    if not meetings:
        return paths
    top = top.copy()
    again = sorted({i for m in meetings for i in m.rows})
    for m in meetings:
        for i in m.rows:
            part = slice(m.first, m.last)
            mine = top[i, part] == paths[i].top[part, None]
            top[i, part][mine] = -1
    other, dearer = cheapest(replace(steps, top=top).of(again), skip_px)
    others = dict(zip(again, _paths(other, top[again], bottom[again]), strict=True))
    extra = {i: dearer[k] - spent[i] for k, i in enumerate(again)}
    for i, (first, last) in _losers(meetings, paths, others, extra):
        path, new = paths[i], others[i]
        path.top[first:last] = new.top[first:last]
        path.bottom[first:last] = new.bottom[first:last]
    return paths


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two rows' paths in the same upright ink, columns ``first`` to ``last - 1``.

    ``gain``: what that ink is worth to one of them.
    """

    rows: tuple[int, int]
    first: int
    last: int
    gain: float


def _meetings(
    paths: Sequence[Path], px_per_mm: tuple[float, float], pen_px: float
) -> list[Meeting]:
    """Where two paths run in the same tall stroke."""
    out = []
    for i, path in enumerate(paths):
        for j in range(i):
            other = paths[j]
            same = path.there & (path.top == other.top) & (path.bottom == other.bottom)
            edges = np.flatnonzero(np.diff(np.concatenate([[0], same.astype(np.int8), [0]])))
            for start, end in zip(edges[::2], edges[1::2], strict=True):
                pens = (path.bottom - path.top + 1)[start:end] / pen_px
                gain = float(_tall_gain(pens).sum()) / px_per_mm[1]
                if gain > 0:
                    out.append(Meeting((j, i), int(start), int(end), gain))
    return out


def _losers(
    meetings: Sequence[Meeting],
    paths: Sequence[Path],
    others: dict[int, Path],
    extra: dict[int, Array],
) -> list[tuple[int, tuple[int, int]]]:
    """Which row yields where: the one to which another way costs less.

    Ink is worth its gain to one row only: both keep it where another way costs either more.
    """
    out = []
    for m in meetings:
        ways = []
        for i in m.rows:
            differ = paths[i].top != others[i].top
            same = np.flatnonzero(~differ[: m.first])
            first = int(same[-1]) + 1 if same.size else 0
            same = np.flatnonzero(~differ[m.last :])
            last = m.last + int(same[0]) if same.size else len(differ)
            end = extra[i][min(last, len(differ) - 1)]
            ways.append((end - (extra[i][first - 1] if first else 0.0), i, (first, last)))
        cost, i, part = min(ways)
        if cost < YIELD_SHARE * m.gain:
            out.append((i, part))
    return out


def _tall_gain(pens: Array) -> Array:
    """What it is worth to pass through ink that is so many pens tall."""
    return TALL_GAIN * np.clip(pens - LEVEL_PENS, 0.0, TALL_MOST)


def _paths(
    picked: NDArray[np.int32], top: NDArray[np.int32], bottom: NDArray[np.int32]
) -> list[Path]:
    """First and last inked row of the choices taken, row by row."""
    real = picked < CHOICES
    safe = np.where(real, picked, 0)[..., None]
    first = np.where(real, np.take_along_axis(top, safe, axis=2)[..., 0], -1)
    last = np.where(real, np.take_along_axis(bottom, safe, axis=2)[..., 0], -1)
    return [Path(a.astype(np.int32), b.astype(np.int32)) for a, b in zip(first, last, strict=True)]


def _reaches(rows: Sequence[Row], px_per_mm: tuple[float, float]) -> list[tuple[float, float]]:
    """How far each trace may go up and down, in pixels: past the neighbouring baselines."""
    out = []
    for i, row in enumerate(rows):
        up = row.baseline_px - rows[i - 1].baseline_px if i else 40 * px_per_mm[0]
        down = rows[i + 1].baseline_px - row.baseline_px if i + 1 < len(rows) else 40 * px_per_mm[0]
        out.append((REACH * up, REACH * down))
    return out


def _choices(
    runs: Runs,
    row: Row,
    reach: tuple[float, float],
    columns: int,
    px_per_mm: tuple[float, float],
    printed: NDArray[np.bool_] | None,
    expected: Array | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int32], Array]:
    """The runs nearest to the baseline, and what each costs, (column, choice); -1 without a run."""
    base = row.baseline_px
    away = np.maximum(np.maximum(runs.top - base, base - runs.bottom), 0)
    near = (runs.bottom > base - reach[0]) & (runs.top < base + reach[1])
    pens = runs.mass / runs.pen_px
    if printed is not None:
        pens = np.where(printed, 0.0, pens)
    unlike = np.zeros(len(away))
    if expected is not None:
        unlike, most = _against(runs, expected, px_per_mm[0])
        pens = np.minimum(pens, most)
    column, top, bottom = runs.column[near], runs.top[near], runs.bottom[near]
    away, pens, gap = away[near], pens[near], runs.gap[near]
    order = np.lexsort((away, column))
    column, top, bottom, away = column[order], top[order], bottom[order], away[order]
    worth = AWAY_COST * np.minimum(away / px_per_mm[0], AWAY_MM) - _tall_gain(pens[order])
    if printed is not None:
        worth += np.where(printed[near][order], PRINT_COST, 0.0)
    worth += unlike[near][order]
    cost = worth / px_per_mm[1] + GAP_COST * gap[order] / px_per_mm[0]
    first = np.searchsorted(column, np.arange(columns))
    rank = np.arange(len(column)) - first[column] if len(column) else column
    keep = rank < CHOICES
    tops = np.full((columns, CHOICES), -1, np.int32)
    bottoms = np.full((columns, CHOICES), -1, np.int32)
    own = np.full((columns, CHOICES), NEVER)
    tops[column[keep], rank[keep]] = top[keep]
    bottoms[column[keep], rank[keep]] = bottom[keep]
    own[column[keep], rank[keep]] = cost[keep]
    return tops, bottoms, own


def _against(runs: Runs, expected: Array, px_per_mm: float) -> tuple[Array, Array]:
    """What runs cost where the trace is expected elsewhere, and how many pens they can be its own.

    ``expected``: the borders between which it should be, (2, column).
    """
    upper, lower = expected[:, runs.column]
    known = np.isfinite(upper)
    apart = np.maximum(np.maximum(runs.top - lower, upper - runs.bottom), 0.0) / px_per_mm
    cost = UNLIKE_COST * np.clip(apart - UNLIKE_MM[0], 0.0, UNLIKE_MM[1])
    own = np.minimum(runs.bottom, lower) - np.maximum(runs.top, upper) + 1
    most = (np.maximum(own, 0.0) + 2 * UNLIKE_MM[0] * px_per_mm) / runs.pen_px
    return np.where(known, cost, 0.0), np.where(known, most, np.inf)


def _steps(
    top: NDArray[np.int32],
    bottom: NDArray[np.int32],
    own: Array,
    base: Array,
    px_per_mm: tuple[float, float],
    breaks: NDArray[np.bool_],
    hidden: NDArray[np.bool_],
) -> Steps:
    """What the rows' ways are made of."""
    unit = px_per_mm[0]
    beside = hidden.copy()
    beside[:, 1:] |= hidden[:, :-1]
    return Steps(
        top,
        bottom,
        own,
        miss=np.where(hidden, 0.0, MISS_COST / px_per_mm[1]),
        price=np.where(breaks, 0.0, np.where(beside, HIDDEN_GAP, 1.0) * GAP_COST / unit),
        anew=np.stack([base - ANEW_MM * unit, base + ANEW_MM * unit], axis=1),
        start=np.stack([base - START_MM * unit, base + START_MM * unit], axis=1),
        breaks=breaks,
    )
