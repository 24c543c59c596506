"""What may be chosen about the delineating network and its training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaveSettings:
    """Settings of one training run.

    ``filters`` are those of the levels, from 125 Hz down by a factor of two each. A sample
    is ``leads`` leads of ``window_s`` seconds. ``steps`` batches of ``batch`` samples are
    drawn; the learning rate rises for a twentieth of them and falls along a cosine.
    The weights are averaged along the way with the momentum ``averaging``. A share of the
    samples comes from simulated records and records without P waves.
    """

    filters: tuple[int, ...] = (16, 24, 32, 48, 64)
    kernel: int = 5
    leads: int = 6
    window_s: float = 6.144
    batch: int = 8
    steps: int = 2000
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    averaging: float = 0.995
    share_of_others: float = 0.2
    seed: int = 1
