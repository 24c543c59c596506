"""Several networks of one kind, trained one after the other and averaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.networks import build_network
from ecgpage.learn.settings import TrainSettings
from ecgpage.learn.training.data import TrainingData
from ecgpage.learn.training.loop import TrainedModel, train
from ecgpage.values import Progress, Silent


def train_members(
    data: Callable[[int], TrainingData],
    settings: TrainSettings,
    folder: Path,
    progress: Progress | None = None,
    *,
    tensorboard: bool = False,
) -> tuple[TrainedModel, ...]:
    """Train ``settings.members`` networks from the seeds seed, seed + 1, ...

    ``data`` gives the feeds of a seed: order and augmentation differ between members, the
    pages do not. A killed run goes on with the member and the epoch at which it was.
    """
    progress = progress or Silent()
    trained = []
    for member in range(settings.members):
        if settings.members > 1:
            progress.say(f"Network {member + 1} of {settings.members}")
        own = replace(settings, seed=settings.seed + member, members=1)
        where = folder / f"member-{member}"
        trained.append(train(data(own.seed), own, where, progress, tensorboard=tensorboard))
    return tuple(trained)


def save_keras(trained: TrainedModel, path: Path) -> None:
    """Write the network as a Keras file, without the optimiser's memory."""
    bare = build_network(trained.settings, len(trained.classes))
    bare.set_weights(trained.model.get_weights())
    bare.save(path)


def mean_probabilities(trained: tuple[TrainedModel, ...]) -> NDArray[np.float32]:
    """Mean of the members' validation probabilities, shape (n, outputs)."""
    return np.asarray(np.mean([one.probabilities for one in trained], axis=0), dtype=np.float32)
