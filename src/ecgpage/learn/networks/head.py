"""The last layer that all networks share."""

from __future__ import annotations

from typing import Any

from ecgpage.learn.networks.backend import load_keras


def probabilities(outputs: int) -> Any:
    """A dense layer to probabilities: a sigmoid for one output, a softmax for more."""
    keras = load_keras()
    activation = "sigmoid" if outputs == 1 else "softmax"
    return keras.layers.Dense(outputs, activation=activation, name="probabilities")
