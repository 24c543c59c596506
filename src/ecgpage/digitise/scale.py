"""Paper speed and gain: from print, from the calibration pulse, or the usual ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecgpage.digitise.settings import Settings
from ecgpage.digitise.tracing import Traced

USUAL_SPEED_MM_PER_S = 25.0
USUAL_GAIN_MM_PER_MV = 10.0
GAINS_MM_PER_MV = (5.0, 10.0, 20.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Speed and gain, and where each was taken from."""

    speed_mm_per_s: float
    gain_mm_per_mv: float
    speed_from: str
    gain_from: str


def find_scale(traced: Traced, settings: Settings) -> Scale:
    """Speed and gain of a page; a pulse of 1 mV is one of the usual gains high."""
    gain, gain_from = USUAL_GAIN_MM_PER_MV, "usual"
    heights = [r.pulse.height_mm for r in traced.rows if r.pulse is not None]
    if heights:
        height = float(np.median(heights))
        nearest = min(GAINS_MM_PER_MV, key=lambda g: abs(np.log(height / g)))
        if abs(np.log(height / nearest)) < 0.25:
            gain, gain_from = nearest, "pulse"
    speed, speed_from = USUAL_SPEED_MM_PER_S, "usual"
    if settings.gain_mm_per_mv is not None:
        gain, gain_from = settings.gain_mm_per_mv, "given"
    if settings.speed_mm_per_s is not None:
        speed, speed_from = settings.speed_mm_per_s, "given"
    return Scale(speed, gain, speed_from, gain_from)
