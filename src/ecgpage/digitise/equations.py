"""What levels, beats, waves and edges say of a bent page, as equations, and what was known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ecgpage.digitise.landmarks import Landmarks
from ecgpage.digitise.waves import WINDOWS

Array = NDArray[np.float64]
Index = NDArray[np.int64]

LEVEL_MM, BEAT_MM, EDGE_MM = 1.0, 0.12, 0.05
"""Errors of a level (its row's own drift; neighbours share it), of a beat's place and an edge's."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was seen, as equations: a place, moved by the relief, is what its owner says.

    ``down``: whether the place is a height, else one along the rows; ``late``: a second owner, or
    -1; ``from_``: an owner to be taken off, or -1. Where nothing is ``placed`` the equation is
    between owners alone. ``unknown``: how many owners there are.
    """

    down: NDArray[np.bool_]
    placed: NDArray[np.bool_]
    across_mm: Array
    down_mm: Array
    error_mm: Array
    owner: Index
    late: Index
    from_: Index
    unknown: int

    @property
    def place_mm(self) -> Array:
        """The places themselves."""
        return np.where(self.placed, np.where(self.down, self.down_mm, self.across_mm), 0.0)


def find_seen(marks: Landmarks) -> Seen:
    """Levels, beats, edges and waves, each with the unknown that it shares with others.

    Owners, one after another: the level of each lead, how late its beats are, where each beat
    stands, the four edges; for each kind of wave how late each lead's are, where each beat's
    stands, and its usual distance.
    """
    leads, beats, kinds = sum(marks.parts), marks.count, len(WINDOWS)
    level, beat, edge, wave = marks.levels, marks.beats, marks.edges, marks.waves
    first_edge = 2 * leads + beats
    first_wave = first_edge + 4
    each = leads + beats + 1
    own = first_wave + wave.kind * each
    lead = marks.lead(beat.row, beat.across_mm)
    kind, which = np.repeat(np.arange(kinds), beats), np.tile(np.arange(beats), kinds)
    pair = first_wave + kind * each
    count = [len(level.row), len(beat.row), len(edge.row), len(wave.mark), len(pair)]
    none = [np.full(n, -1) for n in count]
    wave_error = np.hypot(wave.error_mm, WAVE_MM)
    nothing = np.full(len(pair), marks.box_mm[0])
    return Seen(
        down=np.concatenate(
            [np.ones(count[0], bool), np.zeros(count[1], bool), edge.row % 2 == 0,
             np.zeros(count[3] + count[4], bool)]
        ),
        placed=np.repeat([True, True, True, True, False], count),
        across_mm=np.concatenate(
            [level.across_mm, beat.across_mm, edge.across_mm,
             beat.across_mm[wave.mark] + wave.behind_mm, nothing]
        ),
        down_mm=np.concatenate(
            [level.down_mm, beat.down_mm, edge.down_mm, beat.down_mm[wave.mark],
             np.full(len(pair), marks.box_mm[1])]
        ),
        error_mm=np.concatenate(
            [np.repeat([LEVEL_MM, BEAT_MM, EDGE_MM], count[:3]), wave_error,
             np.full(count[4], INTERVAL_MM)]
        ),
        owner=np.concatenate(
            [marks.lead(level.row, level.across_mm), 2 * leads + marks.beat,
             first_edge + edge.row, own + leads + marks.beat[wave.mark], pair + leads + which]
        ),
        late=np.concatenate(
            [none[0], leads + lead, none[2], own + lead[wave.mark], pair + each - 1]
        ).astype(np.int64),
        from_=np.concatenate([*none[:4], 2 * leads + which]).astype(np.int64),
        unknown=first_wave + kinds * each,
    )  # fmt: skip


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
    row = np.repeat(np.arange(len(known)), [len(where) for where, _ in known])
    where = np.concatenate([where for where, _ in known])
    share = np.concatenate([share for _, share in known])
    return sparse.csr_matrix((share, (row, where)), shape=(len(known), nodes + 3 + owners))
