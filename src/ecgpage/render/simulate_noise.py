"""What is on the electrodes beside the heart: breathing, muscle, mains, and fibrillating atria."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ELECTRODES: tuple[str, ...] = ("RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6")


def electrode_noise(
    samples: int,
    rate_hz: float,
    rng: np.random.Generator,
    *,
    wander_mv: float,
    muscle_mv: float,
    muscle_hz: float,
    mains_mv: float,
    mains_hz: float,
) -> NDArray[np.float64]:
    """Noise in the eight independent leads, shape (8, time), from nine electrodes.

    The muscles' noise reaches up to ``muscle_hz``, where the machine cuts it off.
    Because it arises at electrodes, what stands in I and II stands in III as it must.
    """
    time_s = np.arange(samples) / rate_hz
    noise = np.zeros((len(ELECTRODES), samples))
    breath_hz = rng.uniform(0.15, 0.35)
    for k in range(len(ELECTRODES)):
        noise[k] += wander_mv * rng.normal(0, 0.7) * np.sin(
            2 * np.pi * breath_hz * time_s + rng.uniform(0, 0.6)
        )  # fmt: skip
        noise[k] += wander_mv * _drift(samples, rate_hz, rng)
        noise[k] += mains_mv * rng.normal() * np.sin(2 * np.pi * mains_hz * time_s)
        noise[k] += muscle_mv * rng.lognormal(0, 0.4) * _band(samples, rate_hz, 18, muscle_hz, rng)
    right, left, foot = noise[:3]
    centre = (right + left + foot) / 3
    return np.stack([left - right, foot - right, *(noise[3:] - centre)])


def _drift(samples: int, rate_hz: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Slow drift below 0.4 Hz with unit standard deviation over many records."""
    return _band(samples, rate_hz, 0.03, 0.4, rng) * 0.6


def _band(
    samples: int, rate_hz: float, low_hz: float, high_hz: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Noise of unit standard deviation between two frequencies."""
    frequency = np.fft.rfftfreq(samples, 1 / rate_hz)
    inside = (frequency >= low_hz) & (frequency <= min(high_hz, rate_hz / 2))
    if not inside.any():
        return np.zeros(samples)
    spectrum = np.zeros(len(frequency), complex)
    draws = rng.normal(size=(2, int(inside.sum())))
    spectrum[inside] = draws[0] + 1j * draws[1]
    wave = np.fft.irfft(spectrum, samples)
    return np.asarray(wave / max(wave.std(), 1e-12))


def fibrillation_dipole(
    samples: int, rate_hz: float, rng: np.random.Generator, *, height_mv: float
) -> NDArray[np.float64]:
    """f waves as a dipole, shape (3, time): a sawtooth with wandering rate and height.

    The model of Stridh and Soernmo, IEEE Trans Biomed Eng 2001;48:105: a fundamental of 5-8 Hz
    with falling harmonics. The vector points forward and to the right, so V1 shows it best.
    """
    time_s = np.arange(samples) / rate_hz
    rate = rng.uniform(5.0, 8.0)
    out = np.zeros((3, samples))
    for vector in ((-0.35, 0.45, -0.8), (0.1, 0.5, 0.2)):
        swing = 0.35 * np.sin(2 * np.pi * rng.uniform(0.1, 0.3) * time_s + rng.uniform(0, 6.28))
        angle = 2 * np.pi * rate * time_s + 2.5 * _drift(samples, rate_hz, rng) + 2 * swing
        height = height_mv * (1 + 0.4 * _drift(samples, rate_hz, rng))
        wave = sum(np.sin(k * angle) / k for k in (1, 2, 3))
        out += np.array(vector)[:, None] * (height * wave)
    return out


def flutter_dipole(
    samples: int, rate_hz: float, rng: np.random.Generator, *, height_mv: float, flutter_hz: float
) -> NDArray[np.float64]:
    """Sawtooth of typical flutter, shape (3, time): upwards slow away from the feet."""
    angle = 2 * np.pi * flutter_hz * np.arange(samples) / rate_hz + rng.uniform(0, 6.28)
    wave = sum(np.sin(k * angle) / k for k in (1, 2, 3, 4))
    return np.array([0.0, 0.9, -0.25])[:, None] * (height_mv * np.asarray(wave))
