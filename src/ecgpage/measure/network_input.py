"""Leads as the delineating network takes them: 250 Hz, levelled, in units of their own swing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

IN_HZ = 250.0
"""Samples a second of the network's input."""
SWING_WINDOW_S = 1.5
"""A window that holds a beat at 40 a minute and more."""
LIMIT = 3.0
"""Swings: a spike beyond this is cut off."""
FLAT_MV = 0.01
"""A lead that moves less than this is flat: 0.1 mm at 10 mm/mV, no stroke of a pen."""


def network_input(signal_mv: Array) -> Array:
    """Leads at 250 Hz into the network's input.

    Parameters
    ----------
    signal_mv : ndarray, shape (lead, time)
        NaN where a lead is not seen.

    Returns
    -------
    ndarray, shape (lead, time, 2)
        The signal less its median, as a share of the lead's usual swing, 0 where not seen;
        and 1 where seen, 0 where not.
    """
    seen = np.isfinite(signal_mv)
    out = np.zeros((*signal_mv.shape, 2))
    for lead, row in enumerate(signal_mv):
        if not seen[lead].any():
            continue
        swing = usual_swing(row)
        if swing < FLAT_MV:
            continue
        level = float(np.median(row[seen[lead]]))
        scaled = np.clip((row - level) / swing, -LIMIT, LIMIT)
        out[lead, :, 0] = np.where(seen[lead], scaled, 0.0)
        out[lead, :, 1] = seen[lead]
    return out


def usual_swing(row: Array) -> float:
    """Median over windows of 1.5 s of the difference between highest and lowest sample, mV."""
    width = round(SWING_WINDOW_S * IN_HZ)
    swings = []
    for begin in range(0, len(row), width):
        window = row[begin : begin + width]
        window = window[np.isfinite(window)]
        if len(window) >= width // 4:
            swings.append(float(window.max() - window.min()))
    if not swings:
        window = row[np.isfinite(row)]
        return float(window.max() - window.min())
    return float(np.median(swings))
