"""Where the limb leads should run, told by each other.

The six are made of two signals (Einthoven, Goldberger; see
:mod:`ecgpage.digitise.layout.physics`). Where rows show four of them or more at one time, rhythm
strips among them, the two that most agree on say where the others are; a trace that took
another's branch, or two that were exchanged, is outvoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from ecgpage.digitise.nan_median import nan_median
from ecgpage.digitise.tracing.line import Line

Array = NDArray[np.float64]
FROM_TWO = {
    "I": (1.0, 0.0), "II": (0.0, 1.0), "III": (-1.0, 1.0),
    "aVR": (-0.5, -0.5), "aVL": (1.0, -0.5), "aVF": (-0.5, 1.0),
}  # fmt: skip
"""The limb leads out of I and II."""
ALLOWED_MV, ALLOWED_S, MOST_MV = 0.1, 0.004, 0.3
"""A lead agrees within this, and what its slope makes of this time, up to the last: rows are not
drawn, nor read, at exactly one time."""
LEAST_AGREE = 4
"""So many must agree, or all but one of fewer than five: any two always do, three may by chance.
A lead that is there twice tells nothing more of the others."""
LEAST_LEADS = 4
ROUNDS = 3
UNSEEN_MV = 1e3
LEAST_APART = 0.1
"""Two leads that are one (determinant 0) tell nothing of the others."""


def expect_limb_leads(
    lines: Sequence[Line],
    leads: Sequence[str],
    part: tuple[int, int],
    px_per_mv: float,
    px_per_s: float,
) -> Array | None:
    """Heights of limb leads' lines, as most of them say, (line, column); NaN where few agree.

    ``leads``: which lead each line is in columns ``part``, first and last; one may be there twice.
    None of so few that none can be outvoted.
    """
    distinct = len(set(leads))
    if distinct < LEAST_LEADS:
        return None
    first, last = part
    out = np.full((len(leads), len(lines[0].centre)), np.nan)
    height = np.stack([line.centre[first : last + 1] for line in lines])
    zero = nan_median(height, 1)[:, None]
    if height.shape[1] < 2 or not np.isfinite(zero).all():
        return None
    law = np.array([FROM_TWO[lead] for lead in leads])
    mv = (zero - height) / px_per_mv
    slope = np.abs(np.nan_to_num(np.gradient(mv, axis=1))) * px_per_s
    allowed = ALLOWED_MV + ALLOWED_S * maximum_filter1d(slope, 3, axis=1)
    allowed = np.minimum(allowed, MOST_MV)
    mv = np.nan_to_num(mv, nan=UNSEEN_MV)
    offset = np.zeros((len(leads), 1))
    said = np.zeros_like(mv)
    count = np.zeros(mv.shape[1], np.int64)
    for _ in range(ROUNDS):
        held = _agreeing(mv - offset, allowed, law)
        count = held.sum(axis=0)
        said = law @ _solve(mv - offset, held, law) + offset
        rest = np.where(held & (count == len(leads)), mv - said, np.nan)
        offset = offset + np.nan_to_num(nan_median(rest, 1))[:, None]
    enough = count >= max(min(LEAST_AGREE, distinct - 1), 3) + len(leads) - distinct
    out[:, first : last + 1] = np.where(enough, zero - said * px_per_mv, np.nan)
    return out


def _agreeing(mv: Array, allowed: Array, law: Array) -> NDArray[np.bool_]:
    """Which leads agree with the two that most agree with, (lead, column)."""
    held = np.zeros(mv.shape, bool)
    best = np.full(mv.shape[1], -np.inf)
    for two in combinations(range(len(law)), 2):
        pair = list(two)
        if abs(np.linalg.det(law[pair])) < LEAST_APART:
            continue
        rest = np.abs(law @ np.linalg.solve(law[pair], mv[pair]) - mv)
        agrees = rest < allowed
        value = agrees.sum(axis=0) - np.minimum(rest, 1.0).sum(axis=0) / 10
        better = value > best
        best = np.where(better, value, best)
        held = np.where(better, agrees, held)
    return held


def _solve(mv: Array, held: NDArray[np.bool_], law: Array) -> Array:
    """I and II by least squares over the leads held, (2, column)."""
    weight = held.astype(np.float64)
    normal = np.einsum("lt,li,lj->tij", weight, law, law) + 1e-9 * np.eye(2)
    right = np.einsum("lt,li->ti", np.where(held, mv, 0.0), law)
    return np.asarray(np.linalg.solve(normal, right[..., None])[..., 0].T)
