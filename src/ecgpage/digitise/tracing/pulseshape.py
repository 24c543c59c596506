"""Calibration pulses as shapes in the ink: two upright edges and a level top, row after row.

Where rows lie close together a pulse reaches into the rows above, and no trace leads up to its
top. But all rows' pulses stand below each other, are equally wide, and are one of the usual
gains high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GAINS_MM_PER_MV = (5.0, 10.0, 20.0)
"""Heights of a pulse of 1 mV, in mm."""
BESIDE_MM = 18.0
"""Pulses stand within this distance of the common start or end of the traces."""
WIDTHS_MM = (2.0, 11.0)
AWAY_MM = 1.75
"""A row's 0 mV lies this near to the height at which most of its ink is."""
EDGE, TOP, INSIDE = 0.85, 0.9, 0.3
"""Shares of ink along the edges and the top, at least, and between them, at most."""
BEYOND_MM, GOES_ON = 2.0, 0.6
"""Edges that go on above the topmost pulse's top, or below the lowest one's foot, this far and with
this share of ink, are those of taller pulses, unless the next row's own pulse explains them."""
LAST_ROW = 0.5
"""What it is worth, in rows, that the lowest row has its pulse, for no other reaches into that."""
LIKE_ROWS_MM = 1.0
"""Where a taller pulse ends so near (within this) to as far above the row above, or one further up,
as this one is high, its tops look like this one's in all rows but the lowest."""
INKED, FAINTLY = 0.4, 0.2
"""Coverage by ink of a pulse's lines; of thin lines on bent paper, where no others are found."""
SAME_MM = 0.6
"""Pulses of one page start and end at the same columns, within this."""
LEAST_ROWS = 2
LEAST_SHARE = 0.5
"""So many rows, and this share of all, must have the same pulse."""


@dataclass(frozen=True, slots=True)
class PulseShape:
    """The pulses of a page: the columns of their edges, their height, and how many rows have it."""

    left_px: float
    right_px: float
    gain_mm_per_mv: float
    rows: int


@dataclass(frozen=True, slots=True)
class _One:
    left: int
    right: int
    gain: float
    row: int
    quality: float
    above: float
    below: float


def find_pulse_shapes(
    ink: NDArray[np.float32],
    baselines_px: Sequence[float],
    ends_px: tuple[float, float],
    px_per_mm: tuple[float, float],
    gains: Sequence[float] = GAINS_MM_PER_MV,
) -> PulseShape | None:
    """The pulses on which most rows agree, before or after the traces; None without any.

    ``ink``: cover of the sheet; ``ends_px``: about where the traces start and end.
    """
    for least in (INKED, FAINTLY):
        found = _find(ink, baselines_px, ends_px, px_per_mm, gains, least)
        if found is not None:
            return found
    return None


def _find(
    ink: NDArray[np.float32],
    baselines_px: Sequence[float],
    ends_px: tuple[float, float],
    px_per_mm: tuple[float, float],
    gains: Sequence[float],
    least: float,
) -> PulseShape | None:
    """As above, with ink wherever ``least`` of a pixel is covered."""
    best: PulseShape | None = None
    for end in ends_px:
        reach = BESIDE_MM * px_per_mm[1]
        first = max(0, int(end - reach))
        part = ink[:, first : max(first, int(end + reach))] > least
        if part.shape[1] < 3:
            continue
        found = [
            one
            for row, baseline in enumerate(baselines_px)
            for gain in gains
            for one in _in_row(part, row, baseline, gain, px_per_mm)
        ]
        shape = _agreed(found, baselines_px, first, px_per_mm)
        if shape is not None and (best is None or shape.rows > best.rows):
            best = shape
    return best


def _in_row(
    ink: NDArray[np.bool_],
    row: int,
    baseline_px: float,
    gain: float,
    px_per_mm: tuple[float, float],
) -> list[_One]:
    """Rectangles ``gain`` mm high that stand about on the row's baseline: the best for each pair
    of edges."""
    down, across = px_per_mm
    tall = round(gain * down)
    away = round(AWAY_MM * down)
    top, bottom = round(baseline_px) - tall - away, round(baseline_px) + away + 1
    air = min(round(BEYOND_MM * down), top - 1)
    if top < 1 or bottom + 1 > ink.shape[0]:
        return []
    dark = ink[top - 1 - air : bottom + 1 + round(BEYOND_MM * down)].astype(np.uint8)
    near = cv2.dilate(dark, np.ones((1, 3), np.uint8))
    edge_sums = np.cumsum(near.astype(np.int32), axis=0)
    level = np.cumsum(cv2.dilate(dark, np.ones((3, 1), np.uint8)).astype(np.int32), axis=1)
    area = np.cumsum(np.cumsum(dark.astype(np.int32), axis=0), axis=1)
    best: dict[tuple[int, int], _One] = {}
    trim = max(1, round(0.6 * down))
    for shift in range(2 * away + 1):
        a, b = 1 + air + shift, 1 + air + shift + tall
        edges = (edge_sums[b - 1] - edge_sums[a]) / (b - 1 - a)
        columns = np.flatnonzero(edges >= EDGE)
        middles = _middles(columns)
        for left in middles:
            for right in middles:
                wide = (right - left) / across
                if not WIDTHS_MM[0] <= wide <= WIDTHS_MM[1]:
                    continue
                share = (level[a, right - 1] - level[a, left]) / (right - 1 - left)
                if share < TOP:
                    continue
                pad = max(2, round(0.4 * across))
                x0, x1, y0, y1 = left + pad, right - pad, a + trim, b - trim
                inner = area[y1, x1] - area[y0, x1] - area[y1, x0] + area[y0, x0]
                full = float(inner) / max((y1 - y0) * (x1 - x0), 1)
                if full > INSIDE:
                    continue
                quality = float(edges[left] + edges[right] + share - full)
                other = best.get((left, right))
                if other is None or quality > other.quality:
                    above = _share(near, max(a - 2 * pad - trim, 0), max(a - pad, 0), left, right)
                    below = _share(near, b + pad, b + 2 * pad + trim, left, right)
                    best[left, right] = _One(left, right, gain, row, quality, above, below)
    return list(best.values())


def _share(near: NDArray[Any], first: int, last: int, left: int, right: int) -> float:
    """Share of ink along both edges between two heights, that of the emptier one."""
    part = near[first:last, [left, right]]
    return float(part.mean(axis=0).min()) if part.size else 0.0


def _middles(columns: NDArray[np.intp]) -> list[int]:
    """The middle of each run of neighbouring columns."""
    out, first, places = [], 0, columns.tolist()
    for k in range(1, len(places) + 1):
        if k == len(places) or places[k] - places[k - 1] > 1:
            out.append(places[(first + k) // 2])
            first = k
    return out


def _agreed(
    found: Sequence[_One],
    baselines_px: Sequence[float],
    first: int,
    px_per_mm: tuple[float, float],
) -> PulseShape | None:
    """The edges and the height that most rows share."""
    rows = len(baselines_px)
    reach = max(1.0, SAME_MM * px_per_mm[1])
    pitch_mm = float(np.median(np.diff(baselines_px))) / px_per_mm[0] if rows > 1 else np.inf
    best: tuple[float, list[_One]] | None = None
    for one in found:
        same = [
            o for o in found
            if o.gain == one.gain
            and abs(o.left - one.left) <= reach
            and abs(o.right - one.right) <= reach
        ]  # fmt: skip
        if _part_of_taller(same, baselines_px, px_per_mm[0]):
            continue
        has = {o.row for o in same}
        if rows - 1 not in has and _like_a_taller(one.gain, pitch_mm):
            continue
        value = len(has) + LAST_ROW * (rows - 1 in has)
        value += 0.1 * float(np.mean([o.quality for o in same]))
        if best is None or value > best[0]:
            best = (value, same)
    if best is None:
        return None
    same = best[1]
    count = len({o.row for o in same})
    if count < max(LEAST_ROWS, LEAST_SHARE * rows):
        return None
    return PulseShape(
        float(np.median([o.left for o in same])) + first,
        float(np.median([o.right for o in same])) + first,
        same[0].gain,
        count,
    )


def _like_a_taller(gain: float, pitch_mm: float) -> bool:
    """Whether tops of taller pulses stand about ``gain`` above the feet of rows further up.

    Of pulses twice as high that is so where rows lie as far apart as ``gain``; of others wherever
    a whole number of rows makes up for what they are higher.
    """
    if abs(gain - pitch_mm) < LIKE_ROWS_MM:
        return True
    higher = [taller - gain for taller in GAINS_MM_PER_MV if taller > 2 * gain]
    return any(
        round(more / pitch_mm) > 0 and abs(more - round(more / pitch_mm) * pitch_mm) < LIKE_ROWS_MM
        for more in higher
    )


def _part_of_taller(same: Sequence[_One], baselines_px: Sequence[float], px_per_mm: float) -> bool:
    """Whether the edges go on where no pulse of this height can be the reason."""
    top, low = min(o.row for o in same), max(o.row for o in same)
    reach = (same[0].gain + BEYOND_MM) * px_per_mm
    above = min(o.above for o in same if o.row == top) > GOES_ON
    below = min(o.below for o in same if o.row == low) > GOES_ON
    near_above = top > 0 and baselines_px[top] - baselines_px[top - 1] < reach
    near_below = low + 1 < len(baselines_px) and (
        baselines_px[low + 1] - baselines_px[low] < same[0].gain * px_per_mm
    )
    return (above and not near_above) or (below and not near_below)
