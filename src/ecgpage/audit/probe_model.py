"""A simple model on what carries no waveform, cross-validated by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
FEW_COLUMNS = 60
"""Up to this many columns a forest is used, which needs no scale and finds both ends of a
quantity (a rate too low or too high); above it principal components and a logistic model."""

LEAST_VARIANCE = 1e-4
"""Components of less variance (grey levels squared, white is 1) are rounding: a single pixel of
one page in a hundred that turns from white to black has ten times more."""


def out_of_fold(
    table: NDArray[np.float64], truth: NDArray[np.int64], groups: Sequence[str], seed: int
) -> NDArray[np.float64] | None:
    """Probability of each class for each page, from a model that saw neither it nor its group.

    Parameters
    ----------
    table:
        Shape (page, column), finite.
    truth:
        Class of each page, 0 to k-1.
    groups:
        Group of each page; stratified folds keep groups whole.
    seed:
        Of folds and model.

    Returns
    -------
    ndarray, shape (page, class), or None where a class has fewer than two groups.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    names = np.asarray(groups)
    table = table[:, np.ptp(table, axis=0) > 0]
    rounding = min(LEAST_VARIANCE, float(table.var(axis=0).sum()) / 1000)
    classes = int(truth.max()) + 1
    folds = min(FOLDS, *(len(np.unique(names[truth == c])) for c in range(classes)))
    if folds < 2:
        return None
    out = np.zeros((len(truth), classes))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for train, test in splitter.split(table, truth, names):
        model = _model(table.shape[1], len(train), rounding, seed)
        model.fit(table[train], truth[train])
        out[np.ix_(test, model.classes_)] = model.predict_proba(table[test])
    return out


def _model(columns: int, pages: int, rounding: float, seed: int) -> Any:
    from sklearn.decomposition import PCA
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if columns <= FEW_COLUMNS:
        return ExtraTreesClassifier(
            100, min_samples_leaf=5, class_weight="balanced", random_state=seed
        )
    components = max(2, min(40, columns, pages // 5))
    return make_pipeline(
        PCA(components, random_state=seed),
        VarianceThreshold(rounding),
        StandardScaler(),
        LogisticRegression(C=0.1, class_weight="balanced", max_iter=500),
    )
