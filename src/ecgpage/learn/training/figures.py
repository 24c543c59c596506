"""Figures of the validation pages after an epoch, and which epoch is the best."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.settings import TrainSettings

_TINY = 1e-7
"""Keras' own bound for probabilities in a logarithm."""


def full_probabilities(outputs: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Probabilities of all classes, shape (n, classes), from outputs (n, 1) or (n, classes)."""
    wide = np.asarray(outputs, dtype=np.float64)
    return np.concatenate([1.0 - wide, wide], axis=1) if wide.shape[1] == 1 else wide


def validation_figures(
    outputs: NDArray[np.floating[Any]], labels: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Loss (cross-entropy), accuracy and area under the ROC curve.

    With more than two classes the area is the mean over one class against the rest. It is NaN
    where the labels hold one class only.
    """
    wide = full_probabilities(outputs)
    own = wide[np.arange(len(labels)), labels]
    loss = float(-np.log(np.clip(own, _TINY, 1.0)).mean())
    accuracy = float((wide.argmax(axis=1) == labels).mean())
    return loss, accuracy, _area(wide, labels)


def _area(wide: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean over classes of the Mann-Whitney estimate of the area, ties counting half."""
    from scipy.stats import rankdata

    areas = []
    for number in range(1 if wide.shape[1] == 2 else 0, wide.shape[1]):
        hit = labels == number
        positives, negatives = int(hit.sum()), int((~hit).sum())
        if not positives or not negatives:
            continue
        ranks = rankdata(wide[:, number])[hit].sum()
        areas.append((ranks - positives * (positives + 1) / 2) / (positives * negatives))
    return float(np.mean(areas)) if areas else float("nan")


def standing(settings: TrainSettings, loss: float, auc: float) -> tuple[float, float]:
    """What is compared between epochs, larger being better.

    ``monitor="auc"``: the area, and the lower loss between equals: on a small validation part
    the area takes few values and is often 1 for several epochs. ``monitor="loss"``, or where
    there is no area: the loss alone.
    """
    if settings.monitor == "loss" or np.isnan(auc):
        return -loss, 0.0
    return auc, -loss
