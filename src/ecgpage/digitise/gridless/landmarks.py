"""What stands level and what stands at the same time in rows of traces: beats and their levels.

All rows of a page show the same time at the same place across it, so that a QRS complex stands
upright through all of them; and each row runs level in the mean over a heart's period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from ecgpage.digitise.gridless.uprights import Uprights, no_uprights
from ecgpage.digitise.gridless.waves import Waves, find_waves
from ecgpage.digitise.tracing.extents import TracedRow

Array = NDArray[np.float64]
Index = NDArray[np.int64]

STEP_MM = 0.2
"""Rows are looked at in steps of this."""
SMOOTH_MM, STEEP_MM, TOGETHER_MM = 0.2, 0.4, 2.0
"""Standard deviations: of the line before its slope is taken, of its steepness in one row, and of
the mean over all rows, which may lean by as much from row to row."""
BEAT_SHARE = 0.45
LEAST_APART_MM = 7.0
"""A QRS complex is this share of the steepest high; 7 mm is 0.28 s at 25 mm/s."""
REACH_MM, WITHIN_MM = 5.0, 2.0
"""A row's QRS lies so near to that of all rows, and its steep parts so near to its middle."""
STEEP_SHARE = 0.5
PERIOD_MM = (12.0, 35.0)
"""A level is the median over one heart's period, which is taken to be no shorter or longer."""
LEVEL_EVERY_MM = 4.0
LEAST_ROWS = 3
ROWS_OF_ONE_LEAD, PARTS = 10, 4
"""So many rows are one lead each; fewer may change their lead at quarters of their length."""
SEEN_SHARE, WHOLE_SHARE = 0.8, 0.6
"""How much of such a window is inked, and how much of it lies within the row, at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Marks in rows of traces, one value each: row (from 0), and place on the sheet in mm."""

    row: Index
    across_mm: Array
    down_mm: Array


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Levels of rows, QRS complexes with the beat that each belongs to, waves beside them, the
    paper's edges, and what stands on upright lines.

    ``box_mm``: (left, top, right, bottom) of all baselines. ``parts``: how many leads each row has.
    The ``row`` of ``edges`` is 0 to 3 for the top, left, bottom and right edge. ``turned``: whether
    the picture had to be turned before its rows were level.
    """

    levels: Marks
    beats: Marks
    beat: Index
    waves: Waves
    parts: tuple[int, ...]
    box_mm: tuple[float, float, float, float]
    edges: Marks
    uprights: Uprights
    turned: bool

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.parts)

    def lead(self, row: Index, across_mm: Array) -> Index:
        """Which of all leads, row after row, stands in a row at a place."""
        return lead_at(self.parts, (self.box_mm[0], self.box_mm[2]), row, across_mm)

    @property
    def count(self) -> int:
        """How many beats there are."""
        return int(self.beat.max()) + 1 if len(self.beat) else 0


NO_EDGES = Marks(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


def find_landmarks(
    rows: Sequence[TracedRow],
    px_per_mm: tuple[float, float],
    edges: Marks = NO_EDGES,
    parts: Sequence[int] | None = None,
    uprights: Uprights | None = None,
    turned: bool = True,
) -> Landmarks | None:
    """Landmarks of a sheet's rows; None where there are fewer than 3 rows or beats.

    ``parts``: how many leads each row has, where that is known; else it is said by how many
    rows there are.
    """
    if len(rows) < LEAST_ROWS:
        return None
    if parts is None or len(parts) != len(rows):
        parts = [1 if len(rows) >= ROWS_OF_ONE_LEAD else PARTS] * len(rows)
    across, heights = _heights(rows, px_per_mm)
    steep = np.stack([_steepness(height) for height in heights])
    beats = _common_beats(steep)
    if len(beats) < 3:
        return None
    period = float(np.clip(np.median(np.diff(beats)) * STEP_MM, *PERIOD_MM))
    levels = _levels(across, heights, period)
    row, place, beat = _each_beat(steep, heights, beats)
    if len(levels.row) < len(rows) or len(row) < len(rows):
        return None
    down = np.array([_level_at(levels, k, x) for k, x in zip(row, place, strict=True)])
    seen = np.isfinite(heights)
    first, last = seen.argmax(axis=1), heights.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    middle = np.nanmedian(heights, axis=1)
    box = (float(across[first.min()]), float(middle.min()),
           float(across[last.max()]), float(middle.max()))  # fmt: skip
    lead = lead_at(parts, (box[0], box[2]), row, place)
    waves = find_waves(
        heights, STEP_MM, row, place, lead, float(np.median(np.diff(beats))) * STEP_MM
    )
    return Landmarks(
        levels, Marks(row, place, down), beat, waves, tuple(parts), box, edges,
        no_uprights() if uprights is None else uprights, turned,
    )  # fmt: skip


def lead_at(
    parts: Sequence[int], ends_mm: tuple[float, float], row: Index, across_mm: Array
) -> Index:
    """Which lead, counted row after row, stands at a place of rows of several leads each."""
    before = np.concatenate([[0], np.cumsum(parts)[:-1]])
    own = np.asarray(parts)[row]
    share = (across_mm - ends_mm[0]) / (ends_mm[1] - ends_mm[0])
    return np.asarray(before[row] + np.clip((share * own).astype(int), 0, own - 1), np.int64)


def _heights(rows: Sequence[TracedRow], px_per_mm: tuple[float, float]) -> tuple[Array, Array]:
    """Places across (mm), and each row's height there (mm down the sheet), NaN where unseen."""
    columns = len(rows[0].line.centre)
    at = np.arange(columns)
    across = np.arange(0.0, columns / px_per_mm[1], STEP_MM)
    out = np.full((len(rows), len(across)), np.nan)
    for k, row in enumerate(rows):
        there = np.isfinite(row.line.centre) & (at >= row.left_px) & (at <= row.right_px)
        if there.sum() < 2:
            continue
        place = across * px_per_mm[1]
        height = np.interp(place, at[there], row.line.centre[there]) / px_per_mm[0]
        out[k] = np.where(np.interp(place, at, there.astype(float)) > 0.5, height, np.nan)
    return across, out


def _steepness(height: Array) -> Array:
    """How steep a row is along it, 1 where a QRS complex usually is, 0 where unseen."""
    seen = np.isfinite(height)
    if not seen.any():
        return np.zeros(len(height))
    filled = np.interp(np.arange(len(height)), np.flatnonzero(seen), height[seen])
    slope = np.abs(np.gradient(gaussian_filter1d(filled, SMOOTH_MM / STEP_MM)))
    slope = np.where(seen, np.minimum(slope, np.quantile(slope, 0.995)), 0.0)
    soft = gaussian_filter1d(slope, STEEP_MM / STEP_MM)
    return np.asarray(soft / max(float(np.quantile(soft, 0.97)), 1e-9))


def _common_beats(steep: Array) -> Index:
    """Where, in steps, most rows are steep."""
    common = gaussian_filter1d(np.minimum(steep, 1.2).mean(axis=0), TOGETHER_MM / STEP_MM)
    high = BEAT_SHARE * float(np.quantile(common, 0.98))
    found, _ = find_peaks(common, height=high, distance=round(LEAST_APART_MM / STEP_MM))
    return np.asarray(found, np.int64)


def _each_beat(steep: Array, heights: Array, beats: Index) -> tuple[Index, Array, Index]:
    """Row, place (mm) and beat of each QRS complex in each row."""
    reach, within = round(REACH_MM / STEP_MM), round(WITHIN_MM / STEP_MM)
    found = []
    for beat, middle in enumerate(beats):
        part = slice(max(0, middle - reach), middle + reach + 1)
        for row, line in enumerate(steep):
            near = line[part]
            if near.max() < STEEP_SHARE or np.isfinite(heights[row, part]).mean() < 1 - 0.3:
                continue
            at = float(part.start + np.argmax(near))
            for _ in range(4):
                low = max(0, round(at) - within)
                weight = line[low : round(at) + within + 1] ** 2
                at = float((np.arange(low, low + len(weight)) * weight).sum() / weight.sum())
            found.append((row, at * STEP_MM, beat))
    table = np.array(found, np.float64).reshape(-1, 3)
    return table[:, 0].astype(np.int64), table[:, 1], table[:, 2].astype(np.int64)


def _levels(across: Array, heights: Array, period_mm: float) -> Marks:
    """Each row's median over a heart's period, every few millimetres."""
    half = round(period_mm / 2 / STEP_MM)
    found = []
    for row, height in enumerate(heights):
        for at in range(0, len(across), round(LEVEL_EVERY_MM / STEP_MM)):
            reach = min(half, at, len(across) - 1 - at)
            part = height[at - reach : at + reach + 1]
            if reach >= WHOLE_SHARE * half and np.isfinite(part).mean() >= SEEN_SHARE:
                found.append((row, across[at], float(np.nanmedian(part))))
    table = np.array(found, np.float64).reshape(-1, 3)
    return Marks(table[:, 0].astype(np.int64), table[:, 1], table[:, 2])


def _level_at(levels: Marks, row: int, across_mm: float) -> float:
    """The level of a row that is nearest to a place; that of the nearest row where it has none."""
    away = np.abs(levels.across_mm - across_mm) + 1e3 * np.abs(levels.row - row)
    return float(levels.down_mm[int(np.argmin(away))])
