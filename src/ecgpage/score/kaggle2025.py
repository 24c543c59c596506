"""The digitisation metric of the 2025 PhysioNet competition on Kaggle.

Written anew after the published metric [1]_: each lead is moved by the lag of the highest
cross-correlation within 0.2 s, its least-squares offset is taken away, what the move left
empty counts as 0 mV; signal and noise are summed over all leads of the page, and their ratio
is capped at 384 (25.8 dB). The competition's score is the mean of the ratios in dB.

References
----------
.. [1] PhysioNet - Digitization of ECG Images. Kaggle 2025, "PhysioNet ECG signal extraction
   metric". https://www.kaggle.com/competitions/physionet-ecg-image-digitization
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]

MAX_SHIFT_S = 0.2
MAX_RATIO = 384.0


def lead_powers(truth_mv: Signal, estimate_mv: Signal, rate_hz: float) -> tuple[float, float]:
    """Signal and noise (sums of squares, mV^2) of one lead after alignment.

    Parameters
    ----------
    truth_mv, estimate_mv:
        Shape (time,). Only samples with a truth are looked at; where the estimate has none
        there, it counts as 0 mV (the competition asks for a number everywhere).
    rate_hz:
        Samples per second of both.
    """
    estimate = np.full(len(truth_mv), np.nan)
    common = min(len(truth_mv), len(estimate_mv))
    estimate[:common] = estimate_mv[:common]
    seen = np.isfinite(truth_mv)
    label, said = truth_mv[seen], np.nan_to_num(estimate[seen], nan=0.0, posinf=0.0, neginf=0.0)
    if len(label) == 0:
        return 0.0, 0.0
    aligned = _aligned(label, said, int(rate_hz * MAX_SHIFT_S))
    return float(np.sum(label**2)), float(np.sum((label - aligned) ** 2))


def _aligned(label: Signal, said: Signal, max_lag: int) -> Signal:
    """The estimate moved in time and height, 0 where the move left nothing."""
    lag = _best_lag(label - label.mean(), said - said.mean(), min(max_lag, len(label) - 1))
    count = len(label)
    kept = slice(max(lag, 0), count + min(lag, 0))
    aligned = np.zeros(count)
    part = said[max(-lag, 0) : count - max(lag, 0)]
    aligned[kept] = part - np.mean(part - label[kept])
    return aligned


def _best_lag(label: Signal, said: Signal, max_lag: int) -> int:
    """The lag in samples, within ``max_lag``, where correlation peaks; of equals the smallest."""
    from scipy.signal import correlate

    full = correlate(label, said, mode="full")
    lags = np.arange(-max_lag, max_lag + 1)
    near = full[lags + len(said) - 1]
    return int(min(lags[near == near.max()], key=abs))


def page_ratio(powers: Iterable[tuple[float, float]]) -> float:
    """Signal over noise of all leads together, capped at 384; 0 without signal."""
    pairs = list(powers)
    signal, noise = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    if noise == 0:
        return MAX_RATIO
    return min(signal / noise, MAX_RATIO) if signal > 0 else 0.0


def decibels(ratio: float) -> float:
    """A power ratio in dB, never below -384 (the competition's own floor)."""
    return max(float(10 * np.log10(ratio)), -MAX_RATIO) if ratio > 0 else -MAX_RATIO
