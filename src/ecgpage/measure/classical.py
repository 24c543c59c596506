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
P_SPAN_S = 0.36
"""Before the QRS complex: the longest way back to a P wave's onset."""
AFTER_T_S = 0.02
"""A P wave begins at least so long after T's end."""
LEAST_MV = 0.012
"""A wave lower than an eighth of a millimetre at 10 mm/mV is called absent."""
LEAST_NOISE = 1.5
"""A wave must stand out from the lead's fast noise by this factor."""
LIKENESS = 0.58
"""P waves of one lead resemble each other; below this they are f waves. Of the LUDB records
that are not set aside, those in fibrillation lie at 0.56 and below, all that have P waves at
0.62 and above, most of these above 0.9."""


UNKNOWN = 0.5
"""How sure it is that a wave not found is absent: that cannot be told here."""
OUTWARD_S: dict[Kind, tuple[float, float]] = {
    "P": (0.004, 0.002),
    "QRS": (0.010, 0.006),
    "T": (0.024, 0.004),
}
"""So much earlier than the corners found here cardiologists mark the onset, and so much later
the end: the mean difference over those LUDB records that are not set aside."""


def delineate_classically(signal_mv: Array, rate_hz: float) -> Delineation:
    """Marks of all leads; see :data:`ecgpage.measure.marks.Delineator`."""
    found, likeness = _all_leads(signal_mv, rate_hz)
    sinus = likeness is None or likeness > LIKENESS
    marks = tuple(
        tuple(sorted([*own, *(p_waves if sinus else [])], key=lambda mark: mark.peak_s))
        for own, p_waves in found
    )
    return Delineation(marks, lambda _lead, _kind, _from, _to: UNKNOWN)


def p_likeness(signal_mv: Array, rate_hz: float) -> float | None:
    """How alike the hills before the QRS complexes are, 0 to 1: P waves are, f waves are not.

    The median over leads of the mean correlation of each hill with the lead's mean hill. None
    where no lead has three of them.
    """
    return _all_leads(signal_mv, rate_hz)[1]


def _all_leads(
    signal_mv: Array, rate_hz: float
) -> tuple[list[tuple[list[Mark], list[Mark]]], float | None]:
    """For each lead its QRS and T and, apart, what may be P; and how alike the latter are."""
    leads = at_rate(signal_mv, rate_hz, RATE_HZ)
    beats = find_beats(leads, RATE_HZ)
    slow = _smoothed(leads)
    found, likeness = [], []
    for row, smooth in zip(leads, slow, strict=True):
        marks, hills, p_waves = _lead(row, smooth, beats)
        found.append((marks, p_waves))
        own = _likeness(smooth, hills)
        if own is not None:
            likeness.append(own)
    return found, float(np.median(likeness)) if likeness else None


def _smoothed(leads: Array) -> Array:
    fast = band_passed(leads, RATE_HZ, (SMOOTH_HZ, 100.0))
    return np.asarray(leads - fast)


def _lead(row: Array, slow: Array, beats: Array) -> tuple[list[Mark], list[Hill], list[Mark]]:
    """Marks of QRS and T; hills that may be P waves, and the same as marks."""
    if not np.isfinite(row).any():
        return [], [], []
    slope = _slope(row)
    noise_mv = 1.5 * float(np.nanmedian(np.abs(np.diff(row, 2))))
    found = [qrs_bounds(row, slope, round(beat * RATE_HZ), RATE_HZ) for beat in beats]
    marks, hills, p_waves = [], [], []
    free_from = 0
    for k, bounds in enumerate(found):
        if bounds is None:
            continue
        onset, _peak, offset = bounds
        height = float(np.ptp(row[onset : offset + 1]))
        marks.append(_mark("QRS", bounds, height, noise_mv, len(row)))
        start = max(free_from, onset - round(P_SPAN_S * RATE_HZ))
        p_wave = find_hill(slow, *_seen(slow, start, onset - 3), round(0.1 * RATE_HZ))
        if p_wave is not None and _stands_out(p_wave, noise_mv):
            hills.append(p_wave)
            p_waves.append(_mark("P", _bounds(p_wave), p_wave.height_mv, noise_mv, len(row)))
        following = found[k + 1] if k + 1 < len(found) else None
        t_wave = _t_wave(slow, offset, following[0] if following else None, len(row))
        if t_wave is not None and _stands_out(t_wave, noise_mv):
            marks.append(_mark("T", _bounds(t_wave), t_wave.height_mv, noise_mv, len(row)))
            free_from = t_wave.offset + round(AFTER_T_S * RATE_HZ)
        else:
            free_from = offset + round(T_FROM_S * RATE_HZ)
            if following is not None:
                free_from = max(free_from, (offset + following[0]) // 2)
    return marks, hills, p_waves


def _bounds(hill: Hill) -> tuple[int, int, int]:
    return hill.onset, hill.peak, hill.offset


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


def _likeness(slow: Array, hills: list[Hill]) -> float | None:
    """How much the waves of a lead resemble their mean: mean correlation; None if few."""
    reach = round(0.06 * RATE_HZ)
    pieces = [
        slow[w.peak - reach : w.peak + reach + 1]
        for w in hills
        if w.peak >= reach and w.peak + reach < len(slow)
    ]
    pieces = [piece - piece.mean() for piece in pieces if np.isfinite(piece).all()]
    if len(pieces) < 3:
        return None
    stack: NDArray[np.float64] = np.stack(pieces)
    mean = stack.mean(axis=0)
    strength = np.linalg.norm(stack, axis=1) * np.linalg.norm(mean)
    return float(np.mean(stack @ mean / np.maximum(strength, 1e-12)))


def _mark(
    kind: Kind, bounds: tuple[int, int, int], height_mv: float, noise_mv: float, samples: int
) -> Mark:
    onset, peak, offset = (place / RATE_HZ for place in bounds)
    onset = max(0.0, onset - OUTWARD_S[kind][0])
    offset = min((samples - 1) / RATE_HZ, offset + OUTWARD_S[kind][1])
    sure = height_mv / (height_mv + LEAST_MV + 4.0 * noise_mv)
    return Mark(kind, onset, peak, offset, float(np.clip(sure, 0.0, 1.0)))
