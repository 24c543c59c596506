"""Simulated records, changed in ways whose effect on the waves is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ecgpage import measure, render
from ecgpage.values import Record, Wave, Waves

METHODS = tuple(measure.DELINEATORS)


@cache
def made(kind: str = "normal", seed: int = 3) -> Record:
    return render.simulate(kind, seed)


def changed(record: Record, signal_mv: np.ndarray) -> Record:
    return replace(record, signal_mv=signal_mv)


def waves_of(record: Record, method: str = "network") -> Waves:
    return measure.find_waves(record, measure.WaveSettings(delineator=method))


def found(waves: Waves) -> list[Wave]:
    return [wave for wave in waves.waves if wave.found]


def times_ms(waves: list[Wave]) -> np.ndarray:
    rows = [(w.onset_s, w.peak_s, w.offset_s) for w in waves]
    return 1000.0 * np.array([[np.nan if t is None else t for t in row] for row in rows])
