"""``seed``: the first notebook's network, kept as it was, as the baseline to beat."""

from __future__ import annotations

from typing import Any

from ecgpage.learn.networks.backend import load_keras
from ecgpage.learn.networks.head import probabilities
from ecgpage.learn.networks.network import Network
from ecgpage.learn.settings import TrainSettings


def build(settings: TrainSettings, outputs: int) -> Any:
    """Convolutions of 32, 64 and 128 filters (3x3, relu), each halved by pooling; dense 128.

    ``depth`` and ``width_factor`` change the number and width of the convolutions and
    ``batch_norm`` puts a normalisation before each relu; at their defaults it is the
    notebook's network exactly.
    """
    keras = load_keras()
    layers = keras.layers
    model = keras.Sequential(name="seed")
    model.add(keras.Input((settings.height, settings.width, 1), name="page"))
    for block in range(settings.depth):
        filters = max(1, round(32 * 2**block * settings.width_factor))
        if settings.batch_norm:
            model.add(layers.Conv2D(filters, 3, use_bias=False))
            model.add(layers.BatchNormalization())
            model.add(layers.ReLU())
        else:
            model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(max(1, round(128 * settings.width_factor)), activation="relu"))
    model.add(layers.Dropout(settings.dropout))
    model.add(probabilities(outputs))
    return model


NETWORK = Network(
    name="seed",
    summary="The first notebook's: three convolutions on 128x128 pixels, dense 128.",
    defaults={
        "height": 128,
        "width": 128,
        "mode": "grey",
        "normalise": "unit",
        "augmentation": "none",
        "depth": 3,
        "dropout": 0.5,
        "batch_norm": False,
        "epochs": 20,
        "learning_rate": 1e-3,
        "schedule": "constant",
        "warmup_epochs": 0.0,
        "class_weights": "none",
    },
    build=build,
    depths=(2, 4),
)
