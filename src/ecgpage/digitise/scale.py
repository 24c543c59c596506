"""Paper speed and gain: from print, from the calibration pulse, or the usual ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.layout import RATE_HZ
from ecgpage.digitise.plausible import log_odds_of_25
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.tracing import Traced
from ecgpage.digitise.words import GAINS, SPEEDS, Word

USUAL_SPEED_MM_PER_S = 25.0
USUAL_GAIN_MM_PER_MV = 10.0
GAINS_MM_PER_MV = (5.0, 10.0, 20.0)
SURE_PRINT = 0.45
"""Least score of a printed scale that is believed."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Speed and gain, and where each was taken from."""

    speed_mm_per_s: float
    gain_mm_per_mv: float
    speed_from: str
    gain_from: str


def find_scale(traced: Traced, settings: Settings) -> Scale:
    """Speed and gain of a page.

    A pulse of 1 mV is one of the usual gains high; where none is seen the printed gain is
    taken. The speed stands in print or is the usual one.
    """
    gain, gain_from = USUAL_GAIN_MM_PER_MV, "usual"
    printed = printed_value(traced.words, GAINS)
    if printed is not None:
        gain, gain_from = printed, "print"
    pulse = pulse_gain(traced)
    if pulse is not None:
        gain, gain_from = pulse, "pulse"
    speed, speed_from = USUAL_SPEED_MM_PER_S, "usual"
    printed = printed_value(traced.words, SPEEDS)
    if printed is not None:
        speed, speed_from = printed, "print"
    if settings.gain_mm_per_mv is not None:
        gain, gain_from = settings.gain_mm_per_mv, "given"
    if settings.speed_mm_per_s is not None:
        speed, speed_from = settings.speed_mm_per_s, "given"
    return Scale(speed, gain, speed_from, gain_from)


def settle_speed(scale: Scale, signals: Sequence[NDArray[np.float64]]) -> Scale:
    """The scale with 50 mm/s where nothing is printed and the heart speaks for it.

    ``signals``: whole rows in mV at :data:`RATE_HZ`, read at the usual speed.
    """
    if scale.speed_from != "usual" or log_odds_of_25(signals, RATE_HZ) > 0.0:
        return scale
    return replace(scale, speed_mm_per_s=50.0, speed_from="heart")


def printed_value(words: Sequence[Word], texts: Sequence[str]) -> float | None:
    """The number of the surest printed scale; None where none is sure or two disagree."""
    found = [w for w in words if w.text in texts and w.score >= SURE_PRINT]
    if not found:
        return None
    best = max(found, key=lambda w: w.score)
    others = [w.score for w in found if w.text != best.text]
    if others and max(others) > 0.8 * best.score:
        return None
    return float(best.text.split(" ")[0])


def pulse_gain(traced: Traced) -> float | None:
    """The usual gain that the calibration pulses are high."""
    heights = [r.pulse.height_mm for r in traced.rows if r.pulse is not None]
    if not heights:
        return None
    height = float(np.median(heights))
    nearest = min(GAINS_MM_PER_MV, key=lambda g: abs(np.log(height / g)))
    return nearest if abs(np.log(height / nearest)) < 0.25 else None
