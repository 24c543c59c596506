"""One line, one owner: rows whose paths ride on one line share out the lines that are there.

Each row's cheapest path knows nothing of the others. Where two paths lie in the same level ink
for long, one of them has left its own line, or has lost it in a tangle of QRS complexes. Then ink
that another row holds has a price, and the rows concerned are followed anew; of all moves the one
that saves most is made first, and rows near it wait for what is held then. What two rows still
share is where their traces run over each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.cheapest import CHOICES, Steps, cheapest

Array = NDArray[np.float64]
Picked = NDArray[np.int32]
Mask = NDArray[np.bool_]
SHARED_MM = 1.5
"""Two rows' traces do not lie in the same level ink for longer, without being asked."""
SHARE_COST = 1.0
"""What 1 mm in level ink costs that another row holds: less than bare paper, far more than a
line somewhat further away."""
ROUNDS = 6
"""Moves that wait for each other, at most."""
NEAR_ROWS = 2
"""Rows that are no further apart than this may want each other's ink."""
LEAST_GAIN = 0.5
"""A move saves no less than this, in mm of leaps."""


@dataclass(frozen=True, slots=True)
class Move:
    """A row goes another way in columns ``first`` to ``last - 1``; what that saves."""

    row: int
    first: int
    last: int
    gain: float


def settle_owners(
    steps: Steps,
    skip_px: float,
    picked: Picked,
    spent: Array,
    level_px: float,
    px_per_mm: float,
) -> tuple[Picked, Array]:
    """Choices taken and what paths have cost up to each column, lines shared out.

    ``picked``, ``spent``: of rows that know nothing of each other, as by :func:`cheapest`;
    ``level_px``: ink no taller than this is level; ``px_per_mm``: along the rows.
    """
    least = round(SHARED_MM * px_per_mm)
    price = SHARE_COST / px_per_mm
    picked, each = picked.copy(), np.diff(spent, axis=1, prepend=0.0)
    for _ in range(ROUNDS):
        held = _held(steps, picked, level_px)
        rows = [i for i in range(len(picked)) if _longest(_shared(held, i)) >= least]
        if not rows:
            break
        some = steps.of(rows)
        taken = np.stack([_taken(steps, held, i) for i in rows])
        other, cost = cheapest(replace(some, own=some.own + price * taken), skip_px)
        dearer = np.cumsum(each[rows] + price * _of(taken, picked[rows]), axis=1)
        made = _compatible(_moves(rows, picked, other, dearer - cost))
        if not made:
            break
        new = np.diff(cost, axis=1, prepend=0.0) - price * _of(taken, other)
        for move in made:
            k = rows.index(move.row)
            picked[move.row, move.first : move.last] = other[k, move.first : move.last]
            each[move.row, move.first : move.last + 1] = new[k, move.first : move.last + 1]
    return picked, np.cumsum(each, axis=1)


def _of(values: NDArray[np.generic], picked: Picked) -> Array:
    """What choices taken have, (row, column); nothing where there is no ink."""
    real = picked < CHOICES
    found = np.take_along_axis(values, np.where(real, picked, 0)[..., None], axis=2)[..., 0]
    return np.where(real, found, 0).astype(np.float64)


def _held(steps: Steps, picked: Picked, level_px: float) -> NDArray[np.int64]:
    """Level ink that each path holds as one number, (row, column); -1 where there is none."""
    real = picked < CHOICES
    top = _of(steps.top, picked).astype(np.int64)
    bottom = _of(steps.bottom, picked).astype(np.int64)
    level = real & (bottom - top + 1 < level_px)
    return np.where(level, _number(top, bottom), -1)


def _number(top: NDArray[np.int64], bottom: NDArray[np.int64]) -> NDArray[np.int64]:
    """A run as one number."""
    return top * 65536 + bottom


def _shared(held: NDArray[np.int64], row: int) -> Mask:
    """Columns in which a row holds what another holds as well."""
    others = np.delete(held, row, axis=0)
    return np.asarray(((others == held[row]) & (held[row] >= 0)).any(axis=0))


def _taken(steps: Steps, held: NDArray[np.int64], row: int) -> Mask:
    """Which of a row's choices, (column, choice), others hold."""
    mine = _number(steps.top[row].astype(np.int64), steps.bottom[row].astype(np.int64))
    out = np.zeros(mine.shape, bool)
    for other in np.delete(held, row, axis=0):
        out |= (mine == other[:, None]) & (mine >= 0)
    return out


def _longest(mask: Mask) -> int:
    """The longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max()) if edges.size else 0


def _moves(rows: list[int], picked: Picked, other: Picked, saved: Array) -> list[Move]:
    """Where rows' other ways part from their own; ``saved``: up to each column, (row, column)."""
    out = []
    last_column = saved.shape[1] - 1
    for k, row in enumerate(rows):
        differ = picked[row] != other[k]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], differ.astype(np.int8), [0]])))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            before = saved[k, first - 1] if first else 0.0
            gain = float(saved[k, min(last, last_column)] - before)
            if gain > LEAST_GAIN:
                out.append(Move(row, int(first), int(last), gain))
    return out


def _compatible(moves: list[Move]) -> list[Move]:
    """Moves, the best first, that do not touch what rows near them have just done."""
    out: list[Move] = []
    for move in sorted(moves, key=lambda m: -m.gain):
        if all(
            abs(move.row - other.row) > NEAR_ROWS
            or move.first > other.last
            or move.last < other.first
            for other in out
            if other.row != move.row
        ):
            out.append(move)
    return out
