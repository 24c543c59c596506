"""A slow wave, P or T, between two places of a lead: a hill or a valley, or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hill:
    """Samples of onset, peak and end, and the height above the line between its feet, mV."""

    onset: int
    peak: int
    offset: int
    height_mv: float


def find_hill(row: Array, first: int, last: int, farthest: int) -> Hill | None:
    """The largest hill or valley of ``row[first:last]``.

    Height counts from the line that joins both ends of the stretch, so that wander is no wave.
    The bounds are the corners of the flanks: the sample that lies farthest from the chord of
    peak and a far foot, at most ``farthest`` samples away (the triangle method; compare
    Zhang et al., "An algorithm for robust and efficient location of T-wave ends", IEEE Trans
    Biomed Eng 2006;53:2544).
    """
    if last - first < 5 or not np.isfinite(row[first:last]).all():
        return None
    piece = row[first:last]
    level = piece - np.linspace(np.mean(piece[:3]), np.mean(piece[-3:]), len(piece))
    edge = max(1, len(piece) // 20)
    middle = np.abs(level[edge:-edge])
    if len(middle) < 3:
        return None
    peak = edge + int(np.argmax(middle))
    sign = np.sign(level[peak])
    upright = sign * level
    onset = _corner(upright, peak, max(0, peak - farthest))
    offset = _corner(upright, peak, min(len(piece) - 1, peak + farthest))
    foot = 0.5 * (upright[onset] + upright[offset])
    return Hill(first + onset, first + peak, first + offset, float(upright[peak] - foot))


def _corner(upright: Array, peak: int, foot: int) -> int:
    """Between peak and foot, the place that lies deepest below the chord of the two."""
    if abs(foot - peak) < 2:
        return foot
    step = 1 if foot > peak else -1
    places = np.arange(peak, foot + step, step)
    flank = upright[places]
    # the foot is the lowest place on the way, if that is nearer
    low = int(np.argmin(flank))
    flank = flank[: low + 1]
    if len(flank) < 3:
        return int(places[low])
    chord = np.linspace(flank[0], flank[-1], len(flank))
    return int(places[int(np.argmax(chord - flank))])
