"""Paper speed and gain: what print, calibration pulses and the heart together speak for.

Each is one of a few usual values. Log odds are added up for each of them: how usual it is, what is
printed, what the pulses are high, and how likely a heart would look so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.layout.choose import RATE_HZ
from ecgpage.digitise.layout.plausible import log_odds_of_25
from ecgpage.digitise.leads.heights import log_likelihood_of_gain, sizes
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.tracing.pulseshape import GAINS_MM_PER_MV
from ecgpage.digitise.tracing.trace import Traced
from ecgpage.digitise.words.printed import Word
from ecgpage.digitise.words.scalewords import GAINS, SPEEDS

USUAL_SPEED_MM_PER_S = 25.0
USUAL_GAIN_MM_PER_MV = 10.0
FAST_MM_PER_S = 50.0
UNUSUAL_ODDS = -1.5
"""Log odds of other gains than the usual one before the page is looked at."""
SHAPE_ODDS, HEIGHT_ODDS, ONE_HEIGHT_ODDS = 12.0, 6.0, 3.5
"""What pulses speak for their gain: seen as shapes in most rows, led up to by the traces of several
rows, or of one."""
MOST_FOR_WORD = 7.0
"""What one printed word speaks for its scale at most; speed and gain on one line count together. On
160 plain development renders all speeds that were read surely were right, and one unsurely (1.1)
read was wrong."""
SURE = 2.0
"""Print that speaks for a value less than this has not told it."""
SAME_LINE_MM = 1.5
APART_MM = (7.0, 160.0)

Evidence = dict[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """Speed and gain, and where each was taken from.

    ``sure``: the probability that both are right, by the odds of all that speaks for them.
    """

    speed_mm_per_s: float
    gain_mm_per_mv: float
    speed_from: str
    gain_from: str
    sure: float = 1.0


def find_scale(traced: Traced, px_per_mm: tuple[float, float], settings: Settings) -> Scale:
    """Speed and gain of a page by print and pulses alone."""
    return settle_scale(traced, px_per_mm, settings)


def settle_scale(
    traced: Traced,
    px_per_mm: tuple[float, float],
    settings: Settings,
    first: Scale | None = None,
    signals: Sequence[NDArray[np.float64]] = (),
    length_mm: float | None = None,
) -> Scale:
    """Speed and gain for which print, pulses and heart together speak.

    ``signals``: whole rows in mV at :data:`RATE_HZ`, read at the scale ``first``, and
    ``length_mm``, how long the rows are on paper; without them the heart is not asked.
    """
    speeds, gains = printed_scales(traced.words, px_per_mm)
    pulses = pulse_odds(traced)
    gain_odds = {
        g: gains.get(g, 0.0) + pulses.get(g, 0.0) + UNUSUAL_ODDS * (g != USUAL_GAIN_MM_PER_MV)
        for g in GAINS_MM_PER_MV
    }
    speed_odds = speeds.get(USUAL_SPEED_MM_PER_S, 0.0) - speeds.get(FAST_MM_PER_S, 0.0)
    if first is None:
        speed_odds += SURE
    else:
        times = first.speed_mm_per_s / USUAL_SPEED_MM_PER_S
        speed_odds += log_odds_of_25(signals, RATE_HZ, times, length_mm)
    speed = USUAL_SPEED_MM_PER_S if speed_odds > 0.0 else FAST_MM_PER_S
    if settings.speed_mm_per_s is not None:
        speed = settings.speed_mm_per_s
    if first is not None:
        large = sizes(traced.rows, px_per_mm[0], speed * px_per_mm[1])
        for gain in gain_odds:
            gain_odds[gain] += log_likelihood_of_gain(large, gain)
    gain = max(gain_odds, key=lambda g: gain_odds[g])
    scale = Scale(
        speed,
        gain,
        "print" if speeds.get(speed, 0.0) >= SURE else "heart" if speed != USUAL_SPEED_MM_PER_S
        else "usual",
        "pulse" if pulses.get(gain, 0.0) > 0.0
        else "print" if gains.get(gain, 0.0) >= SURE
        else "heart" if gain != USUAL_GAIN_MM_PER_MV
        else "usual",
    )  # fmt: skip
    sure_gain = 1.0 / sum(float(np.exp(odds - gain_odds[gain])) for odds in gain_odds.values())
    sure_speed = 1.0 / (1.0 + float(np.exp(-abs(speed_odds))))
    if settings.gain_mm_per_mv is not None:
        scale = replace(scale, gain_mm_per_mv=settings.gain_mm_per_mv, gain_from="given")
        sure_gain = 1.0
    if settings.speed_mm_per_s is not None:
        scale = replace(scale, speed_mm_per_s=settings.speed_mm_per_s, speed_from="given")
        sure_speed = 1.0
    return replace(scale, sure=round(sure_gain * sure_speed, 3))


def printed_scales(
    words: Sequence[Word], px_per_mm: tuple[float, float]
) -> tuple[Evidence, Evidence]:
    """What print speaks for each speed and for each gain (log odds).

    A word alone counts as likely as it was read; speed and gain on one line confirm each other.
    """
    speeds = [w for w in words if w.text in SPEEDS]
    gains = [w for w in words if w.text in GAINS]
    pairs = [
        (s, g)
        for s in speeds
        for g in gains
        if abs(s.row_px - g.row_px) < SAME_LINE_MM * px_per_mm[0]
        and APART_MM[0] < abs(s.column_px - g.column_px) / px_per_mm[1] < APART_MM[1]
    ]
    for_speed: Evidence = {}
    for_gain: Evidence = {}
    for word in speeds:
        _raise(for_speed, word, _odds(word))
    for word in gains:
        _raise(for_gain, word, _odds(word))
    for speed, gain in pairs:
        both = _odds(speed) + _odds(gain)
        _raise(for_speed, speed, both)
        _raise(for_gain, gain, both)
    return for_speed, for_gain


def _raise(evidence: Evidence, word: Word, odds: float) -> None:
    number = float(word.text.split(" ")[0])
    evidence[number] = max(evidence.get(number, 0.0), odds)


def _odds(word: Word) -> float:
    score = min(max(word.score, 1e-4), 1 - 1e-4)
    return float(np.clip(np.log(score / (1 - score)), 0.0, MOST_FOR_WORD))


def pulse_odds(traced: Traced) -> Evidence:
    """What calibration pulses speak for each usual gain (log odds)."""
    odds: Evidence = {}
    if traced.pulses is not None:
        odds[traced.pulses.gain_mm_per_mv] = SHAPE_ODDS
    heights = [r.pulse.height_mm for r in traced.rows if r.pulse is not None]
    if heights:
        height = float(np.median(heights))
        nearest = min(GAINS_MM_PER_MV, key=lambda g: abs(np.log(height / g)))
        if abs(np.log(height / nearest)) < 0.25:
            more = HEIGHT_ODDS if len(heights) > 1 else ONE_HEIGHT_ODDS
            odds[nearest] = odds.get(nearest, 0.0) + more
    return odds
