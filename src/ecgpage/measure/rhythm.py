"""Rate and regularity from R peaks, and how many beats a P wave precedes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.measure.bounds import relative
from ecgpage.values import MedianBeats, Record, Waves

FEWEST_RR = 3
"""RR intervals below which regularity is not judged."""
P_LEADS = 0.25
"""Share of the leads seen in which a P wave must be found before it counts for a beat."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Figures of the rhythm; NaN where there are too few beats."""

    rr_s: NDArray[np.float64]
    rate_bpm: float
    sd_s: float
    rmssd_s: float
    irregularity: float
    other_share: float
    p_share: float


def measure_rhythm(record: Record, waves: Waves, beats: MedianBeats) -> Rhythm:
    """All figures of the rhythm."""
    rr = np.diff(beats.r_s)
    mean = float(rr.mean()) if rr.size else float("nan")
    enough = rr.size >= FEWEST_RR
    step = np.diff(rr)
    nan = float("nan")
    return Rhythm(
        rr,
        60.0 / mean if rr.size else nan,
        float(rr.std()) if enough else nan,
        float(np.sqrt(np.mean(step**2))) if enough else nan,
        float(np.median(np.abs(step)) / np.median(rr)) if enough else nan,
        float(1.0 - beats.kept.mean()) if beats.r_s.size >= FEWEST_RR else nan,
        p_share(record, waves, beats),
    )


def p_share(record: Record, waves: Waves, beats: MedianBeats) -> float:
    """Share of beats with a P wave in at least :data:`P_LEADS` of the leads that show them.

    The first beat is left out where the record begins less than 0.25 s before it.
    """
    if beats.r_s.size == 0:
        return float("nan")
    by_lead = [
        {beat for beat, _ in relative(waves.of(lead, "P"), "P", beats.r_s)} for lead in record.leads
    ]
    found = []
    for beat, r_s in enumerate(beats.r_s):
        at = min(max(round((r_s - 0.15) * record.rate_hz), 0), record.signal_mv.shape[1] - 1)
        seen = np.isfinite(record.signal_mv[:, at])
        if r_s < 0.25 or not seen.any():
            continue
        with_p = sum(beat in beats_of for beats_of, s in zip(by_lead, seen, strict=True) if s)
        found.append(with_p >= P_LEADS * seen.sum())
    return float(np.mean(found)) if found else float("nan")
