"""Layers of the delineating network that Keras does not have."""

from __future__ import annotations

from functools import cache
from typing import Any

from ecgpage.learn.networks.backend import load_keras

NEARLY_NONE = 1e-3
"""Added to the number of leads seen, so that nothing is divided by zero where none is."""


@cache
def lead_layers() -> tuple[Any, Any]:
    """The classes ``Channel`` and ``LeadMean``; Keras is loaded when they are first needed."""
    keras = load_keras()

    class Channel(keras.layers.Layer):  # type: ignore[misc, name-defined]
        """One channel of the input, kept as an axis: (batch, lead, time, 1)."""

        def __init__(self, index: int, **options: Any) -> None:
            super().__init__(**options)
            self.index = index

        def call(self, x: Any) -> Any:
            return x[..., self.index : self.index + 1]

    class LeadMean(keras.layers.Layer):  # type: ignore[misc, name-defined]
        """The mean over the leads that are seen at each time: (batch, 1, time, channel)."""

        nearly_none = NEARLY_NONE

        def call(self, inputs: Any) -> Any:
            x, seen = inputs
            total = keras.ops.sum(x * seen, axis=1, keepdims=True)
            return total / (keras.ops.sum(seen, axis=1, keepdims=True) + NEARLY_NONE)

    return Channel, LeadMean
