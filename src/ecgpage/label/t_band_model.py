"""The T band's three figures in a logistic model: what they can tell at best.

References
----------
.. [1] Cox DR. The regression analysis of binary sequences. J R Stat Soc B 1958;20:215-242.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.values import Refusal, WrongUse


def t_band_logistic(
    figures: ArrayLike, is_abnormal: ArrayLike, others: ArrayLike
) -> NDArray[np.float64]:
    """Fit the logistic model [1]_ on some pages, give its probabilities for others.

    Parameters
    ----------
    figures, others:
        Shape (pages, 3); standardised by the mean and spread of ``figures``.
    is_abnormal:
        Shape (pages,), for ``figures``.

    Returns
    -------
    ndarray, shape (other pages,)
        Probability of abnormal; L2 penalty 1 (scikit-learn's default).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(np.asarray(figures), np.asarray(is_abnormal, dtype=bool))
    return np.asarray(model.predict_proba(np.asarray(others))[:, 1], dtype=np.float64)


def fewest_groups(is_abnormal: ArrayLike, groups: Sequence[str]) -> int:
    """In how many groups the rarer class occurs: the most folds that are possible."""
    truth, names = np.asarray(is_abnormal, dtype=bool), np.asarray(groups)
    return min(len(set(names[truth])), len(set(names[~truth])))


def t_band_out_of_fold(
    figures: ArrayLike,
    is_abnormal: ArrayLike,
    groups: Sequence[str],
    *,
    folds: int = 5,
    seed: int,
) -> NDArray[np.float64]:
    """Probabilities of the logistic model, each page's from folds without its group.

    Raises
    ------
    WrongUse
        ``too-few-groups`` where a class has fewer groups than folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    values, truth = np.asarray(figures, dtype=np.float64), np.asarray(is_abnormal, dtype=bool)
    names = np.asarray(groups)
    fewest = fewest_groups(truth, groups)
    if fewest < folds:
        raise WrongUse(
            Refusal("cross-validation of the T-band figures", "a class has too few groups",
                    f"at least {folds} groups in each class", str(fewest),
                    "Label more pages, or take fewer folds.", "too-few-groups")
        )  # fmt: skip
    found = np.full(len(truth), np.nan)
    dealt = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for train, test in dealt.split(values, truth, names):
        found[test] = t_band_logistic(values[train], truth[train], values[test])
    return found
