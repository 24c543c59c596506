"""What a network says of itself, so that it can be listed, set and built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecgpage.learn.settings import TrainSettings

Build = Callable[[TrainSettings, int], Any]


@dataclass(frozen=True, slots=True)
class Network:
    """One network.

    Attributes
    ----------
    name, summary:
        What it is called, and one sentence of what it is.
    defaults:
        Settings that differ from those of :class:`~ecgpage.learn.settings.TrainSettings`.
    build:
        From settings and the number of outputs (1 for two classes, n for n > 2) to a Keras
        model of input (batch, height, width, 1) and output probabilities (batch, outputs).
        None for a model that is not a Keras network.
    family:
        What it sees: ``pixels`` or ``measurements``.
    depths:
        Fewest and most blocks that tuning tries.
    """

    name: str
    summary: str
    defaults: Mapping[str, Any]
    build: Build | None
    family: str = "pixels"
    depths: tuple[int, int] = (3, 6)
