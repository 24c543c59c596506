"""The line's course inside its pixels: centre, upper and lower turning point in each column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.follow import Path
from ecgpage.digitise.tracing.runs import Index, column_sums, pieces_rows

Array = NDArray[np.float64]
USUAL_ACROSS = 0.93
"""Width of a round pen's strokes in thicknesses of its level line (pages of LUDB: 0.91 to 0.95)."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A trace in sheet pixels.

    ``centre``: mean height of the line in each column; ``high`` and ``low``: the smallest and
    largest row that the line's centre reaches there; ``upper`` and ``lower``: mean height of the
    inked band's borders over the column (shape (columns,), NaN without ink); ``thickness``:
    vertical thickness of the line where it runs flat; ``buried``: as in
    :class:`ecgpage.digitise.tracing.follow.Path`; ``across``: how wide the pen is across upright
    strokes, in thicknesses; ``bent``: whether the page had to be made flat first.
    """

    centre: Array
    high: Array
    low: Array
    upper: Array
    lower: Array
    thickness: float
    buried: NDArray[np.bool_] | None = None
    across: float = USUAL_ACROSS
    bent: bool = False


def _centre(cover: NDArray[np.float32], top: Index, end: Index, column: Index) -> Array:
    """Mean row of the cover over rows ``top`` to ``end - 1`` of each column."""
    rows, which = pieces_rows(top, end)
    value = cover[rows, column[which]].astype(np.float64)
    mass = np.bincount(which, value, minlength=len(top))
    moment = np.bincount(which, value * rows, minlength=len(top))
    return np.asarray(moment / np.maximum(mass, 1e-6))


def measure_line(
    cover: NDArray[np.float32], closed: NDArray[np.float32], path: Path, bent: bool = False
) -> Line:
    """Sub-pixel course of a path; ``closed``: the cover without gaps; ``bent``: as in a line."""
    columns = np.flatnonzero(path.there)
    top, bottom = path.top[columns], path.bottom[columns]
    above = np.maximum(top - 1, 0)
    below = np.minimum(bottom + 2, cover.shape[0])
    centre = _centre(closed, above, below, columns)
    upper = _edge(cover, top, columns, -1, bottom)
    lower = _edge(cover, bottom, columns, +1, top)
    height = lower - upper
    flat = np.sort(height)[: max(1, len(height) * 6 // 10)]
    thickness = float(np.median(flat)) if len(flat) else 1.0
    high = upper + thickness / 2
    low = lower - thickness / 2
    narrow = high >= low
    high = np.where(narrow, centre, high)
    low = np.where(narrow, centre, low)
    middle = np.clip(np.round(centre).astype(np.int64), 0, cover.shape[0] - 1)
    border = middle + 0.5
    first = border - column_sums(closed, above, middle + 1, columns)
    last = border + column_sums(closed, middle + 1, below, columns)
    out = [np.full(cover.shape[1], np.nan) for _ in range(5)]
    for array, values in zip(out, (centre, high, low, first, last), strict=True):
        array[columns] = values
    return Line(
        out[0], out[1], out[2], out[3], out[4], thickness, path.buried, bent=bent
    )  # fmt: skip


def _edge(
    cover: NDArray[np.float32],
    row: NDArray[np.int32],
    column: NDArray[np.int64],
    outward: int,
    other: NDArray[np.int32],
) -> Array:
    """Where cover falls through half of what it reaches near a run's end, seen from inside."""
    last = cover.shape[0] - 1
    length = np.abs(other - row)
    near = [
        cover[np.clip(row - outward * np.minimum(k, length), 0, last), column].astype(np.float64)
        for k in range(4)
    ]
    half = 0.5 * np.minimum(np.maximum.reduce(near), 1.0)
    out = row.astype(np.float64)
    found = np.zeros(len(row), bool)
    beyond = cover[np.clip(row + outward, 0, last), column].astype(np.float64)
    for k in range(4):
        inner = near[k]
        outer = beyond if k == 0 else near[k - 1]
        hit = ~found & (inner >= half)
        part = np.clip((inner - half) / np.maximum(inner - outer, 0.02), 0.0, 1.0)
        out = np.where(hit, row - outward * np.minimum(k, length) + outward * part, out)
        found |= hit
    return out
