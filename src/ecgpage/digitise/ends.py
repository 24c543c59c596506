"""Where the rows start and end together: the columns' borders hang on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.extents import TracedRow

Array = NDArray[np.float64]
SAME_MM = 1.5
FIT_MM = 0.2
"""Ends that lie this near to a place agree with it."""
NEAR = 0.05
"""Rows whose length is within this share of a usual one last exactly that."""
USUAL_S = (10.0, 5.0)
BESIDE_PULSE = 0.5
"""What an end beside a calibration pulse counts: the pulse's foot can pass for trace."""
ENOUGH = 0.7
"""Agreeing ends, for each row, that make a usual length believed."""


def row_ends(
    rows: Sequence[TracedRow], px_per_mm: float, speed_mm_per_s: float
) -> tuple[tuple[float, float], bool]:
    """First and last column of the traces, and whether most rows agree on a usual length.

    Rows start and end together; one that starts late has a gap, one that starts early still has
    its name or calibration pulse in it. Where rows last about as long as pages usually do, the
    place is taken at which most starts and most ends, that long apart, agree. The pen's ink
    reaches half its width beyond the signal.
    """
    pen = float(np.median([r.line.thickness for r in rows])) / 2
    left, right = common_ends(rows, px_per_mm)
    left, right = left + pen, right - pen
    for seconds in USUAL_S:
        length = seconds * speed_mm_per_s * px_per_mm
        if abs((right - left) / length - 1) < NEAR:
            found = _of_length(rows, (left, right), length, px_per_mm, pen)
            if found is not None:
                return found, True
    return (left, right), False


def common_ends(rows: Sequence[TracedRow], px_per_mm: float) -> tuple[float, float]:
    """The places on which most starts and most ends agree, of rows with a pulse first."""
    pulsed_left = [r.left_px for r in rows if r.pulse is not None and r.pulse.at_start]
    pulsed_right = [r.right_px for r in rows if r.pulse is not None and not r.pulse.at_start]
    left = _agreed(pulsed_left or [r.left_px for r in rows], SAME_MM * px_per_mm)
    right = _agreed(pulsed_right or [r.right_px for r in rows], SAME_MM * px_per_mm)
    return left, right


def _agreed(values: Sequence[float], reach: float) -> float:
    counts = [sum(abs(v - w) <= reach for w in values) for v in values]
    most = max(counts)
    centre = next(v for v, c in zip(values, counts, strict=True) if c == most)
    near = [v for v in values if abs(v - centre) <= reach]
    return float(np.median(near))


def _of_length(
    rows: Sequence[TracedRow],
    ends: tuple[float, float],
    length: float,
    px_per_mm: float,
    pen: float,
) -> tuple[float, float] | None:
    """Ends exactly ``length`` apart, at the place on which most starts and ends agree."""
    lefts = np.array([r.left_px for r in rows]) + pen
    rights = np.array([r.right_px for r in rows]) - pen + 1.0 - length
    places = np.concatenate([lefts, rights])
    pulsed = [r.pulse for r in rows]
    weight = np.array(
        [BESIDE_PULSE if p is not None and p.at_start else 1.0 for p in pulsed]
        + [BESIDE_PULSE if p is not None and not p.at_start else 1.0 for p in pulsed]
    )
    spread = FIT_MM * px_per_mm
    middle = (ends[0] + ends[1] + 1.0 - length) / 2
    best, most = middle, -1.0
    for place in places:
        votes = float((weight * np.exp(-0.5 * ((places - place) / spread) ** 2)).sum())
        votes -= 0.02 * abs(place - middle) / px_per_mm
        if votes > most:
            best, most = float(place), votes
    if most < ENOUGH * len(rows):
        return None
    near = places[np.abs(places - best) <= spread]
    start = float(np.median(near))
    return start, start + length - 1.0
