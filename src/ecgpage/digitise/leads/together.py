"""How the leads of one time usually go together within QRS complexes.

Eight leads make all twelve (Einthoven, Goldberger); of these eight each is largely said by the
others, since the heart is a dipole, nearly, seen from eight sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.layout.choose import Placed
from ecgpage.digitise.leads.scale import Scale
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.kinship import Kinship

Array = NDArray[np.float64]
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
TOGETHER = np.array([
    [0.507, 0.270, -0.353, -0.097, 0.207, 0.474, 0.553, 0.490],
    [0.270, 0.468, -0.274, -0.143, 0.269, 0.587, 0.623, 0.503],
    [-0.353, -0.274, 0.642, 0.652, 0.292, -0.202, -0.419, -0.451],
    [-0.097, -0.143, 0.652, 1.312, 1.003, 0.369, -0.021, -0.198],
    [0.207, 0.269, 0.292, 1.003, 1.422, 1.067, 0.654, 0.328],
    [0.474, 0.587, -0.202, 0.369, 1.067, 1.475, 1.192, 0.844],
    [0.553, 0.623, -0.419, -0.021, 0.654, 1.192, 1.307, 0.939],
    [0.490, 0.503, -0.451, -0.198, 0.328, 0.844, 0.939, 0.866],
])  # fmt: skip
"""Covariance of eight leads within QRS complexes, about their medians, mean variance 1: the mean
over 88 records of PTB-XL (odd stems of the development set), each scaled to one power."""
USUAL_MV = 0.54
"""Their usual root mean square there; the middle 80 % of records lie between 0.38 and 0.87 mV."""
UNKNOWN_MV = 1.0
"""How far a row's heights spread of which the lead is not known."""
MEMORY_S = 0.012
"""Columns so far apart tell different things of a QRS complex."""
DERIVED = {"III": (-1.0, 1.0), "aVR": (-0.5, -0.5), "aVL": (1.0, -0.5), "aVF": (-0.5, 1.0)}
"""The other limb leads out of I and II."""


def rows_kinship(
    rows: Sequence[TracedRow],
    placed: Placed,
    borders_px: Sequence[float],
    px_per_mm: tuple[float, float],
    scale: Scale,
) -> list[Kinship]:
    """How heights of rows go together in each column of leads."""
    px_per_mv = px_per_mm[0] * scale.gain_mm_per_mv
    memory_px = MEMORY_S * px_per_mm[1] * scale.speed_mm_per_s
    centre = np.stack([row.line.centre for row in rows])
    edges = [int(np.clip(np.ceil(border), 0, centre.shape[1])) for border in borders_px]
    out = []
    for column, (first, end) in enumerate(pairwise(edges)):
        leads = placed.leads_at(column)
        seen = centre[:, first:end]
        level = np.array([
            float(np.median(h[np.isfinite(h)])) if np.isfinite(h).any() else row.row.baseline_px
            for h, row in zip(seen, rows, strict=True)
        ])  # fmt: skip
        spread = spread_mv2(leads) * px_per_mv**2
        out.append(Kinship(first, end - 1, level, spread, memory_px))
    return out


def spread_mv2(leads: Sequence[str]) -> Array:
    """Covariance of leads of one time within QRS complexes, in mV squared; "" is unknown."""
    mixed = np.stack([_of_eight(lead) for lead in leads])
    alone = np.array([0.0 if lead else UNKNOWN_MV**2 for lead in leads])
    return np.asarray(mixed @ TOGETHER @ mixed.T * USUAL_MV**2 + np.diag(alone))


def _of_eight(lead: str) -> Array:
    """A lead out of the eight."""
    out = np.zeros(len(EIGHT))
    if lead in DERIVED:
        out[:2] = DERIVED[lead]
    elif lead in EIGHT:
        out[EIGHT.index(lead)] = 1.0
    return out
