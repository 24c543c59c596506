"""The heart as a dipole, and what the twelve leads see of it.

A beat is a sum of Gaussians in time, each with a vector in Frank's axes (X to the left, Y to
the feet, Z to the back; mV): McSharry et al., IEEE Trans Biomed Eng 2003;50:289, taken to three
dimensions by Sameni et al., EURASIP J Adv Signal Process 2007:43407. The leads are projections
with Dower's matrix (Dower, Machado, Osborne, Clin Cardiol 1980;3:87); the four that are
combinations of I and II are formed from them, so Einthoven's and Goldberger's relations hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import LEADS

DOWER: dict[str, tuple[float, float, float]] = {
    "I": (0.632, -0.235, 0.059),
    "II": (0.235, 1.066, -0.132),
    "V1": (-0.515, 0.157, -0.917),
    "V2": (0.044, 0.164, -1.387),
    "V3": (0.882, 0.098, -1.277),
    "V4": (1.213, 0.127, -0.601),
    "V5": (1.125, 0.127, -0.086),
    "V6": (0.831, 0.076, 0.230),
}
"""Frank's X, Y, Z to the eight independent leads (Dower 1980)."""
MEASURED: tuple[str, ...] = tuple(DOWER)
"""The eight independent leads."""


@dataclass(frozen=True, slots=True)
class Bump:
    """One Gaussian of the dipole: where in the beat, how wide on either side, which way (mV).

    ``at_s`` counts from the R peak; ``wave`` says which wave it is part of: P, QRS, ST or T.
    """

    wave: str
    at_s: float
    rise_s: float
    fall_s: float
    vector_mv: tuple[float, float, float]

    def moved(self, at_s: float) -> Bump:
        """The same bump at another time."""
        return replace(self, at_s=at_s)


def add_beat(
    dipole_mv: NDArray[np.float64], rate_hz: float, r_peak_s: float, bumps: tuple[Bump, ...]
) -> None:
    """Add one beat to the dipole, shape (3, time), in place."""
    samples = dipole_mv.shape[1]
    for bump in bumps:
        centre_s = r_peak_s + bump.at_s
        first = max(int((centre_s - 5 * bump.rise_s) * rate_hz), 0)
        last = min(int((centre_s + 5 * bump.fall_s) * rate_hz) + 1, samples)
        if first >= last:
            continue
        time_s = np.arange(first, last) / rate_hz - centre_s
        width = np.where(time_s < 0, bump.rise_s, bump.fall_s)
        shape = np.exp(-0.5 * (time_s / width) ** 2)
        dipole_mv[:, first:last] += np.array(bump.vector_mv)[:, None] * shape


def turn(
    vector_mv: NDArray[np.float64], frontal_deg: float, transverse_deg: float
) -> NDArray[np.float64]:
    """Turn a vector: clockwise in the frontal plane (X to Y), then X to Z."""
    a, b = np.deg2rad([frontal_deg, transverse_deg])
    x, y, z = vector_mv
    x, y = x * np.cos(a) - y * np.sin(a), x * np.sin(a) + y * np.cos(a)
    x, z = x * np.cos(b) - z * np.sin(b), x * np.sin(b) + z * np.cos(b)
    return np.array([x, y, z])


def to_leads(
    dipole_mv: NDArray[np.float64], chest_gain: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The eight independent leads of a dipole, shape (8, time).

    ``chest_gain``, shape (6,), is how much nearer or farther each chest electrode lies.
    """
    leads = np.array([DOWER[name] for name in MEASURED]) @ dipole_mv
    leads[2:] *= chest_gain[:, None]
    return np.asarray(leads)


def all_twelve(measured_mv: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twelve leads, shape (12, time), in the standard order, from the eight independent ones."""
    one, two = measured_mv[0], measured_mv[1]
    leads = dict(zip(MEASURED, measured_mv, strict=True))
    leads["III"] = two - one
    leads["aVR"] = -(one + two) / 2
    leads["aVL"] = one - two / 2
    leads["aVF"] = two - one / 2
    return np.stack([leads[name] for name in LEADS])
