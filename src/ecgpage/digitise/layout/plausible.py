"""Tell 25 from 50 mm/s by the heart itself, where little is printed.

Read at half its speed a page shows a heart that beats half as often, and waves twice as wide.
Three figures say which: the heart rate; how steep the signal is for its height (the root mean
square of the slope over that of the signal, per second); and how long after the QRS complex the T
wave peaks, for the square root of the interval between beats (as in Bazett's correction). Over
160 records of PTB-XL (fold 10) and 90 of LUDB, laid out in four columns and a strip, the
logarithms of the last two are 4.02 (standard deviation 0.19, but 0.11 by the median of the
deviations) and -1.32 (0.17; 0.11). Their tails are heavy, so each figure is given a share of
outliers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ecgpage.digitise.layout.beats import find_beats, mean_envelope
from ecgpage.digitise.layout.physics import without_drift

Array = NDArray[np.float64]
STEEP = (4.05, 3.63)
"""Mean log steepness (1/s) at the true speed and at half of it."""
STEEP_SPREAD = 0.15
T_PEAK = (-1.30, -0.95)
T_SPREAD = 0.14
"""Mean log time from R to T peak (s) over the root of the beat interval (s), likewise."""
T_PHASE = (0.16, 0.62)
"""Where between two beats the T wave peaks."""
USUAL_BPM = 75.0
BPM_SPREAD = 0.27
"""Standard deviation of the logarithm of adults' resting heart rates."""
PERIODS_S = (0.25, 2.6)
REPEATS, NEARLY, NEAREST = 0.2, 0.85, 0.6
"""How well (correlation) an envelope must repeat to have a period, how nearly as well after a
shorter time as after a longer one, and which share of the period beats must lie apart."""
OUTLIERS, OUTLIER_RANGE = 0.06, 2.5
"""Share of figures that say nothing, and over what range (natural logarithm) these spread."""
PRIOR = 4.6
"""Log odds for 25 mm/s before the trace is looked at: ninety-nine pages of a hundred."""
USUAL_LENGTH_S, SAME_LENGTH = 10.0, 0.04
LENGTH_ODDS = 7.0
"""A page shows ten seconds, or less. Log odds against a speed at which its rows would last exactly
twice as long: half a metre of paper at 25 mm/s."""


def log_odds_of_25(
    signals: Sequence[Array], rate_hz: float, times: float = 1.0, length_mm: float | None = None
) -> float:
    """How much rather a page was recorded at 25 mm/s than at 50 mm/s (log odds).

    ``signals`` were read at ``times`` 25 mm/s; ``length_mm``: how long the rows are on paper.
    """
    odds = PRIOR
    steep = steepness(signals, rate_hz)
    if steep is not None:
        odds += _rather(steep - float(np.log(times)), STEEP, STEEP_SPREAD)
    envelope = mean_envelope(signals, rate_hz)
    beats = find_beats(envelope, rate_hz)
    odds += max(
        _odds_of_beats(signals, some, rate_hz, times)
        for some in (beats, regular_beats(envelope, beats, rate_hz))
    )
    if length_mm is not None:
        seconds = length_mm / 25.0
        if abs(seconds / (2 * USUAL_LENGTH_S) - 1) < SAME_LENGTH:
            odds -= LENGTH_ODDS
    return odds


def _rather(value: float, means: tuple[float, float], spread: float) -> float:
    """Log odds of the first mean against the second."""
    one, two = (
        (1 - OUTLIERS) * np.exp(-0.5 * ((value - m) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
        + OUTLIERS / OUTLIER_RANGE
        for m in means
    )
    return float(np.log(one / two))


def steepness(signals: Sequence[Array], rate_hz: float) -> float | None:
    """Logarithm of slope over height, median of the rows; None without a trace."""
    found = []
    for signal in signals:
        seen = np.isfinite(signal)
        if seen.sum() < 2.0 * rate_hz:
            continue
        smooth = gaussian_filter1d(signal[seen], 0.008 * rate_hz)
        level = without_drift(smooth[None], rate_hz)[0]
        slope = np.gradient(level) * rate_hz
        power = float((level**2).mean())
        if power > 1e-6:
            found.append(0.5 * np.log(float((slope**2).mean()) / power))
    return float(np.median(found)) if found else None


def _odds_of_beats(
    signals: Sequence[Array], beats: NDArray[np.int64], rate_hz: float, times: float
) -> float:
    """What the heart rate and the T wave's time speak for 25 mm/s, if these are the beats."""
    odds = 0.0
    if len(beats) >= 3:
        bpm = 60.0 * rate_hz / float(np.median(np.diff(beats)))
        odds += _rather(
            float(np.log(bpm / times / USUAL_BPM)), (0.0, -float(np.log(2.0))), BPM_SPREAD
        )
    late = t_peak(signals, beats, rate_hz)
    if late is not None:
        odds += _rather(late + 0.5 * float(np.log(times)), T_PEAK, T_SPREAD)
    return odds


def regular_beats(envelope: Array, beats: NDArray[np.int64], rate_hz: float) -> NDArray[np.int64]:
    """Beats without the T waves and the noise between them, where the envelope repeats.

    Peaks much nearer to each other than the envelope's period are not all beats.
    """
    if len(beats) < 3:
        return beats
    clean = np.nan_to_num(envelope - np.nanmean(envelope))
    size = 2 ** int(np.ceil(np.log2(2 * len(clean))))
    power = np.abs(np.fft.rfft(clean, size)) ** 2
    again = np.fft.irfft(power)[: len(clean)] / np.arange(len(clean), 0, -1)
    first, last = int(PERIODS_S[0] * rate_hz), min(int(PERIODS_S[1] * rate_hz), len(clean) // 3)
    if last - first < 3 or again[0] <= 0:
        return beats
    again = again[: last + 1] / again[0]
    peaks = [k for k in range(first, last) if again[k] >= again[k - 1] and again[k] >= again[k + 1]]
    if not peaks:
        return beats
    high = max(again[k] for k in peaks)
    if high < REPEATS:
        return beats
    period = min(k for k in peaks if again[k] > NEARLY * high)
    kept: list[int] = []
    for beat in sorted(beats.tolist(), key=lambda b: -float(np.nan_to_num(envelope[b]))):
        if all(abs(beat - other) > NEAREST * period for other in kept):
            kept.append(beat)
    return np.asarray(sorted(kept), dtype=np.int64)


def t_peak(signals: Sequence[Array], beats: NDArray[np.int64], rate_hz: float) -> float | None:
    """Log time from R to the T wave's peak over the root of the beat interval; None unseen.

    Beats of usual length are laid over each other in each row, from R to R; the highest hump of
    the rows' mean height after the QRS complex is the T wave.
    """
    if len(beats) < 4:
        return None
    apart = np.diff(beats)
    usual = float(np.median(apart))
    regular = [(b, r) for b, r in zip(beats[:-1], apart, strict=True) if abs(r / usual - 1) < 0.2]
    phase = np.linspace(0.0, 1.0, 101)
    heights = []
    for signal in signals:
        seen = np.isfinite(signal)
        if seen.mean() < 0.5:
            continue
        smooth = gaussian_filter1d(np.where(seen, signal, np.nanmedian(signal)), 0.01 * rate_hz)
        laid = [np.interp(b + phase * r, np.arange(len(smooth)), smooth) for b, r in regular]
        if not laid:
            continue
        height = np.abs(np.median([one - np.median(one[60:80]) for one in laid], axis=0))
        heights.append(np.minimum(height / (np.median(height) + 0.02), 20.0))
    if not heights:
        return None
    mean = gaussian_filter1d(np.mean(heights, axis=0), 1.5)
    first, last = (round(100 * p) for p in T_PHASE)
    humps = [
        k for k in range(first + 1, last - 1) if mean[k] >= mean[k - 1] and mean[k] > mean[k + 1]
    ]
    if not humps:
        return None
    top = max(humps, key=lambda k: mean[k])
    return float(np.log(top / 100 * np.sqrt(usual / rate_hz)))
