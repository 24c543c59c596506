"""What tuning searches, and between which bounds."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ecgpage.learn.networks import find_network
from ecgpage.learn.settings import TrainSettings
from ecgpage.values import Refusal, WrongUse

SEARCHED: tuple[str, ...] = (
    "learning_rate", "depth", "width_factor", "dropout", "batch_norm", "augmentation_strength",
)  # fmt: skip
"""Settings that tuning can search."""


def check_searched(names: Sequence[str], base: TrainSettings) -> tuple[str, ...]:
    """The names, if all of them can be searched; no strength where nothing is augmented."""
    for name in names:
        if name not in SEARCHED:
            near = difflib.get_close_matches(name, SEARCHED, n=1)
            raise WrongUse(
                Refusal(
                    where="--search",
                    what=f"'{name}' is not searched",
                    expected="some of " + ", ".join(SEARCHED),
                    received=name,
                    todo=f"Did you mean '{near[0]}'?" if near else "Leave it out.",
                    code="not-searched",
                )
            )
    idle = "augmentation_strength" if base.augmentation == "none" else ""
    return tuple(name for name in names if name != idle)


def suggest(trial: Any, base: TrainSettings, names: Sequence[str]) -> TrainSettings:
    """Settings of one trial: those of ``base`` with the searched ones drawn.

    Bounds: learning rate a factor of ten to either side of 1e-3, widths from a quarter to
    twice, dropout 0 to 0.7, augmentation from none to one and a half of its preset; depth as
    the network allows, and never so deep that fewer than 4 pixels remain.
    """
    drawn: dict[str, Any] = {}
    if "learning_rate" in names:
        drawn["learning_rate"] = trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True)
    if "depth" in names:
        drawn["depth"] = trial.suggest_int("depth", *depth_bounds(base))
    if "width_factor" in names:
        drawn["width_factor"] = trial.suggest_float("width_factor", 0.25, 2.0, log=True)
    if "dropout" in names:
        drawn["dropout"] = trial.suggest_float("dropout", 0.0, 0.7)
    if "batch_norm" in names:
        drawn["batch_norm"] = trial.suggest_categorical("batch_norm", [True, False])
    if "augmentation_strength" in names:
        strength = trial.suggest_float("augmentation_strength", 0.0, 1.5)
        drawn["augmentation_strength"] = strength
    return replace(base, **drawn)


def depth_bounds(base: TrainSettings) -> tuple[int, int]:
    """Fewest and most blocks for a network at the settings' size."""
    fewest, most = find_network(base.network).depths
    most = max(1, min(most, (min(base.height, base.width) // 4).bit_length() - 1))
    return min(fewest, most), most
