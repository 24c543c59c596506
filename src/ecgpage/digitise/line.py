"""The line's course inside its pixels: centre, upper and lower turning point in each column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.follow import Path

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A trace in sheet pixels.

    ``centre``: mean height of the line in each column; ``high`` and ``low``: the smallest and
    largest row that the line's centre reaches there; ``upper`` and ``lower``: mean height of the
    inked band's borders over the column (shape (columns,), NaN without ink); ``thickness``:
    vertical thickness of the line where it runs flat.
    """

    centre: Array
    high: Array
    low: Array
    upper: Array
    lower: Array
    thickness: float


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Running sums over rows, from which any run's mass and centre follow."""

    mass: NDArray[np.float64]
    moment: NDArray[np.float64]


def running_sums(cover: NDArray[np.float32]) -> Sums:
    """Sums of cover and of cover times row, above each pixel; shape (rows + 1, columns)."""
    rows = np.arange(cover.shape[0], dtype=np.float64)[:, None]
    mass = np.zeros((cover.shape[0] + 1, cover.shape[1]))
    moment = np.zeros_like(mass)
    np.cumsum(cover, axis=0, dtype=np.float64, out=mass[1:])
    np.cumsum(cover * rows, axis=0, dtype=np.float64, out=moment[1:])
    return Sums(mass, moment)


def measure_line(cover: NDArray[np.float32], sums: Sums, path: Path) -> Line:
    """Sub-pixel course of a path."""
    columns = np.flatnonzero(path.there)
    top, bottom = path.top[columns], path.bottom[columns]
    above = np.maximum(top - 1, 0)
    below = np.minimum(bottom + 2, cover.shape[0])
    mass = sums.mass[below, columns] - sums.mass[above, columns]
    centre = (sums.moment[below, columns] - sums.moment[above, columns]) / np.maximum(mass, 1e-6)
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
    first = border - (sums.mass[middle + 1, columns] - sums.mass[above, columns])
    last = border + sums.mass[below, columns] - sums.mass[middle + 1, columns]
    out = [np.full(cover.shape[1], np.nan) for _ in range(5)]
    for array, values in zip(out, (centre, high, low, first, last), strict=True):
        array[columns] = values
    return Line(out[0], out[1], out[2], out[3], out[4], thickness)


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
