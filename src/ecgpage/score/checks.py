"""What every figure asks of its input, refused in words that name the fault."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.values import Refusal, WrongUse


def refuse(what: str, expected: str, received: str, todo: str, code: str) -> WrongUse:
    """The error for input that no figure can be computed from."""
    return WrongUse(
        Refusal(
            where="score", what=what, expected=expected, received=received, todo=todo, code=code
        )
    )


def binary_truth(y: ArrayLike) -> NDArray[np.bool_]:
    """Truth as booleans, shape (pages,); refuses anything but two values."""
    truth = np.asarray(y)
    if truth.ndim != 1 or len(truth) == 0:
        raise refuse(
            "the truth is not a list of pages",
            "one value for each page, and at least one page",
            f"an array of shape {truth.shape}",
            "Give one label for each page.",
            "bad-truth-shape",
        )
    if not np.isin(truth, [0, 1]).all():
        raise refuse(
            "the truth of a two-class figure has other values than 0 and 1",
            "0 for the negative and 1 for the positive class",
            f"values such as {np.unique(truth)[:5].tolist()}",
            "Turn labels into 0 and 1 first, or use the figures for many classes.",
            "truth-not-binary",
        )
    return truth.astype(bool)


def probabilities(p: ArrayLike, pages: int) -> NDArray[np.float64]:
    """Probabilities of the positive class, shape (pages,), or of each class (pages, classes)."""
    given = np.asarray(p, dtype=np.float64)
    if given.shape[:1] != (pages,) or given.ndim > 2:
        raise refuse(
            "truth and probabilities have different lengths",
            f"{pages} probabilities, one for each page",
            f"an array of shape {given.shape}",
            "Give both in the same order and of the same length.",
            "length-differs",
        )
    if not np.isfinite(given).all() or given.min() < 0 or given.max() > 1:
        raise refuse(
            "some probabilities lie outside 0 to 1 or are not numbers",
            "finite values from 0 to 1",
            f"values from {np.nanmin(given):g} to {np.nanmax(given):g}, "
            f"{int((~np.isfinite(given)).sum())} not finite",
            "Turn scores into probabilities first; for logits say logits=True where offered.",
            "not-probabilities",
        )
    return given


def both_classes(truth: NDArray[np.bool_]) -> None:
    """Refuse truth with one class only, where a choice needs both."""
    if truth.all() or not truth.any():
        raise refuse(
            "all pages are of one class",
            "pages of both classes",
            f"{len(truth)} pages, all {'positive' if truth.any() else 'negative'}",
            "Take a larger or stratified part.",
            "one-class",
        )
