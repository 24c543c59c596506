"""Thresholds of the T-band rule taken from data.

References
----------
.. [1] Youden WJ. Index for rating diagnostic tests. Cancer 1950;3:32-35.
.. [2] Otsu N. A threshold selection method from gray-level histograms. IEEE Trans Syst Man
   Cybern 1979;9:62-66.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.label.t_band import TBandRule
from ecgpage.values import Refusal, WrongUse

CANDIDATES = 48
"""How many thresholds of each figure are tried: midpoints between as many quantiles."""


def thresholds_by_youden(
    figures: ArrayLike, is_abnormal: ArrayLike, *, abnormal: str, normal: str
) -> TBandRule:
    """The three thresholds that together give the highest Youden index [1]_.

    Sensitivity + specificity - 1 of the whole rule (any criterion holds) is computed for every
    combination of candidate thresholds, each criterion also left out; of equals, the one with
    fewer criteria. Give the training part only: the index on these pages is optimistic.

    Parameters
    ----------
    figures:
        Shape (pages, 3): mean, maximum and standard deviation of the band.
    is_abnormal:
        Shape (pages,).

    Raises
    ------
    WrongUse
        ``one-class`` where the pages are all of one class.
    """
    values = np.asarray(figures, dtype=np.float64)
    truth = np.asarray(is_abnormal, dtype=bool)
    if truth.all() or not truth.any():
        raise WrongUse(
            Refusal("thresholds of the T-band rule", "all labelled pages are of one class",
                    f"pages labelled '{normal}' and others", f"{len(truth)} pages of one class",
                    "Label pages of both, or take thresholds without labels.", "one-class")
        )  # fmt: skip
    below = _candidates(values[:, 0], -math.inf)
    highs = _candidates(values[:, 1], math.inf)
    spreads = _candidates(values[:, 2], math.inf)
    fired = (
        values[:, :1] < below,
        values[:, 1:2] > highs,
        values[:, 2:3] > spreads,
    )
    weight = np.where(truth, 1 / truth.sum(), -1 / (~truth).sum())
    best, chosen = -math.inf, (0, 0, 0)
    for k in range(len(highs)):
        missed = ~fired[0][:, :, None] & ~fired[1][:, k, None, None] & ~fired[2][:, None, :]
        youden = -np.tensordot(weight, missed, axes=(0, 0))
        used = np.add.outer(np.isfinite(below), np.isfinite(spreads)) + int(np.isfinite(highs[k]))
        ranked = youden - 1e-9 * used
        at = np.unravel_index(int(ranked.argmax()), ranked.shape)
        if ranked[at] > best:
            best, chosen = float(ranked[at]), (int(at[0]), k, int(at[1]))
    return TBandRule(
        float(below[chosen[0]]), float(highs[chosen[1]]), float(spreads[chosen[2]]),
        f"highest Youden index on {len(truth)} labelled pages (Youden 1950)", abnormal, normal,
    )  # fmt: skip


def thresholds_by_otsu(figures: ArrayLike, *, abnormal: str, normal: str) -> TBandRule:
    """Thresholds without labels: each figure's pages cut in two by Otsu's criterion [2]_.

    A figure that is the same on all pages (a maximum of 255, say) cannot be cut and its
    criterion is left out.

    Raises
    ------
    WrongUse
        ``too-few-pages`` below two pages.
    """
    values = np.asarray(figures, dtype=np.float64).reshape(-1, 3)
    if len(values) < 2:
        raise WrongUse(
            Refusal("thresholds of the T-band rule", "there are too few pages to cut in two",
                    "at least 2 readable pages", str(len(values)),
                    "Add pages, or give the thresholds.", "too-few-pages")
        )  # fmt: skip
    cuts = [otsu_cut(values[:, k]) for k in range(3)]
    return TBandRule(
        -math.inf if cuts[0] is None else cuts[0],
        math.inf if cuts[1] is None else cuts[1],
        math.inf if cuts[2] is None else cuts[2],
        f"Otsu's criterion on {len(values)} pages, labels unseen (Otsu 1979)", abnormal, normal,
    )  # fmt: skip


def otsu_cut(values: NDArray[np.float64]) -> float | None:
    """The cut between two neighbouring values with the greatest variance between both sides.

    None where all values are equal. Exact, on the values themselves rather than a histogram.
    """
    ordered = np.sort(values)
    counts = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    low, high = sums[:-1] / counts, (sums[-1] - sums[:-1]) / (len(ordered) - counts)
    between = counts * (len(ordered) - counts) * (high - low) ** 2
    between[np.diff(ordered) == 0] = -1.0
    if not len(between) or between.max() <= 0:
        return None
    at = int(between.argmax())
    return float((ordered[at] + ordered[at + 1]) / 2)


def _candidates(values: NDArray[np.float64], unused: float) -> NDArray[np.float64]:
    """Midpoints between quantiles that occur, and the threshold that never fires."""
    levels = np.unique(np.quantile(values, np.linspace(0, 1, CANDIDATES + 1), method="nearest"))
    return np.concatenate([[unused], (levels[1:] + levels[:-1]) / 2])
