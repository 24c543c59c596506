"""A U-Net along time, the same for each lead, whose levels tell each other the leads' mean.

Nothing in it knows a lead's name: it takes any number of leads, in any order, each seen for all
of the time or a part of it. References: Ronneberger et al., "U-Net", MICCAI 2015; Zaheer et
al., "Deep Sets", NeurIPS 2017 (the mean over leads).
"""

from __future__ import annotations

from typing import Any

from ecgpage.learn.networks.backend import load_keras
from ecgpage.learn.waves.layers import lead_layers
from ecgpage.learn.waves.settings import WaveSettings

OUTPUTS = 7
"""Nothing, P, QRS, T (logits of one soft maximum), then the peaks of P, QRS and T (logits)."""


def build(settings: WaveSettings) -> Any:
    """The network: (batch, lead, time at 250 Hz, 2) to (batch, lead, time at 125 Hz, 7).

    The two channels of the input are the signal and whether the lead is seen (1 or 0).
    """
    keras = load_keras()
    layers = keras.layers
    channel, lead_mean = lead_layers()
    page = keras.Input((None, None, 2), name="leads")
    seen = channel(1, name="seen")(page)

    def block(x: Any, mask: Any, filters: int, kernel: int, stride: int = 1) -> Any:
        own = layers.Conv2D(
            filters, (1, kernel), strides=(1, stride), padding="same", use_bias=False
        )(x)
        own = layers.BatchNormalization(momentum=0.95)(own)
        own = layers.ReLU()(own)
        shared = lead_mean()([own, mask])
        shared = layers.Conv2D(filters, (1, 3), padding="same", use_bias=False)(shared)
        both = layers.Add()([own, shared])
        both = layers.Conv2D(filters, (1, settings.kernel), padding="same", use_bias=False)(both)
        both = layers.BatchNormalization(momentum=0.95)(both)
        return layers.ReLU()(both)

    masks, kept = [], []
    x, mask = page, seen
    for level, filters in enumerate(settings.filters):
        mask = layers.AveragePooling2D((1, 2))(mask)
        x = block(x, mask, filters, 9 if level == 0 else settings.kernel, stride=2)
        masks.append(mask)
        kept.append(x)
    x = layers.Add()([x, layers.ReLU()(_wide(layers, settings)(x))])
    for level in range(len(settings.filters) - 2, -1, -1):
        x = layers.UpSampling2D((1, 2))(x)
        x = layers.Concatenate()([x, kept[level]])
        x = block(x, masks[level], settings.filters[level], settings.kernel)
    out = layers.Conv2D(OUTPUTS, (1, 3), padding="same")(x)
    return keras.Model(page, out, name="delineator")


def _wide(layers: Any, settings: WaveSettings) -> Any:
    """Sees two beats to either side at the lowest level: the rhythm."""
    return layers.Conv2D(settings.filters[-1], (1, 5), dilation_rate=(1, 3), padding="same")
