"""The rows and columns that printed lead names stand in: a layout read from print alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ecgpage.digitise.layout.layouts import CHEST, LAYOUTS, Layout
from ecgpage.digitise.layout.names import Name

DOWN_MM = 3.0
DOWN_SHARE = 0.4
ACROSS_MM = 5.0
"""Names of one row, or of one column, lie this near to a line, and within this share of the rows'
distance."""
LEAST_PITCH_MM = 4.5
"""Rows of traces are no nearer to each other."""
MUCH_BETTER = 1.5
"""Names (sum of scores) that rows at uneven distances must have more than evenly spaced ones."""
MOST_STRIPS = 3
SURE_STRIP = 0.5
"""A name below the last row that was read less surely than this makes no rhythm strip, unless a
surer one stands a row below it."""
SPARE = 0.4
"""Share of a column's width that pulses and scraps may add to the rows."""
LEAST_SUPPORT = 4.0
"""Names (sum of their scores) that must stand in rows and columns before print is believed."""
MANY_PLACES, LESS_SUPPORT = 8, 3.0
"""Where so many leads have something like their name at their place, less is enough: letters that
touch traces are read badly, but hardly stand in a row by chance."""


LEAST_OTHER = 0.15
"""A name is also tried as each other lead that it was read as so surely."""
KIN = 0.5
"""Share of its score that a chest lead's name is worth at another chest lead's place: letters that
touch traces are told from a numeral more surely than V1 is from V5."""
ROUNDING = 1e-9
"""Scores are added up in another order to see whether they can be enough."""
ANCHORS = 40
"""Grids are laid through pairs of the names that were read most surely."""


@dataclass(frozen=True, slots=True)
class NameGrid:
    """Where names stand: ``down_mm`` of each upper row, ``across_mm`` of each column.

    ``support``: sum of the scores of the names that stand there; ``wrong``: of those elsewhere;
    ``strips_mm``: where more names stand below the first column, row by row.
    """

    layout: Layout
    down_mm: tuple[float, ...]
    across_mm: tuple[float, ...]
    support: float
    wrong: float
    strips_mm: tuple[float, ...]


def columns_of(grid: NameGrid, ends_mm: tuple[float, float]) -> int:
    """How many columns as wide as the names' own the rows have room for."""
    across = grid.across_mm
    if len(across) < 2:
        return grid.layout.columns
    pitch = (across[-1] - across[0]) / (len(across) - 1)
    room = (ends_mm[1] - max(ends_mm[0], across[0] - SPARE * pitch)) / pitch
    return max(grid.layout.columns, int(room + 1.0 - SPARE))


def read_grid(names: Sequence[Name]) -> NameGrid | None:
    """The arrangement that most names stand in; None where too few do.

    Where too few do as they were read, each is also tried as what else it may be.
    """
    kin = [other for name in names for other in _kin(name)]
    found = _best([*names, *kin])
    if found is None:
        found = _best([n for name in names for n in (name, *_others(name))] + kin)
    return found


def _best(names: Sequence[Name]) -> NameGrid | None:
    """The best of all layouts whose rows, but the first, which may be cut off, lie on the page.

    Names of the second column of six by two would do as the lower half of twelve rows, too.
    """
    best: NameGrid | None = None
    for layout in {layout.cells: layout for layout in reversed(LAYOUTS)}.values():
        found = _fit(layout, names)
        if found is None or found.down_mm[1] < 0.0:
            continue
        if best is None or found.support - found.wrong > best.support - best.wrong:
            best = found
    return best


def _fit(layout: Layout, names: Sequence[Name]) -> NameGrid | None:
    place = {lead: (r, c) for r, row in enumerate(layout.cells) for c, lead in enumerate(row)}
    known = [n for n in names if n.lead in place]
    if len(known) < 3:
        return None
    at = np.array([place[n.lead] for n in known], float)
    where = np.array([(n.down_mm, n.across_mm) for n in known])
    score = np.array([n.score for n in known])
    leads = [n.lead for n in known]
    best: tuple[float, np.ndarray] | None = None
    anchors = sorted(np.argsort(-score)[:ANCHORS].tolist())
    pairs = np.array(list(combinations(anchors, 2)))
    start, pitch = _through(at[pairs], where[pairs], layout.columns)
    for together in _together(where, at, start, pitch):
        if best is not None and score[together].sum() < best[0] - ROUNDING:
            continue
        value = _total(together, leads, score)
        if best is None or value > best[0]:
            best = (value, together)
    uneven = _uneven(layout, at, where, score, leads)
    if uneven is not None and uneven[0] > MUCH_BETTER + (0.0 if best is None else best[0]):
        best = uneven
    if best is None:
        return None
    places = len({lead for lead, there in zip(leads, best[1], strict=True) if there})
    if best[0] < (LESS_SUPPORT if places >= MANY_PLACES else LEAST_SUPPORT):
        return None
    return _grid(layout, names, place, known, best)


def _others(name: Name) -> list[Name]:
    """What else a name may be."""
    return [
        replace(name, lead=lead, score=score, others=())
        for lead, score in name.others
        if lead != name.lead and score >= LEAST_OTHER
    ]


def _kin(name: Name) -> list[Name]:
    """A chest lead's name as each other chest lead's."""
    if name.lead not in CHEST:
        return []
    return [
        replace(name, lead=lead, score=KIN * name.score, others=())
        for lead in CHEST
        if lead != name.lead
    ]


def _uneven(
    layout: Layout, at: np.ndarray, where: np.ndarray, score: np.ndarray, leads: Sequence[str]
) -> tuple[float, np.ndarray] | None:
    """Names that agree on a line for each row and each column, however far apart these are."""
    if layout.columns < 2:
        return None
    agree = np.ones(len(at), bool)
    for axis, reach in ((0, DOWN_MM), (1, ACROSS_MM)):
        lines = []
        for k in range(len(layout.cells) if axis == 0 else layout.columns):
            mine = np.flatnonzero((at[:, axis] == k) & agree)
            if mine.size == 0:
                continue
            near = np.abs(where[mine, axis][:, None] - where[mine, axis][None]) <= reach
            best = int(np.argmax((near * score[mine]).sum(axis=1)))
            agree[mine[~near[best]]] = False
            lines.append(float(np.median(where[mine[near[best]], axis])))
        if len(lines) < 2 or (np.diff(lines) < LEAST_PITCH_MM).any():
            return None
    return _total(agree, leads, score), agree


def _through(at: np.ndarray, where: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Start and pitch, down and across, of the grids that two names say, (grid, 2).

    ``at`` and ``where``, (pair, name, 2): rows and columns, and places (mm), of the names of each
    pair. Pitches that a pair does not tell are 0; pairs that no grid runs through are left out.
    """
    step, apart = at[:, 1] - at[:, 0], where[:, 1] - where[:, 0]
    told = step != 0
    pitch = np.where(told, apart / np.where(told, step, 1.0), 0.0)
    good = told[:, 0] & (pitch[:, 0] >= LEAST_PITCH_MM)
    good &= ~told[:, 1] | (pitch[:, 1] >= LEAST_PITCH_MM)
    good &= told[:, 1] | ((np.abs(apart[:, 1]) <= ACROSS_MM) & (columns == 1))
    return (where[:, 0] - pitch * at[:, 0])[good], pitch[good]


def _together(
    where: np.ndarray, at: np.ndarray, start: np.ndarray, pitch: np.ndarray
) -> np.ndarray:
    """Which names, (grid, name), stand at their place in each of some grids."""
    away = np.abs(where - (start[:, None] + pitch[:, None] * at))
    down = np.minimum(DOWN_MM, DOWN_SHARE * pitch[:, 0])
    return np.asarray((away[:, :, 0] <= down[:, None]) & (away[:, :, 1] <= ACROSS_MM))


def _total(pick: np.ndarray, leads: Sequence[str], score: np.ndarray) -> float:
    out: dict[str, float] = {}
    for i in np.flatnonzero(pick).tolist():
        out[leads[i]] = max(out.get(leads[i], 0.0), float(score[i]))
    return sum(out.values())


def _grid(
    layout: Layout,
    names: Sequence[Name],
    place: dict[str, tuple[int, int]],
    known: Sequence[Name],
    best: tuple[float, np.ndarray],
) -> NameGrid | None:
    support, together = best
    used = [n for n, yes in zip(known, together, strict=True) if yes]
    rows = np.array([place[n.lead][0] for n in used])
    columns = np.array([place[n.lead][1] for n in used])
    if len(set(rows.tolist())) < 2:
        return None
    down = np.polyfit(rows, [n.down_mm for n in used], 1)
    if len(set(columns.tolist())) > 1:
        across = np.polyfit(columns, [n.across_mm for n in used], 1)
    else:
        across = np.array([np.nan, float(np.median([n.across_mm for n in used]))])
    if np.isfinite(across[0]) and across[0] < LEAST_PITCH_MM:
        return None
    named = {n.lead for n in used}
    wrong: dict[str, float] = {}
    for n in known:
        if n.lead not in named and n.score > 0.5:
            wrong[n.lead] = max(n.score, wrong.get(n.lead, 0.0))
    last = _line(rows, [n.down_mm for n in used], len(layout.cells) - 1, down)
    first_column = float(np.polyval(across, 0)) if np.isfinite(across[0]) else float(across[1])
    below = [n for n in names if abs(n.across_mm - first_column) < ACROSS_MM]
    return NameGrid(
        layout,
        tuple(_line(rows, [n.down_mm for n in used], r, down) for r in range(len(layout.cells))),
        tuple(float(np.polyval(across, c)) for c in range(layout.columns))
        if np.isfinite(across[0])
        else (first_column,),
        support,
        sum(wrong.values()),
        _strips(below, last, float(down[0])),
    )


def _strips(below: Sequence[Name], last_mm: float, pitch_mm: float) -> tuple[float, ...]:
    """Where names of rhythm strips stand, a row's distance from each other and the last row."""
    strips: list[float] = []
    sure = 0
    for k in range(1, MOST_STRIPS + 1):
        there = [n for n in below if abs(n.down_mm - last_mm - k * pitch_mm) < DOWN_MM]
        if not there:
            break
        surely = [n for n in there if n.score > SURE_STRIP]
        strips.append(float(np.median([n.down_mm for n in surely or there])))
        sure = k if surely else sure
    return tuple(strips[:sure])


def _line(index: np.ndarray, at_mm: Sequence[float], k: int, even: np.ndarray) -> float:
    """Where row ``k`` lies: in the middle of its names, or where even spacing puts it."""
    mine = [mm for i, mm in zip(index.tolist(), at_mm, strict=True) if i == k]
    return float(np.median(mine)) if mine else float(np.polyval(even, k))
