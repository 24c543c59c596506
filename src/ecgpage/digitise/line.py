"""The line's course inside its pixels: centre, upper and lower turning point in each column."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.follow import Path

Array = NDArray[np.float64]
Index = NDArray[np.integer]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A trace in sheet pixels.

    ``centre``: mean height of the line in each column; ``high`` and ``low``: the smallest and
    largest row that the line's centre reaches there; ``upper`` and ``lower``: mean height of the
    inked band's borders over the column (shape (columns,), NaN without ink); ``thickness``:
    vertical thickness of the line where it runs flat; ``buried``: as in
    :class:`ecgpage.digitise.follow.Path`.
    """

    centre: Array
    high: Array
    low: Array
    upper: Array
    lower: Array
    thickness: float
    buried: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Integral pictures of cover and of cover times row, from which any run's mass follows."""

    cover: NDArray[np.float64]
    moment: NDArray[np.float64]

    def mass(self, top: Index, bottom: Index, column: Index) -> Array:
        """Sum of cover over rows ``top`` to ``bottom - 1`` of a column."""
        return _between(self.cover, top, bottom, column)

    def centre(self, top: Index, bottom: Index, column: Index) -> Array:
        """Mean row of the cover there."""
        mass = np.maximum(self.mass(top, bottom, column), 1e-6)
        return np.asarray(_between(self.moment, top, bottom, column) / mass)


def _between(integral: Array, top: Index, bottom: Index, column: Index) -> Array:
    right, left = integral[:, 1:], integral[:, :-1]
    lower = right[bottom, column] - left[bottom, column]
    return np.asarray(lower - (right[top, column] - left[top, column]))


def running_sums(cover: NDArray[np.float32]) -> Sums:
    """The integral pictures of a cover; shape (rows + 1, columns + 1)."""
    rows = np.arange(cover.shape[0], dtype=np.float32)[:, None]
    return Sums(
        np.asarray(cv2.integral(cover, sdepth=cv2.CV_64F)),
        np.asarray(cv2.integral(cover * rows, sdepth=cv2.CV_64F)),
    )


def measure_line(cover: NDArray[np.float32], sums: Sums, path: Path) -> Line:
    """Sub-pixel course of a path."""
    columns = np.flatnonzero(path.there)
    top, bottom = path.top[columns], path.bottom[columns]
    above = np.maximum(top - 1, 0)
    below = np.minimum(bottom + 2, cover.shape[0])
    centre = sums.centre(above, below, columns)
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
    first = border - sums.mass(above, middle + 1, columns)
    last = border + sums.mass(middle + 1, below, columns)
    out = [np.full(cover.shape[1], np.nan) for _ in range(5)]
    for array, values in zip(out, (centre, high, low, first, last), strict=True):
        array[columns] = values
    return Line(out[0], out[1], out[2], out[3], out[4], thickness, path.buried)


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
