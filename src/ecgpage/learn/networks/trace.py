"""``trace``: reads a curve off each row of leads and convolves along time only."""

from __future__ import annotations

from typing import Any

from ecgpage.learn.networks.backend import load_keras
from ecgpage.learn.networks.head import probabilities
from ecgpage.learn.networks.network import Network
from ecgpage.learn.networks.read_trace import read_trace_layer
from ecgpage.learn.preprocessing import STRIPS
from ecgpage.learn.settings import TrainSettings

FILTERS: tuple[int, ...] = (32, 64, 64, 64, 64, 64, 64, 64)
"""Filters of each block; the first ``depth`` of them are used."""

KERNEL = 7
"""Columns that a filter sees: 0.15 s in the first block, about 2 s in the fourth."""

SEGMENTS = 4
"""Parts of the time axis that are averaged apart: the columns of a 3x4 page."""


def build(settings: TrainSettings, outputs: int) -> Any:
    """A curve of each row of leads, blocks of convolutions along time, a mean for each lead.

    The filters are shared by all rows, so that each learns from every lead of every page. The
    mean over a quarter of the time axis makes it indifferent where a beat falls, and the last
    layer knows which lead a mean came from.
    """
    keras = load_keras()
    layers = keras.layers
    page = keras.Input((settings.height, settings.width, 1), name="page")
    x = read_trace_layer()(STRIPS)(page)
    for base in FILTERS[: settings.depth]:
        filters = max(1, round(base * settings.width_factor))
        x = layers.Conv2D(
            filters, (1, KERNEL), strides=(1, 2), padding="same", use_bias=not settings.batch_norm
        )(x)
        if settings.batch_norm:
            x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    x = layers.AveragePooling2D((1, max(1, x.shape[2] // SEGMENTS)))(x)
    x = layers.Flatten()(x)
    if settings.batch_norm:
        x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Dropout(settings.dropout)(x)
    return keras.Model(page, probabilities(outputs)(x), name="trace")


NETWORK = Network(
    name="trace",
    summary="A curve read off each row of leads, four convolutions along time, a mean per lead.",
    defaults={
        "height": 276,
        "width": 480,
        "mode": "rows",
        "depth": 4,
        "batch_norm": True,
        "augmentation": "strips",
        "epochs": 60,
        "patience": 0,
        "learning_rate": 2e-3,
        "warmup_epochs": 6.0,
        "weight_decay": 1e-3,
    },
    build=build,
    depths=(2, 5),
)
