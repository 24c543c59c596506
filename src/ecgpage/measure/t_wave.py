"""The T wave of one lead: polarity, both peaks, end, symmetry, flatness, notching.

References
----------
.. [1] Rautaharju PM et al. AHA/ACC/HRS recommendations, part IV. J Am Coll Cardiol
   2009;53:982-991.
.. [2] Andersen MP et al. New descriptors of T-wave morphology are independent of heart rate.
   J Electrocardiol 2008;41:557-561.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

Array = NDArray[np.float64]

FLAT_MV = 0.05
"""Below this the T wave is flat (half a millimetre, what can be told on paper)."""
BIPHASIC_SHARE = 0.3
"""A second peak of the other sign counts where it has this share of the larger one."""
BIPHASIC_MV = 0.05
SMOOTH_S = 0.02
"""T waves are smoothed over one period of 50 Hz."""
ABSENT_NOISE = 1.5
"""A T wave whose peaks stay below this many standard deviations of the noise is not there."""


@dataclass(frozen=True, slots=True)
class TShape:
    """One T wave; amplitudes in mV against the level before the QRS, times in s from R."""

    polarity: str
    main_mv: float
    second_mv: float
    peak_s: float
    peak_end_s: float
    area_mv_s: float
    asymmetry: float
    flatness: float
    notch: float


def measure_t(
    x: Array, rate_hz: float, first_s: float, end_s: float, noise_mv: float
) -> TShape | None:
    """Measure a T wave.

    Parameters
    ----------
    x:
        Shape (time,): from the beginning of the ST segment to just beyond the T end.
    rate_hz, first_s:
        Sampling, and the time of the first sample relative to R.
    end_s:
        T end relative to R.
    noise_mv:
        Noise of the median beat, standard deviation.

    Returns
    -------
    TShape or None
        None where the stretch was not seen whole.
    """
    if x.size < round(0.08 * rate_hz) or not np.isfinite(x).all():
        return None
    smooth = uniform_filter1d(x, max(1, round(SMOOTH_S * rate_hz)), mode="nearest")
    stop = min(x.size, max(2, round((end_s - first_s) * rate_hz) + 1))
    inner = smooth[:stop]
    up, up_at = _peak(inner)
    down, down_at = _peak(-inner)
    larger_up = up >= down
    main, main_at = (up, up_at) if larger_up else (-down, down_at)
    other, other_at = (-down, down_at) if larger_up else (up, up_at)
    polarity = _polarity(main, main_at, other, other_at, noise_mv)
    biphasic = polarity.startswith("biphasic")
    area = float(inner.sum() / rate_hz)
    shape = (np.nan, np.nan, np.nan)
    if polarity not in ("flat", "absent"):
        shape = describe(inner * np.sign(main), main_at)
    return TShape(
        polarity, main, other, first_s + main_at / rate_hz,
        (stop - 1 - main_at) / rate_hz, area, *(shape[:2] if not biphasic else (np.nan, shape[1])),
        shape[2] if not biphasic else 0.0,
    )  # fmt: skip


def _peak(x: Array) -> tuple[float, int]:
    """The highest peak inside (not at the border) above zero, 0 where there is none."""
    if x.size < 3:
        return 0.0, 0
    inside = np.flatnonzero((x[1:-1] >= x[:-2]) & (x[1:-1] > x[2:])) + 1
    if inside.size == 0:
        return 0.0, int(x.argmax())
    best = int(inside[x[inside].argmax()])
    return max(float(x[best]), 0.0), best


def _polarity(main: float, at: int, other: float, other_at: int, noise_mv: float) -> str:
    if abs(main) < ABSENT_NOISE * noise_mv or main == 0.0:
        return "absent"
    if abs(main) < FLAT_MV:
        return "flat"
    if abs(other) >= max(BIPHASIC_MV, BIPHASIC_SHARE * abs(main)):
        first = main if at < other_at else other
        return "biphasic (upright first)" if first > 0 else "biphasic (inverted first)"
    return "upright" if main > 0 else "inverted"


def describe(x: Array, peak: int) -> tuple[float, float, float]:
    """Asymmetry, flatness and notch of an upright T wave, each 0 to 1 or a little above.

    Asymmetry is the rms difference between the rising slope and the falling one turned over,
    against the rms of both. Flatness is one over the kurtosis (fourth moment over the squared
    second) of the wave above its chord, taken as a distribution over time: 0.33 for a bell,
    0.56 for a plateau. Notch is the deepest dent between two peaks over the height.
    """
    chord = np.linspace(x[0], x[-1], x.size)
    wave = np.clip(x - np.minimum(chord, x), 0.0, None)
    total = float(wave.sum())
    if total <= 0 or not 2 < peak < x.size - 3:
        return np.nan, np.nan, np.nan
    slope = np.diff(x)
    reach = min(peak, slope.size - peak)
    rising, falling = slope[peak - reach : peak][::-1], -slope[peak : peak + reach]
    size = float(np.sqrt(np.mean((rising**2 + falling**2) / 2)))
    asymmetry = float(np.sqrt(np.mean((rising - falling) ** 2))) / size / 2 if size > 0 else np.nan
    time = np.arange(x.size) - float((wave * np.arange(x.size)).sum() / total)
    second, fourth = (float((wave * time**n).sum() / total) for n in (2, 4))
    flatness = second**2 / fourth if fourth > 0 else np.nan
    height = float(x[peak] - min(chord[peak], x[peak]))
    return asymmetry, flatness, _dent(x, peak) / height if height > 0 else np.nan


def _dent(x: Array, peak: int) -> float:
    """How far the wave falls and rises again on either side of its highest point."""
    left = x[: peak + 1]
    right = x[peak:][::-1]
    return float(max(np.max(np.maximum.accumulate(side) - side) for side in (left, right)))
