"""A compiled model with its optimiser, and one step of it."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.networks import build_network, load_keras
from ecgpage.learn.settings import TrainSettings
from ecgpage.learn.training.average import Weights, read_weights, write_weights
from ecgpage.learn.training.data import Batch, Feed, balanced_weights


class Machine:
    """A network that can be stepped, looked at and put back into an earlier state."""

    def __init__(self, settings: TrainSettings, classes: int, counts: tuple[int, ...]) -> None:
        self.settings = settings
        self.classes = classes
        self.model = build_network(settings, classes)
        self.weights = balanced_weights(counts) if settings.class_weights == "balanced" else None
        _compile(self.model, settings, classes)

    def step(self, batch: Batch, learning_rate: float) -> dict[str, float]:
        """Learn from one batch; its own loss and accuracy, from before the step."""
        pages, labels = batch
        self.model.optimizer.learning_rate = learning_rate
        weight = None if self.weights is None else self.weights[labels]
        figures = self.model.train_on_batch(
            pages, self._targets(labels), sample_weight=weight, return_dict=True
        )
        return {name: float(value) for name, value in figures.items()}

    def time_step(self, pages: int) -> float:
        """Seconds that one step of that many pages takes; the network is as it was after it.

        The first step also compiles and is not counted.
        """
        before = self.state()
        shape = (pages, self.settings.height, self.settings.width, 1)
        batch = np.zeros(shape, np.float32), np.zeros(pages, np.int64)
        self.step(batch, 0.0)
        start = time.perf_counter()
        self.step(batch, 0.0)
        seconds = time.perf_counter() - start
        self.restore(before)
        return seconds

    def look(self, feed: Feed) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Output probabilities (n, outputs) and labels (n,) of all pages of a feed."""
        pairs = [(self.model.predict_on_batch(x), y) for x, y in feed.epoch(0)]
        outputs = np.concatenate([np.asarray(p, dtype=np.float32) for p, _ in pairs])
        return outputs, np.concatenate([np.asarray(y, dtype=np.int64) for _, y in pairs])

    def state(self) -> dict[str, Weights]:
        """Weights, states of the dropout's generators, and the optimiser's memory."""
        return {
            "model": read_weights(self.model.variables),
            "optimizer": read_weights(self.model.optimizer.variables),
        }

    def restore(self, state: dict[str, Weights]) -> None:
        """Go back to what :meth:`state` gave."""
        write_weights(self.model.variables, state["model"])
        write_weights(self.model.optimizer.variables, state["optimizer"])

    def _targets(self, labels: NDArray[np.int64]) -> NDArray[np.float32]:
        if self.classes == 2:
            return np.asarray(labels[:, None], dtype=np.float32)
        return np.eye(self.classes, dtype=np.float32)[labels]


def _compile(model: Any, settings: TrainSettings, classes: int) -> None:
    """Adam, or AdamW with weight decay (Loshchilov and Hutter, 2019), on cross-entropy."""
    keras = load_keras()
    if settings.weight_decay:
        optimizer = keras.optimizers.AdamW(
            settings.learning_rate, weight_decay=settings.weight_decay
        )
    else:
        optimizer = keras.optimizers.Adam(settings.learning_rate)
    losses = keras.losses
    loss = losses.BinaryCrossentropy if classes == 2 else losses.CategoricalCrossentropy
    model.compile(optimizer, loss(label_smoothing=settings.label_smoothing), metrics=["accuracy"])
    optimizer.build(model.trainable_variables)
