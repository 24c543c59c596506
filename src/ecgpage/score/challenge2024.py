"""The digitisation metric of the 2024 PhysioNet challenge: aligned signal-to-noise ratio.

Written anew after the evaluation code of September 2024 [1]_: both traces are drawn as pictures
of 256 amplitude levels, blurred, and cross-correlated in two dimensions; the shift at the peak
is applied where it is at most 0.5 s and 1 mV; the ratio in dB is multiplied by the share of the
true samples that the estimate covers.

The original correlates whole pictures in double precision. Here the correlation runs over the
part of the page where there is anything, in single precision, and every place within its
rounding error of the peak is then computed in double precision: the same peak, faster.

References
----------
.. [1] Reyna MA, Deepanshi, Weigle J, et al. Digitization and Classification of ECG Images:
   The George B. Moody PhysioNet Challenge 2024. Computing in Cardiology 2024;51.
   https://github.com/physionetchallenges/evaluation-2024
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]

LEVELS = 256
BLUR_SIGMA = 0.5
BLUR_REACH = 2
"""Half width of the blur: four standard deviations, rounded, as SciPy truncates it."""

MAX_SHIFT_S = 0.5
MAX_OFFSET_MV = 1.0
CANDIDATES = 200
"""More near-peaks than this (a trace that repeats itself exactly): all in double precision."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far an estimate lies from the truth: later by samples, higher by millivolts."""

    samples: int
    mv: float


def align(truth_mv: Signal, estimate_mv: Signal) -> Shift:
    """The shift at the peak of the two-dimensional cross-correlation; may be of any size.

    Parameters
    ----------
    truth_mv, estimate_mv:
        Shape (time,), NaN where unknown. With nothing to compare (no sample, or both constant
        at one value) the shift is zero.
    """
    seen, found = np.isfinite(truth_mv), np.isfinite(estimate_mv)
    if not seen.any() or not found.any():
        return Shift(0, 0.0)
    low = min(truth_mv[seen].min(), estimate_mv[found].min())
    high = max(truth_mv[seen].max(), estimate_mv[found].max())
    if high <= low:
        return Shift(0, 0.0)
    width = max(len(truth_mv), len(estimate_mv))
    truth = _quantised(truth_mv, low, high, width)
    estimate = _quantised(estimate_mv, low, high, width)
    rows, columns = _peak(truth, estimate)
    later = -(columns + truth.start - estimate.start)
    return Shift(int(later), float(-rows / (LEVELS - 1) * (high - low)))


@dataclass(frozen=True, slots=True, eq=False)
class Quantised:
    """A trace as one level (0 to 255) for each known sample.

    ``start`` is the column of the whole picture at which the part with ink begins, ``columns``
    its width, ``when`` the columns of the known samples within it.
    """

    level: NDArray[np.intp]
    when: NDArray[np.intp]
    start: int
    columns: int


def _quantised(signal_mv: Signal, low: float, high: float, width: int) -> Quantised:
    when = np.flatnonzero(np.isfinite(signal_mv))
    level = np.round((LEVELS - 1) * (signal_mv[when] - low) / (high - low) + 1).astype(np.intp)
    start = max(int(when[0]) - BLUR_REACH, 0)
    stop = min(int(when[-1]) + BLUR_REACH + 1, width)
    return Quantised(np.clip(level, 1, LEVELS) - 1, when - start, start, stop - start)


@lru_cache(maxsize=2)
def _blur_of_levels(precision: str) -> NDArray[np.floating]:
    """How one dot spreads over the levels, (LEVELS, LEVELS): column k is a dot at level k."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(np.eye(LEVELS), BLUR_SIGMA, axis=0)).astype(precision)


def _drawn(trace: Quantised, precision: str) -> NDArray[np.floating]:
    """The blurred picture of a trace, (LEVELS, columns).

    Where the part with ink ends inside the whole picture it has an empty rim as wide as the
    blur, so that reflecting there adds nothing.
    """
    from scipy.ndimage import gaussian_filter1d

    sharp = np.zeros((LEVELS, trace.columns), dtype=precision)
    sharp[:, trace.when] = np.take(_blur_of_levels(precision), trace.level, axis=1)
    if precision == "float64":
        return np.asarray(gaussian_filter1d(sharp, BLUR_SIGMA, axis=1))
    taps = gaussian_filter1d(np.eye(2 * BLUR_REACH + 1)[BLUR_REACH], BLUR_SIGMA)
    wide = np.pad(sharp, ((0, 0), (BLUR_REACH, BLUR_REACH)), mode="symmetric")
    blurred = sharp * np.float32(taps[BLUR_REACH])
    for step in range(1, BLUR_REACH + 1):
        sides = wide[:, BLUR_REACH - step :][:, : trace.columns].copy()
        sides += wide[:, BLUR_REACH + step :][:, : trace.columns]
        sides *= np.float32(taps[BLUR_REACH + step])
        blurred += sides
    return blurred


def _peak(truth: Quantised, estimate: Quantised) -> tuple[int, int]:
    """Row and column by which ``estimate`` must move to lie best on ``truth``."""
    a, b = _drawn(truth, "float32"), _drawn(estimate, "float32")
    single = _correlate(a, b)
    # Rounding of a single-precision transform: far below 2e-5 of the largest possible value.
    near = _near_the_peak(single, 2e-5 * float(np.linalg.norm(a) * np.linalg.norm(b)))
    if len(near) > 1:
        a, b = _drawn(truth, "float64"), _drawn(estimate, "float64")
    if len(near) > CANDIDATES:
        exact = _correlate(a, b)
        near = np.array([np.unravel_index(int(np.argmax(exact)), exact.shape)])
    moves = near - (np.array([LEVELS, estimate.columns]) - 1)
    if len(moves) > 1:
        values = [_overlap(a, b, int(row), int(column)) for row, column in moves]
        moves = moves[[int(np.argmax(values))]]
    return int(moves[0, 0]), int(moves[0, 1])


def _near_the_peak(values: NDArray[np.floating], margin: float) -> NDArray[np.intp]:
    """Places (row, column) within ``margin`` of the highest value, row by row."""
    highest = values.max(axis=1)
    rows = np.flatnonzero(highest >= highest.max() - margin)
    inside = np.argwhere(values[rows] >= highest.max() - margin)
    return np.stack([rows[inside[:, 0]], inside[:, 1]], axis=1)


def _correlate(truth: NDArray[np.floating], estimate: NDArray[np.floating]) -> NDArray[np.floating]:
    """Full cross-correlation in the precision of the input, by Fourier transform."""
    from scipy import fft

    rows, columns = np.array(truth.shape) + np.array(estimate.shape) - 1
    fast = fft.next_fast_len(int(columns), real=True)
    tall = fft.next_fast_len(int(rows))
    a = fft.fft(fft.rfft(truth, fast, axis=1), tall, axis=0, overwrite_x=True)
    b = fft.fft(fft.rfft(estimate[::-1, ::-1], fast, axis=1), tall, axis=0, overwrite_x=True)
    a *= b
    spectrum = fft.ifft(a, axis=0, overwrite_x=True)[:rows]
    return np.asarray(fft.irfft(spectrum, fast, axis=1)[:, :columns])


def _overlap(
    truth: NDArray[np.floating], estimate: NDArray[np.floating], row: int, column: int
) -> float:
    """The correlation at one move, in double precision."""
    rows = slice(max(row, 0), min(truth.shape[0], estimate.shape[0] + row))
    columns = slice(max(column, 0), min(truth.shape[1], estimate.shape[1] + column))
    moved = estimate[
        rows.start - row : rows.stop - row, columns.start - column : columns.stop - column
    ]
    return float(np.einsum("ij,ij->", truth[rows, columns], moved))


def moved(estimate_mv: Signal, shift: Shift) -> Signal:
    """The estimate with the shift taken away, NaN where it has nothing to say."""
    gap = np.full(abs(shift.samples), np.nan)
    if shift.samples < 0:
        return np.concatenate([gap, estimate_mv]) - shift.mv
    return np.concatenate([estimate_mv[shift.samples :], gap]) - shift.mv


def snr_db(truth_mv: Signal, estimate_mv: Signal) -> float:
    """Signal power over noise power in dB, times the share of true samples that are estimated.

    NaN where the truth has no sample or no power; 0 where the estimate covers nothing (the
    original leaves such a lead out of its mean, which would reward silence); infinite where
    the estimate is without error.
    """
    length = max(len(truth_mv), len(estimate_mv))
    truth = np.pad(truth_mv, (0, length - len(truth_mv)), constant_values=np.nan)
    estimate = np.pad(estimate_mv, (0, length - len(estimate_mv)), constant_values=np.nan)
    seen = np.isfinite(truth)
    both = seen & np.isfinite(estimate)
    if not seen.any() or not np.any(truth[seen]):
        return float("nan")
    if not both.any():
        return 0.0
    signal = float(np.mean(truth[both] ** 2))
    noise = float(np.mean((truth[both] - estimate[both]) ** 2))
    if noise == 0:
        return float("inf")
    if signal == 0:
        return float("nan")
    return float(10 * np.log10(signal / noise) * both.sum() / seen.sum())


def aligned_snr_db(truth_mv: Signal, estimate_mv: Signal, rate_hz: float) -> tuple[float, Shift]:
    """The challenge's figure of one lead, and the shift that was applied (zero if too far)."""
    shift = align(truth_mv, estimate_mv)
    if abs(shift.samples) > np.round(MAX_SHIFT_S * rate_hz) or abs(shift.mv) > MAX_OFFSET_MV:
        shift = Shift(0, 0.0)
    return snr_db(truth_mv, moved(estimate_mv, shift)), shift
