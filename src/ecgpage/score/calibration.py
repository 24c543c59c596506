"""How far probabilities can be taken at their word, and one number that mends them.

References
----------
.. [1] Guo C, Pleiss G, Sun Y, Weinberger KQ. On calibration of modern neural networks.
   ICML 2017. (Expected calibration error; temperature scaling.)
.. [2] Naeini MP, Cooper GF, Hauskrecht M. Obtaining well calibrated probabilities using
   Bayesian binning. AAAI 2015.
.. [3] Platt JC. Probabilistic outputs for support vector machines. In: Advances in Large
   Margin Classifiers, 1999. (Targets (N+1)/(N+2) instead of 1, so that a validation set
   without a mistake doesn't ask for endless certainty.)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.score.checks import probabilities, refuse

BINS = 10
"""Bins of equal width from 0 to 1 unless told otherwise."""

TEMPERATURES = (0.05, 20.0)
"""A temperature is looked for between these."""

CLIP = 1e-7
"""Probabilities are kept this far from 0 and 1 before their logarithm is taken."""


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """One bin of the calibration curve: what was said, and how often it came true."""

    low: float
    high: float
    count: int
    mean_probability: float
    observed: float

    def as_dict(self) -> dict[str, float | int]:
        """The bin as plain values."""
        return asdict(self)


def bin_of(p: NDArray[np.float64], bins: int = BINS) -> NDArray[np.intp]:
    """The equal-width bin of each probability, 0 to ``bins - 1``; 1.0 falls in the last."""
    return np.minimum((p * bins).astype(np.intp), bins - 1)


def calibration_curve(y: ArrayLike, p: ArrayLike, bins: int = BINS) -> tuple[CalibrationBin, ...]:
    """Mean probability and observed share of positives in bins of equal width; empty ones left out.

    Parameters
    ----------
    y:
        Whether the event came true, shape (pages,).
    p:
        Its stated probability, shape (pages,).
    """
    happened = np.asarray(y, dtype=np.float64)
    said = probabilities(p, len(happened))
    where = bin_of(said, bins)
    rows = []
    for number in np.unique(where):
        inside = where == number
        rows.append(
            CalibrationBin(
                low=float(number / bins),
                high=float((number + 1) / bins),
                count=int(inside.sum()),
                mean_probability=float(said[inside].mean()),
                observed=float(happened[inside].mean()),
            )
        )
    return tuple(rows)


def weighted_ece(
    y: ArrayLike, p: NDArray[np.float64], weights: NDArray[np.float64], bins: int = BINS
) -> NDArray[np.float64]:
    """Expected calibration error [1]_ [2]_ for each row of weights, shape (draws,).

    The mean over bins of equal width, weighted by their pages, of the distance between mean
    probability and observed share. On few pages it is biased upwards, and its bootstrap
    interval more so.
    """
    gap = np.zeros((len(p), bins))
    gap[np.arange(len(p)), bin_of(p, bins)] = np.asarray(y, dtype=np.float64) - p
    total: NDArray[np.float64] = weights.sum(axis=1)
    return np.asarray(np.abs(weights @ gap).sum(axis=1) / np.where(total > 0, total, np.nan))


def ece(y: ArrayLike, p: ArrayLike, bins: int = BINS) -> float:
    """Expected calibration error of the positive class in bins of equal width."""
    happened = np.asarray(y, dtype=np.float64)
    said = probabilities(p, len(happened))
    return float(weighted_ece(happened, said, np.ones((1, len(said))), bins)[0])


def to_logits(p: ArrayLike) -> NDArray[np.float64]:
    """Logits of probabilities: log-odds for shape (pages,), logarithms for (pages, classes)."""
    given = np.clip(np.asarray(p, dtype=np.float64), CLIP, 1 - CLIP)
    return np.log(given) - np.log1p(-given) if given.ndim == 1 else np.log(given)


def apply_temperature(
    p: ArrayLike, temperature: float, *, logits: bool = False
) -> NDArray[np.float64]:
    """Probabilities after dividing their logits by a temperature; order within a page stays.

    Parameters
    ----------
    p:
        Shape (pages,) for the positive class or (pages, classes): probabilities, or logits
        where ``logits`` is true.
    temperature:
        Above 1 makes the model less certain, below 1 more.
    """
    z = np.asarray(p, dtype=np.float64) if logits else to_logits(p)
    z = z / temperature
    if z.ndim == 1:
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(z, -700, 700))))
    raised = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


PRIOR_SPREAD = 0.25
"""Of a temperature's logarithm before pages are seen: two of three lie between 0.78 and 1.28."""


def fit_temperature(p: ArrayLike, y: ArrayLike, *, logits: bool = False) -> float:
    """The temperature with the least log loss on validation pages [1]_, with Platt's targets [3]_.

    A normal prior on the temperature's logarithm, mean 0 and standard deviation
    :data:`PRIOR_SPREAD`, is added to the summed loss: on a few dozen pages that were all called
    right the data alone would put it almost anywhere, on hundreds of pages the prior is not felt.

    Parameters
    ----------
    p:
        Shape (pages,), probability of class 1, or (pages, classes): probabilities, or logits
        where ``logits`` is true.
    y:
        Class numbers, shape (pages,).

    Returns
    -------
    float
        Between 0.05 and 20; 1.0 where the probabilities are all equal, so that no temperature
        could change anything for the better.
    """
    from scipy.optimize import minimize_scalar

    number = np.asarray(y).astype(np.intp)
    given = np.asarray(p, dtype=np.float64)
    z = given if logits else to_logits(probabilities(given, len(number)))
    if len(z) != len(number) or len(number) == 0:
        raise refuse(
            "validation pages and their probabilities have different lengths, or there are none",
            "one row for each validation page, and at least one",
            f"{len(z)} rows for {len(number)} pages",
            "Give the validation part's truth and predictions in the same order.",
            "length-differs",
        )
    if z.ndim == 1:
        z = np.stack([np.zeros_like(z), z], axis=1)
    if np.ptp(z, axis=1).max() < 1e-9:
        return 1.0
    target = _smoothed(number, z.shape[1])

    def loss(log_temperature: float) -> float:
        scaled = z / np.exp(log_temperature)
        peak = scaled.max(axis=1, keepdims=True)
        log_p = scaled - peak - np.log(np.exp(scaled - peak).sum(axis=1, keepdims=True))
        return float(-(target * log_p).sum() + 0.5 * (log_temperature / PRIOR_SPREAD) ** 2)

    found = minimize_scalar(loss, bounds=tuple(np.log(TEMPERATURES)), method="bounded")
    return float(np.exp(found.x))


def _smoothed(number: NDArray[np.intp], classes: int) -> NDArray[np.float64]:
    """Platt's targets, the rest spread evenly over the other classes; shape (pages, classes)."""
    counts = np.bincount(number, minlength=classes)[number]
    own = (counts + 1.0) / (counts + 2.0)
    target = np.repeat(((1 - own) / (classes - 1))[:, None], classes, axis=1)
    target[np.arange(len(number)), number] = own
    return target
