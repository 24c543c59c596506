"""What a delineator gives: marks of one lead, in seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Kind = Literal["P", "QRS", "T"]
KINDS: tuple[Kind, ...] = ("P", "QRS", "T")


@dataclass(frozen=True, slots=True)
class Mark:
    """One wave in one lead. ``onset_s`` or ``offset_s`` is None where the lead's view ends."""

    kind: Kind
    onset_s: float | None
    peak_s: float
    offset_s: float | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Delineation:
    """The marks of each lead, and how sure it is that a wave not marked is absent.

    ``absence(lead, kind, from_s, to_s)`` is 0 to 1 for a stretch of a lead.
    """

    leads: tuple[tuple[Mark, ...], ...]
    absence: Callable[[int, Kind, float, float], float]


Delineator = Callable[[Array, float], Delineation]
"""From ``signal_mv`` (lead, time), NaN where not seen, and ``rate_hz``."""
