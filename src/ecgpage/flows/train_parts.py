"""What training on pixels and training on measurements have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage import audit, learn, score, store
from ecgpage.label.fingerprint import content_hash
from ecgpage.values import Dataset, Refusal, Split


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to train on, with which settings, and where the model goes."""

    dataset: Path
    out: Path
    settings: learn.TrainSettings
    fresh: bool = False
    allow_leakage: bool = False
    tensorboard: bool = False
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """The finished model, what was left out, and whether it had been there already."""

    model: store.ModelFolder
    refusals: tuple[Refusal, ...]
    already: bool = False


def judge_probabilities(
    probabilities: NDArray[Any], truth: NDArray[np.int64], classes: int, groups: Sequence[str]
) -> dict[str, Any]:
    """Temperature, threshold and figures of probabilities (pages, outputs) of validation pages."""
    if classes > 2:
        temperature = score.fit_temperature(probabilities, truth)
        wide = score.apply_temperature(probabilities, temperature)
        names = ("log_loss", "accuracy", "auc_one_against_rest")
        figures = dict(zip(names, learn.validation_figures(wide, truth), strict=True))
        return {"temperature": temperature, "threshold": None, "metrics": figures}
    temperature = score.fit_temperature(probabilities[:, 0], truth)
    positive = score.apply_temperature(probabilities[:, 0], temperature)
    threshold = score.best_threshold(truth, positive)
    measured = score.binary_figures(truth, positive, groups, threshold)
    return {
        "temperature": temperature,
        "threshold": threshold,
        "threshold_rule": "highest balanced accuracy (Youden) on validation pages",
        "metrics": {name: figure.as_dict() for name, figure in measured.items()},
    }


def split_with_contents(split: Split, dataset: Dataset) -> dict[str, Any]:
    """The split with each file's hash, so that a page is known again under another name."""
    values = audit.split_as_dict(split)
    path = {item.key: item.path for item in dataset}
    for page in values["pages"]:
        page["content"] = content_hash(path[page["key"]])
    return values
