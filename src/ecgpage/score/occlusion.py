"""Where a network looks: cover a patch, see how much less certain it becomes.

References
----------
.. [1] Zeiler MD, Fergus R. Visualizing and understanding convolutional networks. ECCV 2014.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ecgpage.score.calibration import to_logits

ROWS, COLUMNS = 10, 16
"""Places at which a patch is put; each patch is two places high and wide."""

BATCH = 32

Probabilities = Callable[[NDArray[np.float32]], NDArray[np.float64]]


def occlusion_map(
    probabilities: Probabilities, page: NDArray[np.float32], target: int
) -> NDArray[np.float64]:
    """How much the log-odds of a class fall where a patch of the page is covered [1]_.

    Parameters
    ----------
    probabilities:
        From pages (n, height, width, 1) to probabilities (n, classes).
    page:
        What the network sees, shape (height, width, 1).
    target:
        Number of the class.

    Returns
    -------
    ndarray, shape (ROWS, COLUMNS)
        Positive where the patch speaks for the class, negative where it speaks against it.
    """
    paper = np.float32(np.median(page))
    covered = (
        _covered(page, row, column, paper) for row in range(ROWS) for column in range(COLUMNS)
    )
    whole = _log_odds(probabilities(page[None]), target)[0]
    found: list[float] = []
    batch: list[NDArray[np.float32]] = []
    for picture in covered:
        batch.append(picture)
        if len(batch) == BATCH:
            found += list(_log_odds(probabilities(np.stack(batch)), target))
            batch = []
    if batch:
        found += list(_log_odds(probabilities(np.stack(batch)), target))
    return np.asarray(whole - np.asarray(found).reshape(ROWS, COLUMNS))


def _covered(
    page: NDArray[np.float32], row: int, column: int, paper: np.float32
) -> NDArray[np.float32]:
    height, width = page.shape[:2]
    top, bottom = int((row - 0.5) * height / ROWS), int(np.ceil((row + 1.5) * height / ROWS))
    left, right = (
        int((column - 0.5) * width / COLUMNS),
        int(np.ceil((column + 1.5) * width / COLUMNS)),
    )
    copy = page.copy()
    copy[max(top, 0) : bottom, max(left, 0) : right] = paper
    return copy


def _log_odds(p: NDArray[np.float64], target: int) -> NDArray[np.float64]:
    return to_logits(p[:, target])


def worst_mistakes(
    y: NDArray[np.intp], called: NDArray[np.intp], probability: NDArray[np.float64], most: int
) -> NDArray[np.intp]:
    """Places of the wrongly called pages, the most certain mistake first.

    Parameters
    ----------
    y, called:
        Class numbers, shape (pages,).
    probability:
        Shape (pages, classes); a mistake is the worse, the less probable its true class.
    """
    wrong = np.flatnonzero(y != called)
    order = np.argsort(probability[wrong, y[wrong]], kind="stable")
    return wrong[order][:most]
