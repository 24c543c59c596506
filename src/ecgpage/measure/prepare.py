"""Leads at another rate, and where they are seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHORTEST_S = 0.3
"""A stretch shorter than this holds no whole QRS complex with its surroundings: not looked at."""


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a row of booleans is True: (first, one past the last) of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def at_rate(signal_mv: Array, rate_hz: float, wanted_hz: float) -> Array:
    """Leads sampled anew, each seen stretch for itself; NaN stays NaN.

    Sample k of the result lies at k / wanted_hz seconds. Going down, a moving mean as long as
    the new spacing comes first, against aliases. Gaps of one or two samples are bridged and
    stretches shorter than 0.3 s are left out.
    """
    leads, count = signal_mv.shape
    # A little more than the last sample's time: rounding must not lose it.
    wanted = int(np.floor((count - 1) * wanted_hz / rate_hz + 1e-6)) + 1 if count else 0
    out = np.full((leads, wanted), np.nan)
    time_s = np.arange(wanted) / wanted_hz
    for lead, row in enumerate(signal_mv):
        seen = np.isfinite(row)
        for first, last in runs(_bridged(seen)):
            if last - first < SHORTEST_S * rate_hz:
                continue
            places = np.arange(first, last)
            inside = seen[first:last]
            values = np.interp(places, places[inside], row[first:last][inside])
            values = _mean(values, rate_hz / wanted_hz)
            within = (time_s >= first / rate_hz - 1e-9) & (time_s <= (last - 1) / rate_hz + 1e-9)
            out[lead, within] = np.interp(time_s[within] * rate_hz, places, values)
    return out


def _bridged(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    out = seen.copy()
    for first, last in runs(~seen):
        if last - first <= 2 and first > 0 and last < len(seen):
            out[first:last] = True
    return out


def _mean(values: Array, width: float) -> Array:
    """A moving mean of an odd number of samples, at most ``width``, edges kept level."""
    size = 2 * int((width - 1e-9) // 2) + 1
    if size < 3:
        return values
    padded = np.pad(values, size // 2, mode="edge")
    return np.convolve(padded, np.ones(size) / size, mode="valid")
