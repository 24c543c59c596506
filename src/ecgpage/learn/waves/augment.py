"""Marked records into training samples: cut, stretched, disturbed and partly hidden.

What happens to a sample is what happens to pages and electrodes: another gain and polarity,
baseline wander, muscle noise, mains, the smoothing and the steps of a digitised trace, leads
that are seen for 2.5 s only or not at all. The marks follow the stretching of time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.waves.settings import WaveSettings

Array = NDArray[np.float64]

IN_HZ, OUT_HZ = 250.0, 125.0
WAVES = ("P", "QRS", "T")
PEAK_SD_S = 0.012
"""Width of the hill that stands for a peak."""
AROUND_S = 0.04
"""So much before and after a wave does not count in a record of ``no_p``."""
STRETCHED = 0.35
"""Share of the samples whose time is stretched strongly."""


@dataclass(frozen=True, slots=True)
class TruthLead:
    """The marks of one lead: for each kind an array (n, 3) of onset, peak and end in seconds."""

    marks: tuple[Array, Array, Array]


@dataclass(frozen=True, slots=True)
class Truth:
    """A marked record: ``signal_mv`` (lead, time), and from when to when its marks are whole.

    ``no_p`` says that the record has no P waves and that this is all that is to be learned from
    it: its QRS and T, and what lies within 40 ms of them, do not count. So simulated
    fibrillation can teach what f waves are without teaching the simulation's bounds.

    ``loose_s`` above 0 says that the record's bounds and peaks are not those of cardiologists:
    what lies so near to a bound does not count, nor do peaks. So a simulation can teach which
    wave is which.
    """

    signal_mv: Array
    rate_hz: float
    leads: tuple[TruthLead, ...]
    start_s: tuple[float, ...]
    end_s: tuple[float, ...]
    no_p: bool = False
    loose_s: float = 0.0


def draw_sample(
    truth: Truth,
    settings: WaveSettings,
    rng: np.random.Generator,
    prepare: object,
) -> tuple[Array, Array]:
    """One sample and its target.

    Returns
    -------
    input : ndarray, shape (lead, time at 250 Hz, 2)
    target : ndarray, shape (lead, time at 125 Hz, 9)
        Shares of nothing, P, QRS, T in each cell of 8 ms; hills of the three peaks; weight of
        the shares; weight of the hills.
    """
    assert callable(prepare)
    strong = rng.random() < STRETCHED
    stretch = np.exp(rng.uniform(-0.45, 0.45)) if strong else np.exp(rng.uniform(-0.1, 0.1))
    duration_s = truth.signal_mv.shape[1] / truth.rate_hz
    span_s = settings.window_s / stretch
    first = float(np.nanmin(truth.start_s)) - 0.4
    last = float(np.nanmax(truth.end_s)) + 0.4
    low, high = max(0.0, first - 0.3 * span_s), min(duration_s, last + 0.3 * span_s) - span_s
    begin = rng.uniform(low, high) if high > low else 0.5 * (low + high)
    count = round(settings.window_s * IN_HZ)
    time_s = begin + np.arange(count) / IN_HZ / stretch
    chosen = rng.permutation(truth.signal_mv.shape[0])[: settings.leads]
    grid = np.arange(truth.signal_mv.shape[1]) / truth.rate_hz
    signal = np.stack(
        [np.interp(time_s, grid, truth.signal_mv[k], left=np.nan, right=np.nan) for k in chosen]
    )
    signal = disturb(signal, rng)
    signal[hide(signal.shape, rng)] = np.nan
    cells = begin + (np.arange(count // 2) + 0.25) * 2 / IN_HZ / stretch
    target = np.stack([_target(truth, int(k), cells, stretch) for k in chosen])
    seen = np.isfinite(signal)
    target[..., 7:] *= (seen[:, 0::2] & seen[:, 1::2])[..., None]
    return np.asarray(prepare(signal)), target


def _target(truth: Truth, lead: int, cells: Array, stretch: float) -> Array:
    half = 1.0 / OUT_HZ / stretch / 2
    out = np.zeros((len(cells), 9))
    for kind, marks in enumerate(truth.leads[lead].marks):
        out[:, 1 + kind] = _covered(marks, cells, half)
        for peak in marks[:, 1]:
            hill = np.exp(-0.5 * ((cells - peak) * stretch / PEAK_SD_S) ** 2)
            out[:, 4 + kind] = np.maximum(out[:, 4 + kind], hill)
    out[:, 0] = np.clip(1.0 - out[:, 1:4].sum(axis=1), 0.0, 1.0)
    out[:, :4] /= np.maximum(out[:, :4].sum(axis=1, keepdims=True), 1e-9)
    out[:, 7] = (cells >= truth.start_s[lead]) & (cells <= truth.end_s[lead])
    for marks in truth.leads[lead].marks:
        for onset, _, end in marks:
            if truth.no_p:
                out[(cells > onset - AROUND_S) & (cells < end + AROUND_S), 7] = 0.0
            elif truth.loose_s:
                near = np.minimum(np.abs(cells - onset), np.abs(cells - end))
                out[near < truth.loose_s, 7] = 0.0
    out[:, 8] = 0.0 if truth.loose_s else out[:, 7]
    return out


def _covered(marks: Array, cells: Array, half: float) -> Array:
    """Which share of each cell lies between onset and end of a wave."""
    share = np.zeros(len(cells))
    for onset, _, end in marks:
        inside = np.minimum(cells + half, end) - np.maximum(cells - half, onset)
        share += np.clip(inside / (2 * half), 0.0, 1.0)
    return np.clip(share, 0.0, 1.0)


def disturb(signal: Array, rng: np.random.Generator) -> Array:
    """Gain, polarity, wander, noise, mains, smoothing and steps, each lead for itself."""
    leads, count = signal.shape
    time_s = np.arange(count) / IN_HZ
    swing = np.nanmax(signal, axis=1) - np.nanmin(signal, axis=1)
    swing = np.where(np.isfinite(swing), swing, 0.0)[:, None]
    out = signal * np.where(rng.random((leads, 1)) < 0.5, -1.0, 1.0)
    wander = rng.random() < 0.5
    for _ in range(3):
        height = rng.exponential(0.06) * wander
        phase = rng.uniform(0, 6.28, (leads, 1))
        out += height * swing * np.sin(2 * np.pi * rng.uniform(0.05, 0.6) * time_s + phase)
    out += rng.normal(0, 0.1, (leads, 1)) * swing * time_s / time_s[-1] * wander
    if rng.random() < 0.4:
        loud = rng.exponential(0.02, (leads, 1)) * swing
        noise = rng.normal(0, 1.0, (leads, count))
        if rng.random() < 0.5:
            noise = _smooth(noise, int(rng.integers(2, 6))) * 1.7
        out += loud * noise
    if rng.random() < 0.3:
        hertz = rng.choice([50.0, 60.0])
        phase = rng.uniform(0, 6.28, (leads, 1))
        loud = rng.exponential(0.02, (leads, 1)) * swing
        out += loud * np.sin(2 * np.pi * hertz * time_s + phase)
    if rng.random() < 0.35:
        out = _smooth(out, int(rng.integers(2, 6)))
    if rng.random() < 0.25:
        step = np.maximum(rng.uniform(0.004, 0.02) * swing, 1e-6)
        out = np.round(out / step) * step
    return np.asarray(out)


def _smooth(signal: Array, width: int) -> Array:
    """A moving mean without delay: one of ``width`` samples, then another."""
    kernel = np.convolve(np.ones(width), np.ones(width)) / width**2
    return np.stack([np.convolve(row, kernel, mode="same") for row in signal])


def hide(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.bool_]:
    """What is not seen: nothing, some leads, or all but a stretch of 2.5 s of most leads."""
    leads, count = shape
    hidden = np.zeros(shape, bool)
    draw = rng.random()
    if draw < 0.2:
        hidden[rng.random(leads) < rng.uniform(0.1, 0.8)] = True
    elif draw < 0.5:
        width = round(2.5 * IN_HZ)
        origin = int(rng.integers(0, width))
        for row in range(int(rng.random() < 0.7), leads):
            column = int(rng.integers(-1, count // width + 1))
            begin = origin + column * width
            outside = np.ones(count, bool)
            outside[max(0, begin) : max(0, begin + width)] = False
            hidden[row] = outside
    return hidden
