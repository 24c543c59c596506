"""Our own delineator without a network: slopes for QRS, hills between them for T and P."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgpage.measure.classical_beats import band_passed, find_beats
from ecgpage.measure.classical_hill import Hill, find_hill
from ecgpage.measure.classical_qrs import qrs_bounds
from ecgpage.measure.marks import Array, Delineation, Kind, Mark
from ecgpage.measure.prepare import at_rate

RATE_HZ = 250.0
SMOOTH_HZ = 14.0
"""P and T waves lie below; the rest of a QRS complex lies above."""
T_FROM_S, T_TO_S = 0.06, 0.56
"""After the QRS complex' end: the span in which a T wave peaks and ends."""
P_SPAN_S = 0.30
"""Before the QRS complex: the longest way back to a P wave's onset."""
LEAST_MV = 0.025
"""A wave lower than a quarter of a millimetre at 10 mm/mV is called absent."""
LEAST_NOISE = 3.0
"""A wave must stand out from the lead's fast noise by this factor."""
LIKENESS = 0.5
"""P waves of one lead resemble each other; below this mean correlation they are f waves."""


def delineate_classically(signal_mv: Array, rate_hz: float) -> Delineation:
    """Marks of all leads; see :data:`ecgpage.measure.marks.Delineator`."""
    leads = at_rate(signal_mv, rate_hz, RATE_HZ)
    beats = find_beats(leads, RATE_HZ)
    slow = _smoothed(leads)
    marks = tuple(_lead(row, smooth, beats) for row, smooth in zip(leads, slow, strict=True))
    return Delineation(marks, lambda _lead, _kind, _from, _to: 0.5)


def _smoothed(leads: Array) -> Array:
    fast = band_passed(leads, RATE_HZ, (SMOOTH_HZ, 100.0))
    return np.asarray(leads - fast)


def _lead(row: Array, slow: Array, beats: Array) -> tuple[Mark, ...]:
    if not np.isfinite(row).any():
        return ()
    slope = _slope(row)
    noise_mv = 1.5 * float(np.nanmedian(np.abs(np.diff(row, 2))))
    found = [qrs_bounds(row, slope, round(beat * RATE_HZ), RATE_HZ) for beat in beats]
    marks, p_waves = [], []
    for k, bounds in enumerate(found):
        if bounds is None:
            continue
        onset, _peak, offset = bounds
        height = float(np.ptp(row[onset : offset + 1]))
        marks.append(_mark("QRS", bounds, height, noise_mv))
        following = found[k + 1] if k + 1 < len(found) else None
        t_wave = _t_wave(slow, offset, following[0] if following else None, len(row))
        if t_wave is not None and _stands_out(t_wave, noise_mv):
            marks.append(_mark("T", (t_wave.onset, t_wave.peak, t_wave.offset),
                               t_wave.height_mv, noise_mv))  # fmt: skip
        before = found[k - 1] if k else None
        start = onset - round(P_SPAN_S * RATE_HZ)
        if before is not None:
            start = max(start, before[2] + (onset - before[2]) // 2)
        p_wave = find_hill(slow, *_seen(slow, max(0, start), onset - 3), round(0.1 * RATE_HZ))
        if p_wave is not None and _stands_out(p_wave, noise_mv):
            p_waves.append(p_wave)
    if _alike(slow, p_waves):
        marks += [_mark("P", (p.onset, p.peak, p.offset), p.height_mv, noise_mv) for p in p_waves]
    return tuple(sorted(marks, key=lambda mark: mark.peak_s))


def _slope(row: Array) -> Array:
    kernel = np.array([1.0, 2.0, 0.0, -2.0, -1.0]) / 8.0
    filled = np.where(np.isfinite(row), row, 0.0)
    slope = np.convolve(np.pad(filled, 2, mode="edge"), kernel, mode="valid")
    seen = np.convolve(np.pad(np.isfinite(row), 2, mode="edge").astype(float), np.ones(5), "valid")
    return np.where(seen > 4.5, slope, 0.0)


def _t_wave(slow: Array, qrs_end: int, next_onset: int | None, count: int) -> Hill | None:
    first = qrs_end + round(T_FROM_S * RATE_HZ)
    last = min(count, qrs_end + round(T_TO_S * RATE_HZ))
    if next_onset is not None:
        last = min(last, qrs_end + round(0.72 * (next_onset - qrs_end)))
    return find_hill(slow, *_seen(slow, first, last), round(0.22 * RATE_HZ))


def _seen(row: Array, first: int, last: int) -> tuple[int, int]:
    """The stretch, cut to what is seen of it from its middle on."""
    first, last = max(0, first), min(len(row), last)
    missing = np.flatnonzero(~np.isfinite(row[first:last])) + first
    if len(missing) == 0:
        return first, last
    middle = (first + last) // 2
    left = missing[missing <= middle]
    right = missing[missing > middle]
    return int(left[-1]) + 1 if len(left) else first, int(right[0]) if len(right) else last


def _stands_out(hill: Hill, noise_mv: float) -> bool:
    return hill.height_mv > max(LEAST_MV, LEAST_NOISE * noise_mv)


def _alike(slow: Array, waves: list[Hill]) -> bool:
    """Whether the waves resemble their mean."""
    reach = round(0.06 * RATE_HZ)
    pieces = [
        slow[w.peak - reach : w.peak + reach + 1]
        for w in waves
        if w.peak >= reach and w.peak + reach < len(slow)
    ]
    pieces = [piece - piece.mean() for piece in pieces if np.isfinite(piece).all()]
    if len(pieces) < 3:
        return True
    stack: NDArray[np.float64] = np.stack(pieces)
    mean = stack.mean(axis=0)
    strength = np.linalg.norm(stack, axis=1) * np.linalg.norm(mean)
    return bool(np.mean(stack @ mean / np.maximum(strength, 1e-12)) > LIKENESS)


def _mark(kind: Kind, bounds: tuple[int, int, int], height_mv: float, noise_mv: float) -> Mark:
    onset, peak, offset = (place / RATE_HZ for place in bounds)
    sure = height_mv / (height_mv + LEAST_MV + 4.0 * noise_mv)
    return Mark(kind, onset, peak, offset, float(np.clip(sure, 0.0, 1.0)))
