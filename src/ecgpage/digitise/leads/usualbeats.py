"""Where each trace should run, told by its lead's other beats.

Paths that take a wrong branch where traces cross do so in some beats and not in others. The median
of a lead's beats, each at its own level, is what the lead looks like; where most beats agree on it
the others are expected there too, unless many leads at once show a beat of another kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from ecgpage.digitise.layout.beats import cut_beats, find_beats, mean_envelope
from ecgpage.digitise.nan_median import nan_median
from ecgpage.digitise.tracing.line import Line

Array = NDArray[np.float64]
Index = NDArray[np.int64]
LEAST_BEATS = 4
BEFORE, BEHIND = 0.38, 0.62
"""What belongs to a beat before and behind its QRS complex, in usual distances of two beats."""
ALIGN_S = 0.024
"""Beats are moved by up to this until they lie over each other."""
NEAR_MM = 1.2
"""Beats agree where they are so near to their median."""
AGREE = 0.6
"""Share of the beats that must agree before the others are expected there."""
UNLIKE, OTHER_KIND = 0.3, 0.5
"""A beat in which more than the second share of the leads are unlike their usual beat over more
than the first share of its QRS complex and T wave is of another kind: ectopic, or paced."""
WAVES = (-0.08, 0.45)
"""Where these lie from the QRS complex on, in usual distances of two beats. A beat of which less is
shown is taken for a usual one: programs hold the last value of a lead that is too short."""
JITTER_S = 0.006
"""Flanks stand this far beside each other in beats that agree."""
ROUNDS = 2
LEVEL_BEATS, LEVEL_SHARE = 2, 0.35
"""A beat that lies this share of the rows' distance away from the level of the beats around (so
many to either side) was read in another row's line."""


@dataclass(frozen=True, slots=True)
class Span:
    """Columns ``first`` to ``last`` in which leads run, and the sheet's pixels.

    ``px_per_mm``: (down, across); ``pitch_px``: distance of the rows.
    """

    first: int
    last: int
    px_per_mm: tuple[float, float]
    px_per_s: float
    pitch_px: float


def expect_beats(lines: Sequence[Line], span: Span) -> Array:
    """Upper and lower border between which each line should be, (2, line, column); NaN unknown."""
    out = np.full((2, len(lines), len(lines[0].centre)), np.nan)
    envelope = mean_envelope(
        [line.centre[span.first : span.last + 1] for line in lines], span.px_per_s
    )
    if not np.isfinite(envelope).any():
        return out
    at = find_beats(envelope, span.px_per_s) + span.first
    if len(at) < LEAST_BEATS:
        return out
    usual = float(np.median(np.diff(at)))
    offsets = np.arange(-round(BEFORE * usual), round(BEHIND * usual) + 1)
    centre = np.stack([line.centre for line in lines])
    at = _aligned(centre, at, offsets, span)
    now = _cut(centre, at, offsets, span)
    level, shape = _levels(now, span.pitch_px)
    borders = _borders(lines, at, offsets, level, span)
    near = NEAR_MM * span.px_per_mm[0]
    away = now - level[..., None]
    agrees = np.abs(away - shape[:, None]) < near
    agrees |= (away > borders[0][:, None] - near / 2) & (away < borders[1][:, None] + near / 2)
    seen = np.isfinite(now)
    count = seen.sum(axis=1)
    sure = ((agrees & seen).sum(axis=1) >= AGREE * count) & (count >= LEAST_BEATS)
    sure &= np.isfinite(borders).all(axis=0)
    waves = (offsets > WAVES[0] * usual) & (offsets < WAVES[1] * usual)
    asked = sure[:, None] & seen & waves
    unlike = (asked & ~agrees).sum(axis=2) > UNLIKE * np.maximum(asked.sum(axis=2), 1)
    cut_off = (at + WAVES[0] * usual < span.first) | (at + WAVES[1] * usual > span.last)
    usual_kind = cut_off | (unlike.mean(axis=0) <= OTHER_KIND)
    edges = [span.first, *((at[1:] + at[:-1]) // 2), span.last + 1]
    for b in np.flatnonzero(usual_kind):
        start = at[b] + offsets[0]
        a, e = max(start, edges[b]), min(at[b] + offsets[-1] + 1, edges[b + 1])
        if a < e:
            part = slice(a - start, e - start)
            heights = borders[:, :, part] + level[:, b, None]
            out[:, :, a:e] = np.where(sure[:, part], heights, np.nan)
    return out


def _cut(values: Array, at: Index, offsets: Index, span: Span) -> Array:
    """Beats of each line, (line, beat, offset); NaN beyond the leads' ends."""
    return cut_beats(values, at[:, None] + offsets, span.first, span.last)


def _aligned(centre: Array, at: Index, offsets: Index, span: Span) -> Index:
    """Columns of QRS complexes at which all leads' beats lie over each other best."""
    reach = max(1, round(ALIGN_S * span.px_per_s))
    most = NEAR_MM * span.px_per_mm[0]
    for _ in range(ROUNDS):
        now = _cut(centre, at, offsets, span)
        level = nan_median(now, 2)[..., None]
        shape = nan_median(now - level, 1)[:, None]
        misses = []
        for shift in range(-reach, reach + 1):
            miss = np.minimum(np.abs(_cut(centre, at + shift, offsets, span) - level - shape), most)
            seen = np.isfinite(miss).sum(axis=(0, 2))
            misses.append(np.nansum(miss, axis=(0, 2)) / np.maximum(seen, 1) + 1e-6 * abs(shift))
        at = at + np.argmin(misses, axis=0) - reach
    return np.sort(at)


def _levels(now: Array, pitch_px: float) -> tuple[Array, Array]:
    """Level of each beat, (line, beat), and the lines' usual shapes, (line, offset)."""
    shape = nan_median(now - nan_median(now, 2)[..., None], 1)
    beats = now.shape[1]
    level = np.zeros(now.shape[:2])
    for _ in range(ROUNDS):
        level = nan_median(now - shape[:, None], 2)
        around = np.stack([
            nan_median(level[:, max(0, b - LEVEL_BEATS) : b + LEVEL_BEATS + 1], 1)
            for b in range(beats)
        ], axis=1)  # fmt: skip
        astray = ~(np.abs(level - around) <= LEVEL_SHARE * pitch_px)
        level = np.where(astray, around, level)
        shape = nan_median(now - level[..., None], 1)
    return level, shape


def _borders(lines: Sequence[Line], at: Index, offsets: Index, level: Array, span: Span) -> Array:
    """Heights between which the usual beat of each line lies, from its level, (2, line, offset)."""
    high, low = (
        nan_median(_cut(values, at, offsets, span) - level[..., None], 1)
        for values in (
            np.stack([line.high for line in lines]),
            np.stack([line.low for line in lines]),
        )
    )
    return reached_around(high, low, span.px_per_s)


def reached_around(high: Array, low: Array, px_per_s: float) -> Array:
    """Highest and lowest of what is reached a jitter's distance around, (2, line, column)."""
    wide = 2 * max(1, round(JITTER_S * px_per_s)) + 1
    upper = minimum_filter1d(np.nan_to_num(high, nan=np.inf), wide, axis=1)
    lower = maximum_filter1d(np.nan_to_num(low, nan=-np.inf), wide, axis=1)
    unknown = ~np.isfinite(high) | ~np.isfinite(low)
    return np.where(unknown, np.nan, np.stack([upper, lower]))
