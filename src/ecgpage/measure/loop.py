"""What the leads say together: axes, the first component of the T wave, TCRT.

References
----------
.. [1] Acar B, Yi G, Hnatkova K, Malik M. Spatial, temporal and wavefront direction
   characteristics of 12-lead T-wave morphology. Med Biol Eng Comput 1999;37:574-584.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import MedianBeats

Array = NDArray[np.float64]

INDEPENDENT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
"""The eight leads that are not computed from others."""
QRS_LONG = 0.5
"""QRS vectors at least this share of the longest one take part in TCRT."""


def axis_deg(area_i: float, area_avf: float) -> float:
    """Frontal axis from net areas in I and aVF, -180 to 180 degrees; NaN where both vanish.

    aVF is an augmented lead and is stretched by 2/sqrt(3) to the scale of I.
    """
    if not (math.isfinite(area_i) and math.isfinite(area_avf)) or area_i == area_avf == 0:
        return float("nan")
    return math.degrees(math.atan2(area_avf * 2 / math.sqrt(3), area_i))


def angle_between(a_deg: float, b_deg: float) -> float:
    """The smallest angle between two axes, 0 to 180 degrees."""
    return abs((a_deg - b_deg + 180) % 360 - 180)


def eight(beats: MedianBeats, low_s: float, high_s: float) -> Array | None:
    """The independent leads between two times, shape (8, time); None where one is missing."""
    if not set(INDEPENDENT) <= set(beats.leads):
        return None
    rows = [beats.leads.index(lead) for lead in INDEPENDENT]
    piece = beats.signal_mv[rows, beats.index(low_s) : beats.index(high_s) + 1]
    return piece if piece.shape[1] > 3 and np.isfinite(piece).all() else None


def first_component(piece: Array) -> Array:
    """The component of most energy, signed so that its larger peak is positive."""
    values, vectors = np.linalg.eigh(piece @ piece.T)
    first = vectors[:, int(values.argmax())] @ piece
    return np.asarray(first if first.max() >= -first.min() else -first)


def total_cosine(qrs: Array, t: Array) -> float:
    """TCRT: mean cosine between QRS vectors and the longest T vector, in three components."""
    both = np.concatenate([qrs, t], axis=1)
    values, vectors = np.linalg.eigh(both @ both.T)
    space = vectors[:, np.argsort(values)[-3:]]
    r, loop = space.T @ qrs, space.T @ t
    length = np.linalg.norm(loop, axis=0)
    peak = loop[:, int(length.argmax())]
    size = float(np.linalg.norm(peak))
    long = np.linalg.norm(r, axis=0)
    chosen = long >= QRS_LONG * long.max()
    if size == 0 or not chosen.any() or long.max() == 0:
        return float("nan")
    return float(np.mean((peak @ r[:, chosen]) / (size * long[chosen])))
