"""What a model has to beat: the commonest class, and a few plain numbers in a logistic model.

References
----------
.. [1] Cox DR. The regression analysis of binary sequences. J R Stat Soc B 1958;20:215-242.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.score.checks import refuse
from ecgpage.score.predictions import Predictions
from ecgpage.score.threshold import best_threshold


def majority(
    y_train: ArrayLike, pages: int, classes: tuple[str, ...], positive: int, note: str = ""
) -> Predictions:
    """Calls every page the commonest class; its probabilities are the classes' shares."""
    shares = np.bincount(np.asarray(y_train, dtype=np.intp), minlength=len(classes)).astype(float)
    table = np.repeat((shares / shares.sum())[None], pages, axis=0)
    commonest = classes[int(shares.argmax())]
    return Predictions(
        "majority class", classes, positive, table, 0.5, note or f"always calls {commonest}"
    )


def logistic(
    name: str,
    x_train: ArrayLike,
    y_train: ArrayLike,
    x: ArrayLike,
    classes: tuple[str, ...],
    positive: int,
    note: str = "",
) -> Predictions:
    """A logistic model [1]_ on standardised numbers, its threshold from the training pages.

    Parameters
    ----------
    x_train, x:
        Shape (pages, numbers); NaN where a number is missing. A missing number is replaced by
        the training pages' median, and that it was missing is a number of its own.
    y_train:
        Class numbers, shape (training pages,).
    """
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    given, truth = np.asarray(x_train, dtype=np.float64), np.asarray(y_train, dtype=np.intp)
    if not np.isfinite(given).any():
        raise refuse(
            f"the baseline '{name}' has no numbers on the training pages",
            "a number on at least some training pages",
            "none",
            "Name another column, or fill it.",
            "baseline-empty",
        )
    if len(np.unique(truth)) < len(classes):
        raise refuse(
            f"the baseline '{name}' has training pages of too few classes",
            "training pages of every class",
            ", ".join(classes[k] for k in np.unique(truth)) or "none",
            "Use a training part with all classes.",
            "one-class",
        )
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
        LogisticRegression(max_iter=1000),
    )
    model.fit(given, truth)
    threshold = 0.5
    if len(classes) == 2:
        said = model.predict_proba(given)[:, positive]
        threshold = best_threshold(truth == positive, said)
    table = np.asarray(model.predict_proba(np.asarray(x, dtype=np.float64)))
    return Predictions(name, classes, positive, table, threshold, note)


def numbers(column: Sequence[str]) -> NDArray[np.float64]:
    """A manifest's column as numbers, shape (pages, 1); NaN where there is none."""
    found = np.full(len(column), np.nan)
    for place, text in enumerate(column):
        try:
            found[place] = float(text)
        except ValueError:
            continue
    return np.where(np.isfinite(found), found, np.nan)[:, None]
