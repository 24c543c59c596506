"""Where the ventricles beat: the leads' steepness together, whatever their polarity.

After the idea of Pan and Tompkins (IEEE Trans Biomed Eng 1985;32:230): band pass, square,
integrate, compare with what is usual; here on the mean of all leads that are seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, find_peaks, sosfiltfilt

from ecgpage.measure.prepare import runs

Array = NDArray[np.float64]

BAND_HZ = (6.0, 22.0)
"""Most of a QRS complex' energy and little of a T wave's."""
WINDOW_S = 0.10
REFRACTORY_S = 0.22
"""The ventricles cannot be excited again sooner; a T wave is not taken for a beat."""
SHARE = 0.22
"""Of the usual height of a beat, below which a peak is none."""
LEAST_SWING = 0.03
"""mV: mean steepness energy of leads below (0.03 mV)^2 is no beat."""


def band_passed(signal_mv: Array, rate_hz: float, band_hz: tuple[float, float]) -> Array:
    """Each seen stretch through a zero-phase filter; 0 where not seen."""
    high = min(band_hz[1], 0.45 * rate_hz)
    sections = butter(2, [band_hz[0], high], btype="band", fs=rate_hz, output="sos")
    out = np.zeros_like(signal_mv)
    for lead, row in enumerate(signal_mv):
        for first, last in runs(np.isfinite(row)):
            pad = min(last - first - 1, round(rate_hz))
            out[lead, first:last] = sosfiltfilt(sections, row[first:last], padlen=max(pad, 0))
    return out


def find_beats(signal_mv: Array, rate_hz: float) -> Array:
    """Times of the beats in seconds: the middle of the steep part of each QRS complex."""
    seen = np.isfinite(signal_mv)
    steep = band_passed(signal_mv, rate_hz, BAND_HZ)
    energy = np.zeros_like(steep)
    for lead in range(len(steep)):
        own = uniform_filter1d(steep[lead] ** 2, max(1, round(WINDOW_S * rate_hz)))
        usual = _usual(own[seen[lead]], rate_hz)
        if usual > LEAST_SWING**2 / 10:
            energy[lead] = np.minimum(own / usual, 4.0)
        else:
            seen[lead] = False
    together = (energy * seen).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    if not together.any():
        return np.zeros(0)
    together = np.concatenate([[0.0], together, [0.0]])
    level = SHARE * _usual(together[together > 0], rate_hz)
    places, _ = find_peaks(together, height=level, distance=max(1, round(REFRACTORY_S * rate_hz)))
    return np.asarray((places - 1) / rate_hz, np.float64)


def _usual(energy: Array, rate_hz: float) -> float:
    """Median over windows of 1.5 s of the highest energy."""
    width = max(1, round(1.5 * rate_hz))
    if len(energy) == 0:
        return 0.0
    count = max(1, len(energy) // width)
    return float(np.median([part.max() for part in np.array_split(energy, count)]))
