"""A page without a grid made straight by its ink: rows of traces run level, strokes upright.

The page is cut into tiles. In each the ink is projected along many directions, near level and
near upright; where a trace runs flat, or an upright stroke stands, the projection along it has
high narrow peaks. Then the turn and the perspective are sought whose level and upright lines
run in the directions of these peaks everywhere on the page.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import minimize

Array = NDArray[np.float64]
Image = NDArray[np.float32]

ANGLES_DEG = np.arange(-25.0, 25.01, 0.1)
TILE_MM = 55.0
LEAST_INK_MM2 = 4.0
BIN_MM = 0.35
INK = 0.4
MOST_POINTS = 6000
UPRIGHT = 0.3
"""Upright strokes are fewer, and the flanks of QRS complexes lean: they weigh less."""
SOFT_DEG = (1.5, 0.5, 0.2)
"""Peaks are widened by this much (standard deviation), to find them first and then to a hair."""
WORTH = 0.015
"""Perspective is believed where it makes the peaks higher by this share; on flat pages chance does
so by up to 0.011 (6 development renders)."""
STEEPEST = 0.0016
"""Perspective, change of depth in a millimetre: 0.22 over half a page of 280 mm."""

UNIT = np.array([0.02, STEEPEST / 4, STEEPEST / 4])
"""Steps in which turn (radian) and perspective are sought."""


@dataclass(frozen=True, slots=True)
class View:
    """How a flat sheet lies in the picture: turned, then seen in perspective.

    A point (x, y) of the picture, in mm from its centre, is the sheet's point
    ``R(-turn) (x, y) / (1 - across * x - down * y)``.
    """

    turn: float = 0.0
    across: float = 0.0
    down: float = 0.0

    @property
    def tilted(self) -> bool:
        """Whether there is any perspective."""
        return bool(self.across or self.down)

    def to_picture(self, u: Array, v: Array) -> tuple[Array, Array]:
        """Points of the sheet (right, down; mm) in the picture (right, down; mm)."""
        x, y = self.tilted_from(u, v)
        depth = 1 + self.across * x + self.down * y
        return x / depth, y / depth

    def tilted_from(self, u: Array, v: Array) -> tuple[Array, Array]:
        """Points of the sheet after the turn alone."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        return cos * u - sin * v, sin * u + cos * v

    def to_sheet(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Points of the picture on the sheet, both in mm from the centre."""
        depth = np.maximum(1 - self.across * x - self.down * y, 0.2)
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        return (cos * x + sin * y) / depth, (cos * y - sin * x) / depth

    def level(self, x: Array, y: Array) -> Array:
        """Direction (radian) in which level lines run at a point of the picture."""
        a, b, cos, sin = self.across, self.down, np.cos(self.turn), np.sin(self.turn)
        lean = np.arctan2(sin * (1 - b * y) - cos * a * y, cos * (1 - a * x) - sin * b * x)
        return np.asarray(lean, np.float64)

    def upright(self, x: Array, y: Array) -> Array:
        """Lean (radian, clockwise) of upright lines at a point of the picture."""
        a, b, cos, sin = self.across, self.down, np.cos(self.turn), np.sin(self.turn)
        lean = np.arctan2(cos * b * x + sin * (1 - a * x), cos * (1 - b * y) + sin * a * y)
        return np.asarray(lean, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Tile:
    """Place (mm from the picture's centre), and how peaked projections are at ANGLES_DEG."""

    x: float
    y: float
    level: Array
    upright: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Peaks:
    """Places of tiles (mm) and their curves at ANGLES_DEG, (tile, angle), widened alike."""

    x: Array
    y: Array
    level: Array
    upright: Array

    def miss(self, p: Array) -> float:
        """How low the peaks are that a view (in units of UNIT) runs along; negative."""
        view = View(*(p * UNIT))
        found = _at(self.level, view.level(self.x, self.y))
        found = found + UPRIGHT * _at(self.upright, -view.upright(self.x, self.y))
        steep = np.maximum(np.abs(p[1:] * UNIT[1:]) / STEEPEST - 1.0, 0.0).sum()
        return float(-found.sum() / self.level.max() + 10.0 * len(self.x) * steep)

    def best(self, start: Array, free: NDArray[np.bool_]) -> tuple[Array, float]:
        """The view with the highest peaks, what is not free being 0, and its miss."""

        def miss(p: Array) -> float:
            whole = np.zeros(3)
            whole[free] = p
            return self.miss(whole)

        fit = minimize(miss, start[free], method="Nelder-Mead")
        out = np.zeros(3)
        out[free] = fit.x
        return out, float(fit.fun)


def find_view(ink: Image, px_per_mm: float) -> View | None:
    """The view in which the ink's rows run level; None where there is too little ink to say."""
    tiles = _tiles(ink, px_per_mm)
    if len(tiles) < 2:
        return None
    peaks = _Peaks(
        np.array([t.x for t in tiles]), np.array([t.y for t in tiles]),
        np.stack([t.level for t in tiles]), np.stack([t.upright for t in tiles]),
    )  # fmt: skip
    start = np.array([np.deg2rad(_common(peaks.level, peaks.upright)), 0.0, 0.0]) / UNIT
    starts = [start + np.array([0.0, i, j]) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    every = np.ones(3, bool)
    soft = peaks
    for width_deg in SOFT_DEG:
        soft = _widened(peaks, width_deg)
        starts = [min((soft.best(s, every) for s in starts), key=lambda fit: fit[1])[0]]
    whole, miss = soft.best(starts[0], every)
    for which in (1, 2):
        fewer = np.arange(3) != which
        every[which] = miss < (1.0 + WORTH) * soft.best(whole, fewer)[1]
    turn, across, down = soft.best(whole, every)[0] * UNIT
    return View(float(turn), float(across), float(down))


def _widened(peaks: _Peaks, width_deg: float) -> _Peaks:
    """The curves smoothed, those of upright strokes twice as far."""
    width = width_deg / float(ANGLES_DEG[1] - ANGLES_DEG[0])
    level = gaussian_filter1d(peaks.level, width, axis=1)
    return _Peaks(peaks.x, peaks.y, level, gaussian_filter1d(peaks.upright, 2 * width, axis=1))


def _common(level: Array, upright: Array) -> float:
    """The turn (degree) of the page as a whole."""
    wide = gaussian_filter1d(level.sum(axis=0) + UPRIGHT * upright.sum(axis=0)[::-1], 10.0)
    return float(ANGLES_DEG[int(np.argmax(wide))])


def _at(curves: Array, angle: Array) -> Array:
    """Each tile's curve at its angle (radian)."""
    step = float(ANGLES_DEG[1] - ANGLES_DEG[0])
    place = np.clip((np.rad2deg(angle) - ANGLES_DEG[0]) / step, 0, len(ANGLES_DEG) - 1.001)
    low = place.astype(int)
    rows = np.arange(len(curves))
    return np.asarray(curves[rows, low] * (1 - place + low) + curves[rows, low + 1] * (place - low))


def _tiles(ink: Image, px_per_mm: float) -> list[_Tile]:
    rows, columns = ink.shape
    size = TILE_MM * px_per_mm
    counts = [max(1, round(length / (0.75 * size))) for length in ink.shape]
    found = []
    for row in (np.arange(counts[0]) + 0.5) * rows / counts[0]:
        for column in (np.arange(counts[1]) + 0.5) * columns / counts[1]:
            top, left = max(0, int(row - size / 2)), max(0, int(column - size / 2))
            part = ink[top : int(row + size / 2), left : int(column + size / 2)]
            inked = np.argwhere(part > INK)
            if len(inked) < LEAST_INK_MM2 * px_per_mm**2:
                continue
            r, c = (inked[:: -(-len(inked) // MOST_POINTS)] / px_per_mm).T
            found.append(
                _Tile(
                    (left + part.shape[1] / 2 - columns / 2) / px_per_mm,
                    (top + part.shape[0] / 2 - rows / 2) / px_per_mm,
                    _peaked(r, c), _peaked(c, r),
                )
            )  # fmt: skip
    return found


def _peaked(aside: Array, along: Array) -> Array:
    """How unevenly points spread across each direction, over the usual direction."""
    out = np.empty(len(ANGLES_DEG))
    turn = np.deg2rad(ANGLES_DEG)
    for k, (cos, sin) in enumerate(zip(np.cos(turn), np.sin(turn), strict=True)):
        place = (aside * cos - along * sin) / BIN_MM
        counts = np.bincount((place - place.min()).astype(int)).astype(float)
        out[k] = (counts**2).sum() / counts.sum()
    return np.asarray(np.maximum(out / np.median(out) - 1.0, 0.0) * np.sqrt(len(aside)))
