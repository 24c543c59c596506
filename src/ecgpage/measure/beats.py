"""The record's beats from the QRS complexes of its leads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.measure.marks import Mark

NEAR_S = 0.15
"""QRS complexes of different leads that peak within this belong to one beat (EN 60601-2-51,
clause 51.102, takes 150 ms for the same)."""


def find_r_peaks(
    leads: Sequence[Sequence[Mark]], seen: NDArray[np.bool_], rate_hz: float, agreement: float
) -> tuple[float, ...]:
    """Times in seconds, the median over leads of where the QRS complexes peak.

    ``seen`` (lead, time) says where each lead is seen and not flat. A beat needs the share
    ``agreement`` of the leads seen there.
    """
    peaks = sorted(
        (mark.peak_s, mark.confidence) for lead in leads for mark in lead if mark.kind == "QRS"
    )
    beats: list[float] = []
    for group in _groups(peaks):
        time_s = float(np.median([peak for peak, _ in group]))
        sample = min(round(time_s * rate_hz), seen.shape[1] - 1)
        possible = max(int(seen[:, sample].sum()), 1)
        if sum(sure for _, sure in group) >= agreement * possible:
            beats.append(time_s)
    return tuple(beats)


def _groups(peaks: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Peaks, split where one lies farther than ``NEAR_S`` from the median of those before."""
    groups: list[list[tuple[float, float]]] = []
    for peak in peaks:
        if groups and peak[0] - float(np.median([p for p, _ in groups[-1]])) <= NEAR_S:
            groups[-1].append(peak)
        else:
            groups.append([peak])
    return groups
