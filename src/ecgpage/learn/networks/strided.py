"""``strided``: plain convolutions over the page at a resolution at which a trace survives."""

from __future__ import annotations

from typing import Any

from ecgpage.learn.networks.backend import load_keras
from ecgpage.learn.networks.head import probabilities
from ecgpage.learn.networks.network import Network
from ecgpage.learn.settings import TrainSettings

FILTERS: tuple[int, ...] = (16, 32, 64, 96, 128, 128, 128, 128)
"""Filters of each block; the first ``depth`` of them are used."""


def build(settings: TrainSettings, outputs: int) -> Any:
    """Blocks of a convolution with stride 2, normalisation and relu, then one dense layer.

    The first kernel is 5x5, the others are 3x3. Every block halves rows and columns, so that
    the multiply-adds are spent where a trace still is a line.
    """
    keras = load_keras()
    layers = keras.layers
    model = keras.Sequential(name="strided")
    model.add(keras.Input((settings.height, settings.width, 1), name="page"))
    for block, base in enumerate(FILTERS[: settings.depth]):
        filters = max(1, round(base * settings.width_factor))
        size = 5 if block == 0 else 3
        model.add(
            layers.Conv2D(
                filters, size, strides=2, padding="same", use_bias=not settings.batch_norm
            )
        )
        if settings.batch_norm:
            model.add(layers.BatchNormalization())
        model.add(layers.ReLU())
    model.add(layers.Flatten())
    model.add(layers.Dropout(settings.dropout))
    model.add(probabilities(outputs))
    return model


NETWORK = Network(
    name="strided",
    summary="Five strided convolutions with batch normalisation on 480x276 pixels of ink.",
    defaults={
        "height": 276,
        "width": 480,
        "mode": "ink",
        "depth": 5,
        "batch_norm": True,
        "augmentation": "paper",
        "epochs": 30,
        "learning_rate": 1e-3,
    },
    build=build,
)
