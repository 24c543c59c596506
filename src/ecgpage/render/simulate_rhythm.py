"""When the heart beats: the times of R peaks, and what kind of beat stands at each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RHYTHMS: tuple[str, ...] = (
    "sinus", "sinus arrhythmia", "sinus bradycardia", "sinus tachycardia", "atrial fibrillation",
    "atrial flutter", "ventricular ectopics", "atrial ectopics", "first-degree AV block",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BeatTime:
    """One beat: its R peak, the interval before it, and whether it is ectopic.

    ``kind`` is ``normal``, ``ventricular`` or ``atrial``; ``p_wave`` False where the atria
    do not drive the beat.
    """

    r_peak_s: float
    rr_s: float
    kind: str = "normal"
    p_wave: bool = True


def beat_times(
    rhythm: str, rate_bpm: float, duration_s: float, rng: np.random.Generator
) -> tuple[BeatTime, ...]:
    """The beats that touch a stretch of time, some before its start and after its end."""
    count = int(duration_s * rate_bpm / 60) + 8
    if rhythm == "atrial fibrillation":
        intervals = irregular_intervals(rate_bpm, count, rng)
    elif rhythm == "atrial flutter":
        intervals = np.full(count, 60.0 / rate_bpm)
    else:
        swing = 0.09 if rhythm == "sinus arrhythmia" else rng.uniform(0.01, 0.035)
        intervals = sinus_intervals(rate_bpm, count, swing, rng)
    atria = rhythm not in ("atrial fibrillation", "atrial flutter")
    start_s = -intervals[0] * rng.uniform(0.2, 1.0) - intervals[1]
    if rhythm in ("ventricular ectopics", "atrial ectopics"):
        return _with_ectopics(intervals, start_s, rhythm.split()[0], duration_s, rng)
    times = start_s + np.cumsum(intervals)
    return tuple(
        BeatTime(float(t), float(rr), p_wave=atria)
        for t, rr in zip(times, intervals, strict=True)
        if t < duration_s + 1.0
    )


def sinus_intervals(
    rate_bpm: float, count: int, swing: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """RR intervals (s) whose spectrum has two humps: Mayer waves (0.1 Hz) and breathing.

    After McSharry 2003, equations 5 and following: the spectrum's amplitudes with random
    phases, scaled to a standard deviation of ``swing`` times the mean.
    """
    mean_s = 60.0 / rate_bpm
    size = 256
    frequency = np.fft.rfftfreq(size, mean_s)
    breath_hz = rng.uniform(0.18, 0.30)
    balance = rng.uniform(0.3, 0.8) if swing < 0.05 else rng.uniform(0.1, 0.3)
    power = balance * np.exp(-0.5 * ((frequency - 0.1) / 0.01) ** 2)
    power += np.exp(-0.5 * ((frequency - breath_hz) / 0.01) ** 2) + 1e-4
    phase = np.exp(2j * np.pi * rng.random(len(frequency)))
    wave = np.fft.irfft(np.sqrt(power) * phase, size)
    wave = np.tile(wave / wave.std(), count // size + 1)[:count]
    return np.asarray(mean_s * (1.0 + np.clip(swing * wave, -0.3, 0.3)))


def irregular_intervals(
    rate_bpm: float, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """RR intervals (s) of conducted atrial fibrillation: independent, skewed, never below 0.3 s.

    The coefficient of variation lies between 0.16 and 0.26; values around 0.2 are usual
    (Tateno and Glass, Med Biol Eng Comput 2001;39:664).
    """
    spread = rng.uniform(0.16, 0.26)
    mean_s = 60.0 / rate_bpm
    floor_s = max(0.3, 0.5 * mean_s)
    shape = ((mean_s - floor_s) / (spread * mean_s)) ** 2
    return np.asarray(floor_s + rng.gamma(shape, (mean_s - floor_s) / shape, count))


def _with_ectopics(
    intervals: NDArray[np.float64],
    start_s: float,
    kind: str,
    duration_s: float,
    rng: np.random.Generator,
) -> tuple[BeatTime, ...]:
    """Some beats come early; after a ventricular one the next sinus beat keeps its time."""
    period = int(rng.integers(3, 7))
    phase = int(rng.integers(2, 2 + period))
    beats: list[BeatTime] = []
    at_s, early = start_s, 0.0
    for k, rr in enumerate(intervals):
        ectopic = k >= phase and (k - phase) % period == 0
        if ectopic:
            short_s = max(rr * rng.uniform(0.52, 0.70), 0.36)
            early = rr - short_s if kind == "ventricular" else 0.3 * (rr - short_s)
            at_s += short_s
            beats.append(BeatTime(at_s, short_s, kind, p_wave=kind == "atrial"))
        else:
            at_s += rr + early
            beats.append(BeatTime(at_s, float(rr + early)))
            early = 0.0
    return tuple(beat for beat in beats if beat.r_peak_s < duration_s + 1.0)
