"""How late a rhythm strip runs against the columns above it.

Columns are not always printed, nor cut apart, at exactly the strip's time: a strip that is a
percent short is 70 ms early under the last column. Beats are those of the columns, which are
more leads. Strip and first column begin together: the strip's beats there are the template by
which its later ones are found.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SEEN = 0.8
"""A lead that is seen for this share of the record is a strip where others are not."""
MOST_S = 0.12
"""Larger lags are not looked for."""
QRS_S = (-0.06, 0.08)
"""What of a beat is compared, relative to the R peak."""
FIRST = 0.26
"""Share of the record that the first column takes."""
ALIKE = 0.7
"""Correlation from which on a beat of the strip is found."""


def seen_whole(signal: Array) -> NDArray[np.bool_]:
    """The leads that are seen throughout, shape (lead,)."""
    return np.asarray(np.isfinite(signal).mean(axis=1) >= SEEN)


def strip_lags(
    signal_mv: Array, leads: Sequence[str], r_s: Array, rate_hz: float
) -> dict[str, Array]:
    """By strip: how late each of its beats is, s; empty where all leads are seen alike."""
    whole = seen_whole(signal_mv)
    if whole.all() or not whole.any():
        return {}
    early = r_s < FIRST * signal_mv.shape[1] / rate_hz
    return {
        lead: _lags(signal_mv[row], r_s, early, rate_hz)
        for row, lead in enumerate(leads)
        if whole[row]
    }


def _lags(x: Array, r_s: Array, early: NDArray[np.bool_], rate_hz: float) -> Array:
    reach = round(MOST_S * rate_hz)
    low, high = round(QRS_S[0] * rate_hz), round(QRS_S[1] * rate_hz)
    padded = np.pad(x, reach - low + high, constant_values=np.nan)
    at = np.round(r_s * rate_hz).astype(np.intp) + reach - low + high
    near = np.array([padded[k + low - reach : k + high + reach] for k in at])
    pieces = np.lib.stride_tricks.sliding_window_view(near, high - low, axis=1)
    own = pieces[:, reach]
    usable = early & np.isfinite(own).all(axis=1)
    if not usable.any():
        return np.zeros(r_s.size)
    fit = _correlations(pieces, np.median(own[usable], axis=0))
    lag = (fit.argmax(axis=1) - reach) / rate_hz
    return _smoothed(np.where(fit.max(axis=1) >= ALIKE, lag, np.nan))


def _correlations(pieces: Array, template: Array) -> Array:
    """Correlation of each piece with the template, -1 where a piece is not seen whole."""
    level = pieces - pieces.mean(axis=2, keepdims=True)
    shape = template - template.mean()
    size = np.sqrt((level**2).sum(axis=2) * float(shape @ shape))
    fit = (level @ shape) / np.where(size > 0, size, np.nan)
    return np.asarray(np.where(np.isfinite(fit), fit, -1.0))


def _smoothed(lag: Array) -> Array:
    """Median of three neighbours, 0 where unknown."""
    padded = np.concatenate([[np.nan], lag, [np.nan]])
    three = np.stack([padded[:-2], padded[1:-1], padded[2:]])
    known = np.isfinite(three).any(axis=0)
    out = np.zeros(lag.size)
    out[known] = np.nanmedian(three[:, known], axis=0)
    return out
