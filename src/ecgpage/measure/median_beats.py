"""From a record and its waves to one median beat a lead.

The level just before each QRS is laid to zero by straight lines from beat to beat, beats whose
QRS has another shape than the commonest are left out, and the median over the rest is taken
lead by lead: noise falls, and a beat that was seen in part still counts where it was seen. A
lead that shows none of the commonest beats is taken from those that it shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.measure.bounds import global_bounds, qrs_onsets
from ecgpage.measure.strip_lags import seen_whole, strip_lags
from ecgpage.values import MedianBeats, Record, Wave, Waves
from ecgpage.values.waves import GLOBAL

Array = NDArray[np.float64]

BEFORE_S, AFTER_S = 0.35, 0.75
"""A beat's window around its R peak; after it, the window ends before the next P wave."""
QRS_S = (-0.06, 0.09)
"""Where the shapes of beats are compared, relative to the R peak."""
ALIKE = 0.75
"""Correlation of two QRS complexes above which their beats have one shape."""
SHIFT_S = 0.016
"""Beats are shifted by at most this to fit the template."""
LONGEST_RISE_S = 0.15
"""A QRS onset further from its R peak is none."""
LEVEL_S = 0.02
"""How long before the QRS onset the level is taken."""


def make_median_beats(record: Record, waves: Waves, by_hand: Sequence[Wave] = ()) -> MedianBeats:
    """The median beat of every lead, with the bounds over all leads; a person's marks first."""
    rate = record.rate_hz
    signal = np.asarray(record.signal_mv, dtype=np.float64)
    r_s = np.asarray(sorted(waves.r_peaks_s), dtype=np.float64)
    before, after = round(BEFORE_S * rate), round(AFTER_S * rate)
    if r_s.size == 0:
        empty = np.full((len(record.leads), before + after), np.nan)
        nobody = (0,) * len(record.leads)
        return MedianBeats(
            empty, rate, -before / rate, record.leads, nobody,
            tuple(fast_noise(row) for row in signal), r_s, np.zeros(0, np.bool_), {},
        )  # fmt: skip
    if not seen_whole(signal).all():
        r_s = same_reference(waves, r_s)
    onset = qrs_onsets(waves, r_s)
    level = flatten(signal, rate, r_s, onset)
    lags = strip_lags(level, record.leads, r_s, rate)
    at = np.round(r_s * rate).astype(np.intp)
    windows = cut(level, at, before, after)
    _move_strips(windows, level, record.leads, at, lags, before, after, rate)
    kept, shift = compare(windows, signal, before, rate)
    if lags:
        _move_strips(windows, level, record.leads, at + shift, lags, before, after, rate)
    else:
        windows = cut(level, at + shift, before, after)
    hide_next_beat(windows, r_s, before, rate)
    seen = np.isfinite(windows[:, :, before])
    taken = kept[:, None] & seen
    taken |= ~taken.any(axis=0, keepdims=True) & seen
    median = _nanmedian(np.where(taken[:, :, None], windows, np.nan))
    counts = taken.sum(axis=0)
    bounds = global_bounds(waves, r_s, kept, by_hand, lags)
    noise = tuple(fast_noise(row) for row in signal)
    beats = MedianBeats(
        median, rate, -before / rate, record.leads, tuple(int(n) for n in counts), noise,
        r_s, kept, bounds, lags,
    )  # fmt: skip
    return _levelled(beats)


def same_reference(waves: Waves, r_s: Array) -> Array:
    """Beat times that mean the same in every column of a page, in s.

    The peak of a broad QRS lies up to 60 ms apart in different leads, so that R peaks taken from
    different columns are no common reference; QRS onsets are. Each beat is put where the median
    onset of the leads that show it says, as far from it as R peaks are in the middle.
    """
    onsets: list[list[float]] = [[] for _ in r_s]
    for wave in waves.waves:
        if wave.wave == "QRS" and wave.lead != GLOBAL and wave.onset_s is not None:
            beat = wave.beat if wave.beat is not None else int(np.abs(r_s - wave.onset_s).argmin())
            if 0 <= beat < r_s.size:
                onsets[beat].append(wave.onset_s)
    at = np.array([np.median(found) if found else np.nan for found in onsets])
    lead_s = r_s - at
    usable = np.isfinite(lead_s) & (np.abs(lead_s) < LONGEST_RISE_S)
    if not usable.any():
        return r_s
    return np.asarray(np.where(usable, at + np.median(lead_s[usable]), r_s))


def flatten(signal: Array, rate: float, r_s: Array, onset_s: float) -> Array:
    """The signal less a line through the levels before each QRS; shape (lead, time)."""
    out = np.array(signal)
    time = np.arange(signal.shape[1], dtype=np.float64)
    ends = np.round((r_s + onset_s) * rate).astype(np.intp)
    width = max(2, round(LEVEL_S * rate))
    for row in out:
        knots, levels = [], []
        for end in ends:
            piece = row[max(0, end - width) : max(0, end)]
            if piece.size >= width // 2 and np.isfinite(piece).all():
                knots.append(end - width / 2)
                levels.append(float(np.median(piece)))
        if knots:
            row -= np.interp(time, knots, levels)
        elif np.isfinite(row).any():
            row -= np.nanmedian(row)
    return out


def cut(signal: Array, at: NDArray[np.intp], before: int, after: int) -> Array:
    """Windows around samples, shape (beat, lead, time); NaN beyond the record."""
    padded = np.pad(signal, ((0, 0), (before, after)), constant_values=np.nan)
    at = np.clip(at, 0, signal.shape[1] - 1)
    columns = at[:, None] + np.arange(before + after)[None]
    return np.asarray(padded[:, columns].transpose(1, 0, 2))


def _move_strips(
    windows: Array,
    level: Array,
    leads: Sequence[str],
    at: NDArray[np.intp],
    lags: Mapping[str, Array],
    before: int,
    after: int,
    rate: float,
) -> None:
    """Cut the windows of strips at their own beats."""
    for lead, lag in lags.items():
        row = leads.index(lead)
        own = at + np.round(lag * rate).astype(np.intp)
        windows[:, row] = cut(level[row : row + 1], own, before, after)[:, 0]


def compare(
    windows: Array, signal: Array, before: int, rate: float
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which beats have the commonest QRS shape, and how many samples each is shifted to fit.

    A beat whose QRS is not seen whole is given the benefit of the doubt.
    """
    count = len(windows)
    whole = seen_whole(signal)
    reach = round(SHIFT_S * rate)
    low, high = before + round(QRS_S[0] * rate), before + round(QRS_S[1] * rate)
    shift = np.zeros(count, dtype=np.intp)
    qrs = windows[:, whole, low:high]
    usable = np.isfinite(qrs).all(axis=(1, 2)) if whole.any() else np.zeros(count, np.bool_)
    if usable.sum() < 3:
        return np.ones(count, np.bool_), shift
    shapes = qrs[usable].reshape(int(usable.sum()), -1)
    near = np.asarray(np.corrcoef(shapes) >= ALIKE)
    seed = int(near.sum(axis=1).argmax())
    template = np.median(shapes[near[seed]], axis=0)
    kept = np.zeros(count, np.bool_)
    for beat in np.flatnonzero(usable):
        best, where = -1.0, 0
        for k in range(-reach, reach + 1):
            piece = windows[beat][whole][:, low + k : high + k].ravel()
            if np.isfinite(piece).all():
                fit = _correlation(piece, template)
                if fit > best:
                    best, where = fit, k
        kept[beat], shift[beat] = best >= ALIKE, where
    return kept | ~usable, shift


def hide_next_beat(windows: Array, r_s: Array, before: int, rate: float) -> None:
    """Set to NaN what belongs to the next beat's P wave or QRS."""
    for beat, gap in enumerate(np.diff(r_s)):
        end = before + round((gap - min(0.12, 0.2 * gap)) * rate)
        windows[beat, :, end:] = np.nan


def fast_noise(row: Array) -> float:
    """Standard deviation of what changes within 10 ms, robust against the QRS; mV.

    The median absolute second difference over 4 samples at 500 Hz, scaled to the standard
    deviation of white noise.
    """
    seen = row[np.isfinite(row)]
    if seen.size < 10:
        return float("nan")
    second = seen[4:-4] - 0.5 * (seen[:-8] + seen[8:])
    return float(np.median(np.abs(second)) / 0.6745 / np.sqrt(1.5))


def _levelled(beats: MedianBeats) -> MedianBeats:
    """The level before the QRS laid exactly to zero."""
    onset = beats.bounds_s.get("qrs_on", float("nan"))
    if not np.isfinite(onset):
        return beats
    end = beats.index(onset)
    piece = beats.signal_mv[:, max(0, end - round(LEVEL_S * beats.rate_hz)) : max(1, end)]
    level = _nanmedian(piece.T)
    beats.signal_mv[:] -= np.where(np.isfinite(level), level, 0.0)[:, None]
    return beats


def _nanmedian(values: Array) -> Array:
    """Median over the first axis, NaN where nothing is known, without warnings."""
    ordered = np.sort(values, axis=0)  # NaN last
    count = np.isfinite(values).sum(axis=0)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[None], axis=0)[0]
    high = np.take_along_axis(ordered, np.maximum(count // 2, 0)[None].clip(max=len(values) - 1),
                              axis=0)[0]  # fmt: skip
    return np.asarray(np.where(count > 0, 0.5 * (low + high), np.nan))


def _correlation(a: Array, b: Array) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0
