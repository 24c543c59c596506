"""Train the delineating network on marked records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ecgpage.learn.networks.backend import load_keras, seed_everything
from ecgpage.learn.waves.augment import Truth, draw_sample
from ecgpage.learn.waves.network import build
from ecgpage.learn.waves.settings import WaveSettings

PEAK_WEIGHT = 0.5
"""Of the peaks' loss, against that of the waves' extent."""


def train(
    records: Sequence[Truth],
    settings: WaveSettings,
    prepare: Callable[[Any], Any],
    *,
    others: Sequence[Truth] = (),
    say: Callable[[int, float], None] = lambda _step, _loss: None,
) -> Any:
    """A trained network.

    ``others`` are further records whose bounds do not count (see :class:`Truth`).
    ``prepare`` turns leads in mV at 250 Hz, shape (lead, time), NaN where not seen, into the
    network's input; it is the function that prediction uses. The weights are the moving mean
    of those along the way. The same settings and records give the same network on one thread.
    """
    seed_everything(settings.seed)
    keras = load_keras()
    model = build(settings)
    steps = settings.steps
    rate = keras.optimizers.schedules.CosineDecay(
        settings.learning_rate / 20, steps - steps // 20, warmup_steps=steps // 20,
        warmup_target=settings.learning_rate, alpha=0.01,
    )  # fmt: skip
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=settings.weight_decay, clipnorm=1.0,
        use_ema=True, ema_momentum=settings.averaging, ema_overwrite_frequency=None,
    )  # fmt: skip
    model.compile(optimizer, loss=_loss)
    rng = np.random.default_rng(settings.seed)
    turn = _turns(len(records), rng)
    extra = _turns(len(others), rng)
    for step in range(steps):
        drawn = []
        for _ in range(settings.batch):
            more = len(others) > 0 and rng.random() < settings.share_of_others
            truth = others[next(extra)] if more else records[next(turn)]
            drawn.append(draw_sample(truth, settings, rng, prepare))
        x = np.stack([sample for sample, _ in drawn]).astype(np.float32)
        y = np.stack([target for _, target in drawn]).astype(np.float32)
        loss = model.train_on_batch(x, y)
        say(step, float(loss))
    optimizer.finalize_variable_values(model.trainable_variables)
    return model


def _turns(count: int, rng: np.random.Generator) -> Iterator[int]:
    """Indices below ``count`` without end, each once in a pass, each pass in a new order."""
    while count:
        yield from (int(k) for k in rng.permutation(count))


def _loss(target: Any, out: Any) -> Any:
    ops = load_keras().ops
    weight = target[..., 7]
    extent = -ops.sum(target[..., :4] * ops.log_softmax(out[..., :4], axis=-1), axis=-1)
    logit, hill = out[..., 4:7], target[..., 4:7]
    peaks = ops.relu(logit) - logit * hill + ops.log(1.0 + ops.exp(-ops.abs(logit)))
    each = weight * extent + PEAK_WEIGHT * target[..., 8] * ops.sum(peaks, axis=-1)
    return ops.sum(each) / (ops.sum(weight) + 1.0)
