"""ROC and precision-recall curves with a band over draws of groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.score.binary import rank, steps
from ecgpage.score.checks import both_classes
from ecgpage.score.resampling import draws

GRID = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A curve as points, and the pointwise 95 % band of ``y`` on an even grid of ``x``."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    grid: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def roc_curve(
    y: ArrayLike, p: ArrayLike, groups: ArrayLike | None = None, resamples: int = 500, seed: int = 0
) -> Curve:
    """Sensitivity (y) against 1 - specificity (x)."""
    return _curve(y, p, groups, resamples, seed, kind="roc")


def precision_recall_curve(
    y: ArrayLike, p: ArrayLike, groups: ArrayLike | None = None, resamples: int = 500, seed: int = 0
) -> Curve:
    """Precision (y) against recall (x), as steps: the precision at which a recall is reached."""
    return _curve(y, p, groups, resamples, seed, kind="pr")


def _curve(
    y: ArrayLike, p: ArrayLike, groups: ArrayLike | None, resamples: int, seed: int, kind: str
) -> Curve:
    ranked = rank(y, p)
    both_classes(ranked.positive)
    names = np.arange(len(ranked.order)) if groups is None else np.asarray(groups)
    true, false = steps(ranked, np.ones((1, len(ranked.order))))
    x, value = _points(true[0], false[0], kind)
    drawn = [
        np.interp(GRID, *_points(a, b, kind))
        for weights in draws(names, resamples, seed)
        for a, b in zip(*steps(ranked, weights), strict=True)
        if a[-1] > 0 and b[-1] > 0
    ]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return Curve(x, value, GRID, low, high)


def _points(
    true: NDArray[np.float64], false: NDArray[np.float64], kind: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    sensitivity = true / true[-1]
    if kind == "roc":
        return np.r_[0.0, false / false[-1]], np.r_[0.0, sensitivity]
    called = true + false
    precision = np.divide(true, called, out=np.ones_like(true), where=called > 0)
    return np.r_[0.0, sensitivity], np.r_[precision[0], precision]
