"""Where the rows start and end together: the columns' borders hang on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.extents import TracedRow

Array = NDArray[np.float64]
SAME_MM = 1.5
FIT_MM = 0.2
"""Ends that lie this near to a place agree with it."""
NEAR = 0.05
"""Rows whose length is within this share of a usual one last exactly that."""
USUAL_S = (10.0, 5.0)
NAMES_NEAR = 0.06
"""Names and traces that agree on the rows' length within this share need no mending."""
BESIDE_NAME_MM = (-3.0, 10.0)
"""The middle of a name lies this far right of the start of its trace."""
BESIDE_PULSE = 0.5
"""What an end beside a calibration pulse counts: the pulse's foot can pass for trace."""
ENOUGH = 0.7
"""Agreeing ends, for each row, that make a usual length believed."""


def row_ends(
    rows: Sequence[TracedRow],
    px_per_mm: float,
    speed_mm_per_s: float,
    names_mm: Sequence[float] = (),
) -> tuple[tuple[float, float], bool]:
    """First and last column of the traces, and whether most rows agree on a usual length.

    Rows start and end together; one that starts late has a gap, one that starts early still has
    its name or calibration pulse in it. Where rows last about as long as pages usually do, the
    place is taken at which most starts and most ends, that long apart, agree. The pen's ink
    reaches half its width beyond the signal. ``names_mm``, where the names of each column
    stand, tell how wide columns are; rows of which much less was traced go on unseen.
    """
    pen = float(np.median([r.line.thickness for r in rows])) / 2
    left, right = common_ends(rows, px_per_mm)
    left, right = left + pen, right - pen
    if len(names_mm) > 1:
        left, right = _by_names(rows, (left, right), names_mm, px_per_mm, speed_mm_per_s)
    for seconds in USUAL_S:
        length = seconds * speed_mm_per_s * px_per_mm
        if abs((right - left) / length - 1) < NEAR:
            found = _of_length(rows, (left, right), length, px_per_mm, pen)
            if found is not None:
                return found, True
    return (left, right), False


def _by_names(
    rows: Sequence[TracedRow],
    ends: tuple[float, float],
    names_mm: Sequence[float],
    px_per_mm: float,
    speed_mm_per_s: float,
) -> tuple[float, float]:
    """Ends as far apart as the names' columns are wide, where that is a usual length."""
    pitch = (names_mm[-1] - names_mm[0]) / (len(names_mm) - 1) * px_per_mm
    length = len(names_mm) * pitch
    usual = [s * speed_mm_per_s * px_per_mm for s in USUAL_S]
    near = min(usual, key=lambda u: abs(length / u - 1))
    if abs(length / near - 1) > NEAR or abs((ends[1] - ends[0]) / near - 1) < NAMES_NEAR:
        return ends
    length = near
    first = names_mm[0] * px_per_mm
    before = [first - r.left_px for r in rows]
    fitting = [
        b for b in before if BESIDE_NAME_MM[0] * px_per_mm <= b <= BESIDE_NAME_MM[1] * px_per_mm
    ]
    left = first - (float(np.median(fitting)) if fitting else 1.5 * px_per_mm)
    return left, left + length - 1.0


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
