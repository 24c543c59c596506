"""What levels, beats, waves and edges say of a bent page, as equations, and what was known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ecgpage.digitise.gridless.landmarks import Landmarks
from ecgpage.digitise.gridless.uprights import QUARTERS
from ecgpage.digitise.gridless.waves import WINDOWS
from ecgpage.digitise.nan_median import nan_median

Array = NDArray[np.float64]
Index = NDArray[np.int64]

LEVEL_MM, BEAT_MM, EDGE_MM = 1.0, 0.12, 0.05
"""Errors of a level (its row's own drift; neighbours share it), of a beat's place and an edge's."""
BESIDE, LEAST_LEVELS = 2, 8
WANDER, MOST_LEVEL_MM = 3.0, 6.0
"""So many rows above and below say what is common; levels that say how much a row wanders; it stays
away from its level for several of the places at which that is looked at (4 mm apart), which
therefore count less by this."""
TURN, TILT_PER_MM = 0.01, 1.5e-4
"""What the view that was found before leaves of turn (radian) and of perspective (share a mm)."""
SPACING_MM = 1.0
"""Rows are evenly spaced up to this: their leads' levels differ."""
LATE_MM = 0.25
"""In one lead the steepest part of a QRS comes earlier or later than in another by about this."""
WAVE_MM, WAVE_LATE_MM = 0.1, 1.0
"""Error of a wave's place beside that which its shape tells, and how far its usual place may differ
from lead to lead."""
INTERVAL_MM = 0.06
"""How much the distance of a wave from its QRS complex changes from beat to beat."""
LINES = QUARTERS + 1
EVEN_MM = 0.08
"""Columns are equally wide up to this: the pen's width widens the first and the last. With 0.15
places along the rows were off by 4 to 8 % more (31 bent development renders)."""
BESIDE_MM = 3.0
"""Names stand so far beside their line at most."""
STEADY, STEADY_MM = 0.02, 0.4
"""Hearts are no steadier than this: distances of beats differ by this share, and by so much."""
LIKE = 0.25
"""Distances within this share of the usual one are one beat; hearts whose distances of beats
differ from one to the next by more than half of it say nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was seen, as equations: a place, moved by the relief, is what its owner says.

    ``down``: whether the place is a height, else one along the rows; ``late``: a second owner, or
    -1; ``from_``: an owner to be taken off, or -1. Where nothing is ``placed`` the equation is
    between owners alone. ``edges``: which of the equations are the paper's edges'; ``unknown``:
    how many owners there are.
    """

    down: NDArray[np.bool_]
    placed: NDArray[np.bool_]
    across_mm: Array
    down_mm: Array
    error_mm: Array
    owner: Index
    late: Index
    from_: Index
    edges: Index
    unknown: int

    @property
    def place_mm(self) -> Array:
        """The places themselves."""
        return np.where(self.placed, np.where(self.down, self.down_mm, self.across_mm), 0.0)


def find_seen(marks: Landmarks) -> Seen:
    """Levels, beats, edges and waves, each with the unknown that it shares with others.

    Owners, one after another: the level of each lead, how late its beats are, where each beat
    stands, the four edges; for each kind of wave how late each lead's are, where each beat's
    stands, and its usual distance; the five upright lines, how far beside them names stand, and
    the usual distance of two beats.
    """
    leads, beats, kinds = sum(marks.parts), marks.count, len(WINDOWS)
    level, beat, edge, wave = marks.levels, marks.beats, marks.edges, marks.waves
    first_edge = 2 * leads + beats
    first_wave = first_edge + 4
    each = leads + beats + 1
    up = marks.uprights
    first_line = first_wave + kinds * each
    own = first_wave + wave.kind * each
    lead = marks.lead(beat.row, beat.across_mm)
    kind, which = np.repeat(np.arange(kinds), beats), np.tile(np.arange(beats), kinds)
    pair = first_wave + kind * each
    count = [len(level.row), len(beat.row), len(edge.row), len(wave.mark), len(pair), len(up.line)]
    none = [np.full(n, -1) for n in count]
    wave_error = np.hypot(wave.error_mm, WAVE_MM)
    nothing = np.full(len(pair), marks.box_mm[0])
    return Seen(
        down=np.concatenate(
            [np.ones(count[0], bool), np.zeros(count[1], bool), edge.row % 2 == 0,
             np.zeros(sum(count[3:]), bool)]
        ),
        placed=np.repeat([True, True, True, True, False, True], count),
        across_mm=np.concatenate(
            [level.across_mm, beat.across_mm, edge.across_mm,
             beat.across_mm[wave.mark] + wave.behind_mm, nothing, up.across_mm]
        ),
        down_mm=np.concatenate(
            [level.down_mm, beat.down_mm, edge.down_mm, beat.down_mm[wave.mark],
             np.full(len(pair), marks.box_mm[1]), up.down_mm]
        ),
        error_mm=np.concatenate(
            [_level_errors(marks), np.repeat([BEAT_MM, EDGE_MM], count[1:3]), wave_error,
             np.full(count[4], INTERVAL_MM), up.error_mm]
        ),
        owner=np.concatenate(
            [marks.lead(level.row, level.across_mm), 2 * leads + marks.beat,
             first_edge + edge.row, own + leads + marks.beat[wave.mark], pair + leads + which,
             first_line + up.line]
        ),
        late=np.concatenate(
            [none[0], leads + lead, none[2], own + lead[wave.mark], pair + each - 1,
             np.where(up.named, first_line + LINES, -1)]
        ).astype(np.int64),
        from_=np.concatenate([*none[:4], 2 * leads + which, none[5]]).astype(np.int64),
        edges=np.arange(count[0] + count[1], sum(count[:3])),
        unknown=first_line + LINES + 2,
    )  # fmt: skip


def _level_errors(marks: Landmarks) -> Array:
    """Errors of levels (mm): larger in rows that wander by themselves.

    What a row does that the rows beside it do not is its own; what a lead's level and slope say of
    that is taken off.
    """
    level = marks.levels
    out = np.full(len(level.row), LEVEL_MM)
    places, column = np.unique(np.round(level.across_mm, 1), return_inverse=True)
    table = np.full((marks.rows, len(places)), np.nan)
    table[level.row, column] = level.down_mm
    table -= nan_median(table, 1)[:, None]
    for row in range(marks.rows):
        near = table[max(0, row - BESIDE) : row + BESIDE + 1]
        seen = np.isfinite(near).sum(axis=0) >= min(3, marks.rows)
        own = table[row, seen] - nan_median(near[:, seen], 0)
        own = own[np.isfinite(own)]
        if len(own) >= LEAST_LEVELS:
            scatter = 1.48 * float(np.median(np.abs(own - np.median(own))))
            out[level.row == row] = np.clip(WANDER * scatter, LEVEL_MM, MOST_LEVEL_MM)
    return out


def find_prior(
    nodes: int, marks: Landmarks, owners: int, height: float, tilt: float
) -> sparse.csr_matrix:
    """What is known before anything is seen, each in units of its error."""
    leads = sum(marks.parts)
    first_lead = np.concatenate([[0], np.cumsum(marks.parts)[:-1]])
    known: list[tuple[list[int], list[float]]] = []
    for node in range(nodes):
        known.append(([node], [1 / height]))
    for k, error in enumerate((TURN, tilt, tilt)):
        known.append(([nodes + k], [1 / error]))
    base = nodes + 3
    for k in range(marks.rows - 2):
        ends = [base + int(first_lead[k + i]) for i in range(3)]
        known.append((ends, [w / np.sqrt(6.0) / SPACING_MM for w in (1.0, -2.0, 1.0)]))
    for k, parts in enumerate(marks.parts):
        for i in range(parts - 1):
            at = base + int(first_lead[k]) + i
            known.append(([at, at + 1], [1 / SPACING_MM, -1 / SPACING_MM]))
    for k in range(leads):
        known.append(([base + leads + k], [1 / LATE_MM]))
    first_wave = base + 2 * leads + marks.count + 4
    for kind in range(len(WINDOWS)):
        for k in range(leads):
            known.append(([first_wave + kind * (leads + marks.count + 1) + k], [1 / WAVE_LATE_MM]))
    first_line = first_wave + len(WINDOWS) * (leads + marks.count + 1)
    for k in range(1, QUARTERS):
        part = k / QUARTERS
        known.append(
            ([first_line, first_line + k, first_line + QUARTERS],
             [w / EVEN_MM for w in (1 - part, -1.0, part)])
        )  # fmt: skip
    known.append(([first_line + LINES], [1 / BESIDE_MM]))
    usual = first_line + LINES + 1
    for k, error in _steady(marks):
        at = base + 2 * leads + k
        known.append(([at, at + 1, usual], [w / error for w in (-1.0, 1.0, -1.0)]))
    row = np.repeat(np.arange(len(known)), [len(where) for where, _ in known])
    where = np.concatenate([where for where, _ in known])
    share = np.concatenate([share for _, share in known])
    return sparse.csr_matrix((share, (row, where)), shape=(len(known), nodes + 3 + owners))


def _steady(marks: Landmarks) -> list[tuple[int, float]]:
    """Beats that the next follows at the usual distance, and by how much (mm) it may differ.

    The scatter is told by how much the distances change from one to the next, of which bends
    change little.
    """
    if marks.count < 4:
        return []
    place = np.array(
        [np.median(marks.beats.across_mm[marks.beat == k]) if (marks.beat == k).any() else np.nan
         for k in range(marks.count)]
    )  # fmt: skip
    apart = np.diff(place)
    usual = float(np.nanmedian(apart))
    like = np.abs(apart / usual - 1.0) < LIKE
    change = np.diff(apart)[like[1:] & like[:-1]]
    if len(change) < 2:
        return []
    scatter = 1.48 * float(np.median(np.abs(change))) / np.sqrt(2.0)
    if scatter > LIKE / 2 * usual:
        return []
    error = max(STEADY * usual, STEADY_MM, 1.5 * scatter)
    return [(int(k), error) for k in np.flatnonzero(like)]
