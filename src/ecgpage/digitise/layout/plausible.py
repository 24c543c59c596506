"""Tell 25 from 50 mm/s by the heart itself, where little is printed.

Read at half its speed a page shows a heart that beats half as often, and waves twice as wide.
Three things say which: the heart rate; how long after the QRS complex the T wave peaks, for the
square root of the interval between beats (as in Bazett's correction); and at which frequencies the
signal's power lies. The logarithm of the second is -1.32 (standard deviation 0.17; 0.11 by the
median of the deviations) over 160 records of PTB-XL (fold 10) and 90 of LUDB. Tails are heavy, so
the first two are given a share of outliers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ecgpage.digitise.layout.bands import shares_of_bands
from ecgpage.digitise.layout.beats import find_beats, mean_envelope

Array = NDArray[np.float64]
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
PRIOR = 2.5
"""Log odds for 25 mm/s before the trace is looked at: twelve pages of thirteen."""
BEATS_COUNT, T_COUNT = 1.25, 0.80
"""What the odds of the heart rate and of the T wave's time count beside each other and bands."""
BANDS_START = 1.69
BANDS_COUNT = np.array([-0.93, 0.04, 0.59, -1.31, 1.2, -3.62, 2.89, 1.42, -0.75])
"""Log odds for 25 mm/s by what each half octave has of the power.

All by logistic regression on the records of odd number of PTB-XL and LUDB, at both speeds, in all
layouts, five seconds or ten on 250 mm, filtered as machines do and blurred as by coarse pictures,
and on renders of such on which nothing is printed. Of 1356 pages of the even ones at each speed
none at 25 mm/s and 87 at 50 mm/s are told wrongly (with slope over height instead of bands, and a
prior of ninety-nine to one, none and 159), of 678 coarse ones 3 and 27 (2 and 84), and of 152
scans, photos and other pages at 25 mm/s none."""
USUAL_LENGTH_S, SAME_LENGTH = 10.0, 0.04
LENGTH_ODDS = 7.0
"""A page shows ten seconds, or less. Log odds against a speed at which its rows would last exactly
twice as long: half a metre of paper at 25 mm/s."""


def log_odds_of_25(
    signals: Sequence[Array], rate_hz: float, times: float = 1.0, length_mm: float | None = None
) -> float:
    """How much rather a page was recorded at 25 mm/s than at 50 mm/s (log odds).

    ``signals`` were read at ``times`` 25 mm/s; all is looked at as if read at 25 mm/s.
    ``length_mm``: how long the rows are on paper.
    """
    read_hz = rate_hz / times
    odds = PRIOR
    shares = shares_of_bands(signals, read_hz)
    if shares is not None:
        odds += BANDS_START + float(BANDS_COUNT @ shares)
    envelope = mean_envelope(signals, read_hz)
    beats = find_beats(envelope, read_hz)
    odds += max(
        _odds_of_beats(signals, some, read_hz)
        for some in (beats, regular_beats(envelope, beats, read_hz))
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


def _odds_of_beats(signals: Sequence[Array], beats: NDArray[np.int64], rate_hz: float) -> float:
    """What the heart rate and the T wave's time speak for 25 mm/s, if these are the beats."""
    odds = 0.0
    if len(beats) >= 3:
        bpm = 60.0 * rate_hz / float(np.median(np.diff(beats)))
        slower = (0.0, -float(np.log(2.0)))
        odds += BEATS_COUNT * _rather(float(np.log(bpm / USUAL_BPM)), slower, BPM_SPREAD)
    late = t_peak(signals, beats, rate_hz)
    if late is not None:
        odds += T_COUNT * _rather(late, T_PEAK, T_SPREAD)
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
