"""One electrocardiogram as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LEADS: tuple[str, ...] = (
    "I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6",
)  # fmt: skip
"""The twelve standard leads in their conventional order."""


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Leads in millivolts on one time axis.

    Attributes
    ----------
    signal_mv:
        ndarray, shape (lead, time), float; NaN where the lead was not seen.
    rate_hz:
        Samples per second.
    leads:
        Names, one for each row of ``signal_mv``.
    name:
        What to call the record (usually the file's stem).
    reasons:
        For a lead with NaN: why it was not seen.
    confidence:
        For each lead, 0 (no idea) to 1 (certain), where whoever made the record knows.
    notes:
        What is known about the record (age, sex, statements ...), as strings.
    """

    signal_mv: NDArray[np.floating]
    rate_hz: float
    leads: tuple[str, ...] = LEADS
    name: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    confidence: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.signal_mv.ndim != 2 or self.signal_mv.shape[0] != len(self.leads):
            raise ValueError(
                f"signal_mv has shape {self.signal_mv.shape}; expected (lead, time) with "
                f"{len(self.leads)} leads"
            )

    @property
    def duration_s(self) -> float:
        """Length of the time axis in seconds."""
        return float(self.signal_mv.shape[1] / self.rate_hz)

    def lead(self, name: str) -> NDArray[np.floating]:
        """The samples of one lead in mV, shape (time,)."""
        return np.asarray(self.signal_mv[self.leads.index(name)])
