"""Read a ray of a spectrum as a grid of lines 1 mm and 5 mm apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FREQUENCY = np.arange(0.004, 0.48, 0.0005)
"""Cycles per pixel at which rays are looked at."""
HIGHEST = 0.47
LOWEST = 0.018
"""Below this frequency shadows and text are stronger than any grid."""
CLEAR = 0.6
WIDTH = 0.002
EXPLAINED = 2.0
"""What counts as standing out, how near to a multiple (cycles per pixel), how much it weighs. Of
140 pages of known scale five are misread so, nine without."""
SMALLEST_MM_PX = 2.1
"""A 1 mm line pattern with fewer pixels a period is at the limit of sampling."""
LARGEST_MM_PX = 30.0
FIVES = np.arange(1 / (5 * LARGEST_MM_PX), 1 / (5 * SMALLEST_MM_PX), 0.0001)
"""Frequencies of 5 mm lines that are tried."""
LEAST_WIDTH_MM = 110.0
MOST_WIDTH_MM = 600.0
"""Twelve-lead pages are 200 to 300 mm wide (550 mm at 50 mm/s), pictures of them rarely show more
than half as much again; between the readings of one period as 1 mm and as 5 mm lies a factor of
five."""


@dataclass(frozen=True, slots=True, eq=False)
class Comb:
    """A direction (radian), its ray's ``contrast`` at ``FREQUENCY``, and what was read from it.

    ``five`` is the frequency of 5 mm lines in cycles per pixel, ``kinds`` how many kinds of
    lines were told apart, ``score`` how well they explain the ray.
    """

    angle: float
    contrast: Array
    five: float
    kinds: int
    score: float


def stand_out(ray: Array) -> Array:
    """Log height of the ray over its running median, at least 0."""
    width, step = 80, 8
    padded = np.pad(ray, width // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)[: len(ray) : step]
    at = np.arange(len(ray))
    floor = np.interp(at, at[::step], np.median(windows, axis=1))
    return np.maximum(0.0, np.log(np.maximum(ray, 1e-9) / np.maximum(floor, 1e-9)))


def height_at(contrast: Array, frequency: Array) -> Array:
    """Contrast at frequencies; 0 outside of what was looked at."""
    return np.asarray(np.interp(frequency, FREQUENCY, contrast, left=0.0, right=0.0))


def read_comb(angle: float, contrast: Array, columns: int) -> Comb:
    """The 5 mm frequency that explains the ray best.

    Where lines of both kinds are there, the 1 mm peak and its multiples stand beside fractions
    of fifths. The highest peak is that of 1 mm or that of 5 mm. A picture of ``columns`` pixels
    that would be narrower than ``LEAST_WIDTH_MM`` or wider than ``MOST_WIDTH_MM`` is less likely.
    """
    five = FIVES

    def mean(multiples: Sequence[float], limit: float = 1.0, bound: bool = True) -> Array:
        at = np.outer(multiples, five)
        inside = (at < HIGHEST) | (not bound)
        height = np.minimum(height_at(contrast, at), limit) * inside
        return np.asarray(height.sum(axis=0) / np.maximum(inside.sum(axis=0), 1))

    ones = height_at(contrast, np.outer((1, 2, 3), 5 * five))
    ones[np.outer((1, 2, 3), 5 * five) >= HIGHEST] = 0.0
    between = (0.5, 1.5, 2.5, 3.5, 5.5, 6.5, 7.5)
    seen = mean((1, 2, 3, 4, 6, 7, 8, 9)) - mean(between, bound=False)
    others = height_at(contrast, np.outer((2, 3, 4, 6, 7, 8, 9, 10), five)).max(axis=0)
    score = (
        ones[0]
        + 0.35 * (ones[1] + ones[2])
        - np.maximum(others - np.maximum(height_at(contrast, five), ones[0]) - 0.3, 0.0)
        + 2.0 * np.maximum(seen, 0.0)
        - 0.5 * mean(between, np.inf, bound=False)
        + EXPLAINED * _explained(contrast)
        - 1.5 * _unlikely(5 * columns * five)
    )
    best = int(np.argmax(score))
    return Comb(angle, contrast, float(five[best]), 2 if seen[best] > 0.15 else 1, score[best])


def _explained(contrast: Array) -> Array:
    """Share of what stands out that lies on multiples of each frequency, chance taken off."""
    height = np.maximum(contrast - CLEAR, 0.0) * (FREQUENCY > LOWEST)
    near, chance = _multiples()
    share = np.einsum("ij,j->i", near, height) / max(float(height.sum()), 1e-9)
    return np.asarray((share - chance) / (1.0 - chance))


@cache
def _multiples() -> tuple[Array, Array]:
    """Which of ``FREQUENCY`` are near to multiples of each of ``FIVES`` (1, else 0); the share."""
    nearest = np.maximum(np.round(FREQUENCY / FIVES[:, None]), 1.0)
    near = np.abs(FREQUENCY - nearest * FIVES[:, None]) < WIDTH
    return near.astype(np.float64), near[:, FREQUENCY > LOWEST].mean(axis=1)


def _unlikely(width_mm: Array) -> Array:
    """How far (natural logarithm) a width lies outside of what pages have."""
    return np.maximum(0.0, np.log(np.maximum(LEAST_WIDTH_MM / width_mm, width_mm / MOST_WIDTH_MM)))


def agree(combs: Sequence[Comb], columns: int) -> list[Comb]:
    """Let both directions read the same lines as 5 mm; the clearer one leads."""
    settled = [_settle(comb, columns) for comb in combs]
    leader = max(settled, key=lambda c: (c.kinds, c.score))
    return [_follow(comb, leader.five) for comb in settled]


def _settle(comb: Comb, columns: int) -> Comb:
    """Take a single period for 1 mm or 5 mm by how often it fits across the picture."""
    if comb.kinds == 1 and columns * 5 * comb.five < LEAST_WIDTH_MM:
        return replace(comb, five=5 * comb.five)
    return comb


def _follow(comb: Comb, five: float) -> Comb:
    if 0.75 < comb.five / five < 1.33:
        return comb
    near = five * np.linspace(0.8, 1.25, 400)
    heights = height_at(comb.contrast, np.outer((1, 2, 3, 4, 5, 5, 10), near)).sum(axis=0)
    return replace(comb, five=float(near[int(np.argmax(heights))]))
