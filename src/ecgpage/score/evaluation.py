"""One model on one set of pages: everything that a report says, computed in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.score.calibration import BINS, calibration_curve
from ecgpage.score.curves import precision_recall_curve, roc_curve
from ecgpage.score.predictions import (
    Predictions,
    classification_report,
    confusion,
    figures_of,
    paired_differences,
    subgroup_figures,
)
from ecgpage.score.resampling import Figure

CURVE_POINTS = 2000
"""A curve of more points than this is thinned for the report; figures use all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """A baseline that could not be had, and why."""

    name: str
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is judged.

    Attributes
    ----------
    keys, labels:
        Of each page.
    y:
        Class numbers, shape (pages,).
    groups:
        The group of each page; intervals are over these.
    model, uncalibrated:
        The model's predictions with its temperature and without.
    baselines:
        What stands beside it, on the same pages.
    columns:
        Subgroup columns, each with a value for each page.
    folds:
        The fold of each page where the model was cross-validated, else None.
    """

    keys: Sequence[str]
    labels: Sequence[str]
    y: NDArray[np.intp]
    groups: Sequence[str]
    model: Predictions
    uncalibrated: NDArray[np.float64]
    baselines: Sequence[Predictions | Missing] = ()
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    folds: NDArray[np.intp] | None = None


def evaluate(task: Task, resamples: int = 2000, seed: int = 0) -> dict[str, Any]:
    """Every figure of the task as plain values, ready for JSON and for a report."""
    model, y = task.model, task.y
    figures = figures_of(model, y, task.groups, resamples, seed)
    found: dict[str, Any] = {
        "figures": _plain(figures),
        "figures_before_temperature": _before(task, resamples, seed),
        "confusion": {"labels": list(model.classes), "rows": confusion(model, y).tolist()},
        "classification_report": classification_report(model, y),
        "threshold": _threshold(model),
        "baselines": {base.name: _baseline(base, task, resamples, seed) for base in task.baselines},
        "subgroups": {
            name: [
                {**row, "figures": _plain(row["figures"])}
                for row in subgroup_figures(column, model, y, task.groups, resamples // 2, seed)
            ]
            for name, column in task.columns.items()
        },
        "calibration": _calibration(task),
        "curves": _curves(task, seed),
        "pages": _pages(task),
    }
    if task.folds is not None:
        found["folds"] = _folds(task)
    return found


def _plain(figures: Mapping[str, Figure]) -> dict[str, dict[str, float | None]]:
    return {name: figure.as_dict() for name, figure in figures.items()}


def _threshold(model: Predictions) -> float | list[float] | None:
    if not model.binary:
        return None
    if isinstance(model.threshold, np.ndarray):
        return sorted({float(value) for value in model.threshold})
    return float(model.threshold)


def _before(task: Task, resamples: int, seed: int) -> dict[str, dict[str, float | None]]:
    model = task.model
    raw = Predictions(model.name, model.classes, model.positive, task.uncalibrated)
    figures = figures_of(raw, task.y, task.groups, resamples, seed)
    return _plain({name: figures[name] for name in ("ece", "brier")})


def _baseline(base: Predictions | Missing, task: Task, resamples: int, seed: int) -> dict[str, Any]:
    if isinstance(base, Missing):
        return {"note": base.note, "figures": None, "model_minus_baseline": None}
    figures = figures_of(base, task.y, task.groups, resamples, seed)
    less = paired_differences(task.model, base, task.y, task.groups, resamples, seed)
    return {
        "note": base.note,
        "figures": _plain(figures),
        "model_minus_baseline": _plain(less),
    }


def _calibration(task: Task) -> dict[str, Any]:
    """Curves before and after the temperature; of the called class where there are many."""

    def curve(p: NDArray[np.float64]) -> list[dict[str, float | int]]:
        if task.model.binary:
            happened, said = task.y == task.model.positive, p[:, task.model.positive]
        else:
            happened, said = p.argmax(axis=1) == task.y, p.max(axis=1)
        return [row.as_dict() for row in calibration_curve(happened, said)]

    return {
        "bins": f"{BINS} of equal width",
        "before": curve(task.uncalibrated),
        "after": curve(task.model.probability),
    }


def _curves(task: Task, seed: int) -> dict[str, Any]:
    """ROC and precision-recall of the positive class, or of each class against the rest."""
    classes = task.model.classes
    wanted = [task.model.positive] if task.model.binary else list(range(len(classes)))
    curves: dict[str, Any] = {}
    for number in wanted:
        truth = task.y == number
        if truth.all() or not truth.any():
            continue
        p = task.model.probability[:, number]
        curves[classes[number]] = {
            name: _points(make(truth, p, task.groups, seed=seed))
            for name, make in (("roc", roc_curve), ("pr", precision_recall_curve))
        }
    return curves


def _points(curve: Any) -> dict[str, list[float]]:
    keep = np.unique(np.linspace(0, len(curve.x) - 1, min(len(curve.x), CURVE_POINTS)).astype(int))
    parts = {"x": curve.x[keep], "y": curve.y[keep]}
    parts |= {"grid": curve.grid, "low": curve.low, "high": curve.high}
    return {name: np.round(values, 5).tolist() for name, values in parts.items()}


def _pages(task: Task) -> list[dict[str, Any]]:
    """Path, label, probability (of the positive class) and predicted label of each page."""
    model = task.model
    called = model.called()
    rows = []
    for place, (key, label) in enumerate(zip(task.keys, task.labels, strict=True)):
        row: dict[str, Any] = {
            "path": key,
            "label": label,
            "probability": round(float(model.score[place]), 6),
            "predicted": model.classes[called[place]],
        }
        if not model.binary:
            row["probabilities"] = [round(float(p), 6) for p in model.probability[place]]
        if task.folds is not None:
            row["fold"] = int(task.folds[place]) + 1
        rows.append(row)
    return rows


def _folds(task: Task) -> dict[str, Any]:
    """AUC, balanced accuracy and accuracy of each fold, with their mean and spread."""
    assert task.folds is not None
    rows = []
    for fold in np.unique(task.folds):
        inside = task.folds == fold
        model = task.model
        threshold = model.threshold
        part = Predictions(
            model.name, model.classes, model.positive, model.probability[inside],
            threshold[inside] if isinstance(threshold, np.ndarray) else threshold,
        )  # fmt: skip
        figures = figures_of(part, task.y[inside], resamples=0)
        names = ("auc", "balanced_accuracy", "accuracy")
        rows.append(
            {"fold": int(fold) + 1, "pages": int(inside.sum())}
            | {name: figures[name].as_dict()["value"] for name in names}
        )
    means = {}
    for name in ("auc", "balanced_accuracy", "accuracy"):
        values: list[Any] = [row[name] for row in rows if row[name] is not None]
        means[name] = {
            "mean": float(np.mean(values)) if values else None,
            "standard_deviation": float(np.std(values, ddof=1)) if len(values) > 1 else None,
        }
    return {"each": rows, "mean": means}
