"""A running average of the weights, which often generalises better than the last ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = list[NDArray[Any]]


def read_weights(variables: Sequence[Any]) -> Weights:
    """Copies of variables as arrays."""
    from ecgpage.learn.networks.backend import load_keras

    convert = load_keras().ops.convert_to_numpy
    return [np.array(convert(variable)) for variable in variables]


def write_weights(variables: Sequence[Any], weights: Sequence[NDArray[Any]]) -> None:
    """The other way round."""
    for variable, value in zip(variables, weights, strict=True):
        variable.assign(value)


class RunningAverage:
    """Exponential moving average of a model's floating variables.

    Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992. The
    decay starts low, ``min(decay, (1 + step) / (10 + step))``, so that the average does not
    hang on to the first random weights.
    """

    def __init__(self, model: Any, decay: float) -> None:
        self.decay = decay
        self._variables = [v for v in model.variables if "float" in str(v.dtype)]
        self.weights = read_weights(self._variables)

    def update(self, step: int) -> None:
        """Take one step towards the present weights; steps are counted from 0."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for average, now in zip(self.weights, read_weights(self._variables), strict=True):
            average += np.float32(1.0 - decay) * (now - average)

    def swap(self) -> None:
        """Exchange the model's weights and the average; twice is as before."""
        present = read_weights(self._variables)
        write_weights(self._variables, self.weights)
        self.weights = present
