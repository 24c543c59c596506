"""The learning rate of each step, from the step's number alone."""

from __future__ import annotations

import math

from ecgpage.learn.settings import TrainSettings


def learning_rate(settings: TrainSettings, step: int, steps_per_epoch: int) -> float:
    """Learning rate at a step, counted from 0 over the whole run.

    It rises linearly over ``warmup_epochs``; then it stays (``constant``) or falls along half
    a cosine to nothing at the last step (``cosine``; Loshchilov and Hutter, "SGDR", 2017).
    """
    total = settings.epochs * steps_per_epoch
    warmup = min(settings.warmup_epochs * steps_per_epoch, total / 2)
    if step < warmup:
        return settings.learning_rate * (step + 1) / (warmup + 1)
    if settings.schedule == "constant":
        return settings.learning_rate
    done = (step - warmup) / max(total - warmup, 1.0)
    return settings.learning_rate * 0.5 * (1.0 + math.cos(math.pi * done))
