"""Figures of more than two classes, each class against the rest and then averaged.

References
----------
.. [1] Provost F, Domingos P. Well-trained PETs. NYU CeDER working paper 2000. (One against
   rest; here the plain mean over classes, "macro".)
.. [2] Brier GW. Mon Weather Rev 1950;78:1-3. In its original form for many classes, 0 to 2.
.. [3] Guo C et al. On calibration of modern neural networks. ICML 2017. (Calibration error
   of the top class.)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.score.binary import Weights, at_threshold, auc, average_precision, rank, steps
from ecgpage.score.calibration import BINS, weighted_ece
from ecgpage.score.checks import probabilities, refuse
from ecgpage.score.resampling import Figure, bootstrap


def class_numbers(y: ArrayLike, classes: int) -> NDArray[np.intp]:
    """Truth as class numbers, shape (pages,); refuses numbers outside the classes."""
    truth = np.asarray(y)
    if truth.ndim != 1 or len(truth) == 0 or not np.isin(truth, np.arange(classes)).all():
        raise refuse(
            "the truth is not a list of class numbers",
            f"one number from 0 to {classes - 1} for each page, and at least one page",
            f"shape {truth.shape}, values such as {np.unique(truth)[:5].tolist()}",
            "Number the labels in the order of the model's classes.",
            "truth-not-classes",
        )
    return truth.astype(np.intp)


def many_statistic(y: ArrayLike, p: ArrayLike, weights: Weights) -> Mapping[str, Weights]:
    """Every many-class figure for every draw; the class of highest probability is called."""
    given = probabilities(p, len(np.asarray(y)))
    truth = class_numbers(y, given.shape[1])
    called = given.argmax(axis=1)
    hit = (called == truth).astype(np.float64)
    one_hot = np.eye(given.shape[1])[truth]
    each = [_against_rest(truth == k, given[:, k], called == k, weights) for k in _present(truth)]
    total = weights.sum(axis=1)
    macro = {name: np.mean([figures[name] for figures in each], axis=0) for name in each[0]}
    return {
        "auc": macro["auc"],
        "pr_auc": macro["pr_auc"],
        "accuracy": weights @ hit / total,
        "balanced_accuracy": macro["sensitivity"],
        "sensitivity": macro["sensitivity"],
        "specificity": macro["specificity"],
        "f1": macro["f1"],
        "brier": weights @ ((given - one_hot) ** 2).sum(axis=1) / total,
        "ece": weighted_ece(hit, given.max(axis=1), weights, BINS),
    }


def _present(truth: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.unique(truth)


def _against_rest(
    truth: NDArray[np.bool_], p: NDArray[np.float64], called: NDArray[np.bool_], weights: Weights
) -> dict[str, Weights]:
    true, false = steps(rank(truth, p), weights)
    return {
        "auc": auc(true, false),
        "pr_auc": average_precision(true, false),
        **at_threshold(truth, called, weights),
    }


def many_figures(
    y: ArrayLike,
    p: ArrayLike,
    groups: ArrayLike | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[str, Figure]:
    """All many-class figures with their 95 % intervals over groups.

    AUC, PR area, sensitivity, specificity and F1 are means over the classes that occur, each
    against the rest [1]_. Balanced accuracy is the mean sensitivity. ECE is of the class that
    was called [3]_.

    Parameters
    ----------
    y:
        Class numbers, shape (pages,).
    p:
        Shape (pages, classes).
    """
    given = probabilities(p, len(np.asarray(y)))
    names = np.arange(len(given)) if groups is None else np.asarray(groups)
    return bootstrap(lambda weights: many_statistic(y, given, weights), names, resamples, seed)
