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
FAST_MM_PER_S = 50.0
SURE_PAIR, SURE_ALONE = 1.0, 0.6
"""Least scores of a printed scale: speed and gain on one line (summed), and one alone."""
SAME_LINE_MM = 1.5
APART_MM = (7.0, 160.0)

PRINT_ODDS = 12.0
FALSE_SCORE = 0.55
"""Log odds for a printed speed, for each unit of its score above what scraps are read with."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Speed and gain, and where each was taken from."""

    speed_mm_per_s: float
    gain_mm_per_mv: float
    speed_from: str
    gain_from: str


def find_scale(traced: Traced, px_per_mm: tuple[float, float], settings: Settings) -> Scale:
    """Speed and gain of a page.

    A pulse of 1 mV is one of the usual gains high; where none is seen the printed gain is
    taken. The speed stands in print or is the usual one.
    """
    gain, gain_from = USUAL_GAIN_MM_PER_MV, "usual"
    speed, speed_from = USUAL_SPEED_MM_PER_S, "usual"
    pulse = pulse_gain(traced)
    printed_speed, printed_gain = printed_scale(traced.words, px_per_mm, pulse)
    if printed_gain is not None:
        gain, gain_from = _number(printed_gain), "print"
    if printed_speed is not None:
        speed, speed_from = _number(printed_speed), "print"
    if pulse is not None:
        gain, gain_from = pulse, "pulse"
    if settings.gain_mm_per_mv is not None:
        gain, gain_from = settings.gain_mm_per_mv, "given"
    if settings.speed_mm_per_s is not None:
        speed, speed_from = settings.speed_mm_per_s, "given"
    return Scale(speed, gain, speed_from, gain_from)


def settle_speed(
    scale: Scale,
    traced: Traced,
    px_per_mm: tuple[float, float],
    signals: Sequence[NDArray[np.float64]],
) -> Scale:
    """The scale with the speed that print and heart together speak for.

    ``signals``: whole rows in mV at :data:`RATE_HZ`, read at the scale's speed. A speed that was
    read badly is outvoted by a heart that could not beat so.
    """
    if scale.speed_from == "given":
        return scale
    times = scale.speed_mm_per_s / USUAL_SPEED_MM_PER_S
    odds = log_odds_of_25(signals, RATE_HZ, times)
    printed, _ = printed_scale(traced.words, px_per_mm, pulse_gain(traced))
    if printed is not None:
        sign = 1.0 if _number(printed) == USUAL_SPEED_MM_PER_S else -1.0
        odds += sign * PRINT_ODDS * max(printed.score - FALSE_SCORE, 0.0)
    speed = USUAL_SPEED_MM_PER_S if odds > 0.0 else FAST_MM_PER_S
    if speed == scale.speed_mm_per_s:
        return scale
    return replace(scale, speed_mm_per_s=speed, speed_from="heart")


def _number(word: Word) -> float:
    return float(word.text.split(" ")[0])


def printed_scale(
    words: Sequence[Word], px_per_mm: tuple[float, float], pulse: float | None = None
) -> tuple[Word | None, Word | None]:
    """The printed speed and gain: a pair on one line if there is one, else what is sure alone.

    Where calibration pulses give the gain, what contradicts them was not read rightly.
    """
    speeds = [w for w in words if w.text in SPEEDS]
    gains = [w for w in words if w.text in GAINS and (pulse is None or _number(w) == pulse)]
    pairs = [
        (s, g)
        for s in speeds
        for g in gains
        if abs(s.row_px - g.row_px) < SAME_LINE_MM * px_per_mm[0]
        and APART_MM[0] < abs(s.column_px - g.column_px) / px_per_mm[1] < APART_MM[1]
    ]
    if pairs:
        speed, gain = max(pairs, key=lambda p: p[0].score + p[1].score)
        if speed.score + gain.score >= SURE_PAIR:
            return speed, gain
    best_speed = max(speeds, key=lambda w: w.score, default=None)
    best_gain = max(gains, key=lambda w: w.score, default=None)
    return (
        best_speed if best_speed is not None and best_speed.score >= SURE_ALONE else None,
        best_gain if best_gain is not None and best_gain.score >= SURE_ALONE else None,
    )


def pulse_gain(traced: Traced) -> float | None:
    """The usual gain that the calibration pulses are high."""
    heights = [r.pulse.height_mm for r in traced.rows if r.pulse is not None]
    if not heights:
        return None
    height = float(np.median(heights))
    nearest = min(GAINS_MM_PER_MV, key=lambda g: abs(np.log(height / g)))
    return nearest if abs(np.log(height / nearest)) < 0.25 else None
