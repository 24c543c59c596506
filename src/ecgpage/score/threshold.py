"""Where to call a page positive: chosen on validation pages and nowhere else.

References
----------
.. [1] Youden WJ. Index for rating diagnostic tests. Cancer 1950;3:32-35. (Its highest point
   is also the highest balanced accuracy.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.score.binary import EPSILON, rank, steps
from ecgpage.score.checks import binary_truth, both_classes, refuse

CRITERIA: tuple[str, ...] = (
    "balanced-accuracy", "accuracy", "f1", "sensitivity-90", "specificity-90",
)  # fmt: skip
"""What a threshold can be chosen for; the first is the default (Youden's index [1]_)."""


def best_threshold(y: ArrayLike, p: ArrayLike, criterion: str = "balanced-accuracy") -> float:
    """The threshold that serves the criterion best on these pages; positive is ``p >= it``.

    It lies halfway between two neighbouring probabilities. Among equally good places the one
    with the widest gap around it is taken, then the one nearest to 0.5.

    Parameters
    ----------
    y, p:
        Truth (0 or 1) and probability of the validation pages, shape (pages,).
    criterion:
        ``balanced-accuracy``, ``accuracy``, ``f1``, ``sensitivity-90`` (best specificity with
        sensitivity of at least 0.9) or ``specificity-90`` (the reverse).
    """
    truth = binary_truth(y)
    both_classes(truth)
    ranked = rank(truth, p)
    counted = steps(ranked, np.ones((1, len(truth))))
    true, false = (np.r_[0.0, counts[0]] for counts in counted)
    value = _value(criterion, true, false)
    above = np.r_[1.0 + 1e-9, ranked.levels]
    below = np.r_[ranked.levels, 0.0]
    threshold, gap = (above + below) / 2, above - below
    best = np.flatnonzero(value >= value.max() - EPSILON)
    choice = min(best, key=lambda k: (-round(float(gap[k]), 9), abs(float(threshold[k]) - 0.5)))
    return float(threshold[choice])


def _value(
    criterion: str, true: NDArray[np.float64], false: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the criterion gives above all levels and then down to each, shape (levels + 1,)."""
    positives, negatives = true[-1], false[-1]
    sensitivity, specificity = true / positives, 1 - false / negatives
    match criterion.replace("_", "-"):
        case "balanced-accuracy" | "youden":
            return np.asarray((sensitivity + specificity) / 2)
        case "accuracy":
            return np.asarray((true + negatives - false) / (positives + negatives))
        case "f1":
            return np.asarray(2 * true / (true + false + positives))
        case "sensitivity-90":
            return np.where(sensitivity >= 0.9 - EPSILON, specificity, -1.0)
        case "specificity-90":
            return np.where(specificity >= 0.9 - EPSILON, sensitivity, -1.0)
    raise refuse(
        f"the threshold criterion '{criterion}' is not known",
        "one of " + ", ".join(CRITERIA),
        f"'{criterion}'",
        "Name one of these.",
        "unknown-criterion",
    )
