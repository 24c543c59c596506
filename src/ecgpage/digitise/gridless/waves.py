"""Where a beat's T and P waves stand, by the shape that they have in each lead.

From the QRS complex to the T wave, and from the P wave to the QRS complex, it is nearly as far in
one beat as in the next. Where it looks longer, the paper is seen nearer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Array = NDArray[np.float64]
Index = NDArray[np.int64]

WINDOWS = ((0.12, 0.6), (-0.32, -0.08))
"""Where a T and a P wave lie from the QRS complex on, in usual distances of two beats."""
MOST_MM = 1.5
"""Waves are no further than this from where they usually are."""
SMOOTH_MM = 0.4
ROUNDS = 4
LEAST_BEATS = 3
WORST_MM = 0.4
SHARED = 2.0
"""A wave is placed no better than this, as its neighbouring samples err alike: so many times worse
than samples that err each by itself would allow."""


@dataclass(frozen=True, slots=True, eq=False)
class Waves:
    """Waves found: which of the marks of QRS complexes each belongs to, which kind of wave (as in
    :data:`WINDOWS`), how far (mm) behind the QRS complex it lies, and its error (mm)."""

    mark: Index
    kind: Index
    behind_mm: Array
    error_mm: Array


def find_waves(
    heights: Array, step_mm: float, row: Index, across_mm: Array, lead: Index, apart_mm: float
) -> Waves:
    """Waves beside QRS complexes.

    ``heights`` (row, place), in mm and ``step_mm`` apart; ``row``, ``across_mm`` and ``lead`` say
    where each QRS complex is; ``apart_mm`` is the usual distance of two beats.
    """
    smooth = [_smooth(height, step_mm) for height in heights]
    found: list[tuple[int, int, float, float]] = []
    for kind, (first, last) in enumerate(WINDOWS):
        offset = np.arange(first * apart_mm, last * apart_mm, step_mm)
        for one in np.unique(lead):
            marks = np.flatnonzero(lead == one)
            line = smooth[int(row[marks[0]])]
            places = (across_mm[marks, None] + offset) / step_mm
            inside = (places[:, 0] > 0) & (places[:, -1] < len(line) - 1)
            whole = np.array([
                ok and bool(np.isfinite(line[int(p[0]) : int(p[-1]) + 2]).all())
                for ok, p in zip(inside, places, strict=True)
            ], bool)  # fmt: skip
            if whole.sum() < LEAST_BEATS:
                continue
            later, error = _aligned(line, places[whole], step_mm)
            found += [
                (int(m), kind, float(offset.mean() + a), float(e))
                for m, a, e in zip(marks[whole], later, error, strict=True)
                if e < WORST_MM and abs(a) < MOST_MM
            ]
    table = np.array(found, np.float64).reshape(-1, 4)
    return Waves(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2], table[:, 3])


def _smooth(height: Array, step_mm: float) -> Array:
    seen = np.isfinite(height)
    if not seen.any():
        return height
    filled = np.interp(np.arange(len(height)), np.flatnonzero(seen), height[seen])
    return np.where(seen, gaussian_filter1d(filled, SMOOTH_MM / step_mm), np.nan)


def _aligned(line: Array, places: Array, step_mm: float) -> tuple[Array, Array]:
    """How much later (mm) each stretch of a line is than all are in the median, and the error."""
    at = np.arange(len(line))
    trend = np.linspace(-1.0, 1.0, places.shape[1])
    later = np.zeros(len(places))
    error = np.full(len(places), np.inf)
    filled = np.nan_to_num(line)
    for _ in range(ROUNDS):
        shape = np.stack([
            _level(np.interp(p + late / step_mm, at, filled), trend)
            for p, late in zip(places, later, strict=True)
        ])  # fmt: skip
        usual = np.median(shape, axis=0)
        slope = _level(np.gradient(usual, step_mm), trend)
        power = float((slope**2).sum())
        if power < 1e-9:
            return later, error
        rest = shape - usual
        move = np.clip(-(rest * slope).sum(axis=1) / power, -0.5, 0.5)
        later = later + move
        spread = rest + move[:, None] * slope
        error = SHARED * np.sqrt((spread**2).mean(axis=1) / power * (SMOOTH_MM * 2 / step_mm))
        later -= np.median(later)
    return later, error


def _level(values: Array, trend: Array) -> Array:
    """Values without their mean and slope."""
    values = values - values.mean()
    return np.asarray(values - trend * (values @ trend) / (trend @ trend))
