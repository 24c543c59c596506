"""A small model on measurements: a logistic sum over features, kept as JSON.

The file is written by one seeded command of the repository (``benchmarks/measure.py fit``) and
says on what it was fitted and how well it did on folds it had not seen.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

FILE = "verdict.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class LogisticSum:
    """Weights by feature; each feature is centred and scaled first, a missing one is the mean."""

    weights: Mapping[str, float]
    means: Mapping[str, float]
    scales: Mapping[str, float]
    bias: float

    def contributions(self, found: Mapping[str, float]) -> dict[str, float]:
        """What each known feature adds, in log-odds."""
        return {
            name: weight * (found[name] - self.means[name]) / self.scales[name]
            for name, weight in self.weights.items()
            if math.isfinite(found.get(name, float("nan")))
        }

    def score(self, found: Mapping[str, float]) -> float:
        """Probability, 0 to 1; NaN where less than half of the features are known."""
        parts = self.contributions(found)
        if len(parts) < len(self.weights) / 2:
            return float("nan")
        total = self.bias + sum(parts.values())
        return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, total))))


@dataclass(frozen=True, slots=True)
class VerdictModel:
    """The model for an abnormal electrocardiogram and the one for an abnormal T wave."""

    abnormal: LogisticSum
    t_wave: LogisticSum
    about: Mapping[str, Any]


@functools.cache
def load_model() -> VerdictModel | None:
    """The shipped model; None where the package has none."""
    place = files("ecgpage.measure") / "weights" / FILE
    if not place.is_file():
        return None
    given = json.loads(place.read_text(encoding="utf-8"))
    if given["version"] != VERSION:
        raise ValueError(f"{FILE} has version {given['version']}; expected {VERSION}")
    about = {name: value for name, value in given.items() if name not in ("abnormal", "t_wave")}
    return VerdictModel(_sum(given["abnormal"]), _sum(given["t_wave"]), about)


def _sum(given: Mapping[str, Any]) -> LogisticSum:
    names = given["features"]
    weights, means, scales = (
        dict(zip(names, map(float, given[key]), strict=True))
        for key in ("weights", "means", "scales")
    )
    return LogisticSum(weights, means, scales, float(given["bias"]))
