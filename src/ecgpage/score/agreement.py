"""How far two readers, or several, agree beyond chance.

References
----------
.. [1] Cohen J. A coefficient of agreement for nominal scales. Educ Psychol Meas 1960;20:37-46.
.. [2] Fleiss JL. Measuring nominal scale agreement among many raters. Psychol Bull
   1971;76:378-382.
.. [3] Gwet KL. Handbook of Inter-Rater Reliability, 4th ed. Advanced Analytics 2014, ch. 2.6
   (pages with different numbers of readings).
.. [4] Brodersen KH et al. The balanced accuracy and its posterior distribution. ICPR 2010.
.. [5] Hanley JA, McNeil BJ. The meaning and use of the area under a ROC curve. Radiology
   1982;143:29-36.

Intervals are 95 % percentile intervals of a bootstrap over groups (:mod:`.resampling`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.score.binary import auc, rank, steps
from ecgpage.score.checks import binary_truth, both_classes, refuse
from ecgpage.score.resampling import Figure, bootstrap
from ecgpage.values import WrongUse

Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Two sets of labels for the same pages, compared.

    Attributes
    ----------
    labels:
        All labels in use, sorted.
    matrix:
        ndarray, shape (labels, labels), int: rows as the reference says, columns as judged.
    figures:
        ``observed`` (share of equal labels), ``balanced_accuracy`` (mean over the
        reference's classes of the share judged right [4]_) and ``kappa`` [1]_.
    """

    labels: tuple[str, ...]
    matrix: NDArray[np.int64]
    figures: dict[str, Figure]

    @property
    def pages(self) -> int:
        """How many pages were compared."""
        return int(self.matrix.sum())


def compare_labels(
    reference: Sequence[str],
    judged: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Agreement:
    """Compare two sets of labels: confusion matrix, balanced accuracy and Cohen's kappa.

    Parameters
    ----------
    reference, judged:
        One label for each page, in the same order.
    groups:
        The group of each page (patient); each page is its own where None.

    Raises
    ------
    WrongUse
        ``length-differs`` or ``no-pages``.
    """
    _same_length(reference, judged)
    labels, numbers = np.unique(np.r_[list(reference), list(judged)], return_inverse=True)
    count = len(labels)
    cell = numbers[: len(reference)] * count + numbers[len(reference) :]
    places = np.eye(count * count)[cell]

    def figures(weights: Weights) -> dict[str, Weights]:
        return _figures((weights @ places).reshape(-1, count, count))

    names = np.arange(len(cell)) if groups is None else np.asarray(groups)
    matrix = places.sum(axis=0).reshape(count, count).astype(np.int64)
    found = bootstrap(figures, names, resamples, seed)
    return Agreement(tuple(str(label) for label in labels), matrix, found)


def cohen_kappa(
    first: Sequence[str],
    second: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Figure:
    """Cohen's kappa of two readers [1]_; NaN where both gave one and the same label throughout."""
    return compare_labels(first, second, groups, resamples=resamples, seed=seed).figures["kappa"]


def fleiss_kappa(
    readings: Sequence[Sequence[str]],
    groups: Sequence[str] | None = None,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Figure:
    """Fleiss' kappa of several readers [2]_.

    Parameters
    ----------
    readings:
        For each page the labels it was given, by whomever. Pages may have different numbers
        of readings; those with fewer than two count for the classes' frequencies alone [3]_.
    groups:
        The group of each page.

    Raises
    ------
    WrongUse
        ``no-pages``, or ``single-readings`` where no page was read twice.
    """
    if groups is not None:
        _same_length(readings, groups)
    kept = [number for number, page in enumerate(readings) if page]
    if not kept:
        raise _no_pages()
    labels = sorted({label for page in readings for label in page})
    counts = np.array([[readings[n].count(label) for label in labels] for n in kept], np.float64)
    read = counts.sum(axis=1)
    if read.max() < 2:
        raise refuse(
            "no page was read twice",
            "pages with two or more readings",
            "one reading each",
            "Let a second reader label them.",
            "single-readings",
        )
    twice = (read >= 2).astype(np.float64)
    pairs = (counts * (counts - 1)).sum(axis=1) / np.maximum(read * (read - 1), 1.0)
    shares = counts / read[:, None]

    def kappa(weights: Weights) -> dict[str, Weights]:
        observed = _ratio(weights @ pairs, weights @ twice)
        share = weights @ shares / weights.sum(axis=1, keepdims=True)
        return {"kappa": _beyond_chance(observed, (share**2).sum(axis=1))}

    names = np.arange(len(kept)) if groups is None else np.asarray([groups[n] for n in kept])
    return bootstrap(kappa, names, resamples, seed)["kappa"]


def score_auc(
    is_positive: ArrayLike,
    score: ArrayLike,
    groups: Sequence[str] | None = None,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Figure:
    """Area under the ROC curve of any score, higher meaning positive; ties count half [5]_.

    Below 0.5 the score points the other way.

    Raises
    ------
    WrongUse
        ``one-class``, ``length-differs``, ``not-numbers``.
    """
    truth = binary_truth(np.asarray(is_positive).astype(int))
    both_classes(truth)
    values = np.asarray(score, dtype=np.float64)
    _same_length(truth, values)
    if not np.isfinite(values).all():
        raise refuse("some scores are not numbers", "finite scores",
                     f"{int((~np.isfinite(values)).sum())} that are not",
                     "Leave those pages out.", "not-numbers")  # fmt: skip
    levels = np.unique(values, return_inverse=True)[1] / max(len(values), 1)
    ranked = rank(truth, levels)
    names = np.arange(len(truth)) if groups is None else np.asarray(groups)
    return bootstrap(lambda w: {"auc": auc(*steps(ranked, w))}, names, resamples, seed)["auc"]


def _figures(matrices: Weights) -> dict[str, Weights]:
    """The figures of confusion matrices, shape (draws, labels, labels)."""
    total = matrices.sum(axis=(1, 2))
    right = np.einsum("dkk->dk", matrices)
    rows, columns = matrices.sum(axis=2), matrices.sum(axis=1)
    recall = _ratio(right, rows)
    observed = _ratio(right.sum(axis=1), total)
    chance = _ratio((rows * columns).sum(axis=1), total**2)
    present = np.isfinite(recall).sum(axis=1)
    return {
        "observed": observed,
        "balanced_accuracy": _ratio(np.nansum(recall, axis=1), present.astype(np.float64)),
        "kappa": _beyond_chance(observed, chance),
    }


def _beyond_chance(observed: Weights, chance: Weights) -> Weights:
    return _ratio(observed - chance, 1 - chance, at_least=1e-12)


def _ratio(above: Weights, below: Weights, at_least: float = 0.0) -> Weights:
    """The quotient, NaN where the denominator is no more than ``at_least``."""
    out = np.full(np.shape(above), np.nan)
    return np.asarray(np.divide(above, below, out=out, where=below > at_least))


def _same_length(first: ArrayLike | Sequence[Sequence[str]], second: ArrayLike) -> None:
    one, other = len(first), len(second)  # type: ignore[arg-type]
    if one != other:
        raise refuse(
            "two lists of pages have different lengths",
            f"{one} values",
            f"{other}",
            "Give both in the same order and of the same length.",
            "length-differs",
        )
    if one == 0:
        raise _no_pages()


def _no_pages() -> WrongUse:
    return refuse(
        "there is no page to compare", "pages with labels", "none", "Label pages first.", "no-pages"
    )
