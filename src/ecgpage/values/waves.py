"""Waves of an electrocardiogram and what is measured on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Wave:
    """One P, QRS or T in one lead; times in seconds from the record's start, None if not found."""

    lead: str
    wave: str
    onset_s: float | None
    peak_s: float | None
    offset_s: float | None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Waves:
    """All waves of a record, and the R peaks that they belong to (seconds)."""

    waves: tuple[Wave, ...]
    r_peaks_s: tuple[float, ...] = ()

    def of(self, lead: str, wave: str) -> tuple[Wave, ...]:
        """The waves of one kind in one lead, in order of time."""
        return tuple(w for w in self.waves if w.lead == lead and w.wave == wave)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured quantity: NaN with a reason where it could not be taken."""

    name: str
    value: float
    unit: str
    lead: str | None = None
    confidence: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A finding of the rules about the heart, with its evidence and the rule's source."""

    statement: str
    code: str
    evidence: tuple[Mapping[str, Any], ...] = field(default=())
    source: str = ""
