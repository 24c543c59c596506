"""P waves of a fast heart: looked for once more, with time stretched to a usual rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ecgpage.measure.marks import Array, Delineation, Mark
from ecgpage.measure.network import score_leads
from ecgpage.measure.network_decode import decode

FAST_BPM, USUAL_BPM = 105.0, 95.0
"""Above the first rate P and T touch and the network, which has learned from hearts at 40 to 100
beats a minute, misses P waves; it sees such a record as if at the second rate."""
MOST = 1.5
"""The network has learned with time stretched up to this factor."""


NEAR_S = 0.1
"""P waves of one lead nearer than this are the same."""


def rate_bpm(leads: tuple[tuple[Mark, ...], ...]) -> float:
    """The rate by the median distance of QRS complexes over all leads; NaN for less than two."""
    gaps = [gap for lead in leads for gap in np.diff([m.peak_s for m in lead if m.kind == "QRS"])]
    return 60.0 / float(np.median(gaps)) if gaps else float("nan")


def add_fast_p_waves(
    found: Delineation, signal_mv: Array, rate_hz: float, weights: Path | None
) -> Delineation:
    """The same marks, for a fast heart with the P waves found in stretched time.

    A P wave lies after the peak of the T wave and before the QRS complex that stand beside it;
    the T wave ends where it begins.
    """
    bpm = rate_bpm(found.leads)
    if not bpm > FAST_BPM:
        return found
    factor = min(MOST, bpm / USUAL_BPM)
    slow = decode(score_leads(signal_mv, rate_hz / factor, weights))
    leads = tuple(
        _joined(own, [_pressed(mark, factor) for mark in other if mark.kind == "P"])
        for own, other in zip(found.leads, slow.leads, strict=True)
    )
    return Delineation(leads, found.absence)


def _pressed(mark: Mark, factor: float) -> Mark:
    onset, offset = (None if t is None else t / factor for t in (mark.onset_s, mark.offset_s))
    return replace(mark, onset_s=onset, peak_s=mark.peak_s / factor, offset_s=offset)


def _joined(own: tuple[Mark, ...], p_waves: list[Mark]) -> tuple[Mark, ...]:
    rest = [mark for mark in own if mark.kind != "P"]
    kept = [p for p in p_waves if not any(_covers(mark, p) for mark in rest)]
    known = [mark for mark in own if mark.kind == "P"]
    kept += [p for p in known if not any(abs(p.peak_s - k.peak_s) < NEAR_S for k in kept)]
    rest = [_cut(mark, kept) if mark.kind == "T" else mark for mark in rest]
    return tuple(sorted([*rest, *kept], key=lambda mark: mark.peak_s))


def _covers(mark: Mark, p_wave: Mark) -> bool:
    """Whether a QRS complex or the first half of a T wave lies where a P wave was found."""
    first = mark.onset_s if mark.onset_s is not None else mark.peak_s
    last = mark.offset_s if mark.kind == "QRS" and mark.offset_s is not None else mark.peak_s
    return first <= p_wave.peak_s <= last


def _cut(t_wave: Mark, p_waves: list[Mark]) -> Mark:
    onsets = [p.onset_s for p in p_waves if p.onset_s is not None and p.peak_s > t_wave.peak_s]
    after = [onset for onset in onsets if onset > t_wave.peak_s]
    if t_wave.offset_s is None or not after:
        return t_wave
    return replace(t_wave, offset_s=min(t_wave.offset_s, *after))
