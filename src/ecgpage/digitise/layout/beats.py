"""When the heart beats in each column: whether columns follow each other or show the same time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Array = NDArray[np.float64]
SURE = 0.04
"""A correlation this much higher decides; below it columns follow each other, as they mostly do.
Of 54 records of PTB-XL laid out both ways no consecutive page passed it, and 2 to 6 % of the
simultaneous ones with a strip (15 to 20 % without) stayed below."""
SAME = 0.75
"""Columns without a strip must beat together this well to be taken for simultaneous."""
LEAST_S = 0.8


def beat_envelope(signal: Array, rate_hz: float) -> Array:
    """How steep a signal is, over about 30 ms; NaN where it was not seen."""
    seen = np.isfinite(signal)
    if seen.sum() < 2:
        return np.full(len(signal), np.nan)
    filled = np.interp(np.arange(len(signal)), np.flatnonzero(seen), signal[seen])
    steep = np.abs(np.gradient(gaussian_filter1d(filled, 0.008 * rate_hz)))
    steep = np.minimum(steep, np.quantile(steep, 0.995))
    out = np.sqrt(gaussian_filter1d(steep, 0.03 * rate_hz))
    return np.where(seen, out, np.nan)


def alike(first: Array, second: Array, rate_hz: float) -> float | None:
    """Correlation of two envelopes, best over 24 ms of shift; None where too little was seen."""
    length = min(len(first), len(second))
    a, b = first[:length], second[:length]
    reach = int(0.024 * rate_hz)
    best = None
    for shift in range(-reach, reach + 1):
        x = a[max(0, shift) : length + min(0, shift)]
        y = b[max(0, -shift) : length - max(0, shift)]
        good = np.isfinite(x) & np.isfinite(y)
        if good.sum() < LEAST_S * rate_hz:
            continue
        x, y = x[good] - x[good].mean(), y[good] - y[good].mean()
        power = float(np.sqrt((x**2).sum() * (y**2).sum()))
        value = float((x * y).sum()) / power if power > 1e-12 else 0.0
        best = value if best is None else max(best, value)
    return best


def simultaneous(
    columns: Sequence[Array], strip: Array | None, rate_hz: float
) -> tuple[bool, float]:
    """Whether all columns show the same time, and by how much that fits better (correlation).

    ``columns``: the mean envelope of each column's leads; ``strip``: that of the rhythm strips,
    over the whole row. Without a strip the columns are compared with each other, and with how
    regularly the heart would beat across their borders.
    """
    later = []
    for k, column in enumerate(columns[1:], start=1):
        if strip is not None:
            width = len(strip) / len(columns)
            start = round(k * width)
            own = alike(column, strip[start : start + len(column)], rate_hz)
            same = alike(column, strip[: len(column)], rate_hz)
        else:
            same = alike(column, columns[0], rate_hz)
            own = _rhythm_goes_on(columns, rate_hz) if same is not None else None
        if own is not None and same is not None:
            later.append(same - own)
    if not later:
        return False, 0.0
    better = float(np.mean(later))
    return better > SURE, better


def _rhythm_goes_on(columns: Sequence[Array], rate_hz: float) -> float:
    """How well intervals across the borders fit the others: ``SAME`` at worst, 1 at best."""
    row = np.concatenate(list(columns))
    beats = find_beats(row, rate_hz)
    if len(beats) < 4:
        return SAME
    apart = np.diff(beats)
    borders = np.cumsum([len(c) for c in columns])[:-1]
    across = np.array([((beats[:-1] < b) & (beats[1:] >= b)) for b in borders]).any(axis=0)
    if not across.any() or across.all():
        return SAME
    usual = float(np.median(apart[~across]))
    spread = float(np.median(np.abs(apart[~across] - usual))) + 0.02 * rate_hz
    off = np.abs(apart[across] - usual) / spread
    return float(SAME + (1.0 - SAME) * np.mean(np.exp(-0.5 * (off / 2.0) ** 2)))


def find_beats(envelope: Array, rate_hz: float) -> NDArray[np.int64]:
    """Samples at which the envelope peaks as high as QRS complexes do, 0.25 s apart at least."""
    from scipy.signal import find_peaks

    clean = np.nan_to_num(envelope, nan=0.0)
    high = float(np.quantile(clean, 0.98))
    found, _ = find_peaks(clean, height=0.55 * high, distance=max(1, int(0.25 * rate_hz)))
    return np.asarray(found, dtype=np.int64)


def mean_envelope(signals: Sequence[Array], rate_hz: float) -> Array:
    """Mean envelope of stretches recorded together, each scaled to its own height."""
    stack = []
    for signal in signals:
        one = beat_envelope(signal, rate_hz)
        if np.isfinite(one).mean() < 0.5:
            continue
        high = float(np.nanquantile(one, 0.97))
        if high > 1e-9:
            stack.append(one / high)
    if not stack:
        return np.full(len(signals[0]) if signals else 0, np.nan)
    stack = [s[: min(map(len, stack))] for s in stack]
    seen = np.isfinite(stack).sum(axis=0)
    total = np.nan_to_num(np.stack(stack)).sum(axis=0)
    return np.where(seen > 0, total / np.maximum(seen, 1), np.nan)


def cut_beats(values: Array, columns: NDArray[np.int64], first: int, last: int) -> Array:
    """Values of each line, (line, column), at columns of any shape; NaN beyond first and last."""
    inside = (columns >= first) & (columns <= last)
    return np.where(inside, values[:, np.clip(columns, 0, values.shape[1] - 1)], np.nan)
