"""What must hold between leads that are recorded at the same time.

Einthoven: III = II - I. Goldberger: aVR = -(I + II) / 2, aVL = (I - III) / 2,
aVF = (II + III) / 2, so aVR + aVL + aVF = 0 (Goldberger E. The aVL, aVR and aVF leads.
Am Heart J 1942;24:378-96).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
RELATIONS: tuple[Mapping[str, float], ...] = (
    {"I": 1.0, "III": 1.0, "II": -1.0},
    {"aVR": 1.0, "aVL": 1.0, "aVF": 1.0},
    {"aVR": 2.0, "I": 1.0, "II": 1.0},
    {"aVL": 2.0, "I": -1.0, "III": 1.0},
)


PEN_MV = 0.02
"""What a pen line leaves uncertain; signals no larger than this are alike by it."""


def misfit(leads: Mapping[str, Array], rate_hz: float) -> float | None:
    """How far the leads miss their relations: 0 exact, about 1 for unrelated signals.

    Root mean square of the relation's sum over that of its terms, slow drift and a small shift
    in time between rows allowed for; the worst relation counts. None where no relation can be
    checked. ``leads`` have shape (time,), NaN where not seen.
    """
    worst = None
    for relation in RELATIONS:
        if not all(name in leads for name in relation):
            continue
        value = _miss({name: leads[name] * w for name, w in relation.items()}, rate_hz)
        if value is not None:
            worst = value if worst is None else max(worst, value)
    return worst


def _miss(terms: Mapping[str, Array], rate_hz: float) -> float | None:
    stack = np.stack(list(terms.values()))
    good = np.isfinite(stack).all(axis=0)
    if good.sum() < 0.8 * rate_hz:
        return None
    clean = without_drift(stack[:, good], rate_hz)
    power = float((clean**2).sum(axis=0).mean())
    if power < 1e-6:
        return None
    best = np.inf
    reach = int(0.012 * rate_hz)
    n = clean.shape[1]
    first = clean[0, reach : n - reach]
    for a in range(-reach, reach + 1):
        second = clean[1, reach + a : n - reach + a]
        for b in range(-reach, reach + 1):
            third = clean[2, reach + b : n - reach + b]
            best = min(best, float(((first + second + third) ** 2).mean()))
    return float(np.sqrt(best / power))


def without_drift(signals: Array, rate_hz: float) -> Array:
    """Signals minus a moving average over 0.6 s."""
    width = max(3, int(0.6 * rate_hz) | 1)
    kernel = np.ones(width) / width
    out = np.empty_like(signals)
    for i, signal in enumerate(signals):
        away = signal - np.median(signal)
        out[i] = away - np.convolve(np.pad(away, width // 2, mode="edge"), kernel, mode="valid")
    return out


def likeness(first: Array, second: Array, rate_hz: float) -> float:
    """Share of ``first`` that ``second`` does not explain, best over 20 ms of shift (0 alike)."""
    good = np.isfinite(first) & np.isfinite(second)
    if good.sum() < 0.8 * rate_hz:
        return 1.0
    a, b = without_drift(np.stack([first[good], second[good]]), rate_hz)
    reach = int(0.03 * rate_hz)
    n = len(a)
    middle = a[reach : n - reach]
    power = float((middle**2).mean()) + float((b**2).mean()) + 2 * PEN_MV**2
    misses = [
        float(((middle - b[reach + s : n - reach + s]) ** 2).mean())
        for s in range(-reach, reach + 1)
    ]
    return float(np.sqrt(2 * min(misses) / power))
