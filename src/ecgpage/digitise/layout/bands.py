"""How a signal's power is shared out among half octaves: what a heart has at which frequencies.

Read at half its speed a page shows all of it an octave lower. Where power lies within an octave
and how it falls off tells this more finely than the root mean square of the slope does alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.layout.physics import without_drift

Array = NDArray[np.float64]
BANDS_HZ = 2.0 ** np.arange(0.5, 5.01, 0.5)
"""Borders of nine half octaves, 1.4 to 32 Hz; what lies above is the pen's and the picture's."""
PIECE_S = 2.048
"""Pieces, half overlapping, whose spectra are averaged."""
LEAST_POWER = 1e-9


def shares_of_bands(signals: Sequence[Array], rate_hz: float) -> Array | None:
    """Logarithm of each band's power, less their mean; median of the rows, None without a trace."""
    length = round(PIECE_S * rate_hz)
    window = np.hanning(length)
    band = np.digitize(np.fft.rfftfreq(length, 1 / rate_hz), BANDS_HZ) - 1
    belongs = (band[None] == np.arange(len(BANDS_HZ) - 1)[:, None]).astype(float)
    found = []
    for signal in signals:
        seen = signal[np.isfinite(signal)]
        if len(seen) < length:
            continue
        level = without_drift(seen[None], rate_hz)[0]
        pieces = np.lib.stride_tricks.sliding_window_view(level, length)[:: length // 2]
        pieces = (pieces - pieces.mean(axis=1, keepdims=True)) * window
        power = belongs @ (np.abs(np.fft.rfft(pieces, axis=1)) ** 2).mean(axis=0)
        logs = np.log(power + LEAST_POWER)
        found.append(logs - logs.mean())
    return np.median(found, axis=0) if found else None
