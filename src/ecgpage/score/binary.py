"""Figures of two classes, computed for many weightings of the pages at once.

Each function takes ``weights`` of shape (draws, pages), how often a page counts in each draw,
and returns an array of shape (draws,). With a single row of ones that is the plain figure.

References
----------
.. [1] Hanley JA, McNeil BJ. The meaning and use of the area under a ROC curve.
   Radiology 1982;143:29-36. (Ties count half: the Mann-Whitney statistic.)
.. [2] Davis J, Goadrich M. The relationship between precision-recall and ROC curves.
   ICML 2006. Average precision, without interpolation, as scikit-learn defines it.
.. [3] Brodersen KH et al. The balanced accuracy and its posterior distribution. ICPR 2010.
.. [4] Brier GW. Verification of forecasts expressed in terms of probability.
   Mon Weather Rev 1950;78:1-3. For two classes in the one-sided form, 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.score.calibration import BINS, weighted_ece
from ecgpage.score.checks import binary_truth, probabilities
from ecgpage.score.resampling import Figure, bootstrap

Weights = NDArray[np.float64]
SPECIFICITY_ASKED = 0.90
SENSITIVITY_ASKED = 0.90
EPSILON = 1e-12
"""Guards comparisons of rates against rounding of the cumulative sums."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Pages in falling order of probability, with ties gathered into steps.

    ``order`` sorts the pages, ``starts`` are the positions at which a new probability begins,
    ``levels`` those probabilities (falling), ``positive`` the sorted truth.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    levels: NDArray[np.float64]
    positive: NDArray[np.bool_]


def rank(y: ArrayLike, p: ArrayLike) -> Ranked:
    """Sort pages by falling probability and find the ties."""
    truth = binary_truth(y)
    values = probabilities(p, len(truth))
    order = np.argsort(-values, kind="stable")
    falling = values[order]
    starts = np.flatnonzero(np.r_[True, np.diff(falling) != 0])
    return Ranked(order, starts, falling[starts], truth[order])


def steps(ranked: Ranked, weights: Weights) -> tuple[Weights, Weights]:
    """True and false positives at or above each level, both of shape (draws, levels)."""
    w = weights[:, ranked.order]
    true = np.cumsum(np.add.reduceat(w * ranked.positive, ranked.starts, axis=1), axis=1)
    false = np.cumsum(np.add.reduceat(w * ~ranked.positive, ranked.starts, axis=1), axis=1)
    return true, false


def _ratio(above: Weights, below: Weights) -> Weights:
    return np.asarray(
        np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    )


def auc(true: Weights, false: Weights) -> Weights:
    """Area under the ROC curve from :func:`steps`, ties counting half [1]_."""
    before = np.diff(true, axis=1, prepend=0.0)
    area = ((true - before / 2) * np.diff(false, axis=1, prepend=0.0)).sum(axis=1)
    return _ratio(area, true[:, -1] * false[:, -1])


def average_precision(true: Weights, false: Weights) -> Weights:
    """Area under the precision-recall curve as average precision [2]_."""
    precision = np.divide(true, true + false, out=np.zeros_like(true), where=true + false > 0)
    gained = (np.diff(true, axis=1, prepend=0.0) * precision).sum(axis=1)
    return _ratio(gained, true[:, -1])


def sensitivity_at(true: Weights, false: Weights, specificity: float) -> Weights:
    """The highest sensitivity that keeps at least the given specificity."""
    allowed = false <= (1 - specificity) * false[:, -1:] + EPSILON
    best = np.where(allowed, true, 0.0).max(axis=1)
    found = _ratio(best, true[:, -1])
    return np.where(false[:, -1] > 0, found, np.nan)


def specificity_at(true: Weights, false: Weights, sensitivity: float) -> Weights:
    """The highest specificity that keeps at least the given sensitivity."""
    reached = true >= sensitivity * true[:, -1:] - EPSILON
    fewest = np.where(reached, false, np.inf).min(axis=1)
    found = 1 - _ratio(np.minimum(fewest, false[:, -1]), false[:, -1])
    return np.where(true[:, -1] > 0, found, np.nan)


def at_threshold(
    truth: NDArray[np.bool_], predicted: NDArray[np.bool_], weights: Weights
) -> dict[str, Weights]:
    """Accuracy, balanced accuracy [3]_, sensitivity, specificity, predictive values and F1."""
    cells = np.stack(
        [truth & predicted, ~truth & predicted, truth & ~predicted, ~truth & ~predicted], axis=1
    )
    tp, fp, fn, tn = (weights @ cells.astype(np.float64)).T
    sensitivity, specificity = _ratio(tp, tp + fn), _ratio(tn, tn + fp)
    return {
        "accuracy": _ratio(tp + tn, tp + fp + fn + tn),
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "sensitivity": sensitivity,
        "specificity": specificity,
        "ppv": _ratio(tp, tp + fp),
        "npv": _ratio(tn, tn + fn),
        "f1": _ratio(2 * tp, 2 * tp + fp + fn),
    }


def binary_statistic(
    y: ArrayLike, p: ArrayLike, threshold: float | NDArray[np.float64], weights: Weights
) -> Mapping[str, Weights]:
    """Every two-class figure for every draw; positive is ``p >= threshold``."""
    truth = binary_truth(y)
    values = probabilities(p, len(truth))
    true, false = steps(rank(truth, values), weights)
    error = (values - truth) ** 2
    return {
        "auc": auc(true, false),
        "pr_auc": average_precision(true, false),
        **at_threshold(truth, values >= threshold, weights),
        "sensitivity_at_90_specificity": sensitivity_at(true, false, SPECIFICITY_ASKED),
        "specificity_at_90_sensitivity": specificity_at(true, false, SENSITIVITY_ASKED),
        "brier": _ratio(weights @ error, weights.sum(axis=1)),
        "ece": weighted_ece(truth, values, weights, BINS),
    }


def binary_figures(
    y: ArrayLike,
    p: ArrayLike,
    groups: ArrayLike | None = None,
    threshold: float = 0.5,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[str, Figure]:
    """All two-class figures with their 95 % intervals over groups.

    Parameters
    ----------
    y:
        0 or 1 for each page, shape (pages,).
    p:
        Probability of the positive class, shape (pages,).
    groups:
        The group of each page; each page is its own group where None.
    threshold:
        A page is called positive from here on; choose it on other pages than these.
    """
    truth = binary_truth(y)
    names = np.arange(len(truth)) if groups is None else np.asarray(groups)
    return bootstrap(
        lambda weights: binary_statistic(truth, p, threshold, weights), names, resamples, seed
    )
