"""Tell from a traced curve at how many points a second it was drawn, and where they lie.

A program that draws few points a second leaves a polyline: it bends at its points and nowhere
between. So the bends of the curve, folded at the right period, fall together; their spectrum has
a line at the number of points a second. On pages drawn at 125 points a second that line is 10 to
23 times as strong as bends at random places would make it, on others no frequency passes 3.1
(twelve development pages). Where it is seen, each point is read where it stands, and samples are
made as for drawn lines (:mod:`ecgpage.digitise.leads.drawn_points`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.leads.drawn_points import samples
from ecgpage.digitise.tracing.curve import FINE

Array = NDArray[np.float64]
RATES_HZ = (90.0, 178.0)
"""Fewer points a second do not occur, more are as good as samples."""
LEAST_STRENGTH = 6.0
LEAST_CONTRAST = 1.5
"""Least strength of the line against random bends, and against any line elsewhere."""
BESIDE_HZ = 3.0
WHOLE_HZ = 0.2
"""Programs draw a whole number of points a second."""
IN_STEP = 0.7
"""Curves whose bends add up to this share of what they could are in step."""
SHARP_PX = 1.0
"""Sharper bends count no more than this one, so that no single QRS complex decides."""
LENGTH = 1 << 15
LEAST_POINTS = 40


@dataclass(frozen=True, slots=True)
class Vertices:
    """Points a second, and for each curve the column of one of its points.

    ``together``: all curves' points lie in step.
    """

    rate_hz: float
    places_px: tuple[float, ...]
    together: bool


def find_vertices(curves: Sequence[tuple[Array, Array]], px_per_s: float) -> Vertices | None:
    """The points of curves, each given by its knots.

    Knots are those of :func:`ecgpage.digitise.tracing.curve.curve_knots`. None where the curves
    show no points.
    """
    long = [len(x) > LEAST_POINTS * FINE and len(x) < LENGTH for x, _ in curves]
    if not curves or not all(long):
        return None
    bends = [np.minimum(np.abs(np.diff(y, 2)), SHARP_PX) for _, y in curves]
    power = np.zeros(LENGTH // 2 + 1)
    for bend in bends:
        power += np.abs(np.fft.rfft(bend, LENGTH)) ** 2
    hz = np.arange(len(power)) * FINE * px_per_s / LENGTH
    inside = (hz > RATES_HZ[0]) & (hz < RATES_HZ[1])
    if not inside.any():
        return None
    strength = np.where(inside, power / max(sum(float(b @ b) for b in bends), 1e-9), 0.0)
    best = int(np.argmax(strength))
    elsewhere = float(strength[np.abs(hz - hz[best]) > BESIDE_HZ].max())
    rate = float(np.round(hz[best]))
    if strength[best] < max(LEAST_STRENGTH, LEAST_CONTRAST * elsewhere):
        return None
    if abs(rate - hz[best]) > WHOLE_HZ:
        return None
    turns = [
        np.sum(bend * np.exp(-2j * np.pi * x[1:-1] * rate / px_per_s))
        for bend, (x, _) in zip(bends, curves, strict=True)
    ]
    total = sum(turns)
    together = bool(abs(total) > IN_STEP * sum(abs(turn) for turn in turns))
    if together:
        turns = [total] * len(turns)
    places = (-np.angle(turn) * px_per_s / (2 * np.pi * rate) for turn in turns)
    return Vertices(rate, tuple(float(place) for place in places), together)


def sample_points(
    curve: tuple[Array, Array], points: tuple[float, float], columns: Array, rate_hz: float
) -> Array:
    """Heights at ``columns``, one for each sample at ``rate_hz``, of a curve drawn by points.

    ``points``: how many a second, and the column of one of them.
    """
    x, y = curve
    per_s, place = points
    px_per_s = float(columns[1] - columns[0]) * rate_hz
    step = px_per_s / per_s
    left, right = max(x[0], columns[0]), min(x[-1], columns[-1])
    at = place + step * np.arange(np.ceil((left - place) / step), (right - place) // step + 1)
    seconds = (at - columns[0]) / px_per_s
    whole = np.round(seconds[0] * rate_hz) / rate_hz
    return samples(seconds - seconds[0] + whole, np.interp(at, x, y), len(columns), rate_hz)
