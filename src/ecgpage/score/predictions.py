"""What one model says of the test pages, and every figure of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgpage.score.binary import Weights, binary_statistic
from ecgpage.score.checks import probabilities, refuse
from ecgpage.score.many import class_numbers, many_statistic
from ecgpage.score.resampling import Figure, bootstrap


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Probabilities of the test pages by one model or rule.

    Attributes
    ----------
    name:
        What to call the model in tables.
    classes:
        Their names, in the order of the columns of ``probability``.
    positive:
        Number of the positive class; only used where there are two classes.
    probability:
        Shape (pages, classes).
    threshold:
        Where a page is called positive (two classes); chosen on other pages. One number, or
        one for each page where they were judged by different models (cross-validation).
    note:
        What a reader must know of this row.
    """

    name: str
    classes: tuple[str, ...]
    positive: int
    probability: NDArray[np.float64]
    threshold: float | NDArray[np.float64] = 0.5
    note: str = ""

    def __post_init__(self) -> None:
        given = probabilities(self.probability, len(self.probability))
        if given.ndim != 2 or given.shape[1] != len(self.classes):
            raise refuse(
                f"the predictions of '{self.name}' do not fit its classes",
                f"{len(self.classes)} columns",
                f"an array of shape {given.shape}",
                "Give one column for each class.",
                "classes-differ",
            )

    @property
    def binary(self) -> bool:
        """Whether there are two classes."""
        return len(self.classes) == 2

    @property
    def score(self) -> NDArray[np.float64]:
        """Probability of the positive class, shape (pages,)."""
        return self.probability[:, self.positive]

    def called(self) -> NDArray[np.intp]:
        """The class number called for each page, shape (pages,)."""
        if not self.binary:
            return np.asarray(self.probability.argmax(axis=1))
        return np.where(self.score >= self.threshold, self.positive, 1 - self.positive)

    def statistic(self, y: ArrayLike, weights: Weights) -> Mapping[str, Weights]:
        """Every figure for every draw of weights."""
        if self.binary:
            truth = class_numbers(y, 2) == self.positive
            return binary_statistic(truth, self.score, self.threshold, weights)
        return many_statistic(y, self.probability, weights)


def figures_of(
    predictions: Predictions,
    y: ArrayLike,
    groups: ArrayLike | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[str, Figure]:
    """All figures of one model with 95 % intervals over groups; ``y`` are class numbers."""
    return bootstrap(
        lambda weights: predictions.statistic(y, weights), _groups(y, groups), resamples, seed
    )


def paired_differences(
    model: Predictions,
    other: Predictions,
    y: ArrayLike,
    groups: ArrayLike | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[str, Figure]:
    """Model minus other on the same pages, with 95 % intervals over the same draws of groups.

    An interval that leaves out 0 says that the two differ by more than the choice of these
    test pages explains.
    """

    def difference(weights: Weights) -> Mapping[str, Weights]:
        first, second = model.statistic(y, weights), other.statistic(y, weights)
        return {name: first[name] - second[name] for name in first if name in second}

    return bootstrap(difference, _groups(y, groups), resamples, seed)


def _groups(y: ArrayLike, groups: ArrayLike | None) -> NDArray[Any]:
    return np.arange(len(np.asarray(y))) if groups is None else np.asarray(groups)


def confusion(predictions: Predictions, y: ArrayLike) -> NDArray[np.int64]:
    """How often a page of one class (row) was called each class (column), (classes, classes)."""
    count = len(predictions.classes)
    cells = class_numbers(y, count) * count + predictions.called()
    return np.bincount(cells, minlength=count * count).reshape(count, count)


def classification_report(predictions: Predictions, y: ArrayLike) -> list[dict[str, Any]]:
    """Precision, recall, F1 and pages of each class, then their plain and weighted means.

    A precision is NaN where a class was never called, a recall where it never occurs.
    """
    table = confusion(predictions, y).astype(np.float64)
    hits, called, pages = np.diag(table), table.sum(axis=0), table.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = hits / called, hits / pages
        f1 = 2 * hits / (called + pages)
    rows = [
        _row(name, precision[k], recall[k], f1[k], pages[k])
        for k, name in enumerate(predictions.classes)
    ]
    for name, share in (("macro average", np.ones(len(pages))), ("weighted average", pages)):
        p, r, f = (_mean(values, share) for values in (precision, recall, f1))
        rows.append(_row(name, p, r, f, pages.sum()))
    return rows


def _row(name: str, precision: float, recall: float, f1: float, pages: float) -> dict[str, Any]:
    numbers = {"precision": precision, "recall": recall, "f1": f1}
    plain = {key: float(value) if np.isfinite(value) else None for key, value in numbers.items()}
    return {"class": name, **plain, "pages": int(pages)}


def _mean(values: NDArray[np.float64], share: NDArray[np.float64]) -> float:
    known = np.isfinite(values) & (share > 0)
    return float(np.average(values[known], weights=share[known])) if known.any() else float("nan")


def subgroup_figures(
    column: Sequence[str],
    predictions: Predictions,
    y: ArrayLike,
    groups: ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Figures within each value of a column; numbers of many values are cut into quarters.

    Each row holds ``value``, ``pages``, ``groups``, ``by_class`` (pages of each class) and
    ``figures``; figures that need both classes are NaN where one is absent.
    """
    truth, names = class_numbers(y, len(predictions.classes)), _groups(y, groups)
    values = np.asarray(by_quarter(column))
    rows = []
    for value in sorted(set(values.tolist())):
        inside = np.flatnonzero(values == value)
        part = Predictions(
            predictions.name, predictions.classes, predictions.positive,
            predictions.probability[inside], _part(predictions.threshold, inside),
        )  # fmt: skip
        rows.append(
            {
                "value": value,
                "pages": len(inside),
                "groups": len(np.unique(names[inside])),
                "by_class": np.bincount(truth[inside], minlength=len(predictions.classes)).tolist(),
                "figures": figures_of(part, truth[inside], names[inside], resamples, seed),
            }
        )
    return rows


def _part(
    threshold: float | NDArray[np.float64], inside: NDArray[np.intp]
) -> float | NDArray[np.float64]:
    return threshold[inside] if isinstance(threshold, np.ndarray) else threshold


def by_quarter(column: Sequence[str], most: int = 12) -> list[str]:
    """The column's values; where they are numbers, and more than ``most``, their quarter.

    An empty value becomes ``(none)``.
    """
    values = [value.strip() or "(none)" for value in column]
    known = [value for value in values if value != "(none)"]
    if len(set(known)) <= most:
        return values
    try:
        numbers = np.array([float(value) for value in known])
    except ValueError:
        return values
    edges = np.unique(np.quantile(numbers, [0, 0.25, 0.5, 0.75, 1]))
    names = [f"{a:g} to {b:g}" for a, b in pairwise(edges)]
    return [
        value
        if value == "(none)"
        else names[int(np.clip(np.searchsorted(edges, float(value)) - 1, 0, len(names) - 1))]
        for value in values
    ]


def pool(parts: Sequence[tuple[NDArray[np.intp], Predictions]], pages: int) -> Predictions:
    """Predictions of the same classes on different pages as one, in the order of all pages.

    Parameters
    ----------
    parts:
        For each the places of its pages (0 to ``pages - 1``; together every place once) and
        what was predicted there, each with its own threshold.
    """
    first = parts[0][1]
    table = np.zeros((pages, len(first.classes)))
    threshold = np.zeros(pages)
    for places, part in parts:
        table[places], threshold[places] = part.probability, part.threshold
    level: float | NDArray[np.float64] = threshold
    if len(np.unique(threshold)) == 1:
        level = float(threshold[0])
    return Predictions(
        first.name,
        first.classes,
        first.positive,
        table,
        level,
        first.note,
    )
